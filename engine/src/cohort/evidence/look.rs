//! Looking at what nothing explains, under a permit.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::cohort::Exposure;
use simrecall_core::id::SubscriberId;
use simrecall_core::incident::Incident;
use simrecall_store::derivation::EvidenceRow;
use simrecall_store::permit::{OpenError, Permit, PermitRequest};
use simrecall_store::registry::SealedLine;
use simrecall_store::seal::IncidentKeys;

use super::record::OnRecord;
use super::{LOOK_UP, length};
use crate::cohort::snapshot;
use crate::home::Home;
use crate::notice::{names, purpose};
use crate::problem::{self, Problem, Result};
use crate::staff;

/// A row of evidence that nothing explains.
#[derive(Clone, Serialize)]
pub struct UnexplainedAnswer {
    /// The number of its list.
    pub no: i32,
    /// Who it is from.
    pub source: &'static str,
    /// The line's number at the time, masked.
    pub number: Option<String>,
    /// What is claimed to have leaked.
    pub confirmed: Vec<&'static str>,
    /// What is claimed to be possible.
    pub possible: Vec<&'static str>,
    /// When.
    pub exposed_at: DateTime<Utc>,
    /// What the evidence is and where it lies.
    pub note: Option<String>,
}

impl fmt::Debug for UnexplainedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnexplainedAnswer").field("no", &self.no).finish_non_exhaustive()
    }
}

/// Who looks at single rows, and why.
#[derive(Debug, Clone, Copy)]
pub struct Looking<'a> {
    /// Why: `customer_request`, `authority` or `audit`.
    pub purpose: &'a str,
    /// The staff member who looks.
    pub by: &'a str,
}

/// The rows nothing explains. Who looks, and why, is in the journal before anything is opened.
pub(super) fn unexplained(
    home: &Home,
    incident: &Incident,
    on_record: &OnRecord,
    looking: &Looking<'_>,
) -> Result<Vec<UnexplainedAnswer>> {
    let member = staff::may(home, looking.by, Act::OpenPerson)?;
    let rows = on_record.unexplained();
    let permit = home.permit(&PermitRequest {
        purpose: purpose(looking.purpose)?,
        actor: member.id.to_string(),
        incident: Some(incident.id),
        scope: "evidence that nothing explains".to_owned(),
        fields: vec!["note".to_owned(), "msisdn".to_owned()],
        rows: length(&rows).saturating_mul(2),
    })?;
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    let mut reader = Reader { home, keys, permit };
    let mut answers = Vec::with_capacity(rows.len());
    for rows in rows.chunks(LOOK_UP) {
        let lines = reader.lines(incident, rows)?;
        for row in rows {
            answers.push(reader.answer(row, &lines)?);
        }
    }
    Ok(answers)
}

/// Opens notes and numbers under a permit.
struct Reader<'a> {
    home: &'a Home,
    keys: IncidentKeys,
    permit: Permit,
}

impl Reader<'_> {
    /// The lines of some rows' holders, closed.
    fn lines(&self, incident: &Incident, rows: &[&EvidenceRow]) -> Result<Vec<SealedLine>> {
        let snapshot = snapshot(self.home, incident, None)?.no;
        let holders: Vec<SubscriberId> = rows.iter().map(|row| row.exposure.holder).collect();
        let found = self.home.store.read(|tx| tx.parties(incident.id, snapshot, &holders));
        Ok(found.map_err(problem::store)?.into_iter().flat_map(|party| party.lines).collect())
    }

    fn answer(&mut self, row: &EvidenceRow, lines: &[SealedLine]) -> Result<UnexplainedAnswer> {
        let Exposure { facts, exposed_at, .. } = row.exposure;
        let note = row.open(&mut self.permit, &self.keys).map_err(closed)?;
        let line = lines.iter().find(|line| was_theirs(line, &row.exposure));
        let held = line.map(|line| line.open(&mut self.permit, &self.keys));
        let held = held.transpose().map_err(closed)?;
        Ok(UnexplainedAnswer {
            no: row.no,
            source: row.source.name(),
            number: held.map(|held| held.record.msisdn.to_string()),
            confirmed: names(facts.confirmed()),
            possible: names(facts.possible()),
            exposed_at,
            note: note.map(|record| record.note),
        })
    }
}

fn was_theirs(line: &SealedLine, then: &Exposure) -> bool {
    let held = &line.holding;
    (held.line, held.holder) == (then.line, then.holder)
        && held.held_from <= then.exposed_at
        && held.held_to.is_none_or(|to| then.exposed_at < to)
}

fn closed(error: OpenError) -> Problem {
    Problem::ours("sealed", "a sealed record of evidence does not open").caused_by(error)
}
