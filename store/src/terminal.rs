//! Browsers that staff work at, each with a key of its own.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{AgencyId, StaffId, TerminalId};

use crate::invite::CodeHash;
use crate::tx::forward;

coded! {
    /// How far a terminal is. It only goes on, and off is for good.
    TerminalState {
        /// A code was given out; no key came yet.
        Awaited = 1 "awaited",
        /// A key came, and nobody has admitted it.
        Pending = 2 "pending",
        /// Staff may work at it.
        On = 3 "on",
        /// Nobody may any more.
        Off = 4 "off",
    }
}

/// The public half of a terminal's key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TerminalKey {
    /// x and y of the point on P-256.
    pub point: [u8; 64],
    /// What it is called: SHA-256 of its JWK, by RFC 7638.
    pub thumbprint: [u8; 32],
}

impl fmt::Debug for TerminalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TerminalKey(..)")
    }
}

/// One terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// Its name in rows.
    pub id: TerminalId,
    /// Whose; none at the customer centre.
    pub agency: Option<AgencyId>,
    /// Networks it may call from, as addresses with a prefix; none if from anywhere.
    pub networks: Vec<String>,
    /// How far it is.
    pub state: TerminalState,
    /// Its key, once it came.
    pub key: Option<TerminalKey>,
    /// Who gave its code out, and when.
    pub enrolled: (StaffId, DateTime<Utc>),
    /// Who admitted its key, and when.
    pub admitted: Option<(StaffId, DateTime<Utc>)>,
    /// Who switched it off, and when.
    pub off: Option<(StaffId, DateTime<Utc>)>,
}

/// A terminal whose key is to come.
#[derive(Debug, Clone)]
pub struct NewTerminal {
    /// Its name in rows, random.
    pub id: TerminalId,
    /// Whose; none at the customer centre.
    pub agency: Option<AgencyId>,
    /// Networks it may call from.
    pub networks: Vec<String>,
    /// The code its key comes with, and until when.
    pub code: (CodeHash, DateTime<Utc>),
    /// Who gives it out.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
}

forward! { terminal:
    /// Expects a terminal.
    pub fn enrol_terminal(new: &NewTerminal) -> ();
    /// One terminal.
    pub fn terminal(id: TerminalId) -> Option<Terminal>;
    /// The terminal whose key is called so.
    pub fn terminal_by_key(thumbprint: &[u8; 32]) -> Option<Terminal>;
    /// All of them, oldest first.
    pub fn terminals() -> Vec<Terminal>;
    /// Takes a key in with its code; which terminal's it is from now on. None if the code is unknown, used or too old; a key that
    /// another terminal has is a conflict.
    pub fn bring_key(code: CodeHash, key: &TerminalKey, now: DateTime<Utc>) -> Option<TerminalId>;
    /// Lets staff work at a terminal that is pending. Whether it was, and somebody else had given its code out.
    pub fn admit_terminal(id: TerminalId, by: StaffId, at: DateTime<Utc>) -> bool;
    /// Switches a terminal off, and ends whoever is signed in there. Whether it was not off yet.
    pub fn switch_terminal_off(id: TerminalId, by: StaffId, at: DateTime<Utc>) -> bool;
    /// Writes down that a signed request was here. Whether it is the first of that name.
    pub fn note_request(terminal: TerminalId, jti: &[u8; 16], until: DateTime<Utc>) -> bool;
    /// Forgets requests that are old enough; says how many.
    pub fn purge_terminal_requests(now: DateTime<Utc>) -> usize;
}
