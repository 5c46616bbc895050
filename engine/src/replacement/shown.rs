//! A case as staff see it: by names in rows, nothing of it opened.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use simrecall_core::access::view::View;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::id::{AgencyId, CaseId, IncidentId, LineId};
use simrecall_core::replacement::State;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::queue::Place;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::staff::StaffMember;
use uuid::Uuid;

use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{agency, incident, staff};

/// How many cases a list shows at most.
const MOST: i64 = 10_000;

/// A case, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct CaseRow {
    /// Its name.
    pub id: String,
    /// The line, by its key within the incident.
    pub line: LineId,
    /// How it stands.
    pub state: &'static str,
    /// Who goes first, from 1 to 6.
    pub tier: i16,
    /// The same after the weeks that were waited.
    pub lifted: i16,
    /// What kind of person asks, once known.
    pub person: Option<&'static str>,
    /// When it was applied for.
    pub applied_at: DateTime<Utc>,
    /// Where it waits or is booked, by the agency's code.
    pub agency: Option<String>,
    /// What for.
    pub product: Option<String>,
    /// The local day it is booked for.
    pub day: Option<NaiveDate>,
    /// The hour of that day.
    pub hour: Option<i16>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
}

/// One move of a case.
#[derive(Debug, Clone, Serialize)]
pub struct EventRow {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened; none: it began.
    pub event: Option<&'static str>,
    /// Where it came.
    pub to: &'static str,
    /// Who did it; none for the customer and for the clock.
    pub by: Option<String>,
    /// Where.
    pub agency: Option<String>,
}

/// A case with what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct CaseAnswer {
    /// What a list shows.
    #[serde(flatten)]
    pub row: CaseRow,
    /// What happened, in order.
    pub events: Vec<EventRow>,
}

/// Cases in a state, oldest first; those that were applied for if none is named.
pub fn list(home: &Home, code: &str, state: Option<State>) -> Result<Vec<CaseRow>> {
    let incident = incident::by_code(home, code)?.id;
    let codes = agency::codes(home)?;
    let states = match state {
        Some(state) => vec![state],
        None => State::ALL.into_iter().filter(|state| state.is_open()).collect(),
    };
    let mut cases = home.store.read(|tx| {
        let mut cases = Vec::new();
        for state in &states {
            cases.extend(tx.replacements_in(incident, *state, MOST)?);
        }
        Ok(cases)
    })?;
    cases.sort_by_key(|case| place(case, home.now()));
    cases.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    Ok(cases.iter().map(|case| row(&codes, case, home.now())).collect())
}

/// One case with its moves. Who looked is in the journal before.
pub fn show(home: &Home, code: &str, case: &str, by: &str) -> Result<CaseAnswer> {
    let member = looker(home, by)?;
    let incident = incident::by_code(home, code)?.id;
    let id = case_id(case)?;
    let answer = one(home, incident, id)?;
    let body = json!({
        "view": View::Case.name(), "purpose": Purpose::CustomerRequest.name(), "case": id,
    });
    let actor = member.id.to_string();
    let entry = home.entry("view.granted", &actor, Some(incident), body)?;
    home.store.write(|tx| tx.journal(&entry).map(drop))?;
    Ok(answer)
}

/// Whoever serves customers, looks at their holds and swaps, or at them.
fn looker(home: &Home, by: &str) -> Result<StaffMember> {
    let others = [Act::ClearLine, Act::DecideSwap, Act::OpenPerson];
    let first = staff::may(home, by, Act::ServeCustomer);
    others.into_iter().fold(first, |may, act| may.or_else(|_| staff::may(home, by, act)))
}

/// The same, by names in rows.
pub(crate) fn one(home: &Home, incident: IncidentId, id: CaseId) -> Result<CaseAnswer> {
    let codes = agency::codes(home)?;
    let case = found(home, incident, id)?;
    let events = home.store.read(|tx| tx.case_events(incident, id))?;
    let mut names = BTreeMap::new();
    for by in events.iter().filter_map(|event| event.by) {
        if let std::collections::btree_map::Entry::Vacant(free) = names.entry(by) {
            free.insert(staff::name_of(home, by)?);
        }
    }
    let event = |event: simrecall_store::replacement::CaseEvent| EventRow {
        at: event.at,
        event: event.event.map(simrecall_core::replacement::Event::name),
        to: event.to.name(),
        by: event.by.and_then(|by| names.get(&by).cloned()),
        agency: event.agency.and_then(|agency| codes.get(&agency).cloned()),
    };
    Ok(CaseAnswer {
        row: row(&codes, &case, home.now()),
        events: events.into_iter().map(event).collect(),
    })
}

/// A case of an incident.
pub(crate) fn found(home: &Home, incident: IncidentId, id: CaseId) -> Result<ReplacementCase> {
    let found = home.store.read(|tx| tx.replacement(incident, id)).map_err(problem::store)?;
    found.ok_or_else(unknown)
}

/// Reads a case's name.
pub(crate) fn case_id(text: &str) -> Result<CaseId> {
    Uuid::parse_str(text.trim()).map(CaseId).map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::input("case", "there is no such case").hint("see: simrecall case list")
}

/// Its place in line now.
pub(crate) fn place(case: &ReplacementCase, now: DateTime<Utc>) -> Place {
    Place::of(case.id, case.tier, case.applied_at, now)
}

pub(crate) fn row(
    codes: &BTreeMap<AgencyId, String>,
    case: &ReplacementCase,
    now: DateTime<Utc>,
) -> CaseRow {
    CaseRow {
        id: case.id.to_string(),
        line: case.line,
        state: case.state.name(),
        tier: case.tier.code(),
        lifted: place(case, now).lifted,
        person: case.person_type.map(Person::name),
        applied_at: case.applied_at,
        agency: case.agency.and_then(|agency| codes.get(&agency).cloned()),
        product: case.product.clone(),
        day: case.day,
        hour: case.hour,
        completed_at: case.completed_at,
    }
}
