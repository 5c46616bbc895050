//! How the command answers: help, exit codes, the form of a problem, JSON.

use crate::stage::{CODE, Said, Stage, exposure};

#[test]
fn help_names_every_verb_and_every_exit_code() {
    let help = Stage::empty().run(&["--help"]).with(0);
    let verbs = [
        "init", "config", "incident", "clock", "law", "preserve", "staff", "registry", "cohort",
        "wave", "notice", "key", "verify", "sandbox", "sample", "drill",
    ];
    for verb in verbs {
        assert!(help.out.contains(&format!("\n  {verb} ")), "{verb}: {}", help.out);
    }
    let codes = "0 done, 1 refused or no, 2 usage, 3 cannot reach, 4 a defect of ours";
    assert!(help.out.contains(codes), "{}", help.out);
    assert_eq!(help.err, "");
}

#[test]
fn every_option_says_what_it_is_for() {
    let stage = Stage::empty();
    let verbs: [&[&str]; 36] = [
        &["init"],
        &["config", "check"],
        &["incident", "open"],
        &["incident", "show"],
        &["incident", "fact", "add"],
        &["incident", "determine"],
        &["clock", "list"],
        &["clock", "select"],
        &["clock", "excuse"],
        &["clock", "done"],
        &["clock", "extend"],
        &["clock", "lift"],
        &["law", "show"],
        &["preserve", "add"],
        &["preserve", "release"],
        &["preserve", "list"],
        &["staff", "add"],
        &["staff", "list"],
        &["registry", "import"],
        &["cohort", "import"],
        &["cohort", "add"],
        &["cohort", "diff"],
        &["wave", "plan"],
        &["wave", "test"],
        &["wave", "approve"],
        &["wave", "send"],
        &["wave", "pause"],
        &["wave", "resume"],
        &["wave", "pace"],
        &["wave", "cancel"],
        &["wave", "reconcile"],
        &["notice", "show"],
        &["key", "backup"],
        &["key", "restore-check"],
        &["key", "restore"],
        &["sample"],
    ];
    for verb in verbs {
        let help = stage.run(&[verb, &["-h"]].concat()).with(0).out;
        let named = help.lines().filter(|line| {
            let line = line.trim_start();
            line.starts_with("--") || line.starts_with('<')
        });
        for line in named {
            let words = line.trim().split("  ").filter(|part| !part.is_empty()).count();
            assert!(words > 1, "{verb:?}: {line}");
        }
    }
}

#[test]
fn a_slip_of_the_keyboard_ends_with_2() {
    let stage = Stage::empty();
    stage.run(&[]).with(2);
    stage.run(&["wave", "fly"]).with(2);
    stage.run(&["wave", "status", "one"]).with(2);
    stage.run(&["staff", "add", "x", "--role", "boss", "--key-out", "x.key"]).with(2);
}

#[test]
fn a_home_that_is_not_there_is_refused_with_the_way_in() {
    let said = Stage::empty().run(&["staff", "list"]).with(1);
    said.complains(&[
        "simrecall.toml cannot be used",
        "\nhint: start with: simrecall --home DIR init",
    ]);
}

#[test]
fn a_second_init_changes_nothing() {
    let stage = Stage::empty();
    stage.run(&["init"]).with(0);
    let before = stage.read("keys/root.key");
    stage.run(&["init"]).with(1).complains(&["exists already", "hint: "]);
    assert_eq!(stage.read("keys/root.key"), before);
}

#[test]
fn a_database_out_of_reach_ends_with_3() {
    let stage = Stage::opened();
    let mut command = stage.command(&["staff", "list"]);
    command.env("SIMRECALL_STORE__URL", "postgres://nobody@127.0.0.1:1/nothing");
    let said = crate::stage::said(command).with(3);
    said.complains(&["the database cannot be reached", "hint: check [store] url"]);
}

#[test]
fn an_smsc_out_of_reach_ends_with_3_and_says_whose_side_it_is_on() {
    let stage = Stage::ready();
    stage.import(exposure(1..=3), &[]).with(0);
    stage.configure("127.0.0.1:2775", "127.0.0.1:1");
    stage.write("smsc.password", "s3cret\n");
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging"]).with(0);
    let said = stage.run(&["wave", "test", "1", "--to", "010-9999-0001", "--by", "messaging"]);
    let said = said.with(3);
    said.complains(&[
        "the SMSC at 127.0.0.1:1 cannot be reached",
        "nothing was submitted",
        "hint: ",
    ]);
    assert!(!said.err.contains("s3cret"));
}

#[test]
fn a_problem_as_json_has_everything_in_it() {
    let stage = Stage::opened();
    let Said { code, out, err } = stage.run(&["--json", "incident", "show", "NO-SUCH"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    let problem: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(problem["code"], "incident");
    assert_eq!(problem["blame"], "input");
    assert_eq!(problem["message"], "no incident is called NO-SUCH");
    assert_eq!(problem["causes"], serde_json::json!([]));
    assert_eq!(problem["details"], serde_json::json!([]));
    assert!(problem["hint"].as_str().unwrap().contains("incident open"));
}

#[test]
fn config_check_names_files_that_are_not_there_and_shows_no_secret() {
    let stage = Stage::empty();
    stage.run(&["init"]).with(0);
    let said = stage.run(&["config", "check"]).with(1);
    said.complains(&["[routes.kt-main] password_file: smsc.password is not there"]);
    stage.write("smsc.password", "s3cret\n");
    let said = stage.run(&["config", "check"]).with(0);
    assert!(said.out.starts_with("simrecall.toml can be used\n"), "{}", said.out);
    assert!(said.out.contains("kt-main") && said.out.contains("500/s"), "{}", said.out);
    let json = stage.run(&["config", "check", "--json"]).with(0);
    assert_eq!(json.json()["ladder"][0]["rung"], "lms");
    assert!(!json.out.contains("s3cret") && !said.out.contains("s3cret"));
    stage.configure("approvals = 2", "approvals = 1");
    let said = stage.run(&["config", "check"]).with(1);
    said.complains(&["wave.approvals: one person must never release alone"]);
}

#[test]
fn staff_do_what_their_role_allows() {
    let stage = Stage::opened();
    let members = stage.run(&["staff", "list", "--json"]).with(0).json();
    assert_eq!(members.as_array().unwrap().len(), 3);
    let said = stage.run(&["wave", "plan", "--incident", CODE, "--by", "security"]).with(1);
    said.complains(&["security (security) may not do this", "OPERATIONS.md, roles"]);
    let said = stage.run(&["wave", "plan", "--incident", CODE, "--by", "nobody"]).with(1);
    said.complains(&["no staff member is called nobody", "hint: see: simrecall staff list"]);
    let key = stage.text_path("security.key");
    let words = ["staff", "add", "new", "--role", "audit", "--key-out", &key, "--by", "security"];
    stage.run(&words).with(1).complains(&["security.key cannot be used"]);
}

#[test]
fn only_the_first_person_is_added_by_nobody() {
    let stage = Stage::opened();
    let alone = stage.add_staff("legal", &[]).with(1);
    alone.complains(&["only the first person adds themselves", "hint: ", "--by NAME"]);
    assert!(!stage.path("legal.key").exists(), "a key that belongs to nobody was left");
    let said = stage.add_staff("legal", &["--by", "privacy"]).with(1);
    said.complains(&["privacy (privacy) may not do this"]);
    stage
        .add_staff("legal", &["--by", "legal"])
        .with(1)
        .complains(&["no staff member is called legal"]);
    stage.add_staff("legal", &["--by", "security"]).with(0);
    let again = stage.run(&["staff", "list", "--json"]).with(0).json();
    assert_eq!(again.as_array().unwrap().len(), 4);
}

#[test]
fn an_incident_is_opened_once_and_shown() {
    let stage = Stage::opened();
    let shown = stage.run(&["incident", "show", "hb-2025-09"]).with(0).out;
    assert!(shown.starts_with("HB-2025-09 Rogue base stations (open)\n"), "{shown}");
    assert!(
        shown.contains("sms, ars") && shown.contains("· selected for kr.leak_known"),
        "{shown}"
    );
    let file = stage.text_path("incident.toml");
    let again = stage.run(&["incident", "open", &file, "--by", "security"]).with(1);
    again.complains(&["HB-2025-09 is open already"]);
    let file = stage.write("other.toml", "code = \"HB-1\"\ntitel = \"a slip\"\n");
    let said = stage.run(&["incident", "open", &file, "--by", "security"]).with(1);
    said.complains(&["other.toml is not understood", "titel", "hint: docs/OPERATIONS.md"]);
}

#[test]
fn the_incident_file_in_the_documentation_opens_an_incident() {
    let document = include_str!("../../../docs/OPERATIONS.md");
    let (_, rest) = document.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let stage = Stage::opened();
    let file = stage.write("copied.toml", example.replace(CODE, "HB-COPIED"));
    stage.run(&["incident", "open", &file, "--by", "security"]).with(0);
}

#[test]
fn a_closed_pipe_is_nobodys_fault() {
    let stage = Stage::opened();
    let mut command = stage.command(&["staff", "list"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command.stdout(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
}
