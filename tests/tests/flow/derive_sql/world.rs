//! A small world whose times lie at each other's bounds, and what the design says of it, read word for word.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::{DateTime, SecondsFormat};
use simrecall_core::cohort::{Certainty, FactSet, Item, ItemSet};
use simrecall_core::derive::{LeakRule, Rules};
use simrecall_tests::tables::Tables;

use crate::support::Chance;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
/// 1 September 2025.
const DAY: i64 = 1_756_684_800 * SECOND;
const AS_OF: i64 = DAY + 40 * MINUTE;
const READS: [&[Item]; 4] = [
    &[Item::Imsi],
    &[Item::Imsi, Item::Imei],
    &[Item::Imsi, Item::Imei, Item::Msisdn],
    &[Item::Location, Item::CallRecord],
];

/// From a moment that is in it to one that is not.
type Span = (i64, i64);

struct Window {
    cell: u64,
    span: Span,
    reads: ItemSet,
    certainty: Certainty,
}

struct Attach {
    card: u64,
    cell: u64,
    start: i64,
    end: Option<i64>,
}

struct Payment {
    number: u64,
    at: i64,
    method: &'static str,
}

/// A line of a holder, with a number and a card, for a time.
struct Held {
    line: u64,
    holder: u64,
    number: u64,
    card: u64,
    span: Span,
}

pub(super) struct World {
    windows: Vec<Window>,
    attach: Vec<Attach>,
    payments: Vec<Payment>,
    held: Vec<Held>,
}

/// A line, what is said of it, and since when.
pub(super) type Said = BTreeSet<(String, i64, FactSet)>;

impl World {
    pub(super) fn new(chance: &mut Chance) -> Self {
        let windows = (0..6).map(|_| window(chance)).collect();
        let attach = (0..60).map(|_| attach(chance)).collect();
        let payments = (0..40).map(|_| payment(chance)).collect();
        let held = (0..6).flat_map(|line| life(chance, line)).collect();
        Self { windows, attach, payments, held }
    }

    /// As files, in a folder.
    pub(super) fn written(&self, folder: &Path) -> Tables {
        fs::create_dir_all(folder).unwrap();
        let (first, second) = self.attach.split_at(self.attach.len() / 2);
        let file = |name: &str, header: &str, rows: String| {
            let path = folder.join(name);
            fs::write(&path, format!("{header}\n{rows}")).unwrap();
            path
        };
        let header = "imsi,imei,cell,start,end";
        Tables {
            attach: vec![
                file("attach-1.csv", header, attach_rows(first)),
                file("attach-2.csv", header, attach_rows(second)),
            ],
            cells: file("cells.csv", "cell,from,to,reads,certainty", self.cell_rows()),
            payments: vec![file("payments.csv", "msisdn,at,amount_won,method", self.paid_rows())],
            lines: file(
                "lines.csv",
                "line,subscriber,msisdn,imsi,iccid,service,held_from,held_to",
                self.held_rows(),
            ),
            as_of: DateTime::from_timestamp_micros(AS_OF).unwrap(),
        }
    }

    fn cell_rows(&self) -> String {
        let mut rows = String::new();
        for Window { cell, span, reads, certainty } in &self.windows {
            let reads: Vec<&str> = reads.iter().map(Item::code).collect();
            let to = if span.1 == i64::MAX { String::new() } else { time(span.1) };
            let (reads, from) = (reads.join("; "), time(span.0));
            writeln!(rows, "450-08-{cell},{from},{to},{reads},{}", certainty.code()).unwrap();
        }
        rows
    }

    fn paid_rows(&self) -> String {
        let mut rows = String::new();
        for Payment { number, at, method } in &self.payments {
            writeln!(rows, "{},{},9900,{method}", msisdn(*number), time(*at)).unwrap();
        }
        rows
    }

    fn held_rows(&self) -> String {
        let mut rows = String::new();
        for Held { line, holder, number, card, span } in &self.held {
            let (number, card) = (msisdn(*number), imsi(*card));
            let (from, to) =
                (time(span.0), if span.1 == AS_OF { String::new() } else { time(span.1) });
            writeln!(rows, "L{line},S{holder},{number},{card},,voice,{from},{to}").unwrap();
        }
        rows
    }

    /// What the design says of it.
    pub(super) fn judged(&self, rules: &Rules) -> Said {
        let mut found: BTreeMap<(u64, u64), (FactSet, i64)> = BTreeMap::new();
        for (held, span, leak, reads) in self.encounters(rules) {
            let fact = leak.fact.of(reads).union(self.lost(rules, held, span, leak));
            let (facts, at) =
                found.entry((held.line, held.holder)).or_insert((FactSet::EMPTY, span.0));
            *facts = facts.union(fact);
            *at = span.0.min(*at);
        }
        found.into_iter().map(|((line, _), (facts, at))| (format!("L{line}"), at, facts)).collect()
    }

    /// Every record against every window, rule and holding.
    fn encounters<'a>(
        &'a self,
        rules: &'a Rules,
    ) -> impl Iterator<Item = (&'a Held, Span, &'a LeakRule, ItemSet)> {
        self.attach.iter().flat_map(move |attach| {
            let windows = self.windows.iter().filter(move |window| window.cell == attach.cell);
            windows.flat_map(move |window| {
                let leaks = rules.leak.iter().filter(move |leak| leak.takes(window.certainty));
                leaks.flat_map(move |leak| {
                    let reach = wider(window.span, leak.grace.micros(), leak.grace.micros());
                    let met = both(occupied(attach, rules), reach);
                    let mine = self.held.iter().filter(move |held| held.card == attach.card);
                    mine.filter_map(move |held| {
                        Some((held, both(met?, held.span)?, leak, window.reads))
                    })
                })
            })
        })
    }

    /// What payments of that line and holder make of an encounter.
    fn lost(&self, rules: &Rules, met: &Held, span: Span, leak: &LeakRule) -> FactSet {
        let mut facts = FactSet::EMPTY;
        for payment in &self.payments {
            let payer = self
                .held
                .iter()
                .find(|held| held.number == payment.number && within(payment.at, held.span));
            if payer.map(|held| (held.line, held.holder)) != Some((met.line, met.holder)) {
                continue;
            }
            for loss in &rules.loss {
                let named = loss.leak.iter().any(|no| rules.leak_rule(*no) == Some(leak));
                let method = loss.methods.iter().any(|method| method == payment.method);
                let reach = wider(span, loss.before.micros(), loss.after.micros());
                if named && method && within(payment.at, reach) {
                    facts = facts.union(loss.fact.of(ItemSet::EMPTY.with(Item::PaymentLoss)));
                }
            }
        }
        facts
    }
}

fn occupied(attach: &Attach, rules: &Rules) -> Span {
    let end = attach.end.unwrap_or(attach.start + rules.record_without_end.micros());
    (attach.start, end.max(attach.start + 1))
}

fn both(a: Span, b: Span) -> Option<Span> {
    let common = (a.0.max(b.0), a.1.min(b.1));
    (common.0 < common.1).then_some(common)
}

fn wider(span: Span, before: i64, after: i64) -> Span {
    (span.0.saturating_sub(before), span.1.saturating_add(after))
}

fn within(at: i64, span: Span) -> bool {
    span.0 <= at && at < span.1
}

/// A whole minute, or a microsecond beside it: bounds meet all the time.
fn moment(chance: &mut Chance) -> i64 {
    let minute = i64::try_from(chance.between(0, 45)).unwrap();
    let beside = i64::try_from(chance.between(0, 4)).unwrap();
    DAY + minute * MINUTE + [0, 0, 0, -1, 1][usize::try_from(beside).unwrap()]
}

fn window(chance: &mut Chance) -> Window {
    let (one, two) = (moment(chance), moment(chance));
    let from = one.min(two);
    let to = if chance.between(0, 5) == 0 { i64::MAX } else { one.max(two).max(from + 1) };
    let reads = READS[usize::try_from(chance.between(0, 3)).unwrap()];
    Window {
        cell: chance.between(0, 2),
        span: (from, to),
        reads: reads.iter().copied().collect(),
        certainty: Certainty::ALL[usize::try_from(chance.between(0, 1)).unwrap()],
    }
}

fn attach(chance: &mut Chance) -> Attach {
    let start = moment(chance);
    let end = match chance.between(0, 3) {
        0 => None,
        1 => Some(start),
        _ => Some(moment(chance).max(start)),
    };
    Attach { card: chance.between(0, 15), cell: chance.between(0, 3), start, end }
}

fn payment(chance: &mut Chance) -> Payment {
    let method = ["ars", "sms", "pass"][usize::try_from(chance.between(0, 2)).unwrap()];
    Payment { number: chance.between(0, 8), at: moment(chance), method }
}

/// A line from the first day to the last: it changes its holder, its number and its card, now and then all at once.
fn life(chance: &mut Chance, line: u64) -> Vec<Held> {
    let mut changes: Vec<i64> = (0..chance.between(0, 3)).map(|_| moment(chance)).collect();
    changes.retain(|at| (DAY + 1..AS_OF).contains(at));
    changes.extend([DAY - 1_000 * MINUTE, AS_OF]);
    changes.sort_unstable();
    changes.dedup();
    let (mut holder, mut card) = (line, line);
    let mut periods = Vec::new();
    for pair in changes.windows(2) {
        periods.push(Held { line, holder, number: line, card, span: (pair[0], pair[1]) });
        match chance.between(0, 2) {
            0 => holder += 10,
            1 => card = (card + 6) % 18,
            _ => (holder, card) = (holder + 10, (card + 6) % 18),
        }
    }
    periods
}

fn attach_rows(records: &[Attach]) -> String {
    let mut rows = String::new();
    for Attach { card, cell, start, end } in records {
        let end = end.map_or_else(String::new, time);
        writeln!(rows, "{},,450-08-{cell},{},{end}", imsi(*card), time(*start)).unwrap();
    }
    rows
}

fn msisdn(number: u64) -> String {
    format!("0100000{number:04}")
}

fn imsi(card: u64) -> String {
    format!("45008{card:010}")
}

fn time(at: i64) -> String {
    DateTime::from_timestamp_micros(at).unwrap().to_rfc3339_opts(SecondsFormat::Micros, true)
}
