//! Something that one thread has at a time, and that nobody waits for beyond their patience.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// A value and whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Turn<T> {
    taken: Mutex<bool>,
    freed: Condvar,
    /// Locked by whoever has the turn alone, so never waited for.
    value: Mutex<T>,
}

impl<T> Turn<T> {
    /// Does something in one's turn; `None` if it does not come in time, and then nothing was done.
    pub(super) fn with<R>(&self, until: Instant, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            let left = until.checked_duration_since(Instant::now())?;
            let waited = self.freed.wait_timeout(taken, left);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken = true;
        drop(taken);
        // Freed last, whatever happens in between.
        let _free = Free(self);
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        Some(act(&mut value))
    }
}

struct Free<'a, T>(&'a Turn<T>);

impl<T> Drop for Free<'_, T> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.freed.notify_one();
    }
}
