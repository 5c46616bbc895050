//! SQLite's one place for a writer, shared: writers who wait for it anyway commit together, so that one sync to disk serves them all.
//!
//! Each has a savepoint of its own within the group's transaction, and learns that it is done only once the group has committed.
//! Whoever finishes and sees nobody waiting commits for all.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use diesel::SqliteConnection;
use diesel::connection::{
    AnsiTransactionManager, Connection as _, SimpleConnection as _, TransactionManager as _,
};
use diesel::result::Error as DieselError;

use crate::error::StoreError;

/// So many commit together at most.
const MOST: usize = 32;
/// How long a group goes on taking others in: other processes want to write, too.
const LONGEST: Duration = Duration::from_millis(20);

type Opener = Box<dyn Fn() -> Result<SqliteConnection, StoreError> + Send + Sync>;
type Outcome = Arc<OnceLock<Result<(), StoreError>>>;

/// The place of the one writer.
pub(crate) struct Writer {
    open: Opener,
    longest: Duration,
    place: Mutex<Place>,
    free: Condvar,
    settled: Condvar,
}

#[derive(Default)]
struct Place {
    conn: Option<SqliteConnection>,
    taken: bool,
    waiting: usize,
    group: Option<Group>,
}

/// A transaction that is open, and those who have written in it.
#[derive(Clone)]
struct Group {
    outcome: Outcome,
    since: Instant,
    members: usize,
}

/// The place, held by somebody; a transaction that is still open when it is dropped is undone.
struct Turn<'w> {
    writer: &'w Writer,
    held: bool,
    conn: Option<SqliteConnection>,
    group: Option<Group>,
}

impl Writer {
    pub(crate) fn new(
        open: impl Fn() -> Result<SqliteConnection, StoreError> + Send + Sync + 'static,
    ) -> Self {
        let (place, free, settled) = (Mutex::default(), Condvar::new(), Condvar::new());
        Self { open: Box::new(open), longest: LONGEST, place, free, settled }
    }

    /// Runs `work` in a transaction; it has committed when this returns. Others may commit with it.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut turn = self.take()?;
        turn.begin()?;
        let done = turn.conn()?.transaction(work);
        turn.end(done)
    }

    /// Runs `work` on the connection with no transaction open and nobody else beside it.
    pub(crate) fn alone<T>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut turn = self.take()?;
        turn.commit();
        turn.open()?;
        let done = work(turn.conn()?);
        if matches!(done, Err(StoreError::Lost)) {
            drop(turn.conn.take());
        }
        done
    }

    fn take(&self) -> Result<Turn<'_>, StoreError> {
        let mut place = self.lock();
        place.waiting += 1;
        while place.taken {
            place = self.free.wait(place).unwrap_or_else(PoisonError::into_inner);
        }
        place.waiting -= 1;
        place.taken = true;
        let (conn, group) = (place.conn.take(), place.group.take());
        drop(place);
        let mut turn = Turn { writer: self, held: true, conn, group };
        turn.open()?;
        Ok(turn)
    }

    /// Says to all who wrote in a group how it went.
    fn settle(&self, outcome: &Outcome, how: Result<(), StoreError>) {
        // A group is settled by whoever took it with the place: nobody was before them.
        let _first = outcome.set(how);
        // Whoever is about to wait has the lock until they wait.
        drop(self.lock());
        self.settled.notify_all();
    }

    /// Waits until a group is settled.
    fn outcome(&self, outcome: &Outcome) -> Result<(), StoreError> {
        let mut place = self.lock();
        loop {
            if let Some(how) = outcome.get() {
                return how.clone();
            }
            place = self.settled.wait(place).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.lock().waiting
    }
}

impl Turn<'_> {
    fn open(&mut self) -> Result<(), StoreError> {
        if self.conn.is_none() {
            self.conn = Some((self.writer.open)()?);
        }
        Ok(())
    }

    fn conn(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.conn.as_mut().ok_or(StoreError::Lost)
    }

    /// Begins the group's transaction, unless it is open. It waits for other processes before it reads, so that it cannot fail half
    /// way.
    fn begin(&mut self) -> Result<(), StoreError> {
        if let Some(group) = &mut self.group {
            group.members += 1;
            return Ok(());
        }
        let begun = AnsiTransactionManager::begin_transaction_sql(self.conn()?, "BEGIN IMMEDIATE");
        if matches!(begun, Err(DieselError::BrokenTransactionManager)) {
            drop(self.conn.take());
        }
        begun?;
        self.group = Some(Group { outcome: Outcome::default(), since: Instant::now(), members: 1 });
        Ok(())
    }

    /// Hands the open transaction to whoever waits, or commits it; waits until somebody has committed.
    fn end<T>(mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let Some(group) = self.group.clone() else { return done };
        if done.is_err() && self.is_gone() {
            drop(self.conn.take());
        } else if group.members >= MOST
            || group.since.elapsed() >= self.writer.longest
            || !self.pass_on()
        {
            self.commit();
        }
        let writer = self.writer;
        drop(self);
        let value = done?;
        writer.outcome(&group.outcome)?;
        Ok(value)
    }

    /// Whether the database itself undid the group's transaction: then another one can begin.
    fn is_gone(&mut self) -> bool {
        self.conn().is_ok_and(|conn| conn.batch_execute("BEGIN").is_ok())
    }

    /// Leaves the place, with the transaction open, to somebody who waits. `false`: nobody does.
    fn pass_on(&mut self) -> bool {
        let mut place = self.writer.lock();
        if place.waiting == 0 {
            return false;
        }
        (place.conn, place.group) = (self.conn.take(), self.group.take());
        (place.taken, self.held) = (false, false);
        drop(place);
        self.writer.free.notify_one();
        true
    }

    /// Commits what is open, for all who wrote in it.
    fn commit(&mut self) {
        let Some(group) = self.group.take() else { return };
        let commit = |conn: &mut SqliteConnection| {
            AnsiTransactionManager::commit_transaction(conn).map_err(StoreError::from)
        };
        let mut committed = self.conn().and_then(commit);
        if committed.is_err() {
            drop(self.conn.take());
            if group.members > 1 {
                // One of them is to blame, the others are not: each writes again.
                committed = Err(StoreError::Busy);
            }
        }
        self.writer.settle(&group.outcome, committed);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.held {
            return;
        }
        // Nobody will commit this transaction: the connection is closed with it, and whoever wrote in it writes again.
        if let Some(group) = self.group.take() {
            drop(self.conn.take());
            self.writer.settle(&group.outcome, Err(StoreError::Busy));
        }
        let mut place = self.writer.lock();
        // A panic may have left a transaction open.
        place.conn = self.conn.take().filter(|_| !std::thread::panicking());
        place.taken = false;
        drop(place);
        self.writer.free.notify_one();
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
