//! The network's register of subscribers (HLR): which card has which number, and whether it may attach.
//!
//! [`Provisioning`] is what a swap needs of any carrier's provisioning; [`OsmoHlr`] speaks it to an OsmoHLR. Every call blocks for
//! its patience at most, and whatever goes wrong is one of three: surely not done, perhaps done, or never sent ([`HlrError`]).
//!
//! # After an unknown answer
//! A command that nobody answered may still be waiting at the HLR. So nothing is sent and nothing is looked at before the HLR has read
//! to the end of what we sent and closed its side: a look shows what stays true, not what is about to change.

mod ctrl;
mod error;
mod fields;
mod frame;
mod key;
mod lock;
mod osmo;
mod subscriber;
mod turn;
mod vty;

use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::replacement::swap::Access;

pub use self::error::{Doubt, HlrError, Refusal, Unsent};
pub use self::key::{MilenageKey, ParseKeyError};
pub use self::lock::{Enforcement, LockOrder};
pub use self::osmo::{HlrSettings, OsmoHlr};
pub use self::subscriber::{LastSeen, Subscriber};

/// What a swap asks of the network's records. One call is one question or one command; none is tried again by itself.
pub trait Provisioning: Send + Sync {
    /// One row as the HLR says it now; `None` if there is no such row.
    fn read(&self, imsi: &Imsi) -> Result<Option<Subscriber>, HlrError>;

    /// Whether the HLR answers at all: asked before anything is opened for a question to it.
    fn is_there(&self) -> Result<(), HlrError>;

    /// Which row has the number; `None` if nobody has.
    fn holder(&self, number: &Msisdn) -> Result<Option<Imsi>, HlrError>;

    /// When a VLR or SGSN last registered this row's phone; `None` if none ever did, or there is no such row.
    fn last_seen(&self, imsi: &Imsi) -> Result<Option<LastSeen>, HlrError>;

    /// Makes a row without key and number.
    ///
    /// OsmoHLR makes it with both domains open, and registers its phone at a VLR that does not authenticate: disable it at once.
    fn create(&self, imsi: &Imsi) -> Result<(), HlrError>;

    /// Writes the key. Never for a row that has one: its SQN would begin again at 0 and its card would refuse the network.
    fn set_key(&self, imsi: &Imsi, key: &MilenageKey) -> Result<(), HlrError>;

    /// Gives the row this number, or none. A number that another row has is refused ([`Refusal::NumberTaken`]).
    fn set_number(&self, imsi: &Imsi, number: Option<&Msisdn>) -> Result<(), HlrError>;

    /// Opens and closes the two domains, in a way that the VLR where the phone is hears of.
    fn set_access(&self, imsi: &Imsi, access: Access) -> Result<(), HlrError>;

    /// Deletes the row. No VLR is told: disable it first.
    fn delete(&self, imsi: &Imsi) -> Result<(), HlrError>;

    /// Suspends or moves the lock of a line to its handset, where the network has one.
    fn lock(&self, order: &LockOrder) -> Result<Enforcement, HlrError>;
}

#[cfg(test)]
mod tests;
