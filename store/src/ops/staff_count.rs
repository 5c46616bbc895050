//! Queries on what staff did how often.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, sum};
use diesel::prelude::*;
use diesel::sql_types::{Integer, SmallInt};
use simrecall_core::access::limit::{Count, Span};
use simrecall_core::id::StaffId;

use super::Conn;
use crate::error::StoreError;
use crate::schema::{staff_count, staff_load, staff_subject};
use crate::staff_count::Tally;
use crate::types::{At, Id, Ts, Uid};

const SPEND: &str =
    "INSERT INTO staff_count (who, what, span, from_at, spent) VALUES ($1, $2, $3, $4, 1)
     ON CONFLICT (who, what, span, from_at) DO UPDATE SET spent = staff_count.spent + 1
     WHERE staff_count.spent < $5
     RETURNING spent";

const SEE: &str =
    "INSERT INTO staff_subject (staff, subject, first_at, last_at) VALUES ($1, $2, $3, $3)
     ON CONFLICT (staff, subject) DO UPDATE SET last_at = excluded.last_at
     WHERE staff_subject.last_at < excluded.last_at";

#[derive(QueryableByName)]
struct Spent {
    #[diesel(sql_type = Integer)]
    spent: i32,
}

pub(crate) fn count_staff(
    conn: &mut Conn,
    at: &Tally,
    most: i32,
) -> Result<Option<i32>, StoreError> {
    if most < 1 {
        return Ok(None);
    }
    let spent: Option<Spent> = diesel::sql_query(SPEND)
        .bind::<Uid, _>(Id(at.who))
        .bind::<SmallInt, _>(at.what.code())
        .bind::<SmallInt, _>(at.span.code())
        .bind::<Ts, _>(At::from(at.from))
        .bind::<Integer, _>(most)
        .get_result(conn)
        .optional()?;
    Ok(spent.map(|row| row.spent))
}

pub(crate) fn staff_counted(conn: &mut Conn, at: &Tally) -> Result<i32, StoreError> {
    let key = (Id(at.who), at.what.code(), at.span.code(), At::from(at.from));
    let row = staff_count::table.find(key).select(staff_count::spent);
    Ok(row.first(conn).optional()?.unwrap_or(0))
}

pub(crate) fn staff_counts(
    conn: &mut Conn,
    what: Count,
    span: Span,
    since: DateTime<Utc>,
) -> Result<Vec<([u8; 16], i64)>, StoreError> {
    let rows: Vec<(Id, Option<i64>)> = staff_count::table
        .filter(staff_count::from_at.ge(At::from(since)))
        .filter(staff_count::what.eq(what.code()))
        .filter(staff_count::span.eq(span.code()))
        .group_by(staff_count::who)
        .select((staff_count::who, sum(staff_count::spent)))
        .load(conn)?;
    Ok(rows.into_iter().map(|(who, spent)| (who.0, spent.unwrap_or(0))).collect())
}

pub(crate) fn staff_load(conn: &mut Conn, from: DateTime<Utc>) -> Result<Option<i32>, StoreError> {
    let row = staff_load::table.find(At::from(from)).select(staff_load::thousandths);
    Ok(row.first(conn).optional()?)
}

pub(crate) fn put_staff_load(
    conn: &mut Conn,
    from: DateTime<Utc>,
    thousandths: i32,
) -> Result<(), StoreError> {
    diesel::insert_into(staff_load::table)
        .values((staff_load::from_at.eq(At::from(from)), staff_load::thousandths.eq(thousandths)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}

pub(crate) fn see_subject(
    conn: &mut Conn,
    staff: StaffId,
    subject: &[u8; 16],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::sql_query(SEE)
        .bind::<Uid, _>(Id::from(staff))
        .bind::<Uid, _>(Id(*subject))
        .bind::<Ts, _>(At::from(at))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn subjects_of(
    conn: &mut Conn,
    staff: StaffId,
    after: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let open = staff_subject::table
        .filter(staff_subject::staff.eq(Id::from(staff)))
        .filter(staff_subject::last_at.gt(At::from(after)))
        .filter(staff_subject::swapped_at.is_null());
    Ok(open.count().get_result(conn)?)
}

pub(crate) fn subjects_of_all(
    conn: &mut Conn,
    after: DateTime<Utc>,
) -> Result<Vec<(StaffId, i64)>, StoreError> {
    let rows: Vec<(Id, i64)> = staff_subject::table
        .filter(staff_subject::last_at.gt(At::from(after)))
        .filter(staff_subject::swapped_at.is_null())
        .group_by(staff_subject::staff)
        .select((staff_subject::staff, count_star()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(staff, count)| (staff.into(), count)).collect())
}

pub(crate) fn subject_swapped(
    conn: &mut Conn,
    subjects: &[[u8; 16]],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let subjects: Vec<Id> = subjects.iter().copied().map(Id).collect();
    let open = staff_subject::table
        .filter(staff_subject::subject.eq_any(subjects))
        .filter(staff_subject::swapped_at.is_null());
    diesel::update(open).set(staff_subject::swapped_at.eq(Some(At::from(at)))).execute(conn)?;
    Ok(())
}

pub(crate) fn purge_staff_counts(
    conn: &mut Conn,
    before: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let before = At::from(before);
    let counts = staff_count::table.filter(staff_count::from_at.lt(before));
    let loads = staff_load::table.filter(staff_load::from_at.lt(before));
    let subjects = staff_subject::table.filter(staff_subject::last_at.lt(before));
    Ok(diesel::delete(counts).execute(conn)?
        + diesel::delete(loads).execute(conn)?
        + diesel::delete(subjects).execute(conn)?)
}
