//! Reading by a list of composite keys in one statement: the list travels as arrays.

use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{Array, Integer, SmallInt, Text};
use diesel::{PgConnection, RunQueryDsl as _};
use simrecall_core::id::{LineId, SubscriberId, TargetKey};

use crate::error::StoreError;
use crate::ledger::Look;
use crate::types::{Id, Uid};

/// What makes concurrent leases step over rows that others hold.
pub(crate) const SKIP_LOCKED: &str = "FOR UPDATE SKIP LOCKED";
/// What holds rows until the transaction ends.
pub(crate) const HOLD: &str = "FOR UPDATE";

const TARGETS: &str = "unnest($1, $2, $3, $4) AS k(bucket, wave, chunk, pos)";
const KEYS: &str = "(SELECT $1 AS incident, $2 AS number, u.key FROM unnest($3) AS u(key)) k";
const LINES: &str = "(SELECT $1 AS incident, $2 AS number, u.* FROM unnest($3, $4, $5) AS u(bucket, holder, line)) k";
const IDS: &str = "unnest($1, $2, $3, $4) AS k(n, bucket, route, provider_id)";

/// How the `n`th bound value is written.
pub(crate) fn placeholder(n: usize) -> String {
    format!("${n}")
}

/// Looks at a table for every key, where `k` holds bucket, wave, chunk and pos of every key.
pub(crate) fn by_targets<R: QueryableByName<Pg> + 'static>(
    conn: &mut PgConnection,
    look: &Look,
    keys: &[TargetKey],
) -> Result<Vec<R>, StoreError> {
    let column = |of: fn(&TargetKey) -> i32| keys.iter().map(of).collect::<Vec<i32>>();
    let buckets: Vec<i16> = keys.iter().map(|key| key.bucket().get()).collect();
    let rows = diesel::sql_query(sql(TARGETS, look))
        .bind::<Array<SmallInt>, _>(buckets)
        .bind::<Array<Integer>, _>(column(|key| key.wave.0))
        .bind::<Array<Integer>, _>(column(|key| key.chunk.0))
        .bind::<Array<Integer>, _>(column(|key| key.pos))
        .load(conn)?;
    Ok(rows)
}

/// Looks at a table for every key, where `k` holds place, bucket, route and id of every network id.
pub(crate) fn by_ids<R: QueryableByName<Pg> + 'static>(
    conn: &mut PgConnection,
    look: &Look,
    ids: &[(i16, &str, &str)],
) -> Result<Vec<R>, StoreError> {
    let places: Vec<i32> = (0..).take(ids.len()).collect();
    let buckets: Vec<i16> = ids.iter().map(|(bucket, _, _)| *bucket).collect();
    let routes: Vec<&str> = ids.iter().map(|(_, route, _)| *route).collect();
    let ids: Vec<&str> = ids.iter().map(|(_, _, id)| *id).collect();
    let rows = diesel::sql_query(sql(IDS, look))
        .bind::<Array<Integer>, _>(places)
        .bind::<Array<SmallInt>, _>(buckets)
        .bind::<Array<Text>, _>(routes)
        .bind::<Array<Text>, _>(ids)
        .load(conn)?;
    Ok(rows)
}

/// Looks at a table for every key, where `k` holds incident, number and key: a blind index or an id.
pub(crate) fn by_keys<R: QueryableByName<Pg> + 'static>(
    conn: &mut PgConnection,
    look: &Look,
    (incident, number): (Id, i32),
    keys: &[Id],
) -> Result<Vec<R>, StoreError> {
    let rows = diesel::sql_query(sql(KEYS, look))
        .bind::<Uid, _>(incident)
        .bind::<Integer, _>(number)
        .bind::<Array<Uid>, _>(keys)
        .load(conn)?;
    Ok(rows)
}

/// Looks at a table for every line, where `k` holds incident, number, bucket, holder and line.
pub(crate) fn by_lines<R: QueryableByName<Pg> + 'static>(
    conn: &mut PgConnection,
    look: &Look,
    (incident, number): (Id, i32),
    lines: &[(SubscriberId, LineId)],
) -> Result<Vec<R>, StoreError> {
    let buckets: Vec<i16> = lines.iter().map(|(holder, _)| holder.bucket().get()).collect();
    let holders: Vec<Id> = lines.iter().map(|(holder, _)| Id::from(*holder)).collect();
    let lines: Vec<Id> = lines.iter().map(|(_, line)| Id::from(*line)).collect();
    let rows = diesel::sql_query(sql(LINES, look))
        .bind::<Uid, _>(incident)
        .bind::<Integer, _>(number)
        .bind::<Array<SmallInt>, _>(buckets)
        .bind::<Array<Uid>, _>(holders)
        .bind::<Array<Uid>, _>(lines)
        .load(conn)?;
    Ok(rows)
}

/// OFFSET 0 makes PostgreSQL look each key up by itself: of a list it knows no length, and of a table that grew quickly
/// no size, so that left alone it may read the whole table.
fn sql(keys: &str, look: &Look) -> String {
    let Look { columns, table, on, order } = look;
    format!(
        "SELECT {columns} FROM {keys}
         CROSS JOIN LATERAL (SELECT * FROM {table} x WHERE {on} OFFSET 0) x ORDER BY {order}"
    )
}
