//! Queries on what people sign with.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{CredentialId, StaffId};

use super::Conn;
use crate::credential::{Credential, CredentialKey, CredentialKind, PasskeyKey};
use crate::error::StoreError;
use crate::schema::credential;
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("credential");

#[derive(Insertable, Queryable)]
#[diesel(table_name = credential, treat_none_as_default_value = false)]
struct CredentialRow {
    id: Id,
    staff: Id,
    kind: i16,
    key_id: Option<Vec<u8>>,
    public_key: Vec<u8>,
    record: Option<String>,
    counter: i64,
    added_at: At,
    ended_at: Option<At>,
}

pub(crate) fn add_credential(conn: &mut Conn, new: &Credential) -> Result<(), StoreError> {
    let (kind, key_id, public_key, record) = match &new.key {
        CredentialKey::Ed25519(key) => (CredentialKind::Ed25519, None, key.to_vec(), None),
        CredentialKey::Passkey(key) => (
            CredentialKind::Passkey,
            Some(key.id.clone()),
            key.point.to_vec(),
            Some(key.record.clone()),
        ),
    };
    let row = CredentialRow {
        id: new.id.into(),
        staff: new.staff.into(),
        kind: kind.code(),
        key_id,
        public_key,
        record,
        counter: new.counter,
        added_at: new.added_at.into(),
        ended_at: new.ended_at.map(At::from),
    };
    diesel::insert_into(credential::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn credential(
    conn: &mut Conn,
    id: CredentialId,
) -> Result<Option<Credential>, StoreError> {
    let row: Option<CredentialRow> = credential::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn credential_by_key(
    conn: &mut Conn,
    key_id: &[u8],
) -> Result<Option<Credential>, StoreError> {
    let named = credential::table.filter(credential::key_id.eq(Some(key_id)));
    let row: Option<CredentialRow> = named.first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn credentials(conn: &mut Conn, staff: StaffId) -> Result<Vec<Credential>, StoreError> {
    let rows: Vec<CredentialRow> = credential::table
        .filter(credential::staff.eq(Id::from(staff)))
        .order((credential::added_at, credential::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn use_passkey(
    conn: &mut Conn,
    id: CredentialId,
    record: &str,
    counter: i64,
) -> Result<bool, StoreError> {
    let live = credential::table
        .find(Id::from(id))
        .filter(credential::kind.eq(CredentialKind::Passkey.code()))
        .filter(credential::ended_at.is_null())
        // One that counts never gives a number again; one that does not always gives none.
        .filter(credential::counter.lt(counter.max(1)));
    let used = diesel::update(live)
        .set((credential::record.eq(Some(record)), credential::counter.eq(counter)));
    Ok(used.execute(conn)? == 1)
}

pub(crate) fn end_passkeys(
    conn: &mut Conn,
    staff: StaffId,
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let live = credential::table
        .filter(credential::staff.eq(Id::from(staff)))
        .filter(credential::kind.eq(CredentialKind::Passkey.code()))
        .filter(credential::ended_at.is_null());
    Ok(diesel::update(live).set(credential::ended_at.eq(Some(At::from(at)))).execute(conn)?)
}

pub(crate) fn end_credentials(
    conn: &mut Conn,
    staff: StaffId,
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let live = credential::table
        .filter(credential::staff.eq(Id::from(staff)))
        .filter(credential::ended_at.is_null());
    Ok(diesel::update(live).set(credential::ended_at.eq(Some(At::from(at)))).execute(conn)?)
}

fn read(row: CredentialRow) -> Result<Credential, StoreError> {
    let key = match CredentialKind::from_code(row.kind).ok_or(DAMAGED)? {
        CredentialKind::Ed25519 => {
            CredentialKey::Ed25519(row.public_key.try_into().map_err(|_| DAMAGED)?)
        }
        CredentialKind::Passkey => CredentialKey::Passkey(PasskeyKey {
            id: row.key_id.ok_or(DAMAGED)?,
            point: row.public_key.try_into().map_err(|_| DAMAGED)?,
            record: row.record.ok_or(DAMAGED)?,
        }),
    };
    Ok(Credential {
        id: row.id.into(),
        staff: row.staff.into(),
        key,
        counter: row.counter,
        added_at: row.added_at.into(),
        ended_at: row.ended_at.map(DateTime::from),
    })
}
