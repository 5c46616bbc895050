//! Queries on protections.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::query_dsl::methods;
use simrecall_core::protection::StateKind;

use super::Conn;
use crate::error::StoreError;
use crate::protection::Protection;
use crate::schema::protection;
use crate::types::{At, Id};

/// Keys bound to one statement.
const KEYS: usize = 1_000;

#[derive(Insertable, Queryable, AsChangeset)]
#[diesel(table_name = protection, treat_none_as_default_value = false)]
#[diesel(primary_key(imsi_ix))]
struct ProtectionRow {
    imsi_ix: Id,
    state: i16,
    since: At,
    sealed: Vec<u8>,
}

pub(crate) fn protections_of(
    conn: &mut Conn,
    imsis: &[[u8; 16]],
) -> Result<Vec<Protection>, StoreError> {
    let mut found = Vec::new();
    for some in imsis.chunks(KEYS) {
        let these: Vec<Id> = some.iter().copied().map(Id).collect();
        let rows: Vec<ProtectionRow> = protection::table
            .filter(protection::imsi_ix.eq_any(these))
            .order(protection::imsi_ix)
            .load(conn)?;
        for row in rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

pub(crate) fn protections_in(
    conn: &mut Conn,
    state: StateKind,
    limit: i64,
) -> Result<Vec<Protection>, StoreError> {
    let rows: Vec<ProtectionRow> = protection::table
        .filter(protection::state.eq(state.code()))
        .order((protection::since, protection::imsi_ix))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn count_protections(conn: &mut Conn) -> Result<Vec<(StateKind, i64)>, StoreError> {
    let rows: Vec<(i16, i64)> = protection::table
        .group_by(protection::state)
        .order(protection::state)
        .select((protection::state, count_star()))
        .load(conn)?;
    let named = |(code, count)| {
        Ok((StateKind::from_code(code).ok_or(StoreError::Damaged("protection"))?, count))
    };
    rows.into_iter().map(named).collect()
}

fn read(row: ProtectionRow) -> Result<Protection, StoreError> {
    Ok(Protection {
        imsi: row.imsi_ix.0,
        state: StateKind::from_code(row.state).ok_or(StoreError::Damaged("protection"))?,
        since: row.since.into(),
        sealed: row.sealed,
    })
}

pub(crate) fn step_protection(
    conn: &mut Conn,
    from: StateKind,
    to: &Protection,
) -> Result<bool, StoreError> {
    let row = || ProtectionRow {
        imsi_ix: Id(to.imsi),
        state: to.state.code(),
        since: to.since.into(),
        sealed: to.sealed.clone(),
    };
    let moved = if from == StateKind::Off {
        let tied = diesel::insert_into(protection::table)
            .values(row())
            .on_conflict(protection::imsi_ix)
            .do_update()
            .set(row());
        methods::FilterDsl::filter(tied, protection::state.eq(from.code())).execute(conn)?
    } else {
        let there = protection::table.find(Id(to.imsi)).filter(protection::state.eq(from.code()));
        diesel::update(there).set(row()).execute(conn)?
    };
    Ok(moved == 1)
}
