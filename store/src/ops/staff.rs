//! Queries on staff.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{AgencyId, StaffId};

use super::Conn;
use super::staff_session::end_sessions_of;
use crate::error::StoreError;
use crate::schema::staff;
use crate::staff::{StaffMember, StaffRow};
use crate::types::{At, Id};

pub(crate) fn add_staff(conn: &mut Conn, member: &StaffMember) -> Result<(), StoreError> {
    diesel::insert_into(staff::table).values(StaffRow::from(member)).execute(conn)?;
    Ok(())
}

pub(crate) fn staff(conn: &mut Conn, id: StaffId) -> Result<Option<StaffMember>, StoreError> {
    let row: Option<StaffRow> = staff::table.find(Id::from(id)).first(conn).optional()?;
    row.map(StaffMember::try_from).transpose()
}

pub(crate) fn staff_by_name(
    conn: &mut Conn,
    name: &str,
) -> Result<Option<StaffMember>, StoreError> {
    let row: Option<StaffRow> = staff::table.filter(staff::name.eq(name)).first(conn).optional()?;
    row.map(StaffMember::try_from).transpose()
}

pub(crate) fn all_staff(conn: &mut Conn) -> Result<Vec<StaffMember>, StoreError> {
    let rows: Vec<StaffRow> = staff::table.order(staff::name).load(conn)?;
    rows.into_iter().map(StaffMember::try_from).collect()
}

pub(crate) fn retire_staff(
    conn: &mut Conn,
    id: StaffId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let working = staff::table.find(Id::from(id)).filter(staff::retired_at.is_null());
    match diesel::update(working).set(staff::retired_at.eq(Some(At::from(at)))).execute(conn)? {
        0 => Err(StoreError::NotFound("staff member at work")),
        _ => end_sessions_of(conn, id).map(drop),
    }
}

pub(crate) fn post_staff(
    conn: &mut Conn,
    id: StaffId,
    agency: Option<AgencyId>,
) -> Result<(), StoreError> {
    let working = staff::table.find(Id::from(id)).filter(staff::retired_at.is_null());
    match diesel::update(working).set(staff::agency.eq(agency.map(Id::from))).execute(conn)? {
        0 => Err(StoreError::NotFound("staff member at work")),
        _ => end_sessions_of(conn, id).map(drop),
    }
}

pub(crate) fn pause_staff(
    conn: &mut Conn,
    id: StaffId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let working = staff::table.find(Id::from(id)).filter(staff::paused_at.is_null());
    let paused = diesel::update(working).set(staff::paused_at.eq(Some(At::from(at))));
    let is_new = paused.execute(conn)? == 1;
    end_sessions_of(conn, id)?;
    Ok(is_new)
}

pub(crate) fn resume_staff(conn: &mut Conn, id: StaffId) -> Result<bool, StoreError> {
    let paused = staff::table.find(Id::from(id)).filter(staff::paused_at.is_not_null());
    Ok(diesel::update(paused).set(staff::paused_at.eq(None::<At>)).execute(conn)? == 1)
}
