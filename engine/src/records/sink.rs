//! Where the rows of one file go.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::path::Path;

use simrecall_core::derive::Micros;

use super::facts::Begins;
use super::input::{Form, Input};
use super::kind::{Kind, Room, Value};
use super::pool::Stop;
use super::{FileFacts, Meter, csv, parquet};
use crate::csv_rows::{Cells, Encoding, Reject, Row, Why};
use crate::intake::{Refusals, file_name};
use crate::problem::{Problem, Result};

/// Rows between two looks at the world outside.
const ROWS_AT_ONCE: u64 = 4_096;

/// What is asked of all files.
pub(super) struct Job<'j, K, H> {
    /// Which words are wanted.
    pub(super) wanted: &'j (dyn Fn(&[u8]) -> bool + Sync),
    /// What is done with a row that is.
    pub(super) hit: H,
    pub(super) watch: &'j Meter,
    pub(super) stop: &'j Stop,
    pub(super) kind: PhantomData<fn() -> K>,
}

impl<K: Kind, H> Job<'_, K, H> {
    /// Reads one file.
    pub(super) fn read<S>(&self, state: &mut S, path: &Path) -> Result<FileFacts>
    where
        H: Fn(&mut S, &K::Row<'_>) -> Result<()>,
    {
        let input = Input::open(path)?;
        let sink = Sink {
            wanted: self.wanted,
            hit: &self.hit,
            state,
            watch: self.watch,
            stop: self.stop,
            name: file_name(path),
            refusals: Refusals::beside(path),
            begins: Begins::new(),
            rows: 0,
            told: 0,
            kind: self.kind,
        };
        match input.form {
            Form::Csv | Form::Gzip => csv::read(&input, self.watch, sink),
            Form::Parquet => parquet::read(&input, self.watch, sink),
            Form::Encrypted => Err(encrypted(path)),
        }
    }
}

/// Refuses a file whose columns are not those of this kind, before any file is read.
pub(super) fn check<K: Kind>(path: &Path) -> Result<()> {
    let input = Input::open(path)?;
    match input.form {
        Form::Csv | Form::Gzip => csv::check::<K>(&input),
        Form::Parquet => parquet::check::<K>(&input),
        Form::Encrypted => Err(encrypted(path)),
    }
}

fn encrypted(path: &Path) -> Problem {
    let what = format!("{} is encrypted", path.display());
    Problem::input("parquet.encrypted", what).hint("write it again without encryption, or as CSV")
}

/// Takes the rows of one file: good ones to where they are wanted, bad ones to the list beside the file.
pub(super) struct Sink<'s, K: Kind, S> {
    wanted: &'s (dyn Fn(&[u8]) -> bool + Sync),
    hit: &'s dyn for<'r> Fn(&mut S, &K::Row<'r>) -> Result<()>,
    state: &'s mut S,
    watch: &'s Meter,
    stop: &'s Stop,
    name: String,
    refusals: Refusals,
    begins: Begins,
    rows: u64,
    /// Rows the meter knows of.
    told: u64,
    kind: PhantomData<fn() -> K>,
}

impl<'s, K: Kind, S> Sink<'s, K, S> {
    /// So many more rows are in the file.
    pub(super) fn count(&mut self, rows: u64) -> Result<()> {
        self.rows += rows;
        if self.rows - self.told < ROWS_AT_ONCE {
            return Ok(());
        }
        self.tell();
        if self.stop.is_said() { Err(Stop::problem()) } else { Ok(()) }
    }

    /// Which words are wanted.
    pub(super) const fn wanted(&self) -> &'s (dyn Fn(&[u8]) -> bool + Sync) {
        self.wanted
    }

    /// A record begins then, wanted or not.
    pub(super) fn begins(&mut self, at: Micros) {
        self.begins.add(at);
    }

    /// Takes a row, of as many values as its kind has columns.
    pub(super) fn take(&mut self, row_no: u64, values: &[Value<'_>]) -> Result<()> {
        let mut room = Room::default();
        match K::quick(values, &mut room) {
            Some(row) => self.show(&row),
            None => self.take_with_care(row_no, values),
        }
    }

    /// A row of which nothing can be used.
    pub(super) fn refuse(&mut self, row: u64, why: Why) -> Result<()> {
        self.refusals.note(&Reject { row, column: "", code: why.code, text: why.text })
    }

    /// What is known of the file at its end.
    pub(super) fn finish(mut self, sha256: [u8; 32]) -> Result<FileFacts> {
        self.tell();
        let refused = self.refusals.finish()?;
        Ok(FileFacts {
            name: self.name,
            sha256,
            rows: self.rows,
            bad_rows: refused.bad_rows,
            first: self.begins.first,
            last: self.begins.last,
            hours: self.begins.hours(),
            refused,
        })
    }

    fn show(&mut self, row: &K::Row<'_>) -> Result<()> {
        self.begins.add(K::begins(row));
        if (self.wanted)(K::word(row)) { (self.hit)(self.state, row) } else { Ok(()) }
    }

    fn take_with_care(&mut self, row_no: u64, values: &[Value<'_>]) -> Result<()> {
        let written: Vec<Cow<'_, [u8]>> = values.iter().map(|value| value.written()).collect();
        if self.refuse_other_encodings(row_no, &written)? {
            return Ok(());
        }
        let fields = written.iter().map(AsRef::as_ref);
        let mut cells = Cells::new(row_no, K::Careful::COLUMNS, fields, Encoding::Utf8);
        let row = K::Careful::read(&mut cells);
        let (rejects, usable) = cells.finish();
        rejects.iter().try_for_each(|reject| self.refusals.note(reject))?;
        row.filter(|_| usable).map_or(Ok(()), |row| self.show(&K::view(&row)))
    }

    /// Numbers, times and the names of cells are ASCII by nature; what is not is in no need of guessing.
    fn refuse_other_encodings(&mut self, row: u64, written: &[Cow<'_, [u8]>]) -> Result<bool> {
        let mut refused = false;
        for (cell, column) in written.iter().zip(K::Careful::COLUMNS) {
            if std::str::from_utf8(cell).is_err() {
                let text = "the text is not UTF-8 (CP949?); records need no more than plain ASCII";
                let code = "cell.encoding";
                let column = column.name;
                self.refusals.note(&Reject { row, column, code, text: text.to_owned() })?;
                refused = true;
            }
        }
        Ok(refused)
    }

    fn tell(&mut self) {
        self.watch.add_rows(self.rows - self.told);
        self.told = self.rows;
    }
}
