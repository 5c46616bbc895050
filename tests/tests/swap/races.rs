//! Many want the same at once: one gets it.

use std::sync::Barrier;
use std::thread;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::replacement::{Event, State};
use simrecall_engine::drill::CODE;
use simrecall_engine::swap::{self, Ended, Order, Pace, Scan, Unwatched};
use simrecall_tests::Backend;

use crate::stage::{CLERK, PACE, Stage};
use crate::watching::Watching;

/// Runs the same at once so many times.
fn at_once<T: Send>(times: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let gate = Barrier::new(times);
    thread::scope(|scope| {
        let start = |no| {
            let (gate, work) = (&gate, &work);
            scope.spawn(move || {
                gate.wait();
                work(no)
            })
        };
        let running: Vec<_> = (0..times).map(start).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn of_a_hundred_orders_for_one_line_one_begins(#[case] backend: Backend) {
    let stage = Stage::new(backend, 1);
    let mut customer = stage.customer(1);
    stage.reserve(&customer).unwrap();
    let case = customer.case.to_string();
    let begun = at_once(100, |_| {
        swap::start(&stage.home, &stage.hlr, &Order { incident: CODE, case: &case, by: CLERK })
    });
    let swaps: Vec<_> = begun.iter().filter_map(|one| one.as_ref().ok()).collect();
    assert_eq!(swaps.len(), 1);
    let refused = begun.iter().filter_map(|one| one.as_ref().err()).map(|problem| problem.code);
    for code in refused {
        let known = ["case_state", "line_busy", "card_busy", "proofs_used", "no_identity"];
        assert!(known.contains(&code) || code == "card_lease" || code == "database_busy", "{code}");
    }
    let swap = *swaps[0];
    let pace = Pace { stay: false, ..PACE };
    // Eight workers at one swap: one works, and the others see that.
    let ended =
        at_once(8, |_| swap::run(&stage.home, &stage.hlr, swap, &pace, &mut Unwatched).unwrap());
    assert!(ended.contains(&Ended::Waiting));
    let sent = stage.commands(swap);
    assert_eq!(sent.len(), 7, "{sent:?}");
    assert_eq!(stage.run_attaching(&mut customer, swap), Ended::Completed);
    stage.assert_ended(&mut customer, Ended::Completed);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn of_eight_who_scan_one_card_one_gets_it(#[case] backend: Backend) {
    let stage = Stage::new(backend, 8);
    let customers: Vec<_> = (1..=8).map(|no| stage.customer(no)).collect();
    let card = &customers[0].iccid;
    let scanned = at_once(8, |no| {
        let case = customers[no].case.to_string();
        swap::reserve(&stage.home, &Scan { incident: CODE, case: &case, iccid: card, by: CLERK })
    });
    let got: Vec<usize> = (0..8).filter(|no| scanned[*no].is_ok()).collect();
    assert_eq!(got.len(), 1);
    let refused = scanned.iter().filter_map(|one| one.as_ref().err());
    assert!(
        refused.clone().all(|problem| problem.code == "card_taken"),
        "{:?}",
        refused.collect::<Vec<_>>()
    );
    let reserved = customers.iter().filter(|one| stage.state(one) == State::CardReserved);
    assert_eq!(
        reserved.map(|one| one.no).collect::<Vec<_>>(),
        [u32::try_from(got[0]).unwrap() + 1]
    );
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_lease_that_ran_out_is_another_ones(#[case] backend: Backend) {
    let stage = Stage::new(backend, 2);
    let (late, next) = (stage.customer(1), stage.customer(2));
    stage.reserve(&late).unwrap();
    stage.reserve(&late).expect("the same scan twice is the same card");
    stage.home.clock.advance(TimeDelta::minutes(11));
    assert_eq!(stage.begin(&late).unwrap_err().code, "card_lease");
    let now = stage.home.now();
    let whose = stage.home.store.write(|tx| tx.release_expired(late.card, now)).unwrap();
    assert_eq!(whose.map(|(_, case)| case), Some(late.case));
    stage.step(late.case, Event::Release);
    let case = next.case.to_string();
    let scan = Scan { incident: CODE, case: &case, iccid: &late.iccid, by: CLERK };
    swap::reserve(&stage.home, &scan).unwrap();
    assert_eq!(stage.reserve(&late).unwrap_err().code, "card_taken");
    assert_eq!(stage.state(&late), State::Verified);
}

/// A worker that stopped for too long finds its lease gone, and sends nothing more.
#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn whoever_lost_the_lease_sends_nothing(#[case] backend: Backend) {
    let stage = Stage::new(backend, 1);
    let mut customer = stage.customer(1);
    let swap = stage.started(&customer);
    let mut new = customer.new.clone();
    let mut other = None;
    let mut watching = Watching::new(&stage.home).at_point(|point| {
        let is_third = matches!(point, swap::Point::Answered { no: 3, .. });
        if is_third && other.is_none() {
            stage.home.clock.advance(TimeDelta::minutes(2));
            let mut watching = Watching::new(&stage.home).at_pause(|| drop(stage.attach(&mut new)));
            other = Some(stage.run(swap, &mut watching));
        }
    });
    assert_eq!(stage.run(swap, &mut watching), Ended::Lost);
    drop(watching);
    assert_eq!(other, Some(Ended::Completed));
    assert_eq!(stage.commands(swap).len(), 7);
    customer.new = new;
    stage.assert_ended(&mut customer, Ended::Completed);
}
