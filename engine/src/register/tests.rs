//! What the register says of texts and codes, and what it publishes.

use std::collections::BTreeSet;

use simrecall_core::incident::KnowledgeTime;
use simrecall_core::law::Anchor;

use super::stage::{CODE, EMAIL, NUMBER, Stage, at, wording};
use super::*;
use crate::Home;

fn entries(home: &Home, kind: &str) -> Vec<String> {
    let id = crate::incident::by_code(home, CODE).unwrap().id;
    let entries = home.store.read(|tx| tx.entries_of_kind(id, kind, 100)).unwrap();
    entries.into_iter().map(|entry| entry.body).collect()
}

#[test]
fn a_text_is_ours_only_once_it_was_released() {
    let stage = Stage::draft();
    let is = |text: &str| match_text(&stage.home, text, None).unwrap().is;
    assert_eq!(is(&stage.text()), Is::NotOurs);
    stage.release();
    assert_eq!(is(&stage.text()), Is::Official);
    assert_eq!(is(&format!("[Web발신]\n{}", stage.text())), Is::Official);
    assert_eq!(is("택배 주소 확인 http://cj.top/x"), Is::Link);
    assert_eq!(is("저녁에 봅시다"), Is::NotOurs);
}

#[test]
fn a_match_says_whose_text_it_is_and_where_it_differs() {
    let stage = Stage::sent();
    let text = stage.text();
    let genuine = match_text(&stage.home, &text, Some("1-1-4")).unwrap();
    assert_eq!((genuine.is, genuine.addressed_to.as_deref()), (Is::Official, Some("김민수")));
    let ours = genuine.ours.clone().unwrap();
    assert_eq!((ours.wave, ours.no, ours.kind, ours.sender.as_str()), (1, 1, "confirmed", "114"));
    assert_eq!(ours.sha256, hex(&wording().sha256()));
    assert!(!format!("{genuine:?}").contains("김민수"));
    let elsewhere = match_text(&stage.home, &text, Some("010-9999-9999")).unwrap();
    assert_eq!(elsewhere.is, Is::OtherSender);
    let altered = match_text(&stage.home, &text.replace("0114", "0115"), None).unwrap();
    assert_eq!(altered.is, Is::Altered);
    assert_eq!(altered.places.len(), 1);
    assert_eq!(altered.places[0].en, "ours says “080-000-0114”, this says “080-000-0115”");
    assert_eq!(altered.places[0].ko, "원문은 “080-000-0114”인데 이 문자는 “080-000-0115”입니다");
    let long = match_text(&stage.home, &"a".repeat(MOST + 1), None).unwrap_err();
    assert_eq!((long.code, long.hint.is_some()), ("text", true));
}

#[test]
fn the_register_is_published_for_people_and_for_programs() {
    let stage = Stage::draft();
    let out = stage.folder.path().join("register");
    let early = export(&stage.home, CODE, &out, "messaging").unwrap_err();
    assert_eq!(early.code, "nothing_released");
    assert!(!out.exists());
    stage.release();
    assert_eq!(export(&stage.home, CODE, &out, "audit").unwrap_err().code, "not_allowed");
    let answer = export(&stage.home, CODE, &out, "messaging").unwrap();
    assert_eq!((answer.waves.as_slice(), answer.wordings), ([1].as_slice(), 1));
    let page = std::fs::read_to_string(&answer.page).unwrap();
    assert!(page.contains("○○○ 고객님께") && page.contains("확인 코드 ○○○"), "{page}");
    assert!(page.contains("&lt;114&gt;") && page.contains(&hex(&wording().sha256())));
    assert!(page.contains(&answer.sha256), "the page names the file's hash");
    let text = std::fs::read_to_string(&answer.json).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = json["waves"][0]["wordings"][0].clone();
    assert_eq!((first["sender"].as_str(), first["no"].as_i64()), (Some("114"), Some(1)));
    let read: simrecall_core::notice::Wording =
        serde_json::from_value(first["wording"].clone()).unwrap();
    assert_eq!(read, wording());
    let again = export(&stage.home, CODE, &out, "messaging").unwrap();
    assert_eq!(again.sha256, answer.sha256);
    assert_eq!(entries(&stage.home, "register.published").len(), 2);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 2, "no draft is left behind");
}

/// Somebody knew something, by the anchor it stands for.
fn known(stage: &Stage, no: i32, anchor: Anchor, second: i64) {
    let time = KnowledgeTime {
        no,
        at: at(second),
        anchors: BTreeSet::from([anchor]),
        revision: None,
        who: "security".to_owned(),
        what: "records were read".to_owned(),
        evidence: "ticket 7".to_owned(),
        recorded_at: at(second),
    };
    let incident = crate::incident::by_code(&stage.home, CODE).unwrap().id;
    stage.home.store.write(|tx| tx.add_knowledge(incident, &time)).unwrap();
}

#[test]
fn nothing_is_published_in_a_silence() {
    let mut stage = Stage::sent();
    stage.home.config.law.statutes.push("us-cpni".to_owned());
    let out = stage.folder.path().join("register");
    known(&stage, 1, Anchor::UsBreachDetermined, 20);
    let refused = export(&stage.home, CODE, &out, "messaging").unwrap_err();
    assert_eq!(refused.code, "silence");
    assert_eq!(
        refused.details,
        ["people in US: US-2011-SILENCE forbids it, without end until law enforcement was told"]
    );
    assert!(!out.exists() && entries(&stage.home, "register.published").is_empty());
    known(&stage, 2, Anchor::UsLawEnforcementNotified, 90);
    let refused = export(&stage.home, CODE, &out, "messaging").unwrap_err();
    assert!(refused.details[0].contains("forbids it until"), "{refused:?}");
    stage.home.clock.advance(chrono::TimeDelta::days(15));
    export(&stage.home, CODE, &out, "messaging").unwrap();
}

fn ask(stage: &Stage, reach: &str, code: &str) -> Result<CodeAnswer> {
    check_code(&stage.home, CODE, &Question { reach, code, by: "messaging" })
}

#[test]
fn a_code_is_genuine_only_where_it_was_sent() {
    let stage = Stage::sent();
    let code = stage.code().to_string();
    for (reach, typed) in [
        (NUMBER, code.clone()),
        ("+82 10 1234 5678", code.to_lowercase().replace('-', " ")),
        (EMAIL, code.clone()),
    ] {
        let answer = ask(&stage, reach, &typed).unwrap();
        let sent = answer.sent.unwrap();
        assert_eq!((sent.at, sent.kind, sent.rung), (at(30), "confirmed", "lms"), "{reach}");
    }
    let other = simrecall_core::notice::MessageCode::from_bytes([1; 5]).to_string();
    let no = CodeAnswer { genuine: false, sent: None };
    assert_eq!(ask(&stage, "010-1234-5679", &code).unwrap(), no);
    assert_eq!(ask(&stage, NUMBER, &other).unwrap(), no);
    assert_eq!(ask(&stage, NUMBER, "28T-5CY-4TX").unwrap_err().code, "message_code");
    let journal = entries(&stage.home, "register.code_checked");
    assert_eq!(journal.len(), 5);
    assert!(journal.iter().all(|body| !body.contains("1234") && !body.contains(&code)));
}

#[test]
fn a_code_that_was_not_sent_yet_is_not_genuine() {
    let stage = Stage::draft();
    let code = stage.code().to_string();
    assert!(!ask(&stage, NUMBER, &code).unwrap().genuine);
    stage.release();
    assert!(!ask(&stage, NUMBER, &code).unwrap().genuine);
}

#[test]
fn codes_are_asked_only_so_often() {
    let mut stage = Stage::sent();
    stage.home.config.register.in_all = 7;
    let code = stage.code().to_string();
    for _ in 0..5 {
        assert!(ask(&stage, NUMBER, &code).unwrap().genuine);
    }
    assert_eq!(ask(&stage, NUMBER, &code).unwrap_err().code, "too_often");
    for n in 0..2 {
        ask(&stage, &format!("0101111000{n}"), &code).unwrap();
    }
    assert_eq!(ask(&stage, "01011110009", &code).unwrap_err().code, "too_often");
    stage.home.clock.advance(chrono::TimeDelta::hours(1));
    assert!(ask(&stage, NUMBER, &code).unwrap().genuine);
}
