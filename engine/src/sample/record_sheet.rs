//! Files of records, in each form.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::RecordFormat;
use super::parquet::{Columns, ParquetSheet};
use super::rows::Record;
use crate::problem::{self, Result};

/// Bytes collected before they are written.
const BLOCK: usize = 1 << 16;

/// A file of records being written.
pub(super) enum RecordSheet<T> {
    Text(TextSheet),
    Parquet(ParquetSheet<T>),
}

/// A file of CSV being written.
pub(super) struct TextSheet {
    path: PathBuf,
    block: Vec<u8>,
    out: Out,
}

enum Out {
    Plain(File),
    Gz(Box<GzEncoder<File>>),
}

impl<T: Columns> RecordSheet<T> {
    pub(super) fn create(folder: &Path, name: &str, format: RecordFormat) -> Result<Self> {
        let path = folder.join(format!("{name}.{}", format.ending()));
        Ok(match format {
            RecordFormat::Csv => Self::Text(TextSheet::create::<T>(path, false)?),
            RecordFormat::CsvGz => Self::Text(TextSheet::create::<T>(path, true)?),
            RecordFormat::Parquet => Self::Parquet(ParquetSheet::create(path)?),
        })
    }

    pub(super) fn add(&mut self, row: &T) -> Result<()> {
        match self {
            Self::Text(sheet) => sheet.add(row),
            Self::Parquet(sheet) => sheet.add(row),
        }
    }

    pub(super) fn finish(self) -> Result<PathBuf> {
        match self {
            Self::Text(sheet) => sheet.finish(),
            Self::Parquet(sheet) => sheet.finish(),
        }
    }
}

impl TextSheet {
    pub(super) fn create<T: Record>(path: PathBuf, compressed: bool) -> Result<Self> {
        let file = new_file(&path)?;
        let out = if compressed {
            Out::Gz(Box::new(GzEncoder::new(file, Compression::fast())))
        } else {
            Out::Plain(file)
        };
        Ok(Self { path, block: T::COLUMNS.as_bytes().to_vec(), out })
    }

    pub(super) fn add(&mut self, row: &impl Record) -> Result<()> {
        row.write(&mut self.block);
        if self.block.len() < BLOCK { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        let written = match &mut self.out {
            Out::Plain(out) => out.write_all(&self.block),
            Out::Gz(out) => out.write_all(&self.block),
        };
        self.block.clear();
        written.map_err(|error| problem::file(&self.path, error))
    }

    pub(super) fn finish(mut self) -> Result<PathBuf> {
        self.flush()?;
        if let Out::Gz(out) = self.out {
            drop(out.finish().map_err(|error| problem::file(&self.path, error))?);
        }
        Ok(self.path)
    }
}

/// A new file in place of any that is there, for its owner to read.
pub(super) fn new_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.map_err(|error| problem::file(path, error))
}
