//! Registry snapshots: who held what when. A draft is loaded from the carrier's files, then it never changes.

mod opening;

use chrono::{DateTime, Utc};
use simrecall_core::id::{IncidentId, LineId, SnapshotNo, SubscriberId};
use simrecall_core::notice::Language;
use simrecall_core::subscriber::{HeldLine, Service, Subscriber, SubscriberKind};
use zeroize::Zeroizing;

use crate::bucket::BucketRange;
use crate::bulk::{self, BigTable, Stored};
use crate::error::StoreError;
use crate::schema;
use crate::seal::{Field, IncidentKeys, Table};
use crate::store::Store;
use crate::tx::{Tx, forward};
use crate::types::{At, Id};

/// Rows removed at a time.
const PAGE: u64 = 20_000;

/// Where a snapshot stands. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotState {
    /// Being loaded; can be dropped.
    Draft = 1,
    /// Complete; cannot change any more.
    Ready = 2,
}

impl SnapshotState {
    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }
}

/// One snapshot of the carrier's registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The incident it is kept for.
    pub incident: IncidentId,
    /// Its number, from 1.
    pub no: SnapshotNo,
    /// The moment it shows.
    pub as_of: DateTime<Utc>,
    /// SHA-256 of the files; none while it is a draft.
    pub sha256: Option<[u8; 32]>,
    /// How many subscribers; 0 while it is a draft.
    pub subscribers: u64,
    /// How many lines, one for each period a line was held under one number.
    pub lines: u64,
    /// Draft or ready.
    pub state: SnapshotState,
}

/// What a draft was loaded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotContent {
    /// SHA-256 of the files.
    pub sha256: [u8; 32],
    /// Subscribers loaded.
    pub subscribers: u64,
    /// Lines loaded.
    pub lines: u64,
}

/// A line to be loaded, and who held it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// Whose it was.
    pub holder: SubscriberId,
    /// The line in that time.
    pub held: HeldLine,
}

/// Who held a line, and from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The line.
    pub line: LineId,
    /// Who.
    pub holder: SubscriberId,
    /// From this moment on.
    pub held_from: DateTime<Utc>,
    /// The first moment it was not theirs; none if it still is.
    pub held_to: Option<DateTime<Utc>>,
}

/// Who held a line under an identifier that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyedHolding {
    /// The blind index asked for.
    pub key: [u8; 16],
    /// Who held which line when.
    pub holding: Holding,
    /// The blind index of the line's number in that time.
    pub msisdn: [u8; 16],
}

/// Who held a line, and under which number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldNumber {
    /// Who held which line when.
    pub holding: Holding,
    /// The blind index of its number in that time.
    pub msisdn: [u8; 16],
}

/// A subscriber whose record is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSubscriber {
    /// The snapshot it is from.
    pub snapshot: SnapshotNo,
    /// Who.
    pub id: SubscriberId,
    /// Person or company.
    pub kind: SubscriberKind,
    /// Under whose name they are customers.
    pub brand: String,
    /// What they read.
    pub language: Language,
    /// A child's guardian.
    pub guardian: Option<SubscriberId>,
    /// The person who speaks for a company.
    pub contact: Option<SubscriberId>,
    /// The country whose law follows them; empty for the carrier's own.
    pub country: String,
    /// The sealed record.
    pub sealed: Vec<u8>,
}

/// A line whose record is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLine {
    /// The snapshot it is from.
    pub snapshot: SnapshotNo,
    /// Who held which line when.
    pub holding: Holding,
    /// What it is for.
    pub service: Service,
    /// The sealed record.
    pub sealed: Vec<u8>,
}

/// A subscriber with every line they hold or held; all records closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedParty {
    /// Who.
    pub subscriber: SealedSubscriber,
    /// Their lines, past and present.
    pub lines: Vec<SealedLine>,
}

/// What a line is looked up by: a blind index made with the incident's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKey {
    /// Its number.
    Msisdn([u8; 16]),
    /// The IMSI of its card.
    Imsi([u8; 16]),
    /// The card.
    Iccid([u8; 16]),
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::registry_snapshot, treat_none_as_default_value = false)]
pub(crate) struct SnapshotRow {
    pub(crate) incident: Id,
    pub(crate) no: i32,
    pub(crate) as_of: At,
    pub(crate) sha256: Option<Vec<u8>>,
    pub(crate) subscribers: i64,
    pub(crate) lines: i64,
    pub(crate) state: i16,
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::subscriber, treat_none_as_default_value = false)]
pub(crate) struct SubscriberRow {
    pub(crate) bucket: i16,
    pub(crate) incident: Id,
    pub(crate) snapshot: i32,
    pub(crate) id: Id,
    pub(crate) language: i16,
    pub(crate) kind: i16,
    pub(crate) brand: String,
    pub(crate) guardian: Option<Id>,
    pub(crate) contact: Option<Id>,
    pub(crate) country: String,
    pub(crate) sealed: Vec<u8>,
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::line, treat_none_as_default_value = false)]
pub(crate) struct LineRow {
    pub(crate) bucket: i16,
    pub(crate) incident: Id,
    pub(crate) snapshot: i32,
    pub(crate) holder: Id,
    pub(crate) line_id: Id,
    pub(crate) held_from: At,
    pub(crate) held_to: Option<At>,
    pub(crate) service: i16,
    pub(crate) msisdn_ix: Id,
    pub(crate) imsi_ix: Option<Id>,
    pub(crate) iccid_ix: Option<Id>,
    pub(crate) sealed: Vec<u8>,
}

forward! { registry:
    /// Begins a draft; its number is the incident's last one plus one.
    pub fn begin_snapshot(incident: IncidentId, as_of: DateTime<Utc>) -> SnapshotNo;
    /// Makes a draft final. Refused when it does not hold as many rows as `content` says.
    pub fn finish_snapshot(incident: IncidentId, no: SnapshotNo, content: &SnapshotContent) -> ();
    /// One snapshot.
    pub fn snapshot(incident: IncidentId, no: SnapshotNo) -> Option<Snapshot>;
    /// The latest snapshot that is ready.
    pub fn latest_snapshot(incident: IncidentId) -> Option<Snapshot>;
    /// All snapshots of an incident, drafts included, oldest first.
    pub fn snapshots(incident: IncidentId) -> Vec<Snapshot>;
    /// Who held these lines and when, in order of line and time.
    pub fn holders_of(incident: IncidentId, no: SnapshotNo, lines: &[LineId]) -> Vec<Holding>;
    /// The subscribers in a range of buckets, in order of id.
    pub fn subscribers_in(incident: IncidentId, no: SnapshotNo, range: BucketRange) -> Vec<SealedSubscriber>;
    /// The lines of all holders in a range of buckets, in order of holder, line and time.
    pub fn lines_of_holders_in(incident: IncidentId, no: SnapshotNo, range: BucketRange) -> Vec<SealedLine>;
    /// These subscribers with all their lines, in order of id; those the snapshot does not have are left out.
    pub fn parties(incident: IncidentId, no: SnapshotNo, ids: &[SubscriberId]) -> Vec<SealedParty>;
    /// Who ever held these lines under which number: every period, in order of line, time and holder.
    pub fn numbers_of(incident: IncidentId, no: SnapshotNo, lines: &[LineId]) -> Vec<HeldNumber>;
    /// Who ever held a line with one of these IMSIs (blind indexes): in order of key, time, holder and line.
    pub fn holdings_by_imsi(incident: IncidentId, no: SnapshotNo, keys: &[[u8; 16]]) -> Vec<KeyedHolding>;
    /// Who ever held a line under one of these numbers (blind indexes): in order of key, time, holder and line.
    pub fn holdings_by_msisdn(incident: IncidentId, no: SnapshotNo, keys: &[[u8; 16]]) -> Vec<KeyedHolding>;
    /// The lines that ever had this number or card.
    pub fn find_lines(incident: IncidentId, no: SnapshotNo, key: LineKey) -> Vec<SealedLine>;
    pub(crate) fn put_subscribers(rows: &[SubscriberRow]) -> ();
    pub(crate) fn put_lines(rows: &[LineRow]) -> ();
    pub(crate) fn count_registry(incident: IncidentId, no: SnapshotNo) -> (u64, u64);
    pub(crate) fn drop_registry(incident: IncidentId, no: SnapshotNo, range: BucketRange) -> ();
    pub(crate) fn drop_snapshot(incident: IncidentId, no: SnapshotNo) -> bool;
}

impl Stored for SubscriberRow {
    const TABLE: BigTable = BigTable::Subscriber;

    fn put(tx: &mut Tx<'_>, rows: &[Self]) -> Result<(), StoreError> {
        tx.put_subscribers(rows)
    }
}

impl Stored for LineRow {
    const TABLE: BigTable = BigTable::Line;

    fn put(tx: &mut Tx<'_>, rows: &[Self]) -> Result<(), StoreError> {
        tx.put_lines(rows)
    }
}

impl Store {
    /// Loads subscribers into a draft, sealing each record. A subscriber that is there twice is a conflict.
    pub fn load_subscribers<E: From<StoreError>>(
        &self,
        keys: &IncidentKeys,
        no: SnapshotNo,
        subscribers: impl IntoIterator<Item = Result<Subscriber, E>>,
    ) -> Result<u64, E> {
        let rows = subscribers.into_iter().map(|new| Ok(subscriber(keys, no, new?)?));
        bulk::load(self, rows)
    }

    /// Loads lines into a draft, sealing each record and making its blind indexes. The same line of the same holder from the
    /// same moment twice is a conflict.
    pub fn load_lines<E: From<StoreError>>(
        &self,
        keys: &IncidentKeys,
        no: SnapshotNo,
        lines: impl IntoIterator<Item = Result<NewLine, E>>,
    ) -> Result<u64, E> {
        let rows = lines.into_iter().map(|new| Ok(line(keys, no, &new?)?));
        bulk::load(self, rows)
    }

    /// Removes a draft with all that was loaded into it. A ready snapshot is refused.
    pub fn drop_draft_snapshot(
        &self,
        incident: IncidentId,
        no: SnapshotNo,
    ) -> Result<(), StoreError> {
        let (subscribers, lines) = self.read(|tx| tx.count_registry(incident, no))?;
        for range in BucketRange::covering(subscribers.max(lines), PAGE) {
            self.write(|tx| tx.drop_registry(incident, no, range))?;
        }
        let dropped = self.write(|tx| tx.drop_snapshot(incident, no))?;
        if dropped { Ok(()) } else { Err(StoreError::NotFound("draft snapshot")) }
    }
}

/// The row key a subscriber's record is bound to.
pub fn subscriber_row(no: SnapshotNo, id: SubscriberId) -> [u8; 20] {
    joined([no.0.to_be_bytes().as_slice(), id.as_bytes()])
}

/// The row key a line's record is bound to.
pub fn line_row(no: SnapshotNo, holding: &Holding) -> [u8; 44] {
    let from = holding.held_from.timestamp_micros().to_be_bytes();
    let number = no.0.to_be_bytes();
    joined([number.as_slice(), holding.holder.as_bytes(), holding.line.as_bytes(), &from])
}

fn joined<const N: usize, const P: usize>(parts: [&[u8]; P]) -> [u8; N] {
    let mut row = [0; N];
    let bytes = parts.into_iter().flatten();
    row.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    row
}

fn subscriber(
    keys: &IncidentKeys,
    no: SnapshotNo,
    new: Subscriber,
) -> Result<SubscriberRow, StoreError> {
    const FAILED: StoreError = StoreError::Seal("subscriber");
    let record = Zeroizing::new(serde_json::to_vec(&new.record).map_err(|_| FAILED)?);
    let row = subscriber_row(no, new.id);
    let sealed = keys.seal(Table::Subscriber, &row, &record).map_err(|_| FAILED)?;
    Ok(SubscriberRow {
        bucket: new.id.bucket().get(),
        incident: keys.incident().into(),
        snapshot: no.0,
        id: new.id.into(),
        language: new.language.code(),
        kind: new.kind.code(),
        brand: new.brand,
        guardian: new.guardian.map(Id::from),
        contact: new.contact.map(Id::from),
        country: new.country,
        sealed,
    })
}

fn line(keys: &IncidentKeys, no: SnapshotNo, new: &NewLine) -> Result<LineRow, StoreError> {
    const FAILED: StoreError = StoreError::Seal("line");
    let NewLine { holder, held } = new;
    let HeldLine { line, service, held_from, held_to, record } = held;
    let holding =
        Holding { line: *line, holder: *holder, held_from: *held_from, held_to: *held_to };
    let plain = Zeroizing::new(serde_json::to_vec(record).map_err(|_| FAILED)?);
    let sealed = keys.seal(Table::Line, &line_row(no, &holding), &plain).map_err(|_| FAILED)?;
    Ok(LineRow {
        bucket: holder.bucket().get(),
        incident: keys.incident().into(),
        snapshot: no.0,
        holder: (*holder).into(),
        line_id: (*line).into(),
        held_from: (*held_from).into(),
        held_to: held_to.map(At::from),
        service: service.code(),
        msisdn_ix: Id(keys.blind(Field::Msisdn, record.msisdn.expose())),
        imsi_ix: record.imsi.as_ref().map(|imsi| Id(keys.blind(Field::Imsi, imsi.expose()))),
        iccid_ix: record.iccid.as_ref().map(|iccid| Id(keys.blind(Field::Iccid, iccid.expose()))),
        sealed,
    })
}
