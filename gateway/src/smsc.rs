//! SMPP 3.4: a session of our own over the `rusmpp` codec.
//!
//! ```text
//! Route ── submissions ──▶ queue ──▶ session (one for each connection) ──▶ SMSC
//!       ◀──── events ──────────────  window · licence · receipts  ◀─────── SMSC
//!                                    driver: logs in again, says how the route is
//! ```
//!
//! What a caller can rely on:
//!
//! - Every submission gets exactly one [`Event::Result`](crate::route::Event::Result), whatever breaks. An answer that
//!   comes after it was reported in doubt follows as [`Event::Late`](crate::route::Event::Late).
//! - `NotAccepted` means the SMSC did not take it: throttled, queue full, or never wholly written. What was wholly
//!   written and not answered is `InDoubt`.
//! - A receipt is answered only after [`Ack::committed`](crate::route::Ack::committed); a dropped one is asked for
//!   again. At most 1,000 wait for their commit on each connection, then it stops reading.
//! - While no connection is up, submissions wait for one response timeout and are then given back as `NotAccepted`
//!   (`link down`). A refused login is not repeated: once every connection is refused the route says
//!   [`LinkState::Refused`](crate::route::LinkState::Refused) and gives everything back (`link refused`).
//! - Text a person writes back is refused: this route has nobody to read it.
//!
//! | file | holds |
//! |---|---|
//! | `settings`, `message` | what the caller says |
//! | `frame`, `status`, `receipt` | what the wire says |
//! | `window`, `bucket` | what may go out and what came of it, without I/O |
//! | `link`, `session`, `driver` | the connections |

mod bucket;
mod driver;
pub(crate) mod frame;
mod link;
mod message;
mod receipt;
mod session;
pub(crate) mod settings;
pub(crate) mod status;
mod window;

pub use message::{Body, Segment, ShortMessage};
pub use settings::{Backoff, IdForm, IdForms, LongText, SmscSettings, TlsSettings};

use crate::route::{Route, RouteError};

/// Starts a route and waits for its first login. Further connections follow on their own.
///
/// The end is as [`Route`] describes; a connection that is lost after [`Route::finish`] is made again, since its
/// receipts are still wanted.
pub async fn connect(settings: SmscSettings) -> Result<Route<ShortMessage>, RouteError> {
    driver::start(settings).await
}
