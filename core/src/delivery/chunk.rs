//! Why a chunk exists.

use serde::{Deserialize, Serialize};

/// Why a chunk exists. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkKind {
    /// The plan made it: its targets are its own.
    First = 1,
    /// The same rung again, after a failure or since the network would not take it.
    Retry = 2,
    /// The same rung again although the last attempt may have gone out; flagged as a possible duplicate.
    Resend = 3,
    /// The next rung.
    Rung = 4,
}

impl ChunkKind {
    /// All kinds, in code order.
    pub const ALL: [Self; 4] = [Self::First, Self::Retry, Self::Resend, Self::Rung];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word for it in JSON and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Resend => "resend",
            Self::Rung => "rung",
        }
    }
}
