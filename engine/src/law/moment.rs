//! Moments staff type and read: in the carrier's zone, none in the future, none before the law.

use chrono::{DateTime, FixedOffset, Offset, TimeZone, Utc};
use serde::Serialize;

use crate::home::Home;
use crate::problem::{Problem, Result};

/// 2000-01-01T00:00:00Z: whatever is older is a slip of the keyboard.
const OLDEST: i64 = 946_684_800;

/// A moment on the clocks of the carrier's zone; in JSON with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Moment(pub DateTime<FixedOffset>);

impl Moment {
    /// As the carrier's clocks show it.
    pub(crate) fn of(home: &Home, at: DateTime<Utc>) -> Self {
        let zone = home.config.law.zone;
        Self(at.with_timezone(&zone.offset_from_utc_datetime(&at.naive_utc()).fix()))
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = if self.0.timestamp() % 60 == 0 {
            "%Y-%m-%d %H:%M %:z"
        } else {
            "%Y-%m-%d %H:%M:%S %:z"
        };
        write!(f, "{}", self.0.format(form))
    }
}

/// Refuses a moment that cannot be when something was known or done.
pub(crate) fn check(home: &Home, at: DateTime<Utc>) -> Result<()> {
    let shown = Moment::of(home, at);
    if at.timestamp() < OLDEST {
        return Err(Problem::input("time", format!("{shown} is before the year 2000"))
            .hint("is the year right? Times look like 2025-09-05T03:00+09:00"));
    }
    if at > home.now() {
        return Err(Problem::input("time", format!("{shown} has not come yet"))
            .hint(format!("it is {} now; is the offset right?", Moment::of(home, home.now()))));
    }
    Ok(())
}
