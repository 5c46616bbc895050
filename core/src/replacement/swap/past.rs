//! What a swap's own rows say of the past.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Command;

coded! {
    /// How a command ended, as its row says.
    Outcome {
        /// The row has no result: the worker died, or is still at it.
        Open = 1 "open",
        /// Done.
        Done = 2 "done",
        /// Surely not done.
        Refused = 3 "refused",
        /// Done or not: silence, or a connection that was cut.
        Unknown = 4 "unknown",
    }
}

/// What a register cannot tell by how it looks now. Folded from the swap's steps.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts; none excludes another")]
pub struct Past {
    /// This swap made the new row, or may have.
    pub created: bool,
    /// This swap wrote the new row's key, or may have: it is never written again, and the card is of no use if the swap fails.
    pub keyed: bool,
    /// The old card was barred, and the switch that serves it may not have heard.
    pub unheard: bool,
    /// When the new card was admitted first, or may have been. Only an attach from here on counts: a switch that does not authenticate
    /// lets a card in as soon as its row is made.
    pub admitted_at: Option<DateTime<Utc>>,
    /// It turned back because the new card was not seen in time; no step says so, whoever turned it back does.
    pub unseen: bool,
}

impl Past {
    /// What the steps say, in their order, each with when it was intended.
    pub fn of(steps: impl IntoIterator<Item = (Command, Outcome, DateTime<Utc>)>) -> Self {
        let steps = steps.into_iter();
        steps.fold(Self::default(), |past, (command, outcome, at)| past.and(command, outcome, at))
    }

    /// With one more step, intended at that time, or with the result of the one that was open.
    #[must_use]
    pub fn and(self, command: Command, outcome: Outcome, at: DateTime<Utc>) -> Self {
        let maybe = outcome != Outcome::Refused;
        let mut past = self;
        match command {
            Command::Create => past.created |= maybe,
            Command::Key => past.keyed |= maybe,
            Command::BarOld => {
                past.unheard = match outcome {
                    Outcome::Done => false,
                    Outcome::Open | Outcome::Unknown => true,
                    Outcome::Refused => self.unheard,
                };
            }
            Command::AdmitNew => past.admitted_at = self.admitted_at.or(maybe.then_some(at)),
            Command::BarNew
            | Command::TakeFromOld
            | Command::GiveToNew
            | Command::TakeFromNew
            | Command::GiveToOld
            | Command::AdmitOld
            | Command::DeleteNew => {}
        }
        past
    }
}
