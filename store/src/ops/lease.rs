//! Queries on named leases.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::Conn;
use crate::error::StoreError;
use crate::lease::LeaseToken;
use crate::schema::lease;
use crate::types::{At, Id};

pub(crate) fn take_lease(
    conn: &mut Conn,
    name: &str,
    token: LeaseToken,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (token, now, until) = (Id(token.0), At::from(now), At::from(until));
    let fresh = diesel::insert_into(lease::table)
        .values((lease::name.eq(name), lease::token.eq(token), lease::until.eq(until)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    if fresh == 1 {
        return Ok(true);
    }
    // Waits for the row if another transaction is taking it, and then looks at what that one left.
    let open = lease::token.eq(token).or(lease::until.le(now));
    let taken = diesel::update(lease::table.find(name).filter(open))
        .set((lease::token.eq(token), lease::until.eq(until)))
        .execute(conn)?;
    Ok(taken == 1)
}

pub(crate) fn lease_holder(
    conn: &mut Conn,
    name: &str,
) -> Result<Option<(LeaseToken, DateTime<Utc>)>, StoreError> {
    let held: Option<(Id, At)> =
        lease::table.find(name).select((lease::token, lease::until)).first(conn).optional()?;
    Ok(held.map(|(token, until)| (LeaseToken(token.0), until.into())))
}

pub(crate) fn extend_lease(
    conn: &mut Conn,
    name: &str,
    token: LeaseToken,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ours = lease::token.eq(Id(token.0)).and(lease::until.gt(At::from(now)));
    let renewed = diesel::update(lease::table.find(name).filter(ours))
        .set(lease::until.eq(At::from(until)))
        .execute(conn)?;
    Ok(renewed == 1)
}

pub(crate) fn release_lease(
    conn: &mut Conn,
    name: &str,
    token: LeaseToken,
) -> Result<bool, StoreError> {
    let ours = lease::table.find(name).filter(lease::token.eq(Id(token.0)));
    Ok(diesel::delete(ours).execute(conn)? == 1)
}
