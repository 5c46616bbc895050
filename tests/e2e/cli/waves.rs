//! Waves over a sandbox: from two signatures to what one person was told.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::sandbox::sandbox;
use crate::stage::{CODE, Said, Stage, exposure};

/// A home with ten people owed a notice.
fn planned() -> Stage {
    let stage = Stage::ready();
    stage.import(exposure(1..=10), &[]).with(0);
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging"]).with(0);
    stage
}

fn approve(stage: &Stage, name: &str) -> Said {
    let key = stage.text_path(&format!("{name}.key"));
    stage.run(&["wave", "approve", "1", "--as", name, "--key", &key, "--json"])
}

fn release(stage: &Stage) {
    approve(stage, "security").with(0);
    approve(stage, "privacy").with(0);
    stage.run(&["wave", "release", "1", "--by", "messaging"]).with(0);
}

fn status(stage: &Stage) -> Value {
    stage.run(&["wave", "status", "1", "--json"]).with(0).json()
}

fn show(stage: &Stage, person: &str, more: &[&str]) -> Said {
    let words = ["notice", "show", "--incident", CODE, "--person", person];
    stage.run(&[&words[..], more].concat())
}

fn interrupt(child: &Child) {
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn nothing_goes_before_two_people_have_signed() {
    let stage = planned();
    let send = stage.run(&["wave", "send", "1"]).with(1);
    send.complains(&["wave 1 is draft", "hint: two people sign it"]);
    let alone = approve(&stage, "security").with(0).json();
    assert_eq!(alone["approvals"], serde_json::json!([["security", "security"]]));
    let release = stage.run(&["wave", "release", "1", "--by", "messaging"]).with(1);
    release.complains(&[
        "wave 1 is not approved; nothing was released",
        "  1 of 2 people of different roles have signed: security",
    ]);
    assert!(!release.err.contains("earlier version"), "nobody did: {}", release.err);
    let twice = approve(&stage, "security").with(1).json();
    assert_eq!(twice["code"], "signed");
    let key = stage.text_path("security.key");
    let wrong = stage.run(&["wave", "approve", "1", "--as", "privacy", "--key", &key]).with(1);
    wrong.complains(&["this is not the key of privacy"]);
    approve(&stage, "privacy").with(0);
    stage.run(&["wave", "release", "1", "--by", "messaging"]).with(0);
    assert_eq!(status(&stage)["state"], "released");
}

#[test]
fn everybody_is_told_and_each_can_be_shown_what() {
    let stage = planned();
    let _sandbox = sandbox(&stage);
    let test = ["wave", "test", "1", "--to", "010-9999-0001", "--by", "messaging", "--json"];
    let tested = stage.run(&test).with(0).json();
    assert!(tested["accepted"].as_u64().unwrap() > 0 && tested["refused"] == serde_json::json!([]));
    release(&stage);
    let sent = stage.run(&["wave", "send", "1", "--json"]).with(0).json();
    assert_eq!((&sent["ended"], &sent["progress"]["in_doubt"]), (&"complete".into(), &0.into()));
    let told = status(&stage);
    assert_eq!(
        (&told["state"], &told["told"], &told["persons"]),
        (&"done".into(), &10.into(), &10.into())
    );
    let before = stage.run(&["verify", "--json"]).with(0).json();
    assert_eq!(before["fault_count"], 0, "{before}");

    let look = ["--purpose", "customer_request", "--by", "privacy"];
    let answer = show(&stage, "P3", &[&look[..], &["--json"]].concat()).with(0).json();
    let attempt = &answer["notices"][0]["recipients"][0]["attempts"][0];
    assert_eq!((&answer["told"], &attempt["standing"]), (&true.into(), &"delivered".into()));
    assert_eq!(attempt["text"]["is"], "exact");
    assert!(!attempt["text"]["plain"].as_str().unwrap().is_empty());
    assert!(attempt["to"].as_str().unwrap().contains('*'), "{attempt}");
    let words = show(&stage, "P3", &look).with(0).out;
    assert!(
        words.starts_with("HB-2025-09: this person was told\n") && words.contains("  │ "),
        "{words}"
    );
    assert!(!words.contains("10000003"), "a number is shown in clear: {words}");

    // Each look is in the journal, and that verify read the texts is, too.
    let after = stage.run(&["verify", "--json"]).with(0).json();
    let looks = |counted: &Value| counted["journal_entries"].as_u64().unwrap();
    assert_eq!(looks(&after), looks(&before) + 3);

    // Words that were changed since cannot pass for those that were sent.
    let carrier = stage.read("carrier.toml");
    stage.write("carrier.toml", carrier.replace("hotline = \"114\"", "hotline = \"115\""));
    let answer = show(&stage, "P3", &[&look[..], &["--json"]].concat()).with(0).json();
    let text = &answer["notices"][0]["recipients"][0]["attempts"][0]["text"];
    assert_eq!(text, &serde_json::json!({ "is": "differs" }));
}

#[test]
fn looking_at_a_person_needs_a_role_a_purpose_and_a_person() {
    let stage = planned();
    let privacy = ["--by", "privacy", "--json"];
    let look = |person: &str, purpose: &str, by: &[&str]| {
        show(&stage, person, &[&["--purpose", purpose][..], by].concat())
    };
    let planned = look("P3", "audit", &privacy).with(0).json();
    assert_eq!(
        (&planned["told"], planned["notices"].as_array().unwrap().len()),
        (&false.into(), 1)
    );
    let nothing_owed = look("P12", "audit", &privacy).with(0).json();
    assert_eq!(nothing_owed["notices"], serde_json::json!([]));
    assert_eq!(look("P99", "audit", &privacy).with(1).json()["code"], "person");
    assert_eq!(look("P3", "send", &privacy).with(1).json()["code"], "purpose");
    assert_eq!(look("P3", "curiosity", &privacy).with(1).json()["code"], "purpose");
    let messaging = look("P3", "audit", &["--by", "messaging", "--json"]);
    assert_eq!(messaging.with(1).json()["code"], "not_allowed");
}

#[test]
fn ctrl_c_drains_and_the_same_command_goes_on() {
    let stage = planned();
    let _sandbox = sandbox(&stage);
    stage.configure("per_second = 500", "per_second = 5");
    stage.configure("window = 100", "window = 1");
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging"]).with(0);
    let (security, privacy) = (stage.text_path("security.key"), stage.text_path("privacy.key"));
    let wave =
        stage.run(&["incident", "show", CODE, "--json"]).with(0).json()["waves"][0][0].to_string();
    stage.run(&["wave", "approve", &wave, "--as", "security", "--key", &security]).with(0);
    stage.run(&["wave", "approve", &wave, "--as", "privacy", "--key", &privacy]).with(0);
    stage.run(&["wave", "release", &wave, "--by", "messaging"]).with(0);
    let mut sender = stage.command(&["wave", "send", &wave, "--json"]);
    let sender = sender.stdout(Stdio::piped()).spawn().unwrap();
    let answered = || {
        let status = stage.run(&["wave", "status", &wave, "--json"]).with(0).json();
        status["progress"]["answered"].as_u64().unwrap()
    };
    while answered() == 0 {}
    interrupt(&sender);
    let output = sender.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let sent: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&sent["ended"], &sent["progress"]["in_flight"]), (&"stopped".into(), &0.into()));
    assert!(sent["progress"]["answered"].as_u64().unwrap() < 10, "{sent}");
    let rest = stage.run(&["wave", "send", &wave, "--json"]).with(0).json();
    assert_eq!((&rest["ended"], &rest["progress"]["reached"]), (&"complete".into(), &10.into()));
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let stage = planned();
    release(&stage);
    // An SMSC that takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    stage.configure("127.0.0.1:2775", &silent.local_addr().unwrap().to_string());
    stage.write("smsc.password", "sandbox\n");
    let mut sender = stage.command(&["wave", "send", "1"]);
    let mut sender = sender.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(sender.stderr.take().unwrap()).lines();
    let _held = silent.accept().unwrap();
    interrupt(&sender);
    let said = lines.next().unwrap().unwrap();
    assert!(said.contains("no more is submitted"), "{said}");
    interrupt(&sender);
    assert_eq!(sender.wait().unwrap().code(), Some(130));
}

#[test]
fn a_wave_is_paused_resumed_and_cancelled() {
    let stage = planned();
    let early = stage.run(&["wave", "pause", "1", "--by", "privacy"]).with(1);
    early.complains(&["wave 1 is draft"]);
    release(&stage);
    stage.run(&["wave", "pause", "1", "--by", "privacy", "--why", "a wrong word"]).with(0);
    assert_eq!(status(&stage)["progress"]["paused"], true);
    stage.run(&["wave", "resume", "1", "--by", "privacy"]).with(0);
    assert_eq!(status(&stage)["progress"]["paused"], false);
    let cancelled = stage.run(&["wave", "cancel", "1", "--by", "privacy", "--json"]).with(0).json();
    assert_eq!((&cancelled["kept"], &cancelled["withdrawn"]), (&0.into(), &10.into()));
    let again = ["wave", "plan", "--incident", CODE, "--by", "messaging", "--json"];
    assert_eq!(stage.run(&again).with(0).json()["persons"], 10);
    let unknown = stage.run(&["wave", "status", "9"]).with(1);
    unknown.complains(&["there is no wave 9", "hint: make one with: simrecall wave plan"]);
}

#[test]
fn a_wave_is_slowed_down_and_never_sped_up() {
    let stage = planned();
    let pace = |words: &[&str]| stage.run(&[&["wave", "pace", "1"], words].concat());
    let slow = ["--per-second", "20", "--by", "privacy"];
    pace(&slow).with(1).complains(&["wave 1 is draft"]);
    release(&stage);
    pace(&["--by", "privacy"]).with(2);
    pace(&["--per-second", "20", "--as-approved", "--by", "privacy"]).with(2);
    assert_eq!(status(&stage)["approved_pace"], 500);
    assert!(pace(&slow).with(0).out.contains("at most 20 messages a second"));
    assert_eq!(status(&stage)["pace"], 20);
    let words = stage.run(&["wave", "status", "1"]).with(0).out;
    assert!(words.contains("20 a second over each route of 500 approved"), "{words}");
    let stopped = pace(&["--per-second", "0", "--by", "privacy"]).with(1);
    stopped.complains(&["nothing would ever be sent", "hint: to stop for a while"]);
    let faster = pace(&["--per-second", "501", "--by", "privacy"]).with(1);
    faster.complains(&["wave 1 was approved for 500 a second at most", "--as-approved"]);
    assert_eq!(status(&stage)["pace"], 20);
    // Pausing keeps the pace.
    stage.run(&["wave", "pause", "1", "--by", "privacy"]).with(0);
    stage.run(&["wave", "resume", "1", "--by", "privacy"]).with(0);
    assert_eq!(status(&stage)["pace"], 20);
    pace(&["--as-approved", "--by", "privacy"]).with(0);
    assert_eq!(status(&stage)["pace"], Value::Null);
}
