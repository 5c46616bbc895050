//! The figures of a day, as carriers published them.
//!
//! All but what no event tells are counted from the moves of cases, so that a day's figure is the sum of its events, and anybody may
//! count again.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Event, State};

/// One kind of move: from where (nowhere, when a case begins), by what, to where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moved {
    /// The local day, from midnight to midnight in Seoul: [`super::local_day`].
    pub day: NaiveDate,
    /// Where the cases were; none for those that begin.
    pub from: Option<State>,
    /// What happened; none for those that begin.
    pub by: Option<Event>,
    /// Where they came.
    pub to: State,
}

/// What no move tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Besides {
    /// Cases that missed their day seven days ago or earlier, and have not come since.
    pub no_show_7_days: u64,
    /// Lines that are tied to their handset.
    pub protected: u64,
    /// Cards in the drawers.
    pub stock: u64,
    /// Cards on their way by the day they should come, the next first.
    pub lots: BTreeMap<NaiveDate, u64>,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kpi {
    /// The day.
    pub day: NaiveDate,
    /// Swaps that were completed on it.
    pub swapped_today: u64,
    /// Swaps that were completed up to its end, without those that were undone later.
    pub swapped: u64,
    /// Visits that were booked on it, changes of a booking not counted.
    pub booked_today: u64,
    /// Cases with a visit to come, at its end.
    pub booked: u64,
    /// Cases that still wait for their card, at its end.
    pub left: u64,
    /// Of these, those that missed their day seven days ago or earlier.
    pub no_show_7_days: u64,
    /// Lines that are tied to their handset.
    pub protected: u64,
    /// Cards in the drawers.
    pub stock: u64,
    /// Cards on their way by the day they should come.
    pub lots: BTreeMap<NaiveDate, u64>,
    /// Of all who asked and did not give up, with the denominator.
    pub rate: Rate,
    /// The same without those who do not come.
    pub rate_without_no_shows: Rate,
}

/// A share with what it is a share of: a rate without its denominator says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How many.
    pub of: u64,
    /// In hundredths of a per cent, rounded down; none of nothing.
    pub basis_points: Option<u64>,
}

impl Rate {
    fn new(part: u64, of: u64) -> Self {
        let share = u128::from(part) * 10_000;
        let basis_points = share.checked_div(of.into()).and_then(|share| u64::try_from(share).ok());
        Self { of, basis_points }
    }
}

/// The figures of a day, from how many cases moved in which way up to its end. Later moves are left out.
pub fn kpi(day: NaiveDate, moved: &BTreeMap<Moved, u64>, besides: Besides) -> Kpi {
    let past = moved.iter().filter(|(one, _)| one.day <= day);
    let past: Vec<(&Moved, u64)> = past.map(|(one, cases)| (one, *cases)).collect();
    let sum = |which: &dyn Fn(&Moved) -> bool| -> u64 {
        past.iter().filter(|(one, _)| which(one)).map(|(_, cases)| cases).sum()
    };
    // How many are there now: those who came less those who went.
    let there = |state: State| {
        let came = sum(&|one| one.to == state && one.from != Some(state));
        came.saturating_sub(sum(&|one| one.from == Some(state) && one.to != state))
    };
    let swapped = there(State::Completed);
    let left = State::ALL.into_iter().filter(|state| state.is_open()).map(there).sum::<u64>();
    let comes = left.saturating_sub(besides.no_show_7_days);
    Kpi {
        day,
        swapped_today: sum(&|one| one.day == day && one.to == State::Completed),
        swapped,
        booked_today: sum(&|one| {
            one.day == day && one.to == State::Booked && one.from != Some(State::Booked)
        }),
        booked: there(State::Booked),
        left,
        no_show_7_days: besides.no_show_7_days,
        protected: besides.protected,
        stock: besides.stock,
        lots: besides.lots,
        rate: Rate::new(swapped, swapped + left),
        rate_without_no_shows: Rate::new(swapped, swapped + comes),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::replacement::moves;

    fn day(of: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 6, of).unwrap()
    }

    /// The carrier of 18 June 2025: 8.90 million swapped, 1.10 million left, of whom 640 thousand had not come for a week. It said 89
    /// per cent, and 95 without these.
    #[test]
    fn both_denominators_as_they_were_published() {
        let begins = Moved { day: day(1), from: None, by: None, to: State::Applied };
        let attached = Moved {
            day: day(18),
            from: Some(State::AwaitingAttach),
            by: Some(Event::Attach),
            to: State::Completed,
        };
        let started =
            Moved { day: day(17), from: Some(State::Applied), by: None, to: State::AwaitingAttach };
        let moved = BTreeMap::from([
            (begins, 10_000_000),
            (started, 8_900_000),
            (attached, 160_000),
            (Moved { day: day(17), ..attached }, 8_740_000),
            (Moved { day: day(19), ..attached }, 1),
        ]);
        let besides = Besides { no_show_7_days: 640_000, stock: 7, ..Besides::default() };
        let said = kpi(day(18), &moved, besides);
        assert_eq!((said.swapped_today, said.swapped, said.left), (160_000, 8_900_000, 1_100_000));
        assert_eq!(said.rate, Rate { of: 10_000_000, basis_points: Some(8_900) });
        assert_eq!(said.rate_without_no_shows, Rate { of: 9_360_000, basis_points: Some(9_508) });
        let before = kpi(day(16), &moved, Besides::default());
        assert_eq!((before.swapped, before.left), (0, 10_000_000));
    }

    #[test]
    fn of_nobody_there_is_no_rate() {
        let none = kpi(day(1), &BTreeMap::new(), Besides::default());
        assert_eq!((none.rate.of, none.rate.basis_points), (0, None));
        let json = serde_json::to_value(none).unwrap();
        assert_eq!(json["rate"], serde_json::json!({ "of": 0, "basis_points": null }));
    }

    proptest! {
        /// Cases walk about; the figures are the same as counting the cases one by one.
        #[test]
        fn figures_are_what_one_counts(walks in proptest::collection::vec(proptest::collection::vec(0..1_000_usize, 0..30), 0..40)) {
            let mut moved: BTreeMap<Moved, u64> = BTreeMap::new();
            let mut ends = Vec::new();
            let (mut booked_on_2, mut swapped_on_2) = (0, 0);
            for walk in walks {
                let mut at = State::Applied;
                *moved.entry(Moved { day: day(1), from: None, by: None, to: at }).or_default() += 1;
                for no in walk {
                    let Some((by, to)) = moves(at).get(no % moves(at).len().max(1)) else { break };
                    let on = if no < 500 { day(1) } else { day(2) };
                    let one = Moved { day: on, from: Some(at), by: Some(*by), to: *to };
                    *moved.entry(one).or_default() += 1;
                    booked_on_2 += u64::from(on == day(2) && *to == State::Booked && at != State::Booked);
                    swapped_on_2 += u64::from(on == day(2) && *to == State::Completed);
                    at = *to;
                }
                ends.push(at);
            }
            let count = |which: &dyn Fn(&State) -> bool| u64::try_from(ends.iter().filter(|at| which(at)).count()).unwrap();
            let said = kpi(day(2), &moved, Besides::default());
            prop_assert_eq!(said.booked_today, booked_on_2);
            prop_assert_eq!(said.swapped_today, swapped_on_2);
            prop_assert_eq!(said.swapped, count(&|at| *at == State::Completed));
            prop_assert_eq!(said.booked, count(&|at| *at == State::Booked));
            prop_assert_eq!(said.left, count(&|at| at.is_open()));
        }
    }
}
