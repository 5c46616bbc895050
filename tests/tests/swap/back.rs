//! A hold at each step, before the pivot and after it: the old card works as before.

use rstest::rstest;
use simrecall_core::replacement::State;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::swap::Command;
use simrecall_engine::drill::CODE;
use simrecall_engine::swap::{self, Ended, Point};
use simrecall_tests::Backend;

use crate::stage::{CLERK, GUARD, LEAD, Stage, works};
use crate::watching::Watching;

/// A usual swap sends seven.
const COMMANDS: u32 = 7;

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_hold_after_any_step_gives_the_old_card_back(#[case] backend: Backend) {
    let stage = Stage::new(backend, COMMANDS);
    for no in 1..=COMMANDS {
        let mut customer = stage.customer(no);
        assert!(works(&stage.attach(&mut customer.old), &customer.number));
        let before = stage.row(&customer.old_imsi).unwrap();
        let swap = stage.started(&customer);
        let mut watching = Watching::new(&stage.home).at_point(|point| {
            stage.assert_never_both(&customer);
            if matches!(point, Point::Settled { no: done, .. } if u32::try_from(*done) == Ok(no)) {
                stage.hold(&customer);
            }
        });
        assert_eq!(stage.run(swap, &mut watching), Ended::RolledBackHeld, "after step {no}");
        drop(watching);
        let after = stage.row(&customer.old_imsi).unwrap();
        assert_eq!((after.number, after.access), (before.number, before.access));
        assert!(after.sqn >= before.sqn, "SQN fell from {:?} to {:?}", before.sqn, after.sqn);
        stage.assert_ended(&mut customer, Ended::RolledBackHeld);
        assert_eq!(stage.card(customer.card).state, CardState::Quarantined);
        let gave = stage.commands(swap).iter().any(|(command, _)| *command == Command::GiveToNew);
        assert!(!gave || stage.change_time(swap).is_some());
    }
}

#[test]
fn a_held_line_is_not_swapped_until_somebody_else_has_looked() {
    let stage = Stage::new(Backend::Sqlite, 1);
    let customer = stage.customer(1);
    let case = customer.case.to_string();
    stage.reserve(&customer).unwrap();
    stage.hold(&customer);
    assert_eq!(stage.state(&customer), State::FraudHold);
    assert_eq!(stage.begin(&customer).unwrap_err().code, "case_state");
    for (by, code) in [(CLERK, "not_allowed"), (GUARD, "")] {
        let cleared = swap::clear(&stage.home, CODE, &case, by);
        match cleared {
            Ok(answer) => assert_eq!((code, answer.held, answer.state), ("", false, "waiting")),
            Err(problem) => assert_ne!(code, "", "{problem}"),
        }
    }
    // Who raised a hold does not clear it.
    swap::hold(&stage.home, CODE, &case, ("not_me", LEAD)).unwrap();
    assert_eq!(swap::clear(&stage.home, CODE, &case, LEAD).unwrap_err().code, "same_person");
}

/// Two people take a completed swap back: the old card works again with its own key, and the new one never again.
#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_completed_swap_is_taken_back_by_two(#[case] backend: Backend) {
    let stage = Stage::new(backend, 1);
    let mut customer = stage.customer(1);
    assert!(works(&stage.attach(&mut customer.old), &customer.number));
    let sqn = stage.row(&customer.old_imsi).unwrap().sqn;
    let swap = stage.started(&customer);
    assert_eq!(stage.run_attaching(&mut customer, swap), Ended::Completed);
    let case = customer.case.to_string();
    let reverse = |by: [&str; 2]| {
        let why = "the customer never asked for it";
        swap::reverse(&stage.home, &swap::Reversal { incident: CODE, case: &case, why, by })
    };
    assert_eq!(reverse([GUARD, GUARD]).unwrap_err().code, "two_persons");
    assert_eq!(reverse([GUARD, LEAD]).unwrap_err().code, "not_held");
    stage.hold(&customer);
    assert_eq!(stage.state(&customer), State::Completed);
    assert_eq!(reverse([GUARD, LEAD]).unwrap(), swap);
    let mut watching = Watching::new(&stage.home).at_point(|_| stage.assert_never_both(&customer));
    assert_eq!(stage.run(swap, &mut watching), Ended::RolledBackHeld);
    drop(watching);
    stage.assert_ended(&mut customer, Ended::RolledBackHeld);
    assert!(stage.row(&customer.old_imsi).unwrap().sqn >= sqn);
    assert_eq!(stage.card(customer.card).state, CardState::Retired);
}

#[test]
fn a_person_may_turn_it_back_at_the_counter() {
    let stage = Stage::new(Backend::Sqlite, 1);
    let mut customer = stage.customer(1);
    let swap = stage.started(&customer);
    stage.provisioned(swap);
    let case = customer.case.to_string();
    let decision = swap::Decision {
        incident: CODE,
        case: &case,
        direction: simrecall_core::replacement::swap::Direction::Back,
        why: "the handset takes no such card",
        by: GUARD,
    };
    assert_eq!(swap::decide(&stage.home, &decision).unwrap(), swap);
    assert_eq!(stage.run(swap, &mut Watching::new(&stage.home)), Ended::RolledBack);
    stage.assert_ended(&mut customer, Ended::RolledBack);
}
