//! Queries on leases of chunks, and on chunks that follow others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, SmallInt, Text};
use simrecall_core::delivery::{ChunkKind, Rung};
use simrecall_core::id::{ChunkNo, TargetKey};
use simrecall_core::wave::WaveState;

use super::Conn;
use super::ledger_keys::{HOLD, SKIP_LOCKED, placeholder};
use super::ledger_plan::ChunkInsert;
use crate::error::StoreError;
use crate::ledger::{
    CHUNK_DONE, CHUNK_OPEN, LeaseRequest, LeasedChunk, NewChunk, NewFollowUps, Stage,
};
use crate::schema::{chunk, listed};
use crate::types::{At, Id, Ts};

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Integer)]
    no: i32,
    #[diesel(sql_type = SmallInt)]
    kind: i16,
    #[diesel(sql_type = SmallInt)]
    rung: i16,
    #[diesel(sql_type = SmallInt)]
    stage: i16,
    #[diesel(sql_type = Text)]
    country: String,
    #[diesel(sql_type = Integer)]
    n: i32,
    #[diesel(sql_type = Bool)]
    retaken: bool,
}

pub(crate) fn lease_chunk(
    conn: &mut Conn,
    asked: &LeaseRequest<'_>,
) -> Result<Option<LeasedChunk>, StoreError> {
    lease_listed(conn, "", asked)
}

/// The same among the chunks of a brand's list; the empty brand is ourselves.
pub(crate) fn lease_listed(
    conn: &mut Conn,
    brand: &str,
    asked: &LeaseRequest<'_>,
) -> Result<Option<LeasedChunk>, StoreError> {
    let LeaseRequest { wave, token, .. } = *asked;
    let Some(due) = next_due(conn, brand, asked)? else {
        return Ok(None);
    };
    diesel::update(chunk::table.find((wave.0, due.no)))
        .set((
            chunk::lease_token.eq(Some(Id(token))),
            chunk::lease_until.eq(Some(At::from(asked.until))),
        ))
        .execute(conn)?;
    let damaged = || StoreError::Damaged("chunk");
    Ok(Some(LeasedChunk {
        wave,
        no: ChunkNo(due.no),
        kind: ChunkKind::from_code(due.kind).ok_or_else(damaged)?,
        rung: Rung::from_code(due.rung).ok_or_else(damaged)?,
        stage: Stage::from_code(due.stage).ok_or_else(damaged)?,
        country: due.country,
        n: due.n,
        retaken: due.retaken,
        token,
    }))
}

/// The numbers written into the text are small integers of ours; the instant and the words are bound.
fn next_due(
    conn: &mut Conn,
    brand: &str,
    asked: &LeaseRequest<'_>,
) -> Result<Option<Due>, StoreError> {
    let rungs: Vec<String> = asked.rungs.iter().map(|rung| rung.code().to_string()).collect();
    if rungs.is_empty() {
        return Ok(None);
    }
    let blocked = (4..).zip(asked.blocked).fold(String::new(), |mut sql, (n, _)| {
        // Writing to a string does not fail.
        let _ = write!(sql, " AND country <> {}", placeholder(n));
        sql
    });
    let sql = format!(
        "SELECT no, kind, rung, stage, country, n, (lease_token IS NOT NULL) AS retaken FROM chunk
         WHERE wave = {wave} AND state = {CHUNK_OPEN} AND rung IN ({rungs})
           AND not_before <= {first} AND (lease_until IS NULL OR lease_until <= {second})
           AND list = {third}{blocked}
           AND EXISTS (SELECT 1 FROM wave w WHERE w.no = {wave} AND w.state = {released})
         ORDER BY stage, priority, no LIMIT 1 {SKIP_LOCKED}",
        wave = asked.wave.0,
        rungs = rungs.join(", "),
        first = placeholder(1),
        second = placeholder(2),
        third = placeholder(3),
        released = WaveState::Released.code(),
    );
    let now = At::from(asked.now);
    let query = diesel::sql_query(sql).into_boxed().bind::<Ts, _>(now).bind::<Ts, _>(now);
    let query = query.bind::<Text, _>(brand);
    let query = asked.blocked.iter().fold(query, |query, country| query.bind::<Text, _>(country));
    Ok(query.get_result(conn).optional()?)
}

pub(crate) fn renew_chunk(
    conn: &mut Conn,
    leased: &LeasedChunk,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ours = chunk::table
        .filter(chunk::wave.eq(leased.wave.0))
        .filter(chunk::no.eq(leased.no.0))
        .filter(chunk::lease_token.eq(Some(Id(leased.token))))
        .filter(chunk::lease_until.gt(Some(At::from(now))));
    let changed =
        diesel::update(ours).set(chunk::lease_until.eq(Some(At::from(until)))).execute(conn)?;
    exactly_ours(changed)
}

pub(crate) fn release_chunk(conn: &mut Conn, leased: &LeasedChunk) -> Result<(), StoreError> {
    end_lease(conn, leased, CHUNK_OPEN)
}

pub(crate) fn finish_chunk(conn: &mut Conn, leased: &LeasedChunk) -> Result<(), StoreError> {
    end_lease(conn, leased, CHUNK_DONE)
}

/// A lease that ran out but that nobody else took is still ours to give back.
fn end_lease(conn: &mut Conn, leased: &LeasedChunk, state: i16) -> Result<(), StoreError> {
    let ours = chunk::table
        .filter(chunk::wave.eq(leased.wave.0))
        .filter(chunk::no.eq(leased.no.0))
        .filter(chunk::lease_token.eq(Some(Id(leased.token))));
    let changed = diesel::update(ours)
        .set((
            chunk::state.eq(state),
            chunk::lease_token.eq(None::<Id>),
            chunk::lease_until.eq(None::<At>),
        ))
        .execute(conn)?;
    exactly_ours(changed)
}

pub(crate) const fn exactly_ours(changed: usize) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::LeaseLost("a chunk")) }
}

#[derive(Insertable)]
#[diesel(table_name = listed, treat_none_as_default_value = false)]
struct ListedRow {
    bucket: i16,
    wave: i32,
    target_chunk: i32,
    target_pos: i32,
    cause_try: i16,
    chunk: i32,
    n: i32,
}

pub(crate) fn append_chunk(
    conn: &mut Conn,
    new: &NewFollowUps,
) -> Result<Vec<(ChunkNo, usize)>, StoreError> {
    // Chunk numbers have no gaps, so whoever appends holds the wave's row.
    let sql = format!(
        "SELECT no FROM wave WHERE no = {} AND state = {} {HOLD}",
        new.wave.0,
        WaveState::Released.code()
    );
    if diesel::sql_query(sql).load::<Held>(conn)?.is_empty() {
        return Err(StoreError::State("the wave is not released"));
    }
    let last: Option<i32> =
        chunk::table.filter(chunk::wave.eq(new.wave.0)).select(max(chunk::no)).first(conn)?;
    let mut next = last.unwrap_or(0) + 1;
    let mut made = Vec::new();
    for (country, targets) in by_country(conn, new)? {
        let no = ChunkNo(next);
        let listed = list(conn, no, &targets)?;
        if listed == 0 {
            continue;
        }
        let NewFollowUps { wave, kind, rung, priority, not_before, .. } = *new;
        let n =
            i32::try_from(listed).map_err(|_| StoreError::State("a chunk of too many targets"))?;
        let stage = Stage::Main;
        let row = NewChunk { wave, no, kind, rung, stage, priority, country, not_before, n };
        diesel::insert_into(chunk::table).values(ChunkInsert::of(&row)).execute(conn)?;
        made.push((no, listed));
        next += 1;
    }
    Ok(made)
}

/// Targets that go again, by the country of the chunk each belongs to: a block holds back one country, and all of it.
fn by_country(
    conn: &mut Conn,
    new: &NewFollowUps,
) -> Result<BTreeMap<String, Vec<(TargetKey, i16)>>, StoreError> {
    let owners: BTreeSet<i32> = new.targets.iter().map(|(key, _)| key.chunk.0).collect();
    let rows: Vec<(i32, String)> = chunk::table
        .filter(chunk::wave.eq(new.wave.0))
        .filter(chunk::no.eq_any(&owners))
        .select((chunk::no, chunk::country))
        .load(conn)?;
    let countries: BTreeMap<i32, String> = rows.into_iter().collect();
    let mut found: BTreeMap<String, Vec<(TargetKey, i16)>> = BTreeMap::new();
    for (key, cause) in &new.targets {
        let country = countries.get(&key.chunk.0).ok_or(StoreError::NotFound("chunk"))?;
        found.entry(country.clone()).or_default().push((*key, *cause));
    }
    Ok(found)
}

/// Lists targets whose cause is not listed yet; how many that were.
fn list(conn: &mut Conn, no: ChunkNo, targets: &[(TargetKey, i16)]) -> Result<usize, StoreError> {
    let mut listed = 0;
    let rows: Vec<ListedRow> = targets
        .iter()
        .zip(0..)
        .map(|((key, cause_try), n)| ListedRow {
            bucket: key.bucket().get(),
            wave: key.wave.0,
            target_chunk: key.chunk.0,
            target_pos: key.pos,
            cause_try: *cause_try,
            chunk: no.0,
            n,
        })
        .collect();
    for some in rows.chunks(1_000) {
        listed += diesel::insert_into(listed::table)
            .values(some)
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(listed)
}

#[derive(QueryableByName)]
struct Held {
    #[expect(dead_code, reason = "read only to hold the row")]
    #[diesel(sql_type = Integer)]
    no: i32,
}
