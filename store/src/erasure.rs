//! What customers did and were answered goes with the incident it was about.

use simrecall_core::id::IncidentId;

use crate::tx::forward;

forward! { erasure:
    /// Removes visits, answers, applications, what clerks ordered for them, claims, chosen benefits and the orders that say something of them, of an incident that is being erased;
    /// refused for any other. Protections and blocked payments stay: they belong to lines, not to an incident.
    pub fn erase_customers(incident: IncidentId) -> ();
}
