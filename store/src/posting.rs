//! Public postings: the ground the law has for each, and the evidence that it stood there.

use chrono::{DateTime, Utc};
use simrecall_core::id::{IncidentId, StaffId, WaveNo};
use simrecall_core::law::{Ground, RuleId};
use simrecall_core::notice::NoticeKind;

use crate::tx::forward;

/// A posting to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPosting {
    /// What the page is called.
    pub page: String,
    /// The waves it stands for.
    pub waves: Vec<WaveNo>,
    /// The kind of notice it stands for.
    pub kind: NoticeKind,
    /// SHA-256 of the page as it should be.
    pub page_sha256: [u8; 32],
    /// For how many lines it answers whose holder nobody knows.
    pub unknown_lines: i64,
    /// The law's ground.
    pub ground: Ground,
    /// The rule that allows a posting on that ground.
    pub rule: RuleId,
    /// Why the ground is there.
    pub reason: String,
    /// The address or file that is looked at.
    pub place: String,
    /// From when it stands there.
    pub starts_at: DateTime<Utc>,
    /// At least so many days.
    pub days: i32,
    /// Who recorded it.
    pub by: StaffId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// A posting as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Its number within the incident, from 1.
    pub no: i32,
    /// What was started.
    pub new: NewPosting,
    /// When it was taken down and by whom, if it was.
    pub closed: Option<(DateTime<Utc>, StaffId)>,
}

/// What a look at a posting found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The page, by its SHA-256.
    Page([u8; 32]),
    /// Nothing, and why.
    Failure(String),
}

/// A look at a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// When.
    pub at: DateTime<Utc>,
    /// What was found.
    pub seen: Seen,
}

forward! { posting:
    /// Starts a posting; returns its number within the incident.
    pub fn start_posting(incident: IncidentId, posting: &NewPosting) -> i32;
    /// An incident's postings, oldest first.
    pub fn postings(incident: IncidentId) -> Vec<Posting>;
    /// The posting was taken down; once.
    pub fn close_posting(incident: IncidentId, no: i32, at: DateTime<Utc>, by: StaffId) -> ();
    /// Adds a look at a posting; returns its number within the posting.
    pub fn observe(incident: IncidentId, posting: i32, observation: &Observation) -> i32;
    /// Every look at a posting, in the order they were added.
    pub fn observations(incident: IncidentId, posting: i32) -> Vec<Observation>;
}
