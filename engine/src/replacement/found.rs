//! The line of a case, as the registry has it now.

use chrono::{DateTime, Utc};
use simrecall_core::access::Purpose;
use simrecall_core::id::{IncidentId, LineId, SubscriberId};
use simrecall_core::identity::Msisdn;
use simrecall_core::subscriber::{LineRecord, Subscriber};
use simrecall_store::permit::PermitRequest;
use simrecall_store::registry::{LineKey, SealedLine, SealedParty, SealedSubscriber};
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::Field;

use super::line::Whose;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::selfcheck::{held_last, is_held, nobody_holds, unopened};

/// A line as the registry has it now, opened.
pub(crate) struct Found {
    pub(crate) whose: Whose,
    /// Since when whoever holds it does.
    pub(crate) held_from: DateTime<Utc>,
    pub(crate) record: LineRecord,
    pub(crate) subscriber: Subscriber,
}

/// The line that has a number now and whoever holds it; who looked is in the journal before anything is opened.
pub(crate) fn by_number(
    home: &Home,
    incident: IncidentId,
    (number, actor): (&Msisdn, &str),
) -> Result<Found> {
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let key = LineKey::Msisdn(keys.blind(Field::Msisdn, number.expose()));
    let now = home.now();
    let found = home.store.read(|tx| {
        let Some(snapshot) = tx.latest_snapshot(incident)? else { return Ok(None) };
        let lines = tx.find_lines(incident, snapshot.no, key)?;
        let Some(line) = held_last(lines, now) else { return Ok(None) };
        let party = tx.parties(incident, snapshot.no, &[line.holding.holder])?.into_iter().next();
        Ok(party.map(|party| (line, party)))
    })?;
    let (line, party) = found.ok_or_else(|| nobody_holds().detail("line_ended"))?;
    opened(home, incident, (party.subscriber, line), ("a new card for a line", actor))
}

/// Whose number it is now, by names in rows; none if it is nobody's. Nothing is opened.
pub(crate) fn whose(
    home: &Home,
    incident: IncidentId,
    number: &Msisdn,
) -> Result<Option<(LineId, SubscriberId)>> {
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let key = LineKey::Msisdn(keys.blind(Field::Msisdn, number.expose()));
    let lines = home.store.read(|tx| match tx.latest_snapshot(incident)? {
        Some(snapshot) => tx.find_lines(incident, snapshot.no, key),
        None => Ok(Vec::new()),
    })?;
    let line = held_last(lines, home.now());
    Ok(line.map(|line| (line.holding.line, line.holding.holder)))
}

/// The line of a case as the registry has it now; who looked is in the journal before anything is opened.
pub(crate) fn of_case(home: &Home, case: &ReplacementCase, actor: &str) -> Result<Found> {
    let scope = format!("the line of case {}", case.id);
    opened(home, case.incident, holder_of(home, case)?, (&scope, actor))
}

/// Opens somebody and a line of theirs.
fn opened(
    home: &Home,
    incident: IncidentId,
    (subscriber, line): (SealedSubscriber, SealedLine),
    (scope, actor): (&str, &str),
) -> Result<Found> {
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: scope.to_owned(),
        fields: ["number", "name", "birth_date"].map(str::to_owned).to_vec(),
        rows: 2,
    })?;
    let held = line.open(&mut permit, &keys).map_err(unopened)?;
    let subscriber = subscriber.open(&mut permit, &keys).map_err(unopened)?;
    let whose = Whose { incident, line: held.line, holder: line.holding.holder };
    Ok(Found { whose, held_from: line.holding.held_from, record: held.record, subscriber })
}

/// Whoever a case is of, and their line as they hold it now, both sealed.
pub(crate) fn holder_of(
    home: &Home,
    case: &ReplacementCase,
) -> Result<(SealedSubscriber, SealedLine)> {
    let (incident, now) = (case.incident, home.now());
    let parties = home.store.read(|tx| match tx.latest_snapshot(incident)? {
        Some(snapshot) => tx.parties(incident, snapshot.no, &[case.person]),
        None => Ok(Vec::new()),
    })?;
    let SealedParty { subscriber, lines } = parties.into_iter().next().ok_or_else(ended)?;
    let is_theirs =
        |line: &SealedLine| line.holding.line == case.line && is_held(&line.holding, now);
    let line = lines.into_iter().rfind(is_theirs).ok_or_else(ended)?;
    Ok((subscriber, line))
}

fn ended() -> Problem {
    Problem::state("line_ended", "the line is nobody's any more, or somebody else's")
        .detail("line_ended")
        .hint("see the latest registry snapshot")
}
