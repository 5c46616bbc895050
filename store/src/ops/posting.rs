//! Queries on postings and on looks at them.

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use simrecall_core::id::{IncidentId, StaffId, WaveNo};
use simrecall_core::law::{Ground, RuleId};
use simrecall_core::notice::NoticeKind;

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::numbers::next_no;
use crate::posting::{NewPosting, Observation, Posting, Seen};
use crate::schema::{observation, posting};
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = posting, treat_none_as_default_value = false)]
struct PostingRow {
    incident: Id,
    no: i32,
    page: String,
    waves: String,
    kind: i16,
    page_sha256: Vec<u8>,
    unknown_lines: i64,
    ground: String,
    rule: String,
    reason: String,
    place: String,
    starts_at: At,
    days: i32,
    by_staff: Id,
    recorded_at: At,
    closed_at: Option<At>,
    closed_by: Option<Id>,
}

pub(crate) fn start_posting(
    conn: &mut Conn,
    incident: IncidentId,
    new: &NewPosting,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, posting, incident);
    let waves: Vec<String> = new.waves.iter().map(|wave| wave.0.to_string()).collect();
    let row = PostingRow {
        incident: incident.into(),
        no,
        page: new.page.clone(),
        waves: waves.join(","),
        kind: new.kind.code(),
        page_sha256: new.page_sha256.to_vec(),
        unknown_lines: new.unknown_lines,
        ground: new.ground.name().to_owned(),
        rule: new.rule.to_string(),
        reason: new.reason.clone(),
        place: new.place.clone(),
        starts_at: new.starts_at.into(),
        days: new.days,
        by_staff: new.by.into(),
        recorded_at: new.recorded_at.into(),
        closed_at: None,
        closed_by: None,
    };
    diesel::insert_into(posting::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn postings(conn: &mut Conn, incident: IncidentId) -> Result<Vec<Posting>, StoreError> {
    let rows: Vec<PostingRow> = posting::table
        .filter(posting::incident.eq(Id::from(incident)))
        .order(posting::no)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: PostingRow) -> Result<Posting, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("posting");
    let waves = row.waves.split(',').filter(|no| !no.is_empty());
    let waves: Result<_, _> = waves.map(|no| no.parse().map(WaveNo)).collect();
    let new = NewPosting {
        page: row.page,
        waves: waves.map_err(|_| DAMAGED)?,
        kind: NoticeKind::from_code(row.kind).ok_or(DAMAGED)?,
        page_sha256: row.page_sha256.as_slice().try_into().map_err(|_| DAMAGED)?,
        unknown_lines: row.unknown_lines,
        ground: Ground::parse(&row.ground).map_err(|_| DAMAGED)?,
        rule: RuleId::new(&row.rule),
        reason: row.reason,
        place: row.place,
        starts_at: row.starts_at.into(),
        days: row.days,
        by: row.by_staff.into(),
        recorded_at: row.recorded_at.into(),
    };
    let closed = row.closed_at.zip(row.closed_by);
    Ok(Posting { no: row.no, new, closed: closed.map(|(at, by)| (at.into(), by.into())) })
}

pub(crate) fn close_posting(
    conn: &mut Conn,
    incident: IncidentId,
    no: i32,
    at: DateTime<Utc>,
    by: StaffId,
) -> Result<(), StoreError> {
    let open = posting::table.find((Id::from(incident), no)).filter(posting::closed_at.is_null());
    let closed =
        (posting::closed_at.eq(Some(At::from(at))), posting::closed_by.eq(Some(Id::from(by))));
    match diesel::update(open).set(closed).execute(conn)? {
        0 => Err(StoreError::State("the posting is not there or closed already")),
        _ => Ok(()),
    }
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = observation, treat_none_as_default_value = false)]
struct ObservationRow {
    incident: Id,
    posting: i32,
    no: i32,
    at: At,
    sha256: Option<Vec<u8>>,
    failure: Option<String>,
}

pub(crate) fn observe(
    conn: &mut Conn,
    incident: IncidentId,
    of: i32,
    new: &Observation,
) -> Result<i32, StoreError> {
    lock_until_commit(conn, "observation")?;
    let last: Option<i32> = observation::table
        .filter(observation::incident.eq(Id::from(incident)))
        .filter(observation::posting.eq(of))
        .select(max(observation::no))
        .first(conn)?;
    let (sha256, failure) = match &new.seen {
        Seen::Page(hash) => (Some(hash.to_vec()), None),
        Seen::Failure(why) => (None, Some(why.clone())),
    };
    let no = last.unwrap_or(0) + 1;
    let at = new.at.into();
    let row = ObservationRow { incident: incident.into(), posting: of, no, at, sha256, failure };
    diesel::insert_into(observation::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn observations(
    conn: &mut Conn,
    incident: IncidentId,
    of: i32,
) -> Result<Vec<Observation>, StoreError> {
    let rows: Vec<ObservationRow> = observation::table
        .filter(observation::incident.eq(Id::from(incident)))
        .filter(observation::posting.eq(of))
        .order(observation::no)
        .load(conn)?;
    let seen = |row: ObservationRow| {
        let page = row.sha256.and_then(|hash| hash.as_slice().try_into().ok()).map(Seen::Page);
        let seen = page.or_else(|| row.failure.map(Seen::Failure));
        let seen = seen.ok_or(StoreError::Damaged("observation"))?;
        Ok(Observation { at: row.at.into(), seen })
    };
    rows.into_iter().map(seen).collect()
}
