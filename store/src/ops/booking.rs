//! Queries on places.

use std::cmp::Reverse;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use simrecall_core::id::{AgencyId, CaseId, IncidentId};
use simrecall_core::replacement::State;
use simrecall_core::replacement::booking::PER_DESK;
use simrecall_core::replacement::queue;

use super::Conn;
use super::replacement::{CaseRow, read};
use super::stock::{lock_stock, shift_held};
use crate::booking::{AgencyDay, AgencyHour};
use crate::error::StoreError;
use crate::replacement::ReplacementCase;
use crate::schema::{agency, agency_day, agency_hour, replacement_case};
use crate::types::{Id, day_code, day_of};

pub(crate) fn hold_places(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    day: NaiveDate,
    places: i64,
) -> Result<bool, StoreError> {
    let unheld = lock_stock(conn, agency, product)?.map_or(0, |count| count.unheld());
    if places < 1 || unheld < places {
        return Ok(false);
    }
    let key = (Id::from(agency), product, day_code(day));
    diesel::insert_into(agency_day::table)
        .values((
            agency_day::agency.eq(key.0),
            agency_day::product.eq(product),
            agency_day::day.eq(key.2),
            agency_day::held.eq(0_i64),
            agency_day::booked.eq(0_i64),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    diesel::update(agency_day::table.find(key))
        .set(agency_day::held.eq(agency_day::held + places))
        .execute(conn)?;
    shift_held(conn, agency, product, places)?;
    Ok(true)
}

pub(crate) fn free_places(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    day: NaiveDate,
    places: i64,
) -> Result<i64, StoreError> {
    lock_stock(conn, agency, product)?;
    let there = agency_day::table.find((Id::from(agency), product, day_code(day)));
    let row: Option<(i64, i64)> =
        there.select((agency_day::held, agency_day::booked)).first(conn).optional()?;
    let free = row.map_or(0, |(held, booked)| places.clamp(0, held - booked));
    if free > 0 {
        diesel::update(there).set(agency_day::held.eq(agency_day::held - free)).execute(conn)?;
        shift_held(conn, agency, product, -free)?;
    }
    Ok(free)
}

pub(crate) fn end_days(conn: &mut Conn, before: NaiveDate) -> Result<i64, StoreError> {
    let over: Vec<(Id, String, i32)> = agency_day::table
        .filter(agency_day::day.lt(day_code(before)))
        .filter(agency_day::held.gt(agency_day::booked))
        .order((agency_day::agency, agency_day::product, agency_day::day))
        .select((agency_day::agency, agency_day::product, agency_day::day))
        .load(conn)?;
    let mut freed = 0;
    for (agency, product, day) in over {
        freed += free_places(conn, agency.into(), &product, day_of(day), i64::MAX)?;
    }
    Ok(freed)
}

pub(crate) fn make_room(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    cards: i64,
    at: DateTime<Utc>,
) -> Result<Option<Vec<ReplacementCase>>, StoreError> {
    let Some(count) = lock_stock(conn, agency, product)? else {
        return Ok((cards < 1).then(Vec::new));
    };
    let mut missing = cards - count.unheld();
    if missing > count.held {
        return Ok(None);
    }
    let days: Vec<i32> = agency_day::table
        .filter(agency_day::agency.eq(Id::from(agency)))
        .filter(agency_day::product.eq(product))
        .filter(agency_day::held.gt(0))
        .order(agency_day::day.desc())
        .select(agency_day::day)
        .load(conn)?;
    // What nobody has goes first, on all days; then places of cases.
    for day in &days {
        if missing > 0 {
            missing -= free_places(conn, agency, product, day_of(*day), missing)?;
        }
    }
    let mut moved = Vec::new();
    for day in days {
        for case in last_in_line(conn, (agency, product, day_of(day)), missing, at)? {
            unseat(conn, &case)?;
            free_places(conn, agency, product, day_of(day), 1)?;
            missing -= 1;
            moved.push(ReplacementCase { day: None, hour: None, ..case });
        }
    }
    Ok((missing < 1).then_some(moved))
}

/// Cases that are booked for a day and did not come yet, last in line first, as many as `limit`.
fn last_in_line(
    conn: &mut Conn,
    (agency, product, day): (AgencyId, &str, NaiveDate),
    limit: i64,
    at: DateTime<Utc>,
) -> Result<Vec<ReplacementCase>, StoreError> {
    let rows: Vec<CaseRow> = replacement_case::table
        .filter(replacement_case::agency.eq(Some(Id::from(agency))))
        .filter(replacement_case::product.eq(Some(product)))
        .filter(replacement_case::day.eq(Some(day_code(day))))
        .filter(replacement_case::place_used.eq(false))
        .load(conn)?;
    let mut cases: Vec<ReplacementCase> = rows.into_iter().map(read).collect::<Result<_, _>>()?;
    cases.retain(|case| case.state == State::Booked);
    cases.sort_by_key(|case| Reverse(queue::Place::of(case.id, case.tier, case.applied_at, at)));
    cases.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(cases)
}

/// Takes a case's booking back, and nothing of what is promised.
fn unseat(conn: &mut Conn, case: &ReplacementCase) -> Result<(), StoreError> {
    unbook(conn, case)?;
    let row = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(case.incident)))
        .filter(replacement_case::id.eq(Id::from(case.id)));
    diesel::update(row)
        .set((
            replacement_case::day.eq(None::<i32>),
            replacement_case::hour.eq(None::<i16>),
            replacement_case::place_used.eq(false),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a booking out of the counters. One whose card is reserved is in the day's no more.
pub(super) fn unbook(conn: &mut Conn, case: &ReplacementCase) -> Result<(), StoreError> {
    let (Some(agency), Some(product), Some(day)) = (case.agency, &case.product, case.day) else {
        return Ok(());
    };
    if !case.place_used {
        unbook_day(conn, agency, product, day)?;
    }
    case.hour.map_or(Ok(()), |hour| unbook_hour(conn, agency, day, hour))
}

/// Books one more for a day, whose count is locked. Whether there was room.
pub(super) fn book_day(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    day: NaiveDate,
) -> Result<bool, StoreError> {
    let open = agency_day::table
        .find((Id::from(agency), product, day_code(day)))
        .filter(agency_day::booked.lt(agency_day::held));
    let booked = diesel::update(open).set(agency_day::booked.eq(agency_day::booked + 1));
    Ok(booked.execute(conn)? == 1)
}

pub(super) fn unbook_day(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    day: NaiveDate,
) -> Result<(), StoreError> {
    diesel::update(agency_day::table.find((Id::from(agency), product, day_code(day))))
        .set(agency_day::booked.eq(agency_day::booked - 1))
        .execute(conn)?;
    Ok(())
}

/// Books one more for an hour. Whether a desk has room.
pub(super) fn book_hour(
    conn: &mut Conn,
    agency: AgencyId,
    day: NaiveDate,
    hour: i16,
) -> Result<bool, StoreError> {
    let key = (Id::from(agency), day_code(day), hour);
    let desks: Option<i32> =
        agency::table.find(key.0).select(agency::desks).first(conn).optional()?;
    let desks = desks.ok_or(StoreError::NotFound("agency"))?;
    diesel::insert_into(agency_hour::table)
        .values((
            agency_hour::agency.eq(key.0),
            agency_hour::day.eq(key.1),
            agency_hour::hour.eq(hour),
            agency_hour::desks.eq(desks),
            agency_hour::booked.eq(0_i64),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    let room = i64::from(desks) * i64::from(PER_DESK);
    let open = agency_hour::table.find(key).filter(agency_hour::booked.lt(room));
    let booked = diesel::update(open)
        .set((agency_hour::desks.eq(desks), agency_hour::booked.eq(agency_hour::booked + 1)));
    Ok(booked.execute(conn)? == 1)
}

pub(super) fn unbook_hour(
    conn: &mut Conn,
    agency: AgencyId,
    day: NaiveDate,
    hour: i16,
) -> Result<(), StoreError> {
    diesel::update(agency_hour::table.find((Id::from(agency), day_code(day), hour)))
        .set(agency_hour::booked.eq(agency_hour::booked - 1))
        .execute(conn)?;
    Ok(())
}

/// Uses up the place a case has at an agency, whose count is locked; what is promised there in all is the caller's to lower.
pub(super) fn use_place(
    conn: &mut Conn,
    case: (IncidentId, CaseId),
    agency: AgencyId,
    product: &str,
) -> Result<bool, StoreError> {
    let Some(day) = place(conn, case, (agency, product), false)? else {
        return Ok(false);
    };
    diesel::update(agency_day::table.find((Id::from(agency), product, day)))
        .set((
            agency_day::held.eq(agency_day::held - 1),
            agency_day::booked.eq(agency_day::booked - 1),
        ))
        .execute(conn)?;
    mark_used(conn, case, true)?;
    Ok(true)
}

/// Gives a case the place back that it used up, as long as there is a card for it; the count is locked.
pub(super) fn give_place_back(
    conn: &mut Conn,
    case: (IncidentId, CaseId),
    agency: AgencyId,
    product: &str,
) -> Result<(), StoreError> {
    let Some(day) = place(conn, case, (agency, product), true)? else {
        return Ok(());
    };
    if lock_stock(conn, agency, product)?.is_none_or(|count| count.unheld() < 1) {
        return Ok(());
    }
    diesel::update(agency_day::table.find((Id::from(agency), product, day)))
        .set((
            agency_day::held.eq(agency_day::held + 1),
            agency_day::booked.eq(agency_day::booked + 1),
        ))
        .execute(conn)?;
    shift_held(conn, agency, product, 1)?;
    mark_used(conn, case, false)
}

/// The day of the place that a case has there, used up or not.
fn place(
    conn: &mut Conn,
    (incident, id): (IncidentId, CaseId),
    (agency, product): (AgencyId, &str),
    used: bool,
) -> Result<Option<i32>, StoreError> {
    let day: Option<Option<i32>> = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::id.eq(Id::from(id)))
        .filter(replacement_case::agency.eq(Some(Id::from(agency))))
        .filter(replacement_case::product.eq(Some(product)))
        .filter(replacement_case::place_used.eq(used))
        .select(replacement_case::day)
        .first(conn)
        .optional()?;
    Ok(day.flatten())
}

fn mark_used(
    conn: &mut Conn,
    (incident, id): (IncidentId, CaseId),
    used: bool,
) -> Result<(), StoreError> {
    let row = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::id.eq(Id::from(id)));
    diesel::update(row).set(replacement_case::place_used.eq(used)).execute(conn)?;
    Ok(())
}

pub(crate) fn agency_days(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<AgencyDay>, StoreError> {
    let rows: Vec<(Id, String, i32, i64, i64)> = agency_day::table
        .filter(agency_day::agency.eq(Id::from(agency)))
        .filter(agency_day::product.eq(product))
        .filter(agency_day::day.between(day_code(from), day_code(to)))
        .order(agency_day::day)
        .load(conn)?;
    let row = |(agency, product, day, held, booked): (Id, String, i32, i64, i64)| AgencyDay {
        agency: agency.into(),
        product,
        day: day_of(day),
        held,
        booked,
    };
    Ok(rows.into_iter().map(row).collect())
}

pub(crate) fn agency_hours(
    conn: &mut Conn,
    agency: AgencyId,
    day: NaiveDate,
) -> Result<Vec<AgencyHour>, StoreError> {
    let rows: Vec<(Id, i32, i16, i32, i64)> = agency_hour::table
        .filter(agency_hour::agency.eq(Id::from(agency)))
        .filter(agency_hour::day.eq(day_code(day)))
        .order(agency_hour::hour)
        .load(conn)?;
    let row = |(agency, day, hour, desks, booked): (Id, i32, i16, i32, i64)| AgencyHour {
        agency: agency.into(),
        day: day_of(day),
        hour,
        desks,
        booked,
    };
    Ok(rows.into_iter().map(row).collect())
}
