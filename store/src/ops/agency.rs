//! Queries on agencies.

use diesel::prelude::*;
use simrecall_core::id::AgencyId;

use super::Conn;
use crate::agency::{Agency, AgencyKind};
use crate::error::StoreError;
use crate::schema::agency;
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = agency, treat_none_as_default_value = false)]
struct AgencyRow {
    id: Id,
    code: String,
    name: String,
    kind: i16,
    region: String,
    address: String,
    desks: i32,
    opens_minute: i16,
    closes_minute: i16,
    weekdays: i16,
    closed_at: Option<At>,
}

pub(crate) fn put_agency(conn: &mut Conn, new: &Agency) -> Result<AgencyId, StoreError> {
    let row = AgencyRow {
        id: new.id.into(),
        code: new.code.clone(),
        name: new.name.clone(),
        kind: new.kind.code(),
        region: new.region.clone(),
        address: new.address.clone(),
        desks: new.desks,
        opens_minute: new.opens_minute,
        closes_minute: new.closes_minute,
        weekdays: new.weekdays,
        closed_at: new.closed_at.map(At::from),
    };
    let there: Option<Id> = agency::table
        .filter(agency::code.eq(&new.code))
        .select(agency::id)
        .first(conn)
        .optional()?;
    let Some(id) = there else {
        diesel::insert_into(agency::table).values(row).execute(conn)?;
        return Ok(new.id);
    };
    // Code and id are what the row is found by, and stay.
    diesel::update(agency::table.find(id))
        .set((
            agency::name.eq(row.name),
            agency::kind.eq(row.kind),
            agency::region.eq(row.region),
            agency::address.eq(row.address),
            agency::desks.eq(row.desks),
            agency::opens_minute.eq(row.opens_minute),
            agency::closes_minute.eq(row.closes_minute),
            agency::weekdays.eq(row.weekdays),
            agency::closed_at.eq(row.closed_at),
        ))
        .execute(conn)?;
    Ok(id.into())
}

pub(crate) fn agency(conn: &mut Conn, id: AgencyId) -> Result<Option<Agency>, StoreError> {
    let row: Option<AgencyRow> = agency::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn agency_by_code(conn: &mut Conn, code: &str) -> Result<Option<Agency>, StoreError> {
    let row: Option<AgencyRow> =
        agency::table.filter(agency::code.eq(code)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn agencies(conn: &mut Conn) -> Result<Vec<Agency>, StoreError> {
    let rows: Vec<AgencyRow> = agency::table.order(agency::code).load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: AgencyRow) -> Result<Agency, StoreError> {
    Ok(Agency {
        id: row.id.into(),
        code: row.code,
        name: row.name,
        kind: AgencyKind::from_code(row.kind).ok_or(StoreError::Damaged("agency"))?,
        region: row.region,
        address: row.address,
        desks: row.desks,
        opens_minute: row.opens_minute,
        closes_minute: row.closes_minute,
        weekdays: row.weekdays,
        closed_at: row.closed_at.map(Into::into),
    })
}
