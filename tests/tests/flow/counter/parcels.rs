//! Cards that go to people's homes: to whom, from which cards, and what ends a parcel.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use simrecall_core::id::{CaseId, OrderId};
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::parcel::End;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::notices::notify;
use simrecall_engine::replacement::parcel::report::{self, ReportAnswer};
use simrecall_engine::replacement::parcel::{ship, want};
use simrecall_engine::replacement::{book, tick::tick};
use simrecall_engine::swap;
use simrecall_engine::{Home, Result};
use simrecall_gateway::sandbox::mail::read_kept;
use simrecall_store::outbox::OrderState;
use simrecall_store::parcel::Parcel;
use simrecall_tests::Backend;
use simrecall_tests::town::{CHILD, COMPANY, LEAKED, NOT_FOUND, POSSIBLY, Townsperson};

use super::shop::{CLERK, Shop};
use crate::selfcheck::stage::{Plan, refused};

const PARCELS: &str = "registry_max_age = \"10000d\"
[portal.login]
issuer = \"http://127.0.0.1:9\"
client_id = \"simrecall\"
binds = \"subscriber\"
relies = [\"app\"]
[parcels]
warehouse = \"depot\"
[[orders.receivers]]
kinds = [\"card.*\"]
url = \"http://127.0.0.1:9/\"
secret_file = \"orders.secret\"
";
const HOME: &str = "04524,서울 중구 세종대로 110";
const MOVED: &str = "48058,부산 해운대구 센텀로 1";
/// Before and after the exposure of the town's first list.
const BEFORE: &str = "2025-08-10T00:00:00+09:00";

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A shop whose people live where they did before the exposure.
fn shop(backend: Backend) -> Shop {
    let shop = Shop::with(backend, Plan { portal: PARCELS, ..Plan::default() });
    let homes = [LEAKED, POSSIBLY, NOT_FOUND].map(|who| (who, HOME, who.mail));
    shop.place.town.settle(moment(BEFORE), &homes).unwrap();
    shop.place.town.settle(shop.home().now(), &homes).unwrap();
    shop
}

fn wanted(shop: &Shop, who: Townsperson) -> String {
    let id = shop.case(who.number).unwrap().row.id;
    let case = want::want(shop.home(), CODE, &id, CLERK).unwrap();
    assert_eq!((case.row.state, case.row.agency.as_deref()), ("waiting", Some("depot")));
    id
}

fn parcel(home: &Home, case: &str) -> Option<Parcel> {
    let incident = simrecall_engine::incident::show(home, CODE).unwrap().incident.id;
    let case = CaseId(case.parse().unwrap());
    home.store.read(|tx| tx.open_parcel(incident, case)).unwrap()
}

fn card(home: &Home, parcel: &Parcel) -> CardState {
    home.store.read(|tx| tx.card(parcel.card)).unwrap().unwrap().state
}

fn ended(home: &Home, id: OrderId) -> Option<End> {
    let parcel = home.store.read(|tx| tx.parcel(id)).unwrap().unwrap();
    parcel.ended.map(|(_, end)| end)
}

fn take(home: &Home, id: OrderId) {
    assert!(home.store.write(|tx| tx.take_parcel(id, home.now())).unwrap());
}

fn reported(shop: &Shop, rows: &[(OrderId, &str)]) -> Result<ReportAnswer> {
    let mut text = "reference,event,at\n".to_owned();
    for (id, event) in rows {
        writeln!(text, "{id},{event},2025-09-11T09:00:00+09:00").unwrap();
    }
    report::report(shop.home(), &shop.write("parcels.csv", &text), CLERK)
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_card_goes_to_whoever_is_next_and_was_known_there_before(#[case] backend: Backend) {
    let shop = shop(backend);
    // In line against their tiers: the last is the most urgent.
    let ids: BTreeMap<&str, String> = [NOT_FOUND, POSSIBLY, LEAKED]
        .into_iter()
        .map(|who| (who.reference, wanted(&shop, who)))
        .collect();
    assert_eq!(refused(want::want(shop.home(), CODE, &ids["P-KIM"], CLERK)), "already");
    let nothing = ship::ship(shop.home(), 5, CLERK).unwrap();
    assert_eq!((nothing.shipped, nothing.waiting, nothing.cards), (0, 3, 0));
    shop.stock("depot", 1, 2);
    assert_eq!(refused(ship::ship(shop.home(), 5, "legal.counsel")), "not_allowed");
    let one = ship::ship(shop.home(), 1, CLERK).unwrap();
    assert_eq!((one.shipped, one.waiting, one.cards), (1, 2, 1));
    assert_eq!(shop.state(&ids["P-KIM"]), "shipped");
    let rest = ship::ship(shop.home(), 5, CLERK).unwrap();
    assert_eq!((rest.shipped, rest.waiting, rest.cards), (1, 1, 0));
    assert_eq!(shop.state(&ids["P-LEE"]), "shipped");
    assert_eq!(shop.state(&ids["P-PARK"]), "waiting", "the third has no card");

    let first = parcel(shop.home(), &ids["P-KIM"]).unwrap();
    let reserved = shop.home().store.read(|tx| tx.card(first.card)).unwrap().unwrap();
    assert_eq!((reserved.state, reserved.lease), (CardState::Reserved, None), "for good");
    let orders = shop.home().store.read(|tx| tx.orders_in(OrderState::Due, 10)).unwrap();
    assert_eq!(orders.iter().map(|one| one.kind.name()).collect::<Vec<_>>(), ["card.ship"; 2]);
    assert!(orders.iter().any(|one| one.id == first.id && one.incident == Some(first.incident)));
    // The warning goes out at once; that it was sent is said once somebody took it over.
    notify(shop.home(), CODE).unwrap();
    let mails = read_kept(&shop.place.mails()).unwrap();
    let theirs: Vec<_> = mails.iter().filter(|mail| mail.recipient == LEAKED.mail).collect();
    assert_eq!(theirs.len(), 1);
    assert!(theirs[0].text.contains("새 유심으로 바꾸려는"), "{}", theirs[0].text);
    let drift = shop.home().store.read(|tx| tx.recount_stock(shop.day(0))).unwrap();
    assert_eq!(drift, []);
}

/// Whoever an attacker could have become gets no parcel: each reason, said to staff and to nobody else.
#[rstest]
#[case::a_child(CHILD, HOME, HOME, "", "not_adult")]
#[case::a_company(COMPANY, HOME, HOME, "", "not_adult")]
#[case::moved_since(LEAKED, HOME, MOVED, "", "address_not_known_before")]
#[case::no_address(LEAKED, HOME, ",", "", "address_not_known_before")]
#[case::none_before(LEAKED, ",", HOME, "", "address_not_known_before")]
#[case::another_mailbox(LEAKED, HOME, HOME, "new@town.example", "mail_not_known_before")]
fn no_parcel_goes_to_whom_it_may_not(
    #[case] who: Townsperson,
    #[case] before: &str,
    #[case] now: &str,
    #[case] mail: &str,
    #[case] why: &str,
) {
    let shop = Shop::with(Backend::Sqlite, Plan { portal: PARCELS, ..Plan::default() });
    let id = shop.case(who.number).unwrap().row.id;
    shop.place.pass(1);
    if who == LEAKED {
        shop.place.town.settle(moment(BEFORE), &[(who, before, who.mail)]).unwrap();
        let mail = if mail.is_empty() { who.mail } else { mail };
        shop.place.town.settle(shop.home().now(), &[(who, now, mail)]).unwrap();
    }
    let problem = want::want(shop.home(), CODE, &id, CLERK).unwrap_err();
    assert_eq!(
        (problem.code, problem.details.as_slice()),
        ("please_visit", [why.to_owned()].as_slice())
    );
}

#[test]
fn no_parcel_goes_where_nobody_could_activate_it() {
    let channels =
        [("[\"sms\", \"app\"]", "channel_compromised"), ("[\"email\"]", "channel_compromised")];
    for (compromised, why) in channels {
        let shop =
            Shop::with(Backend::Sqlite, Plan { compromised, portal: PARCELS, ..Plan::default() });
        let id = shop.case(LEAKED.number).unwrap().row.id;
        let problem = want::want(shop.home(), CODE, &id, CLERK).unwrap_err();
        assert_eq!((problem.code, problem.details), ("please_visit", vec![why.to_owned()]));
    }
    for (from, to) in
        [("relies = [\"app\"]", "relies = [\"email\"]"), ("\"subscriber\"", "\"phone_number\"")]
    {
        let portal = PARCELS.replace(from, to);
        let shop = Shop::with(Backend::Sqlite, Plan { portal: &portal, ..Plan::default() });
        let id = shop.case(LEAKED.number).unwrap().row.id;
        let problem = want::want(shop.home(), CODE, &id, CLERK).unwrap_err();
        assert_eq!(problem.details, ["no_login"]);
    }
}

/// What was true when it was asked for need not be when it is sent: it is asked again.
#[test]
fn whoever_changed_meanwhile_is_left_out_and_somebody_else_gets_the_card() {
    let shop = shop(Backend::Sqlite);
    let (kim, lee) = (wanted(&shop, LEAKED), wanted(&shop, POSSIBLY));
    shop.stock("depot", 1, 2);
    let there = |who: Townsperson| (who, HOME, who.mail);
    let homes = [(LEAKED, MOVED, LEAKED.mail), there(POSSIBLY), there(NOT_FOUND)];
    shop.place.pass(1);
    shop.place.town.settle(shop.home().now(), &homes).unwrap();
    let done = ship::ship(shop.home(), 5, CLERK).unwrap();
    assert_eq!((done.shipped, done.waiting), (1, 1));
    assert_eq!(
        (done.left_out[0].case.to_string(), done.left_out[0].why.as_str()),
        (kim.clone(), "address_not_known_before")
    );
    assert_eq!((shop.state(&kim), shop.state(&lee)), ("waiting", "shipped"));
    // They choose another place, though they wait already.
    book::wait(shop.home(), CODE, (&kim, "jongno", None), CLERK).unwrap();
    assert_eq!(shop.show(&kim).row.agency.as_deref(), Some("jongno"));

    let held = wanted(&shop, NOT_FOUND);
    swap::hold(shop.home(), CODE, &held, ("not_me", CLERK)).unwrap();
    assert_eq!(shop.state(&held), "fraud_hold");
    assert_eq!(ship::ship(shop.home(), 5, CLERK).unwrap().shipped, 0);
}

#[test]
fn without_somebody_who_ships_nothing_is_promised() {
    let portal = PARCELS.split("[[orders").next().unwrap();
    let shop = Shop::with(Backend::Sqlite, Plan { portal, ..Plan::default() });
    assert_eq!(refused(ship::ship(shop.home(), 1, CLERK)), "no_receiver");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn what_the_carrier_reports_moves_case_and_card_once(#[case] backend: Backend) {
    let shop = shop(backend);
    let (kim, lee, park) =
        (wanted(&shop, LEAKED), wanted(&shop, POSSIBLY), wanted(&shop, NOT_FOUND));
    shop.stock("depot", 1, 3);
    assert_eq!(ship::ship(shop.home(), 9, CLERK).unwrap().shipped, 3);
    let of = |case: &str| parcel(shop.home(), case).unwrap();
    let (one, two, three) = (of(&kim), of(&lee), of(&park));
    let rows = [(one.id, "delivered"), (two.id, "returned"), (three.id, "lost")];
    let first = reported(&shop, &rows).unwrap();
    assert_eq!((first.delivered, first.returned, first.lost), (1, 1, 1));
    assert_eq!(
        (shop.state(&kim), shop.state(&lee), shop.state(&park)),
        ("delivered", "waiting", "waiting")
    );
    assert_eq!(card(shop.home(), &one), CardState::Reserved);
    assert_eq!(card(shop.home(), &two), CardState::Quarantined);
    assert_eq!(card(shop.home(), &three), CardState::Lost);
    // Said twice, late, and of nobody.
    let again = reported(&shop, &rows).unwrap();
    assert_eq!(again, ReportAnswer { skipped: 3, ..ReportAnswer::default() });
    let strange = reported(&shop, &[(OrderId::from_bytes([9; 16]), "lost")]).unwrap();
    assert_eq!(strange.unknown, [2]);
    // Wrong anywhere, nothing at all.
    for (wrong, code) in [
        ("x,lost,2025-09-11T09:00:00+09:00", "reference.form"),
        ("ID,eaten,2025-09-11T09:00:00+09:00", "word"),
        ("ID,lost,2035-01-01T00:00:00+09:00", "at.future"),
    ] {
        let rows = format!(
            "reference,event,at\n{},returned,2025-09-11T09:00:00+09:00\n{}\n",
            one.id,
            wrong.replace("ID", &one.id.to_string())
        );
        let refused =
            report::report(shop.home(), &shop.write("bad.csv", &rows), CLERK).unwrap_err();
        let rejects = std::fs::read_to_string(shop.folder.join("bad.csv.rejects.csv")).unwrap();
        assert!(rejects.contains(code), "{refused:?}: {rejects}");
        assert_eq!(shop.state(&kim), "delivered");
    }
    // The delivered one comes back after all; another card goes out.
    assert_eq!(reported(&shop, &[(one.id, "returned")]).unwrap().returned, 1);
    assert_eq!((shop.state(&kim), ended(shop.home(), one.id)), ("waiting", Some(End::Returned)));
    shop.stock("depot", 10, 1);
    assert_eq!(ship::ship(shop.home(), 9, CLERK).unwrap().shipped, 1);
    assert_ne!(of(&kim).id, one.id);
    let drift = shop.home().store.read(|tx| tx.recount_stock(shop.day(0))).unwrap();
    assert_eq!(drift, []);
}

/// Time, a hold and a change of mind: each ends a parcel once, and nobody gets its card unseen.
#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn whatever_ends_a_parcel_puts_its_card_aside(#[case] backend: Backend) {
    let shop = shop(backend);
    let (kim, lee, park) =
        (wanted(&shop, LEAKED), wanted(&shop, POSSIBLY), wanted(&shop, NOT_FOUND));
    shop.stock("depot", 1, 3);
    ship::ship(shop.home(), 9, CLERK).unwrap();
    let of = |case: &str| parcel(shop.home(), case).unwrap();
    let (one, two, three) = (of(&kim), of(&lee), of(&park));
    take(shop.home(), one.id);
    let order = |id| shop.home().store.read(|tx| tx.order(id)).unwrap();

    // Staff hold one: its order, which nobody sends yet, is gone.
    swap::hold(shop.home(), CODE, &lee, ("not_me", CLERK)).unwrap();
    assert_eq!((shop.state(&lee), ended(shop.home(), two.id)), ("fraud_hold", Some(End::Held)));
    assert_eq!((card(shop.home(), &two), order(two.id)), (CardState::Quarantined, None));
    assert!(order(one.id).is_some());

    // Another would rather go to a shop.
    let declined = want::unwanted(shop.home(), CODE, &park, CLERK).unwrap();
    assert_eq!(
        (declined.row.state, ended(shop.home(), three.id)),
        ("returned", Some(End::Declined))
    );
    assert_eq!((card(shop.home(), &three), order(three.id)), (CardState::Quarantined, None));
    book::wait(shop.home(), CODE, (&park, "jongno", None), CLERK).unwrap();
    assert_eq!(refused(want::unwanted(shop.home(), CODE, &park, CLERK)), "case_state");

    // Nobody activates the third for a month after it left.
    shop.home().clock.advance(TimeDelta::days(30) - TimeDelta::minutes(1));
    assert_eq!(tick(shop.home()).unwrap().parcels, 0);
    shop.place.pass(1);
    assert_eq!(tick(shop.home()).unwrap().parcels, 1);
    assert_eq!((shop.state(&kim), ended(shop.home(), one.id)), ("waiting", Some(End::Lost)));
    assert_eq!(card(shop.home(), &one), CardState::Lost);
    assert_eq!(tick(shop.home()).unwrap().parcels, 0, "once");
    let drift = shop.home().store.read(|tx| tx.recount_stock(shop.day(0))).unwrap();
    assert_eq!(drift, []);
}
