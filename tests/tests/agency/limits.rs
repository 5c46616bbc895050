//! How often staff may do something, what is odd, and what nobody has a reason to name.

use chrono::TimeDelta;
use http::StatusCode;
use rstest::rstest;
use serde_json::json;
use simrecall_core::access::limit::{Count, Span};
use simrecall_engine::terminal::{alarm, honey};
use simrecall_store::staff_count::Tally;
use simrecall_tests::Backend;
use simrecall_tests::office::{AGENT, CLERK, CLERK_TOO, Desk, JONGNO, PRIVACY, SECURITY};
use simrecall_tests::town::{LEAKED, NOT_FOUND};

use crate::stage::Stage;
use crate::visitor::{
    agency, apply, at_counter, is_held, nothing_was_sent, shown_for_a_call, staff,
};

/// A number of a range that nobody has.
fn nobodys(n: u32) -> String {
    format!("010-2777-{n:04}")
}

fn name(stage: &Stage, desk: &mut Desk, number: &str) -> (u16, String) {
    let sent = stage.office.post(desk, "/api/walk-in", &json!({ "number": number })).unwrap();
    (sent.status.as_u16(), sent.code())
}

fn rang(stage: &Stage) -> Vec<&'static str> {
    alarm::list(stage.home(), true).unwrap().into_iter().rev().map(|one| one.kind).collect()
}

#[rstest]
fn forty_look_ups_an_hour_and_no_more(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    // The hour of the clock begins at ten: a few before it are of the hour before.
    stage.pass(TimeDelta::minutes(30));
    office.sign_in(&mut clerk).unwrap().well().unwrap();
    for n in 0..40 {
        assert_eq!(name(&stage, &mut clerk, &nobodys(n)).0, 200, "{n}");
    }
    let entries = stage.entries("look.asked");
    assert_eq!(name(&stage, &mut clerk, &nobodys(40)), (429, "limit".to_owned()));
    assert_eq!(stage.entries("look.asked"), entries, "over the limit nothing is written");
    // Another person at another terminal has their own; at the same terminal, it is the terminal's.
    let mut other = office.seat(Some(JONGNO), CLERK_TOO).unwrap();
    assert_eq!(name(&stage, &mut other, &nobodys(41)).0, 200);
    office.post(&mut clerk, "/api/sign-out", &json!({})).unwrap();
    clerk.passkey = other.passkey;
    office.sign_in(&mut clerk).unwrap().well().unwrap();
    assert_eq!(name(&stage, &mut clerk, &nobodys(42)), (429, "limit".to_owned()));
    stage.pass(TimeDelta::hours(1));
    office.sign_in(&mut clerk).unwrap().well().unwrap();
    assert_eq!(name(&stage, &mut clerk, &nobodys(43)).0, 200, "the next hour is another");
}

#[rstest]
fn on_a_busy_day_more_may_be_looked_up(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::with(backend, "[agency.limits]\nlook_ups_an_hour = 4\n");
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let may = |clerk: &mut Desk| {
        (0..20).take_while(|n| name(&stage, clerk, &nobodys(*n)).0 == 200).count()
    };
    assert_eq!(may(&mut clerk), 4);
    // Both agencies did eighteen orders an hour at each desk since yesterday morning: half as many again as on a normal day.
    let from = stage.home().now() - TimeDelta::hours(20);
    let orders: i32 = 18 * 11 * 2;
    for place in [JONGNO, "mapo"] {
        let who = *agency(&stage, place).as_bytes();
        let tally = Tally { who, what: Count::Order, span: Span::Hour, from };
        for _ in 0..orders {
            stage.home().store.write(|tx| tx.count_staff(&tally, i32::MAX)).unwrap();
        }
    }
    stage.pass(TimeDelta::hours(1));
    office.sign_in(&mut clerk).unwrap().well().unwrap();
    let load = {
        let may = may(&mut clerk);
        stage
            .by_hand("SELECT max(thousandths) FROM staff_load")
            .parse::<i32>()
            .map(|load| (may, load))
    };
    let (may, load) = load.unwrap();
    assert!((1_000..=2_000).contains(&load), "{load}");
    assert_eq!(may, usize::try_from(4 * load / 1_000).unwrap(), "{load}");
    assert!(load > 1_000, "{load}");
}

#[rstest]
fn many_look_ups_for_each_order_ring_once_a_day(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let mut clerk = stage.office.seat(Some(JONGNO), CLERK).unwrap();
    for n in 0..19 {
        assert_eq!(name(&stage, &mut clerk, &nobodys(n)).0, 200);
    }
    assert_eq!(rang(&stage), [""; 0]);
    assert_eq!(name(&stage, &mut clerk, &nobodys(19)).0, 200, "the answer is the usual one");
    assert_eq!(rang(&stage), ["ratio"]);
    for n in 20..30 {
        assert_eq!(name(&stage, &mut clerk, &nobodys(n)).0, 200, "nobody is paused by it");
    }
    let first = &alarm::list(stage.home(), false).unwrap()[0];
    assert_eq!((first.staff.as_str(), first.agency.as_deref()), (CLERK, Some(JONGNO)));
    assert!(!first.paused && first.terminal.is_some());
    alarm::close(stage.home(), &first.id.to_string(), PRIVACY).unwrap();
    assert_eq!(name(&stage, &mut clerk, &nobodys(30)).0, 200);
    assert_eq!(rang(&stage), ["ratio"], "once a day, closed or not");
}

/// Who answers calls orders nothing: no number of calls is odd of them.
#[rstest]
fn an_agents_calls_are_held_against_no_orders(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let case = at_counter(&stage, (LEAKED, 1), (JONGNO, CLERK));
    let code = json!({ "code": shown_for_a_call(&stage, &case) });
    let mut agent = stage.office.seat(None, AGENT).unwrap();
    for n in 0..25 {
        let call = stage.office.post(&mut agent, "/api/calls", &code).unwrap();
        assert_eq!(call.status, StatusCode::OK, "{n}");
    }
    assert_eq!(rang(&stage), [""; 0]);
}

/// A door that was opened in one quarter knows whom it saw in the next, and refuses nobody at midnight.
#[rstest]
fn a_door_that_was_opened_in_the_quarter_before_serves_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let mut clerk = stage.office.seat(Some(JONGNO), CLERK).unwrap();
    assert_eq!(name(&stage, &mut clerk, &nobodys(1)).0, 200);
    // From the eleventh of September to the first of October, half past nine in the morning.
    stage.pass(TimeDelta::days(20));
    stage.office.sign_in(&mut clerk).unwrap().well().unwrap();
    assert_eq!(name(&stage, &mut clerk, &nobodys(2)).0, 200);
    // And to the last day of the year.
    stage.pass(TimeDelta::days(91));
    stage.office.sign_in(&mut clerk).unwrap().well().unwrap();
    assert_eq!(name(&stage, &mut clerk, &nobodys(3)).0, 200);
    assert_eq!(stage.by_hand("SELECT count(*) FROM staff_subject"), "3");
    let keys = simrecall_store::keystore::Keystore::domains(&stage.home().keys).unwrap();
    let access = keys.iter().filter(|key| key.to_string().starts_with("access")).count();
    assert!(access >= 2, "{keys:?}");
}

/// KT 2012, in small: two hundred a day, forty an hour, day after day. It ends on the first.
#[rstest]
fn a_drip_of_two_hundred_a_day_ends_within_three_days(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let began = stage.home().now();
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let (mut looked, mut stopped) = (0_u32, None);
    'days: for _ in 0..3 {
        for _ in 0..5 {
            for _ in 0..40 {
                looked += 1;
                if name(&stage, &mut clerk, &nobodys(looked)).0 != 200 {
                    stopped = Some(stage.home().now());
                    break 'days;
                }
            }
            stage.pass(TimeDelta::hours(1));
            if office.sign_in(&mut clerk).unwrap().status != StatusCode::OK {
                stopped = Some(stage.home().now());
                break 'days;
            }
        }
        stage.pass(TimeDelta::hours(19));
        office.sign_in(&mut clerk).unwrap().well().unwrap();
    }
    let took = stopped.unwrap() - began;
    assert!(took <= TimeDelta::days(3), "{took}");
    assert!(rang(&stage).contains(&"drip"), "{:?}", rang(&stage));
    // Sixty are let be; the next one is answered as usual, and nothing after it.
    assert_eq!(looked, 62);
    let drip = alarm::list(stage.home(), false).unwrap();
    let drip = drip.iter().find(|one| one.kind == "drip").unwrap();
    assert!(drip.paused);
    assert_ne!(office.sign_in(&mut clerk).unwrap().status, StatusCode::OK, "paused");
    alarm::close(stage.home(), &drip.id.to_string(), SECURITY).unwrap();
    office.sign_in(&mut clerk).unwrap().well().unwrap();
    assert_eq!(stage.by_hand("SELECT count(*) FROM staff_subject"), looked_up(looked));
    nothing_was_sent(&stage);
}

/// Of so many that were tried the last was not answered.
fn looked_up(tried: u32) -> String {
    (tried - 1).to_string()
}

#[rstest]
fn honey_rings_at_once_and_a_second_one_pauses(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let laid = honey::add(stage.home(), &["010-2888-0001", "010-2888-0002"], 2, SECURITY).unwrap();
    assert_eq!((laid.added, laid.codes.len()), (4, 2));
    let taken = honey::add(stage.home(), &[LEAKED.number], 0, SECURITY).unwrap_err();
    assert_eq!(taken.code, "number", "what somebody has is none");
    assert_eq!(honey::add(stage.home(), &[], 1, PRIVACY).unwrap_err().code, "not_allowed");
    let shown = stage.by_hand("SELECT count(*) FROM honey WHERE kind = 2");
    assert_eq!(shown, "2");

    let mut agent = office.seat(None, AGENT).unwrap();
    let began = stage.home().now();
    let hold = |agent: &mut Desk, number: &str| {
        let body = json!({ "number": number, "reference": "CALL-0001" });
        let answer = office.post(agent, "/api/holds", &body).unwrap();
        (answer.status.as_u16(), answer.body)
    };
    let usual = hold(&mut agent, NOT_FOUND.number);
    assert_eq!(rang(&stage), [""; 0]);
    assert_eq!(hold(&mut agent, "010-2888-0001"), usual, "the answer is the usual one");
    let alarms = alarm::list(stage.home(), false).unwrap();
    assert_eq!((alarms.len(), alarms[0].kind, alarms[0].paused), (1, "honey", false));
    assert!(alarms[0].raised_at - began <= TimeDelta::minutes(1));
    let order =
        stage.by_hand("SELECT count(*) FROM outbox WHERE kind = 'staff.alarm' AND state = 1");
    assert_eq!(order, "1", "whoever watches is told");
    stage.pass(TimeDelta::minutes(1));
    assert_eq!(hold(&mut agent, "010-2888-0002"), usual, "also the one that pauses");
    assert_eq!(hold(&mut agent, NOT_FOUND.number).0, 401);
    // Its subject does not close it; both have to be closed that pause.
    let alarms = alarm::list(stage.home(), false).unwrap();
    let own = alarm::close(stage.home(), &alarms[1].id.to_string(), AGENT).unwrap_err();
    assert_eq!(own.code, "paused");
    alarm::close(stage.home(), &alarms[1].id.to_string(), PRIVACY).unwrap();
    office.sign_in(&mut agent).unwrap().well().unwrap();
    let again = alarm::close(stage.home(), &alarms[1].id.to_string(), PRIVACY).unwrap_err();
    assert_eq!(again.code, "alarm");
    assert!(is_held(&stage, NOT_FOUND), "a hold is a hold");
}

#[rstest]
fn honey_rings_at_a_command_line_too(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    use simrecall_engine::notice::{Look, show};
    let stage = Stage::open(backend);
    honey::add(stage.home(), &["010-2888-0001"], 0, SECURITY).unwrap();
    let look = Look { person: "010-2888-0001", purpose: "audit", by: PRIVACY };
    let code = simrecall_engine::drill::CODE;
    for _ in 0..2 {
        drop(show(stage.home(), code, &look));
    }
    assert_eq!(rang(&stage), ["honey"; 2]);
    assert_eq!(show(stage.home(), code, &look).unwrap_err().code, "paused");
}

#[rstest]
fn codes_that_fit_nothing_are_counted_and_the_twentieth_hold_is_the_last(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut agent = office.seat(None, AGENT).unwrap();
    let guess = |agent: &mut Desk, n: u32| {
        let code = json!({ "code": format!("{n:06}") });
        office.post(agent, "/api/calls", &code).unwrap().status.as_u16()
    };
    for n in 0..10 {
        assert_eq!(guess(&mut agent, n), 400, "{n}");
    }
    assert_eq!(guess(&mut agent, 10), 429);
    let views = stage.entries("view.granted");
    assert_eq!(views, 0, "what was not found was not seen");
    for n in 0..20 {
        let body = json!({ "number": nobodys(n), "reference": "CALL-0002" });
        assert_eq!(office.post(&mut agent, "/api/holds", &body).unwrap().status, 200, "{n}");
    }
    let body = json!({ "number": nobodys(20), "reference": "CALL-0002" });
    assert_eq!(office.post(&mut agent, "/api/holds", &body).unwrap().code(), "limit");
    let spent = Tally {
        who: *staff(&stage, AGENT).as_bytes(),
        what: Count::WrongCode,
        span: Span::Hour,
        from: stage.home().now() - TimeDelta::minutes(30),
    };
    assert_eq!(stage.home().store.read(|tx| tx.staff_counted(&spent)).unwrap(), 10);
}

/// Who has guessed as often as may be is told nothing any more, right or wrong.
#[rstest]
fn the_right_code_after_ten_wrong_ones_is_not_heard(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = apply(&stage, LEAKED, 1);
    let said = shown_for_a_call(&stage, &case);
    let mut agent = office.seat(None, AGENT).unwrap();
    let ask = |agent: &mut Desk, code: &str| {
        office.post(agent, "/api/calls", &json!({ "code": code })).unwrap().status.as_u16()
    };
    assert_eq!(ask(&mut agent, said), 200);
    for n in 0..10 {
        assert_eq!(ask(&mut agent, "000000"), 400, "{n}");
    }
    assert_eq!(ask(&mut agent, said), 429);
    assert_eq!(stage.entries("view.granted"), 1);
}

/// Whoever tries number after number is heard of beyond the limit, too.
#[rstest]
fn honey_rings_over_the_limit(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = Stage::with(backend, "[agency.limits]\nlook_ups_an_hour = 2\n");
    honey::add(stage.home(), &["010-2888-0001"], 0, SECURITY).unwrap();
    let mut clerk = stage.office.seat(Some(JONGNO), CLERK).unwrap();
    for n in 0..2 {
        assert_eq!(name(&stage, &mut clerk, &nobodys(n)).0, 200);
    }
    let over = (429, "limit".to_owned());
    assert_eq!(name(&stage, &mut clerk, &nobodys(2)), over);
    assert_eq!(rang(&stage), [""; 0]);
    assert_eq!(name(&stage, &mut clerk, "010-2888-0001"), over, "the answer is the usual one");
    assert_eq!(rang(&stage), ["honey"]);
}

/// A second code that nobody shows pauses whoever typed it, who is told what is usual.
#[rstest]
fn a_second_honey_code_is_answered_like_any(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let laid = honey::add(stage.home(), &[], 2, SECURITY).unwrap();
    let mut clerk = stage.office.seat(Some(JONGNO), CLERK).unwrap();
    for code in &laid.codes {
        let typed = json!({ "code": code });
        let answer = stage.office.post(&mut clerk, "/api/check-in", &typed).unwrap();
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "code_unknown"));
    }
    assert_eq!(rang(&stage), ["honey"; 2]);
    let after = stage.office.get(&mut clerk, "/api/queue").unwrap();
    assert_eq!(after.status, StatusCode::UNAUTHORIZED, "and is paused");
}
