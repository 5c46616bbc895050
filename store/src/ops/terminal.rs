//! Queries on terminals.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{StaffId, TerminalId};

use super::Conn;
use crate::error::StoreError;
use crate::invite::CodeHash;
use crate::schema::{staff_session, terminal, terminal_jti};
use crate::terminal::{NewTerminal, Terminal, TerminalKey, TerminalState};
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("terminal");

#[derive(Insertable, Queryable)]
#[diesel(table_name = terminal, treat_none_as_default_value = false)]
struct TerminalRow {
    id: Id,
    agency: Option<Id>,
    networks: String,
    state: i16,
    code_sha256: Vec<u8>,
    code_until: At,
    key: Option<Vec<u8>>,
    thumbprint: Option<Vec<u8>>,
    enrolled_by: Id,
    enrolled_at: At,
    brought_at: Option<At>,
    admitted_by: Option<Id>,
    admitted_at: Option<At>,
    off_by: Option<Id>,
    off_at: Option<At>,
}

pub(crate) fn enrol_terminal(conn: &mut Conn, new: &NewTerminal) -> Result<(), StoreError> {
    let row = TerminalRow {
        id: new.id.into(),
        agency: new.agency.map(Id::from),
        networks: new.networks.join(","),
        state: TerminalState::Awaited.code(),
        code_sha256: new.code.0.0.to_vec(),
        code_until: new.code.1.into(),
        key: None,
        thumbprint: None,
        enrolled_by: new.by.into(),
        enrolled_at: new.at.into(),
        brought_at: None,
        admitted_by: None,
        admitted_at: None,
        off_by: None,
        off_at: None,
    };
    diesel::insert_into(terminal::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn terminal(conn: &mut Conn, id: TerminalId) -> Result<Option<Terminal>, StoreError> {
    let row: Option<TerminalRow> = terminal::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn terminal_by_key(
    conn: &mut Conn,
    thumbprint: &[u8; 32],
) -> Result<Option<Terminal>, StoreError> {
    let named = terminal::table.filter(terminal::thumbprint.eq(Some(thumbprint.as_slice())));
    let row: Option<TerminalRow> = named.first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn terminals(conn: &mut Conn) -> Result<Vec<Terminal>, StoreError> {
    let rows: Vec<TerminalRow> =
        terminal::table.order((terminal::enrolled_at, terminal::id)).load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn bring_key(
    conn: &mut Conn,
    code: CodeHash,
    key: &TerminalKey,
    now: DateTime<Utc>,
) -> Result<Option<TerminalId>, StoreError> {
    let awaited = terminal::table
        .filter(terminal::code_sha256.eq(code.0.as_slice()))
        .filter(terminal::state.eq(TerminalState::Awaited.code()))
        .filter(terminal::code_until.gt(At::from(now)));
    let id: Option<Id> = awaited.select(terminal::id).first(conn).optional()?;
    let Some(id) = id else { return Ok(None) };
    let still = terminal::table
        .find(id)
        .filter(terminal::state.eq(TerminalState::Awaited.code()))
        .filter(terminal::key.is_null());
    let brought = diesel::update(still).set((
        terminal::state.eq(TerminalState::Pending.code()),
        terminal::key.eq(Some(key.point.as_slice())),
        terminal::thumbprint.eq(Some(key.thumbprint.as_slice())),
        terminal::brought_at.eq(Some(At::from(now))),
    ));
    Ok((brought.execute(conn)? == 1).then(|| id.into()))
}

pub(crate) fn admit_terminal(
    conn: &mut Conn,
    id: TerminalId,
    by: StaffId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let pending = terminal::table
        .find(Id::from(id))
        .filter(terminal::state.eq(TerminalState::Pending.code()))
        .filter(terminal::enrolled_by.ne(Id::from(by)));
    let admitted = diesel::update(pending).set((
        terminal::state.eq(TerminalState::On.code()),
        terminal::admitted_by.eq(Some(Id::from(by))),
        terminal::admitted_at.eq(Some(At::from(at))),
    ));
    Ok(admitted.execute(conn)? == 1)
}

pub(crate) fn switch_terminal_off(
    conn: &mut Conn,
    id: TerminalId,
    by: StaffId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let not_off =
        terminal::table.find(Id::from(id)).filter(terminal::state.ne(TerminalState::Off.code()));
    let switched = diesel::update(not_off).set((
        terminal::state.eq(TerminalState::Off.code()),
        terminal::off_by.eq(Some(Id::from(by))),
        terminal::off_at.eq(Some(At::from(at))),
    ));
    if switched.execute(conn)? == 0 {
        return Ok(false);
    }
    let there = staff_session::table.filter(staff_session::terminal.eq(Id::from(id)));
    diesel::delete(there).execute(conn)?;
    Ok(true)
}

pub(crate) fn note_request(
    conn: &mut Conn,
    terminal: TerminalId,
    jti: &[u8; 16],
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = (
        terminal_jti::terminal.eq(Id::from(terminal)),
        terminal_jti::jti.eq(Id(*jti)),
        terminal_jti::until.eq(At::from(until)),
    );
    let noted = diesel::insert_into(terminal_jti::table).values(row).on_conflict_do_nothing();
    Ok(noted.execute(conn)? == 1)
}

pub(crate) fn purge_terminal_requests(
    conn: &mut Conn,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let old = terminal_jti::table.filter(terminal_jti::until.le(At::from(now)));
    Ok(diesel::delete(old).execute(conn)?)
}

fn read(row: TerminalRow) -> Result<Terminal, StoreError> {
    let key = match (row.key, row.thumbprint) {
        (None, None) => None,
        (Some(point), Some(thumbprint)) => Some(TerminalKey {
            point: point.try_into().map_err(|_| DAMAGED)?,
            thumbprint: thumbprint.try_into().map_err(|_| DAMAGED)?,
        }),
        (Some(_), None) | (None, Some(_)) => return Err(DAMAGED),
    };
    let both = |by: Option<Id>, at: Option<At>| {
        by.zip(at).map(|(by, at)| (StaffId::from(by), DateTime::from(at)))
    };
    let networks = row.networks.split(',').filter(|one| !one.is_empty());
    Ok(Terminal {
        id: row.id.into(),
        agency: row.agency.map(Into::into),
        networks: networks.map(str::to_owned).collect(),
        state: TerminalState::from_code(row.state).ok_or(DAMAGED)?,
        key,
        enrolled: (row.enrolled_by.into(), row.enrolled_at.into()),
        admitted: both(row.admitted_by, row.admitted_at),
        off: both(row.off_by, row.off_at),
    })
}
