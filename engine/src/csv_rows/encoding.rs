//! UTF-8 or CP949, found out without holding the file.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{DecoderResult, EUC_KR};
use sha2::{Digest, Sha256};

use crate::problem::{self, Result};

const CHUNK: usize = 64 * 1024;

/// How a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// CP949, the Korean Windows code page (a superset of EUC-KR).
    Cp949,
}

/// What the first reading finds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan {
    pub(super) encoding: Encoding,
    pub(super) sha256: [u8; 32],
    /// Line feeds: at least as many as there are rows, less one.
    pub(super) line_feeds: u64,
}

impl Encoding {
    /// Decodes a cell, or `None` if it is not in this encoding. In both encodings the bytes of comma, quote and line ends
    /// stand for nothing else, so that cells can be cut before they are decoded.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Cp949 => EUC_KR.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }
}

/// Reads the whole file. What is valid UTF-8 is UTF-8; any other file is read once more and is what it offends less
/// against, so that one damaged row does not make every Korean name unreadable.
pub(super) fn scan(path: &Path) -> Result<Scan> {
    let mut hash = Sha256::new();
    let mut line_feeds = 0;
    let utf8_errors = count_errors(path, encoding_rs::UTF_8, |bytes| {
        hash.update(bytes);
        line_feeds += bytes.iter().fold(0, |n, byte| n + u64::from(*byte == b'\n'));
    })?;
    let is_utf8 = utf8_errors == 0 || utf8_errors <= count_errors(path, EUC_KR, |_| {})?;
    let encoding = if is_utf8 { Encoding::Utf8 } else { Encoding::Cp949 };
    Ok(Scan { encoding, sha256: hash.finalize().into(), line_feeds })
}

/// Counts what is malformed in one encoding, and shows the bytes to somebody on the way.
fn count_errors(
    path: &Path,
    encoding: &'static encoding_rs::Encoding,
    mut show: impl FnMut(&[u8]),
) -> Result<u64> {
    let mut file = File::open(path).map_err(|error| problem::file(path, error))?;
    let mut counter = Counter::new(encoding);
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).map_err(|error| problem::file(path, error))?;
        let bytes = chunk.get(..read).unwrap_or_default();
        show(bytes);
        counter.count(bytes, read == 0);
        if read == 0 {
            return Ok(counter.errors);
        }
    }
}

/// Counts what is malformed in one encoding.
struct Counter {
    decoder: encoding_rs::Decoder,
    scratch: Vec<u8>,
    errors: u64,
}

impl Counter {
    fn new(encoding: &'static encoding_rs::Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { decoder, scratch: vec![0; CHUNK], errors: 0 }
    }

    fn count(&mut self, mut bytes: &[u8], last: bool) {
        loop {
            let (result, read, _) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.scratch, last);
            bytes = bytes.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.errors += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding_of(bytes: &[u8]) -> Encoding {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        scan(file.path()).unwrap().encoding
    }

    #[test]
    fn both_encodings_are_told_apart() {
        assert_eq!(encoding_of(b""), Encoding::Utf8);
        assert_eq!(encoding_of(b"plain,ascii\n"), Encoding::Utf8);
        assert_eq!(encoding_of("\u{feff}이름,똠방각하\n".as_bytes()), Encoding::Utf8);
        let (cp949, _, unmappable) = EUC_KR.encode("이름,똠방각하,홍길동\n");
        assert!(!unmappable);
        assert_eq!(encoding_of(&cp949), Encoding::Cp949);
        assert_eq!(Encoding::Cp949.decode(&cp949).unwrap(), "이름,똠방각하,홍길동\n");
    }

    #[test]
    fn one_damaged_byte_does_not_change_the_encoding() {
        let (cp949, ..) = EUC_KR.encode("홍길동,서울특별시\n");
        let mut damaged = cp949.repeat(50);
        damaged.extend_from_slice(b"\xff\xff\n");
        assert_eq!(encoding_of(&damaged), Encoding::Cp949);
        let mut damaged = "홍길동,서울특별시\n".repeat(50).into_bytes();
        damaged.extend_from_slice(b"\xff\xff\n");
        assert_eq!(encoding_of(&damaged), Encoding::Utf8);
    }
}
