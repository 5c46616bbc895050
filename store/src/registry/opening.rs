//! Rows read back: closed, and opened under a permit.

use simrecall_core::id::{LineId, SnapshotNo, SubscriberId};
use simrecall_core::notice::Language;
use simrecall_core::subscriber::{HeldLine, Party, Service, Subscriber, SubscriberKind};

use super::{
    Holding, LineRow, SealedLine, SealedParty, SealedSubscriber, Snapshot, SnapshotRow,
    SnapshotState, SubscriberRow, line_row, subscriber_row,
};
use crate::error::StoreError;
use crate::permit::{OpenError, Permit};
use crate::seal::{IncidentKeys, SealError, Table};

impl SealedSubscriber {
    /// Opens the record; it counts as one row of the permit.
    pub fn open(&self, permit: &mut Permit, keys: &IncidentKeys) -> Result<Subscriber, OpenError> {
        let row = subscriber_row(self.snapshot, self.id);
        let plain = permit.open(keys, Table::Subscriber, &row, &self.sealed)?;
        Ok(Subscriber {
            id: self.id,
            kind: self.kind,
            brand: self.brand.clone(),
            language: self.language,
            guardian: self.guardian,
            contact: self.contact,
            country: self.country.clone(),
            record: read(Table::Subscriber, &plain)?,
        })
    }
}

impl SealedLine {
    /// Opens the record; it counts as one row of the permit.
    pub fn open(&self, permit: &mut Permit, keys: &IncidentKeys) -> Result<HeldLine, OpenError> {
        let row = line_row(self.snapshot, &self.holding);
        let plain = permit.open(keys, Table::Line, &row, &self.sealed)?;
        let Holding { line, holder: _, held_from, held_to } = self.holding;
        let record = read(Table::Line, &plain)?;
        Ok(HeldLine { line, service: self.service, held_from, held_to, record })
    }
}

impl SealedParty {
    /// How many rows of a permit opening it takes.
    pub fn rows(&self) -> u64 {
        1 + u64::try_from(self.lines.len()).unwrap_or(u64::MAX - 1)
    }

    /// Opens the subscriber and every line.
    pub fn open(&self, permit: &mut Permit, keys: &IncidentKeys) -> Result<Party, OpenError> {
        let subscriber = self.subscriber.open(permit, keys)?;
        let lines: Result<_, _> = self.lines.iter().map(|line| line.open(permit, keys)).collect();
        Ok(Party { subscriber, lines: lines? })
    }
}

impl TryFrom<SnapshotRow> for Snapshot {
    type Error = StoreError;

    fn try_from(row: SnapshotRow) -> Result<Self, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("registry_snapshot");
        let state = match row.state {
            1 => SnapshotState::Draft,
            2 => SnapshotState::Ready,
            _ => return Err(DAMAGED),
        };
        let sha256 = row.sha256.map(<[u8; 32]>::try_from).transpose();
        Ok(Self {
            incident: row.incident.into(),
            no: SnapshotNo(row.no),
            as_of: row.as_of.into(),
            sha256: sha256.map_err(|_| DAMAGED)?,
            subscribers: row.subscribers.unsigned_abs(),
            lines: row.lines.unsigned_abs(),
            state,
        })
    }
}

impl TryFrom<SubscriberRow> for SealedSubscriber {
    type Error = StoreError;

    fn try_from(row: SubscriberRow) -> Result<Self, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("subscriber");
        Ok(Self {
            snapshot: SnapshotNo(row.snapshot),
            id: row.id.into(),
            kind: SubscriberKind::from_code(row.kind).ok_or(DAMAGED)?,
            brand: row.brand,
            language: Language::from_code(row.language).ok_or(DAMAGED)?,
            guardian: row.guardian.map(SubscriberId::from),
            contact: row.contact.map(SubscriberId::from),
            country: row.country,
            sealed: row.sealed,
        })
    }
}

impl TryFrom<LineRow> for SealedLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let holding = Holding {
            line: LineId::from(row.line_id),
            holder: row.holder.into(),
            held_from: row.held_from.into(),
            held_to: row.held_to.map(Into::into),
        };
        Ok(Self {
            snapshot: SnapshotNo(row.snapshot),
            holding,
            service: Service::from_code(row.service).ok_or(StoreError::Damaged("line"))?,
            sealed: row.sealed,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(table: Table, plain: &[u8]) -> Result<T, OpenError> {
    let failed = |_| OpenError::Sealed { table: table.name(), source: SealError::Format };
    serde_json::from_slice(plain).map_err(failed)
}
