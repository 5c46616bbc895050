//! Why somebody is told nothing.

use std::fmt;

use serde::Serialize;

/// A legal reason to tell somebody nothing. Names are stored: never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A court or an authority with the power to do so forbids it.
    CourtOrder,
    /// To be told would put them in danger.
    ProtectedPerson,
    /// They have died.
    Deceased,
    /// Another one, which the note names.
    Other,
}

/// A word that names no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a reason; one of {}", Reason::ALL.map(Reason::name).join(", "))]
pub struct ParseReasonError;

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 4] =
        [Self::CourtOrder, Self::ProtectedPerson, Self::Deceased, Self::Other];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CourtOrder => "court_order",
            Self::ProtectedPerson => "protected_person",
            Self::Deceased => "deceased",
            Self::Other => "other",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Result<Self, ParseReasonError> {
        Self::ALL.into_iter().find(|reason| reason.name() == name).ok_or(ParseReasonError)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.name()), Ok(reason));
        }
        assert_eq!(Reason::parse("whim"), Err(ParseReasonError));
    }
}
