//! Small worlds, what is derived of them, and the same said of every second by itself.

use proptest::prelude::*;

use super::super::*;
use crate::cohort::{Certainty, FactSet, Item, ItemSet};

/// A card was at a cell from a second to another, or to nobody knows when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    cell: &'static str,
    start: i64,
    end: Option<i64>,
}

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) windows: Vec<Window>,
    pub(super) records: Vec<Record>,
    pub(super) payments: Vec<(&'static str, i64)>,
    pub(super) rules: Rules,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) facts: FactSet,
    pub(super) first: Option<Micros>,
    encounters: Vec<Encounter>,
    losses: Vec<(Encounter, LossNo, i64)>,
}

pub(super) const fn second(at: i64) -> Micros {
    Micros(at * 1_000_000)
}

const CELLS: [&str; 2] = ["450-00-a", "450-00-b"];
const METHODS: [&str; 3] = ["ars", "pass", "sms"];

pub(super) fn a_world() -> impl Strategy<Value = World> {
    let windows = prop::collection::vec(a_window(), 0..4);
    let records = prop::collection::vec(a_record(), 0..5);
    let payment = (prop::sample::select(&METHODS), 0..30_i64);
    let payments = prop::collection::vec(payment, 0..4);
    (windows, records, payments, a_rule_set())
        .prop_map(|(windows, records, payments, rules)| World { windows, records, payments, rules })
}

fn a_window() -> impl Strategy<Value = Window> {
    let items = [Item::Imsi, Item::Imei, Item::Msisdn];
    let reads = prop::sample::subsequence(items.to_vec(), 1..=3);
    (prop::sample::select(&CELLS), 0..20_i64, 0..8_i64, reads, a_certainty()).prop_map(
        |(cell, from, long, reads, certainty)| Window {
            cell: cell.to_owned(),
            span: Span { from: second(from), to: second(from + long) },
            reads: reads.into_iter().collect(),
            certainty,
        },
    )
}

fn a_record() -> impl Strategy<Value = Record> {
    (prop::sample::select(&CELLS), 0..25_i64, prop::option::of(prop_oneof![Just(0), 1..10_i64]))
        .prop_map(|(cell, start, long)| Record { cell, start, end: long.map(|long| start + long) })
}

fn a_certainty() -> impl Strategy<Value = Certainty> {
    prop::sample::select(&Certainty::ALL)
}

fn a_length() -> impl Strategy<Value = Length> {
    (0..6_u32).prop_map(Length::of_seconds)
}

pub(super) fn a_rule_set() -> impl Strategy<Value = Rules> {
    let leak = prop::collection::vec((a_certainty(), a_length(), a_certainty()), 1..4);
    leak.prop_flat_map(|leak| {
        let numbers: Vec<LeakNo> = (0..).map(LeakNo).take(leak.len()).collect();
        let count = numbers.len();
        let of = prop::sample::subsequence(numbers, 1..=count);
        let methods = prop::sample::subsequence(METHODS.to_vec(), 1..=METHODS.len());
        let loss = (methods, of, a_length(), a_length(), a_certainty());
        (Just(leak), prop::collection::vec(loss, 0..3), 1..6_u32)
    })
    .prop_map(|(leak, loss, endless)| {
        let leak = leak.into_iter().zip(0..).map(|((windows, grace, fact), no)| LeakRule {
            id: format!("leak-{no}"),
            windows,
            grace,
            fact,
        });
        let loss = loss.into_iter().zip(0..).map(|((methods, leak, before, after, fact), no)| {
            let methods = methods.into_iter().map(str::to_owned).collect();
            LossRule { id: format!("loss-{no}"), methods, leak, before, after, fact }
        });
        let endless = Length::of_seconds(endless);
        Rules::ordered("test".to_owned(), endless, leak.collect(), loss.collect(), "")
    })
}

/// The rules, wider in one thing.
pub(super) fn relaxed(rules: &Rules, by: u8, much: u32) -> Rules {
    let Rules { id, mut record_without_end, mut leak, mut loss, .. } = rules.clone();
    let more = |length: &mut Length| *length = Length::of_seconds(length.seconds() + much);
    match by {
        0 => more(&mut record_without_end),
        1 => leak.iter_mut().for_each(|rule| more(&mut rule.grace)),
        2 => leak.iter_mut().for_each(|rule| rule.windows = Certainty::Possible),
        3 => leak.iter_mut().for_each(|rule| rule.fact = Certainty::Confirmed),
        4 => loss.iter_mut().for_each(|rule| more(&mut rule.before)),
        5 => loss.iter_mut().for_each(|rule| more(&mut rule.after)),
        6 => loss.iter_mut().for_each(|rule| rule.methods = METHODS.map(str::to_owned).to_vec()),
        7 => loss.iter_mut().for_each(|rule| {
            rule.leak = (0..).map(LeakNo).take(leak.len()).collect();
        }),
        _ => loss.iter_mut().for_each(|rule| rule.fact = Certainty::Confirmed),
    }
    Rules::ordered(id, record_without_end, leak, loss, "")
}

impl World {
    /// The same records, some given twice, and those that have an end divided somewhere.
    pub(super) fn divided(&self, twice: &[bool], cuts: &[i64]) -> Self {
        let mut records = Vec::new();
        for ((record, twice), cut) in self.records.iter().zip(twice).zip(cuts) {
            let middle = record.start + cut;
            if record.end.is_some_and(|end| middle < end) {
                records.push(Record { end: Some(middle), ..*record });
                records.push(Record { start: middle, ..*record });
            } else {
                records.push(record.clone());
            }
            if *twice {
                records.push(record.clone());
            }
        }
        Self { records, ..self.clone() }
    }

    fn windows(&self) -> Windows {
        Windows::new(self.windows.clone())
    }

    fn encounters(&self, windows: &Windows) -> Vec<Encounter> {
        let mut met = Vec::new();
        for record in &self.records {
            let Some(cell) = windows.of(record.cell.as_bytes()) else { continue };
            let occupied = self.rules.occupied(second(record.start), record.end.map(second));
            self.rules.encounters(cell, occupied, &mut met);
        }
        met
    }

    fn losses(&self, encounters: &[Encounter]) -> Vec<(Encounter, LossNo, i64)> {
        let mut losses = Vec::new();
        for (word, at) in &self.payments {
            let Some(method) = self.rules.method(word) else { continue };
            for met in encounters {
                let by = self.rules.losses(met, method, second(*at));
                losses.extend(by.map(|rule| (*met, rule, *at)));
            }
        }
        losses.sort_unstable();
        losses
    }

    fn facts(
        &self,
        windows: &Windows,
        met: &[Encounter],
        losses: &[(Encounter, LossNo, i64)],
    ) -> FactSet {
        let leaked =
            met.iter().map(|met| self.rules.leaks(windows.get(met.window).unwrap(), met.rule));
        let lost = losses.iter().map(|(_, rule, _)| self.rules.lost(*rule));
        leaked.chain(lost).fold(FactSet::EMPTY, FactSet::union)
    }
}

/// What is derived, as the engine does it.
pub(super) fn derive(world: &World) -> Outcome {
    let windows = world.windows();
    let mut encounters = world.encounters(&windows);
    merge(&mut encounters);
    let losses = world.losses(&encounters);
    let facts = world.facts(&windows, &encounters, &losses);
    let first = encounters.iter().map(|met| met.span.from).min();
    Outcome { facts, first, encounters, losses }
}

/// The facts, each encounter judged as it comes.
pub(super) fn derive_unmerged(world: &World) -> FactSet {
    let windows = world.windows();
    let encounters = world.encounters(&windows);
    world.facts(&windows, &encounters, &world.losses(&encounters))
}

/// The same from the words of the rules, second by second: all bounds are whole seconds, so whatever spans have in
/// common begins at one.
pub(super) fn oracle(world: &World) -> (FactSet, Option<Micros>) {
    let rules = &world.rules;
    let (mut facts, mut first) = (FactSet::EMPTY, None::<i64>);
    for (no, leak) in rules.leak_rules() {
        for window in &world.windows {
            for at in -20..200_i64 {
                if !(leak.takes(window.certainty)
                    && rogue(window, leak, at)
                    && there(world, window, at))
                {
                    continue;
                }
                first = Some(first.map_or(at, |first| first.min(at)));
                facts = facts.union(leak.fact.of(window.reads));
                facts = facts.union(lost(world, no, at));
            }
        }
    }
    (facts, first.map(second))
}

fn rogue(window: &Window, leak: &LeakRule, at: i64) -> bool {
    let grace = i64::from(leak.grace.seconds()) * 1_000_000;
    let Span { from, to } = window.span;
    let at = at * 1_000_000;
    from < to && from.0 - grace <= at && at < to.0 + grace
}

fn there(world: &World, window: &Window, at: i64) -> bool {
    let endless = i64::from(world.rules.record_without_end.seconds());
    world.records.iter().filter(|record| record.cell == window.cell).any(|record| {
        let end = record.end.unwrap_or(record.start + endless);
        at == record.start || (record.start < at && at < end)
    })
}

fn lost(world: &World, leak: LeakNo, at: i64) -> FactSet {
    let loss = ItemSet::EMPTY.with(Item::PaymentLoss);
    let by = world.rules.loss.iter().filter(|rule| {
        let (before, after) = (i64::from(rule.before.seconds()), i64::from(rule.after.seconds()));
        let near = |paid: i64| at - before <= paid && paid <= at + after;
        let listed = |word: &str| rule.methods.iter().any(|method| method == word);
        rule.leak.contains(&leak)
            && world.payments.iter().any(|(word, paid)| listed(word) && near(*paid))
    });
    by.fold(FactSet::EMPTY, |facts, rule| facts.union(rule.fact.of(loss)))
}

/// The causes of all a derivation finds, each fact by itself.
pub(super) fn causes(earlier: &World, now: &World) -> Vec<(Cause, FactSet)> {
    let (then, today) = (earlier.windows(), now.windows());
    let earlier = Basis { windows: &then, rules: &earlier.rules };
    let basis = Basis { windows: &today, rules: &now.rules };
    let Outcome { encounters, losses, .. } = derive(now);
    let mut causes = Vec::new();
    for met in &encounters {
        let leaked = now.rules.leaks(today.get(met.window).unwrap(), met.rule);
        for item in leaked.possible().union(leaked.confirmed()).iter() {
            let one = ItemSet::EMPTY.with(item);
            let new = FactSet::new(
                leaked.possible().intersection(one),
                leaked.confirmed().intersection(one),
            );
            causes.push((cause(earlier, basis, met, new), new));
        }
    }
    for (met, rule, at) in losses {
        let word = now.payments.iter().filter(|(_, paid)| *paid == at).map(|(word, _)| *word);
        for method in
            word.filter(|word| now.rules.loss_rule(rule).unwrap().methods.iter().any(|m| m == word))
        {
            let payment = Payment { method, at: second(at) };
            let new = now.rules.lost(rule);
            causes.push((cause_of_loss(earlier, basis, &met, payment, new), new));
        }
    }
    causes
}
