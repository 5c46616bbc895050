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

/// A set of rungs, one bit each: over which of them a person can be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RungSet(i16);

impl RungSet {
    /// No rung.
    pub const EMPTY: Self = Self(0);

    /// The set with one more rung.
    #[must_use]
    pub const fn with(self, rung: Rung) -> Self {
        Self(self.0 | 1 << rung.code())
    }

    /// Whether the rung is in it.
    pub const fn contains(self, rung: Rung) -> bool {
        self.0 & (1 << rung.code()) != 0
    }

    /// The rungs, in code order.
    pub fn iter(self) -> impl Iterator<Item = Rung> {
        Rung::ALL.into_iter().filter(move |rung| self.contains(*rung))
    }
}

impl FromIterator<Rung> for RungSet {
    fn from_iter<I: IntoIterator<Item = Rung>>(rungs: I) -> Self {
        rungs.into_iter().fold(Self::EMPTY, Self::with)
    }
}
