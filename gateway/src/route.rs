//! What every route has in common: submissions go in, events come out.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::problem::Blame;
use tokio::sync::{mpsc, oneshot};

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
        /// The network's own ids.
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
pub struct Ack(Option<oneshot::Sender<()>>);

impl Ack {
    /// An acknowledgement somebody waits for.
    pub fn new(waiting: oneshot::Sender<()>) -> Self {
        Self(Some(waiting))
    }

    /// An acknowledgement nobody waits for.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The receipt is committed.
    pub fn committed(self) {
        if let Some(waiting) = self.0 {
            // The link may be gone; then the network repeats the receipt, which is harmless.
            drop(waiting.send(()));
        }
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
    /// A receipt, to be committed and then acknowledged.
    Receipt(Receipt, Ack),
    /// The connection changed.
    Link(LinkState),
}

/// A running route: push submissions in, read events out.
///
/// The caller holds the window: it never has more than [`Route::window`] submissions without a result.
#[derive(Debug)]
pub struct Route<M> {
    /// Where submissions go.
    pub submissions: mpsc::Sender<Submission<M>>,
    /// Where events come from.
    pub events: mpsc::Receiver<Event>,
    /// How many submissions may be without a result, over all connections of the route.
    pub window: usize,
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
