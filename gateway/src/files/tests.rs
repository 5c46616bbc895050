//! What lies on the disk after each route.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveDate};

use super::*;
use crate::mail::{MailParts, build};
use crate::route::{Event, Outcome, Route, Submission};

async fn send_all<M>(mut route: Route<M>, messages: Vec<M>) -> Vec<Outcome> {
    let count = messages.len();
    for (tag, message) in (0..).zip(messages) {
        route.submissions.send(Submission { tag, message }).await.unwrap();
    }
    route.finish();
    let mut outcomes = Vec::new();
    while let Some(event) = route.events.recv().await {
        let Event::Result { tag, outcome } = event else { panic!("{event:?}") };
        assert_eq!(tag, u64::try_from(outcomes.len()).unwrap(), "in order");
        outcomes.push(outcome);
    }
    assert_eq!(outcomes.len(), count);
    assert!(route.close(Duration::from_secs(5)).await);
    outcomes
}

fn accepted(id: &str) -> Outcome {
    Outcome::Accepted { provider_ids: vec![id.to_owned()] }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn letter(reference: &str, text: &str) -> Letter {
    let html = format!(
        "<!doctype html><html lang=\"ko\"><head><style>@page {{ size: A4 }}</style></head>\
         <body class=\"x\"><p>{text}</p></body></html>"
    );
    Letter { reference: reference.to_owned(), html }
}

#[tokio::test]
async fn letters_lie_one_by_one_and_together_in_plan_order() {
    let dir = tempfile::tempdir().unwrap();
    let sent = vec![letter("w1.c10.p0.t1", "late"), letter("w1.c2.p0.t1", "early")];
    let outcomes = send_all(letters(dir.path(), "w1").unwrap(), sent).await;
    assert_eq!(outcomes, [accepted("w1.c10.p0.t1.html"), accepted("w1.c2.p0.t1.html")]);
    let folder = dir.path().join("w1");
    assert_eq!(names(&folder), ["letters.html", "w1.c10.p0.t1.html", "w1.c2.p0.t1.html"]);
    let all = fs::read_to_string(folder.join("letters.html")).unwrap();
    assert_eq!(all.matches("@page").count(), 1, "one style for all: {all}");
    assert_eq!(all.matches("<section class=\"letter\" lang=\"ko\">").count(), 2);
    assert!(all.find("early").unwrap() < all.find("late").unwrap());
    assert_eq!(mode(&folder.join("w1.c2.p0.t1.html")), 0o600);
    assert_eq!(mode(&folder.join("letters.html")), 0o600);
}

#[tokio::test]
async fn the_same_letter_again_is_the_same_file() {
    let dir = tempfile::tempdir().unwrap();
    for text in ["first", "second"] {
        let sent = vec![letter("w1.c1.p0.t1", text)];
        send_all(letters(dir.path(), "w1").unwrap(), sent).await;
    }
    let folder = dir.path().join("w1");
    assert_eq!(names(&folder), ["letters.html", "w1.c1.p0.t1.html"]);
    let all = fs::read_to_string(folder.join("letters.html")).unwrap();
    assert!(all.contains("second") && !all.contains("first"));
}

#[tokio::test]
async fn a_name_cannot_leave_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let sent = vec![letter("../../evil", "x"), letter("w1.c1.p0.t1", "fine")];
    let outcomes = send_all(letters(dir.path(), "w1").unwrap(), sent).await;
    assert!(matches!(&outcomes[0], Outcome::Rejected { code, .. } if code == "bad name"));
    assert_eq!(outcomes[1], accepted("w1.c1.p0.t1.html"));
    assert!(letters(dir.path(), "../w1").is_err());
}

#[tokio::test]
async fn a_folder_that_vanishes_takes_nothing_for_done() {
    let dir = tempfile::tempdir().unwrap();
    let route = letters(dir.path(), "w1").unwrap();
    fs::remove_dir_all(dir.path().join("w1")).unwrap();
    let outcomes = send_all(route, vec![letter("w1.c1.p0.t1", "x")]).await;
    assert!(matches!(outcomes[0], Outcome::NotAccepted { .. }), "{outcomes:?}");
}

#[tokio::test]
async fn a_maildir_mail_carries_its_envelope() {
    let dir = tempfile::tempdir().unwrap();
    let mail = build(&MailParts {
        reference: "w1.c1.p0.t1",
        message: "w1.c1.p0.t1",
        host: "b.example",
        from: "privacy@carrier.example",
        to: "hong@mail.example",
        subject: "s",
        text: "t",
        html: None,
        date: DateTime::from_timestamp(1_757_000_000, 0).unwrap(),
    })
    .unwrap();
    let outcomes = send_all(maildir(dir.path()).unwrap(), vec![FiledMail(mail)]).await;
    assert_eq!(outcomes, [accepted("w1.c1.p0.t1@b.example")]);
    let text = fs::read_to_string(dir.path().join("new/w1.c1.p0.t1@b.example")).unwrap();
    let head =
        "Return-Path: <bounce+w1.c1.p0.t1@b.example>\r\nX-Envelope-To: <hong@mail.example>\r\n";
    assert!(text.starts_with(head), "{text}");
}

fn record(reference: &str) -> Record {
    let fields = serde_json::json!({ "name": "홍길동" }).as_object().unwrap().clone();
    Record { reference: reference.to_owned(), fields }
}

#[tokio::test]
async fn a_list_says_each_reference_once_even_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mvno.jsonl");
    let first = vec![record("w1.c1.p0.t1"), record("w1.c1.p1.t1"), record("w1.c1.p0.t1")];
    let outcomes = send_all(json_lines(dir.path(), "mvno").unwrap(), first).await;
    assert_eq!(outcomes[2], accepted("mvno.jsonl#w1.c1.p0.t1"));
    let mut torn = fs::read(&path).unwrap();
    torn.extend_from_slice(b"{\"reference\":\"w1.c1.p2.t1\",\"fie");
    fs::write(&path, torn).unwrap();
    let again = vec![record("w1.c1.p1.t1"), record("w1.c1.p2.t1")];
    send_all(json_lines(dir.path(), "mvno").unwrap(), again).await;
    let text = fs::read_to_string(&path).unwrap();
    let references: Vec<String> =
        text.lines().map(|line| serde_json::from_str::<Record>(line).unwrap().reference).collect();
    assert_eq!(references, ["w1.c1.p0.t1", "w1.c1.p1.t1", "w1.c1.p2.t1"]);
    fs::write(&path, "not json\n{}\n").unwrap();
    assert!(json_lines(dir.path(), "mvno").is_err(), "somebody else's file is not cut");
}

fn page(reference: &str, until: u32) -> Posting {
    let day = |day| NaiveDate::from_ymd_opt(2025, 10, day).unwrap();
    Posting {
        reference: reference.to_owned(),
        page: "hb-2025-09-r3-ko".to_owned(),
        title: "개인정보 <유출>".to_owned(),
        html: "<!doctype html><p>공고</p>".to_owned(),
        from: day(1),
        until: day(until),
    }
}

#[tokio::test]
async fn many_attempts_share_one_posting_that_is_never_cut_short() {
    let dir = tempfile::tempdir().unwrap();
    let sent = vec![page("w1.c1.p0.t1", 31), page("w1.c1.p1.t1", 30)];
    let outcomes = send_all(posting(dir.path()).unwrap(), sent).await;
    assert_eq!(outcomes[1], accepted("hb-2025-09-r3-ko.html#w1.c1.p1.t1"));
    let expected = ["hb-2025-09-r3-ko.html", "hb-2025-09-r3-ko.json", "index.html"];
    assert_eq!(names(dir.path()), expected);
    let index = fs::read_to_string(dir.path().join("index.html")).unwrap();
    assert!(index.contains("개인정보 &lt;유출&gt;"), "{index}");
    assert!(index.contains("2025-10-01") && index.contains("2025-10-31"), "{index}");
    assert_eq!(mode(&dir.path().join("index.html")), 0o644);
}

#[test]
fn debug_shows_no_person() {
    let shown = format!("{:?} {:?}", letter("w1.c1.p0.t1", "홍길동"), record("w1.c1.p0.t1"));
    assert!(!shown.contains("홍길동"), "{shown}");
}
