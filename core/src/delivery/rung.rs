//! The rungs of the ladder.

use serde::{Deserialize, Serialize};

/// One way to reach a person. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// A long message to the handset: one submit, one receipt.
    Lms = 1,
    /// Short messages, in as many segments as the text takes.
    Sms = 2,
    /// Electronic mail.
    Email = 3,
    /// A letter by post.
    Letter = 4,
    /// Public posting, where the law allows it and nothing else is left.
    Posting = 5,
}

impl Rung {
    /// All rungs, in the usual order of a ladder.
    pub const ALL: [Self; 5] = [Self::Lms, Self::Sms, Self::Email, Self::Letter, Self::Posting];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.code() == code)
    }

    /// The word for it in files, JSON and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lms => "lms",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Letter => "letter",
            Self::Posting => "posting",
        }
    }
}
