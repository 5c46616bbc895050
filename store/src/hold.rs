//! Orders to keep everything: as long as one lasts, no key is destroyed and no row is erased.

use chrono::{DateTime, Utc};
use simrecall_core::id::{IncidentId, StaffId};

use crate::law::Recorded;
use crate::tx::forward;

/// An order to keep everything: as long as one lasts, the incident is not erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why, and on whose word.
    pub reason: String,
    /// Who recorded it.
    pub by: StaffId,
    /// From when.
    pub from: DateTime<Utc>,
    /// How it ended, if it did.
    pub released: Option<HoldRelease>,
}

/// The end of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRelease {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: StaffId,
    /// Why.
    pub reason: String,
}

forward! { hold:
    /// Adds a hold. Refused when the incident is being erased: it comes too late.
    pub fn add_hold(incident: IncidentId, reason: &str, by: StaffId, from: DateTime<Utc>) -> i32;
    /// Ends a hold. Refused before two people of different roles agreed to its release.
    pub fn release_hold(incident: IncidentId, no: i32, release: &HoldRelease) -> ();
    /// All holds, oldest first, each with who agreed to its release.
    pub fn holds(incident: IncidentId) -> Vec<Recorded<Hold>>;
    /// Whether the incident must be kept.
    pub fn is_held(incident: IncidentId) -> bool;
}
