//! Approvals of a wave that were given with a passkey.

use chrono::{DateTime, Utc};
use simrecall_core::id::{CredentialId, StaffId, WaveNo};

use crate::tx::forward;

/// A passkey's signature under a wave's statement, with all it takes to check it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyApproval {
    /// The wave.
    pub wave: WaveNo,
    /// Who signed.
    pub staff: StaffId,
    /// In which role, by its code.
    pub role: i16,
    /// With which passkey.
    pub credential: CredentialId,
    /// What was signed.
    pub statement_sha256: [u8; 32],
    /// What the passkey was asked.
    pub challenge: [u8; 32],
    /// SHA-256 of the approval's message and the challenge: it was in the journal before the passkey answered.
    pub pair: [u8; 32],
    /// What the authenticator said of itself.
    pub authenticator_data: Vec<u8>,
    /// What the browser said of the question.
    pub client_data: Vec<u8>,
    /// ES256 over both, as ASN.1.
    pub signature: Vec<u8>,
    /// When the statement was signed: part of the approval's message, in microseconds.
    pub at: DateTime<Utc>,
}

forward! { approval_passkey:
    /// Adds a signature; a second one of the same person, with whatever key, is a conflict.
    pub fn insert_passkey_approval(row: &PasskeyApproval) -> ();
    /// A wave's signatures by passkey.
    pub fn passkey_approvals(wave: WaveNo) -> Vec<PasskeyApproval>;
}
