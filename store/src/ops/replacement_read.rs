//! Reading what became of cases.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use simrecall_core::id::{AgencyId, CaseId, IncidentId};
use simrecall_core::replacement::{Event, State};

use super::Conn;
use super::replacement::{CaseRow, DAMAGED, read as read_case};
use crate::error::StoreError;
use crate::replacement::{CaseEvent, EventCount, ReplacementCase};
use crate::schema::{case_event, replacement_case};
use crate::types::{At, Id, day_code};

/// Cases at a counter, in the words of the index that finds them: checked in, and until nothing runs any more.
const AT_A_COUNTER: &str = "state BETWEEN 6 AND 12";
const BAD_EVENT: StoreError = StoreError::Damaged("case_event");

/// State before, event, state after.
type Codes = (Option<i16>, Option<i16>, i16);

pub(crate) fn case_events(
    conn: &mut Conn,
    incident: IncidentId,
    id: CaseId,
) -> Result<Vec<CaseEvent>, StoreError> {
    type Row = (i32, Option<i16>, Option<i16>, i16, Option<Id>, Option<Id>, At);
    let rows: Vec<Row> = case_event::table
        .filter(case_event::incident.eq(Id::from(incident)))
        .filter(case_event::case_id.eq(Id::from(id)))
        .order(case_event::no)
        .select((
            case_event::no,
            case_event::from_state,
            case_event::event,
            case_event::to_state,
            case_event::by_staff,
            case_event::agency,
            case_event::at,
        ))
        .load(conn)?;
    let event = |(no, from, event, to, by, agency, at): Row| {
        let (from, event, to) = decode((from, event, to))?;
        let (by, agency) = (by.map(Into::into), agency.map(Into::into));
        Ok(CaseEvent { no, from, event, to, by, agency, at: at.into() })
    };
    rows.into_iter().map(event).collect()
}

pub(crate) fn replacements_after(
    conn: &mut Conn,
    incident: IncidentId,
    state: State,
    after: Option<(DateTime<Utc>, CaseId)>,
    limit: i64,
) -> Result<Vec<ReplacementCase>, StoreError> {
    let mut page = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::state.eq(state.code()))
        .order((replacement_case::applied_at, replacement_case::id))
        .limit(limit)
        .into_boxed();
    if let Some((applied_at, id)) = after {
        let (applied_at, id) = (At::from(applied_at), Id::from(id));
        let of_then = replacement_case::applied_at.eq(applied_at).and(replacement_case::id.gt(id));
        page = page.filter(replacement_case::applied_at.gt(applied_at).or(of_then));
    }
    let rows: Vec<CaseRow> = page.load(conn)?;
    rows.into_iter().map(read_case).collect()
}

fn decode((from, event, to): Codes) -> Result<(Option<State>, Option<Event>, State), StoreError> {
    let state = |code| State::from_code(code).ok_or(BAD_EVENT);
    let event = event.map(|code| Event::from_code(code).ok_or(BAD_EVENT)).transpose()?;
    Ok((from.map(state).transpose()?, event, state(to)?))
}

/// From which state, by which event, to which state, at which agency, how often.
type CountedRow = (Option<i16>, Option<i16>, i16, Option<Id>, i64);

pub(crate) fn count_case_events(
    conn: &mut Conn,
    incident: IncidentId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<EventCount>, StoreError> {
    let kind =
        (case_event::from_state, case_event::event, case_event::to_state, case_event::agency);
    let rows: Vec<CountedRow> = case_event::table
        .filter(case_event::incident.eq(Id::from(incident)))
        .filter(case_event::at.ge(At::from(from)))
        .filter(case_event::at.lt(At::from(until)))
        .group_by(kind)
        .order(kind)
        .select((
            case_event::from_state,
            case_event::event,
            case_event::to_state,
            case_event::agency,
            count_star(),
        ))
        .load(conn)?;
    let counted = |(from, event, to, agency, count): (_, _, _, Option<Id>, i64)| {
        let (from, event, to) = decode((from, event, to))?;
        Ok(EventCount { from, event, to, agency: agency.map(Into::into), count })
    };
    rows.into_iter().map(counted).collect()
}

pub(crate) fn count_cases(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<(State, i64)>, StoreError> {
    let rows: Vec<(i16, i64)> = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .group_by(replacement_case::state)
        .order(replacement_case::state)
        .select((replacement_case::state, count_star()))
        .load(conn)?;
    let named = |(code, count)| Ok((State::from_code(code).ok_or(DAMAGED)?, count));
    rows.into_iter().map(named).collect()
}

pub(crate) fn unsettled_cases(
    conn: &mut Conn,
    incident: IncidentId,
    completed_after: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let late = replacement_case::completed_at.gt(At::from(completed_after));
    let count: i64 = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::open.eq(true).or(late.assume_not_null()))
        .count()
        .get_result(conn)?;
    Ok(count.unsigned_abs())
}

pub(crate) fn replacements_at_desks(
    conn: &mut Conn,
    agency: AgencyId,
    day: NaiveDate,
) -> Result<Vec<ReplacementCase>, StoreError> {
    let here = || replacement_case::agency.eq(Some(Id::from(agency)));
    let booked: Vec<CaseRow> = replacement_case::table
        .filter(here())
        .filter(replacement_case::day.eq(Some(day_code(day))))
        .load(conn)?;
    let served: Vec<CaseRow> =
        replacement_case::table.filter(here()).filter(sql::<Bool>(AT_A_COUNTER)).load(conn)?;
    let mut cases: BTreeMap<CaseId, ReplacementCase> = BTreeMap::new();
    for row in booked.into_iter().chain(served) {
        let case = read_case(row)?;
        cases.insert(case.id, case);
    }
    let mut cases: Vec<ReplacementCase> = cases.into_values().collect();
    cases.sort_by_key(|case| (case.hour.unwrap_or(i16::MAX), case.applied_at, case.id));
    Ok(cases)
}

/// Cases that are held against their moves at a time.
const AT_ONCE: i64 = 5_000;

pub(crate) fn case_drift(conn: &mut Conn, incident: IncidentId) -> Result<Vec<CaseId>, StoreError> {
    let (mut wrong, mut after) = (Vec::new(), None);
    loop {
        let cases = cases_after(conn, incident, after)?;
        let Some(last) = cases.last().map(|case| case.0) else { return Ok(wrong) };
        let folded = folded(conn, incident, (after, last))?;
        let is_wrong = |&(id, state, open, version): &(Id, i16, bool, i32)| {
            let says = folded.get(&id).copied();
            let is_open = State::from_code(state).map(State::is_open);
            says != Some((version + 1, Some(state))) || is_open != Some(open)
        };
        wrong.extend(cases.into_iter().filter(is_wrong).map(|(id, ..)| CaseId::from(id)));
        after = Some(last);
    }
}

/// Name, state, whether open, version.
type Standing = (Id, i16, bool, i32);

fn cases_after(
    conn: &mut Conn,
    incident: IncidentId,
    after: Option<Id>,
) -> Result<Vec<Standing>, StoreError> {
    let mut cases = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .order(replacement_case::id)
        .limit(AT_ONCE)
        .select((
            replacement_case::id,
            replacement_case::state,
            replacement_case::open,
            replacement_case::version,
        ))
        .into_boxed();
    if let Some(after) = after {
        cases = cases.filter(replacement_case::id.gt(after));
    }
    Ok(cases.load(conn)?)
}

/// The moves of some cases, folded: how many there are, and where the last one led. Each begins where the one before ended.
fn folded(
    conn: &mut Conn,
    incident: IncidentId,
    (after, last): (Option<Id>, Id),
) -> Result<BTreeMap<Id, (i32, Option<i16>)>, StoreError> {
    let mut moves = case_event::table
        .filter(case_event::incident.eq(Id::from(incident)))
        .filter(case_event::case_id.le(last))
        .order((case_event::case_id, case_event::no))
        .select((case_event::case_id, case_event::no, case_event::from_state, case_event::to_state))
        .into_boxed();
    if let Some(after) = after {
        moves = moves.filter(case_event::case_id.gt(after));
    }
    let moves: Vec<(Id, i32, Option<i16>, i16)> = moves.load(conn)?;
    let mut folded: BTreeMap<Id, (i32, Option<i16>)> = BTreeMap::new();
    for (case, no, from, to) in moves {
        let so_far = folded.get(&case).copied().unwrap_or((0, None));
        let fits = no == so_far.0 + 1 && from == so_far.1;
        // A gap never fits again.
        folded.insert(case, (if fits { no } else { i32::MIN }, Some(to)));
    }
    Ok(folded)
}
