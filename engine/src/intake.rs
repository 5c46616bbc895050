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
    refusals: Refusals,
    kept: Vec<KeptReject>,
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
            refusals: Refusals::beside(path),
            kept: Vec::new(),
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
        self.refusals.note(reject)?;
        self.tally.bad_rows = self.refusals.bad_rows();
        if self.tally.bad_rows <= self.accept {
            self.kept.push(KeptReject {
                row: reject.row,
                column: reject.column.to_owned(),
                reason: reject.code.to_owned(),
            });
        }
        Ok(())
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
        let Self { path, accept, refusals, kept, tally } = self;
        let refused = refusals.finish()?;
        let all = Settled {
            name: file_name(&path),
            rows: tally.rows,
            end: "nothing was imported",
            fate: "they stay in every total as unresolved",
        };
        all.settle(std::slice::from_ref(&refused), accept)?;
        Ok(Taken { tally, kept })
    }
}

/// The refusals of one file: counted, listed beside it, and the first of them shown.
#[derive(Debug)]
pub(crate) struct Refusals {
    rejects: Rejects,
    shown: Vec<String>,
    last_bad_row: u64,
    bad_rows: u64,
}

/// What became of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refused {
    pub(crate) bad_rows: u64,
    shown: Vec<String>,
    listed: Option<PathBuf>,
}

impl Refusals {
    pub(crate) fn beside(path: &Path) -> Self {
        Self { rejects: Rejects::beside(path), shown: Vec::new(), last_bad_row: 0, bad_rows: 0 }
    }

    /// Adds one. Those of one row come together.
    pub(crate) fn note(&mut self, reject: &Reject) -> Result<()> {
        if reject.row != self.last_bad_row {
            self.last_bad_row = reject.row;
            self.bad_rows += 1;
        }
        if self.shown.len() < SHOWN {
            self.shown.push(format!("row {:<9} {:<12} {}", reject.row, reject.column, reject.text));
        }
        self.rejects.write(reject)
    }

    /// Rows with anything wrong so far.
    pub(crate) const fn bad_rows(&self) -> u64 {
        self.bad_rows
    }

    /// The end of the file.
    pub(crate) fn finish(self) -> Result<Refused> {
        let Self { rejects, shown, bad_rows, .. } = self;
        Ok(Refused { bad_rows, shown, listed: rejects.finish()? })
    }
}

impl Refused {
    /// The same, each line saying which file it speaks of.
    #[must_use]
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.shown.iter_mut().for_each(|line| line.insert_str(0, &format!("{name} ")));
        self
    }
}

/// What is refused or not once all of it was read.
#[derive(Debug)]
pub(crate) struct Settled<'a> {
    /// The name or names of what was read.
    pub(crate) name: String,
    /// Rows there were in all.
    pub(crate) rows: u64,
    /// What did not happen.
    pub(crate) end: &'a str,
    /// What becomes of bad rows that are accepted.
    pub(crate) fate: &'a str,
}

impl Settled<'_> {
    /// Refuses unless exactly as many rows are bad as were expected.
    pub(crate) fn settle(&self, refused: &[Refused], accept: u64) -> Result<()> {
        let Self { name, rows, end, fate } = self;
        let bad_rows: u64 = refused.iter().map(|file| file.bad_rows).sum();
        if bad_rows == accept {
            return Ok(());
        }
        if bad_rows == 0 {
            let what =
                format!("{name}: --accept-rejects {accept} was given, and no row is bad; {end}");
            return Err(Problem::input("rejects", what).hint("leave --accept-rejects out"));
        }
        let what = format!("{name}: {bad_rows} of {rows} rows rejected; {end}");
        let shown = refused.iter().flat_map(|file| &file.shown).take(SHOWN);
        let problem = shown.fold(Problem::input("rejects", what), Problem::detail);
        let listed: Vec<String> = refused
            .iter()
            .filter_map(|file| Some(file.listed.as_ref()?.display().to_string()))
            .collect();
        Err(problem.hint(format!(
            "reasons are in {} (no values). Fix the rows, or --accept-rejects {bad_rows}: {fate}",
            listed.join(", ")
        )))
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.file_name();
    name.map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
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
    let name = file_name(path);
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
