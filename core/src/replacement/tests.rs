use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::swap::Direction;
use super::*;

/// Everything that is not here is refused.
const TABLE: &str = "\
applied: book booked, queue waiting, ship shipped, order_profile profile_ordered, check_in checked_in, decline declined, cancel cancelled, refuse ineligible, hold fraud_hold, complete_elsewhere completed
cancelled:
waiting: book booked, queue waiting, ship shipped, order_profile profile_ordered, check_in checked_in, decline declined, cancel cancelled, refuse ineligible, hold fraud_hold, complete_elsewhere completed
booked: book booked, queue waiting, ship shipped, order_profile profile_ordered, check_in checked_in, decline declined, cancel cancelled, refuse ineligible, miss no_show, hold fraud_hold, complete_elsewhere completed
no_show: book booked, queue waiting, ship shipped, order_profile profile_ordered, check_in checked_in, decline declined, cancel cancelled, refuse ineligible, hold fraud_hold, complete_elsewhere completed
checked_in: verify verified, leave waiting, hold fraud_hold
verified: leave waiting, hold fraud_hold, reserve card_reserved
card_reserved: leave waiting, hold fraud_hold, release verified, start swapping
swapping: hold rolling_back, provisioned awaiting_attach, roll_back rolling_back, stall manual_repair
awaiting_attach: hold rolling_back, attach completed, roll_back rolling_back, stall manual_repair
rolling_back: rolled_back verified, rolled_back_held fraud_hold, stall manual_repair
manual_repair: roll_back rolling_back, resume swapping
fraud_hold: decline declined, clear waiting
completed: roll_back rolling_back
shipped: hold fraud_hold, deliver delivered, return_parcel returned
delivered: verify verified, hold fraud_hold, return_parcel returned
returned: queue waiting, ship shipped, cancel cancelled, hold fraud_hold, complete_elsewhere completed
profile_ordered: cancel cancelled, hold fraud_hold, release_profile profile_released
profile_released: cancel cancelled, hold fraud_hold, install_profile profile_installed
profile_installed: cancel cancelled, verify verified, hold fraud_hold
declined:
ineligible:
";

#[test]
fn every_state_meets_every_event() {
    let mut met = String::new();
    for from in State::ALL {
        let mut moves = Vec::new();
        for event in Event::ALL {
            match step(from, event) {
                Ok(to) => moves.push(format!(" {} {}", event.name(), to.name())),
                Err(refused) => assert_eq!(refused, IllegalMove { from, event }),
            }
        }
        writeln!(met, "{}:{}", from.name(), moves.join(",")).unwrap();
    }
    assert_eq!(met, TABLE);
}

#[test]
fn an_event_leads_to_one_place_from_one_state() {
    for from in State::ALL {
        let events: BTreeSet<_> = moves(from).iter().map(|(event, _)| *event).collect();
        assert_eq!(events.len(), moves(from).len(), "{from:?}");
    }
}

#[test]
fn an_end_is_an_end_and_everything_else_has_one() {
    for state in State::ALL {
        let ends = moves(state).is_empty();
        assert!(!ends || !state.is_open(), "{state:?}");
        assert!(ends || reaches(state, |to| !to.is_open()), "{state:?} goes nowhere");
        // Only a finished swap moves again: two of the staff may roll it back.
        assert!(state.is_open() || ends || state == State::Completed, "{state:?}");
    }
}

fn reaches(from: State, goal: impl Fn(State) -> bool) -> bool {
    let (mut seen, mut ahead) = (BTreeSet::from([from]), vec![from]);
    while let Some(state) = ahead.pop() {
        for (_, to) in moves(state) {
            if goal(*to) {
                return true;
            }
            if seen.insert(*to) {
                ahead.push(*to);
            }
        }
    }
    false
}

/// The events that happened, with where each led; those that were refused left no trace.
fn walk(wanted: &[usize]) -> Vec<(State, Event, State)> {
    let mut at = State::Applied;
    let mut met = Vec::new();
    for no in wanted {
        // Any event may be tried anywhere; one of those that are possible, so that a walk gets somewhere.
        let possible = moves(at);
        let tried = Event::ALL[no % Event::ALL.len()];
        let event = match step(at, tried) {
            Ok(_) => tried,
            Err(_) if possible.is_empty() => continue,
            Err(_) => possible[no % possible.len()].0,
        };
        let to = step(at, event).unwrap();
        // What was completed elsewhere has no swap of ours that could be taken back: it is an end, though the state is not.
        let ends = moves(to).is_empty() || event == Event::CompleteElsewhere;
        // Most walks go on: an end is taken one time in eight.
        if ends && no / 64 % 8 != 0 {
            continue;
        }
        met.push((at, event, to));
        at = to;
        if ends {
            break;
        }
    }
    met
}

fn walks() -> impl Strategy<Value = Vec<(State, Event, State)>> {
    proptest::collection::vec(0..10_000_usize, 0..120).prop_map(|wanted| walk(&wanted))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_begins_a_swap_but_start_after_verify_and_reserve(walk in walks()) {
        let mut begun = false;
        for (no, (from, event, to)) in walk.iter().enumerate() {
            if *event == Event::Start {
                // Proven, reserved, started, with nothing in between but a card taken for another, or an earlier try undone.
                let before: Vec<_> = walk[..no].iter().map(|(_, event, _)| *event).collect();
                let since = before.iter().rposition(|event| *event == Event::Verify);
                let since = &before[since.expect("a swap without proof")..];
                prop_assert!(!since.contains(&Event::Leave), "left since: {:?}", since);
                prop_assert_eq!(since.last(), Some(&Event::Reserve));
                prop_assert_eq!(*from, State::CardReserved);
                begun = true;
            }
            if to.is_swapping() && !from.is_swapping() {
                let undone = *from == State::Completed && *event == Event::RollBack;
                prop_assert!(*event == Event::Start || undone, "{event:?} from {from:?}");
            }
            if *to == State::Swapping {
                prop_assert!(matches!(event, Event::Start | Event::Resume), "{event:?}");
            }
            let elsewhere = *event == Event::CompleteElsewhere;
            prop_assert!(begun || !to.is_swapping() && (*to != State::Completed || elsewhere));
        }
    }

    #[test]
    fn a_hold_leads_to_a_swap_only_when_it_was_cleared(walk in walks()) {
        let mut held = false;
        for (from, event, to) in walk {
            held = (held || to == State::FraudHold) && event != Event::Clear;
            prop_assert!(!held || !to.is_swapping(), "{event:?} from {from:?}");
            // What is held while a swap runs leaves it backward only, by a person at most.
            prop_assert!(event != Event::Hold || to.direction() != Some(Direction::Forward));
        }
    }

    #[test]
    fn no_worker_turns_forward_again(walk in walks()) {
        let mut back = false;
        for (from, event, to) in walk {
            let forward = to.direction() == Some(Direction::Forward);
            back = (back || to.direction() == Some(Direction::Back))
                && !matches!(event, Event::Resume | Event::RolledBack | Event::RolledBackHeld);
            prop_assert!(!back || !forward, "{event:?} from {from:?}");
        }
    }

    #[test]
    fn a_case_is_completed_only_by_a_card_that_was_seen_or_changed_elsewhere(walk in walks()) {
        for (from, event, to) in walk {
            let seen = from == State::AwaitingAttach && event == Event::Attach;
            let elsewhere = event == Event::CompleteElsewhere;
            prop_assert_eq!(to == State::Completed, seen || elsewhere);
            // Nowhere where a proof is looked at, a card is kept, a parcel is on its way, or the line is held.
            let idle = [State::Applied, State::Waiting, State::Booked, State::NoShow, State::Returned];
            prop_assert!(!elsewhere || idle.contains(&from), "{from:?}");
        }
    }
}

#[test]
fn a_hold_is_heard_wherever_a_case_is_open() {
    for state in State::ALL.into_iter().filter(|state| state.is_open()) {
        let to = step(state, Event::Hold).ok();
        // Already going back, already a person's, already held.
        let already = [State::RollingBack, State::ManualRepair, State::FraudHold].contains(&state);
        let running = state.direction() == Some(Direction::Forward);
        let expected = if running { State::RollingBack } else { State::FraudHold };
        let expected = (!already).then_some(expected);
        assert_eq!(to, expected, "{state:?}");
    }
}

#[test]
fn walks_get_everywhere() {
    let mut seen = BTreeSet::new();
    let mut number = 1_u64;
    let mut draw = || {
        number =
            number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(number >> 40).unwrap()
    };
    for _ in 0..500 {
        let numbers: Vec<usize> = (0..120).map(|_| draw()).collect();
        seen.extend(walk(&numbers).into_iter().map(|(_, _, to)| to));
    }
    seen.insert(State::Applied);
    assert_eq!(seen.len(), State::ALL.len(), "{seen:?}");
}

#[test]
fn codes_are_kept_for_ever() {
    let states = State::ALL.map(|state| {
        let open = if state.is_open() { "" } else { "." };
        format!("{} {}{open}", state.code(), state.name())
    });
    assert_eq!(
        states.join(", "),
        "1 applied, 2 cancelled., 3 waiting, 4 booked, 5 no_show, 6 checked_in, 7 verified, 8 card_reserved, 9 swapping, 10 awaiting_attach, 11 rolling_back, 12 manual_repair, 13 fraud_hold, 14 completed., 15 shipped, 16 delivered, 17 returned, 18 profile_ordered, 19 profile_released, 20 profile_installed, 21 declined., 22 ineligible."
    );
    let events = Event::ALL.map(|event| format!("{} {}", event.code(), event.name()));
    assert_eq!(
        events.join(", "),
        "1 book, 2 queue, 3 ship, 4 order_profile, 5 check_in, 6 decline, 7 cancel, 8 refuse, 9 miss, 10 verify, 11 leave, 12 hold, 13 reserve, 14 release, 15 start, 16 provisioned, 17 attach, 18 roll_back, 19 rolled_back, 20 rolled_back_held, 21 stall, 22 resume, 23 clear, 24 deliver, 25 return_parcel, 26 release_profile, 27 install_profile, 28 complete_elsewhere"
    );
    for state in State::ALL {
        assert_eq!(State::from_code(state.code()), Some(state));
        assert_eq!(State::parse(state.name()), Some(state));
    }
    for event in Event::ALL {
        assert_eq!(Event::from_code(event.code()), Some(event));
        assert_eq!(Event::parse(event.name()), Some(event));
    }
    assert_eq!((State::from_code(0), Event::from_code(29)), (None, None));
    let refused = step(State::Cancelled, Event::Cancel).unwrap_err();
    assert_eq!(refused.to_string(), "a replacement that is cancelled cannot be cancelled");
}
