//! The machine of a claim: a customer asks back what was taken from them.

mod step;

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use step::step;

/// Why something was decided: a word with a fixed meaning, such as `not_our_charge`; never free text, which may name somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// A text that is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reason is one word of 1 to {} small letters, digits and underscores", Reason::LONGEST)]
pub struct ParseReasonError;

impl Reason {
    /// How long it may be.
    pub const LONGEST: usize = 40;

    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, ParseReasonError> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let fits = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(is_plain);
        if fits { Ok(Self(text.to_owned())) } else { Err(ParseReasonError) }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = ParseReasonError;

    fn try_from(text: String) -> Result<Self, ParseReasonError> {
        Self::parse(&text)
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a claim is, with what has to be known there. Amounts are in won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// Being written; nobody but its owner sees it.
    Draft,
    /// Handed in.
    Submitted,
    /// Staff look at it.
    UnderReview,
    /// Its owner was asked for something.
    NeedsEvidence {
        /// For what.
        reason: Reason,
    },
    /// All of it is paid back.
    Approved {
        /// How much.
        won: u64,
    },
    /// Part of it is paid back.
    Partial {
        /// How much.
        won: u64,
        /// Why not all.
        reason: Reason,
    },
    /// Nothing is paid back.
    Rejected {
        /// Why.
        reason: Reason,
    },
    /// Its owner does not accept what was decided.
    Appealed,
    /// A day is set for the payment.
    Scheduled {
        /// How much.
        won: u64,
        /// The day.
        on: NaiveDate,
    },
    /// Paid back.
    Paid {
        /// How much.
        won: u64,
    },
    /// The payment did not go through.
    PayFailed {
        /// How much.
        won: u64,
        /// Why.
        reason: Reason,
    },
    /// Taken back by its owner.
    Withdrawn,
}

/// What happens to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Its owner hands it in.
    Submit,
    /// Staff begin to look at it, or look at it again.
    Take,
    /// Staff ask its owner for something.
    Ask {
        /// For what.
        reason: Reason,
    },
    /// Its owner gives what they were asked for.
    Supply,
    /// Staff decide that all of it is paid back.
    Approve {
        /// How much.
        won: u64,
    },
    /// Staff decide that part of it is paid back.
    ApprovePart {
        /// How much.
        won: u64,
        /// Why not all.
        reason: Reason,
    },
    /// Staff decide that nothing is paid back.
    Reject {
        /// Why.
        reason: Reason,
    },
    /// Its owner does not accept the decision.
    Appeal,
    /// A day is set for the payment.
    Schedule {
        /// The day.
        on: NaiveDate,
    },
    /// The bank paid.
    Pay,
    /// The bank did not.
    FailPay {
        /// Why.
        reason: Reason,
    },
    /// Its owner takes it back.
    Withdraw,
}

/// A state without what belongs to it. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateKind {
    /// See [`State::Draft`].
    Draft = 1,
    /// See [`State::Submitted`].
    Submitted = 2,
    /// See [`State::UnderReview`].
    UnderReview = 3,
    /// See [`State::NeedsEvidence`].
    NeedsEvidence = 4,
    /// See [`State::Approved`].
    Approved = 5,
    /// See [`State::Partial`].
    Partial = 6,
    /// See [`State::Rejected`].
    Rejected = 7,
    /// See [`State::Appealed`].
    Appealed = 8,
    /// See [`State::Scheduled`].
    Scheduled = 9,
    /// See [`State::Paid`].
    Paid = 10,
    /// See [`State::PayFailed`].
    PayFailed = 11,
    /// See [`State::Withdrawn`].
    Withdrawn = 12,
}

/// A claim cannot go from where it is to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim that is {} cannot be {done}", from.name())]
pub struct IllegalMove {
    /// Where it is.
    pub from: StateKind,
    /// What it would be after.
    pub done: &'static str,
}

impl StateKind {
    /// All states, in code order.
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::Submitted,
        Self::UnderReview,
        Self::NeedsEvidence,
        Self::Approved,
        Self::Partial,
        Self::Rejected,
        Self::Appealed,
        Self::Scheduled,
        Self::Paid,
        Self::PayFailed,
        Self::Withdrawn,
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
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::UnderReview => "under_review",
            Self::NeedsEvidence => "needs_evidence",
            Self::Approved => "approved",
            Self::Partial => "partial",
            Self::Rejected => "rejected",
            Self::Appealed => "appealed",
            Self::Scheduled => "scheduled",
            Self::Paid => "paid",
            Self::PayFailed => "pay_failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether somebody waits for us: as long as one does, the incident is not erased. A draft was handed to nobody.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Submitted
            | Self::UnderReview
            | Self::NeedsEvidence
            | Self::Approved
            | Self::Partial
            | Self::Appealed
            | Self::Scheduled
            | Self::PayFailed => true,
            Self::Draft | Self::Rejected | Self::Paid | Self::Withdrawn => false,
        }
    }
}

impl State {
    /// Which state it is.
    pub const fn kind(&self) -> StateKind {
        match self {
            Self::Draft => StateKind::Draft,
            Self::Submitted => StateKind::Submitted,
            Self::UnderReview => StateKind::UnderReview,
            Self::NeedsEvidence { .. } => StateKind::NeedsEvidence,
            Self::Approved { .. } => StateKind::Approved,
            Self::Partial { .. } => StateKind::Partial,
            Self::Rejected { .. } => StateKind::Rejected,
            Self::Appealed => StateKind::Appealed,
            Self::Scheduled { .. } => StateKind::Scheduled,
            Self::Paid { .. } => StateKind::Paid,
            Self::PayFailed { .. } => StateKind::PayFailed,
            Self::Withdrawn => StateKind::Withdrawn,
        }
    }

    /// As stored.
    pub const fn code(&self) -> i16 {
        self.kind().code()
    }

    /// The word for it in JSON and messages.
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }
}

impl Event {
    /// What a claim is once it has happened, as a word for messages.
    pub const fn done(&self) -> &'static str {
        match self {
            Self::Submit => "submitted",
            Self::Take => "taken",
            Self::Ask { .. } => "sent back for evidence",
            Self::Supply => "supplied",
            Self::Approve { .. } => "approved",
            Self::ApprovePart { .. } => "approved in part",
            Self::Reject { .. } => "rejected",
            Self::Appeal => "appealed",
            Self::Schedule { .. } => "scheduled",
            Self::Pay => "paid",
            Self::FailPay { .. } => "failed to be paid",
            Self::Withdraw => "withdrawn",
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
