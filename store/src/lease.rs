//! Named leases: at most one holder at a time, by token and expiry.

use chrono::{DateTime, Utc};

use crate::error::StoreError;
use crate::tx::{Tx, forward};

/// What a holder shows to prove that the lease is still its own; random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseToken(pub [u8; 16]);

forward! { lease:
    /// Takes a lease that is free, has run out, or is ours already. `false`: somebody else holds it.
    pub fn take_lease(name: &str, token: LeaseToken, now: DateTime<Utc>, until: DateTime<Utc>) -> bool;
    /// Who holds a lease until when, run out or not.
    pub fn lease_holder(name: &str) -> Option<(LeaseToken, DateTime<Utc>)>;
    /// Gives a lease back. `false`: it was not ours any more.
    pub fn release_lease(name: &str, token: LeaseToken) -> bool;
    pub(crate) fn extend_lease(name: &str, token: LeaseToken, now: DateTime<Utc>, until: DateTime<Utc>) -> bool;
}

impl Tx<'_> {
    /// Holds a lease for longer; refused once it has run out, even if nobody has taken it since.
    pub fn renew_lease(
        &mut self,
        name: &str,
        token: LeaseToken,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if self.extend_lease(name, token, now, until)? {
            Ok(())
        } else {
            Err(StoreError::LeaseLost("a named lease"))
        }
    }
}
