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
use simrecall_core::delivery::{AttemptState, Intent, OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey, WaveNo};
use simrecall_core::wave::WaveState;

use super::Conn;
use super::ledger_lease::exactly_ours;
use super::ledger_read::{attempts_of, covered};
use super::ledger_receipt::hear_receipts;
use super::ledger_settle::Settling;
use super::ledger_wave::raise_mark;
use crate::error::StoreError;
use crate::ledger::{
    Applied, AttemptRecord, Committed, IntentResult, Intents, LeasedChunk, NewAttempt, NewOutcome,
    ReceiptFate, Recent, SettledBy, Turn, TurnDone,
};
use crate::schema::{attempt, chunk, wave, wave_control};
use crate::types::{At, Id};

pub(crate) fn commit_intents(
    conn: &mut Conn,
    leased: &LeasedChunk,
    route: &str,
    now: DateTime<Utc>,
    intents: &[NewAttempt],
) -> Result<IntentResult, StoreError> {
    if let Some(refused) = refusal(conn, leased.wave)? {
        return Ok(refused);
    }
    let mark = raise_mark(conn)?;
    let not_needed = write_intents(conn, leased, route, now, intents)?;
    Ok(IntentResult::Committed { mark, not_needed: not_needed.into_iter().collect() })
}

pub(crate) fn commit_turn(
    conn: &mut Conn,
    turn: &Turn<'_>,
    recent: &Recent,
) -> Result<TurnDone, StoreError> {
    let mark = raise_mark(conn)?;
    let mut settling = Settling::begin(recent, mark);
    let mut applied = settling.hear(conn, turn.outcomes)?;
    for (route, receipts) in turn.receipts {
        let fates = hear_receipts(conn, &mut settling, route, receipts)?;
        applied.extend(fates.into_iter().filter_map(ReceiptFate::applied));
    }
    settling.write(conn)?;
    let mut news = settling.into_news(mark);
    let mut intents = Vec::with_capacity(turn.intents.len());
    for Intents { chunk, route, new } in turn.intents {
        if let Some(refused) = refusal(conn, chunk.wave)? {
            intents.push(refused);
            continue;
        }
        let not_needed = write_intents(conn, chunk, route, turn.now, new)?;
        let written = new.iter().filter(|new| !not_needed.contains(&new.key.target));
        news.intents.extend(written.map(|new| record_of(new, chunk, route, turn.now)));
        let not_needed = not_needed.into_iter().collect();
        intents.push(IntentResult::Committed { mark, not_needed });
    }
    Ok(TurnDone { mark, applied, intents, news })
}

/// Why no intent of a wave may be written now, if none may.
fn refusal(conn: &mut Conn, no: WaveNo) -> Result<Option<IntentResult>, StoreError> {
    let found: Option<(i16, Option<bool>)> = wave::table
        .left_join(wave_control::table.on(wave_control::wave.eq(wave::no)))
        .filter(wave::no.eq(no.0))
        .select((wave::state, wave_control::paused.nullable()))
        .first(conn)
        .optional()?;
    Ok(match found {
        Some((state, paused)) if state == WaveState::Released.code() => {
            (paused == Some(true)).then_some(IntentResult::Paused)
        }
        Some(_) | None => Some(IntentResult::Closed),
    })
}

/// Writes the rows, the mark being raised already; says who was told in the meantime and got none.
fn write_intents(
    conn: &mut Conn,
    leased: &LeasedChunk,
    route: &str,
    now: DateTime<Utc>,
    intents: &[NewAttempt],
) -> Result<BTreeSet<TargetKey>, StoreError> {
    // From here on the chunk's row is ours: whoever cancels the wave or retakes the chunk waits, or has been first.
    hold_lease(conn, leased, now, intents.len())?;
    let not_needed = told_meanwhile(conn, intents)?;
    let rows: Vec<AttemptRow<'_>> = intents
        .iter()
        .filter(|new| !not_needed.contains(&new.key.target))
        .map(|new| AttemptRow::of(new, leased.no, leased.rung, route, now))
        .collect();
    bulk!(conn, attempt::table, &rows, 13);
    if rows.len() < intents.len() {
        count_open(conn, leased.wave, leased.no, rows.len(), intents.len())?;
    }
    Ok(not_needed)
}

/// An intent as it would be read back.
fn record_of(
    new: &NewAttempt,
    leased: &LeasedChunk,
    route: &str,
    now: DateTime<Utc>,
) -> AttemptRecord {
    let NewAttempt { key, text_sha256, parts, resend, destination } = *new;
    let intent = Intent { rung: leased.rung, parts, at: At::from(now).into(), resend };
    AttemptRecord {
        key,
        by_chunk: leased.no,
        route: route.to_owned(),
        intent,
        text_sha256,
        destination,
        state: AttemptState::open(&intent),
    }
}

/// Holds the chunk until the transaction ends, and counts intents that are about to be written in it.
fn hold_lease(
    conn: &mut Conn,
    leased: &LeasedChunk,
    now: DateTime<Utc>,
    intents: usize,
) -> Result<(), StoreError> {
    let ours = chunk::table
        .filter(chunk::wave.eq(leased.wave.0))
        .filter(chunk::no.eq(leased.no.0))
        .filter(chunk::lease_token.eq(Some(Id(leased.token))))
        .filter(chunk::lease_until.gt(Some(At::from(now))));
    let open = chunk::open + counted(intents)?;
    exactly_ours(diesel::update(ours).set(chunk::open.eq(open)).execute(conn)?)
}

/// Counts intents that were written, less those that were counted already.
fn count_open(
    conn: &mut Conn,
    wave: WaveNo,
    no: ChunkNo,
    written: usize,
    already: usize,
) -> Result<(), StoreError> {
    let n = counted(written)? - counted(already)?;
    diesel::update(chunk::table.find((wave.0, no.0)))
        .set(chunk::open.eq(chunk::open + n))
        .execute(conn)?;
    Ok(())
}

fn counted(intents: usize) -> Result<i32, StoreError> {
    i32::try_from(intents).map_err(|_| StoreError::State("a batch of too many intents"))
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
    let nothing = Recent::default();
    let mut settling = Settling::begin(&nothing, mark);
    let applied = settling.hear(conn, outcomes)?;
    settling.write(conn)?;
    Ok(Committed { mark, applied })
}

pub(crate) fn doubt_open_intents(
    conn: &mut Conn,
    leased: &LeasedChunk,
    now: DateTime<Utc>,
) -> Result<Vec<Applied>, StoreError> {
    hold_lease(conn, leased, now, 0)?;
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
        count_open(conn, wave, no, n, 0)?;
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
