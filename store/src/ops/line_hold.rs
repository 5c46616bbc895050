//! Queries on holds of lines.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, max};
use diesel::prelude::*;
use simrecall_core::id::StaffId;

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::line_hold::{LineHold, NOT_ME};
use crate::schema::line_hold;
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = line_hold, treat_none_as_default_value = false)]
struct HoldRow {
    number_ix: Id,
    no: i32,
    raised_at: At,
    by_staff: Option<Id>,
    reason: String,
    incident: Option<Id>,
    case_id: Option<Id>,
    cleared_at: Option<At>,
    cleared_by: Option<Id>,
    owner_agreed_at: Option<At>,
}

/// Keeps others from holding a line, and from sending anything for it, until the transaction ends.
pub(super) fn lock_number(conn: &mut Conn, number: &[u8; 16]) -> Result<(), StoreError> {
    let name = number.iter().fold("line/".to_owned(), |mut name, byte| {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
        name
    });
    lock_until_commit(conn, &name)
}

pub(crate) fn lock_line(conn: &mut Conn, number: &[u8; 16]) -> Result<(), StoreError> {
    lock_number(conn, number)
}

pub(crate) fn raise_line_hold(conn: &mut Conn, new: &LineHold) -> Result<bool, StoreError> {
    lock_number(conn, &new.number)?;
    let last: Option<i32> = line_hold::table
        .filter(line_hold::number_ix.eq(Id(new.number)))
        .select(max(line_hold::no))
        .first(conn)?;
    let row = HoldRow {
        number_ix: Id(new.number),
        no: last.unwrap_or(0) + 1,
        raised_at: new.raised_at.into(),
        by_staff: new.by.map(Id::from),
        reason: new.reason.clone(),
        incident: new.case.map(|(incident, _)| incident.into()),
        case_id: new.case.map(|(_, case)| case.into()),
        cleared_at: None,
        cleared_by: None,
        owner_agreed_at: None,
    };
    let raised = diesel::insert_into(line_hold::table).values(row).on_conflict_do_nothing();
    Ok(raised.execute(conn)? == 1)
}

pub(crate) fn agree_to_clear(
    conn: &mut Conn,
    number: &[u8; 16],
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    lock_number(conn, number)?;
    let live = || {
        line_hold::table
            .filter(line_hold::number_ix.eq(Id(*number)))
            .filter(line_hold::cleared_at.is_null())
            .filter(line_hold::by_staff.is_null())
            .filter(line_hold::reason.eq(NOT_ME))
    };
    let before = live()
        .filter(line_hold::raised_at.lt(At::from(at)))
        .filter(line_hold::owner_agreed_at.is_null());
    let agreed = diesel::update(before).set(line_hold::owner_agreed_at.eq(Some(At::from(at))));
    if agreed.execute(conn)? == 1 {
        return Ok(true);
    }
    let there = live().filter(line_hold::owner_agreed_at.is_not_null());
    let found: i64 = there.count().get_result(conn)?;
    Ok(found == 1)
}

pub(crate) fn clear_line_hold(
    conn: &mut Conn,
    number: &[u8; 16],
    by: StaffId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    lock_number(conn, number)?;
    let by = Id::from(by);
    let of_another = line_hold::by_staff.is_null().or(line_hold::by_staff.ne(by).assume_not_null());
    let of_staff = line_hold::by_staff.is_not_null().or(line_hold::reason.ne(NOT_ME));
    let live = line_hold::table
        .filter(line_hold::number_ix.eq(Id(*number)))
        .filter(line_hold::cleared_at.is_null())
        .filter(of_another)
        .filter(of_staff.or(line_hold::owner_agreed_at.is_not_null()));
    let cleared = diesel::update(live)
        .set((line_hold::cleared_at.eq(Some(At::from(at))), line_hold::cleared_by.eq(Some(by))));
    Ok(cleared.execute(conn)? > 0)
}

pub(crate) fn line_is_held(conn: &mut Conn, number: &[u8; 16]) -> Result<bool, StoreError> {
    let live = line_hold::table
        .filter(line_hold::number_ix.eq(Id(*number)))
        .filter(line_hold::cleared_at.is_null());
    Ok(diesel::select(exists(live)).get_result(conn)?)
}

pub(crate) fn line_holds(conn: &mut Conn, number: &[u8; 16]) -> Result<Vec<LineHold>, StoreError> {
    let rows: Vec<HoldRow> = line_hold::table
        .filter(line_hold::number_ix.eq(Id(*number)))
        .order(line_hold::no)
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn live_line_holds(conn: &mut Conn, limit: i64) -> Result<Vec<LineHold>, StoreError> {
    let rows: Vec<HoldRow> = line_hold::table
        .filter(line_hold::cleared_at.is_null())
        .order((line_hold::raised_at, line_hold::number_ix))
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

fn read(row: HoldRow) -> LineHold {
    let case = row.incident.zip(row.case_id);
    let cleared = row.cleared_at.zip(row.cleared_by);
    LineHold {
        number: row.number_ix.0,
        raised_at: row.raised_at.into(),
        by: row.by_staff.map(Into::into),
        reason: row.reason,
        case: case.map(|(incident, case)| (incident.into(), case.into())),
        cleared: cleared.map(|(at, by)| (at.into(), by.into())),
        owner_agreed_at: row.owner_agreed_at.map(Into::into),
    }
}
