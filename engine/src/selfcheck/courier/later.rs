//! Codes that the network did not take yet.

use tokio::time::Instant;

use super::{Letter, PAUSE};

/// Codes that wait for their next try.
pub(super) struct Later<T>(Vec<(Instant, Letter<T>)>);

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Later<T> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// After a pause, once more.
    pub(super) fn put(&mut self, letter: Letter<T>) {
        self.0.push((Instant::now() + PAUSE, letter));
    }

    /// When the next try is due; some time if there is none.
    pub(super) fn wakes_at(&self) -> Instant {
        let soonest = self.0.iter().map(|(at, _)| *at).min();
        soonest.unwrap_or_else(|| Instant::now() + PAUSE)
    }

    /// Those that are due.
    pub(super) fn due(&mut self) -> Vec<Letter<T>> {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.0).into_iter().partition(|(at, _)| *at <= now);
        self.0 = later;
        due.into_iter().map(|(_, letter)| letter).collect()
    }

    /// Forgets the one that a newer code of the same browser takes the place of.
    pub(super) fn forget_before(&mut self, newer: &Letter<T>) {
        self.0.retain(|(_, letter)| letter.request.0 != newer.request.0);
    }
}
