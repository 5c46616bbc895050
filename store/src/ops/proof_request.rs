//! Queries on requests for codes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::access::Way;
use simrecall_core::id::RequestId;

use super::Conn;
use crate::error::StoreError;
use crate::proof_request::{ProofRequest, Spent};
use crate::schema::proof_request;
use crate::session::SessionId;
use crate::types::{At, Id};

#[derive(Insertable, Queryable, AsChangeset)]
#[diesel(table_name = proof_request, treat_none_as_default_value = false, treat_none_as_null = true)]
#[diesel(primary_key(session))]
struct RequestRow {
    session: Vec<u8>,
    id: Id,
    way: i16,
    msisdn_ix: Id,
    email_ix: Option<Id>,
    target: Id,
    code: Option<Vec<u8>>,
    reference: Option<String>,
    tries_left: i16,
    made_at: At,
    expires_at: At,
}

pub(crate) fn put_request(conn: &mut Conn, new: &ProofRequest) -> Result<(), StoreError> {
    diesel::insert_into(proof_request::table)
        .values(row(new))
        .on_conflict(proof_request::session)
        .do_update()
        .set(row(new))
        .execute(conn)?;
    Ok(())
}

fn row(new: &ProofRequest) -> RequestRow {
    RequestRow {
        session: new.session.0.to_vec(),
        id: new.id.into(),
        way: new.way.code(),
        msisdn_ix: Id(new.msisdn),
        email_ix: new.email.map(Id),
        target: Id(new.target),
        code: new.code.map(|code| code.to_vec()),
        reference: new.reference.clone(),
        tries_left: new.tries_left,
        made_at: new.made_at.into(),
        expires_at: new.expires_at.into(),
    }
}

fn read(row: RequestRow) -> Result<ProofRequest, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("proof_request");
    let code = row.code.map(|bytes| bytes.as_slice().try_into()).transpose();
    Ok(ProofRequest {
        session: SessionId(row.session.as_slice().try_into().map_err(|_| DAMAGED)?),
        id: row.id.into(),
        way: Way::from_code(row.way).ok_or(DAMAGED)?,
        msisdn: row.msisdn_ix.0,
        email: row.email_ix.map(|Id(bytes)| bytes),
        target: row.target.0,
        code: code.map_err(|_| DAMAGED)?,
        reference: row.reference,
        tries_left: row.tries_left,
        made_at: row.made_at.into(),
        expires_at: row.expires_at.into(),
    })
}

pub(crate) fn request(
    conn: &mut Conn,
    session: SessionId,
) -> Result<Option<ProofRequest>, StoreError> {
    let row: Option<RequestRow> =
        proof_request::table.find(session.0.as_slice()).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn set_request_reference(
    conn: &mut Conn,
    session: SessionId,
    id: RequestId,
    reference: &str,
) -> Result<bool, StoreError> {
    let this =
        proof_request::table.find(session.0.as_slice()).filter(proof_request::id.eq(Id::from(id)));
    let kept = diesel::update(this).set(proof_request::reference.eq(Some(reference)));
    Ok(kept.execute(conn)? == 1)
}

pub(crate) fn spend_try(
    conn: &mut Conn,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Spent, StoreError> {
    let live = proof_request::table
        .find(session.0.as_slice())
        .filter(proof_request::tries_left.gt(0))
        .filter(proof_request::expires_at.gt(At::from(now)));
    let spent: Option<RequestRow> = diesel::update(live)
        .set(proof_request::tries_left.eq(proof_request::tries_left - 1))
        .returning(proof_request::all_columns)
        .get_result(conn)
        .optional()?;
    if let Some(row) = spent {
        return Ok(Spent::Try(read(row)?));
    }
    // Only to say why: nothing depends on what another transaction does in between.
    Ok(match request(conn, session)? {
        None => Spent::Nothing,
        Some(old) if old.expires_at <= now => Spent::Expired,
        Some(_) => Spent::UsedUp,
    })
}

pub(crate) fn return_try(
    conn: &mut Conn,
    session: SessionId,
    id: RequestId,
) -> Result<bool, StoreError> {
    let this =
        proof_request::table.find(session.0.as_slice()).filter(proof_request::id.eq(Id::from(id)));
    let back =
        diesel::update(this).set(proof_request::tries_left.eq(proof_request::tries_left + 1));
    Ok(back.execute(conn)? == 1)
}

pub(crate) fn use_request(
    conn: &mut Conn,
    session: SessionId,
    id: RequestId,
) -> Result<bool, StoreError> {
    let this =
        proof_request::table.find(session.0.as_slice()).filter(proof_request::id.eq(Id::from(id)));
    Ok(diesel::delete(this).execute(conn)? == 1)
}

pub(crate) fn purge_requests(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let old = proof_request::table.filter(proof_request::expires_at.le(At::from(now)));
    Ok(diesel::delete(old).execute(conn)?)
}
