//! The order of a swap: what is to happen, as bytes that a clerk's passkey answers for, and what becomes of it.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::id::{AgencyId, CardId, CaseId, IncidentId, LineId, StaffId, SwapOrderId, TerminalId};

/// How long a clerk has to put their passkey to an order, from when it was made.
pub const CONFIRM_WITHIN: TimeDelta = TimeDelta::minutes(2);
/// How long a confirmed order waits to be begun.
pub const BEGIN_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// The first bytes of every order of this version. Another version has other bytes, and so never the same hash.
const VERSION: &[u8] = b"simrecall swap order v1\n";

coded! {
    /// Where an order is.
    State {
        /// Written down with its hash and a challenge; nobody has put a passkey to it.
        Made = 1 "made",
        /// The clerk put their passkey to it: whoever runs swaps begins it.
        Confirmed = 2 "confirmed",
        /// The swap began.
        Started = 3 "started",
        /// It does not begin, for a reason that is kept.
        Refused = 4 "refused",
        /// Its time was over before it began.
        Lapsed = 5 "lapsed",
    }
}

coded! {
    /// What happens to an order.
    Event {
        /// A fresh assertion over its challenge.
        Confirm = 1 "confirm",
        /// The swap begins, in the same transaction.
        Start = 2 "start",
        /// A rule says no.
        Refuse = 3 "refuse",
        /// Its time is over.
        Lapse = 4 "lapse",
        /// Who made it takes it back.
        GiveUp = 5 "give_up",
    }
}

/// An order cannot go from where it is to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {} takes no {}", from.name(), event.name())]
pub struct IllegalMove {
    /// Where it is.
    pub from: State,
    /// What was asked for.
    pub event: Event,
}

impl State {
    /// Whether something is still to come of it: a case has one such order at most.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Made | Self::Confirmed => true,
            Self::Started | Self::Refused | Self::Lapsed => false,
        }
    }
}

/// The state after an event. Nothing begins without an assertion, and nothing that ended goes on.
pub const fn step(from: State, event: Event) -> Result<State, IllegalMove> {
    match (from, event) {
        (State::Made, Event::Confirm) => Ok(State::Confirmed),
        (State::Confirmed, Event::Start) => Ok(State::Started),
        (State::Confirmed, Event::Refuse) | (State::Made | State::Confirmed, Event::GiveUp) => {
            Ok(State::Refused)
        }
        (State::Made | State::Confirmed, Event::Lapse) => Ok(State::Lapsed),
        (State::Made, Event::Start | Event::Refuse)
        | (State::Confirmed, Event::Confirm)
        | (
            State::Started | State::Refused | State::Lapsed,
            Event::Confirm | Event::Start | Event::Refuse | Event::Lapse | Event::GiveUp,
        ) => Err(IllegalMove { from, event }),
    }
}

/// When an open order's time is over; none for one that ended.
pub fn lapses_at(
    state: State,
    until: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    match state {
        State::Made => Some(until),
        State::Confirmed => Some(confirmed_at.unwrap_or(until) + BEGIN_WITHIN),
        State::Started | State::Refused | State::Lapsed => None,
    }
}

/// What is to happen: all that the hash answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The order's own name.
    pub id: SwapOrderId,
    /// The incident.
    pub incident: IncidentId,
    /// The case.
    pub case: CaseId,
    /// Its line.
    pub line: LineId,
    /// The new card.
    pub card: CardId,
    /// Where.
    pub agency: AgencyId,
    /// At which terminal.
    pub terminal: TerminalId,
    /// Who serves.
    pub staff: StaffId,
    /// The numbers of the proofs it rests on, within the case.
    pub proofs: Vec<i32>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Until when it may be confirmed.
    pub until: DateTime<Utc>,
}

impl Facts {
    /// The bytes: version, eight ids of 16 bytes, how many proofs and their numbers in order, both instants in microseconds since 1970.
    /// All numbers are big-endian, of 4 and 8 bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut proofs = self.proofs.clone();
        proofs.sort_unstable();
        proofs.dedup();
        let mut bytes = VERSION.to_vec();
        for id in [
            self.id.as_bytes(),
            self.incident.as_bytes(),
            self.case.as_bytes(),
            self.line.as_bytes(),
            self.card.as_bytes(),
            self.agency.as_bytes(),
            self.terminal.as_bytes(),
            self.staff.as_bytes(),
        ] {
            bytes.extend_from_slice(id);
        }
        bytes.extend_from_slice(&u32::try_from(proofs.len()).unwrap_or(u32::MAX).to_be_bytes());
        for no in proofs {
            bytes.extend_from_slice(&no.to_be_bytes());
        }
        bytes.extend_from_slice(&self.made_at.timestamp_micros().to_be_bytes());
        bytes.extend_from_slice(&self.until.timestamp_micros().to_be_bytes());
        bytes
    }

    /// SHA-256 of the bytes: what stands beside the challenge in the journal.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.bytes()).into()
    }
}

#[cfg(test)]
mod tests;
