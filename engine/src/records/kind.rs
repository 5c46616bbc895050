//! What a kind of record is.

use std::borrow::Cow;

use chrono::SecondsFormat;
use simrecall_core::derive::Micros;

use crate::csv_rows::Row;

/// A kind of record.
pub(super) trait Kind: 'static {
    /// A row as it is shown.
    type Row<'a>;
    /// The same row, read with all care and with words for what is wrong.
    type Careful: Row;
    /// What Parquet may hold its columns as.
    const HELD: &'static [Held];
    /// Which column decides whether a row is wanted.
    const WANTED: usize;
    /// Which column says when it begins.
    const BEGINS: usize;

    /// Reads a row that is written plainly. `None` for any other, right or wrong; what is read is what the careful reading
    /// would give, and it would have nothing to say.
    fn quick<'a>(values: &[Value<'a>], room: &'a mut Room) -> Option<Self::Row<'a>>;

    /// A row that was read with care.
    fn view(careful: &Self::Careful) -> Self::Row<'_>;

    /// What decides whether it is wanted.
    fn word<'a>(row: &'a Self::Row<'_>) -> &'a [u8];

    /// When it begins.
    fn begins(row: &Self::Row<'_>) -> Micros;
}

/// What Parquet may hold a column as. All may be texts, written as in CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Text.
    Text,
    /// A moment.
    Time,
    /// A whole number.
    Whole,
}

/// One cell as a file holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Bytes; none if the cell is empty.
    Text(&'a [u8]),
    /// A moment, which may be far from our time.
    Time(Micros),
    /// A whole number.
    Whole(i64),
}

impl<'a> Value<'a> {
    /// An empty cell.
    pub(super) const EMPTY: Self = Self::Text(b"");

    pub(super) const fn text(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text),
            Self::Time(_) | Self::Whole(_) => None,
        }
    }

    /// As a CSV file would write it.
    pub(super) fn written(self) -> Cow<'a, [u8]> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Time(at) => {
                at.utc().to_rfc3339_opts(SecondsFormat::Micros, true).into_bytes().into()
            }
            Self::Whole(number) => number.to_string().into_bytes().into(),
        }
    }
}

/// Room for values that a row does not have in their normal form.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) imei: [u8; 15],
    pub(super) msisdn: [u8; 12],
}
