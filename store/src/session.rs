//! Customers' visits: what each proved, and when it was used last.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::access::{Capacity, Way};
use simrecall_core::id::{IncidentId, LineId, SubscriberId};
use simrecall_core::incident::Channel;

use crate::tx::forward;

/// The name of a visit: SHA-256 of the key in the customer's cookie. The key itself is kept nowhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub [u8; 32]);

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// The incident it asks about.
    pub incident: IncidentId,
    /// Keyed hash of what the browser calls itself.
    pub browser: [u8; 16],
    /// What was proved; none as long as nothing was.
    pub proof: Option<SessionProof>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was used last, as far as that was written down.
    pub touched_at: DateTime<Utc>,
}

/// A proof that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionProof {
    /// How.
    pub way: Way,
    /// The channels it went over.
    pub relies: BTreeSet<Channel>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who it showed; none if it is nobody we can answer.
    pub shown: Option<Shown>,
}

/// Who a proof showed. A line user has a line, anybody else has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// As whom.
    pub capacity: Capacity,
    /// Whom the answer is about: the holder, whoever speaks for them.
    pub person: SubscriberId,
    /// The one line it is about, for a line user.
    pub line: Option<LineId>,
}

forward! { session:
    /// Begins a visit.
    pub fn start_session(session: &Session) -> ();
    /// One visit, however old: its age is for the caller to judge.
    pub fn session(id: SessionId) -> Option<Session>;
    /// Writes down that a visit is used now, unless that was written down since `before`. Whether it was.
    pub fn touch_session(id: SessionId, now: DateTime<Utc>, before: DateTime<Utc>) -> bool;
    /// Ends a visit, with its request for a code. Whether it was there.
    pub fn drop_session(id: SessionId) -> bool;
    /// Ends the visits that were used last at `idle` or before, or began at `begun` or before; says how many.
    pub fn purge_sessions(idle: DateTime<Utc>, begun: DateTime<Utc>) -> usize;
}
