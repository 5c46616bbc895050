//! What a login proved of somebody.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::identity::{EmailAddress, Msisdn};

/// A number the provider knows of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// The number.
    pub number: Msisdn,
    /// Whether the provider says it has verified it. A number without that proves nothing.
    pub verified: bool,
}

impl Phone {
    /// What is no mobile number is none; what is not said to be verified is not.
    pub(super) fn read(text: &str, verified: Option<bool>) -> Option<Self> {
        let number = Msisdn::parse(text).ok()?;
        Some(Self { number, verified: verified == Some(true) })
    }
}

/// An address the provider knows of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: EmailAddress,
    /// Whether the provider says it has verified it. An address without that proves nothing.
    pub verified: bool,
}

impl Email {
    /// What is no address is none; what is not said to be verified is not.
    pub(super) fn read(text: &str, verified: Option<bool>) -> Option<Self> {
        let address = EmailAddress::parse(text).ok()?;
        Some(Self { address, verified: verified == Some(true) })
    }
}

/// What a login proved.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// The provider's name for the person (`sub`).
    pub subject: String,
    /// Their number, if it was asked for and is one.
    pub phone: Option<Phone>,
    /// Their address, if it was asked for and is one.
    pub email: Option<Email>,
    /// How strong the login was, in the provider's words.
    pub acr: Option<String>,
    /// By what means they logged in: `pwd`, `sms`, `otp` (RFC 8176).
    pub amr: Vec<String>,
    /// When they logged in.
    pub auth_time: DateTime<Utc>,
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("subject", &"***")
            .field("phone", &self.phone)
            .field("email", &self.email)
            .field("acr", &self.acr)
            .field("amr", &self.amr)
            .field("auth_time", &self.auth_time)
            .finish()
    }
}
