//! Incidents: what happened, and when it was known.

use simrecall_core::id::IncidentId;

use crate::schema;
use crate::tx::forward;
use crate::types::{At, Id};

/// Where an incident stands. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentState {
    /// Work goes on.
    Open = 1,
    /// Nothing more is expected; everything is kept.
    Closed = 2,
    /// Its rows are being removed.
    Erasing = 3,
}

impl IncidentState {
    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }
}

/// One row of `incident`.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::incident, treat_none_as_default_value = false)]
pub(crate) struct IncidentRow {
    pub(crate) id: Id,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) compromised: String,
    pub(crate) opened_at: At,
    pub(crate) state: i16,
}

forward! { incident:
    pub(crate) fn insert_incident(row: &IncidentRow) -> ();
    pub(crate) fn incident_row(id: IncidentId) -> Option<IncidentRow>;
}
