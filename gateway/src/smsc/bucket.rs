//! The licence: how many `submit_sm` may go out now, over all connections of a route.
//!
//! A bucket of our own, since it has to slow down when the SMSC says so and to run on injected time; a rate-limiting
//! crate does neither. Additive increase, multiplicative decrease: ×0.7 on "slower" (at most once a second) and a
//! second's silence, +5 % of the licence each second after.

use std::time::Duration;

use tokio::time::Instant;

/// How long nothing is sent after "slower", and how often the rate changes.
const STEP: Duration = Duration::from_secs(1);

/// A token bucket that shrinks when told to.
#[derive(Debug)]
pub(crate) struct Bucket {
    licence: f64,
    burst: f64,
    rate: f64,
    tokens: f64,
    filled_at: Instant,
    held_until: Instant,
    slowed_at: Option<Instant>,
    grown_at: Instant,
}

impl Bucket {
    /// Full at the start.
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let (licence, burst) = (f64::from(per_second.max(1)), f64::from(burst.max(1)));
        Self {
            licence,
            burst,
            rate: licence,
            tokens: burst,
            filled_at: now,
            held_until: now,
            slowed_at: None,
            grown_at: now,
        }
    }

    /// Takes up to `want` tokens. None left: how long until there is one.
    pub(crate) fn take(&mut self, want: u32, now: Instant) -> Result<u32, Duration> {
        self.refill(now);
        if now < self.held_until {
            return Err(self.held_until - now);
        }
        let whole = whole(self.tokens).min(want);
        if whole == 0 && want > 0 {
            let missing = (1.0 - self.tokens).max(0.0);
            // A microsecond more, so that the rounding of the quotient cannot wake us too early.
            return Err(Duration::from_secs_f64(missing / self.rate) + Duration::from_micros(1));
        }
        self.tokens -= f64::from(whole);
        Ok(whole)
    }

    /// Gives back tokens that were not used.
    pub(crate) fn give_back(&mut self, unused: u32) {
        self.tokens = (self.tokens + f64::from(unused)).min(self.burst);
    }

    /// The SMSC says "slower" (throttled, or its queue is full).
    pub(crate) fn slow_down(&mut self, now: Instant) {
        self.refill(now);
        if self.slowed_at.is_some_and(|at| now.saturating_duration_since(at) < STEP) {
            return;
        }
        self.rate = (self.rate * 0.7).max(1.0);
        self.tokens = 0.0;
        self.slowed_at = Some(now);
        self.grown_at = now;
        self.held_until = now + STEP;
    }

    /// Tokens a second at present.
    #[cfg(test)]
    fn rate(&mut self, now: Instant) -> f64 {
        self.refill(now);
        self.rate
    }

    /// Nothing trickles in while held; each whole second after it the rate grows by a twentieth of the licence.
    fn refill(&mut self, now: Instant) {
        let from = self.filled_at.max(self.held_until);
        let Some(elapsed) = now.checked_duration_since(from) else { return };
        self.tokens = (self.tokens + elapsed.as_secs_f64() * self.rate).min(self.burst);
        self.filled_at = now;
        if self.rate < self.licence {
            let steps = now.saturating_duration_since(self.grown_at).as_secs();
            let steps = u32::try_from(steps).unwrap_or(u32::MAX);
            self.rate = (self.rate + self.licence * 0.05 * f64::from(steps)).min(self.licence);
            self.grown_at += STEP * steps;
        }
    }
}

/// The whole tokens in a bucket, which never holds a negative number or more than a `u32` of them.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to integer has no other way; the cast saturates and the value is in range"
)]
const fn whole(tokens: f64) -> u32 {
    tokens as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u32) -> Duration {
        Duration::from_secs(u64::from(n))
    }

    #[test]
    fn a_second_gives_the_licence_and_no_more() {
        let start = Instant::now();
        let mut bucket = Bucket::new(100, 10, start);
        let mut sent = 0;
        let mut now = start;
        while now < start + second(10) {
            match bucket.take(7, now) {
                Ok(taken) => sent += taken,
                Err(wait) => now += wait,
            }
        }
        assert!((1_000..=1_011).contains(&sent), "{sent}");
    }

    #[test]
    fn slower_is_heard_once_a_second_and_forgotten_in_time() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1_000, 100, start);
        for _ in 0..50 {
            bucket.slow_down(start);
        }
        assert!((bucket.rate(start) - 700.0).abs() < 1e-6);
        assert_eq!(bucket.take(1, start), Err(STEP));
        bucket.slow_down(start + STEP);
        // +5 % for the second that passed, then ×0.7.
        assert!((bucket.rate(start + STEP) - 525.0).abs() < 1e-6);
        assert!((bucket.rate(start + second(4)) - 675.0).abs() < 1e-6);
        assert!((bucket.rate(start + second(60)) - 1_000.0).abs() < 1e-6);
    }

    #[test]
    fn the_rate_never_falls_below_one() {
        let start = Instant::now();
        let mut bucket = Bucket::new(2, 1, start);
        for n in 0..20 {
            bucket.slow_down(start + second(n) + Duration::from_millis(u64::from(n)));
        }
        assert!(bucket.take(1, start + second(30)).is_ok());
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 5, start);
        assert_eq!(bucket.take(5, start), Ok(5));
        bucket.give_back(3);
        assert_eq!(bucket.take(5, start), Ok(3));
        assert!(bucket.take(1, start).is_err());
    }
}
