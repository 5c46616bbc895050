//! What was found of each line, with the evidence on record, as the exposures of a revision.

use std::collections::{BTreeMap, VecDeque};

use simrecall_core::cohort::{Exposure, FactSet};
use simrecall_core::derive::Rules;
use simrecall_core::id::{LineId, SubscriberId};
use simrecall_store::BucketRange;
use simrecall_store::cohort::{NewExposure, Revision};

use super::ask::Ask;
use super::because::Record;
use super::brought::{Brought, Counting};
use super::line::{Found, Line, lines};
use super::manifest::Earlier;
use super::row::{Finding, Owner};
use super::shuffle::{PARTITIONS, Shuffle, by_bucket};
use super::watch::{Pass, Shown};
use crate::problem::{self, Problem, Result};

/// What evidence from outside says of lines; it stays in every derivation.
pub(crate) type Evidence = BTreeMap<(SubscriberId, LineId), Exposure>;

/// What was derived of the lines that evidence speaks of, before the two are united.
pub(crate) type Derived = BTreeMap<(SubscriberId, LineId), FactSet>;

/// The exposures of a revision, partition by partition.
pub(super) struct Loading<'a, 'w> {
    ask: &'a Ask<'a>,
    findings: &'a Shuffle<Finding>,
    evidence: Vec<Vec<Exposure>>,
    last: Option<&'a Revision>,
    counting: Counting<'a>,
    shown: &'a mut Shown<'w>,
    next: usize,
    ready: VecDeque<NewExposure>,
    derived: Derived,
    losing: u64,
}

/// What was loaded, counted.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) brought: Brought,
    pub(super) derived: Derived,
    /// Lines that lose a fact the last revision says of them.
    pub(super) losing: u64,
}

/// What a revision is loaded from and against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Against<'a> {
    pub(super) rules: &'a Rules,
    pub(super) evidence: &'a Evidence,
    pub(super) last: Option<&'a Revision>,
    pub(super) earlier: Option<&'a Earlier>,
}

impl<'a, 'w> Loading<'a, 'w> {
    pub(super) fn new(
        ask: &'a Ask<'a>,
        findings: &'a Shuffle<Finding>,
        against: Against<'a>,
        shown: &'a mut Shown<'w>,
    ) -> Self {
        let mut evidence = vec![Vec::new(); PARTITIONS];
        for exposure in against.evidence.values() {
            let partition = usize::from(by_bucket(exposure.holder.bucket()));
            if let Some(partition) = evidence.get_mut(partition) {
                partition.push(*exposure);
            }
        }
        Self {
            ask,
            findings,
            evidence,
            last: against.last,
            counting: Counting::new(ask, against.rules, against.earlier),
            shown,
            next: 0,
            ready: VecDeque::new(),
            derived: Derived::new(),
            losing: 0,
        }
    }

    /// What was counted, once all is loaded.
    pub(super) fn finish(self) -> Loaded {
        let brought = self.counting.finish(self.last.map(|last| last.no));
        Loaded { brought, derived: self.derived, losing: self.losing }
    }

    fn refill(&mut self, partition: u8) -> Result<()> {
        let all = u64::try_from(PARTITIONS).unwrap_or(u64::MAX);
        self.shown.part(Pass::Merge, u64::from(partition), all);
        let mut before = self.before(partition)?;
        let found = lines(self.ask, self.findings, partition)?;
        let evidence = self.evidence.get_mut(usize::from(partition)).map(std::mem::take);
        for (owner, (found, said)) in together(found, evidence.unwrap_or_default()) {
            let before = before.remove(&owner);
            let exposure = self.unite(owner, found.as_ref(), said.as_ref(), before);
            if let Some(exposure) = exposure? {
                self.ready.push_back(exposure);
            }
        }
        // What is left was true of somebody and would be of nobody.
        self.losing += u64::try_from(before.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// What the last revision says of the lines of a partition.
    fn before(&self, partition: u8) -> Result<BTreeMap<Owner, FactSet>> {
        let Some(last) = self.last.filter(|last| last.lines > 0) else {
            return Ok(BTreeMap::new());
        };
        let Some(range) = range(partition) else { return Ok(BTreeMap::new()) };
        let incident = self.ask.keys.incident();
        let read = self.ask.home.store.read(|tx| tx.exposures_in(incident, last.no, range));
        let fact = |old: Exposure| (Owner { holder: old.holder, line: old.line }, old.facts);
        Ok(read.map_err(problem::store)?.into_iter().map(fact).collect())
    }

    fn unite(
        &mut self,
        owner: Owner,
        found: Option<&Found>,
        said: Option<&Exposure>,
        before: Option<FactSet>,
    ) -> Result<Option<NewExposure>> {
        let derived = found.map_or(FactSet::EMPTY, |found| found.facts);
        let facts = derived.union(said.map_or(FactSet::EMPTY, |said| said.facts));
        let first = found.map(|found| found.first.utc());
        let Some(exposed_at) =
            [first, said.map(|said| said.exposed_at)].into_iter().flatten().min()
        else {
            return Ok(None);
        };
        if said.is_some() {
            self.derived.insert((owner.holder, owner.line), derived);
        }
        self.counting.add(found, facts, before);
        self.losing += u64::from(before.is_some_and(|before| !before.minus(facts).is_empty()));
        let record = found.map(|found| Record::of(self.ask, found).to_bytes()).transpose()?;
        let Owner { holder, line } = owner;
        Ok(Some(NewExposure { exposure: Exposure { holder, line, facts, exposed_at }, record }))
    }
}

impl Iterator for Loading<'_, '_> {
    type Item = Result<NewExposure>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            let partition = u8::try_from(self.next).ok()?;
            self.next += 1;
            if let Err(problem) = self.refill(partition) {
                self.next = PARTITIONS;
                return Some(Err(problem));
            }
        }
        self.ready.pop_front().map(Ok::<_, Problem>)
    }
}

/// Lines with what the records say of them, what the evidence says, or both, in order.
fn together(
    found: Vec<Line>,
    evidence: Vec<Exposure>,
) -> BTreeMap<Owner, (Option<Found>, Option<Exposure>)> {
    let mut all: BTreeMap<Owner, (Option<Found>, Option<Exposure>)> = BTreeMap::new();
    for Line { owner, by_set } in found {
        all.entry(owner).or_default().0 = by_set.into_iter().next().flatten();
    }
    for said in evidence {
        let owner = Owner { holder: said.holder, line: said.line };
        all.entry(owner).or_default().1 = Some(said);
    }
    all
}

/// The buckets of a partition.
fn range(partition: u8) -> Option<BucketRange> {
    let all = u64::try_from(PARTITIONS).ok()?;
    BucketRange::covering(all, 1).nth(usize::from(partition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use simrecall_core::id::Bucket;

    #[test]
    fn a_partition_is_a_range_of_buckets() {
        for bucket in 0..=i16::MAX {
            let range = range(by_bucket(Bucket::from_i16(bucket))).unwrap();
            assert!(range.first() <= bucket && bucket <= range.last());
        }
    }
}
