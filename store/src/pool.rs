//! Connections that are opened when first needed and lent one borrower at a time.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::error::StoreError;

type Opener<C> = Box<dyn Fn() -> Result<C, StoreError> + Send + Sync>;

/// At most `limit` connections of one kind.
pub(crate) struct Pool<C> {
    open: Opener<C>,
    shelf: Mutex<Shelf<C>>,
    returned: Condvar,
    limit: usize,
}

struct Shelf<C> {
    idle: Vec<C>,
    lent: usize,
}

/// A borrowed connection; it goes back when dropped.
pub(crate) struct Loan<'p, C> {
    pool: &'p Pool<C>,
    // `None` only while it is being dropped or after it broke.
    conn: Option<C>,
}

impl<C> Pool<C> {
    pub(crate) fn new(
        limit: usize,
        open: impl Fn() -> Result<C, StoreError> + Send + Sync + 'static,
    ) -> Self {
        let shelf = Mutex::new(Shelf { idle: Vec::new(), lent: 0 });
        Self { open: Box::new(open), shelf, returned: Condvar::new(), limit }
    }

    /// Runs `work` on a connection, waiting for one when all are lent; a connection that broke is not used again.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut C) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut loan = self.borrow()?;
        let done = work(&mut loan);
        if matches!(done, Err(StoreError::Lost)) {
            drop(loan.conn.take());
        }
        done
    }

    fn borrow(&self) -> Result<Loan<'_, C>, StoreError> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        while shelf.idle.is_empty() && shelf.lent >= self.limit {
            shelf = self.returned.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
        shelf.lent += 1;
        let idle = shelf.idle.pop();
        drop(shelf);
        let mut loan = Loan { pool: self, conn: idle };
        if loan.conn.is_none() {
            loan.conn = Some((self.open)()?);
        }
        Ok(loan)
    }
}

impl<C> Deref for Loan<'_, C> {
    type Target = C;

    #[expect(clippy::expect_used, reason = "filled by borrow, emptied only at the end of the loan")]
    fn deref(&self) -> &C {
        self.conn.as_ref().expect("invariant: a loan in use has its connection")
    }
}

impl<C> DerefMut for Loan<'_, C> {
    #[expect(clippy::expect_used, reason = "filled by borrow, emptied only at the end of the loan")]
    fn deref_mut(&mut self) -> &mut C {
        self.conn.as_mut().expect("invariant: a loan in use has its connection")
    }
}

impl<C> Drop for Loan<'_, C> {
    fn drop(&mut self) {
        let mut shelf = self.pool.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.lent -= 1;
        // A panic may have left a transaction open: such a connection is closed, not lent again.
        if let Some(conn) = self.conn.take()
            && !std::thread::panicking()
        {
            shelf.idle.push(conn);
        }
        drop(shelf);
        self.pool.returned.notify_one();
    }
}

impl<C> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn counting() -> Pool<usize> {
        let opened = AtomicUsize::new(0);
        Pool::new(1, move || Ok(opened.fetch_add(1, Ordering::Relaxed)))
    }

    #[test]
    fn a_connection_is_lent_again_but_not_after_it_broke() {
        let pool = counting();
        assert_eq!(pool.with(|conn| Ok(*conn)), Ok(0));
        assert_eq!(pool.with(|conn| Ok(*conn)), Ok(0));
        assert_eq!(pool.with(|_| Err::<(), _>(StoreError::Lost)), Err(StoreError::Lost));
        assert_eq!(pool.with(|conn| Ok(*conn)), Ok(1));
    }

    #[test]
    fn a_panic_closes_the_connection_and_frees_its_place() {
        let pool = counting();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.with(|_| -> Result<(), StoreError> { panic!("boom") })
        }));
        assert!(panicked.is_err());
        assert_eq!(pool.with(|conn| Ok(*conn)), Ok(1));
    }

    #[test]
    fn a_failed_opening_frees_its_place() {
        let pool = Pool::<()>::new(1, || Err(StoreError::Open("refused".to_owned())));
        assert!(pool.with(|()| Ok(())).is_err());
        assert!(pool.with(|()| Ok(())).is_err());
    }
}
