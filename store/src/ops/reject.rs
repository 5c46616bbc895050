//! Queries on rejects.

use diesel::prelude::*;
use simrecall_core::id::IncidentId;

use super::Conn;
use crate::error::StoreError;
use crate::reject::{Reject, RejectRow, RejectedFile};
use crate::schema::reject;
use crate::types::Id;

pub(crate) fn keep_rejects(
    conn: &mut Conn,
    file: &RejectedFile<'_>,
    rejects: &[Reject],
) -> Result<(), StoreError> {
    let row = |of| RejectRow::new(file, of);
    for some in rejects.chunks(1_000) {
        let rows: Vec<_> = some.iter().map(row).collect();
        diesel::insert_into(reject::table).values(rows).on_conflict_do_nothing().execute(conn)?;
    }
    Ok(())
}

pub(crate) fn rejects_of(
    conn: &mut Conn,
    file: &RejectedFile<'_>,
) -> Result<Vec<Reject>, StoreError> {
    let rows: Vec<(i64, String, String)> = reject::table
        .filter(reject::incident.eq(Id::from(file.incident)))
        .filter(reject::source.eq(file.source))
        .filter(reject::file_sha256.eq(file.sha256.as_slice()))
        .select((reject::row_no, reject::column_name, reject::reason))
        .order((reject::row_no, reject::column_name))
        .load(conn)?;
    let read = |(row, column, reason): (i64, String, String)| Reject {
        row: row.unsigned_abs(),
        column,
        reason,
    };
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn rejected_rows(
    conn: &mut Conn,
    incident: IncidentId,
    source: &str,
) -> Result<u64, StoreError> {
    let rows: Vec<(Vec<u8>, i64)> = reject::table
        .filter(reject::incident.eq(Id::from(incident)))
        .filter(reject::source.eq(source))
        .select((reject::file_sha256, reject::row_no))
        .distinct()
        .load(conn)?;
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}
