//! What a wave says, word for word, and the codes by which one message is known again.

use chrono::{DateTime, Utc};
use simrecall_core::id::{TargetKey, WaveNo};
use simrecall_core::notice::Wording;

use crate::tx::forward;

/// A wording of a wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWording {
    /// The wave.
    pub wave: WaveNo,
    /// Its number within the wave, from 1.
    pub no: i32,
    /// The text with its gaps.
    pub wording: Wording,
    /// The number, address or name it comes from.
    pub sender: String,
    /// Not sent before.
    pub window_from: DateTime<Utc>,
    /// Not sent after; none while nobody knows.
    pub window_until: Option<DateTime<Utc>>,
}

/// A wording as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptWording {
    /// What was registered.
    pub new: NewWording,
    /// The wording's own hash.
    pub sha256: [u8; 32],
    /// When its wave was released; none for a draft, whose wordings nobody was sent.
    pub released_at: Option<DateTime<Utc>>,
}

/// A code that stands in one target's message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NewCode {
    /// Keyed hash of code and number.
    pub code: [u8; 16],
    /// The target.
    pub target: TargetKey,
}

impl std::fmt::Debug for NewCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCode({}.{})", self.target.chunk, self.target.pos)
    }
}

/// How often codes may be asked in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryLimits {
    /// For one number.
    pub per_number: i32,
    /// For all numbers together.
    pub in_all: i64,
}

forward! { wording:
    /// Adds the wordings of a wave that is being planned.
    pub fn load_wordings(wordings: &[NewWording]) -> ();
    /// The wordings of one wave, in order.
    pub fn wordings(wave: WaveNo) -> Vec<KeptWording>;
    /// The wordings of every wave, drafts included, oldest wave first.
    pub fn all_wordings() -> Vec<KeptWording>;
    /// Adds the codes of a wave that is being planned.
    pub fn load_codes(codes: &[NewCode]) -> ();
    /// The targets in whose messages a code stands, in order.
    pub fn code_targets(code: &[u8; 16]) -> Vec<TargetKey>;
    /// Counts a question for a number (a keyed hash) in the hour that began then, unless a limit is reached: then it says
    /// no and counts nothing, so that a flood of questions leaves no rows.
    pub fn count_code_try(number: &[u8; 16], hour: DateTime<Utc>, limits: TryLimits) -> bool;
    /// Forgets the hours before.
    pub fn forget_code_tries(before: DateTime<Utc>) -> usize;
}
