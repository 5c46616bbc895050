//! Who: an invitation, a passkey, a session, and its end.

use chrono::TimeDelta;
use http::StatusCode;
use rstest::rstest;
use serde_json::json;
use simrecall_core::access::StaffRole;
use simrecall_engine::staff;
use simrecall_engine::stock::receive::{self, Arrival};
use simrecall_engine::terminal::enrol::{self, Why};
use simrecall_tests::Backend;
use simrecall_tests::office::{
    AGENT, Answer, CLERK, CLERK_ELSEWHERE, Desk, JONGNO, MAPO, PRIVACY, SECURITY, SUPERVISOR,
};
use simrecall_tests::peers::Authenticator;

use crate::stage::Stage;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn refused(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

fn is_in(stage: &Stage, desk: &mut Desk) -> bool {
    stage.office.get(desk, "/api/session").unwrap().status == StatusCode::OK
}

#[rstest]
fn a_clerk_signs_in_and_out(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut desk = office.desk(Some(JONGNO)).unwrap();
    office.enrol(&mut desk, CLERK).unwrap();
    let signed_in = office.sign_in(&mut desk).unwrap();
    let cookie = signed_in.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-simrecall-staff="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
    let shown = signed_in.well().unwrap();
    assert_eq!(
        (&shown["name"], &shown["roles"], &shown["agency"]["code"]),
        (&json!(CLERK), &json!(["clerk"]), &json!(JONGNO))
    );
    let cookie = desk.browser.cookie.clone().unwrap();
    assert_eq!(shown["ath"], simrecall_tests::peers::ath(&cookie));
    assert_eq!(office.get(&mut desk, "/api/session").unwrap().well().unwrap(), shown);
    // What the database keeps of it is a hash.
    let held = match backend {
        Backend::Sqlite => "SELECT hex(hash) FROM staff_session",
        Backend::Postgres => "SELECT encode(hash, 'hex') FROM staff_session",
    };
    assert_eq!(stage.by_hand(held).len(), 64);
    office.post(&mut desk, "/api/sign-out", &json!({})).unwrap().well().unwrap();
    assert_eq!(desk.browser.cookie, None);
    desk.browser.cookie = Some(cookie);
    assert!(!is_in(&stage, &mut desk));
    let counts = ["staff.invited", "staff.passkey_added", "staff.signed_in", "staff.signed_out"];
    assert_eq!(counts.map(|kind| stage.entries(kind)), [1, 1, 1, 1]);
}

#[rstest]
fn an_invitation_is_used_once_and_by_whom_it_is_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let (office, home) = (&stage.office, stage.home());
    let invite = |by: &[&str]| enrol::invite(home, CLERK, Why::First, &names(by)).unwrap();
    let begin = |desk: &mut Desk, code: &str| {
        refused(&office.post(desk, "/api/passkey/begin", &json!({ "code": code })).unwrap())
    };
    let none = (400, "invite".to_owned());
    let mut desk = office.desk(Some(JONGNO)).unwrap();

    let first = invite(&[SECURITY]);
    let second = invite(&[SECURITY]);
    assert_eq!(begin(&mut desk, first.code.as_str()), none, "the newer one counts");
    assert_eq!(begin(&mut office.desk(Some(MAPO)).unwrap(), second.code.as_str()), none);
    assert_eq!(begin(&mut office.desk(None).unwrap(), second.code.as_str()), none);
    // Two questions with one code make one passkey.
    let code = json!({ "code": second.code });
    let asked = [(); 2]
        .map(|()| office.post(&mut desk, "/api/passkey/begin", &code).unwrap().well().unwrap());
    let origin = desk.browser.origin().to_owned();
    let brought = asked.map(|asked| {
        let credential = desk.passkey.create(&asked["publicKey"], &origin).unwrap();
        let brought = json!({ "id": asked["id"], "credential": credential });
        office.post(&mut desk, "/api/passkey", &brought).unwrap().status.as_u16()
    });
    assert_eq!(brought, [200, 400]);
    assert_eq!(begin(&mut desk, second.code.as_str()), none);
    assert_eq!(stage.entries("staff.passkey_added"), 1);

    let late = enrol::invite(home, CLERK_ELSEWHERE, Why::First, &names(&[SECURITY])).unwrap();
    stage.pass(TimeDelta::hours(24));
    assert_eq!(begin(&mut office.desk(Some(MAPO)).unwrap(), late.code.as_str()), none);
}

/// The answer is lost: the page asks with the same passkey again, and is told the same; nobody else is, and not later.
#[rstest]
fn a_passkey_whose_answer_was_lost_is_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let (office, home) = (&stage.office, stage.home());
    let invited = enrol::invite(home, CLERK, Why::First, &names(&[SECURITY])).unwrap();
    let mut desk = office.desk(Some(JONGNO)).unwrap();
    let code = json!({ "code": invited.code });
    let asked = office.post(&mut desk, "/api/passkey/begin", &code).unwrap().well().unwrap();
    let origin = desk.browser.origin().to_owned();
    let credential = desk.passkey.create(&asked["publicKey"], &origin).unwrap();
    let brought = json!({ "id": asked["id"], "credential": credential });
    let mut said = || office.post(&mut desk, "/api/passkey", &brought).unwrap();
    let first = said().well().unwrap();
    assert_eq!((&first["name"], said().well().unwrap()), (&json!(CLERK), first.clone()));
    assert_eq!(stage.entries("staff.passkey_added"), 1);
    let mut elsewhere = office.desk(Some(MAPO)).unwrap();
    let other = office.post(&mut elsewhere, "/api/passkey", &brought).unwrap();
    assert_eq!(other.code(), "challenge");
    stage.pass(TimeDelta::minutes(2));
    assert_eq!(said().code(), "challenge");
}

#[test]
fn a_passkey_takes_as_many_people_as_it_can_do_harm() {
    let stage = Stage::open(Backend::Sqlite);
    let home = stage.home();
    let invite = |name: &str, why, by: &[&str]| {
        enrol::invite(home, name, why, &names(by)).map(|_| ()).map_err(|problem| problem.code)
    };
    let one = Err("two_persons");
    assert_eq!(invite(CLERK, Why::First, &[PRIVACY]), Err("not_allowed"));
    assert_eq!(invite(CLERK, Why::First, &[SECURITY]), Ok(()));
    assert_eq!(invite(CLERK, Why::Another, &[SECURITY]), one);
    assert_eq!(invite(CLERK, Why::Lost, &[SECURITY]), one);
    for name in [SUPERVISOR, AGENT, PRIVACY, SECURITY] {
        assert_eq!(invite(name, Why::First, &[SECURITY]), one, "{name}");
    }
    assert_eq!(invite(SUPERVISOR, Why::First, &[SECURITY, SECURITY]), one);
    assert_eq!(invite(SUPERVISOR, Why::First, &[SECURITY, PRIVACY]), Ok(()));
    assert_eq!(invite(SECURITY, Why::First, &[SECURITY, PRIVACY]), Err("self"));

    let mut desk = stage.office.desk(Some(JONGNO)).unwrap();
    stage.office.enrol(&mut desk, CLERK).unwrap();
    assert_eq!(invite(CLERK, Why::First, &[SECURITY]), Err("exists"));
    assert_eq!(invite(CLERK, Why::Another, &[SECURITY, PRIVACY]), Ok(()));
    assert!(stage.office.sign_in(&mut desk).unwrap().well().is_ok());
    // One that was lost signs nothing from now on.
    assert_eq!(invite(CLERK, Why::Lost, &[SECURITY, PRIVACY]), Ok(()));
    assert!(!is_in(&stage, &mut desk));
    assert_eq!(refused(&stage.office.sign_in(&mut desk).unwrap()), (401, "signed_out".to_owned()));
    // And its owner's next one is no first one.
    assert_eq!(invite(CLERK, Why::First, &[SECURITY]), one);
}

/// Two codes of one person, both given out before either was used: the second passkey takes two people, whenever it comes.
#[rstest]
fn one_person_gives_out_one_first_passkey(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let (office, home) = (&stage.office, stage.home());
    let mut desk = office.desk(Some(JONGNO)).unwrap();
    let code = |typed: &str| {
        use sha2::{Digest as _, Sha256};
        simrecall_store::invite::CodeHash(Sha256::digest(typed).into())
    };
    let member = home.store.read(|tx| tx.staff_by_name(CLERK)).unwrap().unwrap().id;
    let by = home.store.read(|tx| tx.staff_by_name(SECURITY)).unwrap().unwrap().id;
    let invited = enrol::invite(home, CLERK, Why::First, &names(&[SECURITY])).unwrap();
    let brought = office.bring_passkey(&mut desk, invited.code.as_str()).unwrap();
    assert_eq!(brought["name"], CLERK);
    // As it would be if somebody had invited at the same instant: the row of a code that one person gave out.
    let late = simrecall_store::invite::Invite {
        code: code("the other code"),
        staff: member,
        by: (by, None),
        made_at: home.now(),
        until: home.now() + TimeDelta::hours(1),
        used_at: None,
    };
    home.store.write(|tx| tx.add_invite(&late)).unwrap();
    desk.passkey = Authenticator::default();
    let asked = office.bring_passkey(&mut desk, "the other code").unwrap_err();
    assert!(asked.to_string().contains("invite"), "{asked}");
    assert_eq!(stage.entries("staff.passkey_added"), 1);
}

#[rstest]
fn who_is_revoked_paused_or_posted_elsewhere_is_out_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let (office, home) = (&stage.office, stage.home());
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let id = home.store.read(|tx| tx.staff_by_name(CLERK)).unwrap().unwrap().id;
    let out = (401, "signed_out".to_owned());

    home.store.write(|tx| tx.pause_staff(id, stage.clock.now())).unwrap();
    assert!(!is_in(&stage, &mut clerk));
    assert_eq!(refused(&office.sign_in(&mut clerk).unwrap()), out);
    home.store.write(|tx| tx.resume_staff(id)).unwrap();
    office.sign_in(&mut clerk).unwrap().well().unwrap();

    enrol::post(home, CLERK, Some(MAPO), SECURITY).unwrap();
    assert!(!is_in(&stage, &mut clerk));
    assert_eq!(refused(&office.sign_in(&mut clerk).unwrap()), out);
    enrol::post(home, CLERK, Some(JONGNO), SECURITY).unwrap();
    office.sign_in(&mut clerk).unwrap().well().unwrap();

    enrol::revoke(home, CLERK, PRIVACY).unwrap();
    assert!(!is_in(&stage, &mut clerk));
    assert_eq!(refused(&office.sign_in(&mut clerk).unwrap()), out);
    assert_eq!(stage.by_hand("SELECT count(*) FROM staff_session"), "0");
    assert_eq!(
        stage.by_hand("SELECT count(*) FROM credential WHERE kind = 2 AND ended_at IS NULL"),
        "0"
    );
    // Whoever reads rows that nobody deleted is out all the same.
    let mut other = office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    stage.by_hand(&format!(
        "UPDATE staff SET paused_at = added_at WHERE name = '{CLERK_ELSEWHERE}'"
    ));
    assert!(!is_in(&stage, &mut other));
}

#[rstest]
fn a_session_ends_when_it_lies_idle_and_at_its_end(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let minutes = TimeDelta::minutes;
    let mut agent = office.seat(None, AGENT).unwrap();
    // Polling is no use, and asks until the end.
    stage.pass(minutes(14));
    assert!(is_in(&stage, &mut agent));
    stage.pass(minutes(1));
    assert!(!is_in(&stage, &mut agent));

    // A supervisor, who may ask for something that is no polling.
    let mut desk = office.seat(Some(JONGNO), SUPERVISOR).unwrap();
    let nothing = "/api/terminals/11111111-1111-4111-8111-111111111111/off";
    let mut asked = 0;
    let ended = loop {
        let answer = office.post(&mut desk, nothing, &json!({})).unwrap();
        if answer.status == StatusCode::UNAUTHORIZED {
            break asked;
        }
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        asked += 1;
        stage.pass(minutes(10));
    };
    // Ten hours from the sign-in, to the minute.
    assert_eq!(ended, 60);
    office
        .home()
        .store
        .write(|tx| {
            tx.purge_staff_sessions(
                stage.clock.now() - minutes(15),
                stage.clock.now() - minutes(600),
            )
        })
        .unwrap();
    assert_eq!(stage.by_hand("SELECT count(*) FROM staff_session"), "0");
}

#[test]
fn one_person_sits_at_one_place() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut here = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut there = office.desk(Some(JONGNO)).unwrap();
    // They take their key along.
    std::mem::swap(&mut here.passkey, &mut there.passkey);
    office.sign_in(&mut there).unwrap().well().unwrap();
    assert!(is_in(&stage, &mut there) && !is_in(&stage, &mut here));
    assert_eq!(stage.by_hand("SELECT count(*) FROM staff_session"), "1");
}

#[test]
fn a_passkey_that_verifies_nobody_signs_nobody_in() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut desk = office.desk(Some(JONGNO)).unwrap();
    desk.passkey.verifies = false;
    let refusal = office.enrol(&mut desk, CLERK).unwrap_err().to_string();
    assert!(refusal.contains("passkey"), "{refusal}");
    desk.passkey.verifies = true;
    let invited = enrol::invite(stage.home(), CLERK, Why::First, &names(&[SECURITY])).unwrap();
    office.bring_passkey(&mut desk, invited.code.as_str()).unwrap();
    desk.passkey.verifies = false;
    assert_eq!(refused(&office.sign_in(&mut desk).unwrap()), (422, "passkey".to_owned()));
    desk.passkey.verifies = true;
    office.sign_in(&mut desk).unwrap().well().unwrap();
}

#[rstest]
fn an_answer_is_to_its_question_and_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut desk = office.desk(Some(JONGNO)).unwrap();
    office.enrol(&mut desk, CLERK).unwrap();
    let ask = |desk: &mut Desk| {
        office.post(desk, "/api/sign-in/begin", &json!({})).unwrap().well().unwrap()
    };
    let origin = desk.browser.origin().to_owned();
    let (first, second) = (ask(&mut desk), ask(&mut desk));
    let answer = desk.passkey.get(&first["publicKey"], &origin).unwrap();
    let say = |desk: &mut Desk, id: &serde_json::Value, answer: &serde_json::Value| {
        let said = json!({ "id": id, "credential": answer });
        refused(&office.post(desk, "/api/sign-in", &said).unwrap())
    };
    // Another question's answer, which uses that question up.
    assert_eq!(say(&mut desk, &second["id"], &answer), (422, "passkey".to_owned()));
    assert_eq!(say(&mut desk, &second["id"], &answer), (409, "challenge".to_owned()));
    assert_eq!(say(&mut desk, &first["id"], &answer).0, 200);
    assert_eq!(say(&mut desk, &first["id"], &answer), (409, "challenge".to_owned()));
    // Another terminal's question.
    let mut other = office.desk(Some(JONGNO)).unwrap();
    let theirs = ask(&mut other);
    let answer = desk.passkey.get(&theirs["publicKey"], &origin).unwrap();
    assert_eq!(say(&mut desk, &theirs["id"], &answer), (401, "signed_out".to_owned()));
    // Another site's page asked for it.
    let phished = ask(&mut desk);
    let answer =
        desk.passkey.get(&phished["publicKey"], "https://agency.hanbit.example.evil").unwrap();
    assert_eq!(say(&mut desk, &phished["id"], &answer), (422, "passkey".to_owned()));
    // Too late.
    let late = ask(&mut desk);
    let answer = desk.passkey.get(&late["publicKey"], &origin).unwrap();
    stage.pass(TimeDelta::minutes(2));
    assert_eq!(say(&mut desk, &late["id"], &answer), (409, "challenge".to_owned()));
}

#[test]
fn a_passkey_that_was_copied_is_found_out_by_its_count() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut desk = office.seat(Some(JONGNO), CLERK).unwrap();
    office.sign_in(&mut desk).unwrap().well().unwrap();
    // The copy gives a count that the original gave.
    desk.passkey.counts = false;
    assert_eq!(refused(&office.sign_in(&mut desk).unwrap()).1, "passkey");
    // One that never counted goes on.
    let mut other = office.desk(Some(MAPO)).unwrap();
    other.passkey.counts = false;
    office.enrol(&mut other, CLERK_ELSEWHERE).unwrap();
    for _ in 0..2 {
        office.sign_in(&mut other).unwrap().well().unwrap();
    }
}

#[test]
fn at_night_nobody_signs_in() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut agent = office.seat(None, AGENT).unwrap();
    // 19:59:59, then 20:00.
    stage.pass(TimeDelta::seconds(10 * 3_600 + 29 * 60 + 59));
    office.sign_in(&mut clerk).unwrap().well().unwrap();
    stage.pass(TimeDelta::seconds(1));
    let closed = office.post(&mut clerk, "/api/sign-in/begin", &json!({})).unwrap();
    assert_eq!(refused(&closed), (409, "closed".to_owned()));
    let shown = office.get(&mut clerk, "/api/terminal").unwrap().well().unwrap();
    assert_eq!(
        (&shown["open"], &shown["opens"], &shown["closes"]),
        (&json!(false), &json!("2025-09-11T00:00:00Z"), &json!("2025-09-11T11:00:00Z"))
    );
    // Who is in may still leave; the centre works at any hour, as it is not configured otherwise.
    office.post(&mut clerk, "/api/sign-out", &json!({})).unwrap().well().unwrap();
    office.sign_in(&mut agent).unwrap().well().unwrap();
}

#[test]
fn there_is_one_door_for_clerks() {
    let stage = Stage::open(Backend::Sqlite);
    let home = stage.home();
    let arrival = Arrival { lot: "PO-1", missing: None, by: CLERK };
    assert_eq!(receive::receive(home, &arrival).unwrap_err().code, "at_counter");
    let both = [StaffRole::Clerk, StaffRole::Security];
    let refused = staff::add_without_key(home, "both", &both, SECURITY).unwrap_err();
    assert_eq!(refused.code, "staff");
    assert_eq!(enrol::post(home, AGENT, Some(JONGNO), SECURITY).unwrap_err().code, "posting");
    let listed = staff::list(home).unwrap();
    let clerk = listed.iter().find(|one| one.name == CLERK).unwrap();
    assert_eq!((clerk.agency.as_deref(), clerk.public_key.as_deref()), (Some(JONGNO), None));
}
