//! What a target's attempts amount to.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AttemptState, Rung, Standing};

/// The word a person's notice ends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terminal {
    /// It reached a handset or a mailbox.
    Delivered,
    /// It was mailed and did not come back.
    Mailed,
    /// It was handed to the post.
    Lettered,
    /// It stands on the public posting.
    Published,
    /// There is a legal reason to tell them nothing; no target is planned.
    Suppressed,
}

impl Terminal {
    /// The word a standing ends on, if it ends on one.
    pub const fn of(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Delivered => Some(Self::Delivered),
            Standing::Mailed => Some(Self::Mailed),
            Standing::Lettered => Some(Self::Lettered),
            Standing::Published => Some(Self::Published),
            Standing::Open
            | Standing::InDoubt
            | Standing::NotTaken
            | Standing::NotAccepted
            | Standing::Rejected
            | Standing::Accepted
            | Standing::Expired
            | Standing::Failed
            | Standing::Bounced => None,
        }
    }

    /// The word for it in JSON and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Mailed => "mailed",
            Self::Lettered => "lettered",
            Self::Published => "published",
            Self::Suppressed => "suppressed",
        }
    }
}

/// One attempt of a target, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptView {
    /// Over which rung.
    pub rung: Rung,
    /// When its intent was committed.
    pub at: DateTime<Utc>,
    /// What its outcomes amount to.
    pub state: AttemptState,
    /// Whether the attempt before it may have gone out.
    pub resend: bool,
}

/// Where a target is. Everything but the last attempt matters only if it was positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// No attempt yet.
    Untried,
    /// An intent without a result.
    Open {
        /// Over which rung.
        rung: Rung,
        /// When it was written.
        at: DateTime<Utc>,
    },
    /// The network may have it or not.
    InDoubt {
        /// Over which rung.
        rung: Rung,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The network never had it, so another try repeats nothing.
    NeverTaken {
        /// Over which rung.
        rung: Rung,
        /// When that was learnt.
        at: DateTime<Utc>,
    },
    /// The network has it and has not said what became of it.
    Waiting {
        /// Over which rung.
        rung: Rung,
        /// When it took it.
        since: DateTime<Utc>,
    },
    /// It came to nothing.
    Missed {
        /// Over which rung.
        rung: Rung,
        /// When.
        at: DateTime<Utc>,
        /// How: rejected, expired, failed or bounced.
        how: Standing,
    },
    /// The person has been told.
    Reached {
        /// By which rung.
        by: Rung,
        /// The word it ends on.
        how: Terminal,
        /// When.
        at: DateTime<Utc>,
    },
}

impl TargetState {
    /// What attempts, in the order of their tries, amount to.
    pub fn of(attempts: &[AttemptView]) -> Self {
        let reached = attempts.iter().filter_map(AttemptView::reached).min_by_key(|(at, _, _)| *at);
        if let Some((at, by, how)) = reached {
            return Self::Reached { by, how, at };
        }
        attempts.last().map_or(Self::Untried, AttemptView::standing)
    }

    /// Whether they may have been told: cancelling a wave withdraws the notices of all others.
    pub fn may_be_told(attempts: &[AttemptView]) -> bool {
        attempts.iter().any(|attempt| {
            let standing = attempt.state.standing();
            standing.is_pending() || standing.is_positive()
        })
    }
}

impl AttemptView {
    fn reached(&self) -> Option<(DateTime<Utc>, Rung, Terminal)> {
        let how = Terminal::of(self.state.standing())?;
        Some((self.state.since().unwrap_or(self.at), self.rung, how))
    }

    fn standing(&self) -> TargetState {
        let (rung, how) = (self.rung, self.state.standing());
        let at = self.state.since().unwrap_or(self.at);
        match how {
            Standing::Open => TargetState::Open { rung, at },
            Standing::InDoubt => TargetState::InDoubt { rung, since: at },
            Standing::NotTaken | Standing::NotAccepted => TargetState::NeverTaken { rung, at },
            Standing::Accepted => TargetState::Waiting { rung, since: at },
            Standing::Rejected | Standing::Expired | Standing::Failed | Standing::Bounced => {
                TargetState::Missed { rung, at, how }
            }
            Standing::Mailed => TargetState::Reached { by: rung, how: Terminal::Mailed, at },
            Standing::Lettered => TargetState::Reached { by: rung, how: Terminal::Lettered, at },
            Standing::Published => TargetState::Reached { by: rung, how: Terminal::Published, at },
            Standing::Delivered => TargetState::Reached { by: rung, how: Terminal::Delivered, at },
        }
    }
}
