//! Queries on orders to other systems.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use simrecall_core::id::OrderId;

use super::Conn;
use super::ledger_keys::SKIP_LOCKED;
use crate::error::StoreError;
use crate::lease::LeaseToken;
use crate::outbox::{NewOrder, Order, OrderState};
use crate::schema::outbox;
use crate::types::{At, Id, Ts, Uid};

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct OrderRow {
    id: Id,
    kind: String,
    sealed: Vec<u8>,
    state: i16,
    tries: i32,
    made_at: At,
    next_at: At,
    settled_at: Option<At>,
}

pub(crate) fn put_order(conn: &mut Conn, new: &NewOrder) -> Result<(), StoreError> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(Id::from(new.id)),
            outbox::kind.eq(&new.kind),
            outbox::sealed.eq(&new.sealed),
            outbox::state.eq(OrderState::Due.code()),
            outbox::tries.eq(0),
            outbox::made_at.eq(At::from(new.at)),
            outbox::next_at.eq(At::from(new.at)),
        ))
        .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = Uid)]
    id: Id,
}

pub(crate) fn claim_order(
    conn: &mut Conn,
    token: LeaseToken,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Order>, StoreError> {
    let sql = format!(
        "SELECT id FROM outbox
         WHERE state = {due} AND next_at <= $1 AND (lease_until IS NULL OR lease_until <= $2)
         ORDER BY next_at, id LIMIT 1 {SKIP_LOCKED}",
        due = OrderState::Due.code(),
    );
    let found: Option<Next> = diesel::sql_query(sql)
        .bind::<Ts, _>(At::from(now))
        .bind::<Ts, _>(At::from(now))
        .get_result(conn)
        .optional()?;
    let Some(Next { id }) = found else {
        return Ok(None);
    };
    diesel::update(outbox::table.find(id))
        .set((
            outbox::lease_token.eq(Some(Id(token.0))),
            outbox::lease_until.eq(Some(At::from(until))),
            outbox::tries.eq(outbox::tries + 1),
        ))
        .execute(conn)?;
    order(conn, id.into())
}

pub(crate) fn settle_order(
    conn: &mut Conn,
    id: OrderId,
    token: LeaseToken,
    state: OrderState,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if state == OrderState::Due {
        return Err(StoreError::State("an order that is settled is not due"));
    }
    let ours = outbox::table.find(Id::from(id)).filter(outbox::lease_token.eq(Some(Id(token.0))));
    let settled = diesel::update(ours).set((
        outbox::state.eq(state.code()),
        outbox::settled_at.eq(Some(At::from(at))),
        outbox::lease_token.eq(None::<Id>),
        outbox::lease_until.eq(None::<At>),
    ));
    Ok(settled.execute(conn)? == 1)
}

pub(crate) fn retry_order(
    conn: &mut Conn,
    id: OrderId,
    token: LeaseToken,
    next_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ours = outbox::table.find(Id::from(id)).filter(outbox::lease_token.eq(Some(Id(token.0))));
    let back = diesel::update(ours).set((
        outbox::next_at.eq(At::from(next_at)),
        outbox::lease_token.eq(None::<Id>),
        outbox::lease_until.eq(None::<At>),
    ));
    Ok(back.execute(conn)? == 1)
}

pub(crate) fn order(conn: &mut Conn, id: OrderId) -> Result<Option<Order>, StoreError> {
    let row: Option<OrderRow> =
        outbox::table.find(Id::from(id)).select(OrderRow::as_select()).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn orders_in(
    conn: &mut Conn,
    state: OrderState,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<OrderRow> = outbox::table
        .filter(outbox::state.eq(state.code()))
        .order((outbox::made_at, outbox::id))
        .limit(limit)
        .select(OrderRow::as_select())
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: OrderRow) -> Result<Order, StoreError> {
    Ok(Order {
        id: row.id.into(),
        kind: row.kind,
        sealed: row.sealed,
        state: OrderState::from_code(row.state).ok_or(StoreError::Damaged("outbox"))?,
        tries: row.tries,
        made_at: row.made_at.into(),
        next_at: row.next_at.into(),
        settled_at: row.settled_at.map(Into::into),
    })
}
