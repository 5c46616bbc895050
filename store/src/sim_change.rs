//! When a number last got another card. It only ever rises: a false alarm is better than a miss.

use chrono::{DateTime, Utc};

use crate::tx::forward;

/// What is known of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimChange {
    /// When it last got another card; none as far as we know.
    pub at: Option<DateTime<Utc>>,
    /// From when we would have seen it; none: we only know of that one change.
    pub monitored_since: Option<DateTime<Utc>>,
}

forward! { sim_change:
    /// Notes that a number (its blind index under the service key) got another card: the latest time stands, in one statement.
    pub fn raise_sim_change(number: &[u8; 16], at: DateTime<Utc>) -> ();
    /// Notes that we see a number's changes from then on; the earliest time stands.
    pub fn monitor_number(number: &[u8; 16], since: DateTime<Utc>) -> ();
    /// What is known of a number; none: it is not one of ours, as far as we know.
    pub fn sim_change(number: &[u8; 16]) -> Option<SimChange>;
}
