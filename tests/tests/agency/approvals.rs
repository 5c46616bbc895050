//! A wave's approval by passkey.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use simrecall_core::id::WaveNo;
use simrecall_engine::wave;
use simrecall_tests::Backend;
use simrecall_tests::office::{Answer, CLERK, Desk, JONGNO, PRIVACY, SECURITY};

use crate::stage::Stage;

const SENDER: &str = "messaging.lead";

fn planned(stage: &Stage) -> WaveNo {
    stage.town.import(1).unwrap();
    stage.town.scene.plan().unwrap().wave
}

fn begin(stage: &Stage, desk: &mut Desk, no: WaveNo) -> Value {
    let path = format!("/api/approvals/{}/begin", no.0);
    stage.office.post(desk, &path, &json!({})).unwrap().well().unwrap()
}

fn sign(stage: &Stage, desk: &mut Desk, no: WaveNo) -> Answer {
    let asked = begin(stage, desk, no);
    stage.office.answer(desk, &format!("/api/approvals/{}", no.0), &asked).unwrap()
}

fn release(stage: &Stage, no: WaveNo) -> Result<(), &'static str> {
    wave::release(stage.home(), no, SENDER).map_err(|problem| problem.code)
}

fn by_key(stage: &Stage, no: WaveNo, name: &str) -> Result<(), &'static str> {
    let key = stage.home().dir.join("staff").join(format!("{name}.key"));
    wave::approve(stage.home(), no, name, &key).map(drop).map_err(|problem| problem.code)
}

#[rstest]
fn a_wave_goes_by_a_key_and_a_passkey_of_two_people(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let no = planned(&stage);
    let mut desk = office.seat(None, PRIVACY).unwrap();
    let waiting = office.get(&mut desk, "/api/approvals").unwrap().well().unwrap();
    assert_eq!((&waiting[0]["wave"], &waiting[0]["signed"]), (&json!(no.0), &json!([])));
    assert_eq!(waiting[0]["needed"], 2);
    let before = desk.browser.cookie.clone();
    let signed = sign(&stage, &mut desk, no).well().unwrap();
    assert_eq!(signed[0]["signed"], json!(["privacy"]));
    assert_ne!(desk.browser.cookie, before, "a step-up gives a new cookie");
    office.get(&mut desk, "/api/session").unwrap().well().unwrap();
    assert_eq!(release(&stage, no), Err("not_approved"));

    // One person counts once, whatever they sign with.
    assert_eq!(by_key(&stage, no, PRIVACY), Err("signed"));
    let twice = sign(&stage, &mut desk, no);
    assert_eq!((twice.status.as_u16(), twice.code().as_str()), (409, "signed"));
    assert_eq!(release(&stage, no), Err("not_approved"));
    by_key(&stage, no, SECURITY).unwrap();
    let mut other = office.seat(None, SECURITY).unwrap();
    assert_eq!(sign(&stage, &mut other, no).code(), "signed");
    assert_eq!(release(&stage, no), Ok(()));
    assert_eq!(stage.entries("wave.approved"), 2);
}

#[rstest]
fn an_approval_that_somebody_touched_releases_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values("signature", "client_data", "authenticator_data", "challenge", "pair")] column: &str,
) {
    let stage = Stage::open(backend);
    let no = planned(&stage);
    let mut desk = stage.office.seat(None, PRIVACY).unwrap();
    sign(&stage, &mut desk, no).well().unwrap();
    by_key(&stage, no, SECURITY).unwrap();
    // Whoever owns the database takes the triggers away first.
    let (no_trigger, other) = match backend {
        Backend::Sqlite => {
            ("DROP TRIGGER approval_passkey_no_update".to_owned(), "zeroblob(length(#))")
        }
        Backend::Postgres => (
            "ALTER TABLE approval_passkey DISABLE TRIGGER ALL".to_owned(),
            "decode(repeat('00', length(#)), 'hex')",
        ),
    };
    stage.by_hand(&no_trigger);
    let other = other.replace('#', column);
    stage.by_hand(&format!("UPDATE approval_passkey SET {column} = {other}"));
    assert_eq!(release(&stage, no), Err("not_approved"));
}

#[test]
fn an_approval_counts_with_its_entry_alone() {
    let stage = Stage::open(Backend::Sqlite);
    let no = planned(&stage);
    let mut desk = stage.office.seat(None, PRIVACY).unwrap();
    sign(&stage, &mut desk, no).well().unwrap();
    by_key(&stage, no, SECURITY).unwrap();
    stage.by_hand(
        "DROP TRIGGER journal_entry_no_update; UPDATE journal_entry SET kind = 'other' WHERE kind = 'wave.approval_asked'",
    );
    assert_eq!(release(&stage, no), Err("not_approved"));
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let no = planned(&stage);
    let mut desk = office.seat(None, PRIVACY).unwrap();
    let asked = begin(&stage, &mut desk, no);
    let before = desk.browser.cookie.clone();
    let path = format!("/api/approvals/{}", no.0);
    let origin = desk.browser.origin().to_owned();
    let credential = desk.passkey.get(&asked["publicKey"], &origin).unwrap();
    let said = json!({ "id": asked["id"], "credential": credential });
    office.post(&mut desk, &path, &said).unwrap().well().unwrap();
    let lost = desk.browser.cookie.clone();

    // The answer and its cookie never came.
    desk.browser.cookie.clone_from(&before);
    let refused = |desk: &mut Desk, path: &str| {
        let answer = office.post(desk, path, &said).unwrap();
        (answer.status.as_u16(), answer.code())
    };
    let out = (401, "signed_out".to_owned());
    assert_eq!(office.get(&mut desk, "/api/session").unwrap().code(), "signed_out");
    assert_eq!(refused(&mut desk, "/api/sign-out"), out);
    assert_eq!(refused(&mut desk, &format!("{path}/begin")), out);
    assert_eq!(refused(&mut desk, "/api/approvals/99"), out);
    // From another terminal it is nothing.
    let mut other = office.desk(None).unwrap();
    other.browser.cookie.clone_from(&before);
    assert_eq!(refused(&mut other, &path), out);

    let again = office.post(&mut desk, &path, &said).unwrap().well().unwrap();
    assert_eq!(again[0]["signed"], json!(["privacy"]));
    office.get(&mut desk, "/api/session").unwrap().well().unwrap();
    desk.browser.cookie = lost;
    assert_eq!(office.get(&mut desk, "/api/session").unwrap().code(), "signed_out");
    desk.browser.cookie = before;
    stage.pass(TimeDelta::seconds(60));
    assert_eq!(refused(&mut desk, &path), out);
    assert_eq!(stage.entries("wave.approved"), 1);
}

#[test]
fn what_was_planned_anew_is_signed_anew() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let no = planned(&stage);
    let mut desk = office.seat(None, PRIVACY).unwrap();
    let asked = begin(&stage, &mut desk, no);
    stage.town.import(2).unwrap();
    let again = stage.town.scene.plan().unwrap().wave;
    let answer = office.answer(&mut desk, &format!("/api/approvals/{}", again.0), &asked).unwrap();
    assert!(!answer.status.is_success(), "{}", answer.code());
    assert_eq!(release(&stage, again), Err("not_approved"));
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    assert_eq!(office.get(&mut clerk, "/api/approvals").unwrap().code(), "not_allowed");
}
