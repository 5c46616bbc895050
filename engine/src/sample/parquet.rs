//! Records as Parquet: words as strings, times in whole microseconds of UTC.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::parser::parse_message_type;

use super::record_sheet::new_file;
use super::rows::{Attach, Payment, Record, cell, device, digits, number};
use crate::problem::{self, Result};

/// Rows of a group; as many are held in memory.
const GROUP: usize = 1 << 17;

type Written<T> = std::result::Result<T, ParquetError>;

/// A record with a schema.
pub(super) trait Columns: Record + Copy {
    const SCHEMA: &'static str;

    /// A column of some rows, by its place.
    fn column(rows: &[Self], place: usize) -> Column;
}

/// Values of one column; where some may be missing, which rows have one.
pub(super) enum Column {
    Words(Vec<ByteArray>, Option<Vec<i16>>),
    Numbers(Vec<i64>, Option<Vec<i16>>),
}

/// A file of Parquet being written.
pub(super) struct ParquetSheet<T> {
    path: PathBuf,
    out: SerializedFileWriter<File>,
    rows: Vec<T>,
}

impl<T: Columns> ParquetSheet<T> {
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        let file = new_file(&path)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let begun = parse_message_type(T::SCHEMA).and_then(|schema| {
            SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
        });
        let out = begun.map_err(|error| problem::file(&path, io::Error::other(error)))?;
        Ok(Self { path, out, rows: Vec::with_capacity(GROUP) })
    }

    pub(super) fn add(&mut self, row: &T) -> Result<()> {
        self.rows.push(*row);
        if self.rows.len() < GROUP { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        let written = write_group(&mut self.out, &self.rows);
        self.rows.clear();
        written.map_err(|error| problem::file(&self.path, io::Error::other(error)))
    }

    pub(super) fn finish(mut self) -> Result<PathBuf> {
        self.flush()?;
        let closed = self.out.close();
        closed.map_err(|error| problem::file(&self.path, io::Error::other(error)))?;
        Ok(self.path)
    }
}

fn write_group<T: Columns>(out: &mut SerializedFileWriter<File>, rows: &[T]) -> Written<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut group = out.next_row_group()?;
    let mut place = 0;
    while let Some(mut column) = group.next_column()? {
        write_column(&mut column, &T::column(rows, place))?;
        column.close()?;
        place += 1;
    }
    group.close().map(drop)
}

fn write_column(out: &mut SerializedColumnWriter<'_>, column: &Column) -> Written<usize> {
    match column {
        Column::Words(values, there) => {
            out.typed::<ByteArrayType>().write_batch(values, there.as_deref(), None)
        }
        Column::Numbers(values, there) => {
            out.typed::<Int64Type>().write_batch(values, there.as_deref(), None)
        }
    }
}

fn word(write: impl FnOnce(&mut Vec<u8>)) -> ByteArray {
    let mut word = Vec::with_capacity(16);
    write(&mut word);
    word.into()
}

/// Which rows have a value.
fn there<T, V>(rows: &[T], value: impl Fn(&T) -> Option<V>) -> Vec<i16> {
    rows.iter().map(|row| i16::from(value(row).is_some())).collect()
}

impl Columns for Attach {
    const SCHEMA: &'static str = "message attach {
        required binary imsi (string);
        optional binary imei (string);
        required binary cell (string);
        required int64 start (timestamp(micros, true));
        optional int64 end (timestamp(micros, true));
    }";

    fn column(rows: &[Self], place: usize) -> Column {
        let all = rows.iter();
        match place {
            0 => Column::Words(all.map(|row| word(|to| digits(to, row.imsi, 15))).collect(), None),
            1 => {
                let words = all.filter_map(|row| row.imei).map(|imei| word(|to| device(to, imei)));
                Column::Words(words.collect(), Some(there(rows, |row| row.imei)))
            }
            2 => Column::Words(all.map(|row| word(|to| cell(to, row.cell))).collect(), None),
            3 => Column::Numbers(all.map(|row| row.start).collect(), None),
            _ => Column::Numbers(
                all.filter_map(|row| row.end).collect(),
                Some(there(rows, |row| row.end)),
            ),
        }
    }
}

impl Columns for Payment {
    const SCHEMA: &'static str = "message payments {
        required binary msisdn (string);
        required int64 at (timestamp(micros, true));
        required int64 amount_won;
        required binary method (string);
    }";

    fn column(rows: &[Self], place: usize) -> Column {
        let all = rows.iter();
        match place {
            0 => Column::Words(all.map(|row| word(|to| number(to, row.number))).collect(), None),
            1 => Column::Numbers(all.map(|row| row.at).collect(), None),
            2 => Column::Numbers(all.map(|row| row.won).collect(), None),
            _ => Column::Words(all.map(|row| row.method.into()).collect(), None),
        }
    }
}
