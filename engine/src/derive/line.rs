//! What was found of one line, by one rule set.

use simrecall_core::cohort::FactSet;
use simrecall_core::derive::{LossNo, Micros};

use super::ask::Ask;
use super::met::{Met, merged};
use super::row::{Finding, Owner, Payment, What};
use super::shuffle::Shuffle;
use crate::problem::Result;

/// A line of a holder, and what each rule set found of it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) owner: Owner,
    /// By the set's number; none if it found nothing.
    pub(super) by_set: Vec<Option<Found>>,
}

/// What was found of a line.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// What is true of it.
    pub(super) facts: FactSet,
    /// When its first encounter began.
    pub(super) first: Micros,
    /// Its encounters: by window, rule and time.
    pub(super) met: Vec<Met>,
    /// Its losses: by rule and time.
    pub(super) lost: Vec<(LossNo, Payment)>,
}

/// The lines of one partition, in order of holder and line.
pub(super) fn lines(
    ask: &Ask<'_>,
    findings: &Shuffle<Finding>,
    partition: u8,
) -> Result<Vec<Line>> {
    let mut rows = findings.partition(partition)?;
    rows.sort_unstable();
    let line = |of: &[Finding]| {
        let owner = of.first()?.owner;
        let by_set = ask.numbered().map(|(set, _)| Found::of(ask, set, of)).collect();
        Some(Line { owner, by_set })
    };
    Ok(rows.chunk_by(|a, b| a.owner == b.owner).filter_map(line).collect())
}

impl Found {
    fn of(ask: &Ask<'_>, set: u8, findings: &[Finding]) -> Option<Self> {
        let (mut met, mut lost) = (Vec::new(), Vec::new());
        for finding in findings.iter().filter(|finding| finding.set == set) {
            match finding.what {
                What::Met(encounter, device) => met.push(Met { encounter, device }),
                What::Lost(rule, payment) => lost.push((rule, payment)),
            }
        }
        let met = merged(met);
        let first = met.iter().map(|met| met.encounter.span.from).min()?;
        let mut found = Self { facts: FactSet::EMPTY, first, met, lost };
        let leaked = found.met.iter().map(|met| ask.leaks(set, &met.encounter));
        let lost = found.lost.iter().map(|(rule, _)| ask.lost(set, *rule));
        found.facts = leaked.chain(lost).fold(FactSet::EMPTY, FactSet::union);
        Some(found)
    }
}
