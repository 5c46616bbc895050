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
pub(crate) enum Letter {
    /// By mail.
    Mail {
        /// What its bounces and its Message-ID are named after.
        reference: String,
        to: String,
        subject: String,
        text: Zeroizing<String>,
        /// When it is worth nothing any more.
        until: DateTime<Utc>,
    },
    /// By the carrier's message service, which makes the code itself.
    Sms {
        /// The request that waits for the service's own name of it.
        request: (SessionId, RequestId),
        number: Msisdn,
        text: String,
        until: DateTime<Utc>,
    },
}

impl Letter {
    pub(crate) const fn until(&self) -> DateTime<Utc> {
        match self {
            Self::Mail { until, .. } | Self::Sms { until, .. } => *until,
        }
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(***)")
    }
}

/// Codes that wait, oldest first; never more than it was made for.
pub(crate) struct Queue {
    most: usize,
    waiting: Mutex<VecDeque<Letter>>,
    came: Notify,
}

impl Queue {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, waiting: Mutex::default(), came: Notify::new() }
    }

    /// Puts one at the end; gives it back if there is no room.
    pub(crate) fn push(&self, letter: Letter) -> Result<(), Letter> {
        let mut waiting = self.lock();
        if waiting.len() >= self.most {
            return Err(letter);
        }
        waiting.push_back(letter);
        drop(waiting);
        self.came.notify_one();
        Ok(())
    }

    /// Whether another one finds room.
    pub(crate) fn has_room(&self) -> bool {
        self.lock().len() < self.most
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The oldest one, as soon as there is one.
    pub(crate) async fn next(&self) -> Letter {
        loop {
            let came = self.came.notified();
            let oldest = self.lock().pop_front();
            if let Some(letter) = oldest {
                return letter;
            }
            came.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Letter>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(request: u8) -> Letter {
        let until = DateTime::from_timestamp(1_757_000_000, 0).unwrap();
        let number = Msisdn::parse("010-1234-5678").unwrap();
        let request = (SessionId([0; 32]), RequestId::from_bytes([request; 16]));
        Letter::Sms { request, number, text: String::new(), until }
    }

    #[test]
    fn it_is_bounded_and_shows_nobody() {
        let queue = Queue::new(2);
        assert!(queue.push(letter(1)).is_ok() && queue.has_room());
        assert!(queue.push(letter(2)).is_ok() && !queue.has_room());
        let back = queue.push(letter(3)).unwrap_err();
        assert_eq!(format!("{back:?}"), "Letter(***)");
        assert_eq!(queue.len(), 2);
    }

    #[tokio::test]
    async fn the_oldest_goes_first_and_who_waits_is_woken() {
        let queue = std::sync::Arc::new(Queue::new(2));
        let waits = std::sync::Arc::clone(&queue);
        let first = tokio::spawn(async move { waits.next().await });
        tokio::task::yield_now().await;
        assert!(queue.push(letter(1)).is_ok() && queue.push(letter(2)).is_ok());
        let no = |letter: &Letter| match letter {
            Letter::Sms { request, .. } => request.1.as_bytes()[0],
            Letter::Mail { .. } => 0,
        };
        assert_eq!(no(&first.await.unwrap()), 1);
        assert_eq!(no(&queue.next().await), 2);
    }
}
