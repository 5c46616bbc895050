//! One row of the HLR.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::swap::{Access, KeyState};

use super::MilenageKey;

/// One row as the HLR says it now.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Its number.
    pub number: Option<Msisdn>,
    /// Which domains it may use.
    pub access: Access,
    /// The sequence number of its last authentication vector; none without a key, 0 with a key that was never used.
    pub sqn: Option<u64>,
    /// Whether a VLR (CS) or SGSN (PS) has registered its phone since the row was made. It says nothing of when, and stays true
    /// after the row was disabled ([`super::Provisioning::last_seen`] says when).
    pub registered: bool,
    /// What it authenticates with.
    pub(super) key: StoredKey,
}

/// A row's key.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum StoredKey {
    None,
    Milenage(MilenageKey),
    /// A kind that no card of ours has, alone or besides a Milenage key.
    Foreign,
}

/// When a phone last registered, by the HLR's clock, which keeps whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastSeen {
    /// The moment, in whichever domain was the later.
    pub at: DateTime<Utc>,
    /// How long ago that was when the HLR was asked: for whoever does not trust the HLR's clock to be ours.
    pub ago: Duration,
}

impl Subscriber {
    /// A row that says this; a foreign key cannot be made.
    pub fn new(number: Option<Msisdn>, access: Access, key: Option<(MilenageKey, u64)>) -> Self {
        let sqn = key.as_ref().map(|(_, sqn)| *sqn);
        let key = key.map_or(StoredKey::None, |(key, _)| StoredKey::Milenage(key));
        Self { number, access, sqn, registered: false, key }
    }

    /// Whether it has this key, none, or another.
    pub fn key_is(&self, key: &MilenageKey) -> KeyState {
        match &self.key {
            StoredKey::None => KeyState::None,
            StoredKey::Milenage(its) if its == key => KeyState::Ours,
            StoredKey::Milenage(_) | StoredKey::Foreign => KeyState::Other,
        }
    }

    /// Whether it has any key.
    pub const fn has_key(&self) -> bool {
        !matches!(self.key, StoredKey::None)
    }
}

/// Shows what is no secret and names nobody.
impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber")
            .field("number", &self.number)
            .field("access", &self.access)
            .field("has_key", &self.has_key())
            .field("sqn", &self.sqn)
            .field("registered", &self.registered)
            .finish_non_exhaustive()
    }
}
