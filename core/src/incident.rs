//! What happened, when it was known, and which channels prove nothing.

mod channel;
mod code;
mod knowledge;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::IncidentId;

pub use channel::{Channel, ParseChannelError};
pub use code::{IncidentCode, ParseIncidentCodeError};
pub use knowledge::{KnowledgeTime, Selection};

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its key.
    pub id: IncidentId,
    /// What staff call it, such as `HB-2025-09`.
    pub code: IncidentCode,
    /// What happened, in one line; names no person.
    pub title: String,
    /// Channels the attacker could read or write.
    pub compromised: BTreeSet<Channel>,
    /// Whether work goes on.
    pub state: IncidentState,
}

impl Incident {
    /// Whether something that came over this channel proves anything of its sender, in any flow of this incident.
    pub fn proves(&self, channel: Channel) -> bool {
        !self.compromised.contains(&channel)
    }
}

/// Whether an incident is worked on. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// It is.
    Open = 1,
    /// Everything is done; it can be opened again.
    Closed = 2,
    /// Its key is destroyed and its rows are being deleted; there is no way back.
    Erasing = 3,
}

impl IncidentState {
    /// All states, in code order.
    pub const ALL: [Self; 3] = [Self::Open, Self::Closed, Self::Erasing];

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
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Erasing => "erasing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compromised_channel_proves_nothing() {
        let incident = Incident {
            id: IncidentId::from_bytes([1; 16]),
            code: IncidentCode::parse("HB-2025-09").unwrap(),
            title: "rogue femtocells".to_owned(),
            compromised: [Channel::Sms, Channel::Ars].into(),
            state: IncidentState::Open,
        };
        let proving: Vec<_> =
            Channel::ALL.into_iter().filter(|channel| incident.proves(*channel)).collect();
        assert_eq!(proving, [Channel::Email, Channel::Letter, Channel::App]);
    }

    #[test]
    fn codes_read_back() {
        for state in IncidentState::ALL {
            assert_eq!(IncidentState::from_code(state.code()), Some(state));
        }
    }
}
