//! Queries on orders of swaps.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use simrecall_core::id::{AgencyId, CaseId, IncidentId, SwapId, SwapOrderId};
use simrecall_core::terminal::order::{BEGIN_WITHIN, Event, Facts, State, step};

use super::Conn;
use super::replacement::lock_case_row;
use crate::error::StoreError;
use crate::lease::LeaseToken;
use crate::schema::{countersign, swap_order, wrong_digits};
use crate::swap_order::{Countersign, NewSwapOrder, OrderEnd, Signed, SwapOrder};
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("swap_order");
/// Orders that are looked at for one that can be taken: whoever loses one to somebody else tries the next.
const CANDIDATES: i64 = 8;

#[derive(Insertable, Queryable)]
#[diesel(table_name = swap_order, treat_none_as_default_value = false)]
struct OrderRow {
    id: Id,
    incident: Id,
    case_id: Id,
    line: Id,
    card: Id,
    agency: Id,
    terminal: Id,
    staff: Id,
    proofs: String,
    made_at: At,
    until: At,
    body: Vec<u8>,
    hash: Vec<u8>,
    challenge_id: Id,
    challenge: Vec<u8>,
    options: String,
    countersign: bool,
    state: i16,
    changed_at: At,
    confirmed_at: Option<At>,
    credential: Option<Id>,
    authenticator_data: Option<Vec<u8>>,
    client_data: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
    next_at: Option<At>,
    lease_token: Option<Id>,
    lease_until: Option<At>,
    swap: Option<Id>,
    code: Option<String>,
}

/// Orders whose time is over.
macro_rules! is_over {
    ($at:expr) => {{
        let made = swap_order::state.eq(State::Made.code());
        let confirmed = swap_order::state.eq(State::Confirmed.code());
        let oldest = At::from($at - BEGIN_WITHIN);
        let made = made.and(swap_order::until.le(At::from($at)));
        made.or(confirmed.and(swap_order::confirmed_at.le(oldest).assume_not_null()))
    }};
}

/// Orders that nobody works at.
macro_rules! is_free {
    ($at:expr) => {
        swap_order::lease_until
            .is_null()
            .or(swap_order::lease_until.le(At::from($at)).assume_not_null())
    };
}

pub(crate) fn keep_wrong_digits(
    conn: &mut Conn,
    body: &[u8; 32],
    incident: IncidentId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let kept = diesel::insert_into(wrong_digits::table)
        .values((
            wrong_digits::body.eq(body.to_vec()),
            wrong_digits::incident.eq(Id::from(incident)),
            wrong_digits::at.eq(At::from(at)),
        ))
        .on_conflict_do_nothing();
    Ok(kept.execute(conn)? == 1)
}

pub(crate) fn were_digits_wrong(conn: &mut Conn, body: &[u8; 32]) -> Result<bool, StoreError> {
    let there: i64 = wrong_digits::table
        .filter(wrong_digits::body.eq(body.to_vec()))
        .count()
        .get_result(conn)?;
    Ok(there > 0)
}

pub(crate) fn put_swap_order(conn: &mut Conn, new: &NewSwapOrder) -> Result<bool, StoreError> {
    let facts = &new.facts;
    lock_case_row(conn, facts.incident, facts.case)?;
    let proofs: Vec<String> = facts.proofs.iter().map(i32::to_string).collect();
    let row = OrderRow {
        id: facts.id.into(),
        incident: facts.incident.into(),
        case_id: facts.case.into(),
        line: facts.line.into(),
        card: facts.card.into(),
        agency: facts.agency.into(),
        terminal: facts.terminal.into(),
        staff: facts.staff.into(),
        proofs: proofs.join(","),
        made_at: facts.made_at.into(),
        until: facts.until.into(),
        body: new.body.to_vec(),
        hash: facts.sha256().to_vec(),
        challenge_id: new.challenge_id.into(),
        challenge: new.challenge.clone(),
        options: new.options.clone(),
        countersign: new.countersign,
        state: State::Made.code(),
        changed_at: facts.made_at.into(),
        confirmed_at: None,
        credential: None,
        authenticator_data: None,
        client_data: None,
        signature: None,
        next_at: None,
        lease_token: None,
        lease_until: None,
        swap: None,
        code: None,
    };
    let made = diesel::insert_into(swap_order::table).values(row).on_conflict_do_nothing();
    Ok(made.execute(conn)? == 1)
}

fn read(row: OrderRow) -> Result<SwapOrder, StoreError> {
    let numbers = row.proofs.split(',').filter(|no| !no.is_empty()).map(str::parse);
    let proofs = numbers.collect::<Result<_, _>>().map_err(|_| DAMAGED)?;
    let signed = match (row.credential, row.authenticator_data, row.client_data, row.signature) {
        (Some(credential), Some(authenticator_data), Some(client_data), Some(signature)) => {
            let credential = credential.into();
            Some(Signed { credential, authenticator_data, client_data, signature })
        }
        (None, None, None, None) => None,
        _ => return Err(DAMAGED),
    };
    let lease = row.lease_token.zip(row.lease_until);
    Ok(SwapOrder {
        order: NewSwapOrder {
            facts: Facts {
                id: row.id.into(),
                incident: row.incident.into(),
                case: row.case_id.into(),
                line: row.line.into(),
                card: row.card.into(),
                agency: row.agency.into(),
                terminal: row.terminal.into(),
                staff: row.staff.into(),
                proofs,
                made_at: row.made_at.into(),
                until: row.until.into(),
            },
            body: row.body.try_into().map_err(|_| DAMAGED)?,
            challenge_id: row.challenge_id.into(),
            challenge: row.challenge,
            options: row.options,
            countersign: row.countersign,
        },
        hash: row.hash.try_into().map_err(|_| DAMAGED)?,
        state: State::from_code(row.state).ok_or(DAMAGED)?,
        changed_at: row.changed_at.into(),
        confirmed: row.confirmed_at.map(DateTime::from).zip(signed),
        lease: lease.map(|(token, until)| (LeaseToken(token.0), until.into())),
        swap: row.swap.map(Into::into),
        code: row.code,
    })
}

fn all(rows: Vec<OrderRow>) -> Result<Vec<SwapOrder>, StoreError> {
    rows.into_iter().map(read).collect()
}

pub(crate) fn swap_order(
    conn: &mut Conn,
    id: SwapOrderId,
) -> Result<Option<SwapOrder>, StoreError> {
    let row: Option<OrderRow> = swap_order::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn last_swap_order(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
) -> Result<Option<SwapOrder>, StoreError> {
    let row: Option<OrderRow> = swap_order::table
        .filter(swap_order::incident.eq(Id::from(incident)))
        .filter(swap_order::case_id.eq(Id::from(case)))
        // An open one comes before those that ended in the same instant.
        .order((swap_order::made_at.desc(), swap_order::state, swap_order::id))
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

pub(crate) fn confirm_swap_order(
    conn: &mut Conn,
    id: SwapOrderId,
    signed: &Signed,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let Some(order) = swap_order(conn, id)? else { return Ok(false) };
    // Whoever makes, signs or ends an order holds the case's row.
    lock_case_row(conn, order.order.facts.incident, order.order.facts.case)?;
    let at = At::from(at);
    let made = swap_order::table
        .find(Id::from(id))
        .filter(swap_order::state.eq(State::Made.code()))
        .filter(swap_order::until.gt(at));
    let confirmed = diesel::update(made).set((
        swap_order::state.eq(State::Confirmed.code()),
        swap_order::changed_at.eq(at),
        swap_order::confirmed_at.eq(Some(at)),
        swap_order::next_at.eq(Some(at)),
        swap_order::credential.eq(Some(Id::from(signed.credential))),
        swap_order::authenticator_data.eq(Some(&signed.authenticator_data)),
        swap_order::client_data.eq(Some(&signed.client_data)),
        swap_order::signature.eq(Some(&signed.signature)),
    ));
    Ok(confirmed.execute(conn)? == 1)
}

pub(crate) fn countersign_order(conn: &mut Conn, new: &Countersign) -> Result<bool, StoreError> {
    let order = swap_order(conn, new.order)?;
    let Some(order) = order.filter(|order| order.state.is_open()) else { return Ok(false) };
    let facts = &order.order.facts;
    // Whoever signs and whoever makes or ends an order hold the case's row.
    lock_case_row(conn, facts.incident, facts.case)?;
    let signed = diesel::insert_into(countersign::table)
        .values((
            countersign::order_id.eq(Id::from(new.order)),
            countersign::incident.eq(Id::from(new.incident)),
            countersign::staff.eq(Id::from(new.staff)),
            countersign::terminal.eq(Id::from(new.terminal)),
            countersign::challenge.eq(&new.challenge),
            countersign::credential.eq(Id::from(new.signed.credential)),
            countersign::authenticator_data.eq(&new.signed.authenticator_data),
            countersign::client_data.eq(&new.signed.client_data),
            countersign::signature.eq(&new.signed.signature),
            countersign::at.eq(At::from(new.at)),
        ))
        .on_conflict_do_nothing();
    Ok(signed.execute(conn)? == 1)
}

pub(crate) fn countersign_of(
    conn: &mut Conn,
    id: SwapOrderId,
) -> Result<Option<Countersign>, StoreError> {
    type Row = (Id, Id, Id, Id, Vec<u8>, Id, Vec<u8>, Vec<u8>, Vec<u8>, At);
    let row: Option<Row> = countersign::table.find(Id::from(id)).first(conn).optional()?;
    let read = |(
        order,
        incident,
        staff,
        terminal,
        challenge,
        credential,
        data,
        client,
        signature,
        at,
    ): Row| {
        Countersign {
            order: order.into(),
            incident: incident.into(),
            staff: staff.into(),
            terminal: terminal.into(),
            challenge,
            signed: Signed {
                credential: credential.into(),
                authenticator_data: data,
                client_data: client,
                signature,
            },
            at: at.into(),
        }
    };
    Ok(row.map(read))
}

pub(crate) fn take_swap_order(
    conn: &mut Conn,
    token: LeaseToken,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<SwapOrder>, StoreError> {
    let (at, oldest) = (At::from(now), At::from(now - BEGIN_WITHIN));
    let signed = countersign::table.filter(countersign::order_id.eq(swap_order::id));
    let candidates: Vec<Id> = swap_order::table
        .filter(swap_order::state.eq(State::Confirmed.code()))
        .filter(swap_order::confirmed_at.gt(oldest).assume_not_null())
        .filter(swap_order::next_at.le(at).assume_not_null())
        .filter(is_free!(now))
        .filter(swap_order::countersign.eq(false).or(exists(signed)))
        .order((swap_order::confirmed_at, swap_order::id))
        .select(swap_order::id)
        .limit(CANDIDATES)
        .load(conn)?;
    for id in candidates {
        let free = swap_order::table
            .find(id)
            .filter(swap_order::state.eq(State::Confirmed.code()))
            .filter(is_free!(now));
        let taken = diesel::update(free).set((
            swap_order::lease_token.eq(Some(Id(token.0))),
            swap_order::lease_until.eq(Some(At::from(until))),
        ));
        if taken.execute(conn)? == 1 {
            return swap_order(conn, id.into());
        }
    }
    Ok(None)
}

pub(crate) fn release_swap_order(
    conn: &mut Conn,
    id: SwapOrderId,
    token: LeaseToken,
    next_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ours = swap_order::table
        .find(Id::from(id))
        .filter(swap_order::state.eq(State::Confirmed.code()))
        .filter(swap_order::lease_token.eq(Some(Id(token.0))));
    let released = diesel::update(ours).set((
        swap_order::lease_token.eq(None::<Id>),
        swap_order::lease_until.eq(None::<At>),
        swap_order::next_at.eq(Some(At::from(next_at))),
    ));
    Ok(released.execute(conn)? == 1)
}

pub(crate) fn start_swap_order(
    conn: &mut Conn,
    id: SwapOrderId,
    token: LeaseToken,
    swap: SwapId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let oldest = At::from(at - BEGIN_WITHIN);
    let ours = swap_order::table
        .find(Id::from(id))
        .filter(swap_order::state.eq(State::Confirmed.code()))
        .filter(swap_order::confirmed_at.gt(oldest).assume_not_null())
        .filter(swap_order::lease_token.eq(Some(Id(token.0))))
        .filter(swap_order::lease_until.gt(At::from(at)).assume_not_null());
    let started = diesel::update(ours).set((
        swap_order::state.eq(State::Started.code()),
        swap_order::changed_at.eq(At::from(at)),
        swap_order::swap.eq(Some(Id::from(swap))),
        swap_order::next_at.eq(None::<At>),
        swap_order::lease_token.eq(None::<Id>),
        swap_order::lease_until.eq(None::<At>),
    ));
    Ok(started.execute(conn)? == 1)
}

pub(crate) fn end_swap_order(conn: &mut Conn, end: &OrderEnd<'_>) -> Result<bool, StoreError> {
    let Ok(to) = step(end.from, end.event) else { return Ok(false) };
    let open =
        swap_order::table.find(Id::from(end.id)).filter(swap_order::state.eq(end.from.code()));
    let change = (
        swap_order::state.eq(to.code()),
        swap_order::changed_at.eq(At::from(end.at)),
        swap_order::code.eq(Some(end.code)),
        swap_order::next_at.eq(None::<At>),
        swap_order::lease_token.eq(None::<Id>),
        swap_order::lease_until.eq(None::<At>),
    );
    let ended = match (end.token, end.event) {
        (Some(token), _) => {
            let ours = open.filter(swap_order::lease_token.eq(Some(Id(token.0))));
            diesel::update(ours).set(change).execute(conn)?
        }
        // Whoever made it may take it back although somebody looks at it: its start asks again.
        (None, Event::GiveUp) => diesel::update(open).set(change).execute(conn)?,
        (None, Event::Lapse) => {
            let over = open.filter(is_over!(end.at)).filter(is_free!(end.at));
            diesel::update(over).set(change).execute(conn)?
        }
        (None, Event::Confirm | Event::Start | Event::Refuse) => {
            diesel::update(open.filter(is_free!(end.at))).set(change).execute(conn)?
        }
    };
    Ok(ended == 1)
}

pub(crate) fn overdue_swap_orders(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<SwapOrder>, StoreError> {
    let rows: Vec<OrderRow> = swap_order::table
        .filter(is_over!(now))
        .filter(is_free!(now))
        .order((swap_order::made_at, swap_order::id))
        .limit(limit)
        .load(conn)?;
    all(rows)
}

pub(crate) fn unsigned_swap_orders(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<SwapOrder>, StoreError> {
    let oldest = At::from(now - BEGIN_WITHIN);
    let signed = countersign::table.filter(countersign::order_id.eq(swap_order::id));
    let rows: Vec<OrderRow> = swap_order::table
        .filter(swap_order::countersign.eq(true))
        .filter(swap_order::state.eq(State::Confirmed.code()))
        .filter(swap_order::confirmed_at.gt(oldest).assume_not_null())
        .filter(not(exists(signed)))
        .order((swap_order::confirmed_at, swap_order::id))
        .limit(limit)
        .load(conn)?;
    all(rows)
}

pub(crate) fn count_swap_orders(
    conn: &mut Conn,
    agency: AgencyId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(State, i64)>, StoreError> {
    let rows: Vec<(i16, i64)> = swap_order::table
        .filter(swap_order::agency.eq(Id::from(agency)))
        .filter(swap_order::made_at.ge(At::from(from)))
        .filter(swap_order::made_at.lt(At::from(until)))
        .group_by(swap_order::state)
        .select((swap_order::state, count_star()))
        .order(swap_order::state)
        .load(conn)?;
    let state = |(code, count)| Ok((State::from_code(code).ok_or(DAMAGED)?, count));
    rows.into_iter().map(state).collect()
}
