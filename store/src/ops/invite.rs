//! Queries on codes that enrol a passkey.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::StaffId;

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::invite::{CodeHash, Invite};
use crate::schema::invite;
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = invite, treat_none_as_default_value = false)]
struct InviteRow {
    code_sha256: Vec<u8>,
    staff: Id,
    first_by: Id,
    second_by: Option<Id>,
    made_at: At,
    until: At,
    used_at: Option<At>,
}

pub(crate) fn add_invite(conn: &mut Conn, new: &Invite) -> Result<(), StoreError> {
    lock_until_commit(conn, "invite")?;
    void_invites(conn, new.staff, new.made_at)?;
    let row = InviteRow {
        code_sha256: new.code.0.to_vec(),
        staff: new.staff.into(),
        first_by: new.by.0.into(),
        second_by: new.by.1.map(Id::from),
        made_at: new.made_at.into(),
        until: new.until.into(),
        used_at: new.used_at.map(At::from),
    };
    diesel::insert_into(invite::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn invite(conn: &mut Conn, code: CodeHash) -> Result<Option<Invite>, StoreError> {
    let row: Option<InviteRow> = invite::table.find(code.0.as_slice()).first(conn).optional()?;
    Ok(row.map(|row| Invite {
        code,
        staff: row.staff.into(),
        by: (row.first_by.into(), row.second_by.map(Into::into)),
        made_at: row.made_at.into(),
        until: row.until.into(),
        used_at: row.used_at.map(DateTime::from),
    }))
}

pub(crate) fn use_invite(
    conn: &mut Conn,
    code: CodeHash,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // Two codes of one person are used one after the other.
    lock_until_commit(conn, "invite")?;
    let open = invite::table
        .find(code.0.as_slice())
        .filter(invite::used_at.is_null())
        .filter(invite::until.gt(At::from(now)));
    let used = diesel::update(open).set(invite::used_at.eq(Some(At::from(now))));
    Ok(used.execute(conn)? == 1)
}

pub(crate) fn void_invites(
    conn: &mut Conn,
    staff: StaffId,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let open = invite::table
        .filter(invite::staff.eq(Id::from(staff)))
        .filter(invite::used_at.is_null())
        .filter(invite::until.gt(At::from(now)));
    Ok(diesel::update(open).set(invite::until.eq(At::from(now))).execute(conn)?)
}
