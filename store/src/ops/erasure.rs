//! Deletes what customers left behind in an incident that is being erased.

use diesel::prelude::*;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::IncidentState;

use super::Conn;
use crate::error::StoreError;
use crate::schema::{
    benefit, call_code, case_event, case_notice, check_in_code, claim, claim_event, countersign,
    incident, look, look_image, outbox, parcel, payment, proof, replacement_case, session,
    swap_order, told_here, wrong_digits,
};
use crate::types::Id;

pub(crate) fn erase_customers(conn: &mut Conn, id: IncidentId) -> Result<(), StoreError> {
    let id = Id::from(id);
    let state: Option<i16> =
        incident::table.find(id).select(incident::state).first(conn).optional()?;
    if state != Some(IncidentState::Erasing.code()) {
        return Err(StoreError::State("the incident is not being erased"));
    }
    diesel::delete(benefit::table.filter(benefit::incident.eq(id))).execute(conn)?;
    diesel::delete(payment::table.filter(payment::incident.eq(id))).execute(conn)?;
    diesel::delete(claim_event::table.filter(claim_event::incident.eq(id))).execute(conn)?;
    diesel::delete(claim::table.filter(claim::incident.eq(id))).execute(conn)?;
    diesel::delete(case_event::table.filter(case_event::incident.eq(id))).execute(conn)?;
    diesel::delete(case_notice::table.filter(case_notice::incident.eq(id))).execute(conn)?;
    diesel::delete(parcel::table.filter(parcel::incident.eq(id))).execute(conn)?;
    diesel::delete(countersign::table.filter(countersign::incident.eq(id))).execute(conn)?;
    diesel::delete(wrong_digits::table.filter(wrong_digits::incident.eq(id))).execute(conn)?;
    diesel::delete(swap_order::table.filter(swap_order::incident.eq(id))).execute(conn)?;
    diesel::delete(check_in_code::table.filter(check_in_code::incident.eq(id))).execute(conn)?;
    diesel::delete(call_code::table.filter(call_code::incident.eq(id))).execute(conn)?;
    diesel::delete(look_image::table.filter(look_image::incident.eq(id))).execute(conn)?;
    diesel::delete(look::table.filter(look::incident.eq(id))).execute(conn)?;
    diesel::delete(proof::table.filter(proof::incident.eq(id))).execute(conn)?;
    diesel::delete(replacement_case::table.filter(replacement_case::incident.eq(id)))
        .execute(conn)?;
    diesel::delete(outbox::table.filter(outbox::incident.eq(Some(id)))).execute(conn)?;
    diesel::delete(told_here::table.filter(told_here::incident.eq(id))).execute(conn)?;
    diesel::delete(session::table.filter(session::incident.eq(id))).execute(conn)?;
    Ok(())
}
