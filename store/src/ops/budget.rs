//! Queries on budgets.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::Conn;
use crate::budget::{Budget, Window};
use crate::error::StoreError;
use crate::schema::budget;
use crate::types::{At, Id, Ts, Uid};

/// A window that began at `$4` (`$5`) or before is over.
const SPEND: &str =
    "INSERT INTO budget (key, short_from, short_spent, long_from, long_spent, until)
     VALUES ($1, $2, 1, $2, 1, $3)
     ON CONFLICT (key) DO UPDATE SET
         short_from = CASE WHEN budget.short_from <= $4 THEN $2 ELSE budget.short_from END,
         short_spent = CASE WHEN budget.short_from <= $4 THEN 1 ELSE budget.short_spent + 1 END,
         long_from = CASE WHEN budget.long_from <= $5 THEN $2 ELSE budget.long_from END,
         long_spent = CASE WHEN budget.long_from <= $5 THEN 1 ELSE budget.long_spent + 1 END,
         until = $3
     WHERE (budget.short_from <= $4 OR budget.short_spent < $6)
         AND (budget.long_from <= $5 OR budget.long_spent < $7)";

pub(crate) fn spend_budget(
    conn: &mut Conn,
    key: &[u8; 16],
    of: &Budget,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if of.short.limit < 1 || of.long.limit < 1 {
        return Ok(false);
    }
    let until = now + of.short.span.max(of.long.span);
    let spent = diesel::sql_query(SPEND)
        .bind::<Uid, _>(Id(*key))
        .bind::<Ts, _>(At::from(now))
        .bind::<Ts, _>(At::from(until))
        .bind::<Ts, _>(At::from(now - of.short.span))
        .bind::<Ts, _>(At::from(now - of.long.span))
        .bind::<Integer, _>(of.short.limit)
        .bind::<Integer, _>(of.long.limit)
        .execute(conn)?;
    Ok(spent == 1)
}

pub(crate) fn has_budget(
    conn: &mut Conn,
    key: &[u8; 16],
    of: &Budget,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let found: Option<(At, i32, At, i32)> = budget::table
        .find(Id(*key))
        .select((budget::short_from, budget::short_spent, budget::long_from, budget::long_spent))
        .first(conn)
        .optional()?;
    let has_room = |window: Window, from: At, spent: i32| {
        let is_over = from <= At::from(now - window.span);
        window.limit > if is_over { 0 } else { spent }
    };
    let (short_from, short_spent, long_from, long_spent) =
        found.unwrap_or((now.into(), 0, now.into(), 0));
    Ok(has_room(of.short, short_from, short_spent) && has_room(of.long, long_from, long_spent))
}

pub(crate) fn return_budget(conn: &mut Conn, key: &[u8; 16]) -> Result<(), StoreError> {
    // What was spent is in both, unless a window has begun anew since: then there is nothing to give back in that one.
    let spent = budget::table.find(Id(*key));
    diesel::update(spent.filter(budget::short_spent.gt(0)))
        .set(budget::short_spent.eq(budget::short_spent - 1))
        .execute(conn)?;
    diesel::update(spent.filter(budget::long_spent.gt(0)))
        .set(budget::long_spent.eq(budget::long_spent - 1))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn purge_budgets(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let over = budget::table.filter(budget::until.le(At::from(now)));
    Ok(diesel::delete(over).execute(conn)?)
}
