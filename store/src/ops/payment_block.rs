//! Queries on small payments.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use simrecall_core::id::{IncidentId, OrderId};

use super::Conn;
use crate::error::StoreError;
use crate::payment_block::{BlockState, PaymentBlock};
use crate::schema::payment_block;
use crate::types::{At, Id};

/// Keys bound to one statement.
const KEYS: usize = 1_000;
const DAMAGED: StoreError = StoreError::Damaged("payment_block");

#[derive(Insertable, Queryable)]
#[diesel(table_name = payment_block)]
struct BlockRow {
    number_ix: Id,
    incident: Id,
    line: Id,
    state: i16,
    order_id: Id,
    sealed: Vec<u8>,
    changed_at: At,
}

pub(crate) fn block_payments(conn: &mut Conn, new: &PaymentBlock) -> Result<bool, StoreError> {
    let row = BlockRow {
        number_ix: Id(new.number),
        incident: new.incident.into(),
        line: new.line.into(),
        state: new.state.code(),
        order_id: new.order.into(),
        sealed: new.sealed.clone(),
        changed_at: new.changed_at.into(),
    };
    let put = diesel::insert_into(payment_block::table)
        .values(row)
        .on_conflict(payment_block::number_ix)
        .do_nothing();
    Ok(put.execute(conn)? == 1)
}

pub(crate) fn payment_blocks_of(
    conn: &mut Conn,
    numbers: &[[u8; 16]],
) -> Result<Vec<PaymentBlock>, StoreError> {
    let mut found = Vec::new();
    for some in numbers.chunks(KEYS) {
        let these: Vec<Id> = some.iter().copied().map(Id).collect();
        let rows: Vec<BlockRow> = payment_block::table
            .filter(payment_block::number_ix.eq_any(these))
            .order(payment_block::number_ix)
            .load(conn)?;
        for row in rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

pub(crate) fn live_payment_blocks(
    conn: &mut Conn,
    incident: IncidentId,
    after: Option<[u8; 16]>,
    limit: i64,
) -> Result<Vec<PaymentBlock>, StoreError> {
    let mut live = payment_block::table
        .filter(payment_block::incident.eq(Id::from(incident)))
        .filter(payment_block::state.eq_any(BlockState::LIVE.map(BlockState::code)))
        .order(payment_block::number_ix)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        live = live.filter(payment_block::number_ix.gt(Id(after)));
    }
    live.load::<BlockRow>(conn)?.into_iter().map(read).collect()
}

pub(crate) fn lift_payments(
    conn: &mut Conn,
    number: &[u8; 16],
    order: OrderId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let live = payment_block::table
        .find(Id(*number))
        .filter(payment_block::state.eq_any(BlockState::LIVE.map(BlockState::code)));
    let lifted = diesel::update(live).set((
        payment_block::state.eq(BlockState::LiftDue.code()),
        payment_block::order_id.eq(Id::from(order)),
        payment_block::changed_at.eq(At::from(at)),
    ));
    Ok(lifted.execute(conn)? == 1)
}

pub(crate) fn payments_moved_on(
    conn: &mut Conn,
    order: OrderId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let steps =
        [(BlockState::BlockDue, BlockState::Blocked), (BlockState::LiftDue, BlockState::Lifted)];
    for (from, to) in steps {
        let waiting = payment_block::table
            .filter(payment_block::order_id.eq(Id::from(order)))
            .filter(payment_block::state.eq(from.code()));
        let moved = diesel::update(waiting)
            .set((payment_block::state.eq(to.code()), payment_block::changed_at.eq(At::from(at))));
        if moved.execute(conn)? == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(crate) fn count_payment_blocks(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<(BlockState, i64)>, StoreError> {
    let rows: Vec<(i16, i64)> = payment_block::table
        .filter(payment_block::incident.eq(Id::from(incident)))
        .group_by(payment_block::state)
        .order(payment_block::state)
        .select((payment_block::state, count_star()))
        .load(conn)?;
    let named = |(code, count)| Ok((BlockState::from_code(code).ok_or(DAMAGED)?, count));
    rows.into_iter().map(named).collect()
}

fn read(row: BlockRow) -> Result<PaymentBlock, StoreError> {
    Ok(PaymentBlock {
        number: row.number_ix.0,
        incident: row.incident.into(),
        line: row.line.into(),
        state: BlockState::from_code(row.state).ok_or(DAMAGED)?,
        order: row.order_id.into(),
        sealed: row.sealed,
        changed_at: row.changed_at.into(),
    })
}
