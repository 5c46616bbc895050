//! A revision: an immutable set of exposures with a hash of its content.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::FactSet;
use crate::id::{LineId, SubscriberId};

/// The facts of one line in one revision, and whose line it was then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Who held the line at the time.
    pub holder: SubscriberId,
    /// The line.
    pub line: LineId,
    /// What leaked.
    pub facts: FactSet,
    /// The first moment the line was exposed, as the list says.
    pub exposed_at: DateTime<Utc>,
}

/// The SHA-256 of a revision's content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RevisionHash(pub [u8; 32]);

impl std::fmt::Debug for RevisionHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RevisionHash({self})")
    }
}

impl std::fmt::Display for RevisionHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Exposures came out of order, so their hash would not be stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("exposures must come in ascending order of holder and line, each once")]
pub struct OutOfOrder;

/// Hashes exposures in ascending order of (holder, line): the order of the file they came in does not matter.
#[derive(Debug, Clone)]
pub struct RevisionHasher {
    hash: Sha256,
    lines: u64,
    last: Option<(SubscriberId, LineId)>,
}

impl Default for RevisionHasher {
    fn default() -> Self {
        let mut hash = Sha256::new();
        hash.update(b"simrecall revision v1\n");
        Self { hash, lines: 0, last: None }
    }
}

impl RevisionHasher {
    /// Adds one exposure.
    pub fn push(&mut self, exposure: &Exposure) -> Result<(), OutOfOrder> {
        let key = (exposure.holder, exposure.line);
        if self.last.is_some_and(|last| last >= key) {
            return Err(OutOfOrder);
        }
        self.last = Some(key);
        self.lines += 1;
        self.hash.update(exposure.holder.as_bytes());
        self.hash.update(exposure.line.as_bytes());
        self.hash.update(exposure.facts.possible().bits().to_be_bytes());
        self.hash.update(exposure.facts.confirmed().bits().to_be_bytes());
        self.hash.update(exposure.exposed_at.timestamp_micros().to_be_bytes());
        Ok(())
    }

    /// The hash of all that was pushed, and how many lines that was.
    pub fn finish(mut self) -> (RevisionHash, u64) {
        self.hash.update(self.lines.to_be_bytes());
        (RevisionHash(self.hash.finalize().into()), self.lines)
    }
}

/// How many lines one revision has against another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// Lines only the newer one has.
    pub added: u64,
    /// Lines only the older one has.
    pub removed: u64,
    /// Lines in both whose facts differ.
    pub changed: u64,
    /// Lines in both with the same facts.
    pub unchanged: u64,
}

impl Diff {
    /// Whether the revision differs by more than `percent` of the older one's lines.
    pub fn exceeds(&self, percent: u64) -> bool {
        let before = self.removed + self.changed + self.unchanged;
        before > 0 && (self.added + self.removed + self.changed) * 100 > before * percent
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added == 0 && self.removed == 0 && self.changed == 0
    }
}

#[cfg(test)]
mod tests;
