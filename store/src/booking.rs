//! Places: what an agency's stock is promised for a day, and whom its desks wait for in an hour.
//!
//! `held` of a day is a promise out of what is available; `booked` never exceeds it. A booking itself is made where the case moves
//! ([`move_case`](crate::Tx::move_case)), and used up where its card is reserved ([`reserve_card`](crate::Tx::reserve_card)): then
//! the day's `held` and `booked` fall by one with what is available, and rise again when the card is given back.

use chrono::{DateTime, NaiveDate, Utc};
use simrecall_core::id::AgencyId;

use crate::replacement::ReplacementCase;
use crate::tx::forward;

/// What is promised for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyDay {
    /// Where.
    pub agency: AgencyId,
    /// What.
    pub product: String,
    /// The local day.
    pub day: NaiveDate,
    /// How many cards are promised.
    pub held: i64,
    /// How many of these are taken.
    pub booked: i64,
}

/// Whom the desks wait for in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgencyHour {
    /// Where.
    pub agency: AgencyId,
    /// The local day.
    pub day: NaiveDate,
    /// From this hour to the next.
    pub hour: i16,
    /// At how many desks.
    pub desks: i32,
    /// How many are booked, of twelve for each desk.
    pub booked: i64,
}

forward! { booking:
    /// Promises so many more cards for a day. Whether there are as many that are not promised yet; if not, nothing was changed.
    pub fn hold_places(agency: AgencyId, product: &str, day: NaiveDate, places: i64) -> bool;
    /// Takes promises of a day back that nobody has taken, up to so many; how many that were.
    pub fn free_places(agency: AgencyId, product: &str, day: NaiveDate, places: i64) -> i64;
    /// Takes back what is promised, and not taken, for days before this one; how many that were.
    pub fn end_days(before: NaiveDate) -> i64;
    /// Sees to it that so many available cards are not promised, taking promises back: first those nobody has taken, then
    /// those of the cases that are last in line, each from the latest day on. These are returned without their place, in the state they were in: move
    /// each in the same transaction. `None`: not even so are there as many.
    pub fn make_room(agency: AgencyId, product: &str, cards: i64, at: DateTime<Utc>) -> Option<Vec<ReplacementCase>>;
    /// What is promised at an agency, from a day to a day, both included.
    pub fn agency_days(agency: AgencyId, product: &str, from: NaiveDate, to: NaiveDate) -> Vec<AgencyDay>;
    /// The hours of a day that somebody is booked for; of any other none is.
    pub fn agency_hours(agency: AgencyId, day: NaiveDate) -> Vec<AgencyHour>;
}
