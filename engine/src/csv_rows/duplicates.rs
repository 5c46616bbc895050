//! Rows that say the same key twice, found in bounded memory.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::encoding;
use super::records::{Fields, Raw, Records};
use crate::problem::{self, Problem, Result};

/// How many keys are held at once: about 16 MiB.
const KEYS_AT_ONCE: u64 = 400_000;

/// A row whose key stood in an earlier row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// The row; the header is row 1.
    pub row: u64,
    /// The earlier row.
    pub first_row: u64,
}

/// Finds rows with the same cells in the named columns, in row order. Rows whose key cells are all empty are no
/// duplicates of each other, and neither are rows that cannot be read.
///
/// The file is read as many times as its keys need to fit, each time for one range of their hashes.
pub fn find_duplicates(path: &Path, columns: &[&str]) -> Result<Vec<Duplicate>> {
    let scan = encoding::scan(path)?;
    let passes = scan.line_feeds / KEYS_AT_ONCE + 1;
    let mut found = Vec::new();
    for pass in 0..passes {
        find_in_range(path, columns, Range { pass, passes }, &mut found)?;
    }
    found.sort_unstable();
    Ok(found)
}

/// One part of all hashes.
#[derive(Debug, Clone, Copy)]
struct Range {
    pass: u64,
    passes: u64,
}

fn find_in_range(
    path: &Path,
    columns: &[&str],
    range: Range,
    found: &mut Vec<Duplicate>,
) -> Result<()> {
    let file = File::open(path).map_err(|error| problem::file(path, error))?;
    let mut records = Records::new(file);
    let mut places = None;
    let mut first_rows: HashMap<u128, u64> = HashMap::new();
    while let Some((row, raw)) = records.next().map_err(|error| problem::file(path, error))? {
        let Raw::Fields(fields) = raw else { continue };
        let Some(places) = &places else {
            places = Some(find_places(path, fields, columns)?);
            continue;
        };
        let Some(hash) = key_hash(fields, places).filter(|hash| range.holds(*hash)) else {
            continue;
        };
        match first_rows.get(&hash) {
            Some(first_row) => found.push(Duplicate { row, first_row: *first_row }),
            None => drop(first_rows.insert(hash, row)),
        }
    }
    Ok(())
}

impl Range {
    fn holds(self, hash: u128) -> bool {
        (hash >> 64) % u128::from(self.passes) == u128::from(self.pass)
    }
}

fn find_places(path: &Path, header: Fields<'_>, columns: &[&str]) -> Result<Vec<usize>> {
    let place = |column: &&str| {
        let is_it = |field: &[u8]| trimmed(field).eq_ignore_ascii_case(column.as_bytes());
        header.iter().position(is_it).ok_or_else(|| {
            Problem::input("header", format!("{} has no column {column}", path.display()))
        })
    };
    columns.iter().map(place).collect()
}

/// The hash of a row's key; `None` if the row is too short or the key empty.
fn key_hash(fields: Fields<'_>, places: &[usize]) -> Option<u128> {
    let mut hash = Sha256::new();
    let mut empty = true;
    for place in places {
        let cell = trimmed(fields.get(*place)?);
        empty &= cell.is_empty();
        hash.update(u64::try_from(cell.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(cell);
    }
    let digest = hash.finalize();
    let short = digest.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte));
    (!empty).then_some(short)
}

fn trimmed(field: &[u8]) -> &[u8] {
    field.strip_prefix(b"\xef\xbb\xbf").unwrap_or(field).trim_ascii()
}
