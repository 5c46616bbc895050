//! Codes that are on their way: one for each visit, with a few tries and an end.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::access::Way;
use simrecall_core::id::RequestId;

use crate::session::SessionId;
use crate::tx::forward;

/// A request for a code. What was typed is kept as keyed hashes alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ProofRequest {
    /// The visit that asks; it has this one and no other.
    pub session: SessionId,
    /// Its own name, random: a newer request of the same visit has another.
    pub id: RequestId,
    /// How it is to be proved.
    pub way: Way,
    /// Blind index of the number under the incident's key.
    pub msisdn: [u8; 16],
    /// Blind index of the address under the incident's key.
    pub email: Option<[u8; 16]>,
    /// Keyed hash of where the code went: its failures are counted under it.
    pub target: [u8; 16],
    /// HMAC of the code, if it is ours.
    pub code: Option<[u8; 32]>,
    /// What the service that sent the code calls it, once it said so.
    pub reference: Option<String>,
    /// How many more codes may be compared.
    pub tries_left: i16,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The first moment it counts no more.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for ProofRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofRequest")
            .field("id", &self.id)
            .field("way", &self.way)
            .field("tries_left", &self.tries_left)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What spending a try gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spent {
    /// One try was spent: compare now.
    Try(ProofRequest),
    /// None is left.
    UsedUp,
    /// It is too late.
    Expired,
    /// The visit asked for no code, or its code was used.
    Nothing,
}

forward! { proof_request:
    /// Writes a request down in place of the one its visit had, if any. The visit must be there.
    pub fn put_request(request: &ProofRequest) -> ();
    /// The request of a visit, spent or not.
    pub fn request(session: SessionId) -> Option<ProofRequest>;
    /// Keeps what the sending service calls a code. Whether that request is still the visit's.
    pub fn set_request_reference(session: SessionId, id: RequestId, reference: &str) -> bool;
    /// Spends one try, in one statement: of many at once, exactly as many get one as were left.
    pub fn spend_try(session: SessionId, now: DateTime<Utc>) -> Spent;
    /// Gives a try back that compared nothing. Whether that request is still the visit's.
    pub fn return_try(session: SessionId, id: RequestId) -> bool;
    /// Uses a request up, in one statement: of many at once, one is told that it did.
    pub fn use_request(session: SessionId, id: RequestId) -> bool;
    /// Forgets the requests that expired by then; says how many.
    pub fn purge_requests(now: DateTime<Utc>) -> usize;
}
