//! What is done once more at a counter: shown again, ordered again, after a swap that went back or time that ran out.

use axum::http::StatusCode;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;
use simrecall_core::terminal::order::State;
use simrecall_engine::terminal::follow;
use simrecall_tests::Backend;
use simrecall_tests::counter::iccid;
use simrecall_tests::shop::Customer;

use crate::orders::{at, kept, name, ready, swaps};
use crate::shop::{Counter, PACE};

/// A swap that went back used up what was shown. It is shown again at the same counter, and another card comes to work.
#[rstest]
fn after_a_swap_that_went_back_another_card_is_ordered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 2);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    shop.ordered(&mut clerk, name(1), &customer).unwrap();
    counter.follow().unwrap();
    let asked = shop.office.post(&mut clerk, &at(1, "/give-up/begin"), &json!({})).unwrap();
    shop.office.answer(&mut clerk, &at(1, "/give-up"), &asked.well().unwrap()).unwrap();
    follow::tend(shop.home(), &counter.hlr, &PACE, 1).unwrap();
    counter.pass(TimeDelta::minutes(2));
    let path = format!("/api/cases/{}", customer.case);
    let shown = shop.office.get(&mut clerk, &path).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("verified"), &json!("present")));
    assert_eq!((&shown["present"], &shown["papers"]), (&json!(false), &json!(false)));

    // Another card is kept, and nothing is ordered before both are shown again.
    let printed = iccid(2).unwrap();
    let iccid = simrecall_core::identity::Personal::expose(&printed).to_owned();
    let another = Customer { no: 2, iccid, ..customer.clone() };
    let card = json!({ "iccid": another.iccid });
    let shown = shop.ask(&mut clerk, &customer, ("card", &card)).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("card_reserved"), &json!("present")));
    let refused = shop.put(&mut clerk, name(2), &another).unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "no_identity"));
    let code = json!({ "code": shop.presence(&customer).unwrap() });
    let shown = shop.ask(&mut clerk, &customer, ("present", &code)).unwrap().well().unwrap();
    assert_eq!(shown["next"], "papers");
    let papers = json!({ "shown": ["resident_card"] });
    let shown = shop.ask(&mut clerk, &customer, ("papers", &papers)).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("card_reserved"), &json!("confirm")));
    let order = shop.ordered(&mut clerk, name(2), &another).unwrap();
    assert_eq!((&order["state"], &order["needs"]), (&json!("confirmed"), &json!([])));
    counter.follow().unwrap();
    counter.attach(&another);
    follow::tend(shop.home(), &counter.hlr, &PACE, 1).unwrap();
    let shown = shop.office.get(&mut clerk, &path).unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["next"]), (&json!("completed"), &json!("slip")));
    assert_eq!(shown["slip"]["protected"], false, "this line was never tied: {shown}");
    assert!(shown["slip"]["attached_at"].is_string());
    assert_eq!(swaps(&counter, &customer), 2);
}

/// What was shown is too old after an hour: the page asks for it again instead of for an order that would be refused.
#[rstest]
fn what_is_older_than_an_hour_is_shown_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    counter.pass(TimeDelta::minutes(61));
    shop.office.sign_in(&mut clerk).unwrap().well().unwrap();
    let path = format!("/api/cases/{}", customer.case);
    let shown = shop.office.get(&mut clerk, &path).unwrap().well().unwrap();
    assert_eq!((&shown["next"], &shown["holder"]), (&json!("present"), &json!(null)));
    let code = json!({ "code": shop.presence(&customer).unwrap() });
    shop.ask(&mut clerk, &customer, ("present", &code)).unwrap().well().unwrap();
    let papers = json!({ "shown": ["resident_card"] });
    shop.ask(&mut clerk, &customer, ("papers", &papers)).unwrap().well().unwrap();
    let card = json!({ "iccid": customer.iccid });
    shop.ask(&mut clerk, &customer, ("card", &card)).unwrap().well().unwrap();
    shop.ordered(&mut clerk, name(1), &customer).unwrap();
    assert!(counter.follow().is_some());
}

/// An order that nobody signed in time is over for whoever reads it, also before that is written down, and another one is made.
#[rstest]
fn an_order_that_was_not_signed_in_time_is_shown_as_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    shop.put(&mut clerk, name(1), &customer).unwrap().well().unwrap();
    counter.pass(TimeDelta::minutes(2));
    assert_eq!(kept(&counter, 1).unwrap().state, State::Made);
    let order = shop.office.get(&mut clerk, &at(1, "")).unwrap().well().unwrap();
    assert_eq!((&order["state"], &order["code"]), (&json!("lapsed"), &json!("lapsed")));
    assert_eq!(order["challenge"], json!(null));
    let path = format!("/api/cases/{}", customer.case);
    let shown = shop.office.get(&mut clerk, &path).unwrap().well().unwrap();
    assert_eq!((&shown["next"], &shown["order"]["state"]), (&json!("confirm"), &json!("lapsed")));
    shop.ordered(&mut clerk, name(2), &customer).unwrap();
    assert!(counter.follow().is_some());
}
