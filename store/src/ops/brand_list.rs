//! Queries on the files that go to brands and come back.

use diesel::dsl::max;
use diesel::prelude::*;
use simrecall_core::id::{ChunkNo, WaveNo};

pub(crate) use super::ledger_lease::lease_listed;
use super::{Conn, lock_until_commit};
use crate::brand_list::BrandFile;
use crate::error::StoreError;
use crate::schema::{brand_list, brand_result, chunk};
use crate::types::{At, Id};

type FileRow = (i32, String, i32, Vec<u8>, i64, Id, At);

/// Keeps a file under the next number of its wave and brand.
macro_rules! add {
    ($conn:expr, $table:ident, $rows:ident, $file:expr) => {{
        lock_until_commit($conn, stringify!($table))?;
        let last: Option<i32> = $table::table
            .filter($table::wave.eq($file.wave.0))
            .filter($table::brand.eq(&$file.brand))
            .select(max($table::no))
            .first($conn)?;
        let no = last.unwrap_or(0) + 1;
        diesel::insert_into($table::table)
            .values((
                $table::wave.eq($file.wave.0),
                $table::brand.eq(&$file.brand),
                $table::no.eq(no),
                $table::file_sha256.eq($file.sha256.as_slice()),
                $table::$rows.eq($file.rows),
                $table::by_staff.eq(Id::from($file.by)),
                $table::at.eq(At::from($file.at)),
            ))
            .execute($conn)?;
        Ok(no)
    }};
}

pub(crate) fn give_to_brand(
    conn: &mut Conn,
    wave: WaveNo,
    no: ChunkNo,
    brand: &str,
) -> Result<(), StoreError> {
    let given = diesel::update(chunk::table.find((wave.0, no.0))).set(chunk::list.eq(brand));
    match given.execute(conn)? {
        1 => Ok(()),
        _ => Err(StoreError::NotFound("chunk")),
    }
}

pub(crate) fn add_brand_list(conn: &mut Conn, file: &BrandFile) -> Result<i32, StoreError> {
    add!(conn, brand_list, targets, file)
}

pub(crate) fn add_brand_result(conn: &mut Conn, file: &BrandFile) -> Result<i32, StoreError> {
    add!(conn, brand_result, results, file)
}

pub(crate) fn brand_lists(
    conn: &mut Conn,
    wave: WaveNo,
) -> Result<Vec<(i32, BrandFile)>, StoreError> {
    let rows: Vec<FileRow> = brand_list::table
        .filter(brand_list::wave.eq(wave.0))
        .order((brand_list::brand, brand_list::no))
        .load(conn)?;
    rows.into_iter().map(|row| read(row, "brand_list")).collect()
}

pub(crate) fn brand_results(
    conn: &mut Conn,
    wave: WaveNo,
) -> Result<Vec<(i32, BrandFile)>, StoreError> {
    let rows: Vec<FileRow> = brand_result::table
        .filter(brand_result::wave.eq(wave.0))
        .order((brand_result::brand, brand_result::no))
        .load(conn)?;
    rows.into_iter().map(|row| read(row, "brand_result")).collect()
}

fn read(row: FileRow, table: &'static str) -> Result<(i32, BrandFile), StoreError> {
    let (wave, brand, no, sha256, rows, by, at) = row;
    let sha256 = sha256.as_slice().try_into().map_err(|_| StoreError::Damaged(table))?;
    let (by, at) = (by.into(), at.into());
    Ok((no, BrandFile { wave: WaveNo(wave), brand, sha256, rows, by, at }))
}
