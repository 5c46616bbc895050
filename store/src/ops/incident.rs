//! Queries on incidents and knowledge times.

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::{Incident, IncidentCode, IncidentState, KnowledgeTime};

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::incident::{IncidentRow, KnowledgeRow, NumberedKnowledge};
use crate::schema::{incident, knowledge_time};
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
    let live = incident::table
        .find(Id::from(id))
        .filter(incident::state.ne(IncidentState::Erasing.code()));
    match diesel::update(live).set(incident::state.eq(state.code())).execute(conn)? {
        0 => Err(StoreError::NotFound("incident that is not being erased")),
        _ => Ok(()),
    }
}

pub(crate) fn add_knowledge(
    conn: &mut Conn,
    incident: IncidentId,
    time: &KnowledgeTime,
) -> Result<i32, StoreError> {
    lock_until_commit(conn, "knowledge_time")?;
    let last: Option<i32> = knowledge_time::table
        .filter(knowledge_time::incident.eq(Id::from(incident)))
        .select(max(knowledge_time::no))
        .first(conn)?;
    let row = KnowledgeRow {
        incident: incident.into(),
        no: last.unwrap_or(0) + 1,
        at: time.at.into(),
        what: time.what.clone(),
        evidence: time.evidence.clone(),
        selected: false,
    };
    diesel::insert_into(knowledge_time::table).values(&row).execute(conn)?;
    if time.selected {
        select_knowledge(conn, incident, row.no)?;
    }
    Ok(row.no)
}

pub(crate) fn select_knowledge(
    conn: &mut Conn,
    incident: IncidentId,
    no: i32,
) -> Result<(), StoreError> {
    lock_until_commit(conn, "knowledge_time")?;
    let all = knowledge_time::table.filter(knowledge_time::incident.eq(Id::from(incident)));
    diesel::update(all).set(knowledge_time::selected.eq(false)).execute(conn)?;
    let one = knowledge_time::table.find((Id::from(incident), no));
    match diesel::update(one).set(knowledge_time::selected.eq(true)).execute(conn)? {
        0 => Err(StoreError::NotFound("knowledge time")),
        _ => Ok(()),
    }
}

pub(crate) fn knowledge_times(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<NumberedKnowledge>, StoreError> {
    let rows: Vec<KnowledgeRow> = knowledge_time::table
        .filter(knowledge_time::incident.eq(Id::from(incident)))
        .order(knowledge_time::no)
        .load(conn)?;
    Ok(rows.into_iter().map(NumberedKnowledge::from).collect())
}
