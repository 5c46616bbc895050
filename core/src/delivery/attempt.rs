//! The attempt's machine: what its outcomes amount to, in whatever order they are learnt.

use chrono::{DateTime, Utc};

use super::{Heard, OutcomeKind, Rung, Standing};
use crate::problem::ProblemCode;

/// What was written down before an attempt was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// Over which rung.
    pub rung: Rung,
    /// In how many parts; at least 1.
    pub parts: i16,
    /// When the intent was committed.
    pub at: DateTime<Utc>,
    /// Whether the attempt before it may have gone out, so that this one may be a duplicate.
    pub resend: bool,
}

/// One outcome row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// What was learnt.
    pub kind: OutcomeKind,
    /// Of which part, from 1; 0 speaks for all parts.
    pub part: i16,
    /// When.
    pub at: DateTime<Utc>,
}

/// An outcome that cannot be one of this attempt. It is recorded as an anomaly and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalMove {
    /// Such a rung never ends like that.
    #[error("an attempt over {} cannot become {}", rung.name(), kind.name())]
    WrongRung {
        /// The attempt's rung.
        rung: Rung,
        /// What was said of it.
        kind: OutcomeKind,
    },
    /// The attempt has no such part.
    #[error("part {part} of an attempt of {parts} parts does not exist")]
    NoSuchPart {
        /// The part that was named.
        part: i16,
        /// How many there are.
        parts: i16,
    },
}

impl IllegalMove {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::IllegalMove
    }
}

/// How an attempt stands, with what has to be known to move on from there.
///
/// Outcomes are weighed, not replayed: the strongest evidence wins (see [`Standing`] for the order), so a late receipt
/// lifts a failed, expired or doubtful attempt, nothing lowers a delivered one, and a receipt may overtake the result.
/// The one positive that can be lost is a mail's silence, since silence is not evidence: it came back after all.
/// The only moves that are refused are those that do not fit the attempt at all, whatever its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    /// No result yet, or not of all parts.
    Open {
        /// Parts the network took.
        taken: Heard,
        /// Parts that arrived: receipts may overtake results.
        arrived: Heard,
    },
    /// Nobody knows whether the network took it.
    InDoubt {
        /// Since when.
        since: DateTime<Utc>,
        /// Parts the network took.
        taken: Heard,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// It was in doubt and is known never to have been taken.
    NotTaken {
        /// When that was learnt.
        at: DateTime<Utc>,
        /// Parts the network took.
        taken: Heard,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// The network did not take it and would take it later.
    NotAccepted {
        /// When it said so.
        at: DateTime<Utc>,
        /// Parts the network took.
        taken: Heard,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// The network refused it for good.
    Rejected {
        /// When.
        at: DateTime<Utc>,
        /// Parts the network took.
        taken: Heard,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// The network took all parts.
    Accepted {
        /// When it took the last one.
        at: DateTime<Utc>,
        /// Parts the network took: all.
        taken: Heard,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// Not delivered in time.
    Expired {
        /// When that was said or decided.
        at: DateTime<Utc>,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// It will not be delivered.
    Failed {
        /// When that was said first.
        at: DateTime<Utc>,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// The mail came back.
    Bounced {
        /// When.
        at: DateTime<Utc>,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// The mail did not come back within its bounce window.
    Mailed {
        /// When the window closed.
        at: DateTime<Utc>,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// The letter was handed to the post.
    Lettered {
        /// When.
        at: DateTime<Utc>,
        /// Parts that arrived.
        arrived: Heard,
    },
    /// The notice stands on the public posting.
    Published {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// All parts reached the handset.
    Delivered {
        /// When the last one did.
        at: DateTime<Utc>,
        /// Parts that arrived: all.
        arrived: Heard,
    },
}

impl AttemptState {
    /// The state of an attempt whose intent was just committed.
    pub const fn open(intent: &Intent) -> Self {
        let parts = intent.parts;
        Self::Open { taken: Heard::nothing(parts), arrived: Heard::nothing(parts) }
    }

    /// What all outcomes of an attempt amount to, in whatever order they come.
    pub fn of(
        intent: &Intent,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Self, IllegalMove> {
        events.into_iter().try_fold(Self::open(intent), |state, event| state.step(intent, &event))
    }

    /// The state after one more outcome; the same function live and on replay.
    pub fn step(self, intent: &Intent, event: &Event) -> Result<Self, IllegalMove> {
        intent.admits(event)?;
        let mut known = Known::from_state(self, intent.parts);
        known.hear(event);
        Ok(known.into_state())
    }

    /// How it stands, in one word.
    pub const fn standing(&self) -> Standing {
        match self {
            Self::Open { .. } => Standing::Open,
            Self::InDoubt { .. } => Standing::InDoubt,
            Self::NotTaken { .. } => Standing::NotTaken,
            Self::NotAccepted { .. } => Standing::NotAccepted,
            Self::Rejected { .. } => Standing::Rejected,
            Self::Accepted { .. } => Standing::Accepted,
            Self::Expired { .. } => Standing::Expired,
            Self::Failed { .. } => Standing::Failed,
            Self::Bounced { .. } => Standing::Bounced,
            Self::Mailed { .. } => Standing::Mailed,
            Self::Lettered { .. } => Standing::Lettered,
            Self::Published { .. } => Standing::Published,
            Self::Delivered { .. } => Standing::Delivered,
        }
    }

    /// Since when it stands so; of an open attempt nothing is known.
    pub const fn since(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Open { .. } => None,
            Self::InDoubt { since: at, .. }
            | Self::NotTaken { at, .. }
            | Self::NotAccepted { at, .. }
            | Self::Rejected { at, .. }
            | Self::Accepted { at, .. }
            | Self::Expired { at, .. }
            | Self::Failed { at, .. }
            | Self::Bounced { at, .. }
            | Self::Mailed { at, .. }
            | Self::Lettered { at, .. }
            | Self::Published { at }
            | Self::Delivered { at, .. } => Some(*at),
        }
    }
}

impl Intent {
    /// Whether an outcome can be one of this attempt at all.
    pub fn admits(&self, event: &Event) -> Result<(), IllegalMove> {
        if !fits(self.rung, event.kind) {
            return Err(IllegalMove::WrongRung { rung: self.rung, kind: event.kind });
        }
        if !(0..=self.parts).contains(&event.part) {
            return Err(IllegalMove::NoSuchPart { part: event.part, parts: self.parts });
        }
        Ok(())
    }
}

const fn fits(rung: Rung, kind: OutcomeKind) -> bool {
    match kind {
        OutcomeKind::Accepted
        | OutcomeKind::NotAccepted
        | OutcomeKind::Rejected
        | OutcomeKind::InDoubt
        | OutcomeKind::NotTaken => true,
        // Registered post is delivered, fails or is not collected in time, as a message is.
        OutcomeKind::Delivered | OutcomeKind::Failed | OutcomeKind::Expired => match rung {
            Rung::Lms | Rung::Sms | Rung::Email | Rung::Letter => true,
            Rung::Posting => false,
        },
        OutcomeKind::Bounced | OutcomeKind::Mailed => matches!(rung, Rung::Email),
        OutcomeKind::Lettered => matches!(rung, Rung::Letter),
        OutcomeKind::Published => matches!(rung, Rung::Posting),
    }
}

/// All that any state may carry, so that hearing something is written once.
struct Known {
    standing: Standing,
    since: Option<DateTime<Utc>>,
    taken: Heard,
    arrived: Heard,
}

impl Known {
    fn hear(&mut self, event: &Event) {
        let claim = self.claim(event);
        let at = match claim {
            Standing::Accepted => self.taken.complete_at(),
            Standing::Delivered => self.arrived.complete_at(),
            Standing::Open => return,
            Standing::InDoubt
            | Standing::NotTaken
            | Standing::NotAccepted
            | Standing::Rejected
            | Standing::Expired
            | Standing::Failed
            | Standing::Bounced
            | Standing::Mailed
            | Standing::Lettered
            | Standing::Published => Some(event.at),
        };
        if claim > self.standing {
            (self.standing, self.since) = (claim, at);
        } else if claim == self.standing {
            self.since = self.since.min(at);
        }
    }

    /// What the event says of the whole attempt, together with what was heard of its parts before.
    fn claim(&mut self, event: &Event) -> Standing {
        let whole = |heard: &Heard, standing| {
            if heard.complete_at().is_some() { standing } else { Standing::Open }
        };
        match event.kind {
            OutcomeKind::Accepted => {
                self.taken.hear(event.part, event.at);
                whole(&self.taken, Standing::Accepted)
            }
            OutcomeKind::Delivered => {
                self.arrived.hear(event.part, event.at);
                whole(&self.arrived, Standing::Delivered)
            }
            OutcomeKind::NotAccepted => Standing::NotAccepted,
            OutcomeKind::Rejected => Standing::Rejected,
            OutcomeKind::InDoubt => Standing::InDoubt,
            OutcomeKind::NotTaken => Standing::NotTaken,
            // One part that is lost makes the text unreadable: the attempt failed.
            OutcomeKind::Failed => Standing::Failed,
            OutcomeKind::Expired => Standing::Expired,
            OutcomeKind::Bounced => Standing::Bounced,
            OutcomeKind::Mailed => Standing::Mailed,
            OutcomeKind::Lettered => Standing::Lettered,
            OutcomeKind::Published => Standing::Published,
        }
    }

    fn from_state(state: AttemptState, parts: i16) -> Self {
        let (standing, since) = (state.standing(), state.since());
        let nothing = || Heard::nothing(parts);
        let (taken, arrived) = match state {
            AttemptState::Open { taken, arrived }
            | AttemptState::InDoubt { taken, arrived, .. }
            | AttemptState::NotTaken { taken, arrived, .. }
            | AttemptState::NotAccepted { taken, arrived, .. }
            | AttemptState::Rejected { taken, arrived, .. }
            | AttemptState::Accepted { taken, arrived, .. } => (taken, arrived),
            AttemptState::Expired { arrived, .. }
            | AttemptState::Failed { arrived, .. }
            | AttemptState::Bounced { arrived, .. }
            | AttemptState::Mailed { arrived, .. }
            | AttemptState::Lettered { arrived, .. }
            | AttemptState::Delivered { arrived, .. } => (nothing(), arrived),
            AttemptState::Published { .. } => (nothing(), nothing()),
        };
        Self { standing, since, taken, arrived }
    }

    fn into_state(self) -> AttemptState {
        let Self { standing, since, taken, arrived } = self;
        // Only an open attempt has no time, and it carries none.
        let at = since.unwrap_or(DateTime::<Utc>::MIN_UTC);
        match standing {
            Standing::Open => AttemptState::Open { taken, arrived },
            Standing::InDoubt => AttemptState::InDoubt { since: at, taken, arrived },
            Standing::NotTaken => AttemptState::NotTaken { at, taken, arrived },
            Standing::NotAccepted => AttemptState::NotAccepted { at, taken, arrived },
            Standing::Rejected => AttemptState::Rejected { at, taken, arrived },
            Standing::Accepted => AttemptState::Accepted { at, taken, arrived },
            Standing::Expired => AttemptState::Expired { at, arrived },
            Standing::Failed => AttemptState::Failed { at, arrived },
            Standing::Bounced => AttemptState::Bounced { at, arrived },
            Standing::Mailed => AttemptState::Mailed { at, arrived },
            Standing::Lettered => AttemptState::Lettered { at, arrived },
            Standing::Published => AttemptState::Published { at },
            Standing::Delivered => AttemptState::Delivered { at, arrived },
        }
    }
}

#[cfg(test)]
mod tests;
