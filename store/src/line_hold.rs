//! Lines nothing may be swapped on. A hold is on the number, in the service domain: it outlives cases and incidents.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::{CaseId, IncidentId, StaffId};

use crate::tx::forward;

/// A hold on a line.
#[derive(Clone, PartialEq, Eq)]
pub struct LineHold {
    /// Blind index of the number under the service key.
    pub number: [u8; 16],
    /// Since when.
    pub raised_at: DateTime<Utc>,
    /// Who raised it; none for the customer and for us.
    pub by: Option<StaffId>,
    /// Why, as a code.
    pub reason: String,
    /// The case it was raised over, if it was.
    pub case: Option<(IncidentId, CaseId)>,
    /// When it ended, and who saw to that.
    pub cleared: Option<(DateTime<Utc>, StaffId)>,
    /// When whoever raised it on their own line agreed that it ends.
    pub owner_agreed_at: Option<DateTime<Utc>>,
}

impl LineHold {
    /// Whether it ends only if its owner agrees: they raised it, and nobody overrides that.
    pub fn is_owners(&self) -> bool {
        self.by.is_none() && self.reason == NOT_ME
    }
}

/// Why customers hold their own lines: what the database asks for by this word, too.
pub const NOT_ME: &str = "not_me";

impl fmt::Debug for LineHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LineHold({}, since {})", self.reason, self.raised_at)
    }
}

forward! { line_hold:
    /// Raises a hold, unless there is one: one of the owner's and one of anybody else's. Whether it did. It waits for a command that is being written down for the line: what is
    /// written down afterwards sees it.
    pub fn raise_line_hold(hold: &LineHold) -> bool;
    /// Keeps others from holding a line, and from writing down a command for it, until the transaction ends.
    pub fn lock_line(number: &[u8; 16]) -> ();
    /// The owner of a line agrees that the hold ends which they raised before. Whether there is one, with or without this.
    pub fn agree_to_clear(number: &[u8; 16], at: DateTime<Utc>) -> bool;
    /// Ends those of a line's holds that somebody else had raised, and that its owner has agreed to if they raised it. Whether there was
    /// one; another may be left.
    pub fn clear_line_hold(number: &[u8; 16], by: StaffId, at: DateTime<Utc>) -> bool;
    /// Whether a line is held.
    pub fn line_is_held(number: &[u8; 16]) -> bool;
    /// All holds a line ever had, oldest first.
    pub fn line_holds(number: &[u8; 16]) -> Vec<LineHold>;
    /// Holds that were not cleared, oldest first, as many as `limit`.
    pub fn live_line_holds(limit: i64) -> Vec<LineHold>;
}
