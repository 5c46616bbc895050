//! Orders to the carrier's other systems: written with what they follow from, sent one by one until each is taken over or refused.
//!
//! | file | does |
//! |---|---|
//! | `draft` | an order is put together and sealed, by whoever writes it in a transaction of theirs |
//! | `receiver` | which system takes which kind, and how it fares in this run |
//! | `send` | the loop: claim, open, send, settle |
//! | `follow` | what an answer makes true, in the transaction that settles it |
//! | `list` | how many wait and why; what was refused is put back |

mod draft;
mod follow;
mod list;
mod receiver;
mod send;

pub(crate) use draft::{About, draft};
pub use list::{OrderList, OrderRow, Retry, RetryAnswer, list, retry};
pub use receiver::needs_receiver;
pub use send::{Pass, Point, ReceiverAnswer, SendAnswer, Unwatched, Watch, send};
