//! Permits: the only way to personal data, and a permit exists only once its journal entry has committed.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::access::Purpose;
use simrecall_core::id::{EntryId, IncidentId};
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::journal::NewEntry;
use crate::keystore::Domain;
use crate::seal::{DomainKeys, SealError, Table};
use crate::store::Store;
use crate::tx::Tx;

/// What somebody wants to open, and why. All of it goes into the journal, so none of it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermitRequest {
    /// Why.
    pub purpose: Purpose,
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

/// What makes a permit's journal entry: both random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermitIds {
    /// The entry's name.
    pub entry: EntryId,
    /// The entry's salt.
    pub salt: [u8; 16],
}

impl PermitIds {
    /// Fresh ones from the machine's random source.
    pub fn random() -> Result<Self, SealError> {
        let mut entry = [0; 16];
        let mut salt = [0; 16];
        getrandom::fill(&mut entry).map_err(|_| SealError::Random)?;
        getrandom::fill(&mut salt).map_err(|_| SealError::Random)?;
        Ok(Self { entry: EntryId::from_bytes(entry), salt })
    }
}

impl Store {
    /// Writes down who wants to open what, and why; the permit comes after the entry has committed, or not at all.
    pub fn permit(
        &self,
        request: &PermitRequest,
        now: DateTime<Utc>,
        ids: PermitIds,
    ) -> Result<Permit, StoreError> {
        self.permit_with(request, (now, ids), |_| Ok(()))
    }

    /// The same, with something that is written in the transaction of the entry: that somebody opened this, where a rule asks for it.
    pub fn permit_with(
        &self,
        request: &PermitRequest,
        (now, ids): (DateTime<Utc>, PermitIds),
        mut with: impl FnMut(&mut Tx<'_>) -> Result<(), StoreError>,
    ) -> Result<Permit, StoreError> {
        let entry = entry_of(request, now, ids);
        self.write(|tx| {
            with(tx)?;
            tx.journal(&entry).map(drop)
        })?;
        Ok(Permit::granted(ids.entry, request.incident, request.rows))
    }

    /// Two at once: both entries have committed, or neither, and then there is no permit.
    pub fn two_permits(
        &self,
        requests: [&PermitRequest; 2],
        now: DateTime<Utc>,
        ids: [PermitIds; 2],
    ) -> Result<[Permit; 2], StoreError> {
        let ([one, other], [of_one, of_other]) = (requests, ids);
        let entries = [entry_of(one, now, of_one), entry_of(other, now, of_other)];
        self.write(|tx| entries.iter().try_for_each(|entry| tx.journal(entry).map(drop)))?;
        Ok([
            Permit::granted(of_one.entry, one.incident, one.rows),
            Permit::granted(of_other.entry, other.incident, other.rows),
        ])
    }
}

/// What the journal says of a permit.
fn entry_of(request: &PermitRequest, now: DateTime<Utc>, ids: PermitIds) -> NewEntry<'_> {
    let body = serde_json::json!({
        "purpose": request.purpose.name(),
        "scope": request.scope,
        "fields": request.fields,
        "rows": request.rows,
    });
    NewEntry {
        id: ids.entry,
        incident: request.incident,
        at: now,
        kind: "permit.granted",
        actor: &request.actor,
        body,
        salt: ids.salt,
    }
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
    fn granted(entry: EntryId, incident: Option<IncidentId>, rows: u64) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::IncidentKeys;

    #[test]
    fn a_permit_opens_as_many_rows_as_it_says_and_those_of_its_incident_only() {
        let incident = IncidentId::from_bytes([1; 16]);
        let keys = IncidentKeys::derive(incident, &[7; 32]).unwrap();
        let other = IncidentKeys::derive(IncidentId::from_bytes([2; 16]), &[7; 32]).unwrap();
        let sealed = keys.seal(Table::Target, b"row", b"010-1234-5678").unwrap();
        let mut permit = Permit::granted(EntryId::from_bytes([3; 16]), Some(incident), 2);
        assert_eq!(
            permit.open(&other, Table::Target, b"row", &sealed),
            Err(OpenError::OtherDomain)
        );
        assert_eq!(permit.rows_left(), 2);
        let text = permit.open(&keys, Table::Target, b"row", &sealed).unwrap();
        assert_eq!(text.as_slice(), b"010-1234-5678");
        let wrong_row = permit.open(&keys, Table::Target, b"another", &sealed).unwrap_err();
        let altered = SealError::Altered;
        assert_eq!(wrong_row, OpenError::Sealed { table: "target", source: altered });
        assert_eq!((permit.rows_left(), permit.rows_opened()), (0, 2));
        let third = permit.open(&keys, Table::Target, b"row", &sealed);
        assert_eq!(third, Err(OpenError::UsedUp { rows: 2 }));
    }
}
