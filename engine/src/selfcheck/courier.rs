//! Takes codes to the network in the background, so that a request never waits for it and its time says nothing.
//!
//! Mails and messages have a queue and a courier each: a relay that is dead holds up no message, and a dead service no mail. What the
//! network does not take is tried again for as long as the code lives; of the codes one browser asked for, only the newest is.
//!
//! The queues are in memory: they hold addresses and codes, which have no business on a disk, and a code lives for minutes. Whoever
//! lost theirs in a crash asks again.

mod later;
mod message;
mod post;
mod queue;

use std::time::Duration;

use simrecall_core::access::Way;
use tokio::sync::watch;

use self::queue::Queue;
pub(crate) use self::queue::{Letter, Message, Post};
use crate::selfcheck::Door;

/// Between two tries for one code, and between two tries to reach the network.
const PAUSE: Duration = Duration::from_secs(3);
/// How long what is under way may take once the courier is told to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// Codes that wait to be sent, by the way they go.
pub(crate) struct Queues {
    pub(crate) posts: Queue<Post>,
    pub(crate) messages: Queue<Message>,
}

impl Queues {
    /// Queues of at most so many codes each.
    pub(crate) fn new(most: usize) -> Self {
        Self { posts: Queue::new(most), messages: Queue::new(most) }
    }

    /// Whether one more code finds room that goes this way.
    pub(crate) fn have_room(&self, way: Way) -> bool {
        match way {
            Way::Email => self.posts.has_room(),
            Way::Sms => self.messages.has_room(),
            // No code goes these ways.
            Way::Login | Way::Agency => true,
        }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.posts.len() + self.messages.len()
    }
}

/// Takes codes to the network until `stop`, then finishes what is under way.
///
/// A code that the network does not take is tried again for as long as it lives. Without a mail route that can be reached it
/// keeps trying to reach it.
pub async fn run(door: Door, stop: impl Future<Output = ()> + Send) {
    let (stopping, stopped) = watch::channel(false);
    let stop = async {
        stop.await;
        stopping.send_replace(true);
    };
    tokio::join!(
        post::run(&door, until(stopped.clone())),
        message::run(&door, until(stopped)),
        stop
    );
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody is left who could stop it, which is an end too.
    let _ended = stopped.wait_for(|stopped| *stopped).await;
}
