//! Recounts the journal from its rows.

use simrecall_core::journal::{Frontier, LeafHash};

use super::{EntryRow, LeafRow, TreeHead, leaf_of};
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::Tx;

/// Leaves read at a time.
const PAGE: u32 = 5_000;
/// Faults named one by one; beyond that they are only counted.
const NAMED: usize = 100;

/// Something in the journal that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JournalFault {
    /// The leaf at a place is not the one that its entry's fields give.
    #[error("entry {0} was altered")]
    Altered(u64),
    /// A place is empty, or taken out of order.
    #[error("no entry has number {0}")]
    Gap(u64),
    /// The root recomputed from the leaves is not the one kept.
    #[error("the tree's root is not that of its {size} leaves")]
    Root {
        /// Leaves found.
        size: u64,
    },
    /// There are entries that neither have a place nor wait for one, or the reverse.
    #[error("{entries} entries, but {placed} numbered or waiting")]
    Count {
        /// Entries.
        entries: u64,
        /// Numbered or waiting.
        placed: u64,
    },
}

/// What a recount of the journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalReport {
    /// The tree as recomputed from the entries.
    pub head: TreeHead,
    /// Entries that wait for a place.
    pub waiting: u64,
    /// How many faults.
    pub fault_count: u64,
    /// The first of them.
    pub faults: Vec<JournalFault>,
}

impl JournalReport {
    /// Whether everything is as it was written.
    pub const fn is_sound(&self) -> bool {
        self.fault_count == 0
    }

    fn add(&mut self, fault: JournalFault) {
        self.fault_count += 1;
        if self.faults.len() < NAMED {
            self.faults.push(fault);
        }
    }
}

/// Recomputes every leaf from its entry, and the root from the leaves; holds a page in memory at a time.
pub fn verify_journal(store: &Store) -> Result<JournalReport, StoreError> {
    store.read(|tx| {
        let mut walk = Walk::default();
        loop {
            let page = tx.leaves_from(walk.next, PAGE.into())?;
            if page.is_empty() {
                break;
            }
            for (leaf, entry) in &page {
                walk.visit(leaf, entry);
            }
        }
        let head = TreeHead { size: walk.tree.size(), root: walk.tree.root() };
        let mut report = JournalReport { head, waiting: 0, fault_count: 0, faults: Vec::new() };
        for fault in walk.faults {
            report.add(fault);
        }
        compare(tx, &mut report)?;
        Ok(report)
    })
}

/// One walk over the leaves, in order of their numbers.
#[derive(Default)]
struct Walk {
    tree: Frontier,
    next: i64,
    faults: Vec<JournalFault>,
}

impl Walk {
    fn visit(&mut self, leaf: &LeafRow, entry: &EntryRow) {
        if leaf.no != self.next {
            self.faults.push(JournalFault::Gap(place(self.next)));
        }
        let expected = leaf_of(entry);
        let as_written = |bytes: &[u8]| expected.is_some_and(|hash| hash.0 == *bytes);
        if !as_written(&leaf.leaf) || !as_written(&entry.leaf) {
            self.faults.push(JournalFault::Altered(place(leaf.no)));
        }
        self.tree.push(expected.unwrap_or(LeafHash([0; 32])));
        self.next = leaf.no + 1;
    }
}

fn place(no: i64) -> u64 {
    u64::try_from(no).unwrap_or(u64::MAX)
}

fn compare(tx: &mut Tx<'_>, report: &mut JournalReport) -> Result<(), StoreError> {
    let size = report.head.size;
    if tx.tree_head()? != report.head {
        report.add(JournalFault::Root { size });
    }
    let (entries, waiting) = tx.journal_counts()?;
    report.waiting = waiting;
    if entries != size + waiting {
        report.add(JournalFault::Count { entries, placed: size + waiting });
    }
    Ok(())
}
