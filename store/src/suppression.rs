//! Legal reasons to tell somebody nothing.

use chrono::{DateTime, Utc};
use simrecall_core::id::{IncidentId, StaffId, SubscriberId};

use crate::bucket::BucketRange;
use crate::law::Recorded;
use crate::tx::forward;

/// A legal reason to tell somebody nothing; it counts once two people of different roles
/// [agreed](crate::law::About::Suppression), until it is lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Who is told nothing.
    pub person: SubscriberId,
    /// The reason's code.
    pub reason: String,
    /// What there is to say about it; names nobody.
    pub note: String,
    /// Who recorded it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
    /// How it ended, if it did.
    pub lifted: Option<Lift>,
}

/// The end of a suppression: the person is owed everything again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lift {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: StaffId,
    /// Why.
    pub reason: String,
}

forward! { suppression:
    /// Records a suppression; returns its number within the incident. `lifted` is not looked at.
    pub fn add_suppression(incident: IncidentId, suppression: &Suppression) -> i32;
    /// Every suppression of an incident, oldest first, each with who agreed.
    pub fn suppressions(incident: IncidentId) -> Vec<Recorded<Suppression>>;
    /// Those that count, of people in a range of buckets, in order of bucket and person; a person can come more than once.
    pub fn active_suppressions(incident: IncidentId, range: BucketRange) -> Vec<Recorded<Suppression>>;
    /// Those of one person that count.
    pub fn suppressions_of(incident: IncidentId, person: SubscriberId) -> Vec<Recorded<Suppression>>;
    /// Ends a suppression; once.
    pub fn lift_suppression(incident: IncidentId, no: i32, lift: &Lift) -> ();
}
