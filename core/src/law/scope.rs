//! What a clock, an excuse or an act is about.

use std::fmt;

use crate::id::RevisionNo;

/// What a clock, an excuse or an act is about. Its text form is stored: never change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole incident: `incident`.
    Incident,
    /// What one revision of the cohort added: `r2`.
    Revision(RevisionNo),
    /// One knowledge time of a further fact, by its number: `fact:5`.
    Fact(i32),
}

/// A text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a scope; incident, a revision such as r2, or a fact such as fact:5")]
pub struct ParseScopeError;

impl Scope {
    /// Reads the text form back.
    pub fn parse(text: &str) -> Result<Self, ParseScopeError> {
        if text == "incident" {
            return Ok(Self::Incident);
        }
        let number = |digits: &str| -> Option<i32> {
            let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
            digits.parse().ok().filter(|_| plain)
        };
        let fact = text.strip_prefix("fact:").and_then(number).map(Self::Fact);
        let revision = || text.strip_prefix('r').and_then(number).map(RevisionNo);
        fact.or_else(|| revision().map(Self::Revision)).ok_or(ParseScopeError)
    }

    /// The revision it is about, if it is about one.
    pub const fn revision(self) -> Option<RevisionNo> {
        match self {
            Self::Revision(no) => Some(no),
            Self::Incident | Self::Fact(_) => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident => f.write_str("incident"),
            Self::Revision(no) => no.fmt(f),
            Self::Fact(no) => write!(f, "fact:{no}"),
        }
    }
}

by_name!(Scope);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back() {
        for (text, scope) in [
            ("incident", Scope::Incident),
            ("r2", Scope::Revision(RevisionNo(2))),
            ("fact:5", Scope::Fact(5)),
        ] {
            assert_eq!(Scope::parse(text), Ok(scope));
            assert_eq!(scope.to_string(), text);
        }
        for bad in ["", "r", "r0", "r-1", "r+1", "fact:", "fact:05", "Incident", "r2 "] {
            assert_eq!(Scope::parse(bad), Err(ParseScopeError), "{bad}");
        }
    }
}
