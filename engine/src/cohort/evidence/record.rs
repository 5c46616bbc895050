//! What is on record of an incident's evidence, and what the latest derivation says to it.

use std::collections::BTreeMap;

use serde::Deserialize;
use simrecall_core::cohort::{Exposure, FactSet};
use simrecall_core::derive::{Span, Verdict};
use simrecall_core::id::{IncidentId, RevisionNo};
use simrecall_store::derivation::{Derivation, EvidenceKey, EvidenceRow, EvidenceSource};

use super::{LOOK_UP, Owner, SourceAnswer, Verdicts, owner};
use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// What was derived last, as far as evidence is held against it.
#[derive(Debug)]
pub(super) struct Latest {
    pub(super) revision: RevisionNo,
    recorded: Vec<Span>,
}

/// The part of a derivation's manifest that says which times have records.
#[derive(Deserialize)]
struct Manifest {
    hours: Vec<Span>,
}

/// All evidence of an incident, and what the latest derivation says to it.
pub(super) struct OnRecord {
    rows: Vec<EvidenceRow>,
    /// The places of the rows about each line.
    about: BTreeMap<Owner, Vec<usize>>,
    pub(super) latest: Option<Latest>,
    verdicts: BTreeMap<EvidenceKey, Verdict>,
}

impl OnRecord {
    pub(super) fn read(home: &Home, incident: IncidentId) -> Result<Self> {
        let (rows, latest, verdicts) = home
            .store
            .read(|tx| {
                let latest = tx.latest_derivation(incident)?;
                let verdicts = match &latest {
                    Some(latest) => tx.verdicts(incident, latest.revision)?,
                    None => Vec::new(),
                };
                Ok((tx.evidence(incident)?, latest, verdicts))
            })
            .map_err(problem::store)?;
        let latest = latest.as_ref().map(Latest::read).transpose()?;
        let verdicts = verdicts.into_iter().map(|of| (of.key, of.verdict)).collect();
        let mut about: BTreeMap<Owner, Vec<usize>> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate() {
            about.entry(owner(&row.exposure)).or_default().push(place);
        }
        Ok(Self { rows, about, latest, verdicts })
    }

    pub(super) fn has(&self, source: EvidenceSource, new: &Exposure) -> bool {
        self.of(new).any(|row| row.source == source && row.exposure == *new)
    }

    /// The rows about a line of a holder.
    fn of(&self, line: &Exposure) -> impl Iterator<Item = &EvidenceRow> {
        let places = self.about.get(&owner(line)).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.rows.get(*place))
    }

    /// What the latest derivation says to new rows.
    pub(super) fn judge(
        &self,
        home: &Home,
        incident: IncidentId,
        fresh: &[Exposure],
    ) -> Result<Option<(RevisionNo, Vec<Verdict>)>> {
        let Some(Latest { revision, recorded }) = &self.latest else { return Ok(None) };
        let owners: Vec<_> = fresh.iter().map(owner).collect();
        let mut said = BTreeMap::new();
        for owners in owners.chunks(LOOK_UP) {
            let found = home.store.read(|tx| tx.exposures_at(incident, *revision, owners));
            let found = found.map_err(problem::store)?;
            said.extend(found.into_iter().map(|one| (owner(&one), one.facts)));
        }
        let judge = |new: &Exposure| {
            let said = said.get(&owner(new)).copied().unwrap_or(FactSet::EMPTY);
            Verdict::on(new, said.minus(self.lent(new)), recorded)
        };
        Ok(Some((*revision, fresh.iter().map(judge).collect())))
    }

    /// What the latest derivation has of a line from earlier evidence alone: no evidence explains another.
    fn lent(&self, line: &Exposure) -> FactSet {
        let open = |row: &&EvidenceRow| match self.verdicts.get(&row.key()) {
            Some(Verdict::Outside | Verdict::Unexplained) => true,
            Some(Verdict::Inside) | None => false,
        };
        self.of(line).filter(open).fold(FactSet::EMPTY, |all, row| all.union(row.exposure.facts))
    }

    pub(super) fn by_source(&self) -> Vec<SourceAnswer> {
        let of = |source: EvidenceSource| {
            let mut answer =
                SourceAnswer { source: source.name(), rows: 0, verdicts: Verdicts::default() };
            for row in self.rows.iter().filter(|row| row.source == source) {
                answer.rows += 1;
                if let Some(verdict) = self.verdicts.get(&row.key()) {
                    answer.verdicts.count(*verdict);
                }
            }
            answer
        };
        EvidenceSource::ALL.map(of).into_iter().filter(|answer| answer.rows > 0).collect()
    }

    /// The rows the latest derivation does not explain.
    pub(super) fn unexplained(&self) -> Vec<&EvidenceRow> {
        let verdict = |row: &EvidenceRow| self.verdicts.get(&row.key()).copied();
        self.rows.iter().filter(|row| verdict(row) == Some(Verdict::Unexplained)).collect()
    }
}

impl Latest {
    fn read(of: &Derivation) -> Result<Self> {
        let read: std::result::Result<Manifest, _> = serde_json::from_str(&of.manifest);
        let manifest = read.map_err(|error| {
            Problem::ours("derivation", "an earlier derivation cannot be read").caused_by(error)
        })?;
        Ok(Self { revision: of.revision, recorded: manifest.hours })
    }
}
