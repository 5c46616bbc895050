//! A line of a list, and a line of a result.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::delivery::{OutcomeKind, Rung};
use simrecall_core::notice::Rendered;
use simrecall_core::subscriber::Contact;
use zeroize::Zeroize;

use crate::staff::hex;

/// One target as a brand gets it. Only ever written into a file that the brand alone can open.
#[derive(Serialize)]
pub(super) struct Line {
    /// What the brand's result names.
    pub(super) reference: String,
    /// Whether an earlier list may have had it already.
    pub(super) repeated: bool,
    /// The ways to tell them, in the order of the ladder.
    pub(super) ways: Vec<Way>,
}

/// One way to tell somebody, with the text as it was signed.
#[derive(Serialize)]
pub(super) struct Way {
    rung: &'static str,
    /// A number or an address of e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Where a letter goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    address: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    /// The hash the ledger would record for this text.
    sha256: String,
}

impl Way {
    /// One way, if the contact has something for it.
    pub(super) fn of(rung: Rung, contact: &Contact, rendered: Rendered) -> Option<Self> {
        let sha256 = hex(&rendered.sha256());
        let Rendered { subject, text, html } = rendered;
        let (to, name, address) = match rung {
            Rung::Lms | Rung::Sms => {
                (Some(contact.msisdn.as_ref()?.expose().to_owned()), None, Vec::new())
            }
            Rung::Email => (Some(contact.email.as_ref()?.expose().to_owned()), None, Vec::new()),
            Rung::Letter => {
                let postal = contact.postal.as_ref()?;
                let lines = postal.address.lines().map(str::to_owned);
                let address = std::iter::once(postal.address.postcode().to_owned()).chain(lines);
                (None, Some(postal.name.expose().to_owned()), address.collect())
            }
            Rung::Posting => return None,
        };
        Some(Self { rung: rung.name(), to, name, address, subject, text, html, sha256 })
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.to.zeroize();
        self.name.zeroize();
        self.address.zeroize();
        self.text.zeroize();
        self.html.zeroize();
    }
}

/// One line of a brand's result.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultLine {
    pub(super) reference: String,
    pub(super) outcome: Told,
    pub(super) at: DateTime<Utc>,
    #[serde(default)]
    pub(super) code: Option<String>,
}

/// What a brand says of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// It reached them.
    Delivered,
    /// Nothing it tried reached them.
    Failed,
    /// It was mailed, and the bounce window is over.
    Mailed,
    /// It was handed to the post.
    Lettered,
}

impl Told {
    /// The word for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Mailed => "mailed",
            Self::Lettered => "lettered",
        }
    }

    /// The outcome it is.
    pub(super) const fn kind(self) -> OutcomeKind {
        match self {
            Self::Delivered => OutcomeKind::Delivered,
            Self::Failed => OutcomeKind::Failed,
            Self::Mailed => OutcomeKind::Mailed,
            Self::Lettered => OutcomeKind::Lettered,
        }
    }

    /// The one rung it can be of, if it can be of one only.
    pub(super) const fn rung(self) -> Option<Rung> {
        match self {
            Self::Delivered | Self::Failed => None,
            Self::Mailed => Some(Rung::Email),
            Self::Lettered => Some(Rung::Letter),
        }
    }
}
