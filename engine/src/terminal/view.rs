//! What was shown, and to whom: one entry for each view.

use serde_json::json;
use simrecall_core::access::Purpose;
use simrecall_core::access::view::{Owner, View, any};
use simrecall_core::id::{CaseId, IncidentId};
use simrecall_store::permit::PermitRequest;
use simrecall_store::{StoreError, Tx};

use super::Seat;
use crate::home::Home;
use crate::problem::{Problem, Result};

/// Whether somebody sees a view of what is so related to them; the same answer whatever is refused.
pub(crate) fn may(seat: &Seat, view: View, owner: Owner) -> Result<()> {
    if any(&seat.staff.roles, view, owner) { Ok(()) } else { Err(not_shown()) }
}

/// What was refused, and what there is not, look the same.
pub(crate) fn not_shown() -> Problem {
    Problem::input("not_found", "there is nothing of that name for you")
}

/// Writes down that a view was granted, where nothing sealed is opened for it: in the transaction that reads it, or right after.
pub(crate) fn granted(
    tx: &mut Tx<'_>,
    home: &Home,
    seat: &Seat,
    (view, case): (View, Option<(IncidentId, CaseId)>),
) -> std::result::Result<(), StoreError> {
    let body = json!({
        "view": view.name(),
        "purpose": Purpose::CustomerRequest.name(),
        "terminal": seat.terminal.id,
        "agency": seat.agency.as_ref().map(|agency| agency.id),
        "case": case.map(|(_, case)| case),
    });
    let incident = case.map(|(incident, _)| incident);
    home.journal(tx, ("view.granted", seat.actor()), incident, body)
}

/// What a permit says where a view opens something sealed: its entry is the view's one entry.
pub(crate) fn permit_of(
    seat: &Seat,
    (view, incident, subject): (View, IncidentId, &str),
    (fields, rows): (&[&str], u64),
) -> PermitRequest {
    PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: seat.actor().to_owned(),
        incident: Some(incident),
        scope: format!("view {} of {subject} at terminal {}", view.name(), seat.terminal.id),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        rows,
    }
}
