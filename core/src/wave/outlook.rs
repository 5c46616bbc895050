//! When a wave would be done, against a moment at which it must be.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use super::{Ladder, Quiet};
use crate::delivery::Rung;

/// What one route would carry in the first tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Messages.
    pub messages: u64,
    /// The most it takes in a second; none when nothing limits it.
    pub per_second: Option<u32>,
}

impl Load {
    /// How long it takes.
    pub fn time(self) -> TimeDelta {
        let Some(pace) = self.per_second else { return TimeDelta::zero() };
        let seconds = self.messages.div_ceil(u64::from(pace.max(1)));
        i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::MAX)
    }
}

/// When a wave would be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// When the last first try would go out.
    pub first_tries_end: DateTime<Utc>,
    /// When the last rung would begin for somebody whom no rung before it reaches.
    pub last_rung_starts: DateTime<Utc>,
}

/// How an end stands to a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// It is met, with so much to spare.
    Spare(TimeDelta),
    /// It is missed by so much, and would be met at this pace.
    Needs {
        /// How late it would be.
        late: TimeDelta,
        /// Messages a second over the slowest route.
        per_second: u64,
    },
    /// It is missed by so much at any pace: patience alone takes longer.
    Hopeless {
        /// How late it would be.
        late: TimeDelta,
    },
}

/// When a wave that starts at `start` would be done.
///
/// Routes work side by side. Silence on each rung that a network carries lasts as long as the ladder's patience.
pub fn outlook<Z: TimeZone>(
    loads: &[Load],
    ladder: &Ladder,
    start: DateTime<Utc>,
    quiet: Option<(Quiet, &Z)>,
) -> Outlook {
    let work = loads.iter().map(|load| load.time()).max().unwrap_or_default();
    let first_tries_end = match quiet {
        Some((quiet, zone)) => quiet.finish(start, work, zone),
        None => after(start, work),
    };
    Outlook { first_tries_end, last_rung_starts: after(first_tries_end, patience(ladder)) }
}

/// How an outlook stands to a due time; `start` is when the wave would begin.
pub fn against(
    outlook: Outlook,
    loads: &[Load],
    start: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Against {
    let end = outlook.last_rung_starts;
    if end <= due {
        return Against::Spare(due - end);
    }
    let late = end - due;
    let waiting = end - outlook.first_tries_end;
    let left = (due - start - waiting).num_seconds();
    let most = loads.iter().filter(|load| load.per_second.is_some()).map(|load| load.messages);
    match (u64::try_from(left), most.max()) {
        (Ok(left), Some(most)) if left > 0 => {
            Against::Needs { late, per_second: most.div_ceil(left) }
        }
        _ => Against::Hopeless { late },
    }
}

/// How long the rungs before the last one may stay silent in all.
fn patience(ladder: &Ladder) -> TimeDelta {
    let Some((_last, before)) = ladder.rules().split_last() else { return TimeDelta::zero() };
    let network = before.iter().filter(|rule| match rule.rung {
        Rung::Lms | Rung::Sms | Rung::Email => true,
        // Handed over is done: nobody waits for a letter to come back before posting.
        Rung::Letter | Rung::Posting => false,
    });
    network.fold(TimeDelta::zero(), |sum, rule| {
        sum.checked_add(&rule.give_up_after).unwrap_or(TimeDelta::MAX)
    })
}

fn after(at: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;
    use crate::wave::RungRule;

    fn ladder() -> Ladder {
        let rule = |rung, hours| RungRule {
            rung,
            give_up_after: TimeDelta::hours(hours),
            max_tries: 1,
            retry_after: TimeDelta::hours(1),
        };
        let rules = [
            rule(Rung::Lms, 6),
            rule(Rung::Email, 24),
            rule(Rung::Letter, 168),
            rule(Rung::Posting, 720),
        ];
        Ladder::new(rules.to_vec()).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        format!("2025-09-{text}:00+09:00").parse().unwrap()
    }

    fn see(messages: u64, per_second: u32, due: &str) -> (Outlook, Against) {
        let loads = [
            Load { messages, per_second: Some(per_second) },
            Load { messages: 10, per_second: None },
        ];
        let start = at("11T09:30");
        let seen = outlook::<FixedOffset>(&loads, &ladder(), start, None);
        (seen, against(seen, &loads, start, at(due)))
    }

    #[test]
    fn kt_has_time_to_spare() {
        let (seen, against) = see(5_561, 500, "14T09:00");
        assert_eq!(seen.first_tries_end, at("11T09:30") + TimeDelta::seconds(12));
        assert_eq!(
            against,
            Against::Spare(TimeDelta::minutes(41 * 60 + 30) - TimeDelta::seconds(12))
        );
    }

    #[test]
    fn all_of_skt_needs_a_wider_way() {
        // 27 million at 100 a second take 75 hours.
        let (_, needed) = see(27_000_000, 100, "14T09:00");
        let Against::Needs { per_second, .. } = needed else { panic!("{needed:?}") };
        assert_eq!(per_second, 181);
        assert!(matches!(see(27_000_000, 181, "14T09:00").1, Against::Spare(_)));
        assert!(matches!(see(27_000_000, 180, "14T09:00").1, Against::Needs { .. }));
    }

    #[test]
    fn no_pace_helps_when_patience_is_longer_than_the_time_left() {
        let late = TimeDelta::hours(6) + TimeDelta::minutes(30) + TimeDelta::seconds(1);
        assert_eq!(see(500, 500, "12T09:00").1, Against::Hopeless { late });
    }
}
