//! Who asked for a new card for which line.

use chrono::{DateTime, Utc};
use simrecall_core::id::{CaseId, IncidentId, LineId, SubscriberId};
use simrecall_core::replacement::State;

use crate::tx::forward;

/// One application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplacementCase {
    /// The incident it is for.
    pub incident: IncidentId,
    /// The line.
    pub line: LineId,
    /// Its name, random.
    pub id: CaseId,
    /// Who asked, or for whom somebody asked.
    pub person: SubscriberId,
    /// Where it is.
    pub state: State,
    /// When it was made.
    pub applied_at: DateTime<Utc>,
    /// When it came to where it is.
    pub changed_at: DateTime<Utc>,
}

forward! { replacement:
    /// Opens a case, in state applied whatever it says, unless the line has an open one: of many at once one does. Whether it did.
    pub fn apply_for_replacement(case: &ReplacementCase) -> bool;
    /// The cases of these lines, open or not, by line and oldest first.
    pub fn replacements_of(incident: IncidentId, lines: &[LineId]) -> Vec<ReplacementCase>;
    /// Cases in a state, oldest first, as many as `limit`.
    pub fn replacements_in(incident: IncidentId, state: State, limit: i64) -> Vec<ReplacementCase>;
    /// Moves a case that is still in the state `case` says. Whether it was.
    pub fn step_replacement(case: &ReplacementCase, to: State, at: DateTime<Utc>) -> bool;
}
