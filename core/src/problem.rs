//! Stable codes for what can go wrong: whose fault it is, and what to do next.

use serde::{Deserialize, Serialize};

/// Whose side a problem is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// What was typed or handed in.
    Input,
    /// The state of the system: not now, or not any more.
    State,
    /// The other side of a connection.
    Network,
    /// The one person or address concerned.
    Recipient,
    /// This installation's configuration.
    Configuration,
    /// A defect of ours.
    Ours,
}

/// What a rule of this crate refuses, as a word that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// An incident's code, a channel or a state that is none.
    BadIncident,
    /// Exposures or targets came out of order.
    OutOfOrder,
    /// A ladder or a pace that makes no sense.
    BadSetting,
    /// An outcome that does not fit its attempt.
    IllegalMove,
    /// A wave cannot go from where it is to there.
    WaveState,
    /// A statement without enough valid approvals.
    NotApproved,
    /// A journal's stored edge is damaged.
    BadFrontier,
}

impl ProblemCode {
    /// All codes.
    pub const ALL: [Self; 7] = [
        Self::BadIncident,
        Self::OutOfOrder,
        Self::BadSetting,
        Self::IllegalMove,
        Self::WaveState,
        Self::NotApproved,
        Self::BadFrontier,
    ];

    /// The word, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadIncident => "bad_incident",
            Self::OutOfOrder => "out_of_order",
            Self::BadSetting => "bad_setting",
            Self::IllegalMove => "illegal_move",
            Self::WaveState => "wave_state",
            Self::NotApproved => "not_approved",
            Self::BadFrontier => "bad_frontier",
        }
    }

    /// Whose side it is on.
    pub const fn blame(self) -> Blame {
        match self {
            Self::BadIncident => Blame::Input,
            Self::WaveState | Self::NotApproved => Blame::State,
            Self::BadSetting => Blame::Configuration,
            Self::IllegalMove => Blame::Network,
            Self::OutOfOrder | Self::BadFrontier => Blame::Ours,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_word_everywhere() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }
}
