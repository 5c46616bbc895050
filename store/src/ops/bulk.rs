//! Dropping and making the indexes of a big table.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::{Conn, INDEXES_OF, lock_table};
use crate::bulk::{BigTable, IndexDdl};
use crate::error::StoreError;

#[derive(QueryableByName)]
struct Empty {
    #[diesel(sql_type = Bool)]
    empty: bool,
}

pub(crate) fn is_empty(conn: &mut Conn, table: BigTable) -> Result<bool, StoreError> {
    let query = format!("SELECT NOT EXISTS (SELECT 1 FROM {}) AS empty", table.name());
    Ok(diesel::sql_query(query).get_result::<Empty>(conn)?.empty)
}

/// Drops the table's indexes and says what they were; none when the table is not empty any more.
pub(crate) fn drop_indexes(conn: &mut Conn, table: BigTable) -> Result<Vec<IndexDdl>, StoreError> {
    lock_table(conn, table.name())?;
    if !is_empty(conn, table)? {
        return Ok(Vec::new());
    }
    let indexes: Vec<IndexDdl> =
        diesel::sql_query(INDEXES_OF).bind::<Text, _>(table.name()).load(conn)?;
    for index in &indexes {
        conn.batch_execute(&format!("DROP INDEX {}", index.name))?;
    }
    Ok(indexes)
}

pub(crate) fn make_indexes(
    conn: &mut Conn,
    table: BigTable,
    indexes: &[IndexDdl],
) -> Result<(), StoreError> {
    for index in indexes {
        conn.batch_execute(&index.definition)?;
    }
    if !indexes.is_empty() {
        conn.batch_execute(&format!("ANALYZE {}", table.name()))?;
    }
    Ok(())
}
