//! Invariant 13: whatever happens to cases, each is in one state, and a day's figures are its moves, counted by local days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;
use simrecall_core::replacement::kpi::{Besides, Moved as MovedBy, kpi};
use simrecall_core::replacement::{State, local_day, midnight, moves};
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_tests::Backend;

use crate::replacement_stage::{agencies, case, here};
use crate::stage::at;

/// Lines that are applied for.
const LINES: u32 = 6;
/// Seconds between two moves: some seven a day, and some in the hours in which Seoul and Greenwich have another date.
const STEP: i64 = 12_345;

/// What a test remembers of cases: only what it did.
#[derive(Default)]
struct Model {
    now: BTreeMap<u32, State>,
    moved: BTreeMap<MovedBy, u64>,
    ends: BTreeMap<NaiveDate, BTreeMap<u32, State>>,
}

impl Model {
    fn note(&mut self, n: u32, by: MovedBy) {
        *self.moved.entry(by).or_default() += 1;
        self.now.insert(n, by.to);
        self.ends.insert(by.day, self.now.clone());
    }

    /// How many cases a day ended with in states like this.
    fn ended(&self, day: NaiveDate, which: impl Fn(State) -> bool) -> u64 {
        let ends = self.ends.range(..=day).next_back().map(|(_, ends)| ends);
        let there = ends.into_iter().flat_map(|ends| ends.values());
        u64::try_from(there.filter(|state| which(**state)).count()).unwrap()
    }
}

/// The line's newest case: when one ended, the line may be applied for again.
fn anew(line: u32, times: u32, at: DateTime<Utc>) -> ReplacementCase {
    let id = case(1_000 * times + line).id;
    ReplacementCase { id, applied_at: at, changed_at: at, ..case(line) }
}

fn play(backend: Backend, walk: &[(u32, usize)]) {
    let stage = agencies(backend);
    let store = &stage.store;
    let mut model = Model::default();
    let mut newest: BTreeMap<u32, u32> = BTreeMap::new();
    for ((line, no), second) in walk.iter().zip((1..).map(|n| n * STEP)) {
        let (now, day) = (at(second), local_day(at(second)));
        let times = newest.get(line).copied().unwrap_or(0);
        let n = 1_000 * times + line;
        let state = model.now.get(&n).copied();
        let Some(from) = state.filter(|state| state.is_open()) else {
            newest.insert(*line, times + 1);
            let begun = anew(*line, times + 1, now);
            assert!(store.write(|tx| tx.apply_for_replacement(&begun)).unwrap());
            let by = MovedBy { day, from: None, by: None, to: State::Applied };
            model.note(1_000 * (times + 1) + line, by);
            continue;
        };
        let again = anew(*line, times + 1, now);
        assert!(!store.write(|tx| tx.apply_for_replacement(&again)).unwrap(), "one is open");
        let Some((event, to)) = moves(from).get(no % moves(from).len().max(1)).copied() else {
            continue;
        };
        let found = store.read(|tx| tx.replacement(here(), case(n).id)).unwrap().unwrap();
        let (place, by, agency) = (PlaceChange::Keep, None, None);
        let step = CaseMove { case: &found, event, to, place, by, agency, at: now };
        assert_eq!(store.write(|tx| tx.move_case(&step)).unwrap(), Moved::Done);
        model.note(n, MovedBy { day, from: Some(from), by: Some(event), to });
    }
    // Each case is in one state, and all of them are those that were applied for.
    let counted: BTreeMap<State, i64> =
        store.read(|tx| tx.count_cases(here())).unwrap().into_iter().collect();
    let mut expected: BTreeMap<State, i64> = BTreeMap::new();
    for state in model.now.values() {
        *expected.entry(*state).or_default() += 1;
    }
    assert_eq!(counted, expected);
    let lines: BTreeSet<u32> = model.now.keys().map(|n| n % 1_000).collect();
    let asked: BTreeSet<u32> = walk.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, asked);
    assert_eq!(store.read(|tx| tx.case_drift(here())).unwrap(), []);
    // Each day's moves are those that were made on it, and its figures are what one counts.
    let mut moved: BTreeMap<MovedBy, u64> = BTreeMap::new();
    for day in model.ends.keys() {
        let (begins, ends) = (midnight(*day).unwrap(), midnight(day.succ_opt().unwrap()).unwrap());
        for one in store.read(|tx| tx.count_case_events(here(), begins, ends)).unwrap() {
            let key = MovedBy { day: *day, from: one.from, by: one.event, to: one.to };
            *moved.entry(key).or_default() += one.count.unsigned_abs();
        }
    }
    assert_eq!(moved, model.moved);
    for day in model.ends.keys() {
        let said = kpi(*day, &moved, Besides::default());
        assert_eq!(said.left, model.ended(*day, State::is_open), "{day}");
        assert_eq!(said.booked, model.ended(*day, |state| state == State::Booked), "{day}");
        assert_eq!(said.swapped, model.ended(*day, |state| state == State::Completed), "{day}");
    }
}

#[rstest]
#[case::sqlite(Backend::Sqlite, 12)]
#[case::postgres(Backend::Postgres, 4)]
fn cases_add_up_and_a_day_is_the_sum_of_its_moves(#[case] backend: Backend, #[case] cases: u32) {
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    let walk = prop::collection::vec((1..=LINES, 0..1_000_usize), 1..120);
    let played = runner.run(&walk, |walk| {
        play(backend, &walk);
        Ok(())
    });
    played.unwrap();
}
