//! When an answer leaves: at the next multiple of a floor, so that its time does not say what it says.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Answers leave at multiples of this after they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor(pub Duration);

impl Floor {
    /// Waits for the next multiple after `asked`. Whoever waits here holds no place.
    pub(crate) async fn wait(self, asked: Instant) {
        sleep_until(asked + self.after(asked.elapsed())).await;
    }

    /// The first multiple that is not over; one at least.
    fn after(self, passed: Duration) -> Duration {
        let floor = self.0.as_nanos();
        if floor == 0 {
            return Duration::ZERO;
        }
        let times = passed.as_nanos().div_ceil(floor).max(1);
        Duration::from_nanos(u64::try_from(times.saturating_mul(floor)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_leave_at_multiples() {
        let floor = Floor(Duration::from_millis(300));
        let after = |millis| floor.after(Duration::from_millis(millis)).as_millis();
        assert_eq!((after(0), after(1), after(299), after(300)), (300, 300, 300, 300));
        assert_eq!((after(301), after(600), after(601)), (600, 600, 900));
        assert_eq!(Floor(Duration::ZERO).after(Duration::from_millis(9)), Duration::ZERO);
    }
}
