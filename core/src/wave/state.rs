//! The wave's machine.

use serde::{Deserialize, Serialize};

use crate::problem::ProblemCode;

/// Where a wave is. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaveState {
    /// Planned in full, may be signed; the next plan of its incident replaces it.
    Draft = 1,
    /// Let go: its targets are told.
    Released = 2,
    /// Nothing is left to do for any of its targets.
    Done = 3,
    /// Given up: who may have been told stays told, the others are owed again.
    Cancelled = 4,
    /// Its rows are being written; a crash here leaves nothing that can be signed.
    Planning = 5,
}

/// What happens to a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaveEvent {
    /// The plan's last row is in.
    Plan,
    /// Approved by enough, and let go.
    Release,
    /// No target has anything left to do.
    Finish,
    /// Given up by staff.
    Cancel,
}

/// A wave cannot go from where it is to there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a wave that is {} cannot be {}", from.name(), event.done())]
pub struct IllegalWaveMove {
    /// Where it is.
    pub from: WaveState,
    /// What was asked for.
    pub event: WaveEvent,
}

impl IllegalWaveMove {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::WaveState
    }
}

impl WaveState {
    /// All states, in code order.
    pub const ALL: [Self; 5] =
        [Self::Draft, Self::Released, Self::Done, Self::Cancelled, Self::Planning];

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
            Self::Draft => "draft",
            Self::Released => "released",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Planning => "planning",
        }
    }

    /// The state after an event.
    pub const fn step(self, event: WaveEvent) -> Result<Self, IllegalWaveMove> {
        let refused = Err(IllegalWaveMove { from: self, event });
        match self {
            Self::Planning => match event {
                WaveEvent::Plan => Ok(Self::Draft),
                WaveEvent::Release | WaveEvent::Finish | WaveEvent::Cancel => refused,
            },
            Self::Draft => match event {
                WaveEvent::Release => Ok(Self::Released),
                // A draft is replaced or dropped; there is nothing to give up yet.
                WaveEvent::Plan | WaveEvent::Finish | WaveEvent::Cancel => refused,
            },
            Self::Released => match event {
                WaveEvent::Finish => Ok(Self::Done),
                WaveEvent::Cancel => Ok(Self::Cancelled),
                WaveEvent::Plan | WaveEvent::Release => refused,
            },
            Self::Done | Self::Cancelled => match event {
                WaveEvent::Plan | WaveEvent::Release | WaveEvent::Finish | WaveEvent::Cancel => {
                    refused
                }
            },
        }
    }
}

impl WaveEvent {
    /// All events.
    pub const ALL: [Self; 4] = [Self::Plan, Self::Release, Self::Finish, Self::Cancel];

    /// What a wave is once it has happened, as a word for messages.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Plan => "planned",
            Self::Release => "released",
            Self::Finish => "finished",
            Self::Cancel => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(WaveState::Planning, [Some(WaveState::Draft), None, None, None])]
    #[case(WaveState::Draft, [None, Some(WaveState::Released), None, None])]
    #[case(WaveState::Released, [None, None, Some(WaveState::Done), Some(WaveState::Cancelled)])]
    #[case(WaveState::Done, [None; 4])]
    #[case(WaveState::Cancelled, [None; 4])]
    fn every_state_meets_every_event(
        #[case] from: WaveState,
        #[case] expected: [Option<WaveState>; 4],
    ) {
        for (event, expected) in WaveEvent::ALL.into_iter().zip(expected) {
            let refused = IllegalWaveMove { from, event };
            assert_eq!(from.step(event), expected.ok_or(refused), "{event:?}");
        }
    }

    #[test]
    fn a_refusal_says_what_stands_in_the_way() {
        let refused = WaveState::Draft.step(WaveEvent::Cancel).unwrap_err();
        assert_eq!(refused.to_string(), "a wave that is draft cannot be cancelled");
    }

    #[test]
    fn codes_read_back() {
        for state in WaveState::ALL {
            assert_eq!(WaveState::from_code(state.code()), Some(state));
        }
    }
}
