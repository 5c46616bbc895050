//! Evidence from outside: kept as it came, in every later derivation, and held against each of them.

mod look;
mod record;
mod withdraw;

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Serialize;
use simrecall_core::cohort::{Exposure, FactSet};
use simrecall_core::derive::{Span, Verdict};
use simrecall_core::id::{IncidentId, LineId, RevisionNo, StaffId, SubscriberId};
use simrecall_store::derivation::{
    EvidenceKey, EvidenceLine, EvidenceRecord, EvidenceRow, EvidenceSource, EvidenceVerdict,
    NewEvidence,
};
use simrecall_store::seal::IncidentKeys;
use simrecall_store::{StoreError, Tx};

use super::Ground;
use super::added::Added;
use crate::home::Home;
use crate::incident;
use crate::problem::{self, Result};
pub use look::{Looking, UnexplainedAnswer};
use record::OnRecord;
pub use withdraw::{Withdraw, WithdrawAnswer, withdraw};

/// The journal's word for evidence that was kept and changed no revision.
const KEPT: &str = "cohort.evidence";
/// Lines looked up at once.
const LOOK_UP: usize = 1_000;

/// What evidence is added.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What it is and where it lies, such as a police list and its file number.
    pub what: &'a str,
    /// Who it is from.
    pub source: EvidenceSource,
}

/// What became of added evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The number of their list; none if all of it was on record already.
    pub list: Option<i32>,
    /// Rows that were not on record yet.
    pub rows: u64,
    /// The derivation they were held against; none if nothing was derived yet.
    pub against: Option<RevisionNo>,
    /// What it says to them.
    #[serde(flatten)]
    pub verdicts: Verdicts,
}

/// Rows by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    /// Derived, with every fact claimed.
    pub inside: u64,
    /// Of a time that has no records.
    pub outside: u64,
    /// Of a time that has records, and the derivation says less.
    pub unexplained: u64,
}

/// The evidence of an incident.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceAnswer {
    /// The latest derivation; none if nothing was derived yet.
    pub against: Option<RevisionNo>,
    /// Rows by source, for sources that have any.
    pub sources: Vec<SourceAnswer>,
    /// The rows nothing explains, for whoever said why they look.
    pub unexplained: Option<Vec<UnexplainedAnswer>>,
}

/// The evidence from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SourceAnswer {
    /// Who it is from.
    pub source: &'static str,
    /// How many rows.
    pub rows: u64,
    /// What the latest derivation says to them.
    #[serde(flatten)]
    pub verdicts: Verdicts,
}

/// Counts the evidence by what the latest derivation says to it; shows what is unexplained to whoever may see it.
pub fn evidence(home: &Home, code: &str, looking: Option<&Looking<'_>>) -> Result<EvidenceAnswer> {
    let incident = incident::by_code(home, code)?;
    let on_record = OnRecord::read(home, incident.id)?;
    let unexplained =
        looking.map(|looking| look::unexplained(home, &incident, &on_record, looking));
    Ok(EvidenceAnswer {
        against: on_record.latest.as_ref().map(|latest| latest.revision),
        sources: on_record.by_source(),
        unexplained: unexplained.transpose()?,
    })
}

/// Rows with what a derivation says to them, of which `derived` is what the records alone say.
pub(crate) fn judged(
    rows: &[EvidenceRow],
    derived: &BTreeMap<Owner, FactSet>,
    recorded: &[Span],
) -> Vec<EvidenceVerdict> {
    let judge = |row: &EvidenceRow| {
        let facts = derived.get(&owner(&row.exposure)).copied().unwrap_or(FactSet::EMPTY);
        EvidenceVerdict { key: row.key(), verdict: Verdict::on(&row.exposure, facts, recorded) }
    };
    rows.iter().map(judge).collect()
}

/// What is on record says of each line: all of it together.
pub(crate) fn united(rows: &[EvidenceRow]) -> BTreeMap<Owner, Exposure> {
    let mut all: BTreeMap<_, Exposure> = BTreeMap::new();
    for EvidenceRow { exposure, .. } in rows {
        let one = all.entry(owner(exposure)).or_insert(*exposure);
        one.facts = one.facts.union(exposure.facts);
        one.exposed_at = one.exposed_at.min(exposure.exposed_at);
    }
    all
}

/// A list of evidence, ready to be kept.
#[derive(Debug, Clone)]
pub(super) struct Said {
    incident: IncidentId,
    new: NewEvidence,
    verdicts: Option<(RevisionNo, Vec<Verdict>)>,
    /// Its number, once it is written down.
    no: Cell<Option<i32>>,
}

impl Said {
    /// What of a list is not on record yet, with what the latest derivation says to it.
    pub(super) fn of(
        ground: &Ground<'_>,
        added: &Added,
        evidence: &Evidence<'_>,
        by: StaffId,
    ) -> Result<Self> {
        let incident = ground.incident.id;
        let on_record = OnRecord::read(ground.home, incident)?;
        let fresh: Vec<Exposure> =
            added.exposures().filter(|new| !on_record.has(evidence.source, new)).collect();
        let verdicts = on_record.judge(ground.home, incident, &fresh)?;
        let note = || Some(EvidenceRecord { note: evidence.what.trim().to_owned() });
        let line = |exposure| EvidenceLine { exposure, record: note() };
        let lines = fresh.into_iter().map(line).collect();
        let new = NewEvidence { source: evidence.source, by, at: ground.home.now(), lines };
        Ok(Self { incident, new, verdicts, no: Cell::new(None) })
    }

    /// Writes it down, if there is anything new in it.
    pub(super) fn keep(
        &self,
        tx: &mut Tx<'_>,
        keys: &IncidentKeys,
    ) -> std::result::Result<(), StoreError> {
        if self.new.lines.is_empty() {
            return Ok(());
        }
        let no = tx.put_evidence(keys, &self.new)?;
        self.no.set(Some(no));
        let Some((revision, verdicts)) = &self.verdicts else { return Ok(()) };
        let judged = self.new.lines.iter().zip(verdicts).map(|(line, verdict)| {
            let Exposure { line, holder, .. } = line.exposure;
            EvidenceVerdict { key: EvidenceKey { no, line, holder }, verdict: *verdict }
        });
        tx.put_verdicts(self.incident, *revision, &judged.collect::<Vec<_>>())
    }

    /// Writes it down where the revision needs no change.
    pub(super) fn keep_alone(&self, ground: &Ground<'_>) -> Result<()> {
        if self.new.lines.is_empty() {
            return Ok(());
        }
        let actor = self.new.by.to_string();
        let entry = ground.home.entry(KEPT, &actor, Some(self.incident), self.body())?;
        let written = ground.home.store.write(|tx| {
            self.keep(tx, &ground.keys)?;
            tx.journal(&entry)?;
            Ok(())
        });
        written.map_err(problem::store)
    }

    pub(super) fn kept(&self) -> Kept {
        let mut verdicts = Verdicts::default();
        let given = self.verdicts.as_ref().map(|(_, given)| given.as_slice());
        given.unwrap_or_default().iter().for_each(|verdict| verdicts.count(*verdict));
        let against = self.verdicts.as_ref().map(|(revision, _)| *revision);
        Kept { list: self.no.get(), rows: length(&self.new.lines), against, verdicts }
    }

    /// As the journal says it.
    pub(super) fn body(&self) -> serde_json::Value {
        serde_json::json!({ "source": self.new.source.name(), "rows": self.new.lines.len() })
    }
}

impl Verdicts {
    const fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Inside => self.inside += 1,
            Verdict::Outside => self.outside += 1,
            Verdict::Unexplained => self.unexplained += 1,
        }
    }
}

/// A line of a holder.
type Owner = (SubscriberId, LineId);

const fn owner(of: &Exposure) -> Owner {
    (of.holder, of.line)
}

fn length<T>(of: &[T]) -> u64 {
    u64::try_from(of.len()).unwrap_or(u64::MAX)
}
