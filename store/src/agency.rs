//! Where cards are kept and handed out, and when.

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::AgencyId;

use crate::tx::forward;

coded! {
    /// What an agency is for.
    AgencyKind {
        /// Customers come here.
        Shop = 1 "shop",
        /// Cards lie here, and leave as parcels.
        Warehouse = 2 "warehouse",
    }
}

/// One agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Its name in rows, random.
    pub id: AgencyId,
    /// What the carrier calls it; one agency has it.
    pub code: String,
    /// What customers call it.
    pub name: String,
    /// What it is for.
    pub kind: AgencyKind,
    /// The region it lies in.
    pub region: String,
    /// Where it is.
    pub address: String,
    /// At how many desks cards are changed; each takes twelve people an hour.
    pub desks: i32,
    /// When it opens, in minutes from local midnight.
    pub opens_minute: i16,
    /// When it closes, likewise.
    pub closes_minute: i16,
    /// On which days; bit 0 is Monday.
    pub weekdays: i16,
    /// Since when it is closed for good.
    pub closed_at: Option<DateTime<Utc>>,
}

forward! { agency:
    /// Puts an agency in, or writes the one with its code anew; the id of the row, which stays.
    pub fn put_agency(agency: &Agency) -> AgencyId;
    /// One agency.
    pub fn agency(id: AgencyId) -> Option<Agency>;
    /// The agency of that code.
    pub fn agency_by_code(code: &str) -> Option<Agency>;
    /// All of them, by code; closed ones too.
    pub fn agencies() -> Vec<Agency>;
}
