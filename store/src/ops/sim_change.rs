//! Queries on changes of cards.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::Conn;
use crate::error::StoreError;
use crate::schema::sim_change;
use crate::types::{At, Id, Ts, Uid};

const RAISE: &str = "INSERT INTO sim_change (number_ix, at) VALUES ($1, $2)
     ON CONFLICT (number_ix) DO UPDATE SET at = excluded.at
     WHERE sim_change.at < excluded.at";

pub(crate) fn raise_sim_change(
    conn: &mut Conn,
    number: &[u8; 16],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let raise = diesel::sql_query(RAISE).bind::<Uid, _>(Id(*number)).bind::<Ts, _>(At::from(at));
    raise.execute(conn)?;
    Ok(())
}

pub(crate) fn sim_change(
    conn: &mut Conn,
    number: &[u8; 16],
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row: Option<At> =
        sim_change::table.find(Id(*number)).select(sim_change::at).first(conn).optional()?;
    Ok(row.map(Into::into))
}
