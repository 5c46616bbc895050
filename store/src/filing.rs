//! Reports to authorities, as rendered, and what is said of each later: once.

use chrono::{DateTime, Utc};
use simrecall_core::id::{IncidentId, StaffId};

use crate::tx::forward;

/// A filing as rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFiling {
    /// The incident.
    pub incident: IncidentId,
    /// Which report: the name of its template.
    pub kind: String,
    /// The moment it shows.
    pub as_of: DateTime<Utc>,
    /// SHA-256 of the text.
    pub body_sha256: [u8; 32],
    /// The text; names no person.
    pub text: String,
    /// The same to print.
    pub html: String,
    /// What it was rendered from, as JSON.
    pub facts: String,
    /// The filing of the same kind that it adds to.
    pub supplement_of: Option<i32>,
    /// Why it is late, as rendered in it; none if it is in time.
    pub late_reason: Option<String>,
    /// Who rendered it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
}

/// A filing as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// Its number for that incident and kind, from 1.
    pub no: i32,
    /// What was rendered.
    pub new: NewFiling,
    /// How it was submitted, if it was.
    pub submitted: Option<Submitted>,
    /// What the authority answered, if it did.
    pub acknowledged: Option<Acknowledged>,
}

/// How a filing was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: StaffId,
    /// How: a portal, a letter, a call.
    pub channel: String,
}

/// What the authority answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// When.
    pub at: DateTime<Utc>,
    /// Who recorded it.
    pub by: StaffId,
    /// The number or name of the authority's paper.
    pub acknowledgement: String,
}

forward! { filing:
    /// Keeps a filing and returns its number for that incident and kind.
    pub fn add_filing(filing: &NewFiling) -> i32;
    /// One filing.
    pub fn filing(incident: IncidentId, kind: &str, no: i32) -> Option<Filing>;
    /// All filings of an incident, by kind and number.
    pub fn filings(incident: IncidentId) -> Vec<Filing>;
    /// It was submitted; once.
    pub fn submit_filing(incident: IncidentId, kind: &str, no: i32, submitted: &Submitted) -> ();
    /// The authority answered; once, and only to what was submitted.
    pub fn acknowledge_filing(incident: IncidentId, kind: &str, no: i32, answer: &Acknowledged) -> ();
}
