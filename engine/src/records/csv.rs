//! Records as CSV: every row is looked at.

use super::input::{Input, Text};
use super::kind::{Kind, Value};
use super::sink::Sink;
use super::{FileFacts, Meter};
use crate::csv_rows::records::{Fields, Raw, Records};
use crate::csv_rows::{Encoding, Row, header};
use crate::problem::Problem;
use crate::problem::{self, Result};

/// No kind of record has more columns.
const COLUMNS_AT_MOST: usize = 5;

/// Refuses a wrong header.
pub(super) fn check<K: Kind>(input: &Input<'_>) -> Result<()> {
    open::<K>(input, &Meter::default()).map(|_| ())
}

/// Reads all rows.
pub(super) fn read<K: Kind, S>(
    input: &Input<'_>,
    watch: &Meter,
    mut sink: Sink<'_, K, S>,
) -> Result<FileFacts> {
    let damaged = |error| damaged(input, error);
    let (mut records, width) = open::<K>(input, watch)?;
    while let Some((row, raw)) = records.next().map_err(damaged)? {
        sink.count(1)?;
        match raw {
            Raw::Fields(fields) => take(&mut sink, row, fields, width)?,
            Raw::TooLong | Raw::TooWide | Raw::Nul => sink.refuse(row, raw.why())?,
        }
    }
    let sha256 = records.reader_mut().sha256().map_err(damaged)?;
    input.check_unchanged()?;
    sink.finish(sha256)
}

fn take<K: Kind, S>(
    sink: &mut Sink<'_, K, S>,
    row: u64,
    fields: Fields<'_>,
    width: usize,
) -> Result<()> {
    if let Some(why) = header::wrong_width(fields.len(), width) {
        return sink.refuse(row, why);
    }
    let mut values = [Value::EMPTY; COLUMNS_AT_MOST];
    values.iter_mut().zip(fields.iter()).for_each(|(value, field)| *value = Value::Text(field));
    sink.take(row, values.get(..width).unwrap_or_default())
}

fn open<'m, K: Kind>(input: &Input<'_>, watch: &'m Meter) -> Result<(Records<Text<'m>>, usize)> {
    let mut records = Records::new(Text::new(input, watch)?);
    let width = header::check(input.path, &mut records, Encoding::Utf8, K::Careful::COLUMNS)?;
    Ok((records, width))
}

/// A text cannot be damaged, but what is packed can.
fn damaged(input: &Input<'_>, error: std::io::Error) -> Problem {
    problem::file(input.path, error)
}
