//! Queries on applications for new cards.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{IncidentId, LineId};
use simrecall_core::replacement::State;

use super::Conn;
use crate::error::StoreError;
use crate::replacement::ReplacementCase;
use crate::schema::replacement_case;
use crate::types::{At, Id};

/// Lines bound to one statement, which looks at every pair of a bucket and a line.
const PAIRS: usize = 100;

#[derive(Insertable, Queryable)]
#[diesel(table_name = replacement_case, treat_none_as_default_value = false)]
struct CaseRow {
    bucket: i16,
    incident: Id,
    line: Id,
    id: Id,
    person: Id,
    state: i16,
    applied_at: At,
    changed_at: At,
}

pub(crate) fn apply_for_replacement(
    conn: &mut Conn,
    new: &ReplacementCase,
) -> Result<bool, StoreError> {
    let row = CaseRow {
        bucket: new.line.bucket().get(),
        incident: new.incident.into(),
        line: new.line.into(),
        id: new.id.into(),
        person: new.person.into(),
        state: State::Applied.code(),
        applied_at: new.applied_at.into(),
        changed_at: new.applied_at.into(),
    };
    let opened = diesel::insert_into(replacement_case::table).values(row).on_conflict_do_nothing();
    Ok(opened.execute(conn)? == 1)
}

pub(crate) fn replacements_of(
    conn: &mut Conn,
    incident: IncidentId,
    lines: &[LineId],
) -> Result<Vec<ReplacementCase>, StoreError> {
    let mut found = Vec::new();
    for some in lines.chunks(PAIRS) {
        let buckets: Vec<i16> = some.iter().map(|line| line.bucket().get()).collect();
        let these: Vec<Id> = some.iter().map(|line| Id::from(*line)).collect();
        let rows: Vec<CaseRow> = replacement_case::table
            .filter(replacement_case::bucket.eq_any(buckets))
            .filter(replacement_case::incident.eq(Id::from(incident)))
            .filter(replacement_case::line.eq_any(these))
            .load(conn)?;
        for row in rows {
            found.push(read(&row)?);
        }
    }
    found.sort_unstable_by_key(|case| (case.line, case.applied_at, case.id));
    Ok(found)
}

pub(crate) fn replacements_in(
    conn: &mut Conn,
    incident: IncidentId,
    state: State,
    limit: i64,
) -> Result<Vec<ReplacementCase>, StoreError> {
    let rows: Vec<CaseRow> = replacement_case::table
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::state.eq(state.code()))
        .order((replacement_case::applied_at, replacement_case::line))
        .limit(limit)
        .load(conn)?;
    rows.iter().map(read).collect()
}

fn read(row: &CaseRow) -> Result<ReplacementCase, StoreError> {
    Ok(ReplacementCase {
        incident: row.incident.into(),
        line: row.line.into(),
        id: row.id.into(),
        person: row.person.into(),
        state: State::from_code(row.state).ok_or(StoreError::Damaged("replacement_case"))?,
        applied_at: row.applied_at.into(),
        changed_at: row.changed_at.into(),
    })
}

pub(crate) fn step_replacement(
    conn: &mut Conn,
    case: &ReplacementCase,
    to: State,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let key = (case.line.bucket().get(), Id::from(case.incident), Id::from(case.line));
    let there = replacement_case::table
        .find((key.0, key.1, key.2, Id::from(case.id)))
        .filter(replacement_case::state.eq(case.state.code()));
    let moved = diesel::update(there).set((
        replacement_case::state.eq(to.code()),
        replacement_case::changed_at.eq(At::from(at)),
    ));
    Ok(moved.execute(conn)? == 1)
}
