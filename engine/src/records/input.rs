//! A file before anything of it is understood.

use std::fs::{File, Metadata};
use std::io::{self, Read, Take};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::Meter;
use crate::csv_rows::records::Hashing;
use crate::problem::{self, Problem, Result};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As text, which must be CSV.
    Csv,
    /// The same, gzipped.
    Gzip,
    /// Parquet.
    Parquet,
    /// Parquet with an encrypted footer, which nobody here can read.
    Encrypted,
}

/// A file that is open.
#[derive(Debug)]
pub(super) struct Input<'p> {
    pub(super) path: &'p Path,
    pub(super) file: File,
    pub(super) form: Form,
    found: Stamp,
}

/// What changes when somebody writes to a file.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: (i64, i64),
}

impl<'p> Input<'p> {
    pub(super) fn open(path: &'p Path) -> Result<Self> {
        let refused = |error| problem::file(path, error);
        let file = File::open(path).map_err(refused)?;
        let found = file.metadata().map_err(refused)?;
        if !found.is_file() {
            let what = format!("{} is no file", path.display());
            return Err(Problem::input("file", what).hint("name the files in it one by one"));
        }
        let form = form(&file).map_err(refused)?;
        Ok(Self { path, file, form, found: stamp(&found) })
    }

    /// Bytes it has.
    pub(super) const fn length(&self) -> u64 {
        self.found.length
    }

    /// Another hold of the same file.
    pub(super) fn again(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| problem::file(self.path, error))
    }

    /// Refuses a file that was written to since it was opened.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let now = self.file.metadata().map_err(|error| problem::file(self.path, error))?;
        if stamp(&now) == self.found {
            return Ok(());
        }
        let what = format!("{} changed while it was read", self.path.display());
        Err(Problem::input("file_changed", what)
            .hint("run the same command again once nobody writes to it"))
    }
}

fn stamp(of: &Metadata) -> Stamp {
    Stamp { length: of.len(), modified: (of.mtime(), of.mtime_nsec()) }
}

/// Tells by the first bytes, since names lie.
fn form(file: &File) -> io::Result<Form> {
    let mut first = [0; 4];
    let read = file.read_at(&mut first, 0)?;
    Ok(match first.get(..read) {
        Some(b"PAR1") => Form::Parquet,
        Some(b"PARE") => Form::Encrypted,
        Some([0x1f, 0x8b, ..]) => Form::Gzip,
        Some(_) | None => Form::Csv,
    })
}

/// A reader that says how far it is. It ends where the file did when it was opened: one that grows is not run after.
#[derive(Debug)]
pub(super) struct Counted<'m> {
    file: Take<File>,
    watch: &'m Meter,
}

impl<'m> Counted<'m> {
    pub(super) fn new(file: File, length: u64, watch: &'m Meter) -> Self {
        Self { file: file.take(length), watch }
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(to)?;
        self.watch.add_bytes(u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}

/// The text in a file, as it is or unpacked, while the file's own bytes are hashed.
#[derive(Debug)]
pub(super) enum Text<'m> {
    Plain(Hashing<Counted<'m>>),
    Gzip(Box<MultiGzDecoder<Hashing<Counted<'m>>>>),
}

impl<'m> Text<'m> {
    pub(super) fn new(input: &Input<'_>, watch: &'m Meter) -> Result<Self> {
        let bytes = Hashing::new(Counted::new(input.again()?, input.length(), watch));
        Ok(if input.form == Form::Gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(bytes)))
        } else {
            Self::Plain(bytes)
        })
    }

    /// SHA-256 of the file's bytes, to its end.
    pub(super) fn sha256(&mut self) -> io::Result<[u8; 32]> {
        let bytes = match self {
            Self::Plain(bytes) => bytes,
            Self::Gzip(packed) => packed.get_mut(),
        };
        io::copy(bytes, &mut io::sink())?;
        Ok(bytes.sha256())
    }
}

impl Read for Text<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(bytes) => bytes.read(to),
            Self::Gzip(packed) => packed.read(to),
        }
    }
}
