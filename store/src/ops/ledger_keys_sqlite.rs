//! Reading by a list of composite keys in one statement: the list travels as one JSON value.

use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel::{RunQueryDsl as _, SqliteConnection};
use simrecall_core::id::TargetKey;

use crate::error::StoreError;
use crate::ledger::Look;

/// What makes concurrent leases step over rows that others hold: here there is one writer.
pub(crate) const SKIP_LOCKED: &str = "";
/// What holds rows until the transaction ends: here the transaction does.
pub(crate) const HOLD: &str = "";

const TARGETS: &str =
    "(SELECT value ->> 0 AS bucket, value ->> 1 AS wave, value ->> 2 AS chunk, value ->> 3 AS pos
    FROM json_each(?)) k";
const IDS: &str =
    "(SELECT key AS n, value ->> 0 AS bucket, value ->> 1 AS route, value ->> 2 AS provider_id
    FROM json_each(?)) k";

/// How the `n`th bound value is written.
pub(crate) fn placeholder(_n: usize) -> &'static str {
    "?"
}

/// Looks at a table for every key, where `k` holds bucket, wave, chunk and pos of every key.
pub(crate) fn by_targets<R: QueryableByName<Sqlite> + 'static>(
    conn: &mut SqliteConnection,
    look: &Look,
    keys: &[TargetKey],
) -> Result<Vec<R>, StoreError> {
    let list: Vec<[i32; 4]> = keys
        .iter()
        .map(|key| [key.bucket().get().into(), key.wave.0, key.chunk.0, key.pos])
        .collect();
    load(conn, &sql(TARGETS, look), &list)
}

/// Looks at a table for every key, where `k` holds place, bucket, route and id of every network id.
pub(crate) fn by_ids<R: QueryableByName<Sqlite> + 'static>(
    conn: &mut SqliteConnection,
    look: &Look,
    ids: &[(i16, &str, &str)],
) -> Result<Vec<R>, StoreError> {
    load(conn, &sql(IDS, look), ids)
}

/// CROSS JOIN makes SQLite go through the keys and look each of them up.
fn sql(keys: &str, look: &Look) -> String {
    let Look { columns, table, on, order } = look;
    format!("SELECT {columns} FROM {keys} CROSS JOIN {table} x WHERE {on} ORDER BY {order}")
}

fn load<R: QueryableByName<Sqlite> + 'static, L: serde::Serialize + ?Sized>(
    conn: &mut SqliteConnection,
    sql: &str,
    list: &L,
) -> Result<Vec<R>, StoreError> {
    let json = serde_json::to_string(list).map_err(|_| StoreError::Damaged("a list of keys"))?;
    Ok(diesel::sql_query(sql).bind::<Text, _>(json).load(conn)?)
}
