//! Queries on suppressions.

use diesel::prelude::*;
use simrecall_core::id::{IncidentId, SubscriberId};

use super::law::{agreements, recorded};
use super::{Conn, lock_until_commit};
use crate::bucket::BucketRange;
use crate::error::StoreError;
use crate::law::{About, Recorded};
use crate::numbers::next_no;
use crate::schema::suppression;
use crate::suppression::{Lift, Suppression};
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = suppression, treat_none_as_default_value = false)]
struct SuppressionRow {
    incident: Id,
    no: i32,
    bucket: i16,
    person: Id,
    reason: String,
    note: String,
    by_staff: Id,
    at: At,
    lifted_at: Option<At>,
    lifted_by: Option<Id>,
    lift_reason: Option<String>,
}

pub(crate) fn add_suppression(
    conn: &mut Conn,
    incident: IncidentId,
    new: &Suppression,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, suppression, incident);
    let row = SuppressionRow {
        incident: incident.into(),
        no,
        bucket: new.person.bucket().get(),
        person: new.person.into(),
        reason: new.reason.clone(),
        note: new.note.clone(),
        by_staff: new.by.into(),
        at: new.at.into(),
        lifted_at: None,
        lifted_by: None,
        lift_reason: None,
    };
    diesel::insert_into(suppression::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn suppressions(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Recorded<Suppression>>, StoreError> {
    let rows: Vec<SuppressionRow> = suppression::table
        .filter(suppression::incident.eq(Id::from(incident)))
        .order(suppression::no)
        .load(conn)?;
    with_agreements(conn, incident, rows)
}

pub(crate) fn active_suppressions(
    conn: &mut Conn,
    incident: IncidentId,
    range: BucketRange,
) -> Result<Vec<Recorded<Suppression>>, StoreError> {
    let rows: Vec<SuppressionRow> = suppression::table
        .filter(suppression::bucket.between(range.first(), range.last()))
        .filter(suppression::incident.eq(Id::from(incident)))
        .filter(suppression::lifted_at.is_null())
        .order((suppression::bucket, suppression::person, suppression::no))
        .load(conn)?;
    agreed(conn, incident, rows)
}

pub(crate) fn suppressions_of(
    conn: &mut Conn,
    incident: IncidentId,
    person: SubscriberId,
) -> Result<Vec<Recorded<Suppression>>, StoreError> {
    let rows: Vec<SuppressionRow> = suppression::table
        .filter(suppression::bucket.eq(person.bucket().get()))
        .filter(suppression::incident.eq(Id::from(incident)))
        .filter(suppression::person.eq(Id::from(person)))
        .filter(suppression::lifted_at.is_null())
        .order(suppression::no)
        .load(conn)?;
    agreed(conn, incident, rows)
}

/// Those that two people agreed to.
fn agreed(
    conn: &mut Conn,
    incident: IncidentId,
    rows: Vec<SuppressionRow>,
) -> Result<Vec<Recorded<Suppression>>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = with_agreements(conn, incident, rows)?;
    found.retain(Recorded::is_agreed);
    Ok(found)
}

fn with_agreements(
    conn: &mut Conn,
    incident: IncidentId,
    rows: Vec<SuppressionRow>,
) -> Result<Vec<Recorded<Suppression>>, StoreError> {
    let agreed = agreements(conn, incident, About::Suppression)?;
    let read = |row: SuppressionRow| {
        let lifted = match (row.lifted_at, row.lifted_by, row.lift_reason) {
            (None, None, None) => None,
            (Some(at), Some(by), Some(reason)) => {
                Some(Lift { at: at.into(), by: by.into(), reason })
            }
            _ => return Err(StoreError::Damaged("suppression")),
        };
        let found = Suppression {
            person: row.person.into(),
            reason: row.reason,
            note: row.note,
            by: row.by_staff.into(),
            at: row.at.into(),
            lifted,
        };
        Ok(recorded(row.no, found, &agreed))
    };
    rows.into_iter().map(read).collect()
}

pub(crate) fn lift_suppression(
    conn: &mut Conn,
    incident: IncidentId,
    no: i32,
    lift: &Lift,
) -> Result<(), StoreError> {
    let live =
        suppression::table.find((Id::from(incident), no)).filter(suppression::lifted_at.is_null());
    let changed = diesel::update(live)
        .set((
            suppression::lifted_at.eq(Some(At::from(lift.at))),
            suppression::lifted_by.eq(Some(Id::from(lift.by))),
            suppression::lift_reason.eq(Some(&lift.reason)),
        ))
        .execute(conn)?;
    match changed {
        0 => Err(StoreError::State("the suppression is not there or lifted already")),
        _ => Ok(()),
    }
}
