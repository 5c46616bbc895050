//! What the registry knows of subscribers and lines.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{LineId, SubscriberId};
use crate::identity::{
    EmailAddress, Iccid, Imsi, Msisdn, PersonName, PostalAddress, exposed, exposed_option,
};
use crate::notice::Language;

/// Whether a subscriber is a person. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberKind {
    /// A person.
    Person = 1,
    /// A company or another body.
    Company = 2,
}

impl SubscriberKind {
    /// All kinds, in code order.
    pub const ALL: [Self; 2] = [Self::Person, Self::Company];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word for it in files and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    /// Reads the word back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a line is for. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Calls and messages: somebody reads what is sent to it.
    Voice = 1,
    /// Data only (a router, a meter, a tablet): nothing is ever sent to it.
    Data = 2,
}

impl Service {
    /// All services, in code order.
    pub const ALL: [Self; 2] = [Self::Voice, Self::Data];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.code() == code)
    }

    /// The word for it in files and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Data => "data",
        }
    }

    /// Reads the word back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}

/// What is sealed of a subscriber. Serialised in clear: only ever into a sealed row.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberRecord {
    /// Their name, or the company's.
    #[serde(with = "exposed")]
    pub name: PersonName,
    /// A person's date of birth, if known.
    pub birth_date: Option<NaiveDate>,
    /// Where they read mail.
    #[serde(with = "exposed_option", default)]
    pub email: Option<EmailAddress>,
    /// Where they get letters.
    #[serde(with = "exposed_option", default)]
    pub address: Option<PostalAddress>,
}

impl fmt::Debug for SubscriberRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriberRecord")
            .field("name", &self.name)
            .field("birth_date", &self.birth_date.map(|_| "****-**-**"))
            .field("email", &self.email)
            .field("address", &self.address)
            .finish()
    }
}

/// What is sealed of a line. Serialised in clear: only ever into a sealed row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRecord {
    /// Its number while it was held like this.
    #[serde(with = "exposed")]
    pub msisdn: Msisdn,
    /// The IMSI of its card.
    #[serde(with = "exposed_option", default)]
    pub imsi: Option<Imsi>,
    /// The card.
    #[serde(with = "exposed_option", default)]
    pub iccid: Option<Iccid>,
}

/// One subscriber in a registry snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Their key within the incident.
    pub id: SubscriberId,
    /// Person or company.
    pub kind: SubscriberKind,
    /// Under whose name they are customers: ours or a virtual operator's.
    pub brand: String,
    /// What they read.
    pub language: Language,
    /// A child's guardian.
    pub guardian: Option<SubscriberId>,
    /// The person who speaks for a company.
    pub contact: Option<SubscriberId>,
    /// The country whose law follows them: two capital letters of ISO 3166; empty for the carrier's own.
    pub country: String,
    /// The sealed part.
    pub record: SubscriberRecord,
}

/// A line, while one subscriber held it under one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLine {
    /// The line.
    pub line: LineId,
    /// What it is for.
    pub service: Service,
    /// From this moment on.
    pub held_from: DateTime<Utc>,
    /// Up to this moment, which is the first that is not theirs; none if it still is.
    pub held_to: Option<DateTime<Utc>>,
    /// The sealed part.
    pub record: LineRecord,
}

/// A subscriber with every line they hold or held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub subscriber: Subscriber,
    /// Their lines, past and present, in any order.
    pub lines: Vec<HeldLine>,
}
