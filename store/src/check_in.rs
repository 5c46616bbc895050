//! How a case is found where its customer checks in: by the keyed hash of what their own page shows, and by nothing else.

use simrecall_core::id::{CaseId, IncidentId};

use crate::tx::forward;

forward! { check_in:
    /// Keeps the keyed hash of what a case's page shows. Kept before: nothing happens.
    pub fn put_check_in_code(code: &[u8; 16], incident: IncidentId, case: CaseId) -> ();
    /// The case that shows it.
    pub fn check_in_case(code: &[u8; 16]) -> Option<(IncidentId, CaseId)>;
}
