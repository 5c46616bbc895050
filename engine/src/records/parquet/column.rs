//! One column of one row group, read in runs.

use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};

use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::RowGroupReader;

use super::super::kind::Value;
use super::schema::{Leaf, Number};

/// A column, and those of its values that were loaded last.
pub(super) struct Column {
    values: Values,
    number: Number,
}

enum Values {
    Texts(Runs<ByteArrayType>),
    Longs(Runs<Int64Type>),
    Ints(Runs<Int32Type>),
}

impl Column {
    pub(super) fn open(group: &dyn RowGroupReader, leaf: Leaf) -> Result<Self> {
        let values = match guarded(|| group.get_column_reader(leaf.place))? {
            ColumnReader::ByteArrayColumnReader(reader) => Values::Texts(Runs::new(reader, leaf)),
            ColumnReader::Int64ColumnReader(reader) => Values::Longs(Runs::new(reader, leaf)),
            ColumnReader::Int32ColumnReader(reader) => Values::Ints(Runs::new(reader, leaf)),
            ColumnReader::BoolColumnReader(_)
            | ColumnReader::Int96ColumnReader(_)
            | ColumnReader::FloatColumnReader(_)
            | ColumnReader::DoubleColumnReader(_)
            | ColumnReader::FixedLenByteArrayColumnReader(_) => {
                let what = "a row group holds a column otherwise than the file says";
                return Err(ParquetError::General(what.to_owned()));
            }
        };
        Ok(Self { values, number: leaf.number })
    }

    /// Loads some rows. They are asked for in order, none twice.
    pub(super) fn load(&mut self, runs: impl Iterator<Item = Range<usize>>) -> Result<()> {
        guarded(|| match &mut self.values {
            Values::Texts(all) => all.load(runs),
            Values::Longs(all) => all.load(runs),
            Values::Ints(all) => all.load(runs),
        })
    }

    /// The value of a row, by its place among those loaded.
    pub(super) fn get(&self, place: usize) -> Value<'_> {
        let number = match &self.values {
            Values::Texts(all) => {
                return Value::Text(all.get(place).map_or(b"", ByteArray::data));
            }
            Values::Longs(all) => all.get(place).copied(),
            Values::Ints(all) => all.get(place).copied().map(i64::from),
        };
        let Some(number) = number else { return Value::EMPTY };
        self.number.moment(number).map_or(Value::Whole(number), Value::Time)
    }
}

/// Values of one type.
struct Runs<T: DataType> {
    reader: ColumnReaderImpl<T>,
    optional: bool,
    /// The next row that the reader gives.
    at: usize,
    values: Vec<T::T>,
    levels: Vec<i16>,
    /// Where the value of each row is, if rows may lack it.
    places: Vec<Option<usize>>,
}

impl<T: DataType> Runs<T> {
    const fn new(reader: ColumnReaderImpl<T>, leaf: Leaf) -> Self {
        Self {
            reader,
            optional: leaf.optional,
            at: 0,
            values: Vec::new(),
            levels: Vec::new(),
            places: Vec::new(),
        }
    }

    fn load(&mut self, runs: impl Iterator<Item = Range<usize>>) -> Result<()> {
        self.values.clear();
        self.levels.clear();
        for run in runs {
            self.read(run)?;
        }
        if self.optional {
            let mut next = 0..self.values.len();
            let place = |level: &i16| if *level > 0 { next.next() } else { None };
            self.places.clear();
            self.places.extend(self.levels.iter().map(place));
        }
        Ok(())
    }

    fn read(&mut self, run: Range<usize>) -> Result<()> {
        let skipped = self.reader.skip_records(run.start.saturating_sub(self.at))?;
        let mut from = self.at + skipped;
        while from < run.end {
            let levels = Some(&mut self.levels);
            let left = run.end - from;
            let (read, ..) = self.reader.read_records(left, levels, None, &mut self.values)?;
            if read == 0 {
                return Err(ParquetError::EOF("a column ends before its row group".to_owned()));
            }
            from += read;
        }
        self.at = run.end;
        Ok(())
    }

    fn get(&self, place: usize) -> Option<&T::T> {
        let place = if self.optional { *self.places.get(place)?.as_ref()? } else { place };
        self.values.get(place)
    }
}

/// Reads something. The library panics over some damaged files, and a file somebody damaged is no defect of ours. What was
/// read from must not be read from again.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    panic::catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::General("a page makes no sense".to_owned())))
}
