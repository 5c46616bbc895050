//! Queries on what customers read out when they call.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{CaseId, IncidentId};

use super::Conn;
use crate::call_code::CallCode;
use crate::error::StoreError;
use crate::schema::call_code as shown;
use crate::types::{At, Id};

type Row = (Vec<u8>, Id, Id, Id, At);

pub(crate) fn show_call_code(
    conn: &mut Conn,
    new: &CallCode,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (incident, case) = new.case;
    let of_case = shown::incident.eq(Id::from(incident)).and(shown::case_id.eq(Id::from(case)));
    let over = shown::until.le(At::from(now));
    diesel::delete(shown::table.filter(of_case.or(over))).execute(conn)?;
    let put = diesel::insert_into(shown::table)
        .values((
            shown::code_ix.eq(new.code.to_vec()),
            shown::incident.eq(Id::from(incident)),
            shown::case_id.eq(Id::from(case)),
            shown::salt.eq(Id(new.salt)),
            shown::until.eq(At::from(new.until)),
        ))
        .on_conflict_do_nothing();
    Ok(put.execute(conn)? == 1)
}

pub(crate) fn call_code_of(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
    now: DateTime<Utc>,
) -> Result<Option<CallCode>, StoreError> {
    let row: Option<Row> = shown::table
        .filter(shown::incident.eq(Id::from(incident)))
        .filter(shown::case_id.eq(Id::from(case)))
        .filter(shown::until.gt(At::from(now)))
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

pub(crate) fn call_code(
    conn: &mut Conn,
    code: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<CallCode>, StoreError> {
    let live = shown::table
        .filter(shown::code_ix.eq(code.to_vec()))
        .filter(shown::until.gt(At::from(now)));
    let row: Option<Row> = live.first(conn).optional()?;
    row.map(read).transpose()
}

fn read((code, incident, case, salt, until): Row) -> Result<CallCode, StoreError> {
    Ok(CallCode {
        code: code.try_into().map_err(|_| StoreError::Damaged("call_code"))?,
        case: (incident.into(), case.into()),
        salt: salt.0,
        until: until.into(),
    })
}
