//! Lists for another company's sender: one JSON object a line.

use std::collections::HashSet;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::{self, Readers};
use super::writer::{self, Shelf};
use crate::route::{Outcome, Route, RouteError};

/// One line of a list.
#[derive(Clone, Serialize, Deserialize)]
pub struct Record {
    /// The attempt's text form.
    pub reference: String,
    /// What the other side needs to know; personal.
    pub fields: serde_json::Map<String, serde_json::Value>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("reference", &self.reference).finish_non_exhaustive()
    }
}

/// A route that appends records to `<folder>/<batch>.jsonl`. A reference that is in the file already is not written
/// again; half a line left by a crash is cut off first.
pub fn json_lines(folder: &Path, batch: &str) -> Result<Route<Record>, RouteError> {
    if !disk::is_plain_name(batch) {
        return Err(RouteError::Setting { what: "a list needs a plain name".to_owned() });
    }
    writer::open_folder(folder, Readers::Owner)?;
    let name = format!("{batch}.jsonl");
    let path = folder.join(&name);
    let list = List::open(&path, name).map_err(|error| writer::unusable(&path, &error))?;
    disk::sync_folder(folder).map_err(|error| writer::unusable(folder, &error))?;
    Ok(writer::start(list))
}

#[derive(Debug)]
struct List {
    file: File,
    name: String,
    /// Short hashes of the references in the file: 16 bytes each, whatever their length.
    known: HashSet<[u8; 16]>,
    /// Where the last whole, synced line ends.
    end: u64,
}

impl List {
    fn open(path: &Path, name: String) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let mut known = HashSet::new();
        let mut end = 0;
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            let whole = line.ends_with(b"\n");
            let record = serde_json::from_slice::<Record>(&line).ok().filter(|_| whole);
            let Some(record) = record else { break };
            known.insert(short_hash(&record.reference));
            end += u64::try_from(line.len()).map_err(io::Error::other)?;
            line.clear();
        }
        // Only the last line can be torn; anything else unreadable is not our file to cut.
        if !reader.fill_buf()?.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        file.set_len(end)?;
        Ok(Self { file, name, known, end })
    }

    fn append(&mut self, items: &[Record]) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut added = Vec::new();
        for record in items {
            let hash = short_hash(&record.reference);
            if !self.known.contains(&hash) && !added.contains(&hash) {
                serde_json::to_writer(&mut bytes, record).map_err(io::Error::other)?;
                bytes.push(b'\n');
                added.push(hash);
            }
        }
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.file.set_len(self.end)?;
            return Err(error);
        }
        self.known.extend(added);
        self.end = self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

impl Shelf for List {
    type Item = Record;

    fn put(&mut self, items: &[Record]) -> Vec<Outcome> {
        let result = self.append(items);
        let outcome = |record: &Record| match &result {
            Ok(()) => Outcome::Accepted {
                provider_ids: vec![format!("{}#{}", self.name, record.reference)],
            },
            Err(error) => writer::failed(error),
        };
        items.iter().map(outcome).collect()
    }
}

fn short_hash(reference: &str) -> [u8; 16] {
    let digest = Sha256::digest(reference.as_bytes());
    let mut short = [0; 16];
    short.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    short
}
