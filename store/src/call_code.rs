//! Six digits that a customer's page shows while they call: they name a case to the customer centre, for a few minutes.

use chrono::{DateTime, Utc};
use simrecall_core::id::{CaseId, IncidentId};

use crate::tx::forward;

/// One such code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCode {
    /// Keyed hash of the digits under the service key.
    pub code: [u8; 32],
    /// The case it names.
    pub case: (IncidentId, CaseId),
    /// What the digits are made of, with the case.
    pub salt: [u8; 16],
    /// Until when it names it.
    pub until: DateTime<Utc>,
}

forward! { call_code:
    /// Shows a code for a case, in place of the one before; those that are over are forgotten. Whether no other case is named by these
    /// digits now.
    pub fn show_call_code(code: &CallCode, now: DateTime<Utc>) -> bool;
    /// What is shown for a case now.
    pub fn call_code_of(incident: IncidentId, case: CaseId, now: DateTime<Utc>) -> Option<CallCode>;
    /// Which case digits name now.
    pub fn call_code(code: &[u8; 32], now: DateTime<Utc>) -> Option<CallCode>;
}
