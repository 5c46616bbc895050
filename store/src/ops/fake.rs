//! Queries on fakes.

use diesel::dsl::max;
use diesel::prelude::*;

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::fake::{Fake, NewFake};
use crate::schema::fake;
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = fake, treat_none_as_default_value = false)]
struct FakeRow {
    no: i32,
    text: String,
    sender: String,
    seen_at: At,
    cluster: i32,
    by_staff: Id,
    added_at: At,
}

pub(crate) fn add_fake(conn: &mut Conn, new: &NewFake) -> Result<i32, StoreError> {
    lock_until_commit(conn, "fake")?;
    let last: Option<i32> = fake::table.select(max(fake::no)).first(conn)?;
    let no = last.unwrap_or(0) + 1;
    let row = FakeRow {
        no,
        text: new.text.clone(),
        sender: new.sender.clone(),
        seen_at: new.seen_at.into(),
        cluster: new.cluster.unwrap_or(no),
        by_staff: new.by.into(),
        added_at: new.added_at.into(),
    };
    diesel::insert_into(fake::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn fakes(conn: &mut Conn) -> Result<Vec<Fake>, StoreError> {
    let rows: Vec<FakeRow> = fake::table.order(fake::no).load(conn)?;
    let read = |row: FakeRow| Fake {
        no: row.no,
        text: row.text,
        sender: row.sender,
        seen_at: row.seen_at.into(),
        cluster: row.cluster,
        by: row.by_staff.into(),
        added_at: row.added_at.into(),
    };
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn set_fake_cluster(conn: &mut Conn, no: i32, cluster: i32) -> Result<(), StoreError> {
    let moved = diesel::update(fake::table.find(no)).set(fake::cluster.eq(cluster));
    match moved.execute(conn)? {
        0 => Err(StoreError::NotFound("fake")),
        _ => Ok(()),
    }
}
