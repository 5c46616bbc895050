//! What a sender shows while it works.

use chrono::TimeDelta;
use serde::Serialize;

/// The numbers of a wave under way. Targets are recipients: a person, and copies to a child's or a company's line.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Targets the wave has.
    pub targets: u64,
    /// Targets with at least one attempt the network answered.
    pub answered: u64,
    /// Targets that have been told.
    pub reached: u64,
    /// Attempts without a result right now.
    pub in_flight: u64,
    /// Attempts nobody knows the fate of.
    pub in_doubt: u64,
    /// Attempts the network took and has said no more of.
    pub awaiting_receipt: u64,
    /// Submissions a second, over the last seconds.
    pub per_second: f64,
    /// The licence, over all routes with one; 0 for none.
    pub licence_per_second: u32,
    /// Until everything that can be submitted now is submitted.
    pub eta_seconds: Option<i64>,
    /// Whether the control row says pause.
    pub paused: bool,
    /// Who is not told now and until when, in words: a law's silence, quiet hours.
    pub held_back: Option<String>,
    /// The last thing that went wrong, in plain words.
    pub last_problem: Option<String>,
}

/// Somebody who watches a sender.
pub trait Watch {
    /// Called a few times a second.
    fn see(&mut self, progress: &Progress);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn see(&mut self, _: &Progress) {}
}

/// Submissions a second, over a window of recent moments.
#[derive(Debug, Default)]
pub(super) struct Rate {
    marks: std::collections::VecDeque<(chrono::DateTime<chrono::Utc>, u64)>,
}

impl Rate {
    const OVER: TimeDelta = TimeDelta::seconds(5);

    /// Notes how many there were in all by now.
    pub(super) fn note(&mut self, now: chrono::DateTime<chrono::Utc>, total: u64) {
        self.marks.push_back((now, total));
        while self.marks.len() > 2
            && self.marks.front().is_some_and(|(at, _)| now - *at > Self::OVER)
        {
            self.marks.pop_front();
        }
    }

    /// Per second between the first and the last mark.
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a rate to look at")]
    pub(super) fn per_second(&self) -> f64 {
        let (Some((from, before)), Some((to, after))) = (self.marks.front(), self.marks.back())
        else {
            return 0.0;
        };
        let millis = (*to - *from).num_milliseconds();
        if millis <= 0 { 0.0 } else { (after - before) as f64 * 1_000.0 / millis as f64 }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_rate_forgets_what_is_long_past() {
        let start = DateTime::from_timestamp(1_757_000_000, 0).unwrap();
        let mut rate = Rate::default();
        for second in 0..20 {
            let sent = if second < 10 { 0 } else { (second - 9) * 100 };
            rate.note(start + TimeDelta::seconds(i64::try_from(second).unwrap()), sent);
        }
        assert!((rate.per_second() - 100.0).abs() < 1.0, "{}", rate.per_second());
    }
}
