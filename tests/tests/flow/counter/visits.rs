//! A case from the call to the counter.

use rstest::rstest;
use simrecall_core::id::LineId;
use simrecall_engine::drill::{CODE, SIGNERS};
use simrecall_engine::replacement::book::{self, Booking};
use simrecall_engine::replacement::notices::notify;
use simrecall_engine::replacement::visit::{self, Showing, VerifyAnswer};
use simrecall_engine::selfcheck::Visit;
use simrecall_engine::swap::{self, Scan};
use simrecall_engine::{Result, config::Programme};
use simrecall_gateway::sandbox::mail::read_kept;
use simrecall_tests::Backend;
use simrecall_tests::town::{CHILD, LEAKED, NOT_FOUND};

use super::shop::{CLERK, Shop, at, iccid};
use crate::selfcheck::stage::refused;

const PAPERS: &[&str] = &["resident_card"];

fn showing<'a>(shown: &'a [&'a str], code: Option<&'a str>) -> Showing<'a> {
    Showing { person: None, shown, code }
}

fn verify(shop: &Shop, case: &str, code: Option<&str>) -> Result<VerifyAnswer> {
    visit::verify(shop.home(), CODE, &at(case), &showing(PAPERS, code))
}

fn own(shop: &Shop) -> (Visit, LineId) {
    let visit = shop.place.visit(&shop.place.walk_in(LEAKED)).unwrap();
    let line = shop.place.door.lines(&visit).unwrap()[0].line;
    (visit, line)
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_line_is_refused_with_every_reason(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    let case = shop.case(LEAKED.number).unwrap();
    assert_eq!((case.row.state, case.row.tier, case.row.person), ("applied", 4, Some("adult")));
    assert_eq!(shop.case(CHILD.number).unwrap().row.person, Some("child"));
    assert_eq!(refused(shop.case(LEAKED.number)), "already");
    assert_eq!(refused(shop.case("010-9999-9999")), "number");
    assert_eq!(shop.case(NOT_FOUND.number).unwrap().row.tier, 6, "the programme is for everybody");
    book::cancel(shop.home(), CODE, &case.row.id, CLERK).unwrap();
    assert_eq!(refused(book::cancel(shop.home(), CODE, &case.row.id, CLERK)), "case_state");
    let mut home = shop.home().clone();
    home.config.replacement.programme = Programme::Exposed;
    home.config.replacement.brands = vec!["other".to_owned()];
    let new = simrecall_engine::replacement::open::NewCase {
        number: NOT_FOUND.number,
        lost_money: false,
        leaves_on: None,
        disabled: false,
        by: CLERK,
    };
    let problem = simrecall_engine::replacement::open::open(&home, CODE, &new).unwrap_err();
    assert_eq!(problem.code, "not_eligible");
    let named: Vec<&str> = problem.details.iter().filter_map(|one| one.split(':').next()).collect();
    assert_eq!(named, ["not_exposed", "brand_without", "case_open"]);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn with_papers_and_the_code_of_their_session_somebody_is_verified_at_once(
    #[case] backend: Backend,
) {
    let shop = Shop::open(backend);
    shop.stock("jongno", 1, 30);
    let (session, line) = own(&shop);
    shop.place.door.apply(&session, &[line]).unwrap();
    assert_eq!(refused(shop.place.door.presence(&session, line)), "not_checked_in");
    let case = simrecall_engine::replacement::shown::list(shop.home(), CODE, None).unwrap();
    let id = case[0].id.clone();
    assert_eq!(case[0].tier, 4, "confirmed, also by the page");
    visit::check_in(shop.home(), CODE, &at(&id)).unwrap();
    let missing = visit::verify(shop.home(), CODE, &at(&id), &showing(&["library_card"], None));
    let missing = missing.unwrap_err();
    assert_eq!((missing.code, missing.details.len()), ("documents", 2), "{missing:?}");
    let code = shop.place.door.presence(&session, line).unwrap();
    assert!(code.code.len() == 6 && (1..=60).contains(&code.seconds));
    let elsewhere = visit::AtCounter { agency: "busan", ..at(&id) };
    let there = visit::verify(shop.home(), CODE, &elsewhere, &showing(PAPERS, Some(&code.code)));
    assert_eq!(refused(there), "other_agency");
    // In the next minute it is still right, two later it is not.
    shop.place.pass(1);
    let done = verify(&shop, &id, Some(&code.code)).unwrap();
    assert!(done.verified && done.told >= 1, "{done:?}");
    assert_eq!(shop.state(&id), "verified");

    let scan = |n: u32| {
        let card = iccid(n);
        let scan = Scan { incident: CODE, case: &id, iccid: &card, by: CLERK };
        swap::reserve(shop.home(), &scan).map(drop)
    };
    assert_eq!(refused(scan(99)), "card_unknown");
    scan(1).unwrap();
    scan(1).unwrap();
    assert_eq!(refused(scan(2)), "case_has_card");
    assert_eq!(shop.state(&id), "card_reserved");
    visit::leave(shop.home(), CODE, &at(&id)).unwrap();
    assert_eq!(shop.state(&id), "waiting");
    // The same code proves nothing a second time, whoever typed it.
    visit::check_in(shop.home(), CODE, &at(&id)).unwrap();
    assert_eq!(refused(verify(&shop, &id, Some(&code.code))), "code_used");
    let drift = shop.home().store.read(|tx| tx.recount_stock(shop.day(0))).unwrap();
    assert_eq!(drift, []);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn without_a_code_everybody_is_told_and_a_day_passes(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    let id = shop.case(LEAKED.number).unwrap().row.id;
    visit::check_in(shop.home(), CODE, &at(&id)).unwrap();
    let first = verify(&shop, &id, None).unwrap();
    assert!(!first.verified && first.told == 2, "mail and a courtesy: {first:?}");
    assert_eq!(first.wait_until, None, "nobody was told yet");
    let sent = notify(shop.home(), CODE).unwrap();
    assert_eq!((sent.handed, sent.waiting), (2, 0), "{sent:?}");
    assert_eq!(notify(shop.home(), CODE).unwrap().handed, 0, "once");
    let mails = read_kept(&shop.place.mails()).unwrap();
    let warning = mails.iter().find(|mail| mail.text.contains("바꾸려는 절차")).unwrap();
    assert!(warning.text.contains("24시간"), "{}", warning.text);
    assert!(!warning.text.contains("http") && !warning.text.contains(LEAKED.number));
    let again = verify(&shop, &id, None).unwrap();
    let until = again.wait_until.unwrap();
    assert!(!again.verified && until > shop.home().now());
    assert_eq!(again.told, 2, "nobody is told twice");
    shop.place.pass(24 * 60 - 1);
    assert!(!verify(&shop, &id, None).unwrap().verified);
    shop.place.pass(1);
    assert!(verify(&shop, &id, None).unwrap().verified);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn three_wrong_codes_hold_the_line_and_the_customer_may_too(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    let id = shop.case(LEAKED.number).unwrap().row.id;
    visit::check_in(shop.home(), CODE, &at(&id)).unwrap();
    assert_eq!(refused(verify(&shop, &id, Some("12345"))), "code_wrong");
    assert_eq!(refused(verify(&shop, &id, Some("abcdef"))), "code_wrong");
    assert_eq!(refused(verify(&shop, &id, Some("1234567"))), "line_held");
    assert_eq!(shop.state(&id), "fraud_hold");
    assert_eq!(refused(verify(&shop, &id, None)), "case_state");
    let (session, line) = own(&shop);
    shop.place.door.not_me(&session, line).unwrap();
    assert_eq!(shop.state(&id), "fraud_hold");
    // What they said stands beside what was held already: clearing the one leaves the other, which nobody overrides.
    let left = swap::clear(shop.home(), CODE, &id, SIGNERS[0]).unwrap();
    assert_eq!((left.held, left.state), (true, "fraud_hold"));
    assert_eq!(refused(swap::clear(shop.home(), CODE, &id, SIGNERS[1])), "owner_disagrees");
    // Another line: its own user stops it.
    let other = shop.case(NOT_FOUND.number).unwrap().row.id;
    let stranger = shop.place.visit(&shop.place.walk_in(NOT_FOUND)).unwrap();
    let theirs = shop.place.door.lines(&stranger).unwrap()[0].line;
    assert_eq!(refused(shop.place.door.not_me(&stranger, line)), "line");
    shop.place.door.not_me(&stranger, theirs).unwrap();
    assert_eq!(shop.state(&other), "fraud_hold");
    assert_eq!(refused(shop.place.door.cancel(&stranger, theirs)), "already");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn an_hour_is_booked_while_there_are_desks_and_cards(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    let id = shop.case(LEAKED.number).unwrap().row.id;
    let book = |case: &str, day: u64, hour: u8| {
        let (agency, product, by) = ("jongno", None, CLERK);
        let booking = Booking { case, agency, product, day: shop.day(day), hour, by };
        book::book(shop.home(), CODE, &booking)
    };
    assert_eq!(refused(book(&id, 1, 10)), "day_full", "no card is there");
    shop.stock("jongno", 1, 2);
    assert_eq!(refused(book(&id, 1, 8)), "closed");
    assert_eq!(refused(book(&id, 0, 9)), "hour", "it is over");
    assert_eq!(refused(book(&id, 40, 10)), "hour");
    let booked = book(&id, 1, 10).unwrap();
    assert_eq!((booked.row.state, booked.row.hour), ("booked", Some(10)));
    let moved = book(&id, 1, 11).unwrap();
    assert_eq!((moved.row.hour, moved.events.len()), (Some(11), 3));
    let second = shop.case(NOT_FOUND.number).unwrap().row.id;
    book(&second, 1, 11).unwrap();
    let third = shop.case(CHILD.number).unwrap().row.id;
    let full = book(&third, 1, 12).unwrap_err();
    assert_eq!(full.code, "day_full", "two cards, two visits");
    book::wait(shop.home(), CODE, (&third, "jongno", None), CLERK).unwrap();
    // Somebody who goes makes room for who waits, and for nobody else.
    book::cancel(shop.home(), CODE, &second, CLERK).unwrap();
    let (session, line) = {
        let visit = shop.place.visit(&shop.place.walk_in(NOT_FOUND)).unwrap();
        let line = shop.place.door.lines(&visit).unwrap()[0].line;
        (visit, line)
    };
    shop.place.door.apply(&session, &[line]).unwrap();
    let taken = shop.place.door.book(&session, line, ("jongno", shop.day(1), 11));
    assert_eq!(refused(taken), "day_full");
    assert_eq!(shop.state(&third), "booked");
    shop.place.door.wait_at(&session, line, "jongno").unwrap();
    let drift = shop.home().store.read(|tx| tx.recount_stock(shop.day(0))).unwrap();
    assert_eq!(drift, []);
}
