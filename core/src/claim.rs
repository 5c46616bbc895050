//! The machine of a claim: a customer gets back what was taken from them, or what they paid for a new card.

pub mod benefit;
mod reason;
mod step;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use reason::{ParseReasonError, Reason};
pub use step::step;

/// How long somebody may object to a decision, from when they were told.
pub const APPEAL: TimeDelta = TimeDelta::days(30);
/// How much later that begins for somebody no notice reached.
pub const UNREACHED: TimeDelta = TimeDelta::days(14);

coded! {
    /// What a claim is about.
    Kind {
        /// Money that somebody else took by way of the line.
        Loss = 1 "loss",
        /// What somebody paid for a new card themselves.
        Refund = 2 "refund",
    }
}

coded! {
    /// Who found what a claim is about.
    Source {
        /// Whoever lost it.
        Customer = 1 "customer",
        /// The carrier, in its own records.
        Carrier = 2 "carrier",
        /// A list of cards that were changed elsewhere.
        Elsewhere = 3 "elsewhere",
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
    /// Taken off their bill instead of being paid.
    Waived {
        /// How much.
        won: u64,
    },
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
    /// The carrier found it itself: all of it is paid back, and nobody has to ask.
    Find,
    /// Staff decide that all of it is paid back.
    Approve,
    /// Staff decide that part of it is paid back.
    ApprovePart {
        /// How much; less than all of it.
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
    /// It is taken off the bill instead of being paid.
    Waive,
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
    /// See [`State::Waived`].
    Waived = 13,
}

/// A claim does not move like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// It cannot go from where it is to there.
    #[error("a claim that is {} cannot be {done}", from.name())]
    Illegal {
        /// Where it is.
        from: StateKind,
        /// What it would be after.
        done: &'static str,
    },
    /// Nothing would be granted, or more than was claimed; or a part that is all of it.
    #[error("more than nothing is granted, and no more than was claimed; a part is less than that")]
    Amount,
}

impl StateKind {
    /// All states, in code order.
    pub const ALL: [Self; 13] = [
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
        Self::Waived,
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
            Self::Waived => "waived",
        }
    }

    /// Whether somebody waits for us: as long as one does, the incident is not erased. A draft was handed to nobody. Whoever was
    /// refused may object for a while: see [`StateKind::is_open_at`].
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
            Self::Draft | Self::Rejected | Self::Paid | Self::Withdrawn | Self::Waived => false,
        }
    }

    /// Whether its owner may object to where it is.
    pub const fn may_appeal(self) -> bool {
        match self {
            Self::Partial | Self::Rejected => true,
            Self::Draft
            | Self::Submitted
            | Self::UnderReview
            | Self::NeedsEvidence
            | Self::Approved
            | Self::Appealed
            | Self::Scheduled
            | Self::Paid
            | Self::PayFailed
            | Self::Withdrawn
            | Self::Waived => false,
        }
    }

    /// Whether it was decided how much is paid back, and nothing of it is under way.
    pub const fn is_granted(self) -> bool {
        match self {
            Self::Approved | Self::Partial | Self::PayFailed => true,
            Self::Draft
            | Self::Submitted
            | Self::UnderReview
            | Self::NeedsEvidence
            | Self::Rejected
            | Self::Appealed
            | Self::Scheduled
            | Self::Paid
            | Self::Withdrawn
            | Self::Waived => false,
        }
    }

    /// Whether somebody waits for us, or may still object. `until` is none as long as nobody knows that they were told.
    pub fn is_open_at(self, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        self.is_open() || (self.may_appeal() && may_object(until, now))
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
            Self::Waived { .. } => StateKind::Waived,
        }
    }

    /// How much was granted, in won; none where nothing is.
    pub const fn granted(&self) -> Option<u64> {
        match self {
            Self::Approved { won }
            | Self::Partial { won, .. }
            | Self::Scheduled { won, .. }
            | Self::Paid { won }
            | Self::PayFailed { won, .. }
            | Self::Waived { won } => Some(*won),
            Self::Draft
            | Self::Submitted
            | Self::UnderReview
            | Self::NeedsEvidence { .. }
            | Self::Rejected { .. }
            | Self::Appealed
            | Self::Withdrawn => None,
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
            Self::Find => "found",
            Self::Approve => "approved",
            Self::ApprovePart { .. } => "approved in part",
            Self::Reject { .. } => "rejected",
            Self::Appeal => "appealed",
            Self::Schedule { .. } => "scheduled",
            Self::Pay => "paid",
            Self::FailPay { .. } => "failed to be paid",
            Self::Waive => "waived",
            Self::Withdraw => "withdrawn",
        }
    }
}

/// Whether somebody may still object. `until` is none as long as nobody knows that they were told.
pub fn may_object(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    until.is_none_or(|until| now < until)
}

#[cfg(test)]
pub(crate) mod tests;
