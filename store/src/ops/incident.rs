//! Queries on incidents.

use diesel::prelude::*;
use simrecall_core::id::IncidentId;

use super::Conn;
use crate::error::StoreError;
use crate::incident::IncidentRow;
use crate::schema::incident;
use crate::types::Id;

pub(crate) fn insert_incident(conn: &mut Conn, row: &IncidentRow) -> Result<(), StoreError> {
    diesel::insert_into(incident::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn incident_row(
    conn: &mut Conn,
    id: IncidentId,
) -> Result<Option<IncidentRow>, StoreError> {
    Ok(incident::table.find(Id::from(id)).first(conn).optional()?)
}
