//! Queries on payments of claims.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use simrecall_core::claim::StateKind;
use simrecall_core::id::{ClaimId, IncidentId, PaymentId};

use super::Conn;
use super::claim::lock_claim_row;
use crate::error::StoreError;
use crate::payment::{NewPayment, PayResult, Payment};
use crate::schema::{claim, payment};
use crate::types::{At, Id, day_code, day_of};

#[derive(Clone, Copy, Insertable, Queryable)]
#[diesel(table_name = payment, treat_none_as_default_value = false)]
struct PaymentRow {
    id: Id,
    incident: Id,
    claim: Id,
    no: i32,
    pay_on: i32,
    exported_at: At,
    by_staff: Id,
    also_by: Id,
    result: Option<i16>,
    settled_at: Option<At>,
}

pub(crate) fn put_payment(conn: &mut Conn, new: &NewPayment) -> Result<bool, StoreError> {
    lock_claim_row(conn, new.incident, new.claim)?;
    let (incident, of) = (Id::from(new.incident), Id::from(new.claim));
    let state: Option<i16> =
        claim::table.find((incident, of)).select(claim::state).first(conn).optional()?;
    if state != Some(StateKind::Scheduled.code()) {
        return Ok(false);
    }
    let before = payments_of(conn, new.incident, new.claim)?;
    if before.iter().any(|one| one.result != Some(PayResult::Failed)) {
        return Ok(false);
    }
    let last: Option<i32> = payment::table
        .filter(payment::incident.eq(incident).and(payment::claim.eq(of)))
        .select(max(payment::no))
        .first(conn)?;
    let row = PaymentRow {
        id: new.id.into(),
        incident,
        claim: of,
        no: last.unwrap_or(0) + 1,
        pay_on: day_code(new.pay_on),
        exported_at: new.at.into(),
        by_staff: new.by.into(),
        also_by: new.also_by.into(),
        result: None,
        settled_at: None,
    };
    diesel::insert_into(payment::table).values(row).execute(conn)?;
    Ok(true)
}

pub(crate) fn payment(conn: &mut Conn, id: PaymentId) -> Result<Option<Payment>, StoreError> {
    let row: Option<PaymentRow> = payment::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn payments_of(
    conn: &mut Conn,
    incident: IncidentId,
    claim: ClaimId,
) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> = payment::table
        .filter(payment::incident.eq(Id::from(incident)))
        .filter(payment::claim.eq(Id::from(claim)))
        .order(payment::no)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn payments(conn: &mut Conn, incident: IncidentId) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> = payment::table
        .filter(payment::incident.eq(Id::from(incident)))
        .order((payment::pay_on, payment::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn open_payments(
    conn: &mut Conn,
    incident: IncidentId,
    pay_on: NaiveDate,
) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> = payment::table
        .filter(payment::incident.eq(Id::from(incident)))
        .filter(payment::pay_on.eq(day_code(pay_on)))
        .filter(payment::result.is_null())
        .order(payment::id)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn settle_payment(
    conn: &mut Conn,
    id: PaymentId,
    result: PayResult,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = payment::table.find(Id::from(id)).filter(payment::result.is_null());
    let settled = diesel::update(open)
        .set((payment::result.eq(Some(result.code())), payment::settled_at.eq(Some(At::from(at)))));
    Ok(settled.execute(conn)? == 1)
}

fn read(row: PaymentRow) -> Result<Payment, StoreError> {
    let result =
        row.result.map(|code| PayResult::from_code(code).ok_or(StoreError::Damaged("payment")));
    Ok(Payment {
        new: NewPayment {
            id: row.id.into(),
            incident: row.incident.into(),
            claim: row.claim.into(),
            pay_on: day_of(row.pay_on),
            by: row.by_staff.into(),
            also_by: row.also_by.into(),
            at: row.exported_at.into(),
        },
        no: row.no,
        result: result.transpose()?,
        settled_at: row.settled_at.map(Into::into),
    })
}
