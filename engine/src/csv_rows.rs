//! Lists in, row by row, with reasons for each refusal and never more than a megabyte of them in memory.
//!
//! A file is read twice: once to find out whether it is UTF-8 or CP949 and to hash it, and once row by row ([`Rows`]). A row
//! is numbered as a spreadsheet shows it: the header is row 1. A line break inside quotes starts no row; empty
//! lines are not counted.
//!
//! A cell that is wrong gives a [`Reject`]: row, column, a stable code and plain words, never the value. A wrong IMEI drops
//! the IMEI and keeps the row; any other wrong cell drops the row. What cannot be counted row by row (a wrong header, an
//! unreadable file) is a [`Problem`].

pub(crate) mod cells;
mod duplicates;
mod encoding;
pub(crate) mod exposure;
pub(crate) mod header;
pub(crate) mod moment;
pub(crate) mod records;
mod registry;
mod rejects;

use std::fs::File;
use std::io::Read;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

pub use cells::{Cells, Why};
pub use duplicates::{Duplicate, find_duplicates};
pub use encoding::Encoding;
pub use exposure::{EvidenceRow, ExposureRow};
pub use header::Column;
pub use registry::{LineRow, SubscriberRow};
pub use rejects::{Reject, Rejects, rejects_path};

use crate::problem::{self, Problem, Result};
use encoding::Scan;
use records::{Hashing, Raw, Records};

/// A kind of row.
pub trait Row: Sized {
    /// Its columns, in order.
    const COLUMNS: &'static [Column];

    /// Reads the cells; `None` if one that matters was refused.
    fn read(cells: &mut Cells<'_>) -> Option<Self>;
}

/// One row as it came out.
#[derive(Debug)]
pub struct Parsed<T> {
    /// Where it stands; the header is row 1.
    pub row_no: u64,
    /// The row, if it is usable.
    pub row: Option<T>,
    /// What is wrong with it. A usable row may have rejects: cells that were dropped.
    pub rejects: Vec<Reject>,
}

/// The rows of one file, in order.
#[derive(Debug)]
pub struct Rows<T> {
    path: PathBuf,
    records: Records<Hashing<File>>,
    scan: Scan,
    width: usize,
    done: bool,
    kind: PhantomData<fn() -> T>,
}

impl<T: Row> Rows<T> {
    /// Opens a file: finds its encoding, hashes it, and checks its header.
    pub fn open(path: &Path) -> Result<Self> {
        let scan = encoding::scan(path)?;
        let file = File::open(path).map_err(|error| problem::file(path, error))?;
        let mut records = Records::new(Hashing::new(file));
        let width = header::check(path, &mut records, scan.encoding, T::COLUMNS)?;
        Ok(Self { path: path.to_owned(), records, scan, width, done: false, kind: PhantomData })
    }

    /// SHA-256 of the file's bytes.
    pub const fn sha256(&self) -> [u8; 32] {
        self.scan.sha256
    }

    /// How the file is encoded.
    pub const fn encoding(&self) -> Encoding {
        self.scan.encoding
    }

    fn parse_next(&mut self) -> Result<Option<Parsed<T>>> {
        let next = self.records.next().map_err(|error| problem::file(&self.path, error))?;
        let Some((row_no, raw)) = next else {
            return self.check_unchanged().map(|()| None);
        };
        let Raw::Fields(fields) = raw else {
            return Ok(Some(dropped(row_no, "", raw.why())));
        };
        if let Some(why) = header::wrong_width(fields.len(), self.width) {
            return Ok(Some(dropped(row_no, "", why)));
        }
        let mut cells = Cells::new(row_no, T::COLUMNS, fields.iter(), self.scan.encoding);
        let row = T::read(&mut cells);
        let (rejects, usable) = cells.finish();
        Ok(Some(Parsed { row_no, row: row.filter(|_| usable), rejects }))
    }

    /// The bytes read row by row must be the bytes that were hashed.
    fn check_unchanged(&mut self) -> Result<()> {
        let mut rest = [0; 1];
        let at_end = self.records.reader_mut().read(&mut rest);
        if matches!(at_end, Ok(0)) && self.records.reader_mut().sha256() == self.scan.sha256 {
            return Ok(());
        }
        let what = format!("{} changed while it was read", self.path.display());
        Err(Problem::input("file_changed", what).hint("import it again once nobody writes to it"))
    }
}

impl<T: Row> Iterator for Rows<T> {
    type Item = Result<Parsed<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.parse_next().transpose();
        self.done = !matches!(next, Some(Ok(_)));
        next
    }
}

fn dropped<T>(row_no: u64, column: &'static str, why: Why) -> Parsed<T> {
    let reject = Reject { row: row_no, column, code: why.code, text: why.text };
    Parsed { row_no, row: None, rejects: vec![reject] }
}

#[cfg(test)]
mod tests;
