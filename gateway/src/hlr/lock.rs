//! The lock of a line to its handset.

use chrono::{DateTime, Utc};
use simrecall_core::identity::{Imei, Imsi};

/// What is to become of a line's lock to its handset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockOrder {
    /// Any handset may be used with this IMSI until then.
    Suspend {
        /// Whose.
        imsi: Imsi,
        /// When the lock comes back by itself.
        until: DateTime<Utc>,
    },
    /// Only one handset may be used with this IMSI.
    Bind {
        /// Whose.
        imsi: Imsi,
        /// The handset; without one, the next that attaches.
        imei: Option<Imei>,
    },
    /// Any handset may be used with this IMSI.
    Release {
        /// Whose.
        imsi: Imsi,
    },
}

/// Whether the network sees to it that an order is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enforcement {
    /// The network refuses other handsets.
    Enforced,
    /// The network has no register of handsets: the order stands in our records alone.
    Unenforced,
}
