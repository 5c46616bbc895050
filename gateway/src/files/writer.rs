//! The thread behind a file route: takes what waits, writes it together, answers for each.

use std::io;
use std::path::Path;

use simrecall_core::problem::Blame;
use tokio::sync::mpsc;

use super::disk::{self, Readers};
use crate::route::{Event, Outcome, Route, RouteError, Submission};

/// How many submissions may wait for the disk.
const WINDOW: usize = 512;
/// How many are made safe together.
const BATCH: usize = 256;

/// What a kind of file route does with its submissions.
pub(super) trait Shelf: Send + 'static {
    /// What it takes.
    type Item: Send + 'static;

    /// Writes all of them and makes them safe; one outcome for each, in order.
    fn put(&mut self, items: &[Self::Item]) -> Vec<Outcome>;

    /// Everything is written: finish what holds them together.
    fn close(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts the thread. It ends when the submissions end or nobody reads the events.
pub(super) fn start<S: Shelf>(shelf: S) -> Route<S::Item> {
    let (submissions, queue) = mpsc::channel(WINDOW);
    let (events, incoming) = mpsc::channel(WINDOW + 1);
    let driver = tokio::task::spawn_blocking(move || drive(shelf, queue, &events));
    Route { submissions, events: incoming, window: WINDOW, driver }
}

/// Makes the folder, or says why the route cannot start.
pub(super) fn open_folder(folder: &Path, readers: Readers) -> Result<(), RouteError> {
    disk::make_folder(folder, readers).map_err(|error| unusable(folder, &error))
}

/// The route cannot use a file or folder.
pub(super) fn unusable(path: &Path, error: &io::Error) -> RouteError {
    RouteError::Setting { what: format!("{} cannot be written ({})", path.display(), error.kind()) }
}

/// Writes one file for each submission; its name is the provider id.
pub(super) fn put_files(
    folder: &Path,
    files: &[(String, &[u8])],
    readers: Readers,
) -> Vec<Outcome> {
    let written = disk::write_all(folder, files, readers);
    let outcome = |((name, _), result): (&(String, &[u8]), io::Result<()>)| match result {
        Ok(()) => Outcome::Accepted { provider_ids: vec![name.clone()] },
        Err(error) => failed(&error),
    };
    files.iter().zip(written).map(outcome).collect()
}

/// What a failed write means: a full disk may have room again, so the same submission may come again; a name that
/// cannot be a file's name will not become one.
pub(super) fn failed(error: &io::Error) -> Outcome {
    if error.kind() == io::ErrorKind::InvalidInput {
        return Outcome::Rejected { code: "bad name".to_owned(), blame: Blame::Ours };
    }
    Outcome::NotAccepted { code: format!("disk: {}", error.kind()) }
}

fn drive<S: Shelf>(
    mut shelf: S,
    mut queue: mpsc::Receiver<Submission<S::Item>>,
    events: &mpsc::Sender<Event>,
) {
    let mut waiting = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut waiting, BATCH) > 0 {
        let (tags, items): (Vec<u64>, Vec<S::Item>) =
            waiting.drain(..).map(|submission| (submission.tag, submission.message)).unzip();
        for (tag, outcome) in tags.into_iter().zip(shelf.put(&items)) {
            if events.blocking_send(Event::Result { tag, outcome }).is_err() {
                break;
            }
        }
        if events.is_closed() {
            break;
        }
    }
    if let Err(error) = shelf.close() {
        tracing::error!(kind = %error.kind(), "a file route could not be closed in order");
    }
}
