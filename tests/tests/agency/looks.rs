//! Second looks: who may, in what time, what follows, and what becomes of the images.

use chrono::TimeDelta;
use http::StatusCode;
use rstest::rstest;
use serde_json::json;
use simrecall_core::access::StaffRole;
use simrecall_core::id::LookId;
use simrecall_core::replacement::State;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::tick::tick;
use simrecall_engine::staff;
use simrecall_engine::terminal::enrol;
use simrecall_store::proof::ProofKind;
use simrecall_tests::Backend;
use simrecall_tests::office::{
    CLERK, CLERK_ELSEWHERE, CLERK_TOO, Desk, JONGNO, MAPO, SECURITY, SUPERVISOR,
    SUPERVISOR_ELSEWHERE,
};
use simrecall_tests::town::{LEAKED, POSSIBLY};
use uuid::Uuid;

use crate::stage::Stage;
use crate::visitor::{
    CHECKED_IN, LASTS, asked, at_counter, bring, is_held, jpeg, now, papers, proofs,
};

const COUNTER: (&str, &str) = (JONGNO, CLERK);

fn take(stage: &Stage, desk: &mut Desk) -> Option<serde_json::Value> {
    let answer = stage.office.post(desk, "/api/looks/take", &json!({})).unwrap();
    if answer.status == StatusCode::NO_CONTENT {
        return None;
    }
    Some(answer.well().unwrap())
}

fn decide(stage: &Stage, desk: &mut Desk, look: &str, approve: bool) -> (StatusCode, String) {
    if approve {
        see(stage, desk, look);
    }
    say(stage, desk, (look, approve))
}

/// Opens the papers, and the customer with the digits.
fn see(stage: &Stage, desk: &mut Desk, look: &str) {
    for no in [1, 2] {
        stage.office.get(desk, &format!("/api/looks/{look}/images/{no}")).unwrap();
    }
}

fn say(stage: &Stage, desk: &mut Desk, (look, approve): (&str, bool)) -> (StatusCode, String) {
    let path = format!("/api/looks/{look}/answer");
    let body = json!({ "approve": approve, "reason": if approve { "" } else { "other_person" } });
    let answer = stage.office.post(desk, &path, &body).unwrap();
    (answer.status, answer.code())
}

#[rstest]
fn somebody_elsewhere_sees_the_papers_and_says_yes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = at_counter(&stage, (LEAKED, 1), COUNTER);
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut other = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    papers(&stage, &case, COUNTER);
    assert_eq!(take(&stage, &mut other), None);
    let look = asked(&stage, &mut clerk, (&case, &[1, 2]));
    let waiting = office.get(&mut other, "/api/looks").unwrap().well().unwrap();
    assert_eq!(waiting, json!({ "waiting": 1, "oldest_seconds": 0 }));
    let permits = stage.entries("permit.granted");
    let taken = take(&stage, &mut other).unwrap();
    assert_eq!(stage.entries("permit.granted"), permits + 1, "one view, one entry");
    assert_eq!((&taken["look"], &taken["holder"]), (&json!(look), &json!("김하늘")));
    assert_eq!((&taken["birth_year"], &taken["images"]), (&json!(1980), &json!([1, 2])));
    assert_eq!((&taken["person"], taken["digits"].as_str().unwrap().len()), (&json!("adult"), 4));
    let text = taken.to_string();
    assert!(
        !text.contains("2000") && !text.contains("town.example"),
        "no number, no address: {text}"
    );

    let image = office.get(&mut other, &format!("/api/looks/{look}/images/2")).unwrap();
    assert_eq!((image.status, &image.body), (StatusCode::OK, &jpeg(2)));
    assert_eq!(image.headers["content-type"], "image/jpeg");
    assert_eq!(image.headers["cache-control"], "no-store");
    assert_eq!(stage.entries("permit.granted"), permits + 2, "each image is a view");
    let again = take(&stage, &mut other).unwrap();
    assert_eq!(again["look"], json!(look), "whoever has one is given it again");

    assert_eq!(decide(&stage, &mut other, &look, true), (StatusCode::OK, String::new()));
    let shown = office.get(&mut clerk, &format!("/api/looks/{look}")).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["case"]), (&json!("approved"), &json!(case.id)));
    assert_eq!(proofs(&stage, &case), [(ProofKind::Documents, true), (ProofKind::Seen, true)]);
    assert_eq!(now(&stage, &case).state, State::Verified, "papers and eyes");
    assert_eq!(stage.entries("look.approved"), 1);
    let due = stage.by_hand("SELECT count(*) FROM case_notice WHERE kind = 1 AND state = 1");
    assert_ne!(due, "0", "everybody is warned at once");
    assert_eq!(decide(&stage, &mut other, &look, false).0, StatusCode::CONFLICT);
}

#[rstest]
fn nobody_of_the_counter_looks(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = at_counter(&stage, (LEAKED, 1), COUNTER);
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let look = asked(&stage, &mut clerk, (&case, &[1, 2]));
    // The agency's own supervisor is given nothing.
    let mut own = office.seat(Some(JONGNO), SUPERVISOR).unwrap();
    assert_eq!(take(&stage, &mut own), None);
    // A clerk takes none, wherever.
    let take_it = office.post(&mut clerk, "/api/looks/take", &json!({})).unwrap();
    assert_eq!((take_it.status, take_it.code().as_str()), (StatusCode::FORBIDDEN, "not_allowed"));
    // What was not taken is not answered, and its images are not shown; nor to another who has taken none.
    let mut other = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    assert_eq!(decide(&stage, &mut other, &look, true).0, StatusCode::NOT_FOUND);
    let image = office.get(&mut other, &format!("/api/looks/{look}/images/1")).unwrap();
    assert_eq!(image.status, StatusCode::NOT_FOUND);
    // Another clerk of the same shop learns nothing of it.
    let mut colleague = office.seat(Some(JONGNO), CLERK_TOO).unwrap();
    let shown = office.get(&mut colleague, &format!("/api/looks/{look}")).unwrap();
    assert_eq!(shown.status, StatusCode::NOT_FOUND);
    // The centre looks; then nobody else does.
    let mut centre = office.seat(None, SECURITY).unwrap();
    assert!(take(&stage, &mut centre).is_some());
    assert_eq!(take(&stage, &mut other), None);
    assert_eq!(decide(&stage, &mut other, &look, true).0, StatusCode::NOT_FOUND);
    assert_eq!(decide(&stage, &mut centre, &look, true).0, StatusCode::OK);
    assert_eq!(now(&stage, &case).state, CHECKED_IN, "without papers nobody is verified");
}

#[rstest]
fn no_answer_in_two_minutes_denies_and_keeps_the_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = at_counter(&stage, (LEAKED, 1), COUNTER);
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut other = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    let look = asked(&stage, &mut clerk, (&case, &[1]));
    assert!(take(&stage, &mut other).is_some());
    stage.pass(TimeDelta::seconds(LASTS - 1));
    let state = |clerk: &mut Desk| {
        office.get(clerk, &format!("/api/looks/{look}")).unwrap().well().unwrap()["state"].clone()
    };
    assert_eq!(state(&mut clerk), "taken");
    stage.pass(TimeDelta::seconds(1));
    assert_eq!(state(&mut clerk), "lapsed");
    assert_eq!(
        decide(&stage, &mut other, &look, true),
        (StatusCode::CONFLICT, "look_over".to_owned())
    );
    let image = office.get(&mut other, &format!("/api/looks/{look}/images/1")).unwrap();
    assert_eq!(image.status, StatusCode::CONFLICT, "after its time nothing is shown");
    assert_eq!((now(&stage, &case).state, proofs(&stage, &case).len()), (CHECKED_IN, 0));
    assert_eq!(tick(stage.home()).unwrap().looks, 1);
    // Another one may be asked for, three in a day.
    for n in 2..=3 {
        let again = asked(&stage, &mut clerk, (&case, &[10 + n]));
        assert_ne!(again, look);
        stage.pass(TimeDelta::seconds(LASTS));
    }
    let path = format!("/api/cases/{}/look", case.id);
    let fourth = office.post(&mut clerk, &path, &json!({})).unwrap();
    assert_eq!((fourth.status, fourth.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "limit"));
}

#[rstest]
fn three_times_no_holds_the_line(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = at_counter(&stage, (LEAKED, 1), COUNTER);
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut eyes = [
        office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap(),
        office.seat(None, SECURITY).unwrap(),
    ];
    for (n, eyes) in (1..).zip(&mut eyes) {
        let look = asked(&stage, &mut clerk, (&case, &[n]));
        assert!(take(&stage, eyes).is_some());
        let mumble = json!({ "approve": false, "reason": "It was Kim" });
        let path = format!("/api/looks/{look}/answer");
        assert_eq!(office.post(eyes, &path, &mumble).unwrap().code(), "reason");
        assert_eq!(decide(&stage, eyes, &look, false).0, StatusCode::OK);
        assert!(!is_held(&stage, LEAKED));
    }
    // Whoever said no looks no more; a colleague of theirs may, who is given it without choosing.
    let look = asked(&stage, &mut clerk, (&case, &[7]));
    assert_eq!((take(&stage, &mut eyes[0]), take(&stage, &mut eyes[1])), (None, None));
    let mut colleague = hired(&stage, "supervisor.mapo.two");
    assert_eq!(take(&stage, &mut colleague).unwrap()["look"], json!(look));
    assert_eq!(decide(&stage, &mut colleague, &look, false).0, StatusCode::OK);
    assert!(is_held(&stage, LEAKED));
    let held = asked_refused(&stage, &mut clerk, &case);
    assert_eq!(held, (StatusCode::CONFLICT, "case_state".to_owned()));
}

/// One more who answers for the agency elsewhere.
fn hired(stage: &Stage, name: &str) -> Desk {
    staff::add_without_key(stage.home(), name, &[StaffRole::Supervisor], SECURITY).unwrap();
    enrol::post(stage.home(), name, Some(MAPO), SECURITY).unwrap();
    stage.office.seat(Some(MAPO), name).unwrap()
}

#[rstest]
fn nobody_says_yes_to_what_they_did_not_open(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = at_counter(&stage, (LEAKED, 1), COUNTER);
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut other = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    let look = asked(&stage, &mut clerk, (&case, &[1]));
    assert!(take(&stage, &mut other).is_some());
    let unseen = (StatusCode::CONFLICT, "images_unseen".to_owned());
    // There is one picture alone, and it was seen.
    assert_eq!(say(&stage, &mut other, (&look, true)), unseen);
    see(&stage, &mut other, &look);
    assert_eq!(say(&stage, &mut other, (&look, true)), unseen);
    // The other has come, and nobody has opened it.
    office
        .ask(&mut clerk, ("PUT", &format!("/api/looks/{look}/images/2")), &jpeg(2))
        .unwrap()
        .well()
        .unwrap();
    assert_eq!(say(&stage, &mut other, (&look, true)), unseen);
    assert_eq!((proofs(&stage, &case).len(), stage.entries("look.approved")), (0, 0));
    see(&stage, &mut other, &look);
    assert_eq!(say(&stage, &mut other, (&look, true)).0, StatusCode::OK);
    assert_eq!(proofs(&stage, &case), [(ProofKind::Seen, true)]);
}

/// A look at a walk-in names no case, and whoever had to do with the line's case is none the more a stranger to it.
#[rstest]
fn nobody_of_a_walk_ins_case_looks_at_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut eyes = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    let mut sent = |images: &[u8]| {
        let number = json!({ "number": LEAKED.number });
        let look = office.post(&mut clerk, "/api/walk-in", &number).unwrap().well().unwrap();
        let look = look["look"].as_str().unwrap().to_owned();
        bring(&stage, &mut clerk, (&look, images));
        look
    };
    // Taken while nothing was known of the line; then they check its customer in themselves.
    let first = sent(&[1, 2]);
    assert!(take(&stage, &mut eyes).is_some());
    at_counter(&stage, (LEAKED, 1), (MAPO, SUPERVISOR_ELSEWHERE));
    let said = decide(&stage, &mut eyes, &first, true);
    assert_eq!(said, (StatusCode::CONFLICT, "same_person".to_owned()));
    assert_eq!(stage.entries("look.approved"), 0);
    stage.pass(TimeDelta::seconds(LASTS));
    // And they are given no other.
    let second = sent(&[3, 4]);
    assert_eq!(take(&stage, &mut eyes), None);
    let mut centre = office.seat(None, SECURITY).unwrap();
    assert_eq!(take(&stage, &mut centre).unwrap()["look"], json!(second));
}

/// Whoever asks long enough would be given an accomplice: a number has three looks a day, whoever asks, and whoever's it is.
#[rstest]
fn a_number_has_three_looks_a_day(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut elsewhere = office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    let walk_in = |desk: &mut Desk, number: &str| {
        let answer = office.post(desk, "/api/walk-in", &json!({ "number": number })).unwrap();
        (answer.status, answer.body)
    };
    let mut refused = Vec::new();
    for number in [LEAKED.number, "010-2999-9999"] {
        for n in 0..3 {
            let desk = if n == 1 { &mut elsewhere } else { &mut clerk };
            assert_eq!(walk_in(desk, number).0, StatusCode::OK);
            stage.pass(TimeDelta::seconds(LASTS));
        }
        refused.push(walk_in(&mut elsewhere, number));
    }
    assert_eq!(refused[0].0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused[0], refused[1], "the same for every number");
    assert_eq!(stage.entries("look.asked"), 6);
    let looked_up = "SELECT sum(spent) FROM staff_count WHERE what = 1 AND span = 2";
    assert_eq!(
        stage.by_hand(looked_up),
        "16",
        "a refusal is a look-up: of the person, and of the terminal"
    );
    // A case of that line has had its own, too.
    let case = at_counter(&stage, (LEAKED, 1), COUNTER);
    let limit = (StatusCode::TOO_MANY_REQUESTS, "limit".to_owned());
    assert_eq!(asked_refused(&stage, &mut clerk, &case), limit);
    stage.pass(TimeDelta::hours(24));
    office.sign_in(&mut clerk).unwrap().well().unwrap();
    assert_eq!(walk_in(&mut clerk, LEAKED.number).0, StatusCode::OK);
}

fn asked_refused(
    stage: &Stage,
    clerk: &mut Desk,
    case: &simrecall_store::replacement::ReplacementCase,
) -> (StatusCode, String) {
    let path = format!("/api/cases/{}/look", case.id);
    let answer = stage.office.post(clerk, &path, &json!({})).unwrap();
    (answer.status, answer.code())
}

#[rstest]
fn a_walk_in_is_answered_the_same_whoever_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut other = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    let mut looks = Vec::new();
    for (n, number) in (1..).zip(["010-2999-9999", POSSIBLY.number]) {
        let sent = office.post(&mut clerk, "/api/walk-in", &json!({ "number": number })).unwrap();
        let sent = sent.well().unwrap();
        let keys: Vec<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!((keys, &sent["sent"]), (vec!["digits", "look", "sent", "until"], &json!(true)));
        let look = sent["look"].as_str().unwrap().to_owned();
        bring(&stage, &mut clerk, (&look, &[n, n + 10]));
        looks.push(look);
        stage.pass(TimeDelta::seconds(1));
    }
    // Of a number that is nobody's there is nobody to say yes to.
    let taken = take(&stage, &mut other).unwrap();
    assert_eq!((&taken["look"], &taken["holder"]), (&json!(looks[0]), &json!(null)));
    assert_eq!(decide(&stage, &mut other, &looks[0], true).1, "nobodys");
    assert_eq!(decide(&stage, &mut other, &looks[0], false).0, StatusCode::OK);
    let taken = take(&stage, &mut other).unwrap();
    assert_eq!((&taken["look"], &taken["holder"]), (&json!(looks[1]), &json!("이민호")));
    assert_eq!(decide(&stage, &mut other, &looks[1], true).0, StatusCode::OK);
    let shown = office.get(&mut clerk, &format!("/api/looks/{}", looks[1])).unwrap();
    let shown = shown.well().unwrap();
    assert_eq!(shown["state"], "approved");
    let states = stage.by_hand("SELECT state FROM replacement_case");
    assert_eq!(states, State::CheckedIn.code().to_string(), "a case was opened, and checked in");
    assert!(shown["case"].is_string());
    let checked_in = stage.by_hand("SELECT count(*) FROM proof WHERE kind = 6 AND passed");
    assert_eq!(checked_in, "1");
}

#[rstest]
fn a_picture_that_was_shown_before_pauses_whoever_shows_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let first = at_counter(&stage, (LEAKED, 1), COUNTER);
    let look = asked(&stage, &mut clerk, (&first, &[1]));
    let put = |clerk: &mut Desk, look: &str, no: u8, bytes: &[u8]| {
        let answer = office.ask(clerk, ("PUT", &format!("/api/looks/{look}/images/{no}")), bytes);
        let answer = answer.unwrap();
        (answer.status.as_u16(), answer.code())
    };
    assert_eq!(put(&mut clerk, &look, 1, &jpeg(1)).0, 200, "the same once more is the same");
    assert_eq!(put(&mut clerk, &look, 1, &jpeg(2)), (409, "image_taken".to_owned()));
    assert_eq!(put(&mut clerk, &look, 7, &jpeg(2)).0, 400);
    let mut exif = jpeg(3);
    exif.splice(2..2, [0xff, 0xe1, 0, 8, b'E', b'x', b'i', b'f', 0, 0]);
    assert_eq!(put(&mut clerk, &look, 2, &exif), (400, "image".to_owned()));
    let rang = || simrecall_engine::terminal::alarm::list(stage.home(), false).unwrap().len();
    assert_eq!(rang(), 0);

    let second = at_counter(&stage, (POSSIBLY, 2), COUNTER);
    let path = format!("/api/cases/{}/look", second.id);
    let other = office.post(&mut clerk, &path, &json!({})).unwrap().well().unwrap();
    let other = other["look"].as_str().unwrap().to_owned();
    assert_eq!(put(&mut clerk, &other, 1, &jpeg(1)), (400, "image".to_owned()));
    assert_eq!((rang(), stage.entries("alarm.raised")), (1, 1));
    assert_eq!(stage.by_hand("SELECT count(*) FROM outbox WHERE kind = 'staff.alarm'"), "1");
    let next = office.get(&mut clerk, "/api/session").unwrap();
    assert_eq!(next.status, StatusCode::UNAUTHORIZED, "paused from the next request on");
    assert_ne!(office.sign_in(&mut clerk).unwrap().status, StatusCode::OK);
}

#[rstest]
fn images_are_destroyed_after_two_weeks_unless_something_keeps_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let case = at_counter(&stage, (LEAKED, 1), COUNTER);
    let look = asked(&stage, &mut clerk, (&case, &[1, 2]));
    let id = LookId(Uuid::parse_str(&look).unwrap());
    let image = |no| stage.home().store.read(|tx| tx.look_image(id, no)).unwrap();
    let images = || [1, 2].into_iter().filter_map(image).count();
    stage.pass(TimeDelta::seconds(LASTS));
    tick(stage.home()).unwrap();
    stage.pass(TimeDelta::days(14) - TimeDelta::seconds(1));
    assert_eq!((tick(stage.home()).unwrap().images, images()), (0, 2));
    let reason = "a court asks for it";
    simrecall_engine::law::hold::add(stage.home(), CODE, reason, "privacy.officer").unwrap();
    stage.pass(TimeDelta::seconds(1));
    assert_eq!((tick(stage.home()).unwrap().images, images()), (0, 2));
    for by in ["privacy.officer", "legal.counsel"] {
        simrecall_engine::law::hold::release(stage.home(), CODE, 1, "it is over", by).unwrap();
    }
    let destroyed = tick(stage.home()).unwrap().images;
    assert_eq!((destroyed, images()), (2, 0));
    assert_eq!(stage.entries("look.destroyed"), 1);
    let shown = stage.home().store.read(|tx| tx.look_images(id)).unwrap();
    assert_eq!(shown, [1, 2], "what was shown is known for ever");
}
