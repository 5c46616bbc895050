//! What an attempt's outcomes amount to, in one word.

use serde::{Deserialize, Serialize};

/// How an attempt stands. The order is that of the evidence: what comes later in it outweighs what comes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The intent is written; no result yet, or not of all parts.
    Open,
    /// Nobody knows whether the network took it.
    InDoubt,
    /// It was in doubt and is known never to have been taken.
    NotTaken,
    /// The network did not take it and would take it later.
    NotAccepted,
    /// The network refused it for good.
    Rejected,
    /// The network took all parts.
    Accepted,
    /// The mail did not come back within its bounce window: patience, which a late bounce outweighs.
    Mailed,
    /// Not delivered in time.
    Expired,
    /// It will not be delivered.
    Failed,
    /// The mail came back.
    Bounced,
    /// The letter was handed to the post.
    Lettered,
    /// The notice stands on the public posting.
    Published,
    /// All parts reached the handset.
    Delivered,
}

impl Standing {
    /// All of them, weakest evidence first.
    pub const ALL: [Self; 13] = [
        Self::Open,
        Self::InDoubt,
        Self::NotTaken,
        Self::NotAccepted,
        Self::Rejected,
        Self::Accepted,
        Self::Mailed,
        Self::Expired,
        Self::Failed,
        Self::Bounced,
        Self::Lettered,
        Self::Published,
        Self::Delivered,
    ];

    /// The word for it in JSON and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InDoubt => "in_doubt",
            Self::NotTaken => "not_taken",
            Self::NotAccepted => "not_accepted",
            Self::Rejected => "rejected",
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Mailed => "mailed",
            Self::Lettered => "lettered",
            Self::Published => "published",
            Self::Delivered => "delivered",
        }
    }

    /// Whether the person counts as told by it.
    pub const fn is_positive(self) -> bool {
        match self {
            Self::Mailed | Self::Lettered | Self::Published | Self::Delivered => true,
            Self::Open
            | Self::InDoubt
            | Self::NotTaken
            | Self::NotAccepted
            | Self::Rejected
            | Self::Accepted
            | Self::Expired
            | Self::Failed
            | Self::Bounced => false,
        }
    }

    /// Whether the network certainly never had it, so that another try repeats nothing.
    pub const fn never_taken(self) -> bool {
        match self {
            Self::NotTaken | Self::NotAccepted => true,
            Self::Open
            | Self::InDoubt
            | Self::Rejected
            | Self::Accepted
            | Self::Expired
            | Self::Failed
            | Self::Bounced
            | Self::Mailed
            | Self::Lettered
            | Self::Published
            | Self::Delivered => false,
        }
    }

    /// Whether it may have arrived: one that is open or in doubt may, too.
    pub const fn may_have_arrived(self) -> bool {
        match self {
            Self::NotTaken | Self::NotAccepted | Self::Rejected => false,
            Self::Open
            | Self::InDoubt
            | Self::Accepted
            | Self::Expired
            | Self::Failed
            | Self::Bounced
            | Self::Mailed
            | Self::Lettered
            | Self::Published
            | Self::Delivered => true,
        }
    }

    /// Whether something is still to be learnt or decided: no result, in doubt, or waiting for a receipt.
    pub const fn is_pending(self) -> bool {
        match self {
            Self::Open | Self::InDoubt | Self::Accepted => true,
            Self::NotTaken
            | Self::NotAccepted
            | Self::Rejected
            | Self::Expired
            | Self::Failed
            | Self::Bounced
            | Self::Mailed
            | Self::Lettered
            | Self::Published
            | Self::Delivered => false,
        }
    }
}
