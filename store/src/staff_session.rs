//! Who is signed in, and where: one row a person.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::{CredentialId, SessionNo, StaffId, TerminalId};

use crate::tx::forward;

/// SHA-256 of the key in somebody's cookie. The key itself is kept nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CookieHash(pub [u8; 32]);

impl fmt::Debug for CookieHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieHash(..)")
    }
}

/// The cookie before a step-up. It asks again for the answer of that step-up, and does nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Its hash.
    pub hash: CookieHash,
    /// Until when it does that.
    pub until: DateTime<Utc>,
    /// What the step-up was over.
    pub about: [u8; 16],
}

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffSession {
    /// Its name, which stays when its cookie changes.
    pub no: SessionNo,
    /// The cookie it is found by.
    pub hash: CookieHash,
    /// The cookie before.
    pub before: Option<Before>,
    /// Who.
    pub staff: StaffId,
    /// Where.
    pub terminal: TerminalId,
    /// With which passkey.
    pub credential: CredentialId,
    /// When they signed in.
    pub started_at: DateTime<Utc>,
    /// When it was used last, as far as that was written down.
    pub touched_at: DateTime<Utc>,
}

forward! { staff_session:
    /// Signs somebody in, and ends where they were signed in before.
    pub fn begin_staff_session(session: &StaffSession) -> ();
    /// The sign-in that has this cookie, or had it before a step-up; its age is for the caller to judge.
    pub fn staff_session(hash: CookieHash) -> Option<StaffSession>;
    /// Where somebody is signed in.
    pub fn staff_session_of(staff: StaffId) -> Option<StaffSession>;
    /// Keeps a sign-in from being ended until the transaction ends. Whether it is there, with that cookie.
    pub fn hold_staff_session(no: SessionNo, hash: CookieHash) -> bool;
    /// Writes down that it is used now, unless that was written down since `before`. Whether it was.
    pub fn touch_staff_session(no: SessionNo, now: DateTime<Utc>, before: DateTime<Utc>) -> bool;
    /// Gives a sign-in another cookie. Whether it had the one named as the one before, or one before it that is named there.
    pub fn renew_staff_session(no: SessionNo, now_has: CookieHash, gets: CookieHash, before: &Before) -> bool;
    /// Ends a sign-in. Whether it was there.
    pub fn end_staff_session(no: SessionNo) -> bool;
    /// Ends wherever somebody is signed in; says how many.
    pub fn end_sessions_of(staff: StaffId) -> usize;
    /// Ends sign-ins that were used last at `idle` or before, or began at `begun` or before; says how many.
    pub fn purge_staff_sessions(idle: DateTime<Utc>, begun: DateTime<Utc>) -> usize;
}
