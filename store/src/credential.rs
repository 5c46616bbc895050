//! What people who work here sign with: one register, for approval keys and passkeys.

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{CredentialId, StaffId};

use crate::tx::forward;

coded! {
    /// What kind of key it is.
    CredentialKind {
        /// A key in a file, for approvals typed at a command line.
        Ed25519 = 1 "ed25519",
        /// A passkey.
        Passkey = 2 "passkey",
    }
}

/// Something somebody signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its name in rows.
    pub id: CredentialId,
    /// Whose.
    pub staff: StaffId,
    /// Its public half.
    pub key: CredentialKey,
    /// The highest count its authenticator gave; 0 of one that counts nothing.
    pub counter: i64,
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// Until when; what was signed before is still checked with it.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialKey {
    /// Of an Ed25519 key.
    Ed25519([u8; 32]),
    /// Of a passkey.
    Passkey(PasskeyKey),
}

/// The public half of a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyKey {
    /// What its authenticator calls it.
    pub id: Vec<u8>,
    /// x and y of the point on P-256.
    pub point: [u8; 64],
    /// The passkey as it was registered, in the words of whoever checks it at sign-in.
    pub record: String,
}

impl Credential {
    /// Whether it signs at that moment.
    pub fn signs_at(&self, at: DateTime<Utc>) -> bool {
        self.added_at <= at && self.ended_at.is_none_or(|ended| at < ended)
    }

    /// Its Ed25519 key, if it is one.
    pub const fn ed25519(&self) -> Option<&[u8; 32]> {
        match &self.key {
            CredentialKey::Ed25519(key) => Some(key),
            CredentialKey::Passkey(_) => None,
        }
    }

    /// Its passkey, if it is one.
    pub const fn passkey(&self) -> Option<&PasskeyKey> {
        match &self.key {
            CredentialKey::Ed25519(_) => None,
            CredentialKey::Passkey(key) => Some(key),
        }
    }
}

forward! { credential:
    /// Adds a key; one that somebody has already is a conflict.
    pub fn add_credential(credential: &Credential) -> ();
    /// One key, ended or not.
    pub fn credential(id: CredentialId) -> Option<Credential>;
    /// The passkey that its authenticator calls so, ended or not.
    pub fn credential_by_key(key_id: &[u8]) -> Option<Credential>;
    /// All keys somebody ever had, oldest first.
    pub fn credentials(staff: StaffId) -> Vec<Credential>;
    /// Writes a passkey anew after it was used, with its count, which rises unless it is none. Whether it had not ended.
    pub fn use_passkey(id: CredentialId, record: &str, counter: i64) -> bool;
    /// Ends every passkey somebody has; says how many.
    pub fn end_passkeys(staff: StaffId, at: DateTime<Utc>) -> usize;
    /// Ends every key somebody has; says how many.
    pub fn end_credentials(staff: StaffId, at: DateTime<Utc>) -> usize;
}
