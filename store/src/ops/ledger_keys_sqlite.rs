//! Reading by a list of composite keys: the list travels as one JSON value.

use std::collections::BTreeMap;

use diesel::deserialize::QueryableByName;
use diesel::sql_types::{Integer, SmallInt, Text};
use diesel::sqlite::Sqlite;
use diesel::{RunQueryDsl as _, SqliteConnection};
use simrecall_core::id::{Bucket, ChunkNo, LineId, SubscriberId, TargetKey, WaveNo};

use crate::error::StoreError;
use crate::ledger::Look;
use crate::types::{Id, Uid};

/// What makes concurrent leases step over rows that others hold: here there is one writer.
pub(crate) const SKIP_LOCKED: &str = "";
/// What holds rows until the transaction ends: here the transaction does.
pub(crate) const HOLD: &str = "";

const TARGETS: &str =
    "(SELECT ? AS bucket, ? AS wave, ? AS chunk, value AS pos FROM json_each(?)) k";
const KEYS: &str = "(SELECT ? AS incident, ? AS number, unhex(value) AS key FROM json_each(?)) k";
const LINES: &str =
    "(SELECT ? AS incident, ? AS number, CAST(substr(value, 65) AS INTEGER) AS bucket,
            unhex(substr(value, 1, 32)) AS holder, unhex(substr(value, 33, 32)) AS line
     FROM json_each(?)) k";
const IDS: &str =
    "(SELECT key AS n, value ->> 0 AS bucket, value ->> 1 AS route, value ->> 2 AS provider_id
    FROM json_each(?)) k";

/// How the `n`th bound value is written.
pub(crate) fn placeholder(_n: usize) -> &'static str {
    "?"
}

/// Looks at a table for every key, where `k` holds bucket, wave, chunk and pos of every key.
///
/// A statement for each chunk, in order: keys that differ in one number make a flat list, and taking a nested one apart
/// costs SQLite more than finding the rows.
pub(crate) fn by_targets<R: QueryableByName<Sqlite> + 'static>(
    conn: &mut SqliteConnection,
    look: &Look,
    keys: &[TargetKey],
) -> Result<Vec<R>, StoreError> {
    let mut chunks: BTreeMap<(WaveNo, ChunkNo), Vec<i32>> = BTreeMap::new();
    for key in keys {
        chunks.entry((key.wave, key.chunk)).or_default().push(key.pos);
    }
    let sql = sql(TARGETS, look);
    let mut found = Vec::with_capacity(keys.len());
    for ((wave, chunk), places) in chunks {
        let query = diesel::sql_query(sql.as_str())
            .bind::<SmallInt, _>(Bucket::of_chunk(chunk).get())
            .bind::<Integer, _>(wave.0)
            .bind::<Integer, _>(chunk.0)
            .bind::<Text, _>(json(&places)?);
        let mut rows = query.load(conn)?;
        found.append(&mut rows);
    }
    Ok(found)
}

/// Looks at a table for every key, where `k` holds place, bucket, route and id of every network id.
pub(crate) fn by_ids<R: QueryableByName<Sqlite> + 'static>(
    conn: &mut SqliteConnection,
    look: &Look,
    ids: &[(i16, &str, &str)],
) -> Result<Vec<R>, StoreError> {
    Ok(diesel::sql_query(sql(IDS, look)).bind::<Text, _>(json(ids)?).load(conn)?)
}

/// Looks at a table for every key, where `k` holds incident, number and key: a blind index or an id.
pub(crate) fn by_keys<R: QueryableByName<Sqlite> + 'static>(
    conn: &mut SqliteConnection,
    look: &Look,
    (incident, number): (Id, i32),
    keys: &[Id],
) -> Result<Vec<R>, StoreError> {
    let keys: Vec<String> = keys.iter().map(|key| hex(key.0)).collect();
    let rows = diesel::sql_query(sql(KEYS, look))
        .bind::<Uid, _>(incident)
        .bind::<Integer, _>(number)
        .bind::<Text, _>(json(&keys)?)
        .load(conn)?;
    Ok(rows)
}

/// Looks at a table for every line, where `k` holds incident, number, bucket, holder and line.
///
/// Holder, line and bucket travel as one text, so that the list is flat.
pub(crate) fn by_lines<R: QueryableByName<Sqlite> + 'static>(
    conn: &mut SqliteConnection,
    look: &Look,
    (incident, number): (Id, i32),
    lines: &[(SubscriberId, LineId)],
) -> Result<Vec<R>, StoreError> {
    let text = |(holder, line): &(SubscriberId, LineId)| {
        format!("{}{}{}", hex(*holder.as_bytes()), hex(*line.as_bytes()), holder.bucket().get())
    };
    let lines: Vec<String> = lines.iter().map(text).collect();
    let rows = diesel::sql_query(sql(LINES, look))
        .bind::<Uid, _>(incident)
        .bind::<Integer, _>(number)
        .bind::<Text, _>(json(&lines)?)
        .load(conn)?;
    Ok(rows)
}

/// CROSS JOIN makes SQLite go through the keys and look each of them up.
fn sql(keys: &str, look: &Look) -> String {
    let Look { columns, table, on, order } = look;
    format!("SELECT {columns} FROM {keys} CROSS JOIN {table} x WHERE {on} ORDER BY {order}")
}

fn hex(id: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(id))
}

fn json<L: serde::Serialize + ?Sized>(list: &L) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(|_| StoreError::Damaged("a list of keys"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::sqlite::{self, cohort, registry};

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// The plan for a table nobody counted yet: what the database would guess must not matter.
    fn plan(keys: &str, look: &Look) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.db");
        let mut conn = sqlite::open_writer(path.to_str().unwrap()).unwrap();
        sqlite::migrate(&mut conn).unwrap();
        let query = format!("EXPLAIN QUERY PLAN {}", sql(keys, look));
        let steps: Vec<Step> = diesel::sql_query(query).load(&mut conn).unwrap();
        steps.into_iter().map(|step| step.detail + "\n").collect()
    }

    #[test]
    fn each_key_is_looked_up_in_the_index_made_for_it() {
        for (keys, look, index) in [
            (KEYS, registry::BY_IMSI, "line_imsi (imsi_ix=?)"),
            (KEYS, registry::BY_MSISDN, "line_msisdn (msisdn_ix=?)"),
            (KEYS, registry::BY_LINE, "line_line (incident=? AND snapshot=? AND line=?)"),
            (
                LINES,
                cohort::BY_LINE,
                "exposure_key (bucket=? AND incident=? AND revision=? AND holder=? AND line=?)",
            ),
        ] {
            let steps = plan(keys, &look);
            assert!(steps.contains(&format!("SEARCH x USING INDEX {index}")), "{steps}");
        }
    }
}
