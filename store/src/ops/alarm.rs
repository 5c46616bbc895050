//! Queries on alarms.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{AlarmId, StaffId};

use super::Conn;
use crate::alarm::{Alarm, AlarmKind, Closed};
use crate::error::StoreError;
use crate::schema::alarm;
use crate::types::{At, Id, Uid};

#[derive(Insertable, Queryable)]
#[diesel(table_name = alarm, treat_none_as_default_value = false)]
struct AlarmRow {
    id: Id,
    kind: i16,
    staff: Id,
    terminal: Option<Id>,
    agency: Option<Id>,
    incident: Option<Id>,
    case_id: Option<Id>,
    paused: bool,
    order_id: Id,
    raised_at: At,
    closed_at: Option<At>,
    closed_by: Option<Id>,
}

pub(crate) fn raise_alarm(conn: &mut Conn, new: &Alarm) -> Result<bool, StoreError> {
    let row = AlarmRow {
        id: new.id.into(),
        kind: new.kind.code(),
        staff: new.staff.into(),
        terminal: new.terminal.map(Into::into),
        agency: new.agency.map(Into::into),
        incident: new.case.map(|(incident, _)| incident.into()),
        case_id: new.case.map(|(_, case)| case.into()),
        paused: new.paused,
        order_id: new.order.into(),
        raised_at: new.raised_at.into(),
        closed_at: None,
        closed_by: None,
    };
    let raised = diesel::insert_into(alarm::table).values(row).on_conflict_do_nothing();
    Ok(raised.execute(conn)? == 1)
}

pub(crate) fn alarm(conn: &mut Conn, id: AlarmId) -> Result<Option<Alarm>, StoreError> {
    let row: Option<AlarmRow> = alarm::table.find(Id::from(id)).first(conn).optional()?;
    row.as_ref().map(read).transpose()
}

pub(crate) fn alarms(conn: &mut Conn, open: bool, limit: i64) -> Result<Vec<Alarm>, StoreError> {
    let rows: Vec<AlarmRow> = if open {
        let live = alarm::table.filter(alarm::closed_at.is_null());
        live.order((alarm::raised_at, alarm::id)).limit(limit).load(conn)?
    } else {
        alarm::table.order((alarm::raised_at.desc(), alarm::id)).limit(limit).load(conn)?
    };
    rows.iter().map(read).collect()
}

pub(crate) fn alarms_of(
    conn: &mut Conn,
    staff: StaffId,
    kind: AlarmKind,
    since: DateTime<Utc>,
) -> Result<Vec<Alarm>, StoreError> {
    let rows: Vec<AlarmRow> = alarm::table
        .filter(alarm::staff.eq(Id::from(staff)))
        .filter(alarm::kind.eq(kind.code()))
        .filter(alarm::raised_at.ge(At::from(since)))
        .order((alarm::raised_at, alarm::id))
        .load(conn)?;
    rows.iter().map(read).collect()
}

pub(crate) fn close_alarm(
    conn: &mut Conn,
    id: AlarmId,
    by: StaffId,
    at: DateTime<Utc>,
) -> Result<Closed, StoreError> {
    let Some(found) = alarm(conn, id)? else { return Ok(Closed::NotOpen) };
    if found.staff == by {
        return Ok(Closed::Subject);
    }
    let live = alarm::table.find(Id::from(id)).filter(alarm::closed_at.is_null());
    let closed = diesel::update(live)
        .set((alarm::closed_at.eq(Some(At::from(at))), alarm::closed_by.eq(Some(Id::from(by)))));
    if closed.execute(conn)? != 1 {
        return Ok(Closed::NotOpen);
    }
    let staff = Id::from(found.staff);
    let others: i64 = alarm::table
        .filter(alarm::staff.eq(staff))
        .filter(alarm::paused.eq(true))
        .filter(alarm::closed_at.is_null())
        .count()
        .get_result(conn)?;
    if others == 0 {
        diesel::sql_query("UPDATE staff SET paused_at = NULL WHERE id = $1")
            .bind::<Uid, _>(staff)
            .execute(conn)?;
    }
    Ok(Closed::Done)
}

fn read(row: &AlarmRow) -> Result<Alarm, StoreError> {
    let case = row.incident.zip(row.case_id);
    let closed = row.closed_at.zip(row.closed_by);
    Ok(Alarm {
        id: row.id.into(),
        kind: AlarmKind::from_code(row.kind).ok_or(StoreError::Damaged("alarm"))?,
        staff: row.staff.into(),
        terminal: row.terminal.map(Into::into),
        agency: row.agency.map(Into::into),
        case: case.map(|(incident, case)| (incident.into(), case.into())),
        paused: row.paused,
        order: row.order_id.into(),
        raised_at: row.raised_at.into(),
        closed: closed.map(|(at, by)| (at.into(), by.into())),
    })
}
