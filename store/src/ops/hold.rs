//! Queries on orders to keep everything.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{IncidentId, StaffId};
use simrecall_core::incident::IncidentState;

use super::law::{agreements, recorded};
use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::hold::{Hold, HoldRelease};
use crate::law::{About, Agreement, Recorded, is_agreed};
use crate::numbers::next_no;
use crate::schema::{hold, incident};
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = hold, treat_none_as_default_value = false)]
struct HoldRow {
    incident: Id,
    no: i32,
    reason: String,
    by_staff: Id,
    held_from: At,
    released_at: Option<At>,
    released_by: Option<Id>,
    release_reason: Option<String>,
}

pub(crate) fn add_hold(
    conn: &mut Conn,
    id: IncidentId,
    reason: &str,
    by: StaffId,
    from: DateTime<Utc>,
) -> Result<i32, StoreError> {
    // The same lock as whoever begins to erase takes: one of the two sees the other.
    let no = next_no!(conn, hold, id);
    let state: Option<i16> =
        incident::table.find(Id::from(id)).select(incident::state).first(conn).optional()?;
    match state {
        None => return Err(StoreError::NotFound("incident")),
        Some(state) if state == IncidentState::Erasing.code() => {
            return Err(StoreError::State("the incident is being erased; a hold comes too late"));
        }
        Some(_) => {}
    }
    let row = HoldRow {
        incident: id.into(),
        no,
        reason: reason.to_owned(),
        by_staff: by.into(),
        held_from: from.into(),
        released_at: None,
        released_by: None,
        release_reason: None,
    };
    diesel::insert_into(hold::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn release_hold(
    conn: &mut Conn,
    incident: IncidentId,
    no: i32,
    release: &HoldRelease,
) -> Result<(), StoreError> {
    let agreed = agreements(conn, incident, About::HoldRelease)?;
    let about_it: Vec<Agreement> =
        agreed.into_iter().filter(|(about, _)| *about == no).map(|(_, one)| one).collect();
    if !is_agreed(&about_it) {
        return Err(StoreError::State("two people of different roles must agree to the release"));
    }
    let live = hold::table.find((Id::from(incident), no)).filter(hold::released_at.is_null());
    let changed = diesel::update(live)
        .set((
            hold::released_at.eq(Some(At::from(release.at))),
            hold::released_by.eq(Some(Id::from(release.by))),
            hold::release_reason.eq(Some(&release.reason)),
        ))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::State("the hold is released already")) }
}

pub(crate) fn holds(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Recorded<Hold>>, StoreError> {
    let rows: Vec<HoldRow> =
        hold::table.filter(hold::incident.eq(Id::from(incident))).order(hold::no).load(conn)?;
    let agreed = agreements(conn, incident, About::HoldRelease)?;
    let read = |row: HoldRow| {
        let released = match (row.released_at, row.released_by, row.release_reason) {
            (None, None, None) => None,
            (Some(at), Some(by), Some(reason)) => {
                Some(HoldRelease { at: at.into(), by: by.into(), reason })
            }
            _ => return Err(StoreError::Damaged("hold")),
        };
        let by = row.by_staff.into();
        let found = Hold { reason: row.reason, by, from: row.held_from.into(), released };
        Ok(recorded(row.no, found, &agreed))
    };
    rows.into_iter().map(read).collect()
}

pub(crate) fn is_held(conn: &mut Conn, incident: IncidentId) -> Result<bool, StoreError> {
    let live: i64 = hold::table
        .filter(hold::incident.eq(Id::from(incident)))
        .filter(hold::released_at.is_null())
        .count()
        .get_result(conn)?;
    Ok(live > 0)
}
