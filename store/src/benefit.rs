//! What people chose of what their carrier offers those whose data leaked: one benefit of a group for a line.

use chrono::{DateTime, Utc};
use simrecall_core::id::{IncidentId, LineId, SubscriberId};

use crate::tx::forward;

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benefit {
    /// The incident.
    pub incident: IncidentId,
    /// The line it is for.
    pub line: LineId,
    /// Of what one may be chosen.
    pub group: String,
    /// What was.
    pub code: String,
    /// Who chose it: whoever held the line then.
    pub person: SubscriberId,
    /// When.
    pub chosen_at: DateTime<Utc>,
    /// When it was handed over to whoever grants it; none as long as it may be changed.
    pub exported_at: Option<DateTime<Utc>>,
}

forward! { benefit:
    /// Puts a choice down, in place of what was chosen of its group for the line. Whether it did: not once that was handed over.
    /// Refused when the incident is being erased.
    pub fn choose_benefit(choice: &Benefit) -> bool;
    /// What was chosen for these lines, by line and group.
    pub fn benefits_of(incident: IncidentId, lines: &[LineId]) -> Vec<Benefit>;
    /// All that was chosen in an incident, by line and group.
    pub fn benefits(incident: IncidentId) -> Vec<Benefit>;
    /// The next page of the choices of an incident, by line and group: behind that one.
    pub fn benefits_after(incident: IncidentId, after: Option<(LineId, &str)>, limit: i64) -> Vec<Benefit>;
    /// Puts down that a choice is handed over, if it still is the one. Whether it was.
    pub fn export_benefit(choice: &Benefit, at: DateTime<Utc>) -> bool;
}
