//! Codes that wait to be sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use simrecall_core::id::RequestId;
use simrecall_core::identity::Msisdn;
use simrecall_store::session::SessionId;
use tokio::sync::Notify;
use zeroize::Zeroizing;

/// A code on its way.
pub(crate) struct Letter<T> {
    /// The request it answers, and whose browser's that is.
    pub(crate) request: (SessionId, RequestId),
    /// When it is worth nothing any more.
    pub(crate) until: DateTime<Utc>,
    /// Where to, and what it says.
    pub(crate) what: T,
}

/// By mail.
pub(crate) struct Post {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: Zeroizing<String>,
}

/// By the carrier's message service, which makes the code itself.
pub(crate) struct Message {
    pub(crate) number: Msisdn,
    pub(crate) text: String,
    /// Whether the service may have taken it before, and has not said so.
    pub(crate) is_second: bool,
}

impl<T> fmt::Debug for Letter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(***)")
    }
}

/// Codes that wait, oldest first; never more than it was made for, and one of each browser.
pub(crate) struct Queue<T> {
    most: usize,
    waiting: Mutex<VecDeque<Letter<T>>>,
    came: Notify,
}

impl<T> Queue<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, waiting: Mutex::default(), came: Notify::new() }
    }

    /// Puts one at the end, in place of an older one of the same browser; gives it back if there is no room.
    pub(crate) fn push(&self, letter: Letter<T>) -> Result<(), Letter<T>> {
        let mut waiting = self.lock();
        waiting.retain(|older| older.request.0 != letter.request.0);
        if waiting.len() >= self.most {
            return Err(letter);
        }
        waiting.push_back(letter);
        drop(waiting);
        self.came.notify_one();
        Ok(())
    }

    /// Whether a newer code of the same browser waits here, so that this one counts no more.
    pub(super) fn overtakes(&self, letter: &Letter<T>) -> bool {
        self.lock().iter().any(|newer| newer.request.0 == letter.request.0)
    }

    /// Whether another one finds room.
    pub(super) fn has_room(&self) -> bool {
        self.lock().len() < self.most
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The oldest one, as soon as there is one.
    pub(super) async fn next(&self) -> Letter<T> {
        loop {
            let came = self.came.notified();
            let oldest = self.lock().pop_front();
            if let Some(letter) = oldest {
                return letter;
            }
            came.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Letter<T>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(browser: u8, request: u8) -> Letter<()> {
        let until = DateTime::from_timestamp(1_757_000_000, 0).unwrap();
        let request = (SessionId([browser; 32]), RequestId::from_bytes([request; 16]));
        Letter { request, until, what: () }
    }

    fn no(letter: &Letter<()>) -> u8 {
        letter.request.1.as_bytes()[0]
    }

    #[test]
    fn it_is_bounded_and_shows_nobody() {
        let queue = Queue::new(2);
        assert!(queue.push(letter(1, 1)).is_ok() && queue.has_room());
        assert!(queue.push(letter(2, 2)).is_ok() && !queue.has_room());
        let back = queue.push(letter(3, 3)).unwrap_err();
        assert_eq!(format!("{back:?}"), "Letter(***)");
        assert_eq!(queue.len(), 2);
    }

    #[tokio::test]
    async fn the_oldest_goes_first_and_who_waits_is_woken() {
        let queue = std::sync::Arc::new(Queue::new(2));
        let waits = std::sync::Arc::clone(&queue);
        let first = tokio::spawn(async move { waits.next().await });
        tokio::task::yield_now().await;
        assert!(queue.push(letter(1, 1)).is_ok() && queue.push(letter(2, 2)).is_ok());
        assert_eq!(no(&first.await.unwrap()), 1);
        assert_eq!(no(&queue.next().await), 2);
    }

    #[tokio::test]
    async fn a_newer_code_of_the_same_browser_takes_the_older_one_s_place() {
        let queue = Queue::new(2);
        for (browser, request) in [(1, 1), (2, 2), (1, 3)] {
            queue.push(letter(browser, request)).unwrap();
        }
        assert_eq!(queue.len(), 2);
        assert!(queue.overtakes(&letter(1, 1)) && !queue.overtakes(&letter(3, 1)));
        assert_eq!((no(&queue.next().await), no(&queue.next().await)), (2, 3));
    }
}
