//! The counter: who is checked in by what, which cards are taken, what the drawer and the day say.

use axum::http::StatusCode;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use simrecall_core::id::{CardId, SwapOrderId};
use simrecall_core::replacement::card::State as CardState;
use simrecall_store::card::CardMove;
use simrecall_store::seal::Field;
use simrecall_tests::Backend;
use simrecall_tests::counter::iccid;
use simrecall_tests::office::{CLERK_ELSEWHERE, Desk, MAPO};
use simrecall_tests::shop::{CLERK, Customer, SUPERVISOR};

use crate::shop::Counter;

fn card_of(counter: &Counter, no: u32) -> CardId {
    let service = counter.shop.home().keys.service().unwrap();
    let printed = iccid(no).unwrap();
    let printed = simrecall_core::identity::Personal::expose(&printed).to_owned();
    CardId::from_bytes(service.blind(Field::Iccid, &printed))
}

fn state_of(counter: &Counter, no: u32) -> CardState {
    let card = card_of(counter, no);
    counter.shop.home().store.read(|tx| tx.card(card)).unwrap().unwrap().state
}

fn move_card(counter: &Counter, no: u32, (from, to): (CardState, CardState)) {
    let (card, at) = (card_of(counter, no), counter.shop.home().now());
    let step = CardMove { card, from, to, sealed: None, at };
    assert!(counter.shop.home().store.write(|tx| tx.move_card(&step)).unwrap());
}

/// Checked in, there, and with papers.
fn verified(counter: &Counter, clerk: &mut Desk, customer: &Customer) {
    let shop = &counter.shop;
    shop.check_in(clerk, customer).unwrap().well().unwrap();
    let code = json!({ "code": shop.presence(customer).unwrap() });
    shop.ask(clerk, customer, ("present", &code)).unwrap().well().unwrap();
    let papers = json!({ "shown": ["resident_card"] });
    shop.ask(clerk, customer, ("papers", &papers)).unwrap().well().unwrap();
    shop.tell(customer).unwrap();
}

#[rstest]
fn a_case_is_found_by_its_code_and_by_nothing_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let mut clerk = shop.seat(CLERK).unwrap();
    let path = format!("/api/cases/{}", customer.case);
    let before = shop.office.get(&mut clerk, &path).unwrap();
    assert_eq!((before.status, before.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
    let unknown = json!({ "code": "BCDFG HJKLM" });
    let wrong = shop.office.post(&mut clerk, "/api/check-in", &unknown).unwrap();
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::NOT_FOUND, "code_unknown"));
    let by_case = json!({ "code": customer.case });
    let wrong = shop.office.post(&mut clerk, "/api/check-in", &by_case).unwrap();
    assert_eq!(wrong.code(), "code_unknown");
    // As it is read out: in two groups, in whatever letters.
    let (one, two) = customer.code.split_at(5);
    let spoken = json!({ "code": format!("{}-{}", one.to_lowercase(), two) });
    let shown = shop.office.post(&mut clerk, "/api/check-in", &spoken).unwrap().well().unwrap();
    assert_eq!(shown["case"], json!(customer.case));
    let again = shop.check_in(&mut clerk, &customer).unwrap().well().unwrap();
    assert_eq!((&again["state"], &again["version"]), (&shown["state"], &shown["version"]));
    assert_eq!(counter.entries("replacement.checked_in"), 1);
    // The queue names it by a word that opens nothing.
    let queue = shop.office.get(&mut clerk, "/api/queue").unwrap().well().unwrap();
    let row: &Value = &queue["rows"][0];
    assert_eq!((&row["state"], &row["case"]), (&json!("checked_in"), &json!(customer.case)));
    let label = json!({ "code": row["label"] });
    assert_eq!(
        shop.office.post(&mut clerk, "/api/check-in", &label).unwrap().code(),
        "code_unknown"
    );
    let version = shop.office.get(&mut clerk, "/api/queue/version").unwrap().well().unwrap();
    assert_eq!(version["version"], queue["version"]);
    // Another agency's clerk finds nothing there.
    let mut other = shop.office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    let elsewhere = shop.office.get(&mut other, &path).unwrap();
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let queue = shop.office.get(&mut other, "/api/queue").unwrap().well().unwrap();
    assert_eq!(queue["rows"], json!([]));
}

#[rstest]
fn papers_alone_verify_nobody_however_long_they_wait(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.check_in(&mut clerk, &customer).unwrap().well().unwrap();
    let papers = json!({ "shown": ["resident_card"] });
    let shown = shop.ask(&mut clerk, &customer, ("papers", &papers)).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("checked_in"), &json!("present")));
    shop.tell(&customer).unwrap();
    counter.pass(TimeDelta::hours(24));
    shop.office.sign_in(&mut clerk).unwrap().well().unwrap();
    let shown = shop.ask(&mut clerk, &customer, ("papers", &papers)).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["holder"]), (&json!("checked_in"), &json!(null)));
    let card = json!({ "iccid": customer.iccid });
    assert_eq!(shop.ask(&mut clerk, &customer, ("card", &card)).unwrap().code(), "case_state");
    // Papers of yesterday are none.
    let code = json!({ "code": shop.presence(&customer).unwrap() });
    counter.pass(TimeDelta::minutes(61));
    shop.office.sign_in(&mut clerk).unwrap().well().unwrap();
    assert_eq!(shop.ask(&mut clerk, &customer, ("present", &code)).unwrap().code(), "code_wrong");
    let code = json!({ "code": shop.presence(&customer).unwrap() });
    let shown = shop.ask(&mut clerk, &customer, ("present", &code)).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("checked_in"), &json!("papers")));
    let shown = shop.ask(&mut clerk, &customer, ("papers", &papers)).unwrap().well().unwrap();
    assert_eq!(shown["state"], "verified");
}

#[rstest]
fn a_card_is_ours_free_and_of_the_product(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 4);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let mut clerk = shop.seat(CLERK).unwrap();
    verified(&counter, &mut clerk, &customer);
    let printed = |no: u32| {
        let iccid = iccid(no).unwrap();
        simrecall_core::identity::Personal::expose(&iccid).to_owned()
    };
    let scan = |clerk: &mut Desk, iccid: &str| {
        let card = json!({ "iccid": iccid });
        shop.ask(clerk, &customer, ("card", &card)).unwrap()
    };
    assert_eq!(scan(&mut clerk, "not a card").code(), "card_number");
    assert_eq!(scan(&mut clerk, &printed(99)).code(), "card_unknown");
    move_card(&counter, 2, (CardState::Available, CardState::Lost));
    assert_eq!(scan(&mut clerk, &printed(2)).code(), "card_lost");
    assert_eq!(counter.by_hand("SELECT count(*) FROM alarm"), "1", "a lost card is heard of");
    scan(&mut clerk, &printed(1)).well().unwrap();
    let again = scan(&mut clerk, &printed(1)).well().unwrap();
    assert_eq!(again["state"], "card_reserved");
    assert_eq!(scan(&mut clerk, &printed(3)).code(), "case_has_card");
    // A sealed pack lies there again, an opened one is put aside.
    let other = |clerk: &mut Desk, pack: &str| {
        let pack = json!({ "pack": pack });
        shop.ask(clerk, &customer, ("other-card", &pack)).unwrap()
    };
    assert_eq!(other(&mut clerk, "sealed").well().unwrap()["state"], "verified");
    assert_eq!(state_of(&counter, 1), CardState::Available);
    assert_eq!(other(&mut clerk, "sealed").code(), "case_state");
    scan(&mut clerk, &printed(1)).well().unwrap();
    other(&mut clerk, "opened").well().unwrap();
    assert_eq!(state_of(&counter, 1), CardState::Quarantined);
    assert_eq!(scan(&mut clerk, &printed(1)).code(), "card_quarantined");
    // Whoever goes leaves a card that lies there again.
    scan(&mut clerk, &printed(3)).well().unwrap();
    shop.ask(&mut clerk, &customer, ("leave", &json!({}))).unwrap().well().unwrap();
    assert_eq!(state_of(&counter, 3), CardState::Available);
    let drift = counter.shop.home().store.read(|tx| {
        tx.recount_stock(simrecall_core::replacement::local_day(counter.shop.home().now()))
    });
    assert_eq!(drift.unwrap(), []);
}

/// A page that waits asks whether there is anything new: that opens nothing, leaves no entry and keeps nobody signed in.
#[rstest]
fn who_waits_asks_for_news_and_sees_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let mut clerk = shop.seat(CLERK).unwrap();
    verified(&counter, &mut clerk, &customer);
    let (case, news) = (format!("/api/cases/{}", customer.case), ["", "/news"]);
    let [case, news] = news.map(|end| format!("{case}{end}"));
    let ask = |clerk: &mut Desk, path: &str| {
        shop.office.get(clerk, path).unwrap().well().unwrap()["news"].clone()
    };
    let known = ask(&mut clerk, &case);
    let entries = counter.entries("permit.granted") + counter.entries("view.granted");
    for _ in 0..14 {
        counter.pass(TimeDelta::minutes(1));
        assert_eq!(ask(&mut clerk, &news), known);
    }
    let after = counter.entries("permit.granted") + counter.entries("view.granted");
    assert_eq!(after, entries);
    counter.pass(TimeDelta::minutes(1));
    let idle = shop.office.get(&mut clerk, &news).unwrap();
    assert_eq!(idle.status, StatusCode::UNAUTHORIZED, "nobody worked for a quarter of an hour");
    shop.office.sign_in(&mut clerk).unwrap().well().unwrap();
    let card = json!({ "iccid": customer.iccid });
    shop.ask(&mut clerk, &customer, ("card", &card)).unwrap().well().unwrap();
    assert_ne!(ask(&mut clerk, &news), known, "a card is kept now");
}

/// What takes cards away takes a supervisor's passkey over the very words of it.
#[rstest]
fn cards_are_written_off_by_a_supervisor(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 3);
    let shop = &counter.shop;
    let mut clerk = shop.seat(CLERK).unwrap();
    let mut supervisor = shop.seat(SUPERVISOR).unwrap();
    let iccid = |no: u32| {
        let iccid = iccid(no).unwrap();
        simrecall_core::identity::Personal::expose(&iccid).to_owned()
    };
    let about = json!({ "about": { "what": "lost", "iccid": iccid(1) } });
    let refused = shop.office.post(&mut clerk, "/api/step-up/begin", &about).unwrap();
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let signed = |supervisor: &mut Desk, about: &Value| -> Value {
        let asked = shop.office.post(supervisor, "/api/step-up/begin", about).unwrap();
        let asked = asked.well().unwrap();
        let origin = supervisor.browser.origin().to_owned();
        let credential = supervisor.passkey.get(&asked["publicKey"], &origin).unwrap();
        json!({ "id": asked["id"], "credential": credential })
    };
    // Signed for one card is not signed for another.
    let step_up = signed(&mut supervisor, &about);
    let other = json!({ "iccid": iccid(2), "step_up": step_up });
    let wrong = shop.office.post(&mut supervisor, "/api/stock/lost", &other).unwrap();
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "passkey")
    );
    assert_eq!(state_of(&counter, 2), CardState::Available);
    let step_up = signed(&mut supervisor, &about);
    let lost = json!({ "iccid": iccid(1), "step_up": step_up });
    shop.office.post(&mut supervisor, "/api/stock/lost", &lost).unwrap().well().unwrap();
    assert_eq!(state_of(&counter, 1), CardState::Lost);
    let sending = json!({ "what": "transfer", "to": MAPO, "product": "usim-5g", "cards": 1 });
    let step_up = signed(&mut supervisor, &json!({ "about": sending }));
    let transfer = json!({ "to": MAPO, "product": "usim-5g", "cards": 1, "step_up": step_up });
    let sent = shop.office.post(&mut supervisor, "/api/stock/transfer", &transfer).unwrap();
    let lot = sent.well().unwrap()["lot"].as_str().unwrap().to_owned();
    // The other agency counts what came: all of it, or nothing is received.
    let mut there = shop.office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    let stock = shop.office.get(&mut there, "/api/stock").unwrap().well().unwrap();
    assert_eq!(stock["lots"][0]["id"], json!(lot));
    let two = json!({ "lot": lot, "cards": 2 });
    let wrong = shop.office.post(&mut there, "/api/stock/receive", &two).unwrap();
    assert_eq!(wrong.code(), "count");
    let one = json!({ "lot": lot, "cards": 1 });
    let foreign = shop.office.post(&mut clerk, "/api/stock/receive", &one).unwrap();
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    shop.office.post(&mut there, "/api/stock/receive", &one).unwrap().well().unwrap();
    let day = shop.office.get(&mut there, "/api/day").unwrap().well().unwrap();
    assert_eq!(day["cards"], json!([{ "product": "usim-5g", "came": 1, "left": 1 }]));
    let stock = shop.office.get(&mut clerk, "/api/stock").unwrap().well().unwrap();
    let row = &stock["products"][0];
    assert_eq!((&row["free"], &row["lost"]), (&json!(1), &json!(1)));
}

/// What a step-up asked for and the drawer refuses leaves the supervisor where they were; what was done and not heard is not done twice.
#[rstest]
fn a_refused_step_up_signs_nobody_out_and_a_lost_answer_is_asked_for_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 3);
    let shop = &counter.shop;
    let mut supervisor = shop.seat(SUPERVISOR).unwrap();
    let sign = |supervisor: &mut Desk, cards: u32| -> Value {
        let about = json!({ "what": "transfer", "to": MAPO, "product": "usim-5g", "cards": cards });
        let about = json!({ "about": about });
        let asked = shop.office.post(supervisor, "/api/step-up/begin", &about).unwrap();
        let asked = asked.well().unwrap();
        let origin = supervisor.browser.origin().to_owned();
        let credential = supervisor.passkey.get(&asked["publicKey"], &origin).unwrap();
        let step_up = json!({ "id": asked["id"], "credential": credential });
        json!({ "to": MAPO, "product": "usim-5g", "cards": cards, "step_up": step_up })
    };
    let path = "/api/stock/transfer";
    let ten = sign(&mut supervisor, 10);
    assert_eq!(shop.office.post(&mut supervisor, path, &ten).unwrap().code(), "too_few");
    shop.office.get(&mut supervisor, "/api/stock").unwrap().well().unwrap();
    // The answer of this one does not come.
    let (one, before) = (sign(&mut supervisor, 1), supervisor.browser.cookie.clone());
    shop.office.post(&mut supervisor, path, &one).unwrap().well().unwrap();
    supervisor.browser.cookie = before;
    let again = shop.office.post(&mut supervisor, path, &one).unwrap();
    assert_eq!(again.well().unwrap()["done"], true);
    let stock = shop.office.get(&mut supervisor, "/api/stock").unwrap().well().unwrap();
    assert_eq!(stock["products"][0]["free"], 2);
    assert_eq!(counter.entries("stock.transferred"), 1);
}

/// A second person signs under an order of a line that got another card lately: at another terminal, and not its own clerk.
#[rstest]
fn a_line_with_a_new_card_takes_a_supervisor_too(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let home = shop.home();
    let service = home.keys.service().unwrap();
    let number = simrecall_tests::counter::number(1).unwrap();
    let exposed = simrecall_core::identity::Personal::expose(&number).to_owned();
    let index = service.blind(Field::Msisdn, &exposed);
    home.store.write(|tx| tx.raise_sim_change(&index, home.now())).unwrap();
    counter.pass(TimeDelta::hours(1));
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    let id = SwapOrderId::from_bytes([1; 16]);
    let order = shop.ordered(&mut clerk, id, &customer).unwrap();
    assert_eq!((&order["state"], &order["needs"]), (&json!("confirmed"), &json!(["countersign"])));
    assert_eq!(counter.follow(), None, "one signature is not enough");
    let path = format!("/api/orders/{id}/countersign");
    let own = shop.office.post(&mut clerk, &format!("{path}/begin"), &json!({})).unwrap();
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let mut supervisor = shop.seat(SUPERVISOR).unwrap();
    let waiting = shop.office.get(&mut supervisor, "/api/countersigns").unwrap().well().unwrap();
    assert_eq!((&waiting[0]["id"], &waiting[0]["clerk"]), (&json!(id), &json!(CLERK)));
    let asked = shop.office.post(&mut supervisor, &format!("{path}/begin"), &json!({})).unwrap();
    let done = shop.office.answer(&mut supervisor, &path, &asked.well().unwrap()).unwrap();
    assert_eq!(done.well().unwrap()["signed"], true);
    let order = shop.office.get(&mut clerk, &format!("/api/orders/{id}")).unwrap().well().unwrap();
    assert_eq!(order["needs"], json!([]));
    assert_eq!(counter.follow().unwrap().order, id);
    assert_eq!(counter.entries("swap.started"), 1);
}

#[rstest]
fn who_does_not_come_is_missed_after_their_hour(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let (home, mut clerk) = (shop.home(), shop.seat(CLERK).unwrap());
    let day = simrecall_core::replacement::local_day(home.now());
    let case = shop.counter.case(customer.case).unwrap();
    let agency = home.store.read(|tx| tx.agency_by_code("A1")).unwrap().unwrap().id;
    let place = simrecall_store::replacement::Place {
        agency,
        product: "usim-5g".to_owned(),
        day,
        hour: 10,
    };
    let at = home.now();
    home.store
        .write(|tx| {
            tx.hold_places(agency, "usim-5g", day, 1)?;
            let place = simrecall_store::replacement::PlaceChange::Book(place.clone());
            let event = simrecall_core::replacement::Event::Book;
            let to = simrecall_core::replacement::State::Booked;
            tx.move_case(&simrecall_store::replacement::CaseMove {
                case: &case,
                event,
                to,
                place,
                by: None,
                agency: Some(agency),
                at,
            })
        })
        .unwrap();
    let queue = shop.office.get(&mut clerk, "/api/queue").unwrap().well().unwrap();
    let row = &queue["rows"][0];
    assert_eq!((&row["time"], &row["case"]), (&json!("10:00"), &json!(null)));
    let path = format!("/api/queue/{}/no-show", row["label"].as_str().unwrap());
    let early = shop.office.post(&mut clerk, &path, &json!({})).unwrap();
    assert_eq!(early.code(), "too_early");
    counter.pass(TimeDelta::minutes(95));
    shop.office.sign_in(&mut clerk).unwrap().well().unwrap();
    shop.office.post(&mut clerk, &path, &json!({})).unwrap().well().unwrap();
    assert_eq!(shop.counter.case(customer.case).unwrap().state.name(), "no_show");
    assert_eq!(shop.office.post(&mut clerk, &path, &json!({})).unwrap().code(), "not_found");
}

/// The whole counter works as the role that its process logs in as, and that role begins nothing.
#[test]
fn the_counter_works_as_its_own_role() {
    const GRANTS: &str = include_str!("../../../migrations/roles/terminal.sql");
    let counter = Counter::open(Backend::Postgres, 1);
    let customer = counter.customer(1);
    counter.by_hand(GRANTS);
    let counter = counter.in_role("simrecall_terminal");
    let shop = &counter.shop;
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    for path in ["/api/queue", "/api/day", "/api/stock", "/api/repairs"] {
        shop.office.get(&mut clerk, path).unwrap().well().unwrap();
    }
    let id = SwapOrderId::from_bytes([1; 16]);
    let order = shop.ordered(&mut clerk, id, &customer).unwrap();
    assert_eq!(order["state"], "confirmed");
}
