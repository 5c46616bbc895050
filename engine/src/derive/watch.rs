//! What a derivation shows while it works.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::home::Home;

/// How often somebody who watches is shown something.
const TICK: Duration = Duration::from_millis(200);

/// What is being done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// Attach records are read.
    #[default]
    Attach,
    /// Cards become lines.
    Resolve,
    /// Payments are read.
    Payments,
    /// Payments meet encounters.
    Losses,
    /// What was found of each line is put together.
    Merge,
}

impl Pass {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attach => "attach",
            Self::Resolve => "resolve",
            Self::Payments => "payments",
            Self::Losses => "losses",
            Self::Merge => "merge",
        }
    }
}

/// How far a derivation is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What is being done.
    pub pass: Pass,
    /// How much of it is done: bytes of files while they are read, parts otherwise.
    pub done: u64,
    /// How much there is.
    pub all: u64,
    /// Rows read in this pass; 0 in a pass that reads no files.
    pub rows: u64,
    /// Rows that were kept so far, over all passes.
    pub kept: u64,
    /// Seconds until this pass ends, once that can be told.
    pub eta_seconds: Option<i64>,
}

/// Somebody who watches a derivation.
pub trait Watch {
    /// Called a few times a second while files are read, and once for each part otherwise.
    fn see(&mut self, progress: &Progress);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn see(&mut self, _: &Progress) {}
}

/// Shows the passes of one derivation to somebody.
pub(super) struct Shown<'a> {
    home: &'a Home,
    watch: &'a mut dyn Watch,
    kept: u64,
    began: DateTime<Utc>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(home: &'a Home, watch: &'a mut dyn Watch) -> Self {
        Self { home, watch, kept: 0, began: home.now() }
    }

    /// Does `work` in a thread beside, and meanwhile shows what `count` (bytes, rows) says of so many bytes in all.
    pub(super) fn read<T: Send>(
        &mut self,
        pass: Pass,
        all: u64,
        count: &(dyn Fn() -> (u64, u64) + Sync),
        work: impl FnOnce() -> T + Send,
    ) -> Option<T> {
        self.began = self.home.now();
        std::thread::scope(|scope| {
            let (done, ended) = channel::<()>();
            let worker = scope.spawn(move || {
                let answer = work();
                drop(done);
                answer
            });
            while matches!(ended.recv_timeout(TICK), Err(RecvTimeoutError::Timeout)) {
                let (bytes, rows) = count();
                self.show(pass, bytes, all, rows);
            }
            let answer = worker.join();
            let (bytes, rows) = count();
            self.show(pass, bytes, all, rows);
            answer.ok()
        })
    }

    /// Shows that a part of a pass without files is done.
    pub(super) fn part(&mut self, pass: Pass, done: u64, all: u64) {
        if done == 0 {
            self.began = self.home.now();
        }
        self.show(pass, done, all, 0);
    }

    /// Notes that so many more rows were kept.
    pub(super) fn keep(&mut self, rows: u64) {
        self.kept += rows;
    }

    fn show(&mut self, pass: Pass, done: u64, all: u64, rows: u64) {
        let elapsed = (self.home.now() - self.began).num_seconds();
        let eta_seconds = eta(elapsed, done, all);
        self.watch.see(&Progress { pass, done, all, rows, kept: self.kept, eta_seconds });
    }
}

/// At the pace so far; nothing in the first second.
fn eta(elapsed: i64, done: u64, all: u64) -> Option<i64> {
    let (done, all) = (i128::from(done), i128::from(all));
    if elapsed < 1 || done == 0 {
        return None;
    }
    i64::try_from(i128::from(elapsed) * (all - done).max(0) / done).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_takes_as_long_as_what_is_done() {
        assert_eq!(eta(0, 50, 100), None);
        assert_eq!(eta(10, 0, 100), None);
        assert_eq!(eta(10, 25, 100), Some(30));
        assert_eq!(eta(10, 110, 100), Some(0));
    }
}
