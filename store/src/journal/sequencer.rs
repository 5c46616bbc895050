//! Gives committed entries their places in the tree, one sequencer at a time.

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::journal::LeafHash;

use super::{LeafRow, TreeHead};
use crate::error::StoreError;
use crate::lease::LeaseToken;
use crate::store::Store;
use crate::tx::Tx;

/// The lease that makes a process the sequencer.
const LEASE: &str = "journal";
/// How long a sequencer stays in charge without a further turn.
const TERM: TimeDelta = TimeDelta::seconds(30);

/// What came of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequenced {
    /// Another process is in charge.
    Elsewhere,
    /// So many entries were numbered, and the tree stands there.
    Numbered {
        /// Entries of this turn; less than the limit means that none is waiting.
        entries: u64,
        /// The tree after it.
        head: TreeHead,
    },
}

/// Numbers up to `limit` waiting entries, oldest first.
///
/// Lease, leaves and frontier change in one transaction, so two sequencers can never give one place twice: the second waits for
/// the lease's row and then finds it taken.
pub fn sequence(
    store: &Store,
    token: LeaseToken,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Sequenced, StoreError> {
    store.write(|tx| {
        if tx.take_lease(LEASE, token, now, now + TERM)? {
            number(tx, limit)
        } else {
            Ok(Sequenced::Elsewhere)
        }
    })
}

fn number(tx: &mut Tx<'_>, limit: u32) -> Result<Sequenced, StoreError> {
    let mut frontier = tx.frontier()?;
    let mut leaves = Vec::new();
    for (id, leaf) in tx.queued(limit.into())? {
        let bytes = leaf.as_slice().try_into().map_err(|_| StoreError::Damaged("journal_entry"))?;
        let no = frontier.push(LeafHash(bytes));
        let no = i64::try_from(no).map_err(|_| StoreError::Damaged("journal_tree"))?;
        leaves.push(LeafRow { no, id, leaf });
    }
    if !leaves.is_empty() {
        tx.number(&leaves, &frontier)?;
    }
    let entries = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    let head = TreeHead { size: frontier.size(), root: frontier.root() };
    Ok(Sequenced::Numbered { entries, head })
}
