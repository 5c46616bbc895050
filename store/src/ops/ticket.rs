//! Queries on tickets.

use diesel::prelude::*;
use simrecall_core::id::{SwapId, TicketId};
use simrecall_core::replacement::swap::Reason;

use super::Conn;
use crate::error::StoreError;
use crate::schema::ticket;
use crate::swap::{Ticket, TicketClosed};
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = ticket, treat_none_as_default_value = false)]
struct TicketRow {
    id: Id,
    swap: Id,
    reason: i16,
    truth: String,
    opened_at: At,
    closed_at: Option<At>,
    closed_by: Option<Id>,
    how: Option<String>,
}

pub(crate) fn open_ticket(conn: &mut Conn, new: &Ticket) -> Result<bool, StoreError> {
    let row = TicketRow {
        id: new.id.into(),
        swap: new.swap.into(),
        reason: new.reason.code(),
        truth: new.truth.clone(),
        opened_at: new.opened_at.into(),
        closed_at: None,
        closed_by: None,
        how: None,
    };
    let opened = diesel::insert_into(ticket::table).values(row).on_conflict_do_nothing();
    Ok(opened.execute(conn)? == 1)
}

pub(crate) fn close_ticket(
    conn: &mut Conn,
    id: TicketId,
    closed: &TicketClosed,
) -> Result<bool, StoreError> {
    let open = ticket::table.find(Id::from(id)).filter(ticket::closed_at.is_null());
    let ended = diesel::update(open).set((
        ticket::closed_at.eq(Some(At::from(closed.at))),
        ticket::closed_by.eq(Some(Id::from(closed.by))),
        ticket::how.eq(Some(&closed.how)),
    ));
    Ok(ended.execute(conn)? == 1)
}

pub(crate) fn ticket(conn: &mut Conn, id: TicketId) -> Result<Option<Ticket>, StoreError> {
    let row: Option<TicketRow> = ticket::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn tickets_of(conn: &mut Conn, swap: SwapId) -> Result<Vec<Ticket>, StoreError> {
    let rows: Vec<TicketRow> = ticket::table
        .filter(ticket::swap.eq(Id::from(swap)))
        .order((ticket::opened_at, ticket::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn open_tickets(conn: &mut Conn, limit: i64) -> Result<Vec<Ticket>, StoreError> {
    let rows: Vec<TicketRow> = ticket::table
        .filter(ticket::closed_at.is_null())
        .order((ticket::opened_at, ticket::id))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: TicketRow) -> Result<Ticket, StoreError> {
    let closed = row.closed_at.zip(row.closed_by).zip(row.how);
    let closed = closed.map(|((at, by), how)| TicketClosed { at: at.into(), by: by.into(), how });
    Ok(Ticket {
        id: row.id.into(),
        swap: row.swap.into(),
        reason: Reason::from_code(row.reason).ok_or(StoreError::Damaged("ticket"))?,
        truth: row.truth,
        opened_at: row.opened_at.into(),
        closed,
    })
}
