//! Queries on what nobody has a reason to name.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use simrecall_core::id::StaffId;

use super::Conn;
use crate::error::StoreError;
use crate::honey::HoneyKind;
use crate::schema::honey;
use crate::types::{At, Id};

pub(crate) fn put_honey(
    conn: &mut Conn,
    key: &[u8; 16],
    kind: HoneyKind,
    by: StaffId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let put = diesel::insert_into(honey::table)
        .values((
            honey::key.eq(Id(*key)),
            honey::kind.eq(kind.code()),
            honey::added_at.eq(At::from(at)),
            honey::added_by.eq(Id::from(by)),
        ))
        .on_conflict_do_nothing();
    Ok(put.execute(conn)? == 1)
}

pub(crate) fn is_honey(conn: &mut Conn, key: &[u8; 16]) -> Result<bool, StoreError> {
    let found: i64 = honey::table.filter(honey::key.eq(Id(*key))).count().get_result(conn)?;
    Ok(found > 0)
}

pub(crate) fn count_honey(conn: &mut Conn) -> Result<Vec<(HoneyKind, i64)>, StoreError> {
    let rows: Vec<(i16, i64)> = honey::table
        .group_by(honey::kind)
        .select((honey::kind, count_star()))
        .order(honey::kind)
        .load(conn)?;
    let read = |(kind, count): (i16, i64)| {
        Ok((HoneyKind::from_code(kind).ok_or(StoreError::Damaged("honey"))?, count))
    };
    rows.into_iter().map(read).collect()
}
