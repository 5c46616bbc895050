//! Who is at work at terminals, and what waits for them, counted from the rows.

use chrono::{DateTime, Utc};

use crate::tx::forward;

/// From when on something still counts.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// A sign-in that was last used then is over.
    pub used: DateTime<Utc>,
    /// A sign-in of then is over, used or not.
    pub signed_in: DateTime<Utc>,
    /// A second look that was asked for then has lapsed.
    pub asked: DateTime<Utc>,
}

/// What waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: i64,
    /// Since when the oldest of them waits.
    pub oldest: Option<DateTime<Utc>>,
}

/// Who is there, and what waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtWork {
    /// People who are signed in.
    pub sessions: i64,
    /// People who are paused.
    pub paused: i64,
    /// Terminals that staff may work at.
    pub terminals_on: i64,
    /// Terminals that brought their key and that nobody has admitted.
    pub terminals_pending: i64,
    /// Second looks that nobody has taken, since they were asked for.
    pub looks: Waiting,
    /// Orders that are signed by all who have to and that nobody has begun, since the clerk signed.
    pub orders: Waiting,
    /// Orders that a supervisor has to sign and nobody has, since the clerk signed.
    pub countersigns: Waiting,
    /// Alarms that nobody has closed, since they rang.
    pub alarms: Waiting,
}

forward! { at_work:
    /// Who is at work now, and what waits for them.
    pub fn at_work(since: &Since) -> AtWork;
}
