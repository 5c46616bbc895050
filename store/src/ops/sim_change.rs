//! Queries on changes of cards.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::Conn;
use crate::error::StoreError;
use crate::schema::sim_change;
use crate::sim_change::SimChange;
use crate::types::{At, Id, Ts, Uid};

const RAISE: &str = "INSERT INTO sim_change (number_ix, at) VALUES ($1, $2)
     ON CONFLICT (number_ix) DO UPDATE SET at = excluded.at
     WHERE sim_change.at IS NULL OR sim_change.at < excluded.at";

const MONITOR: &str = "INSERT INTO sim_change (number_ix, monitored_since) VALUES ($1, $2)
     ON CONFLICT (number_ix) DO UPDATE SET monitored_since = excluded.monitored_since
     WHERE sim_change.monitored_since IS NULL OR sim_change.monitored_since > excluded.monitored_since";

pub(crate) fn raise_sim_change(
    conn: &mut Conn,
    number: &[u8; 16],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    put(conn, RAISE, number, at)
}

pub(crate) fn monitor_number(
    conn: &mut Conn,
    number: &[u8; 16],
    since: DateTime<Utc>,
) -> Result<(), StoreError> {
    put(conn, MONITOR, number, since)
}

fn put(conn: &mut Conn, sql: &str, number: &[u8; 16], at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::sql_query(sql).bind::<Uid, _>(Id(*number)).bind::<Ts, _>(At::from(at)).execute(conn)?;
    Ok(())
}

pub(crate) fn sim_change(
    conn: &mut Conn,
    number: &[u8; 16],
) -> Result<Option<SimChange>, StoreError> {
    let row: Option<(Option<At>, Option<At>)> = sim_change::table
        .find(Id(*number))
        .select((sim_change::at, sim_change::monitored_since))
        .first(conn)
        .optional()?;
    let change = |(at, since): (Option<At>, Option<At>)| SimChange {
        at: at.map(Into::into),
        monitored_since: since.map(Into::into),
    };
    Ok(row.map(change))
}
