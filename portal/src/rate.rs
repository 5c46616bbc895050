//! How fast one network may ask, in memory that does not grow.
//!
//! Each network falls into one of a fixed number of cells by a hash that nobody outside can work out, so two that share a
//! cell are chance, and no flood of addresses makes the table bigger. What counts guesses is in the database; this only
//! keeps one loud network from taking everybody's place.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

/// Cells of the table.
const CELLS: u64 = 16_384;

/// How many requests one network may make.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// In a second, for long.
    pub per_second: NonZeroU32,
    /// At once.
    pub at_once: NonZeroU32,
}

type Cell<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The table.
pub(crate) struct Rate<C: Clock = DefaultClock> {
    cells: Vec<Cell<C>>,
    hash: RandomState,
}

impl<C: Clock> std::fmt::Debug for Rate<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rate").field("cells", &self.cells.len()).finish_non_exhaustive()
    }
}

impl<C: Clock + Clone> Rate<C> {
    pub(crate) fn new(pace: Pace, clock: &C) -> Self {
        let quota = Quota::per_second(pace.per_second).allow_burst(pace.at_once);
        let cell = |_| RateLimiter::direct_with_clock(quota, clock.clone());
        Self { cells: (0..CELLS).map(cell).collect(), hash: RandomState::new() }
    }

    /// Whether this network may ask now.
    pub(crate) fn lets(&self, network: &str) -> bool {
        let cell = usize::try_from(self.hash.hash_one(network) % CELLS).unwrap_or(0);
        self.cells.get(cell).is_some_and(|cell| cell.check().is_ok())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn pace(per_second: u32, at_once: u32) -> Pace {
        let some = |count| NonZeroU32::new(count).unwrap();
        Pace { per_second: some(per_second), at_once: some(at_once) }
    }

    #[test]
    fn a_loud_network_waits_and_a_quiet_one_does_not() {
        let clock = FakeRelativeClock::default();
        let rate = Rate::new(pace(2, 4), &clock);
        let let_in =
            |network: &str, times: usize| (0..times).filter(|_| rate.lets(network)).count();
        assert_eq!(let_in("203.0.113.9", 10), 4);
        clock.advance(Duration::from_secs(1));
        assert_eq!(let_in("203.0.113.9", 10), 2);
        // Of a hundred other networks at most one or two share its cell by chance.
        let others = (0..100).filter(|n| rate.lets(&format!("198.51.100.{n}"))).count();
        assert!(others >= 97, "{others}");
    }

    #[test]
    fn a_million_networks_take_no_more_memory_than_one() {
        let rate = Rate::new(pace(1, 1), &FakeRelativeClock::default());
        let let_in = (0..1_000_000).filter(|n| rate.lets(&format!("2001:db8:{n:x}::/64"))).count();
        assert!(u64::try_from(let_in).unwrap() <= CELLS, "{let_in}");
        assert_eq!(u64::try_from(rate.cells.len()).unwrap(), CELLS);
    }
}
