//! Waves: what a plan writes, who signs it, and how it is let go or given up.

use chrono::{DateTime, Utc};
use diesel::{Insertable, Queryable, Selectable};
use simrecall_core::cohort::FactSet;
use simrecall_core::delivery::{ChunkKind, Rung, RungSet};
use simrecall_core::id::{
    ChunkNo, IncidentId, LineId, NoticeId, RevisionNo, SnapshotNo, StaffId, SubscriberId,
    TargetKey, WaveNo,
};
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_core::subscriber::RecipientRole;
use simrecall_core::wave::WaveState;

use crate::bucket::BucketRange;
use crate::error::StoreError;
use crate::schema;
use crate::tx::forward;
use crate::types::{At, Id};

/// What a plan starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWave {
    /// The incident.
    pub incident: IncidentId,
    /// What is true.
    pub revision: RevisionNo,
    /// Who can be reached where.
    pub snapshot: SnapshotNo,
    /// Contacts count as they were then.
    pub cutoff: DateTime<Utc>,
    /// When the plan was begun.
    pub planned_at: DateTime<Utc>,
}

/// How much a plan holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanCounts {
    /// People with a notice.
    pub persons: i64,
    /// Lines those notices speak of.
    pub lines: i64,
    /// Primary targets.
    pub targets: i64,
    /// Copies beside them.
    pub copies: i64,
    /// Lines without a notice, each with a reason.
    pub left_out: i64,
}

/// One wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Its number.
    pub no: WaveNo,
    /// The incident.
    pub incident: IncidentId,
    /// What was true.
    pub revision: RevisionNo,
    /// Who could be reached where.
    pub snapshot: SnapshotNo,
    /// Contacts count as they were then.
    pub cutoff: DateTime<Utc>,
    /// Where it is.
    pub state: WaveState,
    /// What is signed.
    pub statement: Option<String>,
    /// The hash of what is signed.
    pub statement_sha256: Option<[u8; 32]>,
    /// How much the plan holds.
    pub counts: PlanCounts,
    /// Notices a cancellation took back.
    pub withdrawn: i64,
    /// When the plan was begun.
    pub planned_at: DateTime<Utc>,
    /// When it was released.
    pub released_at: Option<DateTime<Utc>>,
    /// When it was done or cancelled.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A wave's columns.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::wave)]
pub(crate) struct WaveFields {
    no: i32,
    incident: Id,
    revision: i32,
    snapshot: i32,
    cutoff: At,
    state: i16,
    statement: Option<String>,
    statement_sha256: Option<Vec<u8>>,
    persons: i64,
    lines: i64,
    targets: i64,
    copies: i64,
    left_out: i64,
    withdrawn: i64,
    planned_at: At,
    released_at: Option<At>,
    closed_at: Option<At>,
}

impl TryFrom<WaveFields> for Wave {
    type Error = StoreError;

    fn try_from(row: WaveFields) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("wave");
        let hash = row.statement_sha256.map(|bytes| <[u8; 32]>::try_from(bytes.as_slice()));
        Ok(Self {
            no: WaveNo(row.no),
            incident: row.incident.into(),
            revision: RevisionNo(row.revision),
            snapshot: SnapshotNo(row.snapshot),
            cutoff: row.cutoff.into(),
            state: WaveState::from_code(row.state).ok_or_else(damaged)?,
            statement: row.statement,
            statement_sha256: hash.transpose().map_err(|_| damaged())?,
            counts: PlanCounts {
                persons: row.persons,
                lines: row.lines,
                targets: row.targets,
                copies: row.copies,
                left_out: row.left_out,
            },
            withdrawn: row.withdrawn,
            planned_at: row.planned_at.into(),
            released_at: row.released_at.map(Into::into),
            closed_at: row.closed_at.map(Into::into),
        })
    }
}

/// One recipient of one notice, frozen by the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// Its place; the copies of a notice stand right after its primary target, in the same chunk.
    pub key: TargetKey,
    /// Whose notice it is.
    pub person: SubscriberId,
    /// The notice.
    pub notice: NoticeId,
    /// As whom the recipient is told.
    pub role: RecipientRole,
    /// The rungs the contact allows.
    pub reach: RungSet,
    /// Contact and variables, sealed for [`target_row`](crate::seal::target_row) of `key`.
    pub sealed: Vec<u8>,
}

/// One notice. The same person with the same facts is refused, whatever the wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// The incident.
    pub incident: IncidentId,
    /// Who is told.
    pub person: SubscriberId,
    /// What they are told, and what they were told before, as one hash.
    pub facts_sha256: [u8; 32],
    /// Its id.
    pub notice: NoticeId,
    /// What it is.
    pub kind: NoticeKind,
    /// In which language.
    pub language: Language,
    /// Its one primary target, which names the wave.
    pub primary: TargetKey,
    /// How many copies stand right after the primary target.
    pub copies: i16,
}

/// What one notice newly says of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// The incident.
    pub incident: IncidentId,
    /// Who is told.
    pub person: SubscriberId,
    /// Of which line.
    pub line: LineId,
    /// In which wave.
    pub wave: WaveNo,
    /// What.
    pub facts: FactSet,
}

/// A line of the revision without a notice in this wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// The wave.
    pub wave: WaveNo,
    /// Whose line.
    pub person: SubscriberId,
    /// The line.
    pub line: LineId,
    /// The reason's code.
    pub reason: i16,
}

/// Which part of a wave a chunk belongs to. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The few who go first.
    Canary = 1,
    /// Everybody else.
    Main = 2,
}

impl Stage {
    /// Both stages, in code order.
    pub const ALL: [Self; 2] = [Self::Canary, Self::Main];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }
}

/// A chunk the plan makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChunk {
    /// The wave.
    pub wave: WaveNo,
    /// Its number, from 1.
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
    /// Not leased before.
    pub not_before: DateTime<Utc>,
    /// How many targets it covers.
    pub n: i32,
}

/// A signature under a wave's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// The wave.
    pub wave: WaveNo,
    /// Who signed.
    pub staff: StaffId,
    /// In which role, by its code.
    pub role: i16,
    /// What was signed.
    pub statement_sha256: [u8; 32],
    /// The Ed25519 signature over it.
    pub signature: [u8; 64],
    /// When.
    pub at: DateTime<Utc>,
}

/// An approval's columns.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = schema::approval, treat_none_as_default_value = false)]
pub(crate) struct ApprovalFields {
    wave: i32,
    staff: Id,
    role: i16,
    statement_sha256: Vec<u8>,
    signature: Vec<u8>,
    at: At,
}

impl From<&ApprovalRow> for ApprovalFields {
    fn from(row: &ApprovalRow) -> Self {
        Self {
            wave: row.wave.0,
            staff: row.staff.into(),
            role: row.role,
            statement_sha256: row.statement_sha256.to_vec(),
            signature: row.signature.to_vec(),
            at: row.at.into(),
        }
    }
}

impl TryFrom<ApprovalFields> for ApprovalRow {
    type Error = StoreError;

    fn try_from(row: ApprovalFields) -> Result<Self, StoreError> {
        let damaged = StoreError::Damaged("approval");
        let (Ok(statement_sha256), Ok(signature)) =
            (row.statement_sha256.as_slice().try_into(), row.signature.as_slice().try_into())
        else {
            return Err(damaged);
        };
        Ok(Self {
            wave: WaveNo(row.wave),
            staff: row.staff.into(),
            role: row.role,
            statement_sha256,
            signature,
            at: row.at.into(),
        })
    }
}

/// What staff may turn while a wave goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Control {
    /// No new intents.
    pub paused: bool,
    /// Messages a second, when slower than approved.
    pub pace: Option<i32>,
}

/// What a cancellation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled {
    /// People who may have been told, and stay told.
    pub kept: i64,
    /// People whose notices were withdrawn; they are owed again.
    pub withdrawn: i64,
    /// The ledger's mark after it.
    pub mark: i64,
}

forward! { ledger_plan:
    /// Begins a wave; nothing of it can be signed before [`Tx::finish_plan`](crate::Tx::finish_plan). Refused while the
    /// incident has another draft.
    pub fn insert_wave(wave: &NewWave) -> WaveNo;
    /// Takes away an incident's draft, with all its rows.
    pub fn drop_draft(incident: IncidentId) -> Option<WaveNo>;
    /// Adds targets.
    pub fn load_targets(targets: &[NewTarget]) -> ();
    /// Adds notices. A conflict means that somebody would be told the same twice.
    pub fn load_notices(notices: &[NewNotice]) -> ();
    /// Adds what the notices say.
    pub fn load_tellings(tellings: &[Telling]) -> ();
    /// Adds lines without a notice.
    pub fn load_left_out(lines: &[LeftOut]) -> ();
    /// Adds chunks.
    pub fn insert_chunks(chunks: &[NewChunk]) -> ();
    /// The plan's last row is in: from now on it can be signed.
    pub fn finish_plan(wave: WaveNo, counts: &PlanCounts, statement: &str, sha256: &[u8; 32]) -> ();
    /// What people were told, in waves that were released; a cancelled wave counts only with those it may have reached.
    /// In the order of bucket, person and line; a line can come more than once.
    pub fn told_in(incident: IncidentId, range: BucketRange) -> Vec<(SubscriberId, simrecall_core::wave::Telling)>;
    /// What one wave tells, in the order of bucket, person and line.
    pub fn tellings_of(wave: WaveNo, range: BucketRange) -> Vec<Telling>;
    /// The lines one wave leaves out, in the order of bucket, person and line.
    pub fn left_out_of(wave: WaveNo, range: BucketRange) -> Vec<LeftOut>;
    /// One wave.
    pub fn wave(no: WaveNo) -> Option<Wave>;
    /// An incident's waves, oldest first.
    pub fn waves_of(incident: IncidentId) -> Vec<Wave>;
}

forward! { ledger_wave:
    /// Adds a signature to a draft. Refused when the hash is not the draft's.
    pub fn insert_approval(approval: &ApprovalRow) -> ();
    /// The signatures under a wave's statement, oldest first.
    pub fn approvals(wave: WaveNo) -> Vec<ApprovalRow>;
    /// Lets a draft go. Refused when the hash is not the draft's, or when any wave of the incident was released or
    /// cancelled since the plan. Returns the ledger's mark.
    pub fn release(wave: WaveNo, statement_sha256: &[u8; 32], now: DateTime<Utc>) -> i64;
    /// Gives a released wave up: takes every lease, and withdraws the notices of all who cannot have been told.
    pub fn cancel(wave: WaveNo, now: DateTime<Utc>) -> Cancelled;
    /// Nothing is left to do for any target.
    pub fn finish_wave(wave: WaveNo, now: DateTime<Utc>) -> ();
    /// What staff have turned; never touched means not paused and as fast as approved.
    pub fn control(wave: WaveNo) -> Control;
    /// Turns it.
    pub fn set_control(wave: WaveNo, control: Control, now: DateTime<Utc>) -> ();
    /// Gives the ledger its name, once; the name it has, if it has one.
    pub fn begin_ledger(ledger: [u8; 16]) -> [u8; 16];
    /// The ledger's name, and how many binding commits it has seen.
    pub fn ledger_mark() -> Option<([u8; 16], i64)>;
}
