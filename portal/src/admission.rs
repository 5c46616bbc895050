//! Who is let in to the database, and how long others wait for it.
//!
//! The machine does what it can do; whoever comes when it is full is told at once when to come again, and costs next to
//! nothing. Nobody is looked up before that.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use simrecall_engine::{Problem, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long somebody waits for a place.
const PATIENCE: Duration = Duration::from_millis(250);

/// What a piece of work mostly does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Reads.
    Reads,
    /// Writes: one at a time is as fast as many where there is one writer.
    Writes,
    /// Talks to somebody else's server besides, and may be slow.
    Abroad,
    /// Talks to the login provider: it has places of its own, so that a slow one holds up logins and nothing else.
    Login,
}

impl Work {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Reads, Self::Writes, Self::Abroad, Self::Login];

    /// As metrics name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Abroad => "abroad",
            Self::Login => "login",
        }
    }
}

/// How many may work at once, and how many may wait for each.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// Who read.
    pub readers: NonZeroUsize,
    /// Who write.
    pub writers: NonZeroUsize,
    /// Who wait for a server that is not ours, the login provider or another: so many for each.
    pub abroad: NonZeroUsize,
    /// How many may wait for a place of each kind.
    pub waiting: usize,
}

impl Places {
    /// What fits a machine: twice its cores read and write, since each waits for the disk at times; a server that is not ours is
    /// waited for by more.
    pub fn usual() -> Self {
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let times = |times: usize| cores.saturating_mul(NonZeroUsize::MIN.saturating_add(times));
        Self { readers: times(1), writers: times(1), abroad: times(7), waiting: 256 }
    }
}

/// The doors to the kinds of work.
#[derive(Debug)]
pub(crate) struct Admission {
    reads: Gate,
    writes: Gate,
    abroad: Gate,
    login: Gate,
}

/// One door.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most: usize,
    turned_away: AtomicU64,
}

/// Somebody waits; ends with the wait, however it ends.
struct Waiter<'a>(&'a AtomicUsize);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Admission {
    pub(crate) fn new(places: &Places) -> Self {
        let gate = |count: NonZeroUsize| Gate {
            places: Arc::new(Semaphore::new(count.get())),
            waiting: AtomicUsize::new(0),
            most: places.waiting,
            turned_away: AtomicU64::new(0),
        };
        Self {
            reads: gate(places.readers),
            writes: gate(places.writers),
            abroad: gate(places.abroad),
            login: gate(places.abroad),
        }
    }

    /// The door to one kind of work.
    pub(crate) const fn gate(&self, work: Work) -> &Gate {
        match work {
            Work::Reads => &self.reads,
            Work::Writes => &self.writes,
            Work::Abroad => &self.abroad,
            Work::Login => &self.login,
        }
    }
}

impl Gate {
    /// A place, at once or within a quarter of a second; the problem `busy` if there is none.
    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let waiter = Waiter(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.most {
            return Err(self.turn_away());
        }
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        drop(waiter);
        place.map_err(|_| self.turn_away())?.map_err(|_| self.turn_away())
    }

    fn turn_away(&self) -> Problem {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
        Problem::state("busy", "too many ask at once").hint("try again in a moment")
    }

    /// How many wait now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many places are free now.
    pub(crate) fn free(&self) -> usize {
        self.places.available_permits()
    }

    /// How many were turned away so far.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_place(waiting: usize) -> Admission {
        let one = NonZeroUsize::MIN;
        Admission::new(&Places { readers: one, writers: one, abroad: one, waiting })
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn whoever_finds_no_place_is_told_to_come_again() {
        runtime().block_on(async {
            let admission = one_place(0);
            let gate = admission.gate(Work::Reads);
            let held = gate.enter().await.unwrap();
            assert_eq!(gate.enter().await.unwrap_err().code, "busy");
            assert_eq!((gate.waiting(), gate.turned_away()), (0, 1));
            drop(held);
            drop(gate.enter().await.unwrap());
            // Another kind of work has places of its own.
            drop(admission.gate(Work::Writes).enter().await.unwrap());
        });
    }

    #[test]
    fn a_place_that_comes_free_goes_to_who_waits() {
        runtime().block_on(async {
            let admission = Arc::new(one_place(1));
            let held = admission.gate(Work::Reads).enter().await.unwrap();
            let second = Arc::clone(&admission);
            let second =
                tokio::spawn(
                    async move { second.gate(Work::Reads).enter().await.map(drop).is_ok() },
                );
            while admission.gate(Work::Reads).waiting() == 0 {
                tokio::task::yield_now().await;
            }
            // One waits already: the next is not let wait.
            assert!(admission.gate(Work::Reads).enter().await.is_err());
            drop(held);
            assert!(second.await.unwrap());
            assert_eq!(admission.gate(Work::Reads).waiting(), 0);
        });
    }

    /// A person who closes the page no longer counts as waiting.
    #[test]
    fn who_gives_up_waiting_is_forgotten() {
        runtime().block_on(async {
            let admission = Arc::new(one_place(1));
            let held = admission.gate(Work::Reads).enter().await.unwrap();
            let second = Arc::clone(&admission);
            let task = tokio::spawn(async move { second.gate(Work::Reads).enter().await.is_ok() });
            while admission.gate(Work::Reads).waiting() == 0 {
                tokio::task::yield_now().await;
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(admission.gate(Work::Reads).waiting(), 0);
            drop(held);
        });
    }
}
