//! Queries that count who is at work, and what waits.

use diesel::dsl::exists;
use diesel::prelude::*;
use simrecall_core::terminal::look;
use simrecall_core::terminal::order::State;

use super::Conn;
use crate::at_work::{AtWork, Since, Waiting};
use crate::error::StoreError;
use crate::schema::{
    alarm, countersign, look as looks, staff, staff_session, swap_order, terminal,
};
use crate::terminal::TerminalState;
use crate::types::At;

pub(crate) fn at_work(conn: &mut Conn, since: &Since) -> Result<AtWork, StoreError> {
    let live = staff_session::table
        .filter(staff_session::touched_at.gt(At::from(since.used)))
        .filter(staff_session::started_at.gt(At::from(since.signed_in)));
    Ok(AtWork {
        sessions: live.count().get_result(conn)?,
        paused: staff::table.filter(staff::paused_at.is_not_null()).count().get_result(conn)?,
        terminals_on: terminals(conn, TerminalState::On)?,
        terminals_pending: terminals(conn, TerminalState::Pending)?,
        looks: looks_waiting(conn, since)?,
        orders: orders(conn, true)?,
        countersigns: orders(conn, false)?,
        alarms: alarms(conn)?,
    })
}

fn terminals(conn: &mut Conn, state: TerminalState) -> Result<i64, StoreError> {
    Ok(terminal::table.filter(terminal::state.eq(state.code())).count().get_result(conn)?)
}

fn looks_waiting(conn: &mut Conn, since: &Since) -> Result<Waiting, StoreError> {
    let asked = || {
        looks::table
            .filter(looks::state.eq(look::State::Asked.code()))
            .filter(looks::asked_at.gt(At::from(since.asked)))
    };
    let count = asked().count().get_result(conn)?;
    let first = asked().order(looks::asked_at).select(looks::asked_at);
    Ok(Waiting { count, oldest: first.first::<At>(conn).optional()?.map(Into::into) })
}

/// Orders the clerk has signed and nobody has begun: those that have every signature, as whoever follows takes them, or those that
/// lack the supervisor's.
fn orders(conn: &mut Conn, is_signed: bool) -> Result<Waiting, StoreError> {
    let signed = || countersign::table.filter(countersign::order_id.eq(swap_order::id));
    let due = || {
        swap_order::table
            .filter(swap_order::state.eq(State::Confirmed.code()))
            .filter(swap_order::countersign.eq(false).or(exists(signed())).eq(is_signed))
    };
    let count = due().count().get_result(conn)?;
    let first = due().order(swap_order::confirmed_at).select(swap_order::confirmed_at);
    let oldest = first.first::<Option<At>>(conn).optional()?.flatten();
    Ok(Waiting { count, oldest: oldest.map(Into::into) })
}

fn alarms(conn: &mut Conn) -> Result<Waiting, StoreError> {
    let open = || alarm::table.filter(alarm::closed_at.is_null());
    let count = open().count().get_result(conn)?;
    let first = open().order(alarm::raised_at).select(alarm::raised_at);
    Ok(Waiting { count, oldest: first.first::<At>(conn).optional()?.map(Into::into) })
}
