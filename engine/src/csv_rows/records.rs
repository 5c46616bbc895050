//! Bytes into records, with a bound on each.
//!
//! A line without quotes, which is nearly every line there is, is cut at its commas where it stands. Any other, and one that
//! ends in the next chunk, is copied and read by a CSV reader that knows every case. Both read the same.

use std::io::{self, Read};
use std::ops::Range;

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter, memchr3};
use sha2::{Digest, Sha256};

use super::cells::Why;

/// No record may be longer. Longer ones are skipped, not held.
pub(crate) const RECORD_AT_MOST: usize = 1024 * 1024;
/// No record may have more fields.
const FIELDS_AT_MOST: usize = 64;
const CHUNK: usize = 64 * 1024;

/// One record as bytes.
#[derive(Debug)]
pub(crate) enum Raw<'a> {
    /// Its fields, quotes removed.
    Fields(Fields<'a>),
    /// Longer than a megabyte.
    TooLong,
    /// More fields than any list of ours has.
    TooWide,
    /// It holds a NUL: a damaged or binary file.
    Nul,
}

impl Raw<'_> {
    /// Why a record that is none was dropped.
    pub(crate) fn why(&self) -> Why {
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

/// The fields of one record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
    /// Bytes between one field and the next.
    gap: usize,
}

impl<'a> Fields<'a> {
    pub(crate) const fn len(self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(self, at: usize) -> Option<&'a [u8]> {
        self.iter().nth(at)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let Self { bytes, ends, gap } = self;
        let mut from = 0;
        ends.iter().map(move |end| {
            let field = bytes.get(from..*end).unwrap_or_default();
            from = *end + gap;
            field
        })
    }
}

/// Reads records in constant memory.
pub(crate) struct Records<R> {
    reader: R,
    csv: csv_core::Reader,
    input: Vec<u8>,
    start: usize,
    end: usize,
    /// Where, at or after `start`, a byte stands that only the CSV reader knows what to do with; `end` if nowhere. Behind
    /// `start` it says nothing.
    special: usize,
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
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            csv: csv_core::Reader::new(),
            input: vec![0; CHUNK],
            start: 0,
            end: 0,
            special: 0,
            output: vec![0; RECORD_AT_MOST],
            ends: vec![0; FIELDS_AT_MOST],
            row: 0,
            finished: false,
        }
    }

    pub(crate) const fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The next record and its number, from 1.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Raw<'_>)>> {
        // The first record may have a byte order mark before it.
        if self.row > 0
            && let Some(line) = self.plain_line()
        {
            self.row += 1;
            return Ok(Some((self.row, self.cut(line))));
        }
        let Some(shape) = self.read_shape()? else { return Ok(None) };
        self.row += 1;
        let raw = if shape.too_long {
            Raw::TooLong
        } else if shape.too_wide {
            Raw::TooWide
        } else {
            self.copied(shape)
        };
        Ok(Some((self.row, raw)))
    }

    /// The next line that is not empty, if it is all here and has nothing special in it.
    fn plain_line(&mut self) -> Option<Range<usize>> {
        loop {
            let rest = self.input.get(self.start..self.end)?;
            let feed = self.start + memchr(b'\n', rest)?;
            if self.special < self.start {
                let special = memchr3(b'"', b'\r', 0, rest);
                self.special = special.map_or(self.end, |at| self.start + at);
            }
            let end = match self.special {
                special if special >= feed => feed,
                special if special + 1 == feed && self.input.get(special) == Some(&b'\r') => {
                    special
                }
                _ => return None,
            };
            let line = self.start..end;
            self.start = feed + 1;
            if !line.is_empty() {
                return Some(line);
            }
        }
    }

    fn cut(&mut self, line: Range<usize>) -> Raw<'_> {
        let bytes = self.input.get(line).unwrap_or_default();
        let mut fields = 0;
        for end in memchr_iter(b',', bytes).chain([bytes.len()]) {
            let Some(slot) = self.ends.get_mut(fields) else { return Raw::TooWide };
            *slot = end;
            fields += 1;
        }
        Raw::Fields(Fields { bytes, ends: self.ends.get(..fields).unwrap_or_default(), gap: 1 })
    }

    fn copied(&self, shape: Shape) -> Raw<'_> {
        let bytes = self.output.get(..shape.bytes).unwrap_or_default();
        if bytes.contains(&0) {
            return Raw::Nul;
        }
        Raw::Fields(Fields {
            bytes,
            ends: self.ends.get(..shape.fields).unwrap_or_default(),
            gap: 0,
        })
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
        self.special = 0;
        self.finished = self.end == 0;
        Ok(())
    }
}

/// A reader that hashes what passes.
#[derive(Debug)]
pub(crate) struct Hashing<R> {
    reader: R,
    hash: Sha256,
}

impl<R: Read> Hashing<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, hash: Sha256::new() }
    }

    pub(crate) fn sha256(&self) -> [u8; 32] {
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

    /// Gives a few bytes at a time.
    struct Drops<'a> {
        rest: &'a [u8],
        at_most: usize,
    }

    impl Read for Drops<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let length = self.at_most.min(self.rest.len()).min(to.len());
            let (now, rest) = self.rest.split_at(length);
            to[..length].copy_from_slice(now);
            self.rest = rest;
            Ok(length)
        }
    }

    /// All records as the CSV reader alone gives them.
    fn all_copied(text: &[u8]) -> Vec<Option<Vec<Vec<u8>>>> {
        let mut records = Records::new(text);
        let mut found = Vec::new();
        while let Some(shape) = records.read_shape().unwrap() {
            let bad = shape.too_long || shape.too_wide;
            found.push(if bad { None } else { owned(&records.copied(shape)) });
        }
        found
    }

    fn owned(raw: &Raw<'_>) -> Option<Vec<Vec<u8>>> {
        match raw {
            Raw::Fields(fields) => Some(fields.iter().map(<[u8]>::to_vec).collect()),
            Raw::TooLong | Raw::TooWide | Raw::Nul => None,
        }
    }

    fn check_same(text: &[u8], at_most: usize) {
        let mut records = Records::new(Drops { rest: text, at_most });
        let mut found = Vec::new();
        while let Some((row, raw)) = records.next().unwrap() {
            found.push(owned(&raw));
            assert_eq!(row, u64::try_from(found.len()).unwrap());
        }
        let shown = String::from_utf8_lossy(text);
        assert_eq!(found, all_copied(text), "{at_most} bytes at a time: {shown:?}");
    }

    #[test]
    fn the_quick_reading_knows_how_many_fields_there_may_be() {
        for commas in [0, 1, 62, 63, 64, 65, 200] {
            let line = ",".repeat(commas);
            check_same(format!("a\n{line}x\n{line}\nb\n").as_bytes(), 1000);
        }
    }

    proptest::proptest! {
        #[test]
        fn both_readings_are_the_same(
            text in proptest::collection::vec(proptest::sample::select(b"ab,,\"\r\n\n\0".as_slice()), 0..60),
            at_most in 1_usize..70,
        ) {
            check_same(&text, at_most);
        }

        #[test]
        fn both_readings_are_the_same_where_quotes_are_rare(
            lines in proptest::collection::vec("[a-c]{0,3}(,[a-c]{0,3}){0,4}|a,\"b\nc\",d|\"|a\"b|", 0..30),
            end in proptest::sample::select(vec!["\n", "\r\n", "\r", "\n\r"]),
            at_most in 1_usize..400,
        ) {
            check_same(lines.join(end).as_bytes(), at_most);
        }
    }
}
