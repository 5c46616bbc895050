//! Group commits: intents before anything is submitted, outcomes after.
//!
//! The mark is raised before any chunk is held, here and by whoever cancels: a sender's transaction holds several chunks one
//! after another, and two that took mark and chunks in different orders would wait for each other.
//!
//! A batch is a handful of statements whatever its size: the attempts it touches, what is known of them, the new rows,
//! one counter update for each chunk, the mark.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::delivery::{OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey, WaveNo};
use simrecall_core::wave::WaveState;

use super::Conn;
use super::ledger_lease::exactly_ours;
use super::ledger_read::{attempts_of, covered};
use super::ledger_settle::Settling;
use super::ledger_wave::{control, raise_mark};
use crate::error::StoreError;
use crate::ledger::{
    Applied, Committed, IntentResult, LeasedChunk, NewAttempt, NewOutcome, SettledBy,
};
use crate::schema::{attempt, chunk, wave};
use crate::types::{At, Id};

pub(crate) fn commit_intents(
    conn: &mut Conn,
    leased: &LeasedChunk,
    route: &str,
    now: DateTime<Utc>,
    intents: &[NewAttempt],
) -> Result<IntentResult, StoreError> {
    let state: Option<i16> =
        wave::table.find(leased.wave.0).select(wave::state).first(conn).optional()?;
    if state != Some(WaveState::Released.code()) {
        return Ok(IntentResult::Closed);
    }
    if control(conn, leased.wave)?.paused {
        return Ok(IntentResult::Paused);
    }
    let mark = raise_mark(conn)?;
    // From here on the chunk's row is ours: whoever cancels the wave or retakes the chunk waits, or has been first.
    hold_lease(conn, leased, now)?;
    let not_needed = told_meanwhile(conn, intents)?;
    let rows: Vec<AttemptRow<'_>> = intents
        .iter()
        .filter(|new| !not_needed.contains(&new.key.target))
        .map(|new| AttemptRow::of(new, leased.no, leased.rung, route, now))
        .collect();
    bulk!(conn, attempt::table, &rows, 13);
    count_open(conn, leased.wave, leased.no, rows.len())?;
    Ok(IntentResult::Committed { mark, not_needed: not_needed.into_iter().collect() })
}

fn hold_lease(conn: &mut Conn, leased: &LeasedChunk, now: DateTime<Utc>) -> Result<(), StoreError> {
    let ours = chunk::table
        .filter(chunk::wave.eq(leased.wave.0))
        .filter(chunk::no.eq(leased.no.0))
        .filter(chunk::lease_token.eq(Some(Id(leased.token))))
        .filter(chunk::lease_until.gt(Some(At::from(now))));
    let changed = diesel::update(ours).set(chunk::state.eq(chunk::state)).execute(conn)?;
    exactly_ours(changed)
}

fn count_open(conn: &mut Conn, wave: WaveNo, no: ChunkNo, n: usize) -> Result<(), StoreError> {
    let n = i32::try_from(n).map_err(|_| StoreError::State("a batch of too many intents"))?;
    diesel::update(chunk::table.find((wave.0, no.0)))
        .set(chunk::open.eq(chunk::open + n))
        .execute(conn)?;
    Ok(())
}

/// Of targets that were tried before: those told meanwhile. A try whose number is not the next one is refused.
fn told_meanwhile(
    conn: &mut Conn,
    intents: &[NewAttempt],
) -> Result<BTreeSet<TargetKey>, StoreError> {
    let again = intents.iter().filter(|new| new.key.try_no > 1);
    let keys: Vec<TargetKey> = again.clone().map(|new| new.key.target).collect();
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let tried = attempts_of(conn, &keys)?;
    for new in again {
        let last = tried.get(&new.key.target).and_then(|attempts| attempts.last());
        if last.map_or(0, |last| last.key.try_no) + 1 != new.key.try_no {
            return Err(StoreError::Conflict("attempt".to_owned()));
        }
    }
    let told = tried.into_iter().filter(|(_, attempts)| {
        attempts.iter().any(|attempt| attempt.state.standing().is_positive())
    });
    Ok(told.map(|(key, _)| key).collect())
}

#[derive(Insertable)]
#[diesel(table_name = attempt, treat_none_as_default_value = false)]
struct AttemptRow<'a> {
    bucket: i16,
    wave: i32,
    chunk: i32,
    pos: i32,
    try_no: i16,
    by_chunk: i32,
    rung: i16,
    route: &'a str,
    at: At,
    text_sha256: &'a [u8],
    parts: i16,
    resend: bool,
    destination_ix: Option<Id>,
}

impl<'a> AttemptRow<'a> {
    fn of(
        new: &'a NewAttempt,
        by_chunk: ChunkNo,
        rung: Rung,
        route: &'a str,
        at: DateTime<Utc>,
    ) -> Self {
        let AttemptKey { target, try_no } = new.key;
        Self {
            bucket: target.bucket().get(),
            wave: target.wave.0,
            chunk: target.chunk.0,
            pos: target.pos,
            try_no,
            by_chunk: by_chunk.0,
            rung: rung.code(),
            route,
            at: at.into(),
            text_sha256: &new.text_sha256,
            parts: new.parts,
            resend: new.resend,
            destination_ix: new.destination.map(Id),
        }
    }
}

pub(crate) fn commit_outcomes(
    conn: &mut Conn,
    outcomes: &[NewOutcome],
) -> Result<Committed, StoreError> {
    let mark = raise_mark(conn)?;
    let mut settling = Settling::begin(conn, outcomes)?;
    let applied = settling.apply_all(outcomes)?;
    settling.write(conn)?;
    Ok(Committed { mark, applied })
}

pub(crate) fn doubt_open_intents(
    conn: &mut Conn,
    leased: &LeasedChunk,
    now: DateTime<Utc>,
) -> Result<Vec<Applied>, StoreError> {
    hold_lease(conn, leased, now)?;
    let keys = covered(conn, leased.wave, leased.no)?;
    let tried = attempts_of(conn, &keys)?;
    let open = tried.values().flatten().filter(|attempt| {
        attempt.by_chunk == leased.no && attempt.state.standing() == Standing::Open
    });
    let doubts: Vec<NewOutcome> =
        open.map(|attempt| in_doubt(attempt.key, now, SettledBy::Crash)).collect();
    if doubts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(commit_outcomes(conn, &doubts)?.applied)
}

pub(crate) fn adopt_attempts(
    conn: &mut Conn,
    rung: Rung,
    route: &str,
    now: DateTime<Utc>,
    attempts: &[NewAttempt],
) -> Result<Committed, StoreError> {
    let rows: Vec<AttemptRow<'_>> = attempts
        .iter()
        .map(|new| AttemptRow::of(new, new.key.target.chunk, rung, route, now))
        .collect();
    bulk!(conn, attempt::table, &rows, 13);
    let mut open: BTreeMap<(WaveNo, ChunkNo), usize> = BTreeMap::new();
    for new in attempts {
        *open.entry((new.key.target.wave, new.key.target.chunk)).or_default() += 1;
    }
    for ((wave, no), n) in open {
        count_open(conn, wave, no, n)?;
    }
    let doubts: Vec<NewOutcome> =
        attempts.iter().map(|new| in_doubt(new.key, now, SettledBy::Restore)).collect();
    commit_outcomes(conn, &doubts)
}

const fn in_doubt(attempt: AttemptKey, at: DateTime<Utc>, settled_by: SettledBy) -> NewOutcome {
    NewOutcome {
        attempt,
        part: 0,
        kind: OutcomeKind::InDoubt,
        at,
        code: None,
        provider_id: None,
        settled_by,
    }
}
