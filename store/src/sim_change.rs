//! When a number last got another card. It only ever rises: a false alarm is better than a miss.

use chrono::{DateTime, Utc};

use crate::tx::forward;

forward! { sim_change:
    /// Notes that a number (its blind index under the service key) got another card: the latest time stands, in one statement.
    pub fn raise_sim_change(number: &[u8; 16], at: DateTime<Utc>) -> ();
    /// When a number last got another card; none as far as we know.
    pub fn sim_change(number: &[u8; 16]) -> Option<DateTime<Utc>>;
}
