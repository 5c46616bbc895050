//! Queries on who is signed in.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{SessionNo, StaffId};

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::schema::staff_session;
use crate::staff_session::{Before, CookieHash, StaffSession};
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("staff_session");

#[derive(Insertable, Queryable)]
#[diesel(table_name = staff_session, treat_none_as_default_value = false)]
struct SessionRow {
    no: Id,
    hash: Vec<u8>,
    before: Option<Vec<u8>>,
    before_until: Option<At>,
    before_for: Option<Id>,
    staff: Id,
    terminal: Id,
    credential: Id,
    started_at: At,
    touched_at: At,
}

pub(crate) fn begin_staff_session(conn: &mut Conn, new: &StaffSession) -> Result<(), StoreError> {
    let name = new.staff.as_bytes().iter().fold("signed in/".to_owned(), |mut name, byte| {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
        name
    });
    // Two who sign in as one person at once: the later one's stays.
    lock_until_commit(conn, &name)?;
    end_sessions_of(conn, new.staff)?;
    let row = SessionRow {
        no: new.no.into(),
        hash: new.hash.0.to_vec(),
        before: new.before.map(|before| before.hash.0.to_vec()),
        before_until: new.before.map(|before| before.until.into()),
        before_for: new.before.map(|before| Id(before.about)),
        staff: new.staff.into(),
        terminal: new.terminal.into(),
        credential: new.credential.into(),
        started_at: new.started_at.into(),
        touched_at: new.touched_at.into(),
    };
    diesel::insert_into(staff_session::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn staff_session(
    conn: &mut Conn,
    hash: CookieHash,
) -> Result<Option<StaffSession>, StoreError> {
    let named = staff_session::hash
        .eq(hash.0.as_slice())
        .or(staff_session::before.eq(Some(hash.0.as_slice())).assume_not_null());
    let row: Option<SessionRow> = staff_session::table.filter(named).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn staff_session_of(
    conn: &mut Conn,
    staff: StaffId,
) -> Result<Option<StaffSession>, StoreError> {
    let theirs = staff_session::table.filter(staff_session::staff.eq(Id::from(staff)));
    let row: Option<SessionRow> = theirs.first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn hold_staff_session(
    conn: &mut Conn,
    no: SessionNo,
    hash: CookieHash,
) -> Result<bool, StoreError> {
    let theirs =
        staff_session::table.find(Id::from(no)).filter(staff_session::hash.eq(hash.0.as_slice()));
    // Whoever ends it waits for this row.
    let held = diesel::update(theirs).set(staff_session::hash.eq(hash.0.as_slice()));
    Ok(held.execute(conn)? == 1)
}

pub(crate) fn touch_staff_session(
    conn: &mut Conn,
    no: SessionNo,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let stale = staff_session::table
        .find(Id::from(no))
        .filter(staff_session::touched_at.lt(At::from(before)));
    let touched = diesel::update(stale).set(staff_session::touched_at.eq(At::from(now)));
    Ok(touched.execute(conn)? == 1)
}

pub(crate) fn renew_staff_session(
    conn: &mut Conn,
    no: SessionNo,
    now_has: CookieHash,
    gets: CookieHash,
    before: &Before,
) -> Result<bool, StoreError> {
    let theirs = staff_session::table
        .find(Id::from(no))
        .filter(staff_session::hash.eq(now_has.0.as_slice()));
    let renewed = diesel::update(theirs).set((
        staff_session::hash.eq(gets.0.as_slice()),
        staff_session::before.eq(Some(before.hash.0.as_slice())),
        staff_session::before_until.eq(Some(At::from(before.until))),
        staff_session::before_for.eq(Some(Id(before.about))),
    ));
    Ok(renewed.execute(conn)? == 1)
}

pub(crate) fn end_staff_session(conn: &mut Conn, no: SessionNo) -> Result<bool, StoreError> {
    Ok(diesel::delete(staff_session::table.find(Id::from(no))).execute(conn)? == 1)
}

pub(crate) fn end_sessions_of(conn: &mut Conn, staff: StaffId) -> Result<usize, StoreError> {
    let theirs = staff_session::table.filter(staff_session::staff.eq(Id::from(staff)));
    Ok(diesel::delete(theirs).execute(conn)?)
}

pub(crate) fn purge_staff_sessions(
    conn: &mut Conn,
    idle: DateTime<Utc>,
    begun: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let over = staff_session::touched_at
        .le(At::from(idle))
        .or(staff_session::started_at.le(At::from(begun)));
    Ok(diesel::delete(staff_session::table.filter(over)).execute(conn)?)
}

fn read(row: SessionRow) -> Result<StaffSession, StoreError> {
    let hash = |bytes: Vec<u8>| bytes.try_into().map(CookieHash).map_err(|_| DAMAGED);
    let before = match (row.before, row.before_until, row.before_for) {
        (Some(before), Some(until), Some(about)) => {
            Some(Before { hash: hash(before)?, until: until.into(), about: about.0 })
        }
        (None, None, None) => None,
        _ => return Err(DAMAGED),
    };
    Ok(StaffSession {
        no: row.no.into(),
        hash: hash(row.hash)?,
        before,
        staff: row.staff.into(),
        terminal: row.terminal.into(),
        credential: row.credential.into(),
        started_at: row.started_at.into(),
        touched_at: row.touched_at.into(),
    })
}
