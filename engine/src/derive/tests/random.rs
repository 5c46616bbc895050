//! Random small worlds: against an answer found row by row, and changed in ways that must not matter.

use std::collections::BTreeMap;

use proptest::prelude::*;
use simrecall_core::cohort::{Certainty, FactSet, Item};

use super::world::{Answer, Held, Said, World, imsi, items, msisdn, second};

const MICRO: i64 = 1_000_000;
/// The moment the registry shows.
const AS_OF: i64 = 7_000;
const CARDS: u8 = 5;

/// Times in seconds.
#[derive(Debug, Clone)]
struct Attach {
    card: u8,
    cell: u8,
    from: i64,
    length: Option<i64>,
}

#[derive(Debug, Clone)]
struct Rogue {
    cell: u8,
    from: i64,
    length: i64,
    reads_more: bool,
    is_sure: bool,
}

#[derive(Debug, Clone)]
struct Paid {
    number: u8,
    at: i64,
    method: &'static str,
}

#[derive(Debug, Clone)]
struct Case {
    held: Vec<Held>,
    attach: Vec<Attach>,
    rogue: Vec<Rogue>,
    paid: Vec<Paid>,
}

fn time() -> impl Strategy<Value = i64> {
    // Multiples of a minute, so that bounds meet often.
    (0..140_i64).prop_map(|minute| minute * 60)
}

/// A line changes holder, card and number now and then; cards and numbers pass from line to line.
fn held() -> impl Strategy<Value = Vec<Held>> {
    let change = (time(), 1..4_u8, 1..=CARDS, 1..5_u8);
    let line = prop::collection::vec(change, 1..4);
    prop::collection::vec(line, 1..4).prop_map(|lines| {
        let mut held = Vec::new();
        for (line, mut changes) in (1..).zip(lines) {
            changes.sort_unstable();
            changes.dedup_by_key(|change| change.0);
            for (place, (from, holder, card, number)) in changes.iter().copied().enumerate() {
                let to = changes.get(place + 1).map(|next| next.0);
                // The first holder has had the line for long.
                let from = if place == 0 { from - 9_000 } else { from };
                held.push(Held { line, holder, number, card, from, to });
            }
        }
        held
    })
}

fn attach() -> impl Strategy<Value = Attach> {
    let length = prop::option::of((0..40_i64).prop_map(|minute| minute * 60));
    (1..=CARDS + 1, 1..4_u8, time(), length).prop_map(|(card, cell, from, length)| Attach {
        card,
        cell,
        from,
        length,
    })
}

fn rogue() -> impl Strategy<Value = Rogue> {
    (1..3_u8, time(), 1..60_i64, any::<bool>(), any::<bool>()).prop_map(
        |(cell, from, length, reads_more, is_sure)| Rogue {
            cell,
            from,
            length: length * 60,
            reads_more,
            is_sure,
        },
    )
}

fn paid() -> impl Strategy<Value = Paid> {
    (1..5_u8, time(), prop::sample::select(vec!["ars", "sms", "pass"]))
        .prop_map(|(number, at, method)| Paid { number, at, method })
}

fn case() -> impl Strategy<Value = Case> {
    let attach = prop::collection::vec(attach(), 0..25);
    let rogue = prop::collection::vec(rogue(), 1..5);
    (held(), attach, rogue, prop::collection::vec(paid(), 0..12))
        .prop_map(|(held, attach, rogue, paid)| Case { held, attach, rogue, paid })
}

/// A span of microseconds; the second is not in it.
type Raw = (i64, i64);
/// When a card was at a rogue cell, what that says, and whether it is sure.
type Contact = (Raw, FactSet, bool);

fn meet(one: Raw, other: Raw) -> Option<Raw> {
    let both = (one.0.max(other.0), one.1.min(other.1));
    (both.0 < both.1).then_some(both)
}

fn period(held: &Held) -> Raw {
    let to = held.to.unwrap_or(AS_OF).min(AS_OF);
    (held.from * MICRO, to * MICRO)
}

impl Case {
    /// The answer, found by looking at everything with everything.
    fn by_hand(&self) -> Answer {
        let mut met: BTreeMap<(u8, u8), Vec<Contact>> = BTreeMap::new();
        for record in &self.attach {
            let start = record.from * MICRO;
            let end = record.length.map_or(start + 1_800 * MICRO, |s| start + (s * MICRO).max(1));
            for rogue in self.rogue.iter().filter(|rogue| rogue.cell == record.cell) {
                let graces = [(120, true), (600, false)];
                for (grace, sure) in graces.into_iter().filter(|(_, sure)| rogue.is_sure || !sure) {
                    let reach =
                        ((rogue.from - grace) * MICRO, (rogue.from + rogue.length + grace) * MICRO);
                    for held in self.held.iter().filter(|held| held.card == record.card) {
                        let span = meet((start, end), reach).and_then(|s| meet(s, period(held)));
                        if let Some(span) = span {
                            let at = met.entry((held.line, held.holder)).or_default();
                            at.push((span, rogue.facts(sure), sure));
                        }
                    }
                }
            }
        }
        met.into_iter().map(|(owner, met)| (owner, self.sum(owner, &met))).collect()
    }

    fn sum(&self, owner: (u8, u8), met: &[Contact]) -> Said {
        let mut facts = met.iter().fold(FactSet::EMPTY, |all, (_, facts, _)| all.union(*facts));
        for paid in self.paid.iter().filter(|paid| paid.method != "pass") {
            let at = paid.at * MICRO;
            let is_theirs = |held: &&Held| {
                (held.line, held.holder, held.number) == (owner.0, owner.1, paid.number)
                    && meet(period(held), (at, at + 1)).is_some()
            };
            if !self.held.iter().any(|held| is_theirs(&held)) {
                continue;
            }
            for ((from, to), _, sure) in met {
                if (from - 120 * MICRO..to + 600 * MICRO).contains(&at) {
                    facts = facts.union(certainty(*sure).of(items(&[Item::PaymentLoss])));
                }
            }
        }
        let first = met.iter().map(|((from, _), ..)| *from).min().unwrap();
        (facts.possible(), facts.confirmed(), first)
    }

    /// The answer of the passes; `files` says how the records are divided.
    fn derived(&self, world: &World, files: &[Vec<Attach>]) -> Answer {
        let rows = |rows: &Vec<Attach>| rows.iter().map(Attach::row).collect::<String>();
        let named = files.iter().enumerate();
        let attach: Vec<_> =
            named.map(|(no, of)| world.attach(&format!("a{no}.csv"), &rows(of))).collect();
        let cells = world.cells(&self.rogue.iter().map(Rogue::row).collect::<String>());
        let payments = [world.payments(&self.paid.iter().map(Paid::row).collect::<String>())];
        world.finds(&attach, &cells, &payments)
    }
}

impl Attach {
    fn row(&self) -> String {
        let end = self.length.map(|length| second(self.from + length)).unwrap_or_default();
        format!("{},,c{},{},{end}\n", imsi(self.card), self.cell, second(self.from))
    }
}

impl Rogue {
    fn row(&self) -> String {
        let reads = if self.reads_more { "imsi;imei" } else { "imsi" };
        let (from, to) = (second(self.from), second(self.from + self.length));
        format!("c{},{from},{to},{reads},{}\n", self.cell, certainty(self.is_sure).code())
    }

    fn facts(&self, sure: bool) -> FactSet {
        let reads =
            if self.reads_more { items(&[Item::Imsi, Item::Imei]) } else { items(&[Item::Imsi]) };
        certainty(sure).of(reads)
    }
}

impl Paid {
    fn row(&self) -> String {
        format!("{},{},1000,{}\n", msisdn(self.number), second(self.at), self.method)
    }
}

fn certainty(is_sure: bool) -> Certainty {
    if is_sure { Certainty::Confirmed } else { Certainty::Possible }
}

/// Whether one answer says all that another does, and of no moment later.
fn says_all(more: &Answer, less: &Answer) -> bool {
    less.iter().all(|(owner, (possible, confirmed, at))| {
        more.get(owner).is_some_and(|found| {
            let told = FactSet::new(found.0, found.1);
            FactSet::new(*possible, *confirmed).minus(told).is_empty() && found.2 <= *at
        })
    })
}

fn is_refused(held: &[Held]) -> bool {
    // The registry's own rule: a line of a holder begins once at a moment.
    let mut keys: Vec<_> = held.iter().map(|held| (held.line, held.holder, held.from)).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_passes_find_what_is_found_row_by_row(
        case in case(),
        more in prop::collection::vec(attach(), 1..4),
        another in rogue(),
        seed in any::<u64>(),
    ) {
        prop_assume!(!is_refused(&case.held));
        thread_local! {
            static WORLD: World = World::new();
        }
        WORLD.with(|world| {
            world.registry(&case.held, AS_OF);
            let answer = case.derived(world, std::slice::from_ref(&case.attach));
            prop_assert_eq!(&answer, &case.by_hand());
            // Divided, turned around, and some of it twice.
            let mut turned = case.attach.clone();
            turned.reverse();
            let cut = usize::try_from(seed % 7).unwrap().min(turned.len());
            let mut files = vec![turned.split_off(cut), turned];
            let again: Vec<Attach> = files[0].iter().take(3).cloned().collect();
            files.push(again);
            prop_assert_eq!(&case.derived(world, &files), &answer);
            // One stay as two that touch.
            let halves = case.attach.iter().flat_map(Attach::halves).collect();
            prop_assert_eq!(&case.derived(world, &[halves]), &answer);
            // More records, more cells: nothing is taken away.
            let mut wider = Case { rogue: [&case.rogue[..], &[another]].concat(), ..case.clone() };
            prop_assert!(says_all(&wider.derived(world, std::slice::from_ref(&case.attach)), &answer));
            wider.attach.extend(more);
            let most = wider.derived(world, std::slice::from_ref(&wider.attach));
            prop_assert!(says_all(&most, &answer));
            Ok(())
        })?;
    }
}

impl Attach {
    fn halves(&self) -> Vec<Self> {
        match self.length.filter(|length| *length >= 120) {
            None => vec![self.clone()],
            Some(length) => {
                let first = length / 120 * 60;
                let second =
                    Self { from: self.from + first, length: Some(length - first), ..self.clone() };
                vec![second, Self { length: Some(first), ..self.clone() }]
            }
        }
    }
}
