//! Revisions of a cohort: which lines were exposed. A draft is filled and hashed, then it never changes.

use chrono::{DateTime, Utc};
use simrecall_core::cohort::{Diff, Exposure, FactSet, ItemSet, RevisionHash, RevisionHasher};
use simrecall_core::id::{IncidentId, LineId, RevisionNo, SnapshotNo, SubscriberId};

use crate::bucket::BucketRange;
use crate::bulk::{self, BigTable, Stored};
use crate::error::StoreError;
use crate::schema;
use crate::seal::{IncidentKeys, Table};
use crate::store::Store;
use crate::tx::{Tx, forward};
use crate::types::{At, Id};

/// Rows read or removed at a time.
const PAGE: u64 = 20_000;

/// A revision to be filled.
#[derive(Debug, Clone)]
pub struct NewRevision {
    /// The incident.
    pub incident: IncidentId,
    /// The registry snapshot its lines were resolved with.
    pub snapshot: SnapshotNo,
    /// Where the list came from, in words.
    pub provenance: String,
    /// Up to when the data it was made from reaches.
    pub data_cutoff: DateTime<Utc>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
}

/// Where a revision stands. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionState {
    /// Being filled; can be dropped.
    Draft = 1,
    /// Complete and hashed; cannot change any more.
    Ready = 2,
}

impl RevisionState {
    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }
}

/// A revision of an incident's cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The incident.
    pub incident: IncidentId,
    /// Its number, from 1.
    pub no: RevisionNo,
    /// The registry snapshot its lines were resolved with.
    pub snapshot: SnapshotNo,
    /// The hash of its content; none while it is a draft.
    pub hash: Option<RevisionHash>,
    /// How many lines; 0 while it is a draft.
    pub lines: u64,
    /// How many rows of the list could not be resolved to a line.
    pub unresolved: u64,
    /// Where the list came from.
    pub provenance: String,
    /// Up to when the data it was made from reaches.
    pub data_cutoff: DateTime<Utc>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// Draft or ready.
    pub state: RevisionState,
}

/// An exposure to be loaded.
#[derive(Debug, Clone)]
pub struct NewExposure {
    /// Line, holder, facts.
    pub exposure: Exposure,
    /// What the list said of the line beyond the registry; sealed on the way in.
    pub record: Option<Vec<u8>>,
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::revision, treat_none_as_default_value = false)]
pub(crate) struct RevisionRow {
    pub(crate) incident: Id,
    pub(crate) no: i32,
    pub(crate) snapshot: i32,
    pub(crate) sha256: Option<Vec<u8>>,
    pub(crate) lines: i64,
    pub(crate) unresolved: i64,
    pub(crate) provenance: String,
    pub(crate) data_cutoff: At,
    pub(crate) created_at: At,
    pub(crate) state: i16,
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::exposure, treat_none_as_default_value = false)]
pub(crate) struct ExposureRow {
    pub(crate) bucket: i16,
    pub(crate) incident: Id,
    pub(crate) revision: i32,
    pub(crate) holder: Id,
    pub(crate) line: Id,
    pub(crate) possible: i32,
    pub(crate) confirmed: i32,
    pub(crate) exposed_at: At,
    pub(crate) sealed: Option<Vec<u8>>,
}

forward! { cohort:
    /// Begins a draft; its number is the incident's last one plus one.
    pub fn begin_revision(new: &NewRevision) -> RevisionNo;
    /// Makes a draft final. Refused when it has not exactly `lines` exposures, so nothing slipped in after hashing.
    pub fn finish_revision(incident: IncidentId, no: RevisionNo, content: &RevisionContent) -> ();
    /// One revision.
    pub fn revision(incident: IncidentId, no: RevisionNo) -> Option<Revision>;
    /// The latest revision that is ready.
    pub fn latest_revision(incident: IncidentId) -> Option<Revision>;
    /// All revisions of an incident, drafts included, oldest first.
    pub fn revisions(incident: IncidentId) -> Vec<Revision>;
    /// The exposures of a range of buckets, in order of holder and line.
    pub fn exposures_in(incident: IncidentId, no: RevisionNo, range: BucketRange) -> Vec<Exposure>;
    /// The exposures of one holder.
    pub fn exposures_of(incident: IncidentId, no: RevisionNo, holder: SubscriberId) -> Vec<Exposure>;
    /// What the revision says of these lines of these holders, in order of holder and line; what it does not have is left out.
    pub fn exposures_at(incident: IncidentId, no: RevisionNo, lines: &[(SubscriberId, LineId)]) -> Vec<Exposure>;
    /// The sealed record of one exposure; [`exposure_row`] names the row to a permit.
    pub fn sealed_exposure(incident: IncidentId, no: RevisionNo, holder: SubscriberId, line: LineId) -> Option<Vec<u8>>;
    /// What changed from one revision to another: a line whose holder differs counts as removed and added.
    pub fn diff(incident: IncidentId, from: RevisionNo, to: RevisionNo) -> Diff;
    pub(crate) fn put_exposures(rows: &[ExposureRow]) -> ();
    pub(crate) fn exposures_in_half(incident: IncidentId, no: RevisionNo, range: BucketRange, half: Half) -> Vec<Exposure>;
    pub(crate) fn drop_exposures(incident: IncidentId, no: RevisionNo, range: BucketRange) -> u64;
    pub(crate) fn drop_revision(incident: IncidentId, no: RevisionNo) -> bool;
    pub(crate) fn count_exposures(incident: IncidentId, no: RevisionNo) -> u64;
}

/// What a draft was found to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionContent {
    /// The hash over all exposures.
    pub hash: RevisionHash,
    /// How many there are.
    pub lines: u64,
    /// How many rows of the list are in none of them.
    pub unresolved: u64,
}

/// Ids by their first bit, which the bucket leaves out: all of the lower half sort before the upper one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Lower,
    Upper,
}

impl Half {
    /// The smallest id of the upper half.
    pub(crate) const MIDDLE: Id = Id([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

impl Stored for ExposureRow {
    const TABLE: BigTable = BigTable::Exposure;

    fn put(tx: &mut Tx<'_>, rows: &[Self]) -> Result<(), StoreError> {
        tx.put_exposures(rows)
    }
}

impl Store {
    /// Fills a draft, sealing each record. A line that is there twice is a conflict.
    ///
    /// The first load of all is one transaction; later ones commit batch by batch, and what a failure leaves behind goes with
    /// [`Store::drop_draft_revision`].
    pub fn load_exposures<E: From<StoreError>>(
        &self,
        keys: &IncidentKeys,
        no: RevisionNo,
        exposures: impl IntoIterator<Item = Result<NewExposure, E>>,
    ) -> Result<u64, E> {
        let rows = exposures.into_iter().map(|new| Ok(sealed_row(keys, no, &new?)?));
        bulk::load(self, rows)
    }

    /// Visits all exposures of a revision in ascending order of (holder, line), a page in memory at a time.
    pub fn each_exposure<E: From<StoreError>>(
        &self,
        incident: IncidentId,
        no: RevisionNo,
        mut visit: impl FnMut(&Exposure) -> Result<(), E>,
    ) -> Result<(), E> {
        let rows = self.read(|tx| tx.count_exposures(incident, no))?;
        for half in [Half::Lower, Half::Upper] {
            for range in BucketRange::covering(rows, PAGE) {
                let page = self.read(|tx| tx.exposures_in_half(incident, no, range, half))?;
                page.iter().try_for_each(&mut visit)?;
            }
        }
        Ok(())
    }

    /// Hashes what a revision holds, draft or ready.
    pub fn hash_revision(
        &self,
        incident: IncidentId,
        no: RevisionNo,
    ) -> Result<(RevisionHash, u64), StoreError> {
        let mut hasher = RevisionHasher::default();
        self.each_exposure(incident, no, |exposure| {
            hasher.push(exposure).map_err(|_| StoreError::Damaged("exposure"))
        })?;
        Ok(hasher.finish())
    }

    /// Removes a draft with all that was loaded into it. A ready revision is refused.
    pub fn drop_draft_revision(
        &self,
        incident: IncidentId,
        no: RevisionNo,
    ) -> Result<(), StoreError> {
        let rows = self.read(|tx| tx.count_exposures(incident, no))?;
        for range in BucketRange::covering(rows, PAGE) {
            self.write(|tx| tx.drop_exposures(incident, no, range))?;
        }
        let dropped = self.write(|tx| tx.drop_revision(incident, no))?;
        if dropped { Ok(()) } else { Err(StoreError::NotFound("draft revision")) }
    }
}

/// The row key an exposure's record is bound to.
pub fn exposure_row(no: RevisionNo, holder: SubscriberId, line: LineId) -> [u8; 36] {
    let mut row = [0; 36];
    let parts = no.0.to_be_bytes().into_iter().chain(*holder.as_bytes()).chain(*line.as_bytes());
    row.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    row
}

fn sealed_row(
    keys: &IncidentKeys,
    no: RevisionNo,
    new: &NewExposure,
) -> Result<ExposureRow, StoreError> {
    let Exposure { holder, line, facts, exposed_at } = new.exposure;
    let row = exposure_row(no, holder, line);
    let sealed = new.record.as_ref().map(|record| keys.seal(Table::Exposure, &row, record));
    Ok(ExposureRow {
        bucket: holder.bucket().get(),
        incident: keys.incident().into(),
        revision: no.0,
        holder: holder.into(),
        line: line.into(),
        possible: facts.possible().bits(),
        confirmed: facts.confirmed().bits(),
        exposed_at: exposed_at.into(),
        sealed: sealed.transpose().map_err(|_| StoreError::Seal("exposure"))?,
    })
}

impl TryFrom<(Id, Id, i32, i32, At)> for ExposureOf {
    type Error = StoreError;

    fn try_from(row: (Id, Id, i32, i32, At)) -> Result<Self, StoreError> {
        let (holder, line, possible, confirmed, exposed_at) = row;
        let items = |bits| ItemSet::from_bits(bits).ok_or(StoreError::Damaged("exposure"));
        Ok(Self(Exposure {
            holder: holder.into(),
            line: line.into(),
            facts: FactSet::new(items(possible)?, items(confirmed)?),
            exposed_at: exposed_at.into(),
        }))
    }
}

/// An exposure read back from its row.
pub(crate) struct ExposureOf(pub(crate) Exposure);

impl TryFrom<RevisionRow> for Revision {
    type Error = StoreError;

    fn try_from(row: RevisionRow) -> Result<Self, StoreError> {
        let damaged = StoreError::Damaged("revision");
        let hash = row.sha256.map(|bytes| bytes.try_into().map(RevisionHash)).transpose();
        let state = match row.state {
            1 => RevisionState::Draft,
            2 => RevisionState::Ready,
            _ => return Err(damaged),
        };
        Ok(Self {
            incident: row.incident.into(),
            no: RevisionNo(row.no),
            snapshot: SnapshotNo(row.snapshot),
            hash: hash.map_err(|_| damaged)?,
            lines: row.lines.unsigned_abs(),
            unresolved: row.unresolved.unsigned_abs(),
            provenance: row.provenance,
            data_cutoff: row.data_cutoff.into(),
            created_at: row.created_at.into(),
            state,
        })
    }
}
