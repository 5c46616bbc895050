//! What is sealed of a target: where it is reached and what its notice says.

use serde::{Deserialize, Serialize};
use simrecall_core::id::TargetKey;
use simrecall_core::notice::Variables;
use simrecall_core::subscriber::Contact;
use simrecall_store::permit::Permit;
use simrecall_store::seal::{IncidentKeys, Table, target_row};

use crate::problem::{Problem, Result};

/// One target's content, frozen by the plan. In clear only in memory, only under a permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TargetContent {
    /// Where.
    pub(crate) contact: Contact,
    /// What.
    pub(crate) variables: Variables,
}

impl TargetContent {
    /// The bytes that are hashed into the statement and then sealed.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| {
            Problem::ours("target", "a target cannot be written down").caused_by(error)
        })
    }

    /// Opens one under a permit.
    pub(crate) fn open(
        permit: &mut Permit,
        keys: &IncidentKeys,
        key: &TargetKey,
        sealed: &[u8],
    ) -> Result<Self> {
        let bytes = permit
            .open(keys, Table::Target, &target_row(key), sealed)
            .map_err(|error| damaged().caused_by(error))?;
        // A parser's message may quote what it read, so it is not kept.
        serde_json::from_slice(&bytes).map_err(|_| damaged())
    }
}

fn damaged() -> Problem {
    Problem::ours("sealed", "a target's sealed record does not open")
        .hint("run: simrecall verify; if the key is another one, see docs/OPERATIONS.md, keys")
}
