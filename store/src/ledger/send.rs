//! Sending: leases on chunks, intents, outcomes, follow-ups.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::delivery::{ChunkKind, IllegalMove, OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey, WaveNo};

use super::{NewReceipt, News, Recent, Stage};
use crate::tx::forward;

/// Who asks for a chunk, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct LeaseRequest<'a> {
    /// Of which wave.
    pub wave: WaveNo,
    /// The rungs whose routes the asker owns.
    pub rungs: &'a [Rung],
    /// Countries whose law forbids sending now.
    pub blocked: &'a [String],
    /// Now.
    pub now: DateTime<Utc>,
    /// When the lease is to run out.
    pub until: DateTime<Utc>,
    /// A fresh random token.
    pub token: [u8; 16],
}

/// A chunk on lease: whoever has the token, until the lease runs out.
#[derive(Clone, PartialEq, Eq)]
pub struct LeasedChunk {
    /// The wave.
    pub wave: WaveNo,
    /// The chunk.
    pub no: ChunkNo,
    /// Why it exists.
    pub kind: ChunkKind,
    /// Over which rung it goes.
    pub rung: Rung,
    /// Its stage.
    pub stage: Stage,
    /// The one country of all its targets; empty for the carrier's own.
    pub country: String,
    /// How many targets it covers.
    pub n: i32,
    /// Somebody else had it and let the lease run out: intents without a result may be theirs.
    pub retaken: bool,
    /// What proves the lease.
    pub token: [u8; 16],
}

impl fmt::Debug for LeasedChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wave, no, kind, rung, n, retaken, .. } = self;
        write!(f, "LeasedChunk({wave}.{no}, {kind:?}, {rung:?}, n: {n}, retaken: {retaken})")
    }
}

/// An intent: what is about to be submitted for one target.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// Its name; the database refuses the same try twice.
    pub key: AttemptKey,
    /// The SHA-256 of the rendered text.
    pub text_sha256: [u8; 32],
    /// In how many parts; 1 at least.
    pub parts: i16,
    /// The attempt before it may have gone out.
    pub resend: bool,
    /// Blind index of the destination under the service key, where the rung has one.
    pub destination: Option<[u8; 16]>,
}

impl fmt::Debug for NewAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewAttempt({}, parts: {}, resend: {})", self.key, self.parts, self.resend)
    }
}

/// What became of a batch of intents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentResult {
    /// They are durable; only now may they be submitted.
    Committed {
        /// The ledger's mark.
        mark: i64,
        /// Told in the meantime: no intent was written, do not submit.
        not_needed: Vec<TargetKey>,
    },
    /// The wave is paused; nothing was written.
    Paused,
    /// The wave is not released any more; nothing was written.
    Closed,
}

/// How an outcome was learnt. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettledBy {
    /// The network's answer to the submission.
    Answer = 1,
    /// A receipt with the network's id.
    Receipt = 2,
    /// A receipt that echoed our reference to the right destination.
    Reference = 3,
    /// The carrier's own records.
    Record = 4,
    /// Our own patience.
    Patience = 5,
    /// The policy for doubt.
    Policy = 6,
    /// The sender died between the intent and the result.
    Crash = 7,
    /// The database came back from an older copy.
    Restore = 8,
}

impl SettledBy {
    /// All ways, in code order.
    pub const ALL: [Self; 8] = [
        Self::Answer,
        Self::Receipt,
        Self::Reference,
        Self::Record,
        Self::Patience,
        Self::Policy,
        Self::Crash,
        Self::Restore,
    ];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// One thing learnt about an attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOutcome {
    /// The attempt.
    pub attempt: AttemptKey,
    /// Of which part, from 1; 0 speaks for all parts.
    pub part: i16,
    /// What.
    pub kind: OutcomeKind,
    /// When.
    pub at: DateTime<Utc>,
    /// The network's code.
    pub code: Option<String>,
    /// The network's id for the part, if it gave one; a receipt with that id finds the attempt from now on.
    pub provider_id: Option<String>,
    /// How it was learnt.
    pub settled_by: SettledBy,
}

impl fmt::Debug for NewOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempt, part, kind, code, settled_by, .. } = self;
        write!(f, "NewOutcome({attempt} part {part}: {kind:?}, {code:?}, {settled_by:?})")
    }
}

/// What one outcome changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The attempt.
    pub attempt: AttemptKey,
    /// Of which part.
    pub part: i16,
    /// What was learnt.
    pub kind: OutcomeKind,
    /// Whether it was new; a repeat changes nothing.
    pub is_new: bool,
    /// How the attempt stood before it.
    pub before: Standing,
    /// How it stands after it.
    pub after: Standing,
    /// It cannot be an outcome of that attempt; nothing was written.
    pub refused: Option<IllegalMove>,
}

/// What a batch of outcomes changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The ledger's mark.
    pub mark: i64,
    /// One for each outcome, in order; then those of waiting receipts that matched.
    pub applied: Vec<Applied>,
}

/// All that a turn of the sender writes, in the order in which it is written.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// What the network answered.
    pub outcomes: &'a [NewOutcome],
    /// Receipts, by route; they may be about what the answers say was taken.
    pub receipts: &'a BTreeMap<String, Vec<NewReceipt>>,
    /// What is about to be submitted.
    pub intents: &'a [Intents<'a>],
    /// Now.
    pub now: DateTime<Utc>,
}

/// Intents of one chunk.
#[derive(Debug, Clone)]
pub struct Intents<'a> {
    /// The chunk that carries them out.
    pub chunk: &'a LeasedChunk,
    /// The route they take.
    pub route: &'a str,
    /// The intents.
    pub new: Vec<NewAttempt>,
}

/// What became of a turn.
#[derive(Debug)]
pub struct TurnDone {
    /// The ledger's mark.
    pub mark: i64,
    /// One for each outcome, in order; then those of receipts that matched something.
    pub applied: Vec<Applied>,
    /// One for each chunk's intents, in order.
    pub intents: Vec<IntentResult>,
    /// For the sender's memory, once the transaction has committed.
    pub news: News,
}

/// Targets that go again, in a new chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFollowUps {
    /// The wave.
    pub wave: WaveNo,
    /// Why.
    pub kind: ChunkKind,
    /// Over which rung.
    pub rung: Rung,
    /// Lower goes first.
    pub priority: i16,
    /// Not leased before.
    pub not_before: DateTime<Utc>,
    /// The targets, each with the try whose fate is the cause (0: none yet). A cause that is listed already is left out.
    pub targets: Vec<(TargetKey, i16)>,
}

forward! { ledger_lease:
    /// Leases the next chunk of a released wave that is due and goes over one of the rungs asked for: the canary first, then by
    /// priority. A chunk whose lease ran out is retaken.
    pub fn lease_chunk(asked: &LeaseRequest<'_>) -> Option<LeasedChunk>;
    /// Keeps a lease. It fails when the lease is not ours any more.
    pub fn renew_chunk(chunk: &LeasedChunk, now: DateTime<Utc>, until: DateTime<Utc>) -> ();
    /// Gives a chunk back, undone.
    pub fn release_chunk(chunk: &LeasedChunk) -> ();
    /// Every target it covers has a result.
    pub fn finish_chunk(chunk: &LeasedChunk) -> ();
    /// Lists targets in a new chunk for each country they are of; none when every cause is listed already.
    pub fn append_chunk(new: &NewFollowUps) -> Vec<(ChunkNo, usize)>;
}

forward! { ledger_commit:
    /// Writes intents, if the lease is still ours and the wave is neither paused nor closed. Counts rise with them.
    pub fn commit_intents(chunk: &LeasedChunk, route: &str, now: DateTime<Utc>, intents: &[NewAttempt]) -> IntentResult;
    /// Writes what was learnt: outcomes, the network's ids, doubt, waiting receipts that now match, counters.
    pub fn commit_outcomes(outcomes: &[NewOutcome]) -> Committed;
    /// Writes a turn in one pass: answers, receipts, intents. What `recent` holds is not read, unless somebody else has
    /// committed since; [`Recent::learn`] takes the news in once the transaction has committed.
    pub fn commit_turn(turn: &Turn<'_>, recent: &Recent) -> TurnDone;
    /// Whatever intents of this chunk have no result belong to a sender that died: nobody knows their fate.
    pub fn doubt_open_intents(chunk: &LeasedChunk, now: DateTime<Utc>) -> Vec<Applied>;
    /// After a restore: writes attempts that an older copy of the ledger does not know, as in doubt.
    pub fn adopt_attempts(rung: Rung, route: &str, now: DateTime<Utc>, attempts: &[NewAttempt]) -> Committed;
}
