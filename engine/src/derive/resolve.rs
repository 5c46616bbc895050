//! Cards become lines: whose was the IMSI then?

use std::collections::{BTreeMap, BTreeSet};

use simrecall_core::derive::{Encounter, Span};
use simrecall_core::id::LineId;
use simrecall_store::registry::{HeldNumber, KeyedHolding};

use super::ask::Ask;
use super::met::{Met, met_by};
use super::row::{Finding, Numbered, Owner, Seen, What};
use super::shuffle::{PARTITIONS, Shuffle, Sink};
use super::watch::{Pass, Shown};
use crate::problem::{self, Result};

/// Cards looked up in the registry at once.
const LOOK_UP: usize = 1_000;

/// What the records say of lines.
#[derive(Debug)]
pub(super) struct Resolved {
    /// Encounters by line and holder.
    pub(super) findings: Shuffle<Finding>,
    /// Numbers whose payments may be losses.
    pub(super) numbers: Shuffle<Numbered>,
    /// When a payment may be a loss: none if none can be.
    pub(super) payable: Option<Span>,
    /// How many different cards were at a rogue cell while no line had them, by rule set.
    pub(super) unresolved: Vec<u64>,
}

/// Looks up whose each card was, and cuts encounters where that changes.
pub(super) fn resolve(
    ask: &Ask<'_>,
    seen: &Shuffle<Seen>,
    shown: &mut Shown<'_>,
) -> Result<Resolved> {
    let dir = &ask.home.dir;
    let (findings, numbers) = (Shuffle::new(dir)?, Shuffle::new(dir)?);
    let mut resolving = Resolving {
        ask,
        findings: findings.sink(),
        numbers: numbers.sink(),
        payable: None,
        unresolved: vec![0; ask.sets.len()],
    };
    let all = u64::try_from(PARTITIONS).unwrap_or(u64::MAX);
    for (no, done) in (0..=u8::MAX).zip(0..) {
        shown.part(Pass::Resolve, done, all);
        let mut rows = seen.partition(no)?;
        rows.sort_unstable();
        rows.dedup();
        let cards: Vec<&[Seen]> = rows.chunk_by(|a, b| a.imsi == b.imsi).collect();
        cards.chunks(LOOK_UP).try_for_each(|cards| resolving.cards(cards))?;
    }
    let Resolving { ask: _, findings: found, numbers: numbered, payable, unresolved } = resolving;
    found.close()?;
    numbered.close()?;
    Ok(Resolved { findings, numbers, payable, unresolved })
}

struct Resolving<'a> {
    ask: &'a Ask<'a>,
    findings: Sink<'a, Finding>,
    numbers: Sink<'a, Numbered>,
    payable: Option<Span>,
    unresolved: Vec<u64>,
}

impl Resolving<'_> {
    fn cards(&mut self, cards: &[&[Seen]]) -> Result<()> {
        let keys: Vec<[u8; 16]> =
            cards.iter().filter_map(|card| card.first()).map(|seen| seen.imsi).collect();
        let (incident, no) = (self.ask.keys.incident(), self.ask.snapshot.no);
        let found = self.ask.home.store.read(|tx| tx.holdings_by_imsi(incident, no, &keys));
        let mut held: BTreeMap<[u8; 16], Vec<KeyedHolding>> = BTreeMap::new();
        for holding in found.map_err(problem::store)? {
            held.entry(holding.key).or_default().push(holding);
        }
        let mut findings = Vec::new();
        for (card, key) in cards.iter().zip(keys) {
            let held = held.get(&key).map(Vec::as_slice).unwrap_or_default();
            for (set, _) in self.ask.numbered() {
                self.card(set, card, held, &mut findings);
            }
        }
        findings.iter().try_for_each(|finding| self.findings.push(finding))?;
        self.numbers(&findings)
    }

    /// Each encounter of a card, cut to the times of those who held a line with it.
    fn card(&mut self, set: u8, card: &[Seen], held: &[KeyedHolding], out: &mut Vec<Finding>) {
        let mut is_unresolved = false;
        for Met { encounter, device } in met_by(self.ask, set, card) {
            let before = out.len();
            out.extend(held.iter().filter_map(|KeyedHolding { holding, .. }| {
                let span = encounter.span.meet(self.ask.held(holding))?;
                let owner = Owner { holder: holding.holder, line: holding.line };
                Some(Finding {
                    owner,
                    set,
                    what: What::Met(Encounter { span, ..encounter }, device),
                })
            }));
            is_unresolved |= out.len() == before;
        }
        if let Some(unresolved) = self.unresolved.get_mut(usize::from(set)) {
            *unresolved += u64::from(is_unresolved);
        }
    }

    /// Every number these lines had under these holders, with the encounters that may make a payment a loss.
    fn numbers(&mut self, findings: &[Finding]) -> Result<()> {
        let payable: Vec<(&Finding, Encounter, Span)> =
            findings.iter().filter_map(|finding| self.reach(finding)).collect();
        if payable.is_empty() {
            return Ok(());
        }
        let lines: BTreeSet<LineId> = payable.iter().map(|(of, ..)| of.owner.line).collect();
        let lines: Vec<LineId> = lines.into_iter().collect();
        let (incident, no) = (self.ask.keys.incident(), self.ask.snapshot.no);
        let found = self.ask.home.store.read(|tx| tx.numbers_of(incident, no, &lines));
        let mut numbers: BTreeMap<Owner, Vec<HeldNumber>> = BTreeMap::new();
        for number in found.map_err(problem::store)? {
            let owner = Owner { holder: number.holding.holder, line: number.holding.line };
            numbers.entry(owner).or_default().push(number);
        }
        for (Finding { owner, set, .. }, met, reach) in payable {
            self.payable = Some(self.payable.map_or(reach, |all| all.hull(reach)));
            for number in numbers.get(owner).map(Vec::as_slice).unwrap_or_default() {
                let held = self.ask.held(&number.holding);
                if held.meet(reach).is_some() {
                    let msisdn = number.msisdn;
                    self.numbers.push(&Numbered { msisdn, owner: *owner, held, set: *set, met })?;
                }
            }
        }
        Ok(())
    }

    /// An encounter of which some loss rule speaks, and when a payment may be a loss because of it.
    fn reach<'f>(&self, finding: &'f Finding) -> Option<(&'f Finding, Encounter, Span)> {
        let What::Met(met, _) = finding.what else { return None };
        let rules = self.ask.rules(finding.set)?;
        rules.loss.iter().any(|loss| loss.leak.contains(&met.rule)).then(|| {
            let (before, after) = rules.loss_reach();
            (finding, met, met.span.reaching(before, after))
        })
    }
}
