//! Why something was decided.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something was decided: a word with a fixed meaning, such as `not_our_charge`; never free text, which may name somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// A text that is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reason is one word of 1 to {} small letters, digits and underscores", Reason::LONGEST)]
pub struct ParseReasonError;

impl Reason {
    /// How long it may be.
    pub const LONGEST: usize = 40;

    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, ParseReasonError> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let fits = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(is_plain);
        if fits { Ok(Self(text.to_owned())) } else { Err(ParseReasonError) }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = ParseReasonError;

    fn try_from(text: String) -> Result<Self, ParseReasonError> {
        Self::parse(&text)
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
