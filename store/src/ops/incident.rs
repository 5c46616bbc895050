//! Queries on incidents.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::{Incident, IncidentCode, IncidentState};

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::incident::IncidentRow;
use crate::schema::incident;
use crate::types::Id;

pub(crate) fn open_incident(
    conn: &mut Conn,
    new: &Incident,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(incident::table).values(IncidentRow::of(new, at)).execute(conn)?;
    Ok(())
}

pub(crate) fn incident(conn: &mut Conn, id: IncidentId) -> Result<Option<Incident>, StoreError> {
    let row: Option<IncidentRow> = incident::table.find(Id::from(id)).first(conn).optional()?;
    row.map(Incident::try_from).transpose()
}

pub(crate) fn incident_by_code(
    conn: &mut Conn,
    code: &IncidentCode,
) -> Result<Option<Incident>, StoreError> {
    let row: Option<IncidentRow> =
        incident::table.filter(incident::code.eq(code.as_str())).first(conn).optional()?;
    row.map(Incident::try_from).transpose()
}

pub(crate) fn incidents(conn: &mut Conn) -> Result<Vec<Incident>, StoreError> {
    let rows: Vec<IncidentRow> =
        incident::table.order((incident::opened_at, incident::id)).load(conn)?;
    rows.into_iter().map(Incident::try_from).collect()
}

pub(crate) fn set_incident_state(
    conn: &mut Conn,
    id: IncidentId,
    state: IncidentState,
) -> Result<(), StoreError> {
    if state == IncidentState::Erasing {
        // Whoever adds a hold takes the same lock: one of the two sees the other.
        lock_until_commit(conn, "hold")?;
    }
    let live = incident::table
        .find(Id::from(id))
        .filter(incident::state.ne(IncidentState::Erasing.code()));
    match diesel::update(live).set(incident::state.eq(state.code())).execute(conn)? {
        0 => Err(StoreError::NotFound("incident that is not being erased")),
        _ => Ok(()),
    }
}
