//! Permits: the only way to personal data, and a permit exists only once its journal entry has committed.

use std::fmt;

use simrecall_core::id::{EntryId, IncidentId};
use zeroize::Zeroizing;

use crate::keystore::Domain;
use crate::seal::{DomainKeys, SealError, Table};

/// What somebody wants to open, and why. All of it goes into the journal, so none of it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermitRequest {
    /// Why, as `core::access` names purposes.
    pub purpose: String,
    /// The staff member or the job.
    pub actor: String,
    /// The incident whose people they are; none for the service domain (receipts that match nothing yet).
    pub incident: Option<IncidentId>,
    /// Which rows, in plain words: `wave 3 chunk 12`.
    pub scope: String,
    /// Which fields are looked at: `contact`, `variables`, `name`.
    pub fields: Vec<String>,
    /// How many rows at most.
    pub rows: u64,
}

/// The right to open as many rows as the journal says.
///
/// It cannot be copied, and nothing but a committed journal entry makes one.
pub struct Permit {
    entry: EntryId,
    domain: Domain,
    left: u64,
    opened: u64,
}

/// A row could not be opened under a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// As many rows as the permit allows have been opened.
    #[error("the permit allows {rows} rows and all have been opened")]
    UsedUp {
        /// How many it allowed.
        rows: u64,
    },
    /// The keys are of another incident than the permit.
    #[error("the permit is for another incident")]
    OtherDomain,
    /// The record did not open.
    #[error("a sealed record of table {table} did not open")]
    Sealed {
        /// Its table.
        table: &'static str,
        /// Why.
        source: SealError,
    },
}

impl Permit {
    /// The entry that says so.
    pub const fn entry(&self) -> EntryId {
        self.entry
    }

    /// How many more rows it opens.
    pub const fn rows_left(&self) -> u64 {
        self.left
    }

    /// How many rows it has opened.
    pub const fn rows_opened(&self) -> u64 {
        self.opened
    }

    /// Opens one row. A row that does not open counts too.
    pub fn open(
        &mut self,
        keys: &impl AsRef<DomainKeys>,
        table: Table,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let keys = keys.as_ref();
        if keys.domain() != self.domain {
            return Err(OpenError::OtherDomain);
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Err(OpenError::UsedUp { rows: self.opened });
        };
        self.left = left;
        self.opened += 1;
        keys.open(table, row, sealed)
            .map_err(|source| OpenError::Sealed { table: table.name(), source })
    }

    /// Called once the entry has committed.
    #[cfg_attr(not(test), expect(dead_code, reason = "Store::permit calls it once the journal is in"))]
    pub(crate) fn granted(entry: EntryId, incident: Option<IncidentId>, rows: u64) -> Self {
        let domain = incident.map_or(Domain::Service, Domain::Incident);
        Self { entry, domain, left: rows, opened: 0 }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("entry", &self.entry)
            .field("domain", &self.domain)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
