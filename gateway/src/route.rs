//! What every route has in common: submissions go in, events come out.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use simrecall_core::problem::Blame;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// One thing to hand to the network. `M` is the route's own message (an SMS, a mail, a sheet of paper).
#[derive(Debug)]
pub struct Submission<M> {
    /// The caller's handle for it; every event about it carries the same number.
    pub tag: u64,
    /// What to send, and where.
    pub message: M,
}

/// What the network said to one submission. Every tag gets exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It took it. One id for each part, in order.
    Accepted {
        /// The network's own ids. Empty text where it gave none: such a part can never be matched by id.
        provider_ids: Vec<String>,
    },
    /// It did not take it and would take it later (throttled, queue full, temporary failure, link down before the write).
    NotAccepted {
        /// The network's code, such as `ESME_RTHROTTLED` or `451 4.3.0`.
        code: String,
    },
    /// It will never take it.
    Rejected {
        /// The network's code.
        code: String,
        /// Whose side it is on.
        blame: Blame,
    },
    /// The bytes may have gone out and no answer came.
    InDoubt {
        /// Why: `disconnected`, `timed out`.
        code: String,
    },
}

/// What a receipt says of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// It arrived.
    Delivered,
    /// It will not arrive.
    Failed,
    /// Its validity ended.
    Expired,
    /// The mail came back.
    Bounced,
    /// Still on its way; nothing to decide.
    Pending,
}

/// What the network says later of something it took.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The network's id, as normalised by the route.
    pub provider_id: String,
    /// What became of it.
    pub status: ReceiptStatus,
    /// The network's own code.
    pub code: String,
    /// When, by the network's clock if it said so.
    pub at: Option<DateTime<Utc>>,
    /// The destination it names, as digits or an address; personal data.
    pub destination: String,
    /// The client reference it echoes, if it does.
    pub reference: Option<u16>,
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("provider_id", &self.provider_id)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("at", &self.at)
            .field("destination", &"***")
            .field("reference", &self.reference)
            .finish()
    }
}

/// Tells the network that a receipt is safe with us. Dropping it unsent makes the network deliver the receipt again.
#[derive(Debug)]
pub struct Ack(Option<Waiting>);

#[derive(Debug)]
enum Waiting {
    One(oneshot::Sender<()>),
    Many(u32, mpsc::UnboundedSender<Acked>),
}

/// What became of one receipt that was handed out with [`Ack::numbered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acked {
    /// The number it was handed out under.
    pub number: u32,
    /// True if it is committed; false if it was dropped and must come again.
    pub committed: bool,
}

impl Ack {
    /// An acknowledgement somebody waits for.
    pub const fn new(waiting: oneshot::Sender<()>) -> Self {
        Self(Some(Waiting::One(waiting)))
    }

    /// An acknowledgement somebody waits for among many others; it says so when dropped, too.
    pub const fn numbered(number: u32, waiting: mpsc::UnboundedSender<Acked>) -> Self {
        Self(Some(Waiting::Many(number, waiting)))
    }

    /// An acknowledgement nobody waits for.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The receipt is committed.
    pub fn committed(mut self) {
        self.tell(true);
    }

    /// Whoever waited may be gone; then the network repeats the receipt, which is harmless.
    fn tell(&mut self, committed: bool) {
        match self.0.take() {
            Some(Waiting::One(waiting)) if committed => drop(waiting.send(())),
            Some(Waiting::Many(number, waiting)) => {
                waiting.send(Acked { number, committed }).unwrap_or_default();
            }
            Some(Waiting::One(_)) | None => {}
        }
    }
}

impl Drop for Ack {
    fn drop(&mut self) {
        self.tell(false);
    }
}

/// How a route's connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Bound and usable.
    Up,
    /// Lost; the route is trying again.
    Down {
        /// Why, in plain words.
        reason: String,
    },
    /// Refused for a reason that trying again will not mend (login, certificate). The route has given up.
    Refused {
        /// Why, in plain words.
        reason: String,
    },
}

/// What comes out of a route.
#[derive(Debug)]
pub enum Event {
    /// The answer to one submission.
    Result {
        /// The submission's tag.
        tag: u64,
        /// What the network said.
        outcome: Outcome,
    },
    /// An answer that came after its submission was reported in doubt: it settles the doubt.
    /// Never [`Outcome::InDoubt`], and at most one for each tag.
    Late {
        /// The submission's tag.
        tag: u64,
        /// What the network said.
        outcome: Outcome,
    },
    /// A receipt, to be committed and then acknowledged.
    Receipt(Receipt, Ack),
    /// The connection changed.
    Link(LinkState),
}

/// A running route: push submissions in, read events out.
///
/// The caller holds the window: it never has more than [`Route::window`] submissions without a result.
///
/// Ending, in this order: [`Route::finish`] says that nothing more will be submitted; what was submitted
/// still gets its result, and receipts keep coming for as long as `events` is read. [`Route::close`] (or
/// dropping `events`) says that nobody listens any more; the route takes leave of the network and ends.
#[derive(Debug)]
pub struct Route<M> {
    /// Where submissions go.
    pub submissions: mpsc::Sender<Submission<M>>,
    /// Where events come from.
    pub events: mpsc::Receiver<Event>,
    /// How many submissions may be without a result, over all connections of the route.
    pub window: usize,
    /// The task behind the route; it ends once its connections are closed.
    pub driver: JoinHandle<()>,
}

impl<M> Route<M> {
    /// Says that nothing more will be submitted (unless somebody holds a clone of `submissions`).
    pub fn finish(&mut self) {
        self.submissions = mpsc::channel(1).0;
    }

    /// Stops listening and waits for the connections to close in order, for at most `patience`.
    /// Events not read by now are lost, so drain `events` first. False if patience ran out.
    pub async fn close(self, patience: Duration) -> bool {
        drop(self.submissions);
        drop(self.events);
        tokio::time::timeout(patience, self.driver).await.is_ok()
    }
}

/// A route could not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Nobody answers there.
    #[error("{address} cannot be reached")]
    Unreachable {
        /// Host and port.
        address: String,
    },
    /// The other side refuses us.
    #[error("{address} refuses us ({code})")]
    Refused {
        /// Host and port.
        address: String,
        /// Its code.
        code: String,
    },
    /// A setting makes no sense.
    #[error("{what}")]
    Setting {
        /// What, in plain words.
        what: String,
    },
}
