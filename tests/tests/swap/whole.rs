//! A swap from the counter to the card that attaches, and three days later.

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::order::Kind;
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::State;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::swap::Outcome;
use simrecall_engine::swap::{self, Ended, Point};
use simrecall_store::outbox::OrderState;
use simrecall_tests::Backend;
use simrecall_tests::phone::{Attach, Cause, Domain, Told};

use crate::stage::{PACE, Stage, USUAL, works};
use crate::watching::Watching;

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn the_new_card_works_and_the_old_one_cannot(#[case] backend: Backend) {
    let stage = Stage::new(backend, 1);
    let mut customer = stage.customer(1);
    let (mut old, mut new) = (customer.old.clone(), customer.new.clone());
    let mut old_switch = stage.switch("MSC-1");
    let attach = old.attach(&mut old_switch, Domain::Cs).unwrap();
    assert!(works(&attach, &customer.number), "{attach:?}");
    let swap = stage.started(&customer);
    let mut seen = Vec::new();
    let mut attached = None;
    {
        let mut watching = Watching::new(&stage.home)
            .at_point(|_| stage.assert_never_both(&customer))
            .at_pause(|| attached = Some(stage.attach(&mut new)));
        assert_eq!(stage.run(swap, &mut watching), Ended::Completed);
        seen.append(&mut watching.seen);
    }
    assert_eq!(stage.commands(swap), USUAL.map(|command| (command, Outcome::Done)));
    assert!(matches!(seen.last(), Some(Point::Completed)));
    // The vectors fit the new card's key by another program's reckoning, and its number is this line's.
    assert!(works(&attached.unwrap(), &customer.number));
    let told = old_switch.told().unwrap();
    let gone = Told::Deleted { imsi: customer.old_imsi.expose().to_owned() };
    assert!(told.contains(&gone), "the old card's switch was not told: {told:?}");
    assert_eq!(stage.attach(&mut old), Attach::Refused(Cause::NOT_ALLOWED));
    customer.new = new;
    stage.assert_ended(&mut customer, Ended::Completed);
    what_else_is_true(&stage, &customer, swap);
}

fn what_else_is_true(
    stage: &Stage,
    customer: &crate::stage::Customer,
    swap: simrecall_core::id::SwapId,
) {
    let card = stage.card(customer.card);
    assert_eq!((card.state, card.keyed), (CardState::Active, true));
    assert_eq!(stage.change_time(swap), stage.swap(swap).pivot_at.max(stage.change_time(swap)));
    assert!(stage.change_time(swap).is_some());
    let orders = stage.home.store.read(|tx| tx.orders_in(OrderState::Due, 10)).unwrap();
    let mut kinds: Vec<Kind> = orders.into_iter().map(|order| order.kind).collect();
    kinds.sort();
    assert_eq!(kinds, [Kind::Hold, Kind::Swapped]);
    // Nothing is due before three days are over; then the old row goes.
    assert_eq!(swap::due(&stage.home).unwrap(), []);
    stage.home.clock.advance(TimeDelta::hours(72));
    let mut watching = Watching::new(&stage.home);
    let ends = swap::repair(&stage.home, &stage.hlr, &PACE, &mut watching).unwrap();
    assert!(matches!(ends.as_slice(), [(_, Ok(Ended::Tidied))]), "{ends:?}");
    assert_eq!(stage.row(&customer.old_imsi), None);
    assert_eq!(stage.state(customer), State::Completed);
    assert!(stage.swap(swap).sealed.is_empty() && stage.swap(swap).settled_at.is_some());
}

/// A line that is tied to its handset: loose while the card is swapped, then tied to the new card; or as it was.
#[rstest]
#[case::completed(true)]
#[case::rolled_back(false)]
fn a_tied_line_stays_tied(#[case] is_seen: bool) {
    let stage = Stage::new(Backend::Sqlite, 1);
    let customer = stage.customer(1);
    stage.tie(&customer.old_imsi);
    let swap = stage.started(&customer);
    assert_eq!(stage.tied(&customer.old_imsi), Some(StateKind::Suspended));
    let mut new = customer.new.clone();
    let mut watching = Watching::new(&stage.home).at_pause(|| {
        if is_seen {
            drop(stage.attach(&mut new));
        }
    });
    let ended = stage.run(swap, &mut watching);
    assert_eq!(ended, if is_seen { Ended::Completed } else { Ended::RolledBack });
    let (old, new) = (stage.tied(&customer.old_imsi), stage.tied(&customer.new_imsi));
    if is_seen {
        assert_eq!((old, new), (Some(StateKind::Off), Some(StateKind::On)));
    } else {
        assert_eq!((old, new), (Some(StateKind::On), None));
    }
}

#[test]
fn whoever_is_not_seen_within_ten_minutes_gets_the_old_card_back() {
    let stage = Stage::new(Backend::Sqlite, 1);
    let mut customer = stage.customer(1);
    assert!(works(&stage.attach(&mut customer.old), &customer.number));
    let sqn = stage.row(&customer.old_imsi).unwrap().sqn.unwrap();
    let swap = stage.started(&customer);
    let mut watching = Watching::new(&stage.home);
    let before = stage.home.now();
    assert_eq!(stage.run(swap, &mut watching), Ended::RolledBack);
    assert!(stage.home.now() >= before + PACE.attach_within);
    stage.assert_ended(&mut customer, Ended::RolledBack);
    assert!(stage.row(&customer.old_imsi).unwrap().sqn.unwrap() > sqn);
    assert_eq!(stage.card(customer.card).state, CardState::Quarantined);
    // The number had moved, and that stays on record.
    assert!(stage.change_time(swap).is_some());
    // What was shown is used up: it is shown again, for another card.
    let again = stage.begin(&customer).unwrap_err();
    assert_eq!(again.code, "case_state");
}

/// The register does not hear of the swap before it is sure; whoever attaches in the last moment is left to a person.
#[test]
fn who_attaches_while_it_is_given_up_is_left_to_a_person() {
    let stage = Stage::new(Backend::Sqlite, 1);
    let customer = stage.customer(1);
    let swap = stage.started(&customer);
    let mut new = customer.new.clone();
    let mut watching = Watching::new(&stage.home).at_point(|point| {
        if matches!(point, Point::Turned { .. }) {
            assert!(works(&stage.attach(&mut new), &customer.number));
        }
    });
    let ended = stage.run(swap, &mut watching);
    assert!(matches!(ended, Ended::Ticket { .. }), "{ended:?}");
    assert_eq!(stage.state(&customer), State::ManualRepair);
    let tickets = stage.home.store.read(|tx| tx.tickets_of(swap)).unwrap();
    assert!(tickets[0].truth.contains("\"holder\":\"new\"") && !tickets[0].truth.contains("4500"));
}
