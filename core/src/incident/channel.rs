//! The channels between a carrier and a person.

use serde::{Deserialize, Serialize};

/// A channel between a carrier and a person. Names are stored: never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Messages to the handset, short or long.
    Sms,
    /// A call from a machine that asks for a key.
    Ars,
    /// Electronic mail.
    Email,
    /// A letter by post.
    Letter,
    /// The carrier's application.
    App,
}

/// A word that names no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a channel; one of {}", Channel::ALL.map(Channel::name).join(", "))]
pub struct ParseChannelError;

impl Channel {
    /// All channels.
    pub const ALL: [Self; 5] = [Self::Sms, Self::Ars, Self::Email, Self::Letter, Self::App];

    /// The word for it in files, JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Ars => "ars",
            Self::Email => "email",
            Self::Letter => "letter",
            Self::App => "app",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Result<Self, ParseChannelError> {
        Self::ALL.into_iter().find(|channel| channel.name() == name).ok_or(ParseChannelError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.name()), Ok(channel));
        }
        assert_eq!(
            Channel::parse("fax").unwrap_err().to_string(),
            "not a channel; one of sms, ars, email, letter, app"
        );
    }
}
