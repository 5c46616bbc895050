//! The first row must be the one we know, column by column.

use std::io::Read;
use std::path::Path;

use super::cells::Why;
use super::encoding::Encoding;
use super::records::{Fields, Raw, Records};
use crate::problem::{self, Problem, Result};

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Whether it holds free text, where a formula could hide. In the others a formula is no value anyhow.
    pub text: bool,
    /// Whether a list may end before it. Such columns stand last.
    pub may_be_absent: bool,
}

impl Column {
    /// A column of free text.
    pub const fn text(name: &'static str) -> Self {
        Self { name, text: true, may_be_absent: false }
    }

    /// A column of numbers, dates or words from a list.
    pub const fn plain(name: &'static str) -> Self {
        Self { name, text: false, may_be_absent: false }
    }

    /// A plain column that a list may end before.
    pub const fn last(name: &'static str) -> Self {
        Self { name, text: false, may_be_absent: true }
    }
}

/// Reads the header and refuses it, naming every column that is missing, unknown or in the wrong place. Gives the number of
/// columns the list has.
pub(crate) fn check<R: Read>(
    path: &Path,
    records: &mut Records<R>,
    encoding: Encoding,
    columns: &[Column],
) -> Result<usize> {
    let first = records.next().map_err(|error| problem::file(path, error))?;
    let found = match first {
        None => return Err(refused(path, columns).detail("the file is empty")),
        Some((_, Raw::Fields(fields))) => names(fields, encoding),
        Some((_, raw)) => return Err(refused(path, columns).detail(raw.why().text)),
    };
    let complaints = complaints(&found, columns);
    if complaints.is_empty() {
        return Ok(found.len());
    }
    Err(complaints.into_iter().fold(refused(path, columns), Problem::detail))
}

/// A row that has another number of cells than the header: the cells behind the difference are shifted.
pub(crate) fn wrong_width(found: usize, expected: usize) -> Option<Why> {
    let what = match found.cmp(&expected) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => "a comma may be missing",
        std::cmp::Ordering::Greater => "a comma inside a cell may not be quoted",
    };
    let text = format!("the row has {found} cells, the header {expected}; {what}");
    Some(Why { code: "row.columns", text })
}

fn names(fields: Fields<'_>, encoding: Encoding) -> Vec<String> {
    let name = |field: &[u8]| {
        let text = encoding.decode(field).unwrap_or_default();
        text.trim().trim_start_matches('\u{feff}').to_lowercase()
    };
    fields.iter().map(name).collect()
}

fn complaints(found: &[String], columns: &[Column]) -> Vec<String> {
    let mut complaints = Vec::new();
    let known = |name: &str| columns.iter().any(|column| column.name == name);
    let is_there = |column: &Column| found.iter().any(|name| name == column.name);
    for column in columns.iter().filter(|column| !column.may_be_absent && !is_there(column)) {
        complaints.push(format!("column {} is missing", column.name));
    }
    for (place, name) in found.iter().enumerate().filter(|(_, name)| !known(name)) {
        complaints.push(format!("column {} is not known: {}", place + 1, shown(name)));
    }
    if !complaints.is_empty() {
        return complaints;
    }
    for (place, name) in found.iter().enumerate() {
        match columns.get(place) {
            Some(column) if column.name == name => {}
            Some(column) => complaints.push(format!(
                "column {} is {name} where {} is expected",
                place + 1,
                column.name
            )),
            None => complaints.push(format!("column {} is {name} a second time", place + 1)),
        }
    }
    complaints
}

/// A header that is missing lets a person's data stand in its place, so an unknown name is shown only if it looks like one.
fn shown(name: &str) -> String {
    let like_a_name = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-' | ' ');
    if !name.is_empty() && name.len() <= 24 && name.chars().all(like_a_name) {
        name.to_owned()
    } else {
        format!("{} characters that are no column name", name.chars().count())
    }
}

fn refused(path: &Path, columns: &[Column]) -> Problem {
    let names = |absent: bool| -> Vec<&str> {
        let of_kind = columns.iter().filter(|column| column.may_be_absent == absent);
        of_kind.map(|column| column.name).collect()
    };
    let mut hint = format!("make the first line read: {}", names(false).join(","));
    for last in names(true) {
        hint = format!("{hint} (and {last} last, if the list says it)");
    }
    Problem::input("header", format!("{} has another header than this list needs", path.display()))
        .hint(hint)
}
