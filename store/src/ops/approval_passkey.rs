//! Queries on approvals given with a passkey.

use diesel::prelude::*;
use simrecall_core::id::WaveNo;

use super::Conn;
use super::ledger_wave::hold;
use crate::approval_passkey::PasskeyApproval;
use crate::error::StoreError;
use crate::schema::{approval, approval_passkey};
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("approval_passkey");

#[derive(Insertable, Queryable)]
#[diesel(table_name = approval_passkey, treat_none_as_default_value = false)]
struct ApprovalRow {
    wave: i32,
    staff: Id,
    role: i16,
    credential: Id,
    statement_sha256: Vec<u8>,
    challenge: Vec<u8>,
    pair: Vec<u8>,
    authenticator_data: Vec<u8>,
    client_data: Vec<u8>,
    signature: Vec<u8>,
    at: At,
}

pub(crate) fn insert_passkey_approval(
    conn: &mut Conn,
    new: &PasskeyApproval,
) -> Result<(), StoreError> {
    let wave = hold(conn, new.wave)?;
    wave.require_draft(&new.statement_sha256)?;
    // Approvals of a wave come one after another, so a person has one, with whatever key.
    let by_key: i64 =
        approval::table.find((new.wave.0, Id::from(new.staff))).count().get_result(conn)?;
    if by_key > 0 {
        return Err(StoreError::Conflict("approval".to_owned()));
    }
    let row = ApprovalRow {
        wave: new.wave.0,
        staff: new.staff.into(),
        role: new.role,
        credential: new.credential.into(),
        statement_sha256: new.statement_sha256.to_vec(),
        challenge: new.challenge.to_vec(),
        pair: new.pair.to_vec(),
        authenticator_data: new.authenticator_data.clone(),
        client_data: new.client_data.clone(),
        signature: new.signature.clone(),
        at: new.at.into(),
    };
    diesel::insert_into(approval_passkey::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn passkey_approvals(
    conn: &mut Conn,
    no: WaveNo,
) -> Result<Vec<PasskeyApproval>, StoreError> {
    let rows: Vec<ApprovalRow> = approval_passkey::table
        .filter(approval_passkey::wave.eq(no.0))
        .order((approval_passkey::at, approval_passkey::staff))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: ApprovalRow) -> Result<PasskeyApproval, StoreError> {
    let hash = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).map_err(|_| DAMAGED);
    Ok(PasskeyApproval {
        wave: WaveNo(row.wave),
        staff: row.staff.into(),
        role: row.role,
        credential: row.credential.into(),
        statement_sha256: hash(row.statement_sha256)?,
        challenge: hash(row.challenge)?,
        pair: hash(row.pair)?,
        authenticator_data: row.authenticator_data,
        client_data: row.client_data,
        signature: row.signature,
        at: row.at.into(),
    })
}
