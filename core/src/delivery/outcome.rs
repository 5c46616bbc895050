//! What can be recorded of an attempt after its intent.

use serde::{Deserialize, Serialize};

/// One thing learnt about an attempt. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The network took it and gave it an id.
    Accepted = 1,
    /// The network did not take it and said so (throttled, queue full, temporary): as if it had never been tried.
    NotAccepted = 2,
    /// The network refused it for good (no such number, bad address).
    Rejected = 3,
    /// Nobody knows whether the network took it.
    InDoubt = 4,
    /// A receipt: it reached the handset.
    Delivered = 5,
    /// A receipt: it will not reach the handset.
    Failed = 6,
    /// A receipt, or our own patience: not delivered in time.
    Expired = 7,
    /// A mail came back.
    Bounced = 8,
    /// A mail did not come back within its bounce window.
    Mailed = 9,
    /// The letter was handed to the post.
    Lettered = 10,
    /// The notice stands on the public posting.
    Published = 11,
    /// An attempt in doubt was found never to have been taken.
    NotTaken = 12,
}

impl OutcomeKind {
    /// All kinds, in code order.
    pub const ALL: [Self; 12] = [
        Self::Accepted,
        Self::NotAccepted,
        Self::Rejected,
        Self::InDoubt,
        Self::Delivered,
        Self::Failed,
        Self::Expired,
        Self::Bounced,
        Self::Mailed,
        Self::Lettered,
        Self::Published,
        Self::NotTaken,
    ];

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
            Self::Accepted => "accepted",
            Self::NotAccepted => "not_accepted",
            Self::Rejected => "rejected",
            Self::InDoubt => "in_doubt",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Bounced => "bounced",
            Self::Mailed => "mailed",
            Self::Lettered => "lettered",
            Self::Published => "published",
            Self::NotTaken => "not_taken",
        }
    }
}
