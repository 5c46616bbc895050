//! Queries on orders to other systems.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use simrecall_core::id::OrderId;
use simrecall_core::order::Kind;

use super::Conn;
use super::ledger_keys::{HOLD, SKIP_LOCKED};
use crate::error::StoreError;
use crate::lease::LeaseToken;
use crate::outbox::{NewOrder, Order, OrderCount, OrderState, PutBack};
use crate::schema::outbox;
use crate::types::{At, Id, Ts, Uid};

const DAMAGED: StoreError = StoreError::Damaged("outbox");

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct OrderRow {
    id: Id,
    kind: String,
    sealed: Vec<u8>,
    incident: Option<Id>,
    subject: Option<Id>,
    subject_no: Option<i32>,
    state: i16,
    tries: i32,
    made_at: At,
    next_at: At,
    settled_at: Option<At>,
}

#[derive(QueryableByName)]
struct Numbered {
    #[diesel(sql_type = Integer)]
    last: i32,
}

/// The next number of a subject. Its row is locked until the transaction ends, so numbers commit in their order.
fn next_no(conn: &mut Conn, subject: [u8; 16]) -> Result<i32, StoreError> {
    let sql = "INSERT INTO outbox_subject (subject, last) VALUES ($1, 1)
         ON CONFLICT (subject) DO UPDATE SET last = outbox_subject.last + 1
         RETURNING last";
    let found: Numbered = diesel::sql_query(sql).bind::<Uid, _>(Id(subject)).get_result(conn)?;
    Ok(found.last)
}

pub(crate) fn put_order(conn: &mut Conn, new: &NewOrder) -> Result<(), StoreError> {
    let no = new.subject.map(|subject| next_no(conn, subject)).transpose()?;
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(Id::from(new.id)),
            outbox::kind.eq(new.kind.name()),
            outbox::sealed.eq(&new.sealed),
            outbox::incident.eq(new.incident.map(Id::from)),
            outbox::subject.eq(new.subject.map(Id)),
            outbox::subject_no.eq(no),
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
    kind: Kind,
    token: LeaseToken,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Order>, StoreError> {
    let sql = format!(
        "SELECT id FROM outbox
         WHERE state = {due} AND kind = $1 AND next_at <= $2 AND (lease_until IS NULL OR lease_until <= $3)
             AND NOT EXISTS (
                 SELECT 1 FROM outbox older WHERE older.subject = outbox.subject
                     AND older.subject_no < outbox.subject_no AND older.state = {due}
             )
         ORDER BY next_at, id LIMIT 1 {SKIP_LOCKED}",
        due = OrderState::Due.code(),
    );
    let found: Option<Next> = diesel::sql_query(sql)
        .bind::<Text, _>(kind.name())
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

pub(crate) fn release_order(
    conn: &mut Conn,
    id: OrderId,
    token: LeaseToken,
) -> Result<bool, StoreError> {
    let ours = outbox::table.find(Id::from(id)).filter(outbox::lease_token.eq(Some(Id(token.0))));
    let back = diesel::update(ours).set((
        outbox::tries.eq(outbox::tries - 1),
        outbox::lease_token.eq(None::<Id>),
        outbox::lease_until.eq(None::<At>),
    ));
    Ok(back.execute(conn)? == 1)
}

pub(crate) fn put_back_order(
    conn: &mut Conn,
    id: OrderId,
    at: DateTime<Utc>,
) -> Result<PutBack, StoreError> {
    let Some(found) = order(conn, id)?.filter(|found| found.state == OrderState::Refused) else {
        return Ok(PutBack::NotRefused);
    };
    if let Some((subject, no)) = found.subject {
        let sql = format!("SELECT last FROM outbox_subject WHERE subject = $1 {HOLD}");
        let last: Option<Numbered> =
            diesel::sql_query(sql).bind::<Uid, _>(Id(subject)).get_result(conn).optional()?;
        if last.is_none_or(|last| last.last > no) {
            return Ok(PutBack::Overtaken);
        }
    }
    let refused =
        outbox::table.find(Id::from(id)).filter(outbox::state.eq(OrderState::Refused.code()));
    let back = diesel::update(refused).set((
        outbox::state.eq(OrderState::Due.code()),
        outbox::settled_at.eq(None::<At>),
        outbox::next_at.eq(At::from(at)),
        outbox::tries.eq(0),
    ));
    Ok(if back.execute(conn)? == 1 { PutBack::Done } else { PutBack::NotRefused })
}

pub(crate) fn delete_unsent_order(conn: &mut Conn, id: OrderId) -> Result<bool, StoreError> {
    let unsent = outbox::table
        .find(Id::from(id))
        .filter(outbox::kind.eq(Kind::ShipCard.name()))
        .filter(outbox::state.eq(OrderState::Due.code()))
        .filter(outbox::tries.eq(0));
    Ok(diesel::delete(unsent).execute(conn)? == 1)
}

pub(crate) fn delete_settled_orders(
    conn: &mut Conn,
    taken: DateTime<Utc>,
    refused: DateTime<Utc>,
    limit: i64,
) -> Result<u64, StoreError> {
    let old = |state: OrderState, before: DateTime<Utc>| {
        outbox::table
            .filter(outbox::state.eq(state.code()))
            .filter(outbox::settled_at.lt(Some(At::from(before))))
            .order(outbox::settled_at)
            .limit(limit)
            .select(outbox::id)
    };
    let mut ids: Vec<Id> = old(OrderState::Taken, taken).load(conn)?;
    ids.extend(old(OrderState::Refused, refused).load::<Id>(conn)?);
    let gone = diesel::delete(outbox::table.filter(outbox::id.eq_any(ids))).execute(conn)?;
    Ok(u64::try_from(gone).unwrap_or(u64::MAX))
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

pub(crate) fn orders_refused(
    conn: &mut Conn,
    kind: Kind,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<OrderRow> = outbox::table
        .filter(outbox::state.eq(OrderState::Refused.code()))
        .filter(outbox::kind.eq(kind.name()))
        .filter(outbox::settled_at.ge(Some(At::from(since))))
        .order((outbox::made_at, outbox::subject_no, outbox::id))
        .limit(limit)
        .select(OrderRow::as_select())
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn next_order_at(
    conn: &mut Conn,
    kind: Kind,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next: Option<At> = outbox::table
        .filter(outbox::state.eq(OrderState::Due.code()))
        .filter(outbox::kind.eq(kind.name()))
        .filter(outbox::lease_token.is_null())
        .select(min(outbox::next_at))
        .first(conn)?;
    Ok(next.map(Into::into))
}

pub(crate) fn count_orders(conn: &mut Conn) -> Result<Vec<OrderCount>, StoreError> {
    let rows: Vec<(String, i16, i64, Option<At>)> = outbox::table
        .group_by((outbox::kind, outbox::state))
        .order((outbox::kind, outbox::state))
        .select((outbox::kind, outbox::state, count_star(), min(outbox::made_at)))
        .load(conn)?;
    let counted = |(kind, state, count, oldest): (String, i16, i64, Option<At>)| {
        Ok(OrderCount {
            kind: Kind::parse(&kind).ok_or(DAMAGED)?,
            state: OrderState::from_code(state).ok_or(DAMAGED)?,
            count,
            oldest: oldest.ok_or(DAMAGED)?.into(),
        })
    };
    rows.into_iter().map(counted).collect()
}

fn read(row: OrderRow) -> Result<Order, StoreError> {
    Ok(Order {
        id: row.id.into(),
        kind: Kind::parse(&row.kind).ok_or(DAMAGED)?,
        sealed: row.sealed,
        incident: row.incident.map(Into::into),
        subject: row.subject.map(|subject| subject.0).zip(row.subject_no),
        state: OrderState::from_code(row.state).ok_or(DAMAGED)?,
        tries: row.tries,
        made_at: row.made_at.into(),
        next_at: row.next_at.into(),
        settled_at: row.settled_at.map(Into::into),
    })
}
