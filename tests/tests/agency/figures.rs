//! What whoever runs the surface watches: who is there, what waits and since when, counted from the rows on both databases.

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::id::SwapOrderId;
use simrecall_engine::terminal::{AgencyDoor, Waiting};
use simrecall_tests::Backend;
use simrecall_tests::office::{CLERK as JONGNOS, JONGNO};
use simrecall_tests::shop::CLERK;
use simrecall_tests::town::LEAKED;

use crate::shop::Counter;
use crate::stage::Stage;
use crate::visitor::{LASTS, asked, at_counter};

#[rstest]
fn orders_wait_until_somebody_begins_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let (shop, customer) = (&counter.shop, counter.customer(1));
    let door = AgencyDoor::of(shop.home().clone()).unwrap();
    let before = door.figures().unwrap();
    assert_eq!((before.sessions, before.terminals_on, before.orders.count), (0, 0, 0));
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    shop.ordered(&mut clerk, SwapOrderId::from_bytes([1; 16]), &customer).unwrap();
    let oldest = Some(shop.home().now());
    counter.pass(TimeDelta::minutes(3));
    let waits = door.figures().unwrap();
    assert_eq!((waits.sessions, waits.terminals_on, waits.terminals_pending), (1, 1, 0));
    assert_eq!(waits.orders, Waiting { count: 1, oldest });
    assert_eq!((waits.countersigns, waits.alarms), (Waiting::default(), Waiting::default()));
    counter.follow().unwrap();
    assert_eq!(door.figures().unwrap().orders, Waiting::default());
    // Who did nothing for a quarter of an hour is not there any more.
    counter.pass(TimeDelta::minutes(15));
    assert_eq!(door.figures().unwrap().sessions, 0);
}

#[rstest]
fn looks_wait_until_they_lapse(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = Stage::open(backend);
    let door = AgencyDoor::of(stage.home().clone()).unwrap();
    let mut clerk = stage.office.seat(Some(JONGNO), JONGNOS).unwrap();
    let mut stranger = stage.office.stranger().unwrap();
    stage.office.pending(&mut stranger, Some(JONGNO), &[]).unwrap();
    let case = at_counter(&stage, (LEAKED, 1), (JONGNO, JONGNOS));
    asked(&stage, &mut clerk, (&case, &[1, 2]));
    let oldest = Some(stage.home().now());
    let waits = door.figures().unwrap();
    assert_eq!(waits.looks, Waiting { count: 1, oldest });
    assert_eq!((waits.terminals_on, waits.terminals_pending), (1, 1));
    stage.pass(TimeDelta::seconds(LASTS));
    assert_eq!(door.figures().unwrap().looks, Waiting::default());
}
