//! Lines that are tied to a handset. They outlive incidents: everything of them is keyed and sealed in the service domain.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::protection::StateKind;

use crate::tx::forward;

/// One line's protection.
#[derive(Clone, PartialEq, Eq)]
pub struct Protection {
    /// Blind index of the IMSI under the service key; the record is bound to it.
    pub imsi: [u8; 16],
    /// Where it is.
    pub state: StateKind,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What belongs to the state, sealed under the service key.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Protection({}, since {})", self.state.name(), self.since)
    }
}

forward! { protection:
    /// The protections of these lines, by blind index; a line that never had one is left out, and counts as off.
    pub fn protections_of(imsis: &[[u8; 16]]) -> Vec<Protection>;
    /// Those in a state, longest first, as many as `limit`.
    pub fn protections_in(state: StateKind, limit: i64) -> Vec<Protection>;
    /// How many there are in each state.
    pub fn count_protections() -> Vec<(StateKind, i64)>;
    /// Moves a protection from a state to what `to` says, in one statement; from off also one that was never there. Of many at
    /// once one does. Whether it did.
    pub fn step_protection(from: StateKind, to: &Protection) -> bool;
}
