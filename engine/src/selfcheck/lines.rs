//! The lines somebody holds or uses now: what they may ask something for.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use simrecall_core::access::{Purpose, Unlock};
use simrecall_core::id::{IncidentId, LineId};
use simrecall_core::identity::Msisdn;
use simrecall_core::subscriber::LineRecord;
use simrecall_store::permit::PermitRequest;
use simrecall_store::registry::{LineKey, SealedLine};
use simrecall_store::seal::Field;

use super::door::Door;
use super::session::{Known, Visit};
use super::shown::OwnLine;
use super::who::{is_held, unopened};
use crate::home::Home;
use crate::problem::{self, Problem, Result};

impl Door {
    /// The lines they hold or use now.
    pub fn lines(&self, visit: &Visit) -> Result<Vec<OwnLine>> {
        let known = visit.asked(Unlock::Items)?;
        let records = self.own_lines(known)?;
        let line =
            |(line, record): (LineId, LineRecord)| OwnLine { line, number: record.msisdn.masked() };
        Ok(records.into_iter().map(line).collect())
    }

    /// The records of the lines they hold or use now, opened under one permit, in order of key.
    pub(crate) fn own_lines(&self, known: &Known) -> Result<BTreeMap<LineId, LineRecord>> {
        let mut permit = self.permit("the lines somebody holds now")?;
        let Some(party) = self.party(known)? else { return Ok(BTreeMap::new()) };
        let now = self.now();
        let is_theirs = |line: &&SealedLine| {
            is_held(&line.holding, now) && known.line.is_none_or(|one| line.holding.line == one)
        };
        let open = |line: &SealedLine| {
            let held = line.open(&mut permit, &self.inner.keys).map_err(unopened)?;
            Ok((held.line, held.record))
        };
        party.lines.iter().filter(is_theirs).map(open).collect()
    }

    /// One line of theirs; another one is refused.
    pub(crate) fn own_line(&self, known: &Known, line: LineId) -> Result<LineRecord> {
        self.own_lines(known)?.remove(&line).ok_or_else(not_theirs)
    }
}

/// A line that is not theirs, and one that is nobody's, look the same.
pub(crate) fn not_theirs() -> Problem {
    Problem::input("line", "this is none of your lines").hint("choose one of the list")
}

/// The line that has a number now, for staff; who looked is in the journal before it is opened.
pub(crate) fn line_of(
    home: &Home,
    incident: IncidentId,
    (number, actor): (&Msisdn, &str),
) -> Result<(LineId, LineRecord)> {
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let key = LineKey::Msisdn(keys.blind(Field::Msisdn, number.expose()));
    let now = home.now();
    let found = home.store.read(|tx| match tx.latest_snapshot(incident)? {
        Some(snapshot) => tx.find_lines(incident, snapshot.no, key),
        None => Ok(Vec::new()),
    })?;
    let last = held_last(found, now).ok_or_else(nobody_holds)?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: "the line that has a number".to_owned(),
        fields: vec!["imsi".to_owned()],
        rows: 1,
    })?;
    let opened = last.open(&mut permit, &keys).map_err(unopened)?;
    Ok((opened.line, opened.record))
}

/// Of lines with one number, the one that is held at a moment; of several, whose holder has it for the shortest time.
pub(crate) fn held_last(lines: Vec<SealedLine>, at: DateTime<Utc>) -> Option<SealedLine> {
    let held = lines.into_iter().filter(|line| is_held(&line.holding, at));
    held.max_by_key(|line| line.holding.held_from)
}

/// A number that is nobody's now.
pub(crate) fn nobody_holds() -> Problem {
    Problem::input("number", "nobody holds this number").hint("see the latest registry snapshot")
}
