//! Whether a file has the columns a kind of record needs, held as we can read them.

use ::parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit, Type};
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::schema::types::ColumnDescriptor;
use simrecall_core::derive::Micros;

use super::super::input::Input;
use super::super::kind::{Held, Kind};
use crate::csv_rows::{Column as Named, Row};
use crate::problem::{Problem, Result};

/// One of our columns in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    /// Its place among the file's columns.
    pub(super) place: usize,
    /// What its numbers stand for.
    pub(super) number: Number,
    /// Whether a row may lack it.
    pub(super) optional: bool,
}

/// What a whole number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// Itself.
    Count,
    /// A moment in microseconds since 1970.
    Micros,
    /// In milliseconds.
    Millis,
    /// In nanoseconds.
    Nanos,
}

impl Number {
    /// The moment, if it stands for one; what is finer than a microsecond is cut off.
    pub(super) const fn moment(self, number: i64) -> Option<Micros> {
        match self {
            Self::Count => None,
            Self::Micros => Some(Micros(number)),
            Self::Millis => Some(Micros(number.saturating_mul(1_000))),
            Self::Nanos => Some(Micros(number.div_euclid(1_000))),
        }
    }
}

/// Where the columns of a kind are, in its order. Other columns are left alone.
pub(super) fn leaves<K: Kind>(input: &Input<'_>, file: &ParquetMetaData) -> Result<Vec<Leaf>> {
    if K::HELD.is_empty() {
        let what = format!("{} is a Parquet file", input.path.display());
        return Err(Problem::input("header", what).hint("this list is given as CSV"));
    }
    let columns = K::Careful::COLUMNS.iter().zip(K::HELD);
    let (mut leaves, mut complaints) = (Vec::new(), Vec::new());
    for (column, held) in columns {
        match leaf(file, column, *held) {
            Ok(leaf) => leaves.push(leaf),
            Err(complaint) => complaints.push(complaint),
        }
    }
    if complaints.is_empty() {
        return Ok(leaves);
    }
    let names: Vec<&str> = K::Careful::COLUMNS.iter().map(|column| column.name).collect();
    let what = format!("{} has other columns than this list needs", input.path.display());
    let problem = Problem::input("header", what)
        .hint(format!("write the columns {} as said above, or give CSV", names.join(", ")));
    Err(complaints.into_iter().fold(problem, Problem::detail))
}

fn leaf(file: &ParquetMetaData, column: &Named, held: Held) -> std::result::Result<Leaf, String> {
    let name = column.name;
    let is_it = |found: &ColumnDescriptor| {
        found.path().parts().len() == 1 && found.name().eq_ignore_ascii_case(name)
    };
    let columns = file.file_metadata().schema_descr().columns();
    let place = columns.iter().position(|found| is_it(found));
    let Some((place, found)) = place.and_then(|place| Some((place, columns.get(place)?))) else {
        return Err(format!("column {name} is missing"));
    };
    let number = number(found, held)
        .filter(|_| found.max_rep_level() == 0)
        .ok_or_else(|| format!("column {name} is {}; {}", said(found), expected(held)))?;
    match packed(file, place) {
        Some(codec) => Err(format!(
            "column {name} is packed with {codec}; snappy, gzip, zstd or no packing is expected"
        )),
        None => Ok(Leaf { place, number, optional: found.max_def_level() > 0 }),
    }
}

/// What numbers in the column stand for; `None` if it is not held as it must be.
fn number(found: &ColumnDescriptor, held: Held) -> Option<Number> {
    let (physical, logical) = (found.physical_type(), found.logical_type_ref());
    if physical == Type::BYTE_ARRAY {
        return is_text(found).then_some(Number::Count);
    }
    match held {
        Held::Time if physical == Type::INT64 => moment(found),
        Held::Text | Held::Time => None,
        Held::Whole => {
            let whole =
                matches!(logical, None | Some(LogicalType::Integer(_))) && moment(found).is_none();
            let number = physical == Type::INT64 || physical == Type::INT32;
            (whole && number).then_some(Number::Count)
        }
    }
}

/// Old writers do not say that bytes are text.
fn is_text(found: &ColumnDescriptor) -> bool {
    match found.logical_type_ref() {
        Some(logical) => matches!(logical, LogicalType::String | LogicalType::Enum),
        None => matches!(
            found.converted_type(),
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM
        ),
    }
}

/// The unit of a timestamp that is adjusted to UTC. The old way of saying it always is.
fn moment(found: &ColumnDescriptor) -> Option<Number> {
    match found.logical_type_ref() {
        Some(LogicalType::Timestamp(stamp)) => {
            let unit = match stamp.unit {
                TimeUnit::MILLIS => Number::Millis,
                TimeUnit::MICROS => Number::Micros,
                TimeUnit::NANOS => Number::Nanos,
            };
            stamp.is_adjusted_to_u_t_c.then_some(unit)
        }
        None if found.converted_type() == ConvertedType::TIMESTAMP_MILLIS => Some(Number::Millis),
        None if found.converted_type() == ConvertedType::TIMESTAMP_MICROS => Some(Number::Micros),
        Some(_) | None => None,
    }
}

/// How a column is held, in words.
fn said(found: &ColumnDescriptor) -> String {
    let local = matches!(
        found.logical_type_ref(),
        Some(LogicalType::Timestamp(stamp)) if !stamp.is_adjusted_to_u_t_c
    );
    if found.max_rep_level() > 0 {
        return "a list".to_owned();
    }
    if local {
        return "a local time, which does not say where".to_owned();
    }
    if found.physical_type() == Type::INT96 {
        return "an INT96, which does not say whether it is UTC".to_owned();
    }
    if found.converted_type() == ConvertedType::NONE {
        found.physical_type().to_string()
    } else {
        found.converted_type().to_string()
    }
}

const fn expected(held: Held) -> &'static str {
    match held {
        Held::Text => "text is expected",
        Held::Time => {
            "a TIMESTAMP adjusted to UTC is expected, or text such as 2025-09-04T15:33:20+09:00"
        }
        Held::Whole => "a whole number is expected",
    }
}

/// How a column is packed, if we cannot unpack it.
fn packed(file: &ParquetMetaData, place: usize) -> Option<Compression> {
    let chunks = file.row_groups().iter().filter_map(|group| group.columns().get(place));
    let is_known = |codec: &Compression| {
        matches!(
            codec,
            Compression::UNCOMPRESSED
                | Compression::SNAPPY
                | Compression::GZIP(_)
                | Compression::ZSTD(_)
        )
    };
    chunks.map(|chunk| chunk.compression()).find(|codec| !is_known(codec))
}
