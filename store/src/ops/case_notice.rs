//! Queries on what is said about cases and claims.

use chrono::{DateTime, Utc};
use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, SmallInt};
use simrecall_core::id::{AboutId, CaseId, ClaimId, IncidentId};
use simrecall_core::replacement::told::Lately;

use super::Conn;
use super::claim::lock_claim_row;
use super::replacement::lock_case_row;
use crate::case_notice::{
    CaseChannel, CaseNotice, CaseNoticeKey, CaseNoticeKind, CaseNoticeState, NewCaseNotice,
    Recipient,
};
use crate::error::StoreError;
use crate::schema::case_notice;
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("case_notice");

#[derive(Insertable, Queryable)]
#[diesel(table_name = case_notice)]
struct NoticeRow {
    incident: Id,
    about_id: Id,
    kind: i16,
    channel: i16,
    no: i32,
    about: i32,
    recipient: i16,
    changed_since: bool,
    flagged: bool,
    state: i16,
    to_ix: Id,
    sealed: Vec<u8>,
    made_at: At,
    changed_at: At,
    lately: i16,
}

pub(crate) fn add_case_notice(conn: &mut Conn, new: &NewCaseNotice) -> Result<bool, StoreError> {
    let row = NoticeRow {
        incident: new.incident.into(),
        about_id: new.of.into(),
        kind: new.kind.code(),
        channel: new.channel.code(),
        no: 0,
        about: new.about,
        recipient: new.recipient.code(),
        changed_since: new.changed_since,
        flagged: false,
        state: CaseNoticeState::Due.code(),
        to_ix: Id(new.to),
        sealed: new.sealed.clone(),
        made_at: new.at.into(),
        changed_at: new.at.into(),
        lately: new.lately.code(),
    };
    put(conn, row)
}

/// Puts a row in under the next number. `false`: that address was told this on that occasion.
fn put(conn: &mut Conn, row: NoticeRow) -> Result<bool, StoreError> {
    // Whoever numbers the notices of a case or claim holds its row.
    let of = AboutId::from(row.about_id);
    if CaseNoticeKind::from_code(row.kind).ok_or(DAMAGED)?.is_of_claim() {
        lock_claim_row(conn, row.incident.into(), of.claim())?;
    } else {
        lock_case_row(conn, row.incident.into(), of.case())?;
    }
    let last: Option<i32> = case_notice::table
        .filter(case_notice::incident.eq(row.incident))
        .filter(case_notice::about_id.eq(row.about_id))
        .filter(case_notice::kind.eq(row.kind))
        .filter(case_notice::channel.eq(row.channel))
        .select(max(case_notice::no))
        .first(conn)?;
    let row = NoticeRow { no: last.unwrap_or(0) + 1, ..row };
    let added = diesel::insert_into(case_notice::table).values(row).on_conflict_do_nothing();
    Ok(added.execute(conn)? == 1)
}

pub(crate) fn case_notices(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
) -> Result<Vec<CaseNotice>, StoreError> {
    notices_of(conn, incident, case.into())
}

pub(crate) fn claim_notices(
    conn: &mut Conn,
    incident: IncidentId,
    claim: ClaimId,
) -> Result<Vec<CaseNotice>, StoreError> {
    notices_of(conn, incident, claim.into())
}

fn notices_of(
    conn: &mut Conn,
    incident: IncidentId,
    of: AboutId,
) -> Result<Vec<CaseNotice>, StoreError> {
    let rows: Vec<NoticeRow> = case_notice::table
        .filter(case_notice::incident.eq(Id::from(incident)))
        .filter(case_notice::about_id.eq(Id::from(of)))
        .order((case_notice::kind, case_notice::channel, case_notice::no))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn case_notices_in(
    conn: &mut Conn,
    incident: IncidentId,
    state: CaseNoticeState,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<CaseNotice>, StoreError> {
    let rows: Vec<NoticeRow> = case_notice::table
        .filter(case_notice::incident.eq(Id::from(incident)))
        .filter(case_notice::state.eq(state.code()))
        .filter(case_notice::changed_at.le(At::from(since)))
        .order((case_notice::made_at, case_notice::about_id, case_notice::kind))
        .then_order_by((case_notice::channel, case_notice::no))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: NoticeRow) -> Result<CaseNotice, StoreError> {
    let key = CaseNoticeKey {
        of: row.about_id.into(),
        kind: CaseNoticeKind::from_code(row.kind).ok_or(DAMAGED)?,
        channel: CaseChannel::from_code(row.channel).ok_or(DAMAGED)?,
        no: row.no,
    };
    Ok(CaseNotice {
        incident: row.incident.into(),
        key,
        about: row.about,
        recipient: Recipient::from_code(row.recipient).ok_or(DAMAGED)?,
        changed_since: row.changed_since,
        lately: Lately::from_code(row.lately).ok_or(DAMAGED)?,
        flagged: row.flagged,
        state: CaseNoticeState::from_code(row.state).ok_or(DAMAGED)?,
        to: row.to_ix.0,
        sealed: row.sealed,
        made_at: row.made_at.into(),
        changed_at: row.changed_at.into(),
    })
}

pub(crate) fn try_case_notice(
    conn: &mut Conn,
    incident: IncidentId,
    key: &CaseNoticeKey,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    step(conn, (incident, key), CaseNoticeState::Due, CaseNoticeState::Trying, at)
}

pub(crate) fn settle_case_notice(
    conn: &mut Conn,
    incident: IncidentId,
    key: &CaseNoticeKey,
    state: CaseNoticeState,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    match state {
        CaseNoticeState::Handed | CaseNoticeState::Failed => {
            step(conn, (incident, key), CaseNoticeState::Trying, state, at)
        }
        CaseNoticeState::Due
        | CaseNoticeState::Trying
        | CaseNoticeState::InDoubt
        | CaseNoticeState::Dropped => {
            Err(StoreError::State("a notice that was tried is handed or failed"))
        }
    }
}

fn step(
    conn: &mut Conn,
    (incident, key): (IncidentId, &CaseNoticeKey),
    from: CaseNoticeState,
    to: CaseNoticeState,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (kind, channel) = (key.kind.code(), key.channel.code());
    let there = case_notice::table
        .find((Id::from(incident), Id::from(key.of), kind, channel, key.no))
        .filter(case_notice::state.eq(from.code()));
    let moved = diesel::update(there)
        .set((case_notice::state.eq(to.code()), case_notice::changed_at.eq(At::from(at))));
    Ok(moved.execute(conn)? == 1)
}

pub(crate) fn repeat_case_notice(
    conn: &mut Conn,
    incident: IncidentId,
    key: &CaseNoticeKey,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if !step(conn, (incident, key), CaseNoticeState::Trying, CaseNoticeState::InDoubt, at)? {
        return Ok(false);
    }
    let (kind, channel) = (key.kind.code(), key.channel.code());
    let first: NoticeRow = case_notice::table
        .find((Id::from(incident), Id::from(key.of), kind, channel, key.no))
        .first(conn)?;
    let again = NoticeRow {
        flagged: true,
        state: CaseNoticeState::Due.code(),
        made_at: at.into(),
        changed_at: at.into(),
        ..first
    };
    put(conn, again)
}

pub(crate) fn drop_case_notices(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
    kinds: &[CaseNoticeKind],
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let codes: Vec<i16> = kinds.iter().map(|kind| kind.code()).collect();
    // The sign keeps a planner from walking through everything that is due instead of through the few of this case.
    let is_due = sql::<Bool>("+state = ").bind::<SmallInt, _>(CaseNoticeState::Due.code());
    let due = case_notice::table
        .filter(case_notice::incident.eq(Id::from(incident)))
        .filter(case_notice::about_id.eq(Id::from(case)))
        .filter(case_notice::kind.eq_any(codes))
        .filter(is_due);
    let dropped = diesel::update(due).set((
        case_notice::state.eq(CaseNoticeState::Dropped.code()),
        case_notice::changed_at.eq(At::from(at)),
    ));
    Ok(dropped.execute(conn)?)
}
