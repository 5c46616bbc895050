//! The sandbox's own record: JSON lines, written before anything is answered, so that it is the independent truth
//! of what arrived. It holds numbers and addresses in clear; it belongs to drills and tests only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// An append-only file of JSON lines. Clones write to the same file.
#[derive(Debug, Clone)]
pub struct Log {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl Log {
    /// Opens the file for appending; makes it if there is none.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { path: path.to_owned(), file: Arc::new(Mutex::new(file)) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends lines in one write, so that whoever is killed next, they stay.
    pub fn append<T: Serialize>(&self, lines: &[T]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut octets = Vec::with_capacity(lines.len() * 256);
        for line in lines {
            serde_json::to_writer(&mut octets, line)?;
            octets.push(b'\n');
        }
        // An append leaves the file whole or torn at its end; either is readable.
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&octets)
    }

    /// Reads all lines back, in order. A torn last line is left out.
    pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
        let text = std::fs::read(path)?;
        let whole = text.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1);
        let lines = text.get(..whole).unwrap_or_default();
        lines
            .split(|octet| *octet == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).map_err(io::Error::from))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_and_a_torn_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let log = Log::open(&path).unwrap();
        log.append(&[1, 2]).unwrap();
        log.append(&[3]).unwrap();
        log.append::<u8>(&[]).unwrap();
        assert_eq!(Log::read::<u8>(log.path()).unwrap(), [1, 2, 3]);
        std::fs::write(&path, b"1\n2\n3").unwrap();
        assert_eq!(Log::read::<u8>(&path).unwrap(), [1, 2]);
        std::fs::write(&path, b"").unwrap();
        assert!(Log::read::<u8>(&path).unwrap().is_empty());
    }
}
