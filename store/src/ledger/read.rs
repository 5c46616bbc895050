//! Reading the ledger: chunks, targets with all that was tried, one person's history, counts.

use std::fmt;

use chrono::{DateTime, Utc};
use diesel::{Queryable, Selectable};
use simrecall_core::cohort::FactSet;
use simrecall_core::delivery::{
    AttemptState, AttemptView, ChunkKind, Intent, Rung, RungSet, Tally,
};
use simrecall_core::id::{
    AttemptKey, ChunkNo, IncidentId, LineId, NoticeId, SubscriberId, TargetKey, WaveNo,
};
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_core::subscriber::RecipientRole;

use super::Stage;
use crate::bucket::BucketRange;
use crate::error::StoreError;
use crate::schema;
use crate::tx::forward;
use crate::types::At;

/// One attempt, folded.
#[derive(Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Its name.
    pub key: AttemptKey,
    /// The chunk that carried it out.
    pub by_chunk: ChunkNo,
    /// The route it took.
    pub route: String,
    /// The intent.
    pub intent: Intent,
    /// The SHA-256 of the rendered text.
    pub text_sha256: [u8; 32],
    /// Blind index of the destination under the service key, where the rung has one.
    pub destination: Option<[u8; 16]>,
    /// What its outcomes amount to.
    pub state: AttemptState,
}

impl AttemptRecord {
    /// As core looks at it.
    pub fn view(&self) -> AttemptView {
        AttemptView {
            rung: self.intent.rung,
            at: self.intent.at,
            state: self.state.clone(),
            resend: self.intent.resend,
        }
    }
}

impl fmt::Debug for AttemptRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttemptRecord({} by {}: {:?})", self.key, self.by_chunk, self.state.standing())
    }
}

/// A later chunk that lists a target, and the try that was the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUp {
    /// The try, 0 when there was none.
    pub cause_try: i16,
    /// The chunk.
    pub chunk: ChunkNo,
}

/// One target with all that was tried.
#[derive(Clone, PartialEq, Eq)]
pub struct TargetRecord {
    /// Its place.
    pub key: TargetKey,
    /// Whose notice it is.
    pub person: SubscriberId,
    /// The notice.
    pub notice: NoticeId,
    /// As whom the recipient is told.
    pub role: RecipientRole,
    /// The rungs the contact allows.
    pub reach: RungSet,
    /// Contact and variables, sealed.
    pub sealed: Vec<u8>,
    /// Its attempts, in the order of their tries.
    pub attempts: Vec<AttemptRecord>,
    /// The later chunks that list it.
    pub follow_ups: Vec<FollowUp>,
}

impl TargetRecord {
    /// The number the next attempt gets.
    pub fn next_try(&self) -> i16 {
        self.attempts.last().map_or(1, |last| last.key.try_no.saturating_add(1))
    }

    /// Its attempts as core looks at them.
    pub fn views(&self) -> Vec<AttemptView> {
        self.attempts.iter().map(AttemptRecord::view).collect()
    }

    /// Whether a chunk made after the last attempt lists it.
    pub fn listed_after(&self) -> bool {
        let last = self.attempts.last().map_or(0, |last| last.key.try_no);
        self.follow_ups.iter().any(|follow_up| follow_up.cause_try >= last)
    }

    /// Whether any attempt told them.
    pub fn is_told(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.state.standing().is_positive())
    }
}

impl fmt::Debug for TargetRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TargetRecord")
            .field("key", &self.key)
            .field("role", &self.role)
            .field("reach", &self.reach)
            .field("attempts", &self.attempts)
            .field("follow_ups", &self.follow_ups)
            .finish_non_exhaustive()
    }
}

/// One chunk, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkRow {
    /// The wave.
    pub wave: WaveNo,
    /// Its number.
    pub no: ChunkNo,
    /// Why it exists.
    pub kind: ChunkKind,
    /// Over which rung it goes.
    pub rung: Rung,
    /// Its stage.
    pub stage: Stage,
    /// Lower goes first.
    pub priority: i16,
    /// The one country of all its targets; empty for the carrier's own.
    pub country: String,
    /// The brand that tells its targets itself, from a list; empty if we send.
    pub list: String,
    /// Not leased before.
    pub not_before: DateTime<Utc>,
    /// Whether every target it covers has had its turn.
    pub is_done: bool,
    /// When its lease runs out, if it is leased.
    pub leased_until: Option<DateTime<Utc>>,
    /// How many targets it covers.
    pub n: i32,
    /// Its counters.
    pub count: ChunkCount,
}

impl ChunkRow {
    /// Whether it is a first chunk and each of its targets was told.
    pub fn has_told_all(&self) -> bool {
        self.kind == ChunkKind::First && self.count.told + self.count.told_copies >= self.n
    }
}

/// What a chunk counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChunkCount {
    /// The attempts it carried out, by how they stand.
    pub tally: Tally,
    /// Its own primary targets that were told, by whichever chunk.
    pub told: i32,
    /// Its own copies that were told.
    pub told_copies: i32,
}

/// A chunk's columns, without the token.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::chunk)]
pub(crate) struct ChunkFields {
    wave: i32,
    no: i32,
    kind: i16,
    rung: i16,
    stage: i16,
    priority: i16,
    country: String,
    not_before: At,
    state: i16,
    lease_until: Option<At>,
    n: i32,
    open: i32,
    accepted: i32,
    not_accepted: i32,
    rejected: i32,
    in_doubt: i32,
    reached: i32,
    failed: i32,
    told: i32,
    told_copies: i32,
    list: String,
}

impl TryFrom<ChunkFields> for ChunkRow {
    type Error = StoreError;

    fn try_from(row: ChunkFields) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("chunk");
        let tally = Tally {
            open: row.open,
            accepted: row.accepted,
            not_accepted: row.not_accepted,
            rejected: row.rejected,
            in_doubt: row.in_doubt,
            reached: row.reached,
            failed: row.failed,
        };
        Ok(Self {
            wave: WaveNo(row.wave),
            no: ChunkNo(row.no),
            kind: ChunkKind::from_code(row.kind).ok_or_else(damaged)?,
            rung: Rung::from_code(row.rung).ok_or_else(damaged)?,
            stage: Stage::from_code(row.stage).ok_or_else(damaged)?,
            priority: row.priority,
            country: row.country,
            list: row.list,
            not_before: row.not_before.into(),
            is_done: row.state == CHUNK_DONE,
            leased_until: row.lease_until.map(Into::into),
            n: row.n,
            count: ChunkCount { tally, told: row.told, told_copies: row.told_copies },
        })
    }
}

/// A chunk that still has something to do, and one that has not, as stored.
pub(crate) const CHUNK_OPEN: i16 = 1;
/// See [`CHUNK_OPEN`].
pub(crate) const CHUNK_DONE: i16 = 2;

/// A set of rungs as stored: one bit for each rung's code.
pub(crate) fn rung_bits(rungs: RungSet) -> i16 {
    rungs.iter().fold(0, |bits, rung| bits | 1 << rung.code())
}

/// A set of rungs read back; bits that name no rung are left out.
pub(crate) fn rungs_of_bits(bits: i16) -> RungSet {
    Rung::ALL.into_iter().filter(|rung| bits & (1 << rung.code()) != 0).collect()
}

/// A wave in numbers, from its chunks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaveCounts {
    /// Attempts by rung and by how they stand.
    pub by_rung: Vec<(Rung, Tally)>,
    /// Primary targets told.
    pub told: i64,
    /// Copies told.
    pub told_copies: i64,
    /// Chunks with something to do.
    pub chunks_open: i64,
    /// Chunks without.
    pub chunks_done: i64,
}

/// One notice of one person, with what it said and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// The wave.
    pub wave: WaveNo,
    /// The notice.
    pub notice: NoticeId,
    /// What it is.
    pub kind: NoticeKind,
    /// In which language.
    pub language: Language,
    /// What it said of which line.
    pub tellings: Vec<(LineId, FactSet)>,
    /// Its primary target, then its copies.
    pub targets: Vec<TargetRecord>,
}

/// A notice by its keys alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeKey {
    /// Who is told.
    pub person: SubscriberId,
    /// Its primary target, which names the wave.
    pub primary: TargetKey,
}

forward! { ledger_read:
    /// The notices of all people in a range of buckets, oldest first for each person.
    pub fn notices_in(incident: IncidentId, range: BucketRange) -> Vec<NoticeKey>;
    /// A chunk's targets with all that was tried, in order: its own for a first chunk, the listed ones for any other.
    pub fn chunk_targets(wave: WaveNo, chunk: ChunkNo) -> Vec<TargetRecord>;
    /// Targets by their keys, with all that was tried, in key order. Keys without a target are left out.
    pub fn targets(keys: &[TargetKey]) -> Vec<TargetRecord>;
    /// One chunk.
    pub fn chunk(wave: WaveNo, chunk: ChunkNo) -> Option<ChunkRow>;
    /// A wave's chunks, in order.
    pub fn chunks(wave: WaveNo) -> Vec<ChunkRow>;
    /// A wave in numbers, from its chunks' counters alone.
    pub fn wave_counts(wave: WaveNo) -> WaveCounts;
    /// What a chunk's counters must be, counted again from the rows of its targets and attempts.
    pub fn recount(wave: WaveNo, chunk: ChunkNo) -> ChunkCount;
    /// One person's notices in an incident, oldest first.
    pub fn person_history(incident: IncidentId, person: SubscriberId) -> Vec<NoticeRecord>;
    /// Those of them whose wave was let go: a plan that nobody signed is not theirs to see.
    pub fn person_history_released(incident: IncidentId, person: SubscriberId) -> Vec<NoticeRecord>;
}
