//! Taking lists in: usable rows go on, refused ones are counted, listed beside the file, and decide at the end.

use std::path::{Path, PathBuf};

use serde::Serialize;
use simrecall_core::id::IncidentId;
use simrecall_store::Tx;
use simrecall_store::reject::{Reject as KeptReject, RejectedFile};

use crate::csv_rows::{Parsed, Reject, Rejects, Row, Rows, find_duplicates};
use crate::problem::{Problem, Result};

/// Refusals shown in a message; all of them are in the file beside the list.
const SHOWN: usize = 10;

/// What is wrong with a list so far.
#[derive(Debug)]
pub(crate) struct Intake {
    path: PathBuf,
    accept: u64,
    rejects: Rejects,
    shown: Vec<String>,
    kept: Vec<KeptReject>,
    last_bad_row: u64,
    tally: Tally,
}

/// How many rows a list had, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Rows after the header.
    pub rows: u64,
    /// Rows with anything wrong.
    pub bad_rows: u64,
    /// Of those, rows that could not be used at all: unresolved in every total.
    pub unresolved: u64,
}

impl Intake {
    pub(crate) fn new(path: &Path, accept: u64) -> Self {
        Self {
            path: path.to_owned(),
            accept,
            rejects: Rejects::beside(path),
            shown: Vec::new(),
            kept: Vec::new(),
            last_bad_row: 0,
            tally: Tally::default(),
        }
    }

    /// One row as the reader gave it; the row, if it can be used.
    pub(crate) fn take<T: Row>(&mut self, parsed: Parsed<T>) -> Result<Option<T>> {
        self.tally.rows += 1;
        parsed.rejects.iter().try_for_each(|reject| self.note(reject))?;
        if parsed.row.is_none() {
            self.tally.unresolved += 1;
        }
        Ok(parsed.row)
    }

    /// A row that read well and still cannot be used.
    pub(crate) fn refuse(
        &mut self,
        row: u64,
        column: &'static str,
        code: &'static str,
        text: &str,
    ) -> Result<()> {
        self.tally.unresolved += 1;
        self.note(&Reject { row, column, code, text: text.to_owned() })
    }

    fn note(&mut self, reject: &Reject) -> Result<()> {
        if reject.row != self.last_bad_row {
            self.last_bad_row = reject.row;
            self.tally.bad_rows += 1;
        }
        if self.shown.len() < SHOWN {
            self.shown.push(format!("row {:<9} {:<12} {}", reject.row, reject.column, reject.text));
        }
        if self.tally.bad_rows <= self.accept {
            self.kept.push(KeptReject {
                row: reject.row,
                column: reject.column.to_owned(),
                reason: reject.code.to_owned(),
            });
        }
        self.rejects.write(reject)
    }

    /// Rows with anything wrong so far.
    pub(crate) const fn bad_rows(&self) -> u64 {
        self.tally.bad_rows
    }

    /// The end of a list that is only the first of several: it may have this many bad rows.
    pub(crate) fn finish_at(mut self, accept: u64) -> Result<Taken> {
        self.accept = accept;
        self.finish()
    }

    /// The end of the list: refuses it unless exactly as many bad rows were expected.
    pub(crate) fn finish(self) -> Result<Taken> {
        let Self { path, accept, rejects, shown, kept, tally, .. } = self;
        let listed = rejects.finish()?;
        if tally.bad_rows == accept {
            return Ok(Taken { tally, kept });
        }
        let name = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        if tally.bad_rows == 0 {
            let what = format!(
                "{name}: --accept-rejects {accept} was given, and no row is bad; nothing was imported"
            );
            return Err(Problem::input("rejects", what).hint("leave --accept-rejects out"));
        }
        let what = format!(
            "{name}: {} of {} rows rejected; nothing was imported",
            tally.bad_rows, tally.rows
        );
        let mut problem = Problem::input("rejects", what);
        for line in shown {
            problem = problem.detail(line);
        }
        let listed = listed.map(|file| file.display().to_string()).unwrap_or_default();
        Err(problem.hint(format!(
            "reasons are in {listed} (no values). Fix the rows, or --accept-rejects {}: they stay in every total as unresolved",
            tally.bad_rows
        )))
    }
}

/// A list that was taken.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) tally: Tally,
    kept: Vec<KeptReject>,
}

impl Taken {
    /// Keeps what was refused, by place and reason.
    pub(crate) fn keep(
        &self,
        tx: &mut Tx<'_>,
        incident: IncidentId,
        source: &str,
        sha256: [u8; 32],
    ) -> std::result::Result<(), simrecall_store::StoreError> {
        if self.kept.is_empty() {
            return Ok(());
        }
        tx.keep_rejects(&RejectedFile { incident, source, sha256 }, &self.kept)
    }
}

/// The usable rows of a file, one by one.
pub(crate) fn usable<'a, T: Row + 'a>(
    rows: Rows<T>,
    intake: &'a mut Intake,
) -> impl Iterator<Item = Result<T>> + 'a {
    rows.filter_map(move |parsed| parsed.and_then(|parsed| intake.take(parsed)).transpose())
}

/// Turns a conflict at the end of a load into the rows that caused it.
pub(crate) fn name_duplicates(path: &Path, columns: &[&str], problem: Problem) -> Problem {
    if problem.code != "conflict" {
        return problem;
    }
    let Ok(found) = find_duplicates(path, columns) else { return problem };
    if found.is_empty() {
        return problem;
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut named = Problem::input(
        "duplicates",
        format!(
            "{name}: {} rows say a {} again; nothing was imported",
            found.len(),
            columns.join(" + ")
        ),
    );
    for duplicate in found.iter().take(SHOWN) {
        named = named.detail(format!(
            "row {:<9} {:<12} same as row {}",
            duplicate.row,
            columns.join("+"),
            duplicate.first_row
        ));
    }
    named.hint("remove the rows that repeat another, then run the same command again")
}
