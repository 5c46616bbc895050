//! A supplier's batch: an `age` file of rows `iccid,imsi,k,opc,product`, read so that no key stays in memory.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use simrecall_core::identity::{Iccid, Imsi, Reason};
use simrecall_gateway::hlr::MilenageKey;
use zeroize::{Zeroize as _, Zeroizing};

use crate::csv_rows::Reject;
use crate::csv_rows::records::Hashing;
use crate::problem::{self, Problem, Result};

/// The first line of a batch.
const HEADER: &str = "iccid,imsi,k,opc,product";
const COLUMNS: [&str; 5] = ["iccid", "imsi", "k", "opc", "product"];
/// A row is shorter than this; what is longer is no row of a batch.
const LONGEST: usize = 512;
const CHUNK: usize = 16 * 1024;
/// Letters of a product's name.
const PRODUCT: usize = 32;

/// One card of a batch.
pub(super) struct BatchCard {
    /// Where it stands; the header is row 1.
    pub(super) row: u64,
    pub(super) iccid: Iccid,
    pub(super) imsi: Imsi,
    pub(super) key: MilenageKey,
    pub(super) product: String,
}

/// A batch that is being read.
pub(super) struct Batch {
    lines: Lines<Box<dyn Read>>,
    name: String,
}

/// Opens a batch with one identity, and checks its header.
pub(super) fn open(path: &Path, identity: &age::x25519::Identity) -> Result<Batch> {
    let name = crate::intake::file_name(path);
    let file = File::open(path).map_err(|error| problem::file(path, error))?;
    let unopened = |error| {
        let other = matches!(error, age::DecryptError::NoMatchingKeys);
        Problem::input("batch", format!("{name} cannot be opened"))
            .detail(if other {
                "it was encrypted for somebody else"
            } else {
                "it is no age file, or damaged"
            })
            .hint("the supplier encrypts it with age for the recipient of --identity")
    };
    let sealed = age::Decryptor::new_buffered(BufReader::new(file)).map_err(unopened)?;
    let keys: [&dyn age::Identity; 1] = [identity];
    let plain = sealed.decrypt(keys.into_iter()).map_err(unopened)?;
    let plain: Box<dyn Read> = Box::new(plain);
    let mut lines = Lines::new(plain);
    match lines.next() {
        Ok(Some((_, Line::Text(text))))
            if text.strip_prefix('\u{feff}').unwrap_or(text) == HEADER =>
        {
            Ok(Batch { lines, name })
        }
        Ok(_) => Err(Problem::input("header", format!("{name} does not begin with {HEADER}"))),
        Err(error) => Err(broken(&name, error)),
    }
}

/// The SHA-256 of a file as it lies there.
pub(super) fn sha256(path: &Path) -> Result<[u8; 32]> {
    let file = File::open(path).map_err(|error| problem::file(path, error))?;
    let mut hashing = Hashing::new(file);
    io::copy(&mut hashing, &mut io::sink()).map_err(|error| problem::file(path, error))?;
    Ok(hashing.sha256())
}

impl Batch {
    /// The next card, or why its row is none; nothing at the end.
    pub(super) fn next(&mut self) -> Option<Result<std::result::Result<BatchCard, Vec<Reject>>>> {
        let name = &self.name;
        match self.lines.next() {
            Ok(None) => None,
            Ok(Some((row, Line::Text(text)))) => Some(Ok(card(row, text))),
            Ok(Some((row, Line::Bad(code, why)))) => {
                Some(Ok(Err(vec![reject(row, "", code, why)])))
            }
            Err(error) => Some(Err(broken(name, error))),
        }
    }
}

fn broken(name: &str, error: io::Error) -> Problem {
    Problem::input("batch", format!("{name} breaks off or was changed"))
        .caused_by(error)
        .hint("have the supplier send it again")
}

fn reject(row: u64, column: &'static str, code: &'static str, text: &str) -> Reject {
    Reject { row, column, code, text: text.to_owned() }
}

/// Reads a row; every cell that is wrong is named, and none is shown.
fn card(row: u64, text: &str) -> std::result::Result<BatchCard, Vec<Reject>> {
    let mut cells = text.split(',').map(unquoted);
    let (Some(iccid), Some(imsi), Some(k), Some(opc), Some(product), None) =
        (cells.next(), cells.next(), cells.next(), cells.next(), cells.next(), cells.next())
    else {
        return Err(vec![reject(row, "", "row.width", "a row has five cells")]);
    };
    let mut rejects = Vec::new();
    let iccid = Iccid::parse(iccid).map_err(|error| note(&mut rejects, row, 0, &error)).ok();
    let imsi = Imsi::parse(imsi).map_err(|error| note(&mut rejects, row, 1, &error)).ok();
    for (at, half) in [(2, k), (3, opc)] {
        // Each half by itself: the error of a pair does not say which one it speaks of.
        if let Err(error) = MilenageKey::parse(half, half) {
            rejects.push(reject(row, column(at), error.code(), &error.to_string()));
        }
    }
    if !is_product(product) {
        let why = "a product is named with up to 32 small letters, digits, - and _";
        rejects.push(reject(row, column(4), "product.form", why));
    }
    match (iccid, imsi, MilenageKey::parse(k, opc).ok()) {
        (Some(iccid), Some(imsi), Some(key)) if rejects.is_empty() => {
            Ok(BatchCard { row, iccid, imsi, key, product: product.to_owned() })
        }
        _ => Err(rejects),
    }
}

fn note(rejects: &mut Vec<Reject>, row: u64, at: usize, error: &impl Reason) {
    rejects.push(reject(row, column(at), error.code(), &error.to_string()));
}

fn column(at: usize) -> &'static str {
    COLUMNS.get(at).copied().unwrap_or_default()
}

/// Whether a word names a product.
pub(super) fn is_product(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    !text.is_empty() && text.len() <= PRODUCT && text.bytes().all(plain)
}

/// No cell of a batch has a comma or a quote in it; some suppliers quote them all the same.
fn unquoted(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell)
}

/// One line of a text.
enum Line<'a> {
    Text(&'a str),
    Bad(&'static str, &'static str),
}

/// Lines of a text with keys in it: what was read lies in two rooms of fixed size, which are wiped.
struct Lines<R> {
    from: R,
    chunk: Zeroizing<Vec<u8>>,
    at: usize,
    filled: usize,
    line: Zeroizing<Vec<u8>>,
    row: u64,
}

impl<R: Read> Lines<R> {
    fn new(from: R) -> Self {
        let chunk = Zeroizing::new(vec![0; CHUNK]);
        let line = Zeroizing::new(Vec::with_capacity(LONGEST));
        Self { from, chunk, at: 0, filled: 0, line, row: 0 }
    }

    /// The next line that is not empty, without its end, and where it stands.
    fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            let Some(too_long) = self.gather()? else { return Ok(None) };
            self.row += 1;
            if too_long {
                let why = "the row is too long for one of a batch";
                return Ok(Some((self.row, Line::Bad("row.long", why))));
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let text = std::str::from_utf8(&self.line).map(|text| text.trim_end_matches('\r'));
        let line = text.map_or(Line::Bad("cell.encoding", "the row is not UTF-8"), Line::Text);
        Ok(Some((self.row, line)))
    }

    /// Puts one line together; whether it was too long. `None` at the end.
    fn gather(&mut self) -> io::Result<Option<bool>> {
        self.line.zeroize();
        let (mut too_long, mut any) = (false, false);
        loop {
            if self.at == self.filled {
                self.filled = self.from.read(&mut self.chunk)?;
                self.at = 0;
                if self.filled == 0 {
                    return Ok(any.then_some(too_long));
                }
            }
            any = true;
            let rest = self.chunk.get(self.at..self.filled).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            // It never grows beyond the room it has.
            too_long |= self.line.len() + part.len() > LONGEST;
            if !too_long {
                self.line.extend_from_slice(part);
            }
            self.at += part.len() + usize::from(end.is_some());
            if end.is_some() {
                return Ok(Some(too_long));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "8982000000000000004,450081234567890,465b5ce8b199b49faa5f0a2ee238a6bc,cd63cb71954a9f4e48a5994e37a02baf,usim";

    fn codes(text: &str) -> Vec<(&'static str, &'static str)> {
        let rejects = card(2, text).map(|_| ()).unwrap_err();
        rejects.iter().map(|one| (one.column, one.code)).collect()
    }

    #[test]
    fn every_cell_that_is_wrong_is_named_and_none_is_shown() {
        let (iccid, _) = GOOD.split_once(',').unwrap();
        let good = GOOD.replace(iccid, &with_check_digit("898200000000000000"));
        assert!(card(2, &good).is_ok());
        let quoted: Vec<String> = good.split(',').map(|cell| format!("\"{cell}\"")).collect();
        assert!(card(2, &quoted.join(",")).is_ok());
        let wrong = "8982000000000000002,45008,465b,xx63cb71954a9f4e48a5994e37a02baf,USIM!";
        let all = codes(wrong);
        let columns: Vec<&str> = all.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, COLUMNS);
        assert!(all.contains(&("k", "key.length")) && all.contains(&("opc", "key.character")));
        for one in card(2, wrong).map(|_| ()).unwrap_err() {
            assert!(!one.text.contains("465b") && !one.text.contains("45008"), "{}", one.text);
        }
        assert_eq!(codes("1,2"), [("", "row.width")]);
        assert_eq!(codes(&format!("{good},1")), [("", "row.width")]);
    }

    fn with_check_digit(stem: &str) -> String {
        (0..10).map(|last| format!("{stem}{last}")).find(|text| Iccid::parse(text).is_ok()).unwrap()
    }

    #[test]
    fn lines_are_found_wherever_the_reading_is_cut() {
        struct Drips<'a>(&'a [u8], usize);
        impl Read for Drips<'_> {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                let length = self.1.min(self.0.len()).min(to.len());
                let (now, rest) = self.0.split_at(length);
                to[..length].copy_from_slice(now);
                self.0 = rest;
                Ok(length)
            }
        }
        let long = "x".repeat(LONGEST + 1);
        let text = format!("a\r\n\n{long}\nb\nlast");
        for at_once in [1, 2, 7, 100_000] {
            let mut lines = Lines::new(Drips(text.as_bytes(), at_once));
            let mut found = Vec::new();
            while let Some((row, line)) = lines.next().unwrap() {
                let said = match line {
                    Line::Text(text) => text.to_owned(),
                    Line::Bad(code, _) => format!("<{code}>"),
                };
                found.push((row, said));
            }
            let expected = [(1, "a"), (3, "<row.long>"), (4, "b"), (5, "last")];
            assert_eq!(found, expected.map(|(row, text)| (row, text.to_owned())), "{at_once}");
        }
    }
}
