//! The name staff give an incident.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::ProblemCode;

/// The name staff give an incident: groups of capital letters and digits joined by hyphens, 3 to 32 characters. It
/// becomes part of file names, subjects and statements, so nothing else may be in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentCode(Box<str>);

/// A text that is no incident code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIncidentCodeError {
    /// Too short or too long.
    #[error("an incident code has 3 to 32 characters, this one has {0}")]
    Length(usize),
    /// Something other than letters, digits and single hyphens between them.
    #[error(
        "an incident code has letters A-Z and digits with single hyphens between, such as HB-2025-09"
    )]
    Form,
}

impl ParseIncidentCodeError {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::BadIncident
    }
}

impl IncidentCode {
    /// Reads what staff typed; small letters are taken as capitals.
    pub fn parse(text: &str) -> Result<Self, ParseIncidentCodeError> {
        let text = text.trim().to_ascii_uppercase();
        let length = text.chars().count();
        if !(3..=32).contains(&length) {
            return Err(ParseIncidentCodeError::Length(length));
        }
        let is_group = |group: &str| {
            !group.is_empty() && group.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        if !text.split('-').all(is_group) {
            return Err(ParseIncidentCodeError::Form);
        }
        Ok(Self(text.into()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IncidentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for IncidentCode {
    type Error = ParseIncidentCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<IncidentCode> for String {
    fn from(code: IncidentCode) -> Self {
        code.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_staff_type_becomes_one_form() {
        for typed in ["HB-2025-09", "hb-2025-09", "  HB-2025-09\n"] {
            assert_eq!(IncidentCode::parse(typed).unwrap().as_str(), "HB-2025-09");
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_form() {
        for (typed, refused) in [
            ("", ParseIncidentCodeError::Length(0)),
            ("HB", ParseIncidentCodeError::Length(2)),
            (&"A".repeat(33), ParseIncidentCodeError::Length(33)),
            ("HB--1", ParseIncidentCodeError::Form),
            ("-HB1", ParseIncidentCodeError::Form),
            ("HB1-", ParseIncidentCodeError::Form),
            ("HB/../1", ParseIncidentCodeError::Form),
            ("HB 2025", ParseIncidentCodeError::Form),
            ("유출-1", ParseIncidentCodeError::Form),
        ] {
            assert_eq!(IncidentCode::parse(typed), Err(refused), "{typed}");
        }
    }

    #[test]
    fn json_is_checked_as_typing_is() {
        let code = IncidentCode::parse("HB-2025-09").unwrap();
        let json = serde_json::to_string(&code).unwrap();
        assert_eq!(json, "\"HB-2025-09\"");
        assert_eq!(serde_json::from_str::<IncidentCode>(&json).unwrap(), code);
        assert!(serde_json::from_str::<IncidentCode>("\"a b\"").is_err());
    }
}
