//! The cells of one row, read one by one while complaints are gathered.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use simrecall_core::identity::{Personal, Reason};

use super::encoding::Encoding;
use super::header::Column;
use super::moment;
use super::rejects::Reject;

/// Why a cell is refused. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// A word that never changes, such as `imei.check_digit`.
    pub code: &'static str,
    /// The same in plain words.
    pub text: String,
}

impl Why {
    /// A reason with fixed words.
    pub fn new(code: &'static str, text: &str) -> Self {
        Self { code, text: text.to_owned() }
    }
}

impl<E: Reason> From<E> for Why {
    fn from(error: E) -> Self {
        Self { code: error.code(), text: error.to_string() }
    }
}

/// The cells of one row.
#[derive(Debug)]
pub struct Cells<'a> {
    row_no: u64,
    columns: &'static [Column],
    values: Vec<Option<Cow<'a, str>>>,
    rejects: Vec<Reject>,
    usable: bool,
}

impl<'a> Cells<'a> {
    pub(crate) fn new(
        row_no: u64,
        columns: &'static [Column],
        fields: impl IntoIterator<Item = &'a [u8]>,
        encoding: Encoding,
    ) -> Self {
        let mut cells =
            Self { row_no, columns, values: Vec::new(), rejects: Vec::new(), usable: true };
        for (at, field) in fields.into_iter().enumerate() {
            let value = encoding.decode(field);
            if value.is_none() {
                let text = "the text is neither UTF-8 nor CP949 here; save the file as UTF-8";
                cells.refuse(at, Why::new("cell.encoding", text));
            }
            cells.values.push(value);
        }
        cells.refuse_formulas();
        cells
    }

    /// The row's number.
    pub const fn row_no(&self) -> u64 {
        self.row_no
    }

    /// A cell that must be there and be right, or the row is dropped.
    pub fn required<T>(
        &mut self,
        at: usize,
        parse: impl FnOnce(&str) -> Result<T, Why>,
    ) -> Option<T> {
        if self.is_empty(at) {
            self.refuse(at, Why::new("cell.empty", "the cell is empty and must not be"));
            return None;
        }
        self.optional(at, parse)
    }

    /// A cell that may be empty, but if it is not, must be right, or the row is dropped.
    pub fn optional<T>(
        &mut self,
        at: usize,
        parse: impl FnOnce(&str) -> Result<T, Why>,
    ) -> Option<T> {
        match self.parsed(at, parse)? {
            Ok(value) => Some(value),
            Err(why) => {
                self.refuse(at, why);
                None
            }
        }
    }

    /// A cell that is left out when it is wrong; the row stays.
    pub fn lenient<T>(
        &mut self,
        at: usize,
        parse: impl FnOnce(&str) -> Result<T, Why>,
    ) -> Option<T> {
        match self.parsed(at, parse)? {
            Ok(value) => Some(value),
            Err(why) => {
                self.note(at, why);
                None
            }
        }
    }

    /// Refuses a cell, and its row with it.
    pub fn refuse(&mut self, at: usize, why: Why) {
        self.usable = false;
        self.note(at, why);
    }

    pub(crate) fn finish(self) -> (Vec<Reject>, bool) {
        (self.rejects, self.usable)
    }

    fn is_empty(&self, at: usize) -> bool {
        let value = self.values.get(at).and_then(Option::as_ref);
        value.is_some_and(|value| value.trim().is_empty())
    }

    /// The cell read, or `None` if it is empty or could not be decoded (which has been noted).
    fn parsed<T>(
        &self,
        at: usize,
        parse: impl FnOnce(&str) -> Result<T, Why>,
    ) -> Option<Result<T, Why>> {
        let value = self.values.get(at)?.as_deref()?.trim();
        (!value.is_empty()).then(|| parse(value))
    }

    fn note(&mut self, at: usize, why: Why) {
        let column = self.columns.get(at).map_or("", |column| column.name);
        self.rejects.push(Reject { row: self.row_no, column, code: why.code, text: why.text });
    }

    /// A text that a spreadsheet would run. It is in a list by mistake or malice, and our own files would carry it on.
    fn refuse_formulas(&mut self) {
        let starts = ['=', '+', '-', '@', '\t', '\r'];
        for (at, _) in self.columns.iter().enumerate().filter(|(_, column)| column.text) {
            let value = self.values.get(at).and_then(Option::as_deref).unwrap_or_default();
            let starts_late = value.trim_start().starts_with(['=', '+', '-', '@']);
            if value.starts_with(starts) || starts_late {
                let text = "a text must not begin with = + - @, which a spreadsheet would run";
                self.refuse(at, Why::new("cell.formula", text));
            }
        }
    }
}

/// Reads an identifier or contact.
pub(crate) fn personal<T: Personal>(text: &str) -> Result<T, Why> {
    T::parse(text).map_err(Why::from)
}

/// Reads a carrier's own reference: it becomes part of a key, so it is short and plain.
pub(crate) fn reference(text: &str) -> Result<String, Why> {
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    if text.len() <= 64 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(Why::new("reference.form", "a reference has at most 64 bytes and no blanks"))
    }
}

/// Reads a word.
pub(crate) fn word<T>(text: &str, words: &[(&str, T)]) -> Result<T, Why>
where
    T: Copy,
{
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Why {
            code: "cell.word",
            text: format!("not a word of this column; one of {}", known.join(", ")),
        }
    })
}

/// Reads a point in time.
pub(crate) fn time(text: &str) -> Result<DateTime<Utc>, Why> {
    let read = moment::micros(text.as_bytes()).or_else(|| {
        let read = DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros();
        moment::is_of_our_time(read).then_some(read)
    });
    read.and_then(DateTime::from_timestamp_micros)
        .ok_or_else(|| Why::new("time.form", "a time is written 2025-09-04T15:33:20+09:00"))
}

/// Reads a day.
pub(crate) fn day(text: &str) -> Result<NaiveDate, Why> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| text.len() == 10)
        .ok_or_else(|| Why::new("day.form", "a day is written 1985-09-04"))
}
