//! Queries on swaps.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use simrecall_core::id::{CaseId, IncidentId, SwapId};
use simrecall_core::replacement::State;
use simrecall_core::replacement::swap::Outcome;

use super::Conn;
use super::line_hold::{line_is_held, lock_number};
use super::replacement::lock_case_row;
use crate::error::StoreError;
use crate::lease::LeaseToken;
use crate::schema::{swap, swap_step};
use crate::swap::{Intended, Intent, NewSwap, Opened, SentCommand, Swap, SwapState, SwapStep};
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("swap");

#[derive(Insertable, Queryable)]
#[diesel(table_name = swap, treat_none_as_default_value = false)]
struct SwapRow {
    id: Id,
    incident: Id,
    case_id: Id,
    number_ix: Id,
    card: Id,
    sealed: Vec<u8>,
    planned: bool,
    state: i16,
    lease_token: Option<Id>,
    lease_until: Option<At>,
    misses: i32,
    next_at: Option<At>,
    opened_at: At,
    pivot_at: Option<At>,
    completed_at: Option<At>,
    settled_at: Option<At>,
}

pub(crate) fn open_swap(conn: &mut Conn, new: &NewSwap) -> Result<Opened, StoreError> {
    lock_number(conn, &new.number)?;
    if line_is_held(conn, &new.number)? {
        return Ok(Opened::LineHeld);
    }
    if open_swap_of(conn, &new.number)?.is_some() {
        return Ok(Opened::LineBusy);
    }
    let row = SwapRow {
        id: new.id.into(),
        incident: new.incident.into(),
        case_id: new.case.into(),
        number_ix: Id(new.number),
        card: new.card.into(),
        sealed: new.sealed.clone(),
        planned: new.planned,
        state: SwapState::Open.code(),
        lease_token: new.lease.map(|(token, _)| Id(token.0)),
        lease_until: new.lease.map(|(_, until)| until.into()),
        misses: 0,
        next_at: Some(new.at.into()),
        opened_at: new.at.into(),
        pivot_at: None,
        completed_at: None,
        settled_at: None,
    };
    // The line's lock is ours, so what is in the way is the card's.
    let opened = diesel::insert_into(swap::table).values(row).on_conflict_do_nothing();
    Ok(if opened.execute(conn)? == 1 { Opened::Yes } else { Opened::CardBusy })
}

pub(crate) fn swap(conn: &mut Conn, id: SwapId) -> Result<Option<Swap>, StoreError> {
    let row: Option<SwapRow> = swap::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn swaps_of(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
) -> Result<Vec<Swap>, StoreError> {
    let rows: Vec<SwapRow> = swap::table
        .filter(swap::incident.eq(Id::from(incident)))
        .filter(swap::case_id.eq(Id::from(case)))
        .order((swap::opened_at, swap::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn open_swap_of(conn: &mut Conn, number: &[u8; 16]) -> Result<Option<Swap>, StoreError> {
    let row: Option<SwapRow> = swap::table
        .filter(swap::number_ix.eq(Id(*number)))
        .filter(swap::state.eq(SwapState::Open.code()))
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

pub(crate) fn due_swaps(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Swap>, StoreError> {
    let now = At::from(now);
    let is_free = swap::lease_until.is_null().or(swap::lease_until.le(now).assume_not_null());
    let rows: Vec<SwapRow> = swap::table
        .filter(swap::next_at.le(now).assume_not_null())
        .filter(is_free)
        .order((swap::next_at, swap::id))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: SwapRow) -> Result<Swap, StoreError> {
    let lease = row.lease_token.zip(row.lease_until);
    Ok(Swap {
        id: row.id.into(),
        incident: row.incident.into(),
        case: row.case_id.into(),
        number: row.number_ix.0,
        card: row.card.into(),
        sealed: row.sealed,
        planned: row.planned,
        state: SwapState::from_code(row.state).ok_or(DAMAGED)?,
        lease: lease.map(|(token, until)| (LeaseToken(token.0), until.into())),
        misses: row.misses,
        next_at: row.next_at.map(Into::into),
        opened_at: row.opened_at.into(),
        pivot_at: row.pivot_at.map(Into::into),
        completed_at: row.completed_at.map(Into::into),
        settled_at: row.settled_at.map(Into::into),
    })
}

/// A swap under a lease that is ours and has not run out.
macro_rules! ours {
    ($id:expr, $token:expr, $now:expr) => {
        swap::table
            .find(Id::from($id))
            .filter(swap::lease_token.eq(Some(Id($token.0))))
            .filter(swap::lease_until.gt(Some(At::from($now))))
    };
}

pub(crate) fn take_swap(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_free =
        swap::lease_until.is_null().or(swap::lease_until.le(At::from(now)).assume_not_null());
    let free = swap::table.find(Id::from(id)).filter(swap::settled_at.is_null()).filter(is_free);
    let taken = diesel::update(free).set((
        swap::lease_token.eq(Some(Id(token.0))),
        swap::lease_until.eq(Some(At::from(until))),
    ));
    Ok(taken.execute(conn)? == 1)
}

pub(crate) fn renew_swap(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let renewed = diesel::update(ours!(id, token, now))
        .set(swap::lease_until.eq(Some(At::from(until))))
        .execute(conn)?;
    Ok(renewed == 1)
}

pub(crate) fn release_swap(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    next_at: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let held = swap::table.find(Id::from(id)).filter(swap::lease_token.eq(Some(Id(token.0))));
    let released = diesel::update(held).set((
        swap::lease_token.eq(None::<Id>),
        swap::lease_until.eq(None::<At>),
        swap::next_at.eq(next_at.map(At::from)),
    ));
    Ok(released.execute(conn)? == 1)
}

pub(crate) fn wake_swap(
    conn: &mut Conn,
    id: SwapId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let there = swap::table.find(Id::from(id)).filter(swap::settled_at.is_null());
    Ok(diesel::update(there).set(swap::next_at.eq(Some(At::from(at)))).execute(conn)? == 1)
}

pub(crate) fn commit_plan(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    now: DateTime<Utc>,
    sealed: &[u8],
) -> Result<bool, StoreError> {
    let unplanned = ours!(id, token, now).filter(swap::planned.eq(false));
    let committed = diesel::update(unplanned)
        .set((swap::planned.eq(true), swap::sealed.eq(sealed)))
        .execute(conn)?;
    Ok(committed == 1)
}

pub(crate) fn intend(conn: &mut Conn, intent: &Intent) -> Result<Intended, StoreError> {
    lock_number(conn, &intent.number)?;
    let case = lock_case_row(conn, intent.incident, intent.case)?;
    if !go_on(conn, intent)? {
        return Ok(Intended::LeaseLost);
    }
    if let Some(no) = intent.done {
        settle(conn, intent.swap, no, (intent.token, Outcome::Done, intent.now))?;
    }
    if case != Some(intent.case_state) {
        return Ok(Intended::CaseElsewhere(case));
    }
    // Read after the number's lock came, so that it sees every hold raised before.
    if intent.case_state != State::RollingBack && line_is_held(conn, &intent.number)? {
        return Ok(Intended::LineHeld);
    }
    write_step(conn, intent)?;
    Ok(Intended::Written)
}

/// Holds a swap for longer, if it is not settled and held under this lease; what was done before ends the misses.
fn go_on(conn: &mut Conn, intent: &Intent) -> Result<bool, StoreError> {
    let lasting = ours!(intent.swap, intent.token, intent.now).filter(swap::settled_at.is_null());
    let until = swap::lease_until.eq(Some(At::from(intent.until)));
    let renewed = if intent.done.is_some() {
        diesel::update(lasting).set((until, swap::misses.eq(0))).execute(conn)?
    } else {
        diesel::update(lasting).set(until).execute(conn)?
    };
    Ok(renewed == 1)
}

fn write_step(conn: &mut Conn, intent: &Intent) -> Result<(), StoreError> {
    diesel::insert_into(swap_step::table)
        .values((
            swap_step::swap.eq(Id::from(intent.swap)),
            swap_step::no.eq(intent.no),
            swap_step::command.eq(intent.command.code()),
            swap_step::at.eq(At::from(intent.now)),
            swap_step::token.eq(Id(intent.token.0)),
            swap_step::outcome.eq(Outcome::Open.code()),
        ))
        .execute(conn)?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "each says which row, or under which condition")]
pub(crate) fn settle_step(
    conn: &mut Conn,
    id: SwapId,
    no: i32,
    token: LeaseToken,
    outcome: Outcome,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if outcome == Outcome::Open {
        return Err(StoreError::State("a command that is settled is not open"));
    }
    let settled = settle(conn, id, no, (token, outcome, at))?;
    if settled && outcome == Outcome::Done {
        forgive_misses(conn, id)?;
    }
    Ok(settled)
}

fn settle(
    conn: &mut Conn,
    id: SwapId,
    no: i32,
    (token, outcome, at): (LeaseToken, Outcome, DateTime<Utc>),
) -> Result<bool, StoreError> {
    let there = swap_step::table
        .find((Id::from(id), no))
        .filter(swap_step::outcome.eq(Outcome::Open.code()))
        .filter(swap_step::token.eq(Id(token.0)).or(exists(ours!(id, token, at))));
    let settled = diesel::update(there)
        .set((swap_step::outcome.eq(outcome.code()), swap_step::settled_at.eq(Some(At::from(at)))))
        .execute(conn)?;
    Ok(settled == 1)
}

pub(crate) fn swap_steps(conn: &mut Conn, id: SwapId) -> Result<Vec<SwapStep>, StoreError> {
    type Row = (Id, i32, i16, At, Id, i16, Option<At>);
    let rows: Vec<Row> = swap_step::table
        .filter(swap_step::swap.eq(Id::from(id)))
        .order(swap_step::no)
        .load(conn)?;
    let step = |(_, no, command, at, token, outcome, settled_at): Row| {
        Ok(SwapStep {
            no,
            command: SentCommand::from_code(command).ok_or(DAMAGED)?,
            at: at.into(),
            token: LeaseToken(token.0),
            outcome: Outcome::from_code(outcome).ok_or(DAMAGED)?,
            settled_at: settled_at.map(Into::into),
        })
    };
    rows.into_iter().map(step).collect()
}

pub(crate) fn count_miss(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    now: DateTime<Utc>,
) -> Result<Option<i32>, StoreError> {
    let counted = diesel::update(ours!(id, token, now)).set(swap::misses.eq(swap::misses + 1));
    Ok(counted.returning(swap::misses).get_result(conn).optional()?)
}

pub(crate) fn forgive_misses(conn: &mut Conn, id: SwapId) -> Result<bool, StoreError> {
    let there = swap::table.find(Id::from(id)).filter(swap::settled_at.is_null());
    Ok(diesel::update(there).set(swap::misses.eq(0)).execute(conn)? == 1)
}

pub(crate) fn mark_pivot(
    conn: &mut Conn,
    id: SwapId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = swap::table.find(Id::from(id)).filter(swap::state.eq(SwapState::Open.code()));
    let first = open.filter(swap::pivot_at.is_null());
    if diesel::update(first).set(swap::pivot_at.eq(Some(At::from(at)))).execute(conn)? == 1 {
        return Ok(true);
    }
    Ok(diesel::select(exists(open)).get_result(conn)?)
}

pub(crate) fn complete_swap(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    now: DateTime<Utc>,
    next_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = ours!(id, token, now).filter(swap::state.eq(SwapState::Open.code()));
    let done = diesel::update(open).set((
        swap::state.eq(SwapState::Done.code()),
        swap::completed_at.eq(Some(At::from(now))),
        swap::next_at.eq(Some(At::from(next_at))),
        swap::lease_token.eq(None::<Id>),
        swap::lease_until.eq(None::<At>),
        swap::misses.eq(0),
    ));
    Ok(done.execute(conn)? == 1)
}

pub(crate) fn undo_swap(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = ours!(id, token, now).filter(swap::state.eq(SwapState::Open.code()));
    let undone = diesel::update(open).set((
        swap::state.eq(SwapState::RolledBack.code()),
        swap::settled_at.eq(Some(At::from(now))),
        swap::next_at.eq(None::<At>),
        swap::lease_token.eq(None::<Id>),
        swap::lease_until.eq(None::<At>),
        swap::sealed.eq(Vec::new()),
    ));
    Ok(undone.execute(conn)? == 1)
}

pub(crate) fn reopen_swap(
    conn: &mut Conn,
    id: SwapId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_free =
        swap::lease_until.is_null().or(swap::lease_until.le(At::from(now)).assume_not_null());
    let done = swap::table
        .find(Id::from(id))
        .filter(swap::state.eq(SwapState::Done.code()))
        .filter(swap::settled_at.is_null())
        .filter(is_free);
    let reopened = diesel::update(done).set((
        swap::state.eq(SwapState::Open.code()),
        swap::completed_at.eq(None::<At>),
        swap::next_at.eq(Some(At::from(now))),
        swap::lease_token.eq(None::<Id>),
        swap::lease_until.eq(None::<At>),
        swap::misses.eq(0),
    ));
    Ok(reopened.execute(conn)? == 1)
}

pub(crate) fn settle_swap(
    conn: &mut Conn,
    id: SwapId,
    token: LeaseToken,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = ours!(id, token, now)
        .filter(swap::state.eq(SwapState::Done.code()))
        .filter(swap::settled_at.is_null());
    let settled = diesel::update(done).set((
        swap::settled_at.eq(Some(At::from(now))),
        swap::next_at.eq(None::<At>),
        swap::lease_token.eq(None::<Id>),
        swap::lease_until.eq(None::<At>),
        swap::sealed.eq(Vec::new()),
    ));
    Ok(settled.execute(conn)? == 1)
}
