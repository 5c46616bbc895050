//! Queries on claims.

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::SmallInt;
use simrecall_core::claim::{Kind, Source, StateKind};
use simrecall_core::id::{ClaimId, IncidentId, SubscriberId};
use simrecall_core::incident::IncidentState;

use super::ledger_keys::HOLD;
use super::{Conn, lock_until_commit};
use crate::claim::{Claim, ClaimEvent, ClaimStep};
use crate::error::StoreError;
use crate::schema::{claim, claim_event, incident};
use crate::types::{At, Id, Uid};

const DAMAGED: StoreError = StoreError::Damaged("claim");
/// References bound to one statement.
const AT_ONCE: usize = 500;

#[derive(Insertable, Queryable)]
#[diesel(table_name = claim, treat_none_as_default_value = false)]
struct ClaimRow {
    incident: Id,
    id: Id,
    person: Id,
    line: Id,
    state: i16,
    outside_cohort: bool,
    sealed: Vec<u8>,
    made_at: At,
    changed_at: At,
    kind: i16,
    source: i16,
    reference_ix: Option<Id>,
    appeal_until: Option<At>,
}

#[derive(QueryableByName)]
struct Locked {
    #[expect(dead_code, reason = "read only to hold the row")]
    #[diesel(sql_type = SmallInt)]
    state: i16,
}

/// Keeps others from a claim until the transaction ends.
pub(super) fn lock_claim_row(
    conn: &mut Conn,
    incident: IncidentId,
    id: ClaimId,
) -> Result<(), StoreError> {
    let sql = format!("SELECT state FROM claim WHERE incident = $1 AND id = $2 {HOLD}");
    diesel::sql_query(sql)
        .bind::<Uid, _>(Id::from(incident))
        .bind::<Uid, _>(Id::from(id))
        .load::<Locked>(conn)?;
    Ok(())
}

/// Waits for whoever begins to erase the incident, who takes the same lock: one of the two sees the other.
pub(super) fn before_erasing(conn: &mut Conn, id: IncidentId) -> Result<(), StoreError> {
    lock_until_commit(conn, "hold")?;
    let state: Option<i16> =
        incident::table.find(Id::from(id)).select(incident::state).first(conn).optional()?;
    match state {
        None => Err(StoreError::NotFound("incident")),
        Some(state) if state == IncidentState::Erasing.code() => {
            Err(StoreError::State("the incident is being erased; it comes too late"))
        }
        Some(_) => Ok(()),
    }
}

pub(crate) fn draft_claim(conn: &mut Conn, new: &Claim) -> Result<(), StoreError> {
    before_erasing(conn, new.incident)?;
    let row = ClaimRow {
        incident: new.incident.into(),
        id: new.id.into(),
        person: new.person.into(),
        line: new.line.into(),
        state: StateKind::Draft.code(),
        outside_cohort: false,
        sealed: new.sealed.clone(),
        made_at: new.made_at.into(),
        changed_at: new.changed_at.into(),
        kind: new.kind.code(),
        source: new.source.code(),
        reference_ix: new.reference.map(Id),
        appeal_until: None,
    };
    diesel::insert_into(claim::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn redraft_claim(conn: &mut Conn, anew: &Claim) -> Result<bool, StoreError> {
    let draft = claim::table
        .find((Id::from(anew.incident), Id::from(anew.id)))
        .filter(claim::person.eq(Id::from(anew.person)))
        .filter(claim::state.eq(StateKind::Draft.code()));
    let written = diesel::update(draft).set((
        claim::line.eq(Id::from(anew.line)),
        claim::sealed.eq(&anew.sealed),
        claim::changed_at.eq(At::from(anew.changed_at)),
    ));
    Ok(written.execute(conn)? == 1)
}

#[derive(AsChangeset)]
#[diesel(table_name = claim)]
struct Moved<'a> {
    state: i16,
    outside_cohort: Option<bool>,
    sealed: Option<&'a [u8]>,
    changed_at: At,
}

pub(crate) fn step_claim(conn: &mut Conn, step: &ClaimStep<'_>) -> Result<Option<i32>, StoreError> {
    before_erasing(conn, step.incident)?;
    let (incident, id) = (Id::from(step.incident), Id::from(step.id));
    let there = claim::table.find((incident, id)).filter(claim::state.eq(step.from.code()));
    let moved = Moved {
        state: step.to.code(),
        outside_cohort: step.outside_cohort,
        sealed: step.sealed,
        changed_at: step.at.into(),
    };
    if diesel::update(there).set(moved).execute(conn)? == 0 {
        return Ok(None);
    }
    if step.to.may_appeal() {
        diesel::update(claim::table.find((incident, id)))
            .set(claim::appeal_until.eq(None::<At>))
            .execute(conn)?;
    }
    // The row that was just changed is ours until the commit, so nobody else takes this number.
    let last: Option<i32> = claim_event::table
        .filter(claim_event::incident.eq(incident).and(claim_event::claim.eq(id)))
        .select(max(claim_event::no))
        .first(conn)?;
    let no = last.unwrap_or(0) + 1;
    diesel::insert_into(claim_event::table)
        .values((
            claim_event::incident.eq(incident),
            claim_event::claim.eq(id),
            claim_event::no.eq(no),
            claim_event::from_state.eq(step.from.code()),
            claim_event::to_state.eq(step.to.code()),
            claim_event::by_staff.eq(step.by.map(Id::from)),
            claim_event::also_by.eq(step.also_by.map(Id::from)),
            claim_event::at.eq(At::from(step.at)),
        ))
        .execute(conn)?;
    Ok(Some(no))
}

pub(crate) fn begin_appeal(
    conn: &mut Conn,
    incident: IncidentId,
    id: ClaimId,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let decided = StateKind::ALL.into_iter().filter(|state| state.may_appeal());
    let there = claim::table
        .find((Id::from(incident), Id::from(id)))
        .filter(claim::state.eq_any(codes(decided)))
        .filter(claim::appeal_until.is_null());
    let begun = diesel::update(there).set(claim::appeal_until.eq(Some(At::from(until))));
    Ok(begun.execute(conn)? == 1)
}

pub(crate) fn claim_references(
    conn: &mut Conn,
    incident: IncidentId,
    references: &[[u8; 16]],
) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut found = Vec::new();
    for some in references.chunks(AT_ONCE) {
        let there: Vec<Option<Id>> = claim::table
            .filter(claim::incident.eq(Id::from(incident)))
            .filter(claim::reference_ix.eq_any(some.iter().map(|one| Id(*one))))
            .select(claim::reference_ix)
            .load(conn)?;
        found.extend(there.into_iter().flatten().map(|one| one.0));
    }
    Ok(found)
}

pub(crate) fn claim(
    conn: &mut Conn,
    incident: IncidentId,
    id: ClaimId,
) -> Result<Option<Claim>, StoreError> {
    let key = (Id::from(incident), Id::from(id));
    let row: Option<ClaimRow> = claim::table.find(key).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn claims_of(
    conn: &mut Conn,
    incident: IncidentId,
    person: SubscriberId,
) -> Result<Vec<Claim>, StoreError> {
    let rows: Vec<ClaimRow> = claim::table
        .filter(claim::incident.eq(Id::from(incident)))
        .filter(claim::person.eq(Id::from(person)))
        .order((claim::made_at, claim::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn claims_in(
    conn: &mut Conn,
    incident: IncidentId,
    states: &[StateKind],
    limit: i64,
) -> Result<Vec<Claim>, StoreError> {
    let rows: Vec<ClaimRow> = claim::table
        .filter(claim::incident.eq(Id::from(incident)))
        .filter(claim::state.eq_any(codes(states.iter().copied())))
        .order((claim::made_at, claim::id))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn claims_after(
    conn: &mut Conn,
    incident: IncidentId,
    states: &[StateKind],
    after: Option<(DateTime<Utc>, ClaimId)>,
    limit: i64,
) -> Result<Vec<Claim>, StoreError> {
    let mut page = claim::table
        .filter(claim::incident.eq(Id::from(incident)))
        .filter(claim::state.eq_any(codes(states.iter().copied())))
        .order((claim::made_at, claim::id))
        .limit(limit)
        .into_boxed();
    if let Some((made_at, id)) = after {
        let (made_at, id) = (At::from(made_at), Id::from(id));
        let of_then = claim::made_at.eq(made_at).and(claim::id.gt(id));
        page = page.filter(claim::made_at.gt(made_at).or(of_then));
    }
    let rows: Vec<ClaimRow> = page.load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn claims_outside(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Claim>, StoreError> {
    let silent = [StateKind::Draft, StateKind::Withdrawn];
    let rows: Vec<ClaimRow> = claim::table
        .filter(claim::incident.eq(Id::from(incident)))
        .filter(claim::outside_cohort.eq(true))
        .filter(claim::state.ne_all(codes(silent)))
        .order((claim::made_at, claim::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

type EventRow = (i16, i16, Option<Id>, Option<Id>, At);

pub(crate) fn claim_events(
    conn: &mut Conn,
    incident: IncidentId,
    id: ClaimId,
) -> Result<Vec<ClaimEvent>, StoreError> {
    let rows: Vec<EventRow> = claim_event::table
        .filter(claim_event::incident.eq(Id::from(incident)))
        .filter(claim_event::claim.eq(Id::from(id)))
        .order(claim_event::no)
        .select((
            claim_event::from_state,
            claim_event::to_state,
            claim_event::by_staff,
            claim_event::also_by,
            claim_event::at,
        ))
        .load(conn)?;
    let event = |(from, to, by, also_by, at): EventRow| {
        Ok(ClaimEvent {
            from: StateKind::from_code(from).ok_or(DAMAGED)?,
            to: StateKind::from_code(to).ok_or(DAMAGED)?,
            by: by.map(Into::into),
            also_by: also_by.map(Into::into),
            at: at.into(),
        })
    };
    rows.into_iter().map(event).collect()
}

pub(crate) fn open_claims(
    conn: &mut Conn,
    incident: IncidentId,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let open = StateKind::ALL.into_iter().filter(|state| state.is_open());
    let decided = StateKind::ALL.into_iter().filter(|state| state.may_appeal());
    let lasts = claim::appeal_until.is_null().or(claim::appeal_until.gt(At::from(now)));
    let count: i64 = claim::table
        .filter(claim::incident.eq(Id::from(incident)))
        .filter(claim::state.eq_any(codes(open)).or(claim::state.eq_any(codes(decided)).and(lasts)))
        .count()
        .get_result(conn)?;
    Ok(count.unsigned_abs())
}

fn codes(states: impl IntoIterator<Item = StateKind>) -> Vec<i16> {
    states.into_iter().map(StateKind::code).collect()
}

fn read(row: ClaimRow) -> Result<Claim, StoreError> {
    Ok(Claim {
        incident: row.incident.into(),
        id: row.id.into(),
        person: row.person.into(),
        line: row.line.into(),
        state: StateKind::from_code(row.state).ok_or(DAMAGED)?,
        outside_cohort: row.outside_cohort,
        sealed: row.sealed,
        made_at: row.made_at.into(),
        changed_at: row.changed_at.into(),
        kind: Kind::from_code(row.kind).ok_or(DAMAGED)?,
        source: Source::from_code(row.source).ok_or(DAMAGED)?,
        reference: row.reference_ix.map(|one| one.0),
        appeal_until: row.appeal_until.map(Into::into),
    })
}
