//! Queries on visits.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::access::{Capacity, Way};
use simrecall_core::incident::Channel;

use super::Conn;
use crate::error::StoreError;
use crate::schema::session;
use crate::session::{Session, SessionId, SessionProof, Shown};
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = session, treat_none_as_default_value = false)]
struct SessionRow {
    id: Vec<u8>,
    incident: Id,
    browser: Id,
    way: Option<i16>,
    capacity: Option<i16>,
    relies: String,
    person: Option<Id>,
    line: Option<Id>,
    proven_at: Option<At>,
    started_at: At,
    touched_at: At,
}

const DAMAGED: StoreError = StoreError::Damaged("session");

pub(crate) fn start_session(conn: &mut Conn, new: &Session) -> Result<(), StoreError> {
    let proof = new.proof.as_ref();
    let shown = proof.and_then(|proof| proof.shown);
    let row = SessionRow {
        id: new.id.0.to_vec(),
        incident: new.incident.into(),
        browser: Id(new.browser),
        way: proof.map(|proof| proof.way.code()),
        capacity: shown.map(|shown| shown.capacity.code()),
        relies: proof.map(|proof| names(&proof.relies)).unwrap_or_default(),
        person: shown.map(|shown| shown.person.into()),
        line: shown.and_then(|shown| shown.line).map(Id::from),
        proven_at: proof.map(|proof| proof.at.into()),
        started_at: new.started_at.into(),
        touched_at: new.touched_at.into(),
    };
    diesel::insert_into(session::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn session(conn: &mut Conn, id: SessionId) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = session::table.find(id.0.as_slice()).first(conn).optional()?;
    row.map(|row| read(id, &row)).transpose()
}

fn read(id: SessionId, row: &SessionRow) -> Result<Session, StoreError> {
    let shown = match (row.capacity, row.person) {
        (None, None) => None,
        (Some(capacity), Some(person)) => Some(Shown {
            capacity: Capacity::from_code(capacity).ok_or(DAMAGED)?,
            person: person.into(),
            line: row.line.map(Into::into),
        }),
        _ => return Err(DAMAGED),
    };
    let proof = match (row.way, row.proven_at) {
        (None, None) => None,
        (Some(way), Some(at)) => Some(SessionProof {
            way: Way::from_code(way).ok_or(DAMAGED)?,
            relies: channels(&row.relies)?,
            at: at.into(),
            shown,
        }),
        _ => return Err(DAMAGED),
    };
    Ok(Session {
        id,
        incident: row.incident.into(),
        browser: row.browser.0,
        proof,
        started_at: row.started_at.into(),
        touched_at: row.touched_at.into(),
    })
}

pub(crate) fn touch_session(
    conn: &mut Conn,
    id: SessionId,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let stale =
        session::table.find(id.0.as_slice()).filter(session::touched_at.lt(At::from(before)));
    let touched = diesel::update(stale).set(session::touched_at.eq(At::from(now)));
    Ok(touched.execute(conn)? == 1)
}

pub(crate) fn drop_session(conn: &mut Conn, id: SessionId) -> Result<bool, StoreError> {
    Ok(diesel::delete(session::table.find(id.0.as_slice())).execute(conn)? == 1)
}

pub(crate) fn purge_sessions(
    conn: &mut Conn,
    idle: DateTime<Utc>,
    begun: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let over = session::touched_at.le(At::from(idle)).or(session::started_at.le(At::from(begun)));
    Ok(diesel::delete(session::table.filter(over)).execute(conn)?)
}

fn names(channels: &BTreeSet<Channel>) -> String {
    let names: Vec<_> = channels.iter().map(|channel| channel.name()).collect();
    names.join(",")
}

fn channels(names: &str) -> Result<BTreeSet<Channel>, StoreError> {
    let named = names.split(',').filter(|name| !name.is_empty());
    named.map(Channel::parse).collect::<Result<_, _>>().map_err(|_| DAMAGED)
}
