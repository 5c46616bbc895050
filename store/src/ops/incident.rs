//! Queries on incidents.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::{Channel, Incident, IncidentCode, IncidentState};

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::incident::{IncidentRow, NamedChannel};
use crate::schema::{incident, incident_channel};
use crate::types::{At, Id};

const BAD_CHANNEL: StoreError = StoreError::Damaged("incident_channel");

pub(crate) fn open_incident(
    conn: &mut Conn,
    new: &Incident,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(incident::table).values(IncidentRow::of(new, at)).execute(conn)?;
    Ok(())
}

pub(crate) fn name_compromised(
    conn: &mut Conn,
    id: IncidentId,
    named: &NamedChannel,
) -> Result<bool, StoreError> {
    let Some(known) = incident(conn, id)? else {
        return Err(StoreError::NotFound("incident"));
    };
    if known.compromised.contains(&named.channel) {
        return Ok(false);
    }
    let new = diesel::insert_into(incident_channel::table)
        .values((
            incident_channel::incident.eq(Id::from(id)),
            incident_channel::channel.eq(named.channel.name()),
            incident_channel::reason.eq(&named.reason),
            incident_channel::by_staff.eq(Id::from(named.by)),
            incident_channel::at.eq(At::from(named.at)),
        ))
        .on_conflict_do_nothing();
    Ok(new.execute(conn)? == 1)
}

pub(crate) fn named_channels(
    conn: &mut Conn,
    id: IncidentId,
) -> Result<Vec<NamedChannel>, StoreError> {
    let rows: Vec<(Id, String, String, Id, At)> = incident_channel::table
        .filter(incident_channel::incident.eq(Id::from(id)))
        .order((incident_channel::at, incident_channel::channel))
        .load(conn)?;
    let named = |(_, channel, reason, by, at): (Id, String, String, Id, At)| {
        let channel = Channel::parse(&channel).map_err(|_| BAD_CHANNEL)?;
        Ok(NamedChannel { channel, reason, by: by.into(), at: at.into() })
    };
    rows.into_iter().map(named).collect()
}

pub(crate) fn incident(conn: &mut Conn, id: IncidentId) -> Result<Option<Incident>, StoreError> {
    let row: Option<IncidentRow> = incident::table.find(Id::from(id)).first(conn).optional()?;
    row.map(|row| with_named(conn, row)).transpose()
}

pub(crate) fn incident_by_code(
    conn: &mut Conn,
    code: &IncidentCode,
) -> Result<Option<Incident>, StoreError> {
    let row: Option<IncidentRow> =
        incident::table.filter(incident::code.eq(code.as_str())).first(conn).optional()?;
    row.map(|row| with_named(conn, row)).transpose()
}

pub(crate) fn incidents(conn: &mut Conn) -> Result<Vec<Incident>, StoreError> {
    let rows: Vec<IncidentRow> =
        incident::table.order((incident::opened_at, incident::id)).load(conn)?;
    rows.into_iter().map(|row| with_named(conn, row)).collect()
}

/// An incident with the channels that were named since it was opened.
fn with_named(conn: &mut Conn, row: IncidentRow) -> Result<Incident, StoreError> {
    let names: Vec<String> = incident_channel::table
        .filter(incident_channel::incident.eq(row.id))
        .select(incident_channel::channel)
        .load(conn)?;
    let mut found = Incident::try_from(row)?;
    for name in names {
        found.compromised.insert(Channel::parse(&name).map_err(|_| BAD_CHANNEL)?);
    }
    Ok(found)
}

pub(crate) fn set_incident_state(
    conn: &mut Conn,
    id: IncidentId,
    state: IncidentState,
) -> Result<(), StoreError> {
    if state == IncidentState::Erasing {
        // Whoever adds a hold or hands in a claim takes the same lock: one of the two sees the other.
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
