//! What a derived revision rests on, as it is kept beside it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use simrecall_core::derive::{Rules, Span, Window, Windows};
use simrecall_core::id::{IncidentId, RevisionNo, SnapshotNo};
use simrecall_store::derivation::Derivation;

use super::FileAnswer;
use super::brought::Brought;
use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// What was read and counted. Kept as JSON: fields are added, never renamed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// SHA-256 of rules, windows, snapshot and revision: what was derived by what, from whichever files.
    pub(crate) sha256: String,
    /// Whose lines they were.
    pub(crate) snapshot: SnapshotNo,
    /// Every file.
    pub(crate) files: Vec<FileAnswer>,
    /// The windows of rogue cells, in order.
    pub(crate) windows: Vec<Window>,
    /// The hours that have attach records.
    pub(crate) hours: Vec<Span>,
    /// Attach records that met a rogue cell.
    pub(crate) records: u64,
    /// Cards that no line had.
    pub(crate) unresolved: u64,
}

/// A derivation that is there, read back.
#[derive(Debug)]
pub(crate) struct Earlier {
    /// Its rules.
    pub(crate) rules: Rules,
    /// Its windows.
    pub(crate) windows: Windows,
    /// Whose lines they were.
    pub(crate) snapshot: SnapshotNo,
}

impl Manifest {
    /// The same, once the revision is hashed.
    pub(crate) fn named(mut self, sha256: String) -> Self {
        self.sha256 = sha256;
        self
    }

    /// As it is kept.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Earlier {
    /// SHA-256 of what would make a revision, by its hash, as this one was made.
    pub(crate) fn sha256(&self, revision: &str) -> String {
        sha256(&self.rules, &self.windows, self.snapshot, revision)
    }

    /// The latest derivation of an incident.
    pub(crate) fn latest(home: &Home, incident: IncidentId) -> Result<Option<Self>> {
        let found = home.store.read(|tx| tx.latest_derivation(incident)).map_err(problem::store)?;
        found.map(|found| Self::read(&found)).transpose()
    }

    fn read(of: &Derivation) -> Result<Self> {
        let manifest: Manifest =
            serde_json::from_str(&of.manifest).map_err(|error| damaged().caused_by(error))?;
        Ok(Self {
            rules: Rules::parse(&of.rules).map_err(|error| damaged().caused_by(error))?,
            windows: Windows::new(manifest.windows),
            snapshot: manifest.snapshot,
        })
    }
}

/// What a derived revision brought; none for one made from a list.
pub(crate) fn brought(
    home: &Home,
    incident: IncidentId,
    no: RevisionNo,
) -> Result<Option<Brought>> {
    let found = home.store.read(|tx| tx.derivation(incident, no)).map_err(problem::store)?;
    let read = |of: Derivation| {
        serde_json::from_str(&of.brought).map_err(|error| damaged().caused_by(error))
    };
    found.map(read).transpose()
}

fn damaged() -> Problem {
    Problem::ours("derivation", "an earlier derivation cannot be read")
}

/// SHA-256 over what a revision was derived by and the revision's own hash in hexadecimal: not the files, which may be cut otherwise.
pub(crate) fn sha256(
    rules: &Rules,
    windows: &Windows,
    snapshot: SnapshotNo,
    revision: &str,
) -> String {
    let mut hash = Sha256::new();
    hash.update(b"simrecall derivation v1\n");
    hash.update(rules.sha256());
    for Window { cell, span, reads, certainty } in windows.iter() {
        let len = u64::try_from(cell.len()).unwrap_or(u64::MAX);
        hash.update(len.to_be_bytes());
        hash.update(cell.as_bytes());
        hash.update(span.from.0.to_be_bytes());
        hash.update(span.to.0.to_be_bytes());
        hash.update(reads.bits().to_be_bytes());
        hash.update(certainty.code().as_bytes());
        hash.update([0]);
    }
    hash.update(snapshot.0.to_be_bytes());
    hash.update(revision);
    crate::staff::hex(&hash.finalize())
}
