//! Queries on the inbox of reported texts.

use diesel::prelude::*;
use simrecall_core::id::ReportId;

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::fake_report::FakeReport;
use crate::schema::fake_report;
use crate::types::{At, Id};

type Row = (Id, At, Vec<u8>);

pub(crate) fn put_fake_report(
    conn: &mut Conn,
    new: &FakeReport,
    most: i64,
) -> Result<bool, StoreError> {
    // What is counted must not grow before this is in.
    lock_until_commit(conn, "fake_report")?;
    let held: i64 = fake_report::table.count().get_result(conn)?;
    if held >= most {
        return Ok(false);
    }
    diesel::insert_into(fake_report::table)
        .values((
            fake_report::id.eq(Id::from(new.id)),
            fake_report::reported_at.eq(At::from(new.reported_at)),
            fake_report::sealed.eq(&new.sealed),
        ))
        .execute(conn)?;
    Ok(true)
}

pub(crate) fn fake_reports(conn: &mut Conn, limit: i64) -> Result<Vec<FakeReport>, StoreError> {
    let rows: Vec<Row> = fake_report::table
        .order((fake_report::reported_at, fake_report::id))
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn fake_report(conn: &mut Conn, id: ReportId) -> Result<Option<FakeReport>, StoreError> {
    let row: Option<Row> = fake_report::table.find(Id::from(id)).first(conn).optional()?;
    Ok(row.map(read))
}

pub(crate) fn drop_fake_report(conn: &mut Conn, id: ReportId) -> Result<bool, StoreError> {
    Ok(diesel::delete(fake_report::table.find(Id::from(id))).execute(conn)? == 1)
}

fn read((id, reported_at, sealed): Row) -> FakeReport {
    FakeReport { id: id.into(), reported_at: reported_at.into(), sealed }
}
