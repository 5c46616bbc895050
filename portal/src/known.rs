//! What anybody may know, kept in memory: the first pages ask no database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use simrecall_core::notice::Language;
use simrecall_engine::Result;
use simrecall_engine::selfcheck::{Door, Public};
use tokio::time::Instant;

use crate::pages::Pages;

/// How old it may be before it is read again.
const FRESH: Duration = Duration::from_secs(2);

/// What anybody may know, as of a moment, with the pages that say only that.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) public: Public,
    start: BTreeMap<Language, Bytes>,
    read: Instant,
}

impl Snapshot {
    /// Reads it and writes the first pages.
    pub(crate) fn read(door: &Door, pages: &Pages, now: Instant) -> Result<Self> {
        let public = door.public()?;
        let start = Language::ALL
            .into_iter()
            .map(|language| (language, pages.start(language, &public)))
            .collect();
        Ok(Self { public, start, read: now })
    }

    /// The first page.
    pub(crate) fn start(&self, language: Language) -> Bytes {
        self.start.get(&language).cloned().unwrap_or_default()
    }
}

/// The latest snapshot, and whether somebody is reading a newer one.
#[derive(Debug)]
pub(crate) struct Known {
    latest: RwLock<Arc<Snapshot>>,
    reading: AtomicBool,
}

impl Known {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self { latest: RwLock::new(Arc::new(first)), reading: AtomicBool::new(false) }
    }

    pub(crate) fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.latest.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the caller should read a newer one: the latest is old, and nobody else reads.
    pub(crate) fn is_mine_to_read(&self) -> bool {
        self.latest().read.elapsed() > FRESH && !self.reading.swap(true, Ordering::AcqRel)
    }

    /// The reading ended. If it failed, the old one stays: the pages go on while the database is away.
    pub(crate) fn put(&self, read: Result<Snapshot>) {
        match read {
            Ok(newer) => {
                *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(newer);
            }
            Err(problem) => {
                tracing::warn!(%problem, "what anybody may know could not be read again");
            }
        }
        self.reading.store(false, Ordering::Release);
    }
}
