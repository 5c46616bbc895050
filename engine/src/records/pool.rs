//! Several files side by side.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::FileFacts;
use crate::intake::file_name;
use crate::problem::{self, Problem, Result};

/// Tells the others that one has failed.
#[derive(Debug, Default)]
pub(super) struct Stop(AtomicBool);

impl Stop {
    /// Says so; whether this is the first to say it.
    fn say(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }

    pub(super) fn is_said(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What a reading ends with that was stopped. The caller of all gets the problem that stopped it instead.
    pub(super) fn problem() -> Problem {
        Problem::state("stopped", "the reading was stopped")
    }
}

/// Checks all files, then reads each on one of as many threads as there are cores, the longest first.
pub(super) fn each<S: Send>(
    files: &[PathBuf],
    stop: &Stop,
    check: impl Fn(&Path) -> Result<()>,
    start: impl Fn() -> S + Sync,
    read: impl Fn(&mut S, &Path) -> Result<FileFacts> + Sync,
) -> Result<(Vec<S>, Vec<FileFacts>)> {
    files.iter().try_for_each(|path| check(path))?;
    let queue = Queue { files: longest_first(files)?, next: AtomicUsize::new(0) };
    let worker = || {
        let mut state = start();
        let mut done = Vec::new();
        while let Some((place, path)) = queue.next().filter(|_| !stop.is_said()) {
            match read(&mut state, path) {
                Ok(facts) => done.push((place, facts)),
                Err(problem) => return Err(stop.say().then_some(problem)),
            }
        }
        Ok((state, done))
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(files.len())).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().map(join).collect()
    });
    gather(results)
}

/// What a thread ends with. A problem is told by the one that had it first.
type Ended<S> = std::result::Result<(S, Vec<(usize, FileFacts)>), Option<Problem>>;

fn gather<S>(results: Vec<Ended<S>>) -> Result<(Vec<S>, Vec<FileFacts>)> {
    let (mut states, mut facts, mut stopped) = (Vec::new(), Vec::new(), None);
    for result in results {
        match result {
            Ok((state, done)) => {
                states.push(state);
                facts.extend(done);
            }
            Err(Some(problem)) => return Err(problem),
            Err(None) => stopped = Some(Stop::problem()),
        }
    }
    facts.sort_unstable_by_key(|(place, _)| *place);
    let facts = facts.into_iter().map(|(_, facts)| facts).collect();
    stopped.map_or(Ok((states, facts)), Err)
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Files and their places in the caller's list.
struct Queue<'a> {
    files: Vec<(usize, &'a Path)>,
    next: AtomicUsize,
}

impl<'a> Queue<'a> {
    fn next(&self) -> Option<(usize, &'a Path)> {
        self.files.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }
}

/// The longest first, so that no long one is left for the end. A file given twice is refused.
fn longest_first(files: &[PathBuf]) -> Result<Vec<(usize, &Path)>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (place, path) in files.iter().enumerate() {
        let real = path.canonicalize().map_err(|error| problem::file(path, error))?;
        let length = fs::metadata(path).map_err(|error| problem::file(path, error))?.len();
        if !seen.insert(real) {
            let what = format!("{} is given twice", file_name(path));
            return Err(Problem::input("file.twice", what).hint("give each file once"));
        }
        found.push((std::cmp::Reverse(length), place, path.as_path()));
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, place, path)| (place, path)).collect())
}
