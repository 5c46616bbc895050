//! Codes with which people who work here enrol a passkey.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::StaffId;

use crate::tx::forward;

/// The SHA-256 of a code that is said once and kept nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CodeHash(pub [u8; 32]);

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(..)")
    }
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Its hash.
    pub code: CodeHash,
    /// Whose passkey it enrols.
    pub staff: StaffId,
    /// Who gave it out, and with whom where one is not enough.
    pub by: (StaffId, Option<StaffId>),
    /// When.
    pub made_at: DateTime<Utc>,
    /// Until when it is taken.
    pub until: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

impl Invite {
    /// Whether it can still be used.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && now < self.until
    }
}

forward! { invite:
    /// Gives a code out; from then on an earlier one of the same person is void.
    pub fn add_invite(invite: &Invite) -> ();
    /// One code, however old.
    pub fn invite(code: CodeHash) -> Option<Invite>;
    /// Uses a code up. Whether it could be.
    pub fn use_invite(code: CodeHash, now: DateTime<Utc>) -> bool;
    /// Voids whatever code somebody has.
    pub fn void_invites(staff: StaffId, now: DateTime<Utc>) -> usize;
}
