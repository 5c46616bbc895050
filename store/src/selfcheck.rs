//! What may be told to whoever asks about themselves, and what they were told last.

use chrono::{DateTime, Utc};
use simrecall_core::cohort::FactSet;
use simrecall_core::id::{IncidentId, RevisionNo};
use simrecall_core::selfcheck::{Seen, Subject};

use crate::tx::forward;

/// A revision that people were told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// The revision.
    pub revision: RevisionNo,
    /// When the first wave that told it was let go.
    pub at: DateTime<Utc>,
}

/// What the page said, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldHere {
    /// What it said.
    pub seen: Seen,
    /// When it said so first.
    pub at: DateTime<Utc>,
}

forward! { selfcheck:
    /// The highest revision that a released wave told; a wave that was let go and then given up counts, since people of it
    /// were told. A list that nobody signed tells nobody anything.
    pub fn released_revision(incident: IncidentId) -> Option<Released>;
    /// The facts that are true of anybody in a revision, together. It reads the whole revision: ask once and keep it.
    pub fn touched(incident: IncidentId, revision: RevisionNo) -> FactSet;
    /// What the page said last to a subject.
    pub fn told_here(incident: IncidentId, subject: Subject) -> Option<ToldHere>;
    /// Keeps what the page says now, in place of what it said before; what an older revision says does not replace what a
    /// newer one said.
    pub fn tell_here(incident: IncidentId, subject: Subject, told: &ToldHere) -> ();
}
