//! When a line last got another card, as CAMARA SIM Swap 2.1 tells it to banks.

use chrono::{DateTime, TimeDelta, Utc};

/// The longest age that may be asked for, in hours (`CreateCheckSimSwap.maxAge.maximum`).
pub const MOST_HOURS: u32 = 2_400;
/// The age that counts when none is given, in hours (`CreateCheckSimSwap.maxAge.default`).
pub const USUAL_HOURS: u32 = 240;

/// What is known of one line's changes of card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// The latest one that is known; it may have been taken back since, for a false alarm is better than a miss.
    pub latest: Option<DateTime<Utc>>,
    /// Since when every change is known.
    pub watched_since: DateTime<Utc>,
}

/// The answer to "when".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    /// Then.
    At(DateTime<Utc>),
    /// Not for so many days, one at least; before that, nobody knows.
    NotFor {
        /// Whole days.
        days: u32,
    },
    /// Changes have been watched for less than a day.
    Unknown,
}

/// Nobody knows so far back: to say no would be a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("changes are known for the last {hours} hours only")]
pub struct TooFarBack {
    /// How far back everything is known, in whole hours.
    pub hours: u32,
}

impl Changes {
    /// When the card last changed.
    pub fn latest(&self, now: DateTime<Utc>) -> Latest {
        match (self.latest, whole(self.watched(now).num_days())) {
            (Some(at), _) => Latest::At(at),
            (None, 0) => Latest::Unknown,
            (None, days) => Latest::NotFor { days },
        }
    }

    /// Whether the card changed within the last so many hours.
    pub fn changed_within(&self, hours: u32, now: DateTime<Utc>) -> Result<bool, TooFarBack> {
        let asked = TimeDelta::hours(i64::from(hours));
        if self.latest.is_some_and(|at| now - at <= asked) {
            return Ok(true);
        }
        let watched = self.watched(now);
        if asked <= watched {
            Ok(false)
        } else {
            Err(TooFarBack { hours: whole(watched.num_hours()) })
        }
    }

    fn watched(&self, now: DateTime<Utc>) -> TimeDelta {
        (now - self.watched_since).max(TimeDelta::zero())
    }
}

fn whole(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_760_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn the_bounds_are_exact() {
        let changes = Changes { latest: Some(at(0)), watched_since: at(-9_000_000) };
        assert_eq!(changes.changed_within(1, at(3_600)), Ok(true));
        assert_eq!(changes.changed_within(1, at(3_601)), Ok(false));
        assert_eq!(changes.latest(at(3_601)), Latest::At(at(0)));
    }

    #[test]
    fn nobody_guesses_about_the_time_before() {
        let changes = Changes { latest: None, watched_since: at(0) };
        assert_eq!(changes.changed_within(1, at(3_599)), Err(TooFarBack { hours: 0 }));
        assert_eq!(changes.changed_within(1, at(3_600)), Ok(false));
        assert_eq!(changes.changed_within(25, at(86_400)), Err(TooFarBack { hours: 24 }));
        assert_eq!(changes.latest(at(86_399)), Latest::Unknown);
        assert_eq!(changes.latest(at(86_400)), Latest::NotFor { days: 1 });
        // A clock that runs behind the configuration's moment has watched nothing.
        assert_eq!(changes.latest(at(-1)), Latest::Unknown);
    }

    proptest! {
        /// Both questions have one answer: changed within h hours, if and only if the latest change is not older.
        #[test]
        fn both_questions_agree(
            latest in prop::option::of(-9_000_000_i64..0),
            since in -9_000_000_i64..0,
            hours in 1..=MOST_HOURS,
        ) {
            let changes = Changes { latest: latest.map(at), watched_since: at(since) };
            let younger = match changes.latest(at(0)) {
                Latest::At(then) => at(0) - then <= TimeDelta::hours(hours.into()),
                Latest::NotFor { .. } | Latest::Unknown => false,
            };
            match changes.changed_within(hours, at(0)) {
                Ok(changed) => prop_assert_eq!(changed, younger),
                Err(TooFarBack { hours: known }) => prop_assert!(!younger && hours > known),
            }
        }
    }
}
