//! How a report is handed in.

use serde::{Deserialize, Serialize};

use crate::law::{Method, Rule};

/// How a report is handed in. Names are stored: never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingChannel {
    /// The authority's form on the web.
    Web,
    /// By e-mail.
    Mail,
    /// By telephone.
    Phone,
    /// By fax.
    Fax,
    /// In writing, by post or by hand.
    Letter,
}

/// A word that names no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a channel; one of {}", FilingChannel::ALL.map(FilingChannel::name).join(", "))]
pub struct ParseFilingChannelError;

impl FilingChannel {
    /// All channels.
    pub const ALL: [Self; 5] = [Self::Web, Self::Mail, Self::Phone, Self::Fax, Self::Letter];

    /// The word for it in rows and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mail => "mail",
            Self::Phone => "phone",
            Self::Fax => "fax",
            Self::Letter => "letter",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Result<Self, ParseFilingChannelError> {
        Self::ALL.into_iter().find(|channel| channel.name() == name).ok_or(ParseFilingChannelError)
    }

    /// Whether a rule takes a report like this; one that names no methods takes any.
    pub fn serves(self, rule: &Rule) -> bool {
        rule.methods.is_empty() || rule.methods.contains(&self.method())
    }

    const fn method(self) -> Method {
        match self {
            Self::Web => Method::WebForm,
            Self::Mail => Method::Email,
            Self::Phone => Method::Telephone,
            Self::Fax => Method::Fax,
            Self::Letter => Method::Letter,
        }
    }
}
