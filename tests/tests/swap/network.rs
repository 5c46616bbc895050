//! The HLR is slow, dead, restarted or repeats itself in the middle: the end is the same, or a person is asked.

use std::cell::RefCell;
use std::time::Duration;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::replacement::State;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::swap::{Access, Command, Direction, Outcome};
use simrecall_engine::drill::CODE;
use simrecall_engine::swap::{self, Ended, Point};
use simrecall_gateway::hlr::Provisioning as _;
use simrecall_tests::Backend;

use crate::stage::{Customer, GUARD, LONG, PACE, Stage, USUAL, hlr, key, works};
use crate::watching::Watching;

/// Short, for what will not answer.
const SHORT: Duration = Duration::from_millis(700);
/// Whether this command is about to be sent.
fn intends(point: &Point, command: Command) -> bool {
    matches!(point, Point::Intended { command: now, .. } if *now == command)
}

/// Whether this command was not answered with done.
fn fails(point: &Point, command: Command) -> bool {
    matches!(point, Point::Answered { command: now, outcome, .. } if *now == command && *outcome != Outcome::Done)
}

/// The same command once more, past all that was asked: as a worker would that believes it was not sent.
fn again(stage: &Stage, customer: &Customer, command: Command) {
    let other = hlr(&stage.server, LONG);
    let (old, new, number) = (&customer.old_imsi, &customer.new_imsi, Some(&customer.number));
    let done = match command {
        Command::Create => other.create(new),
        Command::BarNew => other.set_access(new, Access::NONE),
        Command::Key => other.set_key(new, &key(2, customer.no)),
        Command::BarOld => other.set_access(old, Access::NONE),
        Command::TakeFromOld => other.set_number(old, None),
        Command::GiveToNew => other.set_number(new, number),
        Command::AdmitNew => other.set_access(new, Access::BOTH),
        Command::TakeFromNew => other.set_number(new, None),
        Command::GiveToOld => other.set_number(old, number),
        Command::AdmitOld => other.set_access(old, Access::BOTH),
        Command::DeleteNew => other.delete(new),
    };
    // Some are refused the second time: that is one of the things that may happen.
    drop(done);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn every_command_twice_changes_nothing(#[case] backend: Backend) {
    let stage = Stage::new(backend, 2);
    for (no, is_held) in [(1, false), (2, true)] {
        let mut customer = stage.customer(no);
        let swap = stage.started(&customer);
        if is_held {
            stage.provisioned(swap);
            stage.hold(&customer);
        }
        let mut new = customer.new.clone();
        let mut watching = Watching::new(&stage.home)
            .at_point(|point| {
                if let Point::Answered { command, .. } | Point::Settled { command, .. } = point {
                    again(&stage, &customer, *command);
                }
                stage.assert_never_both(&customer);
            })
            .at_pause(|| drop(stage.attach(&mut new)));
        let ended = stage.run(swap, &mut watching);
        drop(watching);
        customer.new = new;
        assert_eq!(ended, if is_held { Ended::RolledBackHeld } else { Ended::Completed });
        stage.assert_ended(&mut customer, ended);
    }
}

/// The HLR stands still while a command is with it, and does it late: nothing was sent meanwhile.
#[test]
fn a_command_that_lands_late_is_waited_for() {
    let stage = Stage::patient(Backend::Sqlite, 7, SHORT);
    for (no, command) in (1..).zip(USUAL) {
        let mut customer = stage.customer(no);
        let swap = stage.started(&customer);
        let mut new = customer.new.clone();
        let frozen = RefCell::new(false);
        let mut watching = Watching::new(&stage.home)
            .at_point(|point| {
                if intends(point, command) && !frozen.replace(true) {
                    stage.server.freeze().unwrap();
                } else if fails(point, command) {
                    stage.server.go_on().unwrap();
                }
            })
            .at_pause(|| drop(stage.attach(&mut new)));
        let ended = stage.run(swap, &mut watching);
        drop(watching);
        customer.new = new;
        let first = stage.commands(swap).into_iter().find(|(one, _)| *one == command).unwrap();
        assert_eq!(first.1, Outcome::Unknown);
        // It landed after all, and that was seen: a key is not written again.
        assert_eq!(ended, Ended::Completed, "{command:?}");
        stage.assert_ended(&mut customer, ended);
        let writes = stage.commands(swap).iter().filter(|(one, _)| *one == Command::Key).count();
        assert_eq!(writes, 1);
        assert_eq!(stage.card(customer.card).state, CardState::Active);
        if command == Command::BarOld {
            let admitted = (Command::AdmitOld, Outcome::Done);
            assert!(stage.commands(swap).contains(&admitted), "the switch may not have heard");
        }
    }
}

/// The worker dies while the HLR stands still with its command: the next one looks twice, and sees what landed late.
#[test]
fn a_command_that_lands_after_its_worker_died_is_seen() {
    let stage = Stage::patient(Backend::Sqlite, 7, SHORT);
    for (no, command) in (1..).zip(USUAL) {
        let mut customer = stage.customer(no);
        let swap = stage.started(&customer);
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut watching = Watching::new(&stage.home).at_point(|point| {
                if intends(point, command) {
                    stage.server.freeze().unwrap();
                }
                assert!(!fails(point, command), "the worker dies, as it should");
            });
            stage.run(swap, &mut watching)
        }));
        assert!(died.is_err());
        assert_eq!(stage.commands(swap).last(), Some(&(command, Outcome::Open)));
        stage.home.clock.advance(TimeDelta::minutes(2));
        let mut new = customer.new.clone();
        let mut thawed = false;
        let mut watching = Watching::new(&stage.home).at_pause(|| {
            if !thawed {
                stage.server.go_on().unwrap();
            }
            thawed = true;
            drop(stage.attach(&mut new));
        });
        // Another process: it knows nothing of the connection on which something is waiting.
        let client = hlr(&stage.server, SHORT);
        let ended = swap::run(&stage.home, &client, swap, &PACE, &mut watching).unwrap();
        drop(watching);
        customer.new = new;
        assert_eq!(ended, Ended::Completed, "{command:?}: {:?}", stage.commands(swap));
        stage.assert_ended(&mut customer, ended);
        // The first client has nothing left that waits.
        assert!(stage.hlr.read(&customer.new_imsi).unwrap().is_some());
    }
}

/// The HLR dies with a command, and comes back with its database.
#[test]
fn an_hlr_that_dies_and_comes_back_is_gone_on_with() {
    let stage = RefCell::new(Stage::patient(Backend::Sqlite, 7, LONG));
    for (no, command) in (1..).zip(USUAL) {
        let mut customer = stage.borrow().customer(no);
        let swap = stage.borrow().started(&customer);
        let mut new = customer.new.clone();
        let killed = RefCell::new(false);
        let client = hlr(&stage.borrow().server, SHORT);
        let home = stage.borrow().home.clone();
        let mut watching = Watching::new(&home)
            .at_point(|point| {
                if intends(point, command) && !killed.replace(true) {
                    stage.borrow_mut().server.kill();
                } else if fails(point, command) {
                    stage.borrow_mut().server.restart().unwrap();
                }
            })
            .at_pause(|| drop(stage.borrow().attach(&mut new)));
        let ended = swap::run(&home, &client, swap, &PACE, &mut watching).unwrap();
        drop(watching);
        customer.new = new;
        // A key that may have been written is never written again: the old card gets the number back.
        let stage = stage.borrow();
        let sent = stage.commands(swap);
        let is_lost = sent.contains(&(Command::Key, Outcome::Unknown));
        let expected = if is_lost { Ended::RolledBack } else { Ended::Completed };
        assert_eq!(ended, expected, "{command:?}: {sent:?}");
        let card = stage.card(customer.card).state;
        assert_eq!(card, if is_lost { CardState::Defective } else { CardState::Active });
        stage.assert_ended(&mut customer, ended);
    }
}

/// Five looks in vain are enough: a person decides, and what they decide is done.
#[rstest]
#[case::on(Direction::Forward)]
#[case::back(Direction::Back)]
fn an_hlr_that_stays_away_is_a_ticket(#[case] direction: Direction) {
    let mut stage = Stage::patient(Backend::Sqlite, 1, LONG);
    let mut customer = stage.customer(1);
    let swap = stage.started(&customer);
    stage.server.kill();
    let client = hlr(&stage.server, SHORT);
    let home = stage.home.clone();
    let mut watching = Watching::new(&home);
    let ended = swap::run(&home, &client, swap, &PACE, &mut watching).unwrap();
    assert!(matches!(ended, Ended::Ticket { .. }), "{ended:?}");
    let looks = watching.seen.iter().filter(|one| matches!(one, Point::Unseen { .. })).count();
    assert_eq!((looks, stage.state(&customer)), (5, State::ManualRepair));
    assert!(swap::due(&home).unwrap().is_empty(), "nobody goes on before a person has decided");
    stage.server.restart().unwrap();
    stage.hlr = hlr(&stage.server, LONG);
    let listed = swap::list(&home, &stage.hlr, GUARD).unwrap();
    assert_eq!((listed.len(), listed[0].tickets[0].reason), (1, "no_progress"));
    assert!(listed[0].truth.is_some_and(|truth| truth.new.is_none()));
    let case = customer.case.to_string();
    let decision = swap::Decision {
        incident: CODE,
        case: &case,
        direction,
        why: "the HLR is back",
        by: GUARD,
    };
    swap::decide(&home, &decision).unwrap();
    let mut new = customer.new.clone();
    let mut watching = Watching::new(&home).at_pause(|| drop(stage.attach(&mut new)));
    let ended = stage.run(swap, &mut watching);
    drop(watching);
    customer.new = new;
    let expected = match direction {
        Direction::Forward => Ended::Completed,
        Direction::Back => Ended::RolledBack,
    };
    assert_eq!(ended, expected);
    stage.assert_ended(&mut customer, ended);
}

#[test]
fn an_hlr_that_is_down_before_the_first_command_changes_nothing() {
    let mut stage = Stage::patient(Backend::Sqlite, 1, SHORT);
    let mut customer = stage.customer(1);
    stage.reserve(&customer).unwrap();
    stage.server.kill();
    let refused = stage.begin(&customer).unwrap_err();
    assert_eq!((refused.code, refused.exit_code()), ("hlr_unreachable", 3));
    assert_eq!(stage.state(&customer), State::CardReserved);
    stage.server.restart().unwrap();
    let swap = stage.begin(&customer).unwrap();
    assert_eq!(stage.run_attaching(&mut customer, swap), Ended::Completed);
    stage.assert_ended(&mut customer, Ended::Completed);
}

/// A card that the network knows already is put aside; the number stays where it is.
#[test]
fn a_card_that_is_in_the_network_is_put_aside() {
    let stage = Stage::new(Backend::Sqlite, 1);
    let mut customer = stage.customer(1);
    stage.hlr.create(&customer.new_imsi).unwrap();
    stage.reserve(&customer).unwrap();
    assert_eq!(stage.begin(&customer).unwrap_err().code, "new_is_there");
    assert_eq!(stage.card(customer.card).state, CardState::Quarantined);
    assert_eq!(stage.state(&customer), State::Verified);
    assert!(works(&stage.attach(&mut customer.old), &customer.number));
}
