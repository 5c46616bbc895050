use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn facts() -> Facts {
    let made_at = DateTime::from_timestamp(1_757_550_600, 0).unwrap();
    Facts {
        id: SwapOrderId::from_bytes([1; 16]),
        incident: IncidentId::from_bytes([2; 16]),
        case: CaseId::from_bytes([3; 16]),
        line: LineId::from_bytes([4; 16]),
        card: CardId::from_bytes([5; 16]),
        agency: AgencyId::from_bytes([6; 16]),
        terminal: TerminalId::from_bytes([7; 16]),
        staff: StaffId::from_bytes([8; 16]),
        proofs: vec![1, 2],
        made_at,
        until: made_at + CONFIRM_WITHIN,
    }
}

/// What version 1 says stays what it said: an order that was signed is checked again much later.
#[test]
fn the_bytes_of_version_1_never_change() {
    let bytes = facts().bytes();
    assert_eq!(bytes.len(), 24 + 8 * 16 + 4 + 2 * 4 + 2 * 8);
    assert!(bytes.starts_with(b"simrecall swap order v1\n\x01\x01"));
    let hash = facts().sha256();
    let hex = hash.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert_eq!(hex, "f24844475eb074c5567e1f88cd59c6716eeb91ec5c85347671296d9f3e23a0a7");
}

#[test]
fn whatever_changes_in_an_order_changes_its_hash() {
    let changed: [fn(&mut Facts); 11] = [
        |facts| facts.id = SwapOrderId::from_bytes([9; 16]),
        |facts| facts.incident = IncidentId::from_bytes([9; 16]),
        |facts| facts.case = CaseId::from_bytes([9; 16]),
        |facts| facts.line = LineId::from_bytes([9; 16]),
        |facts| facts.card = CardId::from_bytes([9; 16]),
        |facts| facts.agency = AgencyId::from_bytes([9; 16]),
        |facts| facts.terminal = TerminalId::from_bytes([9; 16]),
        |facts| facts.staff = StaffId::from_bytes([9; 16]),
        |facts| facts.proofs.push(3),
        |facts| facts.made_at += TimeDelta::microseconds(1),
        |facts| facts.until += TimeDelta::microseconds(1),
    ];
    let mut seen = BTreeSet::from([facts().sha256()]);
    for change in changed {
        let mut other = facts();
        change(&mut other);
        assert!(seen.insert(other.sha256()), "{other:?}");
    }
}

proptest! {
    /// A proof more is not another instant, and the order they are named in is nothing.
    #[test]
    fn proofs_are_a_set(mut proofs in prop::collection::vec(0_i32..9, 0..6)) {
        let one = Facts { proofs: proofs.clone(), ..facts() }.sha256();
        proofs.reverse();
        prop_assert_eq!(Facts { proofs: proofs.clone(), ..facts() }.sha256(), one);
        let twice = [proofs.clone(), proofs.clone()].concat();
        prop_assert_eq!(Facts { proofs: twice, ..facts() }.sha256(), one);
    }
}

#[test]
fn nothing_begins_unconfirmed_and_nothing_that_ended_goes_on() {
    for from in State::ALL {
        for event in Event::ALL {
            let to = step(from, event);
            assert_eq!(to == Ok(State::Started), from == State::Confirmed && event == Event::Start);
            if !from.is_open() {
                assert_eq!(to, Err(IllegalMove { from, event }));
            }
        }
    }
}

#[test]
fn an_order_lapses_once_and_later_when_it_is_confirmed() {
    let (until, at) = (facts().until, facts().made_at);
    assert_eq!(lapses_at(State::Made, until, None), Some(until));
    assert_eq!(lapses_at(State::Confirmed, until, Some(at)), Some(at + BEGIN_WITHIN));
    for ended in State::ALL.into_iter().filter(|state| !state.is_open()) {
        assert_eq!(lapses_at(ended, until, Some(at)), None);
    }
}
