//! From the network's ids back to attempts.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use simrecall_core::delivery::OutcomeKind;
use simrecall_core::id::{AttemptKey, Bucket};

use super::{Applied, Committed};
use crate::tx::forward;

/// What the network says later of something it took.
#[derive(Clone, PartialEq, Eq)]
pub struct NewReceipt {
    /// The network's id, as the route writes it.
    pub provider_id: String,
    /// What it says.
    pub kind: OutcomeKind,
    /// When it came to us.
    pub at: DateTime<Utc>,
    /// The network's code.
    pub code: Option<String>,
    /// Blind index of the destination under the service key.
    pub destination: Option<[u8; 16]>,
    /// The reference it echoes, if it does.
    pub reference: Option<u16>,
    /// The receipt as it came, sealed under the service key; kept only while it matches nothing.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for NewReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewReceipt")
            .field("provider_id", &self.provider_id)
            .field("kind", &self.kind)
            .field("at", &self.at)
            .field("code", &self.code)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// Where a receipt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptFate {
    /// It is an outcome of an attempt.
    Applied(Applied),
    /// It matched nothing and waits.
    Waits,
}

impl ReceiptFate {
    /// What it changed, if it matched something.
    pub fn applied(self) -> Option<Applied> {
        match self {
            Self::Applied(applied) => Some(applied),
            Self::Waits => None,
        }
    }
}

/// The attempt and part a network's id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmissionMatch {
    /// The attempt.
    pub attempt: AttemptKey,
    /// The part, from 1.
    pub part: i16,
}

/// Where rows about a network's id live: evenly spread whatever ids the network makes.
pub(crate) fn id_bucket(route: &str, provider_id: &str) -> Bucket {
    let mut hash = Sha256::new();
    hash.update(route.as_bytes());
    hash.update([0]);
    hash.update(provider_id.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    Bucket::of(digest.first_chunk().unwrap_or(&[0; 16]))
}

forward! { ledger_receipt:
    /// Takes receipts in: by the network's id, else by destination and echoed reference against attempts in doubt, else
    /// they wait. In the order given.
    pub fn commit_receipts(route: &str, receipts: &[NewReceipt]) -> Vec<ReceiptFate>;
    /// The attempts the ids belong to, in the order given; where a network gave an id twice, the newest.
    pub fn match_receipts(route: &str, ids: &[&str]) -> Vec<Option<SubmissionMatch>>;
    /// The attempts in doubt that went to a destination with a reference.
    pub fn find_doubt(route: &str, destination: [u8; 16], reference: u16) -> Vec<AttemptKey>;
    /// Tries receipts that wait once more: before anything is called silence. At most `limit` of the oldest.
    pub fn rematch_orphans(route: &str, limit: i64) -> Committed;
    /// How many receipts wait.
    pub fn orphans(route: &str) -> i64;
    /// How many attempts of all waves are in doubt.
    pub fn doubts() -> i64;
}
