//! The register, from a released wave to a clerk who holds a text against it.

use serde_json::Value;

use crate::sandbox::sandbox;
use crate::stage::{CODE, Said, Stage, exposure};

/// The number of P1.
const NUMBER: &str = "010-1000-0001";
const WHEN: &str = "2025-09-12T10:00:00+09:00";

/// A home with a wave that tells ten people, signed twice.
fn signed() -> Stage {
    let stage = Stage::ready();
    stage.import(exposure(1..=10), &[]).with(0);
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging"]).with(0);
    for name in ["security", "privacy"] {
        let key = stage.text_path(&format!("{name}.key"));
        stage.run(&["wave", "approve", "1", "--as", name, "--key", &key]).with(0);
    }
    stage
}

fn export(stage: &Stage) -> Said {
    let out = stage.text_path("register");
    let words = ["register", "export", "--incident", CODE, "--out", &out];
    stage.run(&[&words[..], &["--by", "messaging", "--json"]].concat())
}

/// The long message of the register, as its reader holds it.
fn message(stage: &Stage) -> String {
    let register: Value = serde_json::from_str(&stage.read("register/register.json")).unwrap();
    let wordings = register["waves"][0]["wordings"].as_array().unwrap();
    let lms = wordings.iter().find(|one| one["wording"]["rung"] == "lms").unwrap();
    let pieces = lms["wording"]["pieces"].as_array().unwrap();
    let pieces: Vec<&str> = pieces.iter().map(|piece| piece.as_str().unwrap()).collect();
    assert_eq!(lms["wording"]["gaps"], serde_json::json!(["name"]));
    format!("[Web발신]\n{}", pieces.join("김하나"))
}

#[test]
fn a_clerk_tells_a_genuine_text_from_a_fake() {
    let stage = signed();
    let early = export(&stage).with(1);
    assert_eq!(early.json()["code"], "nothing_released");
    stage.run(&["wave", "release", "1", "--by", "messaging"]).with(0);
    let exported = export(&stage).with(0).json();
    assert_eq!(exported["waves"], serde_json::json!([1]));
    assert!(stage.read("register/index.html").contains("○○○ 고객님께"));

    let text = message(&stage);
    let file = stage.write("text.txt", &text);
    let genuine = stage.run(&["register", "match", &file, "--sender", "114"]).with(0);
    assert!(genuine.out.starts_with("official: ours, word for word\n"), "{genuine:#?}");
    assert!(genuine.out.contains("김하나: is that the person who holds it?"), "{genuine:#?}");
    let elsewhere = stage.run(&["register", "match", &file, "--sender", "01099990000"]).with(1);
    assert!(elsewhere.out.starts_with("not ours: our words, but from another sender"));
    let add = ["fake", "add", "--text", &file, "--seen-at", WHEN, "--by", "messaging"];
    stage.run(&add).with(1).complains(&["this is no fake", "hint: if it came from another number"]);

    let forged = stage.write("forged.txt", text.replace("118", "010-9999-1234"));
    let altered = stage.run(&["register", "match", &forged]).with(1);
    assert!(altered.out.contains("010-9999-1234"), "{altered:#?}");
    let add = ["fake", "add", "--text", &forged, "--seen-at", WHEN, "--by", "messaging", "--json"];
    let added = stage.run(&add).with(0).json();
    assert_eq!((added["no"].as_i64(), added["after"][0].as_i64()), (Some(1), Some(1)));
    stage.run(&["verify"]).with(0);
}

#[test]
fn fakes_are_kept_by_campaign_and_handed_on() {
    let stage = Stage::opened();
    assert_eq!(stage.run(&["fake", "list"]).with(0).out, "none was reported so far\n");
    for host in ["cj.top", "cj-2.top"] {
        let text =
            format!("택배 주소가 잘못되었습니다! 아래에서 고쳐 주시기 바랍니다! http://{host}/x");
        let file = stage.write("fake.txt", text);
        let words = ["fake", "add", "--text", &file, "--sender", "010-5555-0001"];
        stage.run(&[&words[..], &["--seen-at", WHEN, "--by", "messaging"]].concat()).with(0);
    }
    let listed = stage.run(&["fake", "list"]).with(0).out;
    assert!(listed.starts_with("campaign 1: 2 reports\n"), "{listed}");
    assert!(listed.contains("cj-2.top, cj.top") && listed.contains("01055550001"), "{listed}");
    let out = stage.text_path("lists");
    stage.run(&["fake", "export", "--out", &out, "--by", "messaging"]).with(0);
    assert!(stage.read("lists/hosts.csv").contains("cj.top,1,"));
}

#[test]
fn the_code_in_a_message_is_known_with_its_number_alone() {
    let stage = Stage::ready();
    let _sandbox = sandbox(&stage);
    stage.configure("# message_code = true ", "message_code = true ");
    stage.import(exposure(1..=10), &[]).with(0);
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging"]).with(0);
    for name in ["security", "privacy"] {
        let key = stage.text_path(&format!("{name}.key"));
        stage.run(&["wave", "approve", "1", "--as", name, "--key", &key]).with(0);
    }
    stage.run(&["wave", "release", "1", "--by", "messaging"]).with(0);
    stage.run(&["wave", "send", "1", "--until", "idle"]).with(0);

    let look = ["notice", "show", "--incident", CODE, "--person", "P1", "--purpose", "audit"];
    let shown = stage.run(&[&look[..], &["--by", "privacy"]].concat()).with(0).out;
    let is_code = |word: &&str| {
        let parts: Vec<&str> = word.split('-').collect();
        let plain =
            |part: &&str| part.len() == 3 && part.chars().all(|c| c.is_ascii_alphanumeric());
        parts.len() == 3 && parts.iter().all(plain)
    };
    let code = shown.split_whitespace().find(is_code).unwrap_or_else(|| panic!("{shown}"));
    let ask = |number: &str| {
        let words = ["register", "code", "--incident", CODE, "--number", number, "--code", code];
        stage.run(&[&words[..], &["--by", "messaging"]].concat())
    };
    ask("010-9999-0001").with(1);
    ask(NUMBER).with(0);
    stage.run(&["verify"]).with(0);
}

#[test]
fn a_code_is_answered_with_number_and_limits() {
    let stage = Stage::opened();
    let ask = |code: &str| {
        let words = ["register", "code", "--incident", CODE, "--number", NUMBER];
        stage.run(&[&words[..], &["--code", code, "--by", "messaging"]].concat())
    };
    ask("28T-5CY-4TX").with(1).complains(&["this is no message code", "hint: read it again"]);
    for _ in 0..5 {
        let answer = ask("28t 5cy 4th").with(1);
        assert_eq!(answer.out, "no: no message of ours with this code went there\n");
    }
    ask("28T-5CY-4TH").with(1).complains(&["asked for too often in this hour"]);
}
