//! Bytes into records, with a bound on each.

use std::io::{self, Read};

use csv_core::ReadRecordResult;
use sha2::{Digest, Sha256};

use super::cells::Why;

/// No record may be longer. Longer ones are skipped, not held.
pub(super) const RECORD_AT_MOST: usize = 1024 * 1024;
/// No record may have more fields.
const FIELDS_AT_MOST: usize = 64;
const CHUNK: usize = 64 * 1024;

/// One record as bytes.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    /// Its fields, quotes removed.
    Fields(Vec<&'a [u8]>),
    /// Longer than a megabyte.
    TooLong,
    /// More fields than any list of ours has.
    TooWide,
    /// It holds a NUL: a damaged or binary file.
    Nul,
}

impl Raw<'_> {
    /// Why a record that is none was dropped.
    pub(super) fn why(&self) -> Why {
        match self {
            Self::Fields(_) | Self::TooWide => {
                Why::new("row.columns", "the row has more than 64 columns")
            }
            Self::TooLong => Why::new(
                "row.length",
                "the row is longer than 1 MiB; a quotation mark may not be closed",
            ),
            Self::Nul => Why::new("row.nul", "the row holds a NUL byte; the file may be damaged"),
        }
    }
}

/// Reads records in constant memory.
pub(super) struct Records<R> {
    reader: R,
    csv: csv_core::Reader,
    input: Vec<u8>,
    start: usize,
    end: usize,
    output: Vec<u8>,
    ends: Vec<usize>,
    row: u64,
    finished: bool,
}

impl<R> std::fmt::Debug for Records<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("row", &self.row).finish_non_exhaustive()
    }
}

/// How a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    bytes: usize,
    fields: usize,
    too_long: bool,
    too_wide: bool,
}

impl<R: Read> Records<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            csv: csv_core::Reader::new(),
            input: vec![0; CHUNK],
            start: 0,
            end: 0,
            output: vec![0; RECORD_AT_MOST],
            ends: vec![0; FIELDS_AT_MOST],
            row: 0,
            finished: false,
        }
    }

    pub(super) const fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The next record and its number, from 1.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Raw<'_>)>> {
        let Some(shape) = self.read_shape()? else { return Ok(None) };
        self.row += 1;
        let raw = if shape.too_long {
            Raw::TooLong
        } else if shape.too_wide {
            Raw::TooWide
        } else {
            self.fields(shape)
        };
        Ok(Some((self.row, raw)))
    }

    fn fields(&self, shape: Shape) -> Raw<'_> {
        let bytes = self.output.get(..shape.bytes).unwrap_or_default();
        if bytes.contains(&0) {
            return Raw::Nul;
        }
        let mut from = 0;
        let ends = self.ends.iter().take(shape.fields);
        let field = |end: &usize| {
            let field = bytes.get(from..*end).unwrap_or_default();
            from = *end;
            field
        };
        Raw::Fields(ends.map(field).collect())
    }

    /// Reads to the end of a record. One that does not fit is read over its own beginning.
    fn read_shape(&mut self) -> io::Result<Option<Shape>> {
        let mut shape = Shape { bytes: 0, fields: 0, too_long: false, too_wide: false };
        loop {
            if self.start == self.end && !self.finished {
                self.fill()?;
            }
            let input = self.input.get(self.start..self.end).unwrap_or_default();
            let output = self.output.get_mut(shape.bytes..).unwrap_or_default();
            let ends = self.ends.get_mut(shape.fields..).unwrap_or_default();
            let (result, read, wrote, ended) = self.csv.read_record(input, output, ends);
            self.start += read;
            shape.bytes += wrote;
            shape.fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    shape.too_long = true;
                    shape.bytes = 0;
                }
                ReadRecordResult::OutputEndsFull => {
                    shape.too_wide = true;
                    shape.fields = 0;
                }
                ReadRecordResult::Record => return Ok(Some(shape)),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.start = 0;
        self.end = loop {
            match self.reader.read(&mut self.input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.finished = self.end == 0;
        Ok(())
    }
}

/// A reader that hashes what passes.
#[derive(Debug)]
pub(super) struct Hashing<R> {
    reader: R,
    hash: Sha256,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, hash: Sha256::new() }
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(to)?;
        self.hash.update(to.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(u64, Option<Vec<String>>)> {
        let mut records = Records::new(text);
        let mut found = Vec::new();
        while let Some((row, raw)) = records.next().unwrap() {
            let fields = match raw {
                Raw::Fields(fields) => {
                    Some(fields.iter().map(|f| String::from_utf8_lossy(f).into_owned()).collect())
                }
                Raw::TooLong | Raw::TooWide | Raw::Nul => None,
            };
            found.push((row, fields));
        }
        found
    }

    fn row(number: u64, fields: &[&str]) -> (u64, Option<Vec<String>>) {
        (number, Some(fields.iter().map(|f| (*f).to_owned()).collect()))
    }

    #[test]
    fn quotes_line_ends_and_marks() {
        let text = b"\xef\xbb\xbfa,b\r\n\"x\r\ny\",\"say \"\"hi\"\"\"\r\n\r\nlast,1";
        let expected =
            [row(1, &["a", "b"]), row(2, &["x\r\ny", "say \"hi\""]), row(3, &["last", "1"])];
        assert_eq!(all(text), expected);
    }

    #[test]
    fn damaged_records_do_not_stop_the_rest() {
        let mut text = b"a,b\nx\0y,1\n".to_vec();
        text.extend_from_slice(&vec![b'z'; 3 * RECORD_AT_MOST]);
        text.push(b'\n');
        text.extend_from_slice("c,".repeat(200).as_bytes());
        text.extend_from_slice(b"\nfine,2\n");
        let expected =
            [row(1, &["a", "b"]), (2, None), (3, None), (4, None), row(5, &["fine", "2"])];
        assert_eq!(all(&text), expected);
    }
}
