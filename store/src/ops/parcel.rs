//! Queries on shipments.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{CaseId, IncidentId, OrderId};
use simrecall_core::replacement::parcel::End;

use super::Conn;
use crate::error::StoreError;
use crate::parcel::Parcel;
use crate::schema::parcel;
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("parcel");

#[derive(Insertable, Queryable)]
#[diesel(table_name = parcel, treat_none_as_default_value = false)]
struct ParcelRow {
    id: Id,
    incident: Id,
    case_id: Id,
    card: Id,
    about: i32,
    tail: Vec<u8>,
    shipped_at: At,
    taken_at: Option<At>,
    ended_at: Option<At>,
    ending: Option<i16>,
}

pub(crate) fn put_parcel(conn: &mut Conn, new: &Parcel) -> Result<(), StoreError> {
    let row = ParcelRow {
        id: new.id.into(),
        incident: new.incident.into(),
        case_id: new.case.into(),
        card: new.card.into(),
        about: new.about,
        tail: new.tail.to_vec(),
        shipped_at: new.shipped_at.into(),
        taken_at: new.taken_at.map(At::from),
        ended_at: new.ended.map(|(at, _)| at.into()),
        ending: new.ended.map(|(_, end)| end.code()),
    };
    diesel::insert_into(parcel::table).values(row).execute(conn)?;
    Ok(())
}

fn read(row: ParcelRow) -> Result<Parcel, StoreError> {
    let ended = match (row.ended_at, row.ending) {
        (Some(at), Some(code)) => Some((at.into(), End::from_code(code).ok_or(DAMAGED)?)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(DAMAGED),
    };
    Ok(Parcel {
        id: row.id.into(),
        incident: row.incident.into(),
        case: row.case_id.into(),
        card: row.card.into(),
        about: row.about,
        tail: row.tail.try_into().map_err(|_| DAMAGED)?,
        shipped_at: row.shipped_at.into(),
        taken_at: row.taken_at.map(Into::into),
        ended,
    })
}

pub(crate) fn parcel(conn: &mut Conn, id: OrderId) -> Result<Option<Parcel>, StoreError> {
    let row: Option<ParcelRow> = parcel::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn open_parcel(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
) -> Result<Option<Parcel>, StoreError> {
    let row: Option<ParcelRow> = parcel::table
        .filter(parcel::incident.eq(Id::from(incident)))
        .filter(parcel::case_id.eq(Id::from(case)))
        .filter(parcel::ending.is_null())
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

pub(crate) fn open_parcels(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Parcel>, StoreError> {
    let rows: Vec<ParcelRow> = parcel::table
        .filter(parcel::incident.eq(Id::from(incident)))
        .filter(parcel::ending.is_null())
        .order((parcel::shipped_at, parcel::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn take_parcel(
    conn: &mut Conn,
    id: OrderId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = parcel::table
        .find(Id::from(id))
        .filter(parcel::ending.is_null())
        .filter(parcel::taken_at.is_null());
    let taken = diesel::update(open).set(parcel::taken_at.eq(Some(At::from(at))));
    Ok(taken.execute(conn)? == 1)
}

pub(crate) fn end_parcel(
    conn: &mut Conn,
    id: OrderId,
    end: End,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = parcel::table.find(Id::from(id)).filter(parcel::ending.is_null());
    let ended = diesel::update(open)
        .set((parcel::ended_at.eq(Some(At::from(at))), parcel::ending.eq(Some(end.code()))));
    Ok(ended.execute(conn)? == 1)
}
