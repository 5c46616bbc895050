//! Orders of swaps: made once, signed once, begun once; whatever is cut, repeated or mixed up.

use std::sync::Barrier;
use std::thread;

use axum::http::StatusCode;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use simrecall_core::id::SwapOrderId;
use simrecall_core::terminal::order::{Event, State};
use simrecall_engine::swap::Ended;
use simrecall_engine::terminal::follow::{self, Became};
use simrecall_engine::terminal::{device, enrol};
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr};
use simrecall_store::swap_order::{OrderEnd, SwapOrder};
use simrecall_tests::Backend;
use simrecall_tests::office::{Desk, MAPO, SECURITY};
use simrecall_tests::shop::{CLERK, Customer, Shop};

use crate::shop::{Counter, PACE};

pub(crate) const fn name(no: u8) -> SwapOrderId {
    SwapOrderId::from_bytes([no; 16])
}

pub(crate) fn at(no: u8, what: &str) -> String {
    format!("/api/orders/{}{what}", name(no))
}

pub(crate) fn kept(counter: &Counter, no: u8) -> Option<SwapOrder> {
    counter.shop.home().store.read(|tx| tx.swap_order(name(no))).unwrap()
}

pub(crate) fn swaps(counter: &Counter, customer: &Customer) -> usize {
    let case = counter.shop.counter.case(customer.case).unwrap();
    counter.shop.home().store.read(|tx| tx.swaps_of(case.incident, case.id)).unwrap().len()
}

pub(crate) fn ready(counter: &Counter) -> (Desk, Customer) {
    let customer = counter.customer(1);
    let mut clerk = counter.shop.seat(CLERK).unwrap();
    counter.shop.scanned(&mut clerk, &customer).unwrap();
    (clerk, customer)
}

#[rstest]
fn a_swap_from_the_door_to_the_card_that_works(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let mut clerk = shop.seat(CLERK).unwrap();
    // They came without their page first, and were sent to a second look that nobody took.
    let sent = json!({ "number": format!("010-3000-{:04}", customer.no) });
    shop.office.post(&mut clerk, "/api/walk-in", &sent).unwrap().well().unwrap();
    let shown = shop.check_in(&mut clerk, &customer).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("checked_in"), &json!("present")));
    assert_eq!((&shown["holder"], &shown["present"]), (&json!(null), &json!(false)));
    let code = json!({ "code": shop.presence(&customer).unwrap() });
    let shown = shop.ask(&mut clerk, &customer, ("present", &code)).unwrap().well().unwrap();
    assert_eq!((&shown["holder"], &shown["next"]), (&json!("김○늘"), &json!("papers")));
    let papers = json!({ "shown": ["resident_card"] });
    let shown = shop.ask(&mut clerk, &customer, ("papers", &papers)).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("verified"), &json!("scan")));
    shop.tell(&customer).unwrap();
    let card = json!({ "iccid": customer.iccid });
    let shown = shop.ask(&mut clerk, &customer, ("card", &card)).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("card_reserved"), &json!("confirm")));
    assert_eq!(shown["card"]["last4"], json!(customer.iccid.get(customer.iccid.len() - 4..)));

    let order = shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    assert_eq!((&order["state"], &order["needs"]), (&json!("made"), &json!([])));
    let signed = shop.sign(&mut clerk, &order).unwrap();
    let before = clerk.browser.cookie.clone();
    let order = shop.office.post(&mut clerk, &at(1, "/assertion"), &signed).unwrap();
    let order = order.well().unwrap();
    assert_eq!((&order["state"], &order["attached"]), (&json!("confirmed"), &json!(false)));
    assert_ne!(clerk.browser.cookie, before, "a step-up gives a new session id");
    begun_and_attached(&counter, &mut clerk, &customer);
    let counts =
        ["order.made", "order.confirmed", "swap.started"].map(|kind| counter.entries(kind));
    assert_eq!(counts, [1, 1, 1]);
    let subjects = "SELECT count(*), count(swapped_at) FROM staff_subject";
    assert_eq!(
        counter.by_hand(subjects),
        "2|2",
        "whom they served is held against nobody, by case or by number"
    );
}

fn begun_and_attached(counter: &Counter, clerk: &mut Desk, customer: &Customer) {
    let shop = &counter.shop;
    let followed = counter.follow().unwrap();
    let Became::Swap { ended: Ended::Waiting, .. } = followed.became else {
        panic!("{followed:?}");
    };
    let order = shop.office.get(clerk, &at(1, "")).unwrap().well().unwrap();
    assert_eq!((&order["state"], &order["attached"]), (&json!("started"), &json!(false)));
    let steps = order["swap"]["steps"].as_array().unwrap();
    assert_eq!((steps.len(), &steps[0]["words_code"]), (7, &json!("step.create")), "{order}");
    counter.attach(customer);
    let tended = follow::tend(shop.home(), &counter.hlr, &PACE, 2).unwrap();
    assert!(matches!(tended.swaps.as_slice(), [(_, Ok(Ended::Completed))]), "{tended:?}");
    let order = shop.office.get(clerk, &at(1, "")).unwrap().well().unwrap();
    assert_eq!(order["attached"], true);
    let shown = shop.office.get(clerk, &format!("/api/cases/{}", customer.case)).unwrap();
    assert_eq!(shown.well().unwrap()["next"], "slip");
    assert_eq!(counter.follow(), None, "nothing is begun twice");
    let day = shop.office.get(clerk, "/api/day").unwrap().well().unwrap();
    assert_eq!((&day["used"], &day["orders"][0]["state"]), (&json!(1), &json!("started")));
}

/// As many at once as there are, all of them the same.
#[rstest]
fn a_hundred_identical_orders_are_one_swap(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    let answers = counter.at_once(&clerk, 100, ("PUT", &at(1, "")), &Shop::wish(&customer));
    // Whoever finds no place is told to come again: nothing happened.
    let (well, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 200);
    assert!(busy.iter().all(|(status, _)| *status == 503), "{busy:?}");
    let first: &Value = &well[0].1;
    assert!(well.iter().all(|(_, order)| order == first), "all are told the same");
    let counts = ["order.made", "replacement.proof_failed"].map(|kind| counter.entries(kind));
    assert_eq!(counts, [1, 0]);

    let signed = shop.sign(&mut clerk, first).unwrap();
    let answers = counter.at_once(&clerk, 100, ("POST", &at(1, "/assertion")), &signed);
    let (well, others): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 200);
    assert!(!well.is_empty() && well.iter().all(|(_, order)| order["state"] == "confirmed"));
    // Whose cookie has just been made another one's is not signed in: never anything else.
    assert!(others.iter().all(|(status, _)| [401, 503].contains(status)), "{others:?}");
    assert_eq!(counter.entries("order.confirmed"), 1);

    let barrier = Barrier::new(8);
    let take = || {
        barrier.wait();
        counter.follow().is_some()
    };
    let began = thread::scope(|scope| {
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
        workers.into_iter().map(|one| usize::from(one.join().unwrap())).sum::<usize>()
    });
    assert_eq!((began, swaps(&counter, &customer), counter.entries("swap.started")), (1, 1, 1));
}

/// The answer is lost after each commit: the page asks again with the same name, and goes on.
#[rstest]
fn an_answer_that_was_lost_is_asked_for_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    let first = shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    let again = shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    assert_eq!(first, again, "the same challenge, not another one");
    let signed = shop.sign(&mut clerk, &first).unwrap();
    let before = clerk.browser.cookie.clone();
    shop.office.post(&mut clerk, &at(1, "/assertion"), &signed).unwrap().well().unwrap();
    // The answer did not come: the browser has the cookie of before, and nothing else is open to it.
    clerk.browser.cookie = before;
    let other = shop.office.get(&mut clerk, "/api/queue").unwrap();
    assert_eq!((other.status, other.code().as_str()), (StatusCode::UNAUTHORIZED, "signed_out"));
    let order = shop.office.post(&mut clerk, &at(1, "/assertion"), &signed).unwrap();
    assert_eq!(order.well().unwrap()["state"], "confirmed");
    shop.office.get(&mut clerk, "/api/queue").unwrap().well().unwrap();
    assert_eq!(counter.entries("order.confirmed"), 1);
    counter.follow().unwrap();
    let order = shop.office.post(&mut clerk, &at(1, "/assertion"), &signed).unwrap();
    let order = order.well().unwrap();
    assert_eq!((&order["state"], swaps(&counter, &customer)), (&json!("started"), 1));
}

#[rstest]
fn a_case_has_one_open_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let counter = Counter::open(backend, 2);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    let other = counter.customer(2);
    shop.scanned(&mut clerk, &other).unwrap();
    shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    let second = shop.put(&mut clerk, name(2), &customer).unwrap();
    assert_eq!((second.status, second.code().as_str()), (StatusCode::CONFLICT, "order_open"));
    assert_eq!(kept(&counter, 2), None);
    // The same name for another case is another order: refused.
    let differs = shop.put(&mut clerk, name(1), &other).unwrap();
    assert_eq!((differs.status, differs.code().as_str()), (StatusCode::CONFLICT, "order_differs"));
    // Two minutes later nobody can sign it any more, and another one takes its place.
    counter.pass(TimeDelta::minutes(2));
    shop.put(&mut clerk, name(2), &customer).unwrap().well().unwrap();
    assert_eq!(kept(&counter, 1).unwrap().state, State::Lapsed);
}

#[rstest]
fn an_assertion_is_of_its_own_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 2);
    let shop = &counter.shop;
    let (mut clerk, one) = ready(&counter);
    let two = counter.customer(2);
    shop.scanned(&mut clerk, &two).unwrap();
    let first = shop.put(&mut clerk, name(1), &one).unwrap().well().unwrap();
    let second = shop.put(&mut clerk, name(2), &two).unwrap().well().unwrap();
    let signed = shop.sign(&mut clerk, &first).unwrap();
    let wrong = shop.office.post(&mut clerk, &at(2, "/assertion"), &signed).unwrap();
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "passkey")
    );
    // That question is used up, and so is its order: a new one is made.
    assert_eq!(kept(&counter, 2).unwrap().state, State::Refused);
    let late = shop.sign(&mut clerk, &second).unwrap();
    let order = shop.office.post(&mut clerk, &at(2, "/assertion"), &late).unwrap().well().unwrap();
    assert_eq!((&order["state"], &order["code"]), (&json!("refused"), &json!("passkey")));
    shop.ordered(&mut clerk, name(3), &two).unwrap();
    assert_eq!(counter.follow().unwrap().order, name(3));
    assert_eq!(kept(&counter, 1).unwrap().state, State::Made, "the other one is as it was");
    assert_eq!(swaps(&counter, &one), 0);
}

#[rstest]
fn digits_that_are_wrong_are_a_proof_that_failed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    let wrong = Customer { digits: "0000".to_owned(), ..customer.clone() };
    for no in 1..=2 {
        let answer = shop.put(&mut clerk, name(no), &wrong).unwrap();
        let said = (answer.status, answer.code());
        assert_eq!(said, (StatusCode::UNPROCESSABLE_ENTITY, "digits_wrong".to_owned()));
        assert_eq!(answer.json()["left"], json!(3 - no), "the page says how many tries are left");
    }
    let third = shop.put(&mut clerk, name(3), &wrong).unwrap();
    assert_eq!((third.status, third.code().as_str()), (StatusCode::CONFLICT, "line_held"));
    let shown = shop.office.get(&mut clerk, &format!("/api/cases/{}", customer.case)).unwrap();
    assert_eq!(shown.well().unwrap()["state"], "fraud_hold");
    assert_eq!(shop.put(&mut clerk, name(4), &customer).unwrap().code(), "case_state");
    assert_eq!((counter.follow(), swaps(&counter, &customer)), (None, 0));
}

/// A page that heard no answer asks again in the same words: the customer said them once.
#[rstest]
fn the_same_wrong_digits_fail_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    let wrong = Customer { digits: "0000".to_owned(), ..customer.clone() };
    let answers = counter.at_once(&clerk, 20, ("PUT", &at(1, "")), &Shop::wish(&wrong));
    assert!(answers.iter().all(|(status, _)| [422, 503].contains(status)), "{answers:?}");
    let failed = || counter.entries("replacement.proof_failed");
    let put = |clerk: &mut Desk, no: u8, digits: &str| {
        let wrong = Customer { digits: digits.to_owned(), ..customer.clone() };
        shop.put(clerk, name(no), &wrong).unwrap().code()
    };
    for _ in 0..5 {
        assert_eq!(put(&mut clerk, 1, "0000"), "digits_wrong");
        assert_eq!(failed(), 1);
    }
    assert_eq!((put(&mut clerk, 1, "0009"), failed()), ("digits_wrong".to_owned(), 2));
    // Said right, the same order is made.
    shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    assert_eq!((put(&mut clerk, 2, "0009"), failed()), ("line_held".to_owned(), 3));
}

/// Nobody's line and no card's key is opened for a register that is not there, and it is asked less and less often.
#[rstest]
fn a_register_that_is_away_is_asked_ever_more_seldom(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    shop.ordered(&mut clerk, name(1), &customer).unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut away = HlrSettings::new(nobody.local_addr().unwrap().ip());
    away.ctrl = nobody.local_addr().unwrap();
    drop(nobody);
    away.patience = std::time::Duration::from_secs(1);
    let away = OsmoHlr::new(away).unwrap();
    let permits = counter.entries("permit.granted");
    let mut tried = Vec::new();
    for second in 0..120 {
        if let Some(followed) = follow::take(shop.home(), &away, &PACE).unwrap() {
            assert!(matches!(followed.became, Became::Waits { .. }), "{followed:?}");
            tried.push(second);
        }
        counter.pass(TimeDelta::seconds(1));
    }
    assert_eq!(tried, [0, 2, 4, 8, 16, 32, 62, 92]);
    assert_eq!(counter.entries("permit.granted"), permits);
    assert_eq!(
        (kept(&counter, 1).unwrap().state, swaps(&counter, &customer)),
        (State::Confirmed, 0)
    );
    counter.pass(TimeDelta::seconds(2));
    assert!(matches!(counter.follow().unwrap().became, Became::Swap { .. }));
}

#[rstest]
fn an_order_that_nobody_begins_lapses(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    shop.ordered(&mut clerk, name(1), &customer).unwrap();
    counter.pass(TimeDelta::minutes(5));
    assert_eq!(counter.follow(), None);
    let tended = follow::tend(shop.home(), &counter.hlr, &PACE, 1).unwrap();
    assert_eq!((tended.lapsed, swaps(&counter, &customer)), (1, 0));
    assert_eq!(kept(&counter, 1).unwrap().state, State::Lapsed);
    assert_eq!(counter.entries("order.lapsed"), 1);
}

/// Whoever writes into the table has signed nothing: rows are asked again before anything is begun.
#[test]
fn an_order_that_was_changed_does_not_begin() {
    let counter = Counter::open(Backend::Postgres, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    shop.ordered(&mut clerk, name(1), &customer).unwrap();
    counter.by_hand(
        "ALTER TABLE swap_order DISABLE TRIGGER ALL;
         UPDATE swap_order SET until = until + interval '1 hour';
         ALTER TABLE swap_order ENABLE TRIGGER ALL",
    );
    let followed = counter.follow().unwrap();
    assert_eq!(followed.became, Became::Refused { code: "order_hash".to_owned() });
    assert_eq!(swaps(&counter, &customer), 0);
}

#[rstest]
fn an_order_is_given_up_before_it_begins_and_while_it_runs(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    shop.ordered(&mut clerk, name(1), &customer).unwrap();
    let give_up = |clerk: &mut Desk, no: u8| {
        let asked = shop.office.post(clerk, &at(no, "/give-up/begin"), &json!({})).unwrap();
        shop.office.answer(clerk, &at(no, "/give-up"), &asked.well().unwrap()).unwrap()
    };
    let order = give_up(&mut clerk, 1).well().unwrap();
    assert_eq!((&order["state"], &order["code"]), (&json!("refused"), &json!("given_up")));
    assert_eq!(counter.follow(), None);
    shop.ordered(&mut clerk, name(2), &customer).unwrap();
    counter.follow().unwrap();
    let order = give_up(&mut clerk, 2).well().unwrap();
    assert_eq!(order["swap"]["state"], "rolling_back");
    let tended = follow::tend(shop.home(), &counter.hlr, &PACE, 1).unwrap();
    assert!(matches!(tended.swaps.as_slice(), [(_, Ok(Ended::RolledBack))]), "{tended:?}");
    assert!(counter.old_works(&customer));
    assert_eq!(give_up(&mut clerk, 2).code(), "too_late", "after its end");
}

/// Whoever ends an order ends the one they saw: what was signed since goes on, and nothing lapses before its time.
#[rstest]
fn an_order_ends_from_where_it_was_seen(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, home) = (&counter.shop, counter.shop.home());
    let (mut clerk, customer) = ready(&counter);
    let made = shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    let end = |from, event| {
        let (id, at) = (name(1), home.now());
        let end = OrderEnd { id, from, event, token: None, code: "case_moved", at };
        home.store.write(|tx| tx.end_swap_order(&end)).unwrap()
    };
    assert!(!end(State::Made, Event::Lapse), "not before its time");
    let signed = shop.sign(&mut clerk, &made).unwrap();
    shop.office.post(&mut clerk, &at(1, "/assertion"), &signed).unwrap().well().unwrap();
    assert!(!end(State::Made, Event::GiveUp), "it was signed since");
    assert!(!end(State::Confirmed, Event::Lapse), "not before its time");
    // The clerk's colleague sends the customer away: not while a signed order waits.
    let path = format!("/api/cases/{}/leave", customer.case);
    assert_eq!(shop.office.post(&mut clerk, &path, &json!({})).unwrap().code(), "ordered");
    assert_eq!(kept(&counter, 1).unwrap().state, State::Confirmed);
    counter.pass(TimeDelta::minutes(5));
    assert!(end(State::Confirmed, Event::Lapse));
}

/// Each order that was made has an end in the journal.
#[rstest]
fn an_order_of_a_case_that_moved_ends_with_an_entry(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    let path = format!("/api/cases/{}/other-card", customer.case);
    let other = json!({ "pack": "sealed" });
    shop.office.post(&mut clerk, &path, &other).unwrap().well().unwrap();
    assert_eq!(kept(&counter, 1).unwrap().code.as_deref(), Some("case_moved"));
    assert_eq!(counter.entries("order.refused"), 1);
    let card = json!({ "iccid": customer.iccid });
    shop.ask(&mut clerk, &customer, ("card", &card)).unwrap().well().unwrap();
    shop.put(&mut clerk, name(2), &customer).unwrap().well().unwrap();
    counter.pass(TimeDelta::minutes(2));
    shop.put(&mut clerk, name(3), &customer).unwrap().well().unwrap();
    assert_eq!(
        (kept(&counter, 2).unwrap().state, counter.entries("order.lapsed")),
        (State::Lapsed, 1)
    );
}

/// What takes a right away holds for what was signed and has not begun.
#[rstest]
fn a_signed_order_begins_only_while_its_clerk_may(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values("off", "posted", "paused")] how: &str,
) {
    let counter = Counter::open(backend, 1);
    let (shop, home) = (&counter.shop, counter.shop.home());
    let (mut clerk, customer) = ready(&counter);
    shop.ordered(&mut clerk, name(1), &customer).unwrap();
    let terminal = kept(&counter, 1).unwrap().order.facts.terminal.to_string();
    match how {
        "off" => device::switch_off(home, &terminal, SECURITY).unwrap(),
        "posted" => enrol::post(home, CLERK, Some(MAPO), SECURITY).unwrap(),
        _ => {
            let member = home.store.read(|tx| tx.staff_by_name(CLERK)).unwrap().unwrap().id;
            assert!(home.store.write(|tx| tx.pause_staff(member, home.now())).unwrap());
        }
    }
    let refused = Became::Refused { code: "not_allowed".to_owned() };
    assert_eq!(counter.follow().unwrap().became, refused);
    assert_eq!((swaps(&counter, &customer), counter.entries("order.refused")), (0, 1));
}
