//! The machine of a replacement: a customer asks for a new card for one line.

#[macro_use]
mod coded;

pub mod swap;

use serde::{Deserialize, Serialize};

/// Where a replacement is. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Asked for, and waiting for its turn.
    Applied = 1,
    /// Taken back by who asked.
    Cancelled = 2,
}

/// What happens to a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Who asked takes it back.
    Cancel,
}

/// A replacement cannot go from where it is to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a replacement that is {} cannot be {}", from.name(), event.done())]
pub struct IllegalMove {
    /// Where it is.
    pub from: State,
    /// What was asked for.
    pub event: Event,
}

impl State {
    /// All states, in code order.
    pub const ALL: [Self; 2] = [Self::Applied, Self::Cancelled];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word for it in JSON and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether something is still to come of it: a line has one such case at most.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Applied => true,
            Self::Cancelled => false,
        }
    }
}

impl Event {
    /// All events.
    pub const ALL: [Self; 1] = [Self::Cancel];

    /// What a replacement is once it has happened, as a word for messages.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Cancel => "cancelled",
        }
    }
}

/// The state after an event.
pub const fn step(from: State, event: Event) -> Result<State, IllegalMove> {
    match from {
        State::Applied => match event {
            Event::Cancel => Ok(State::Cancelled),
        },
        State::Cancelled => match event {
            Event::Cancel => Err(IllegalMove { from, event }),
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(State::Applied, [Some(State::Cancelled)])]
    #[case(State::Cancelled, [None])]
    fn every_state_meets_every_event(#[case] from: State, #[case] expected: [Option<State>; 1]) {
        for (event, expected) in Event::ALL.into_iter().zip(expected) {
            assert_eq!(step(from, event), expected.ok_or(IllegalMove { from, event }), "{event:?}");
        }
    }

    #[test]
    fn codes_are_kept_for_ever() {
        assert_eq!(
            State::ALL.map(|state| (state.code(), state.name(), state.is_open())),
            [(1, "applied", true), (2, "cancelled", false)]
        );
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(state));
        }
        assert_eq!(State::from_code(0), None);
        let refused = step(State::Cancelled, Event::Cancel).unwrap_err();
        assert_eq!(refused.to_string(), "a replacement that is cancelled cannot be cancelled");
    }
}
