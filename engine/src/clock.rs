//! The one process clock, passed down to whoever needs to know the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// Where `now` comes from. Clones share one time.
#[derive(Debug, Clone)]
pub struct Clock {
    ticks: Ticks,
    /// Microseconds added to what ticks; a drill jumps days by raising it.
    ahead: Arc<AtomicI64>,
}

#[derive(Debug, Clone, Copy)]
enum Ticks {
    /// The machine's clock.
    Machine,
    /// Stands still until somebody advances it.
    Still(DateTime<Utc>),
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Self {
        Self { ticks: Ticks::Machine, ahead: Arc::default() }
    }

    /// A clock that ticks like the machine's and starts at `start`: for drills.
    pub fn drill(start: DateTime<Utc>) -> Self {
        let clock = Self::machine();
        clock.advance(start - clock.now());
        clock
    }

    /// A clock that stands still: for tests.
    pub fn still(at: DateTime<Utc>) -> Self {
        Self { ticks: Ticks::Still(at), ahead: Arc::default() }
    }

    /// The time, in whole microseconds, as the databases keep it.
    #[expect(clippy::disallowed_methods, reason = "this is the one process clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let base = match self.ticks {
            Ticks::Machine => Utc::now(),
            Ticks::Still(at) => at,
        };
        let now = base + TimeDelta::microseconds(self.ahead.load(Ordering::Acquire));
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Moves the clock; every clone sees it.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or(i64::MAX);
        self.ahead.fetch_add(micros, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_one_time() {
        let start = DateTime::from_timestamp(1_757_000_000, 0).unwrap();
        let clock = Clock::still(start);
        let other = clock.clone();
        other.advance(TimeDelta::days(3));
        assert_eq!(clock.now(), start + TimeDelta::days(3));
    }
}
