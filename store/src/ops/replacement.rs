//! Queries on cases.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use simrecall_core::id::{AgencyId, CaseId, IncidentId, LineId};
use simrecall_core::incident::IncidentState;
use simrecall_core::replacement::State;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::queue::Tier;

use super::booking::{book_day, book_hour, unbook, unbook_day};
use super::stock::lock_stock;
use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::replacement::{CaseMove, Moved, Place, PlaceChange, ReplacementCase};
use crate::schema::{case_event, incident, replacement_case};
use crate::types::{At, Id, day_code, day_of};

/// Lines bound to one statement, which looks at every pair of a bucket and a line.
const PAIRS: usize = 100;
pub(super) const DAMAGED: StoreError = StoreError::Damaged("replacement_case");

#[derive(Insertable, Queryable)]
#[diesel(table_name = replacement_case, treat_none_as_default_value = false)]
pub(super) struct CaseRow {
    bucket: i16,
    incident: Id,
    line: Id,
    id: Id,
    person: Id,
    state: i16,
    applied_at: At,
    changed_at: At,
    open: bool,
    completed_at: Option<At>,
    tier: i16,
    person_type: Option<i16>,
    agency: Option<Id>,
    product: Option<String>,
    day: Option<i32>,
    hour: Option<i16>,
    place_used: bool,
    version: i32,
}

#[derive(Insertable)]
#[diesel(table_name = case_event, treat_none_as_default_value = false)]
struct EventRow {
    incident: Id,
    case_id: Id,
    no: i32,
    from_state: Option<i16>,
    event: Option<i16>,
    to_state: i16,
    by_staff: Option<Id>,
    agency: Option<Id>,
    at: At,
}

/// Waits for whoever begins to erase the incident, who takes the same lock: one of the two sees the other.
fn before_erasing(conn: &mut Conn, id: IncidentId) -> Result<(), StoreError> {
    lock_until_commit(conn, "hold")?;
    let state: Option<i16> =
        incident::table.find(Id::from(id)).select(incident::state).first(conn).optional()?;
    match state {
        None => Err(StoreError::NotFound("incident")),
        Some(state) if state == IncidentState::Erasing.code() => {
            Err(StoreError::State("the incident is being erased; a replacement comes too late"))
        }
        Some(_) => Ok(()),
    }
}

pub(crate) fn apply_for_replacement(
    conn: &mut Conn,
    new: &ReplacementCase,
) -> Result<bool, StoreError> {
    before_erasing(conn, new.incident)?;
    let row = CaseRow {
        bucket: new.line.bucket().get(),
        incident: new.incident.into(),
        line: new.line.into(),
        id: new.id.into(),
        person: new.person.into(),
        state: State::Applied.code(),
        applied_at: new.applied_at.into(),
        changed_at: new.applied_at.into(),
        open: true,
        completed_at: None,
        tier: new.tier.code(),
        person_type: new.person_type.map(Person::code),
        agency: new.agency.map(Id::from),
        product: new.product.clone(),
        day: None,
        hour: None,
        place_used: false,
        version: 0,
    };
    let opened = diesel::insert_into(replacement_case::table).values(row).on_conflict_do_nothing();
    if opened.execute(conn)? == 0 {
        return Ok(false);
    }
    let began = EventRow {
        incident: new.incident.into(),
        case_id: new.id.into(),
        no: 1,
        from_state: None,
        event: None,
        to_state: State::Applied.code(),
        by_staff: None,
        agency: new.agency.map(Id::from),
        at: new.applied_at.into(),
    };
    diesel::insert_into(case_event::table).values(began).execute(conn)?;
    Ok(true)
}

pub(crate) fn replacement(
    conn: &mut Conn,
    incident: IncidentId,
    id: CaseId,
) -> Result<Option<ReplacementCase>, StoreError> {
    let row: Option<CaseRow> = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::id.eq(Id::from(id)))
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

pub(crate) fn replacements_of(
    conn: &mut Conn,
    incident: IncidentId,
    lines: &[LineId],
) -> Result<Vec<ReplacementCase>, StoreError> {
    let mut found = Vec::new();
    for some in lines.chunks(PAIRS) {
        let buckets: Vec<i16> = some.iter().map(|line| line.bucket().get()).collect();
        let these: Vec<Id> = some.iter().map(|line| Id::from(*line)).collect();
        let rows: Vec<CaseRow> = replacement_case::table
            .filter(replacement_case::bucket.eq_any(buckets))
            .filter(replacement_case::incident.eq(Id::from(incident)))
            .filter(replacement_case::line.eq_any(these))
            .load(conn)?;
        for row in rows {
            found.push(read(row)?);
        }
    }
    found.sort_unstable_by_key(|case| (case.line, case.applied_at, case.id));
    Ok(found)
}

pub(crate) fn replacements_since(
    conn: &mut Conn,
    incident: IncidentId,
    state: State,
    since: DateTime<Utc>,
) -> Result<Vec<ReplacementCase>, StoreError> {
    let came: BTreeSet<Id> = case_event::table
        .filter(case_event::incident.eq(Id::from(incident)))
        .filter(case_event::at.ge(At::from(since)))
        .filter(case_event::to_state.eq(state.code()))
        .select(case_event::case_id)
        .load(conn)?
        .into_iter()
        .collect();
    let came: Vec<Id> = came.into_iter().collect();
    let mut found = Vec::new();
    for some in came.chunks(PAIRS) {
        let rows: Vec<CaseRow> = replacement_case::table
            .filter(replacement_case::incident.eq(Id::from(incident)))
            .filter(replacement_case::id.eq_any(some))
            .load(conn)?;
        for row in rows {
            found.push(read(row)?);
        }
    }
    found.retain(|case| case.state == state);
    Ok(found)
}

pub(crate) fn replacements_in(
    conn: &mut Conn,
    incident: IncidentId,
    state: State,
    limit: i64,
) -> Result<Vec<ReplacementCase>, StoreError> {
    let rows: Vec<CaseRow> = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::state.eq(state.code()))
        .order((replacement_case::applied_at, replacement_case::line))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn replacements_at(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    states: &[State],
) -> Result<Vec<ReplacementCase>, StoreError> {
    let codes: Vec<i16> = states.iter().map(|state| state.code()).collect();
    let rows: Vec<CaseRow> = replacement_case::table
        .filter(replacement_case::agency.eq(Some(Id::from(agency))))
        .filter(replacement_case::product.eq(Some(product)))
        .filter(replacement_case::state.eq_any(codes))
        .order((replacement_case::applied_at, replacement_case::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(super) fn read(row: CaseRow) -> Result<ReplacementCase, StoreError> {
    let person_type = row.person_type.map(|code| Person::from_code(code).ok_or(DAMAGED));
    Ok(ReplacementCase {
        incident: row.incident.into(),
        line: row.line.into(),
        id: row.id.into(),
        person: row.person.into(),
        state: State::from_code(row.state).ok_or(DAMAGED)?,
        applied_at: row.applied_at.into(),
        changed_at: row.changed_at.into(),
        completed_at: row.completed_at.map(Into::into),
        tier: Tier::from_code(row.tier).ok_or(DAMAGED)?,
        person_type: person_type.transpose()?,
        agency: row.agency.map(Into::into),
        product: row.product,
        day: row.day.map(day_of),
        hour: row.hour,
        place_used: row.place_used,
        version: row.version,
    })
}

/// What a case's place becomes.
struct NewPlace {
    agency: Option<AgencyId>,
    product: Option<String>,
    day: Option<NaiveDate>,
    hour: Option<i16>,
    used: bool,
}

pub(crate) fn move_case(conn: &mut Conn, step: &CaseMove<'_>) -> Result<Moved, StoreError> {
    if !step.case.state.is_open() {
        before_erasing(conn, step.case.incident)?;
    }
    lock_counts(conn, step)?;
    let Some(now) = held_case(conn, step.case.incident, step.case.id)? else {
        return Ok(Moved::Elsewhere);
    };
    let is_same = now.state == step.case.state
        && now.version == step.case.version
        && (now.agency, now.day, now.hour) == (step.case.agency, step.case.day, step.case.hour)
        && now.product == step.case.product;
    if !is_same {
        return Ok(Moved::Elsewhere);
    }
    let place = match new_place(conn, &now, step)? {
        Ok(place) => place,
        Err(full) => return Ok(full),
    };
    write_move(conn, step, place)?;
    Ok(Moved::Done)
}

/// Takes the counts whose places may change, always in the same order, before the case.
fn lock_counts(conn: &mut Conn, step: &CaseMove<'_>) -> Result<(), StoreError> {
    let mut counts: BTreeSet<(AgencyId, &str)> = BTreeSet::new();
    if step.case.day.is_some() {
        counts.extend(step.case.agency.zip(step.case.product.as_deref()));
    }
    if let PlaceChange::Book(place) = &step.place {
        counts.insert((place.agency, &place.product));
    }
    for (agency, product) in counts {
        lock_stock(conn, agency, product)?;
    }
    Ok(())
}

/// A case as it is; others are kept from it until the transaction ends.
fn held_case(
    conn: &mut Conn,
    incident: IncidentId,
    id: CaseId,
) -> Result<Option<ReplacementCase>, StoreError> {
    let there = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::id.eq(Id::from(id)));
    let row: Option<CaseRow> = hold!(there).get_result(conn).optional()?;
    row.map(read).transpose()
}

/// Keeps others from a case until the transaction ends, and says where it is then; none: there is none.
pub(crate) fn lock_case_row(
    conn: &mut Conn,
    incident: IncidentId,
    id: CaseId,
) -> Result<Option<State>, StoreError> {
    let there = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::id.eq(Id::from(id)))
        .select(replacement_case::state);
    let state: Option<i16> = hold!(there).get_result(conn).optional()?;
    state.map(|code| State::from_code(code).ok_or(DAMAGED)).transpose()
}

/// Changes the counters, and says what the case's place is then; or that there is no room, and changes nothing.
fn new_place(
    conn: &mut Conn,
    now: &ReplacementCase,
    step: &CaseMove<'_>,
) -> Result<Result<NewPlace, Moved>, StoreError> {
    let left = |agency, product| NewPlace { agency, product, day: None, hour: None, used: false };
    let (agency, product) = (now.agency, now.product.clone());
    if !step.to.is_open() {
        unbook(conn, now)?;
        return Ok(Ok(left(agency, product)));
    }
    match &step.place {
        PlaceChange::Keep => {
            Ok(Ok(NewPlace { agency, product, day: now.day, hour: now.hour, used: now.place_used }))
        }
        PlaceChange::Leave => {
            unbook(conn, now)?;
            Ok(Ok(left(agency, product)))
        }
        PlaceChange::Wait(agency, product) => {
            unbook(conn, now)?;
            Ok(Ok(left(Some(*agency), Some(product.clone()))))
        }
        PlaceChange::Book(place) => book(conn, now, place),
    }
}

/// Books the new place before it leaves the old one, which may be the same day's or hour's.
fn book(
    conn: &mut Conn,
    now: &ReplacementCase,
    place: &Place,
) -> Result<Result<NewPlace, Moved>, StoreError> {
    let same_agency = now.agency == Some(place.agency) && now.day == Some(place.day);
    let same_day = same_agency && now.product.as_deref() == Some(&place.product) && !now.place_used;
    let same_hour = same_agency && now.hour == Some(place.hour);
    let (agency, product, day) = (place.agency, place.product.as_str(), place.day);
    if !same_day && !book_day(conn, agency, product, day)? {
        return Ok(Err(Moved::DayFull));
    }
    if !same_hour && !book_hour(conn, agency, day, place.hour)? {
        if !same_day {
            unbook_day(conn, agency, product, day)?;
        }
        return Ok(Err(Moved::HourFull));
    }
    // What stays the same is not left.
    let left = ReplacementCase {
        place_used: now.place_used || same_day,
        hour: now.hour.filter(|_| !same_hour),
        ..now.clone()
    };
    unbook(conn, &left)?;
    Ok(Ok(NewPlace {
        agency: Some(agency),
        product: Some(place.product.clone()),
        day: Some(day),
        hour: Some(place.hour),
        used: false,
    }))
}

/// Writes the case, whose row is locked, and the move.
fn write_move(conn: &mut Conn, step: &CaseMove<'_>, place: NewPlace) -> Result<(), StoreError> {
    use replacement_case as c;
    let CaseMove { case, to, .. } = *step;
    let version = case.version + 1;
    let key = (case.line.bucket().get(), Id::from(case.incident), Id::from(case.line));
    diesel::update(c::table.find((key.0, key.1, key.2, Id::from(case.id))))
        .set((
            c::state.eq(to.code()),
            c::changed_at.eq(At::from(step.at)),
            c::open.eq(to.is_open()),
            c::completed_at.eq((to == State::Completed).then(|| At::from(step.at))),
            c::agency.eq(place.agency.map(Id::from)),
            c::product.eq(place.product),
            c::day.eq(place.day.map(day_code)),
            c::hour.eq(place.hour),
            c::place_used.eq(place.used),
            c::version.eq(version),
        ))
        .execute(conn)?;
    let event = EventRow {
        incident: case.incident.into(),
        case_id: case.id.into(),
        no: version + 1,
        from_state: Some(case.state.code()),
        event: Some(step.event.code()),
        to_state: to.code(),
        by_staff: step.by.map(Id::from),
        agency: step.agency.map(Id::from),
        at: step.at.into(),
    };
    diesel::insert_into(case_event::table).values(event).execute(conn)?;
    Ok(())
}

pub(crate) fn rank_case(
    conn: &mut Conn,
    incident: IncidentId,
    id: CaseId,
    tier: Tier,
    person_type: Option<Person>,
) -> Result<bool, StoreError> {
    let there = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::id.eq(Id::from(id)));
    let ranked = diesel::update(there).set((
        replacement_case::tier.eq(tier.code()),
        replacement_case::person_type.eq(person_type.map(Person::code)),
    ));
    Ok(ranked.execute(conn)? == 1)
}
