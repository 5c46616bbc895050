//! How often something may be done: counted in the database, so that every process of the portal counts together.

use chrono::{DateTime, TimeDelta, Utc};

use crate::tx::forward;

/// How often in how long. A window begins with the first time and ends after its span; the next time begins another. So within any
/// span, at most twice the limit less one gets through: the last of one window and all of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How long.
    pub span: TimeDelta,
    /// How often.
    pub limit: i32,
}

/// A short and a long window; both must have room. Where one is enough, it stands twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The shorter.
    pub short: Window,
    /// The longer.
    pub long: Window,
}

impl Budget {
    /// One window alone.
    pub const fn of(window: Window) -> Self {
        Self { short: window, long: window }
    }
}

forward! { budget:
    /// Spends once from the budget of a key (a keyed hash), in one statement, unless a window is used up: then it spends from
    /// neither. Of many at once exactly as many spend as there was room for. Whether it did.
    pub fn spend_budget(key: &[u8; 16], budget: &Budget, now: DateTime<Utc>) -> bool;
    /// Whether there is room for one more.
    pub fn has_budget(key: &[u8; 16], budget: &Budget, now: DateTime<Utc>) -> bool;
    /// Gives back what was spent once: it turned out not to count.
    pub fn return_budget(key: &[u8; 16]) -> ();
    /// Forgets what no window holds any more; says how many keys.
    pub fn purge_budgets(now: DateTime<Utc>) -> usize;
}
