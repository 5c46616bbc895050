use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::replacement::day::later;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, 5).unwrap()
}

fn agency(available: u32) -> Counts {
    let figures = Figures { received: available, available, ..Figures::default() };
    Counts::read(figures).unwrap()
}

#[test]
fn one_card_all_the_way() {
    let mut counts = Counts::default();
    let way = [
        (State::InTransit, Event::Receive),
        (State::Available, Event::Reserve),
        (State::Reserved, Event::Activate),
        (State::Active, Event::Retire),
    ];
    for (at, event) in way {
        counts = counts.after(at, event, From::Supplier, 1).unwrap();
    }
    assert_eq!(counts.figures(), &Figures { received: 1, retired: 1, ..Figures::default() });
}

#[test]
fn a_transfer_leaves_one_and_reaches_the_other() {
    let giver = agency(5).after(State::Available, Event::Send, From::Supplier, 2).unwrap();
    let taker = agency(0).after(State::InTransit, Event::Receive, From::Agency, 2).unwrap();
    assert_eq!((giver.figures().available, giver.figures().moved_out), (3, 2));
    assert_eq!((taker.figures().available, taker.figures().moved_in), (2, 2));
}

#[rstest]
#[case(State::Available, Event::Send, 6, StockFault::TooFew { of: State::Available, there: 5, wanted: 6 })]
#[case(State::Reserved, Event::Activate, 1, StockFault::TooFew { of: State::Reserved, there: 0, wanted: 1 })]
#[case(State::InTransit, Event::Receive, u32::MAX, StockFault::TooMany)]
fn what_is_not_there_does_not_move(
    #[case] at: State,
    #[case] event: Event,
    #[case] cards: u32,
    #[case] fault: StockFault,
) {
    assert_eq!(agency(5).after(at, event, From::Supplier, cards), Err(fault));
}

#[test]
fn an_active_card_does_not_come_back() {
    let refused = agency(5).after(State::Active, Event::Release, From::Supplier, 1).unwrap_err();
    assert_eq!(refused.to_string(), "a card that is active cannot be released");
}

#[test]
fn figures_that_do_not_add_up_are_refused() {
    let figures = Figures { received: 3, available: 1, active: 1, ..Figures::default() };
    assert_eq!(Counts::read(figures), Err(StockFault::Unequal { came: 3, accounted: 2 }));
}

fn moves() -> impl Strategy<Value = Vec<(usize, usize, bool, u32)>> {
    proptest::collection::vec((0..8_usize, 0..10_usize, any::<bool>(), 0..9_u32), 0..200)
}

proptest! {
    #[test]
    fn nothing_is_made_and_nothing_vanishes(moves in moves()) {
        let mut counts = Counts::default();
        let mut came = 0_u64;
        for (at, event, supplied, cards) in moves {
            let (at, event) = (State::ALL[at], Event::ALL[event]);
            let from = if supplied { From::Supplier } else { From::Agency };
            let before = counts;
            if let Ok(after) = counts.after(at, event, from, cards) {
                came += if event == Event::Receive { u64::from(cards) } else { 0 };
                counts = after;
                let retired = before.figures().retired <= counts.figures().retired;
                prop_assert!(retired && (event != Event::Retire || at == State::Active));
            }
            prop_assert_eq!(Counts::read(*counts.figures()), Ok(counts));
            prop_assert_eq!(counts.figures().came(), came);
        }
    }
}

fn shelf(available: u32, swaps: u32) -> Shelf {
    Shelf { available, swaps, ..Shelf::default() }
}

fn on(days: u64) -> NaiveDate {
    later(today(), days)
}

#[rstest]
#[case::nothing_needed(shelf(0, 0), None)]
#[case::nothing_there(shelf(0, 1), Some(0))]
#[case::three_days_and_a_bit(shelf(10, 21), Some(3))]
#[case::less_than_one_a_day(shelf(1, 3), Some(2))]
#[case::a_lot_in_time(Shelf { lots: [(on(3), 100)].into(), ..shelf(9, 21) }, Some(36))]
#[case::a_lot_too_late(Shelf { lots: [(on(4), 100)].into(), ..shelf(9, 21) }, Some(3))]
#[case::an_overdue_lot(Shelf { lots: [(on(0).pred_opt().unwrap(), 100)].into(), ..shelf(9, 21) }, Some(3))]
#[case::more_booked_than_the_mean(Shelf { booked: [(on(1), 8)].into(), ..shelf(10, 21) }, Some(1))]
#[case::less_booked_than_the_mean(Shelf { booked: [(on(1), 2)].into(), ..shelf(10, 21) }, Some(3))]
#[case::only_bookings(Shelf { booked: [(on(90), 11)].into(), ..shelf(10, 0) }, Some(90))]
fn the_day_it_runs_out(#[case] shelf: Shelf, #[case] days: Option<u64>) {
    assert_eq!(shelf.runs_out(today()), days.map(on));
}

fn shelves(list: &[(&'static str, Shelf)]) -> BTreeMap<&'static str, Shelf> {
    list.iter().cloned().collect()
}

#[test]
fn who_lasts_longest_gives_to_who_runs_out_first() {
    let all = shelves(&[
        ("depot", shelf(100, 0)),
        ("busy", shelf(3, 70)),
        ("full", shelf(90, 35)),
        ("slow", shelf(1, 7)),
    ]);
    let proposed = propose(today(), &all);
    let told: Vec<_> = proposed.iter().map(|one| (one.from, one.to, one.cards)).collect();
    assert_eq!(told, [("depot", "busy", 67), ("depot", "slow", 6)]);
}

#[test]
fn what_is_promised_or_needed_is_not_given() {
    let all = shelves(&[
        ("held", Shelf { held: 95, ..shelf(100, 0) }),
        ("own", shelf(40, 35)),
        ("poor", shelf(0, 70)),
    ]);
    let proposed = propose(today(), &all);
    let told: Vec<_> = proposed.iter().map(|one| (one.from, one.to, one.cards)).collect();
    assert_eq!(told, [("held", "poor", 5), ("own", "poor", 5)]);
}

fn some_shelf() -> impl Strategy<Value = Shelf> {
    (0..200_u32, 0..100_u32, 0..150_u32, 0..60_u32, 0..12_u64).prop_map(
        |(available, held, swaps, lot, day)| {
            let (held, lots) = (held.min(available), BTreeMap::from([(on(day), lot)]));
            Shelf { available, held, swaps, booked: BTreeMap::from([(on(day), lot / 3)]), lots }
        },
    )
}

proptest! {
    #[test]
    fn transfers_help_and_harm_nobody(list in proptest::collection::vec(some_shelf(), 0..8)) {
        let before: BTreeMap<usize, Shelf> = list.into_iter().enumerate().collect();
        let mut after = before.clone();
        let proposed = propose(today(), &before);
        prop_assert!(proposed.len() <= 2 * before.len());
        for Transfer { from, to, cards } in &proposed {
            prop_assert!(from != to && *cards > 0);
            after.get_mut(from).unwrap().available -= cards;
            after.get_mut(to).unwrap().available += cards;
        }
        let sum = |shelves: &BTreeMap<usize, Shelf>| shelves.values().map(|one| one.available).sum::<u32>();
        prop_assert_eq!(sum(&before), sum(&after));
        for (agency, shelf) in &after {
            let was = &before[agency];
            if shelf.available < was.available {
                let kept = u64::from(shelf.available);
                prop_assert!(kept >= shelf.own(today()) && shelf.available >= shelf.held);
            }
        }
        let lacks = after.values().any(|shelf| shelf.lack(today()) > 0);
        let spares = after.values().any(|shelf| shelf.spare(today()) > 0);
        prop_assert!(!lacks || !spares, "a lack stays although somebody has cards to spare");
    }
}
