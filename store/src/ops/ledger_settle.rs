//! One batch of outcomes on its way into the ledger: what is known, what it changes, what has to be written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, SmallInt};
use simrecall_core::delivery::{Event, OutcomeKind, Standing, Tally};
use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey, WaveNo};
use simrecall_core::subscriber::RecipientRole;

use super::Conn;
use super::ledger_keys::{HOLD, by_targets};
use super::ledger_orphan::{self, Waiting};
use super::ledger_read::{intents_of, outcomes_of, target_key};
use crate::error::StoreError;
use crate::ledger::{
    Applied, AttemptRecord, ChunkCount, Look, NewOutcome, OF_TARGET, SettledBy, id_bucket,
};
use crate::schema::{chunk, doubt, outcome, submission};
use crate::types::{At, Id};

/// An attempt as the database has it, and what the batch makes of it.
struct Known {
    record: AttemptRecord,
    heard: BTreeSet<(i16, OutcomeKind)>,
    /// How it stood before the batch.
    initially: Standing,
    /// Whether nothing was known of it before the batch.
    is_fresh: bool,
}

/// A batch under way.
pub(crate) struct Settling {
    known: BTreeMap<AttemptKey, Known>,
    waiting: Vec<Waiting>,
    outcomes: Vec<OutcomeRow>,
    /// Ids that cannot be in the database yet.
    fresh_ids: Vec<SubmissionRow>,
    /// Ids that may be there already.
    other_ids: Vec<SubmissionRow>,
}

#[derive(Insertable)]
#[diesel(table_name = outcome, treat_none_as_default_value = false)]
struct OutcomeRow {
    bucket: i16,
    wave: i32,
    chunk: i32,
    pos: i32,
    try_no: i16,
    part: i16,
    kind: i16,
    at: At,
    code: Option<String>,
    provider_id: Option<String>,
    settled_by: i16,
}

#[derive(Insertable)]
#[diesel(table_name = submission, treat_none_as_default_value = false)]
struct SubmissionRow {
    bucket: i16,
    route: String,
    provider_id: String,
    wave: i32,
    chunk: i32,
    pos: i32,
    try_no: i16,
    part: i16,
    at: At,
}

#[derive(Insertable)]
#[diesel(table_name = doubt, treat_none_as_default_value = false)]
struct DoubtRow {
    bucket: i16,
    wave: i32,
    chunk: i32,
    pos: i32,
    try_no: i16,
    route: String,
    destination_ix: Id,
    reference: i32,
    at: At,
}

impl Settling {
    /// Reads what the batch is about, holding the chunks whose counters it will move.
    pub(crate) fn begin(conn: &mut Conn, outcomes: &[NewOutcome]) -> Result<Self, StoreError> {
        let targets: BTreeSet<TargetKey> = outcomes.iter().map(|new| new.attempt.target).collect();
        let keys: Vec<TargetKey> = targets.into_iter().collect();
        let attempts = intents_of(conn, &keys)?;
        hold_chunks(conn, attempts.values().flatten())?;
        // Only now: what others wrote while we waited for the chunks is seen.
        let events = outcomes_of(conn, &keys)?;
        let mut known: BTreeMap<AttemptKey, Known> = attempts
            .into_values()
            .flatten()
            .map(|record| (record.key, Known::of(record)))
            .collect();
        for (key, event) in events {
            let attempt = known.get_mut(&key).ok_or(StoreError::Damaged("outcome"))?;
            attempt.hear_stored(&event)?;
        }
        let waiting = ledger_orphan::waiting_for(conn, outcomes, |key| {
            known.get(key).map(|attempt| &attempt.record)
        })?;
        Ok(Self {
            known,
            waiting,
            outcomes: Vec::with_capacity(outcomes.len()),
            fresh_ids: Vec::new(),
            other_ids: Vec::new(),
        })
    }

    /// Applies the batch, then the receipts that waited for it.
    pub(crate) fn apply_all(
        &mut self,
        outcomes: &[NewOutcome],
    ) -> Result<Vec<Applied>, StoreError> {
        let waited: Vec<NewOutcome> = self.waiting.iter().map(|w| w.outcome.clone()).collect();
        outcomes.iter().chain(&waited).map(|new| self.apply(new)).collect()
    }

    fn apply(&mut self, new: &NewOutcome) -> Result<Applied, StoreError> {
        let NewOutcome { attempt, part, kind, .. } = *new;
        let known = self.known.get_mut(&attempt).ok_or(StoreError::NotFound("attempt"))?;
        let before = known.record.state.standing();
        let event = Event { kind, part, at: At::from(new.at).into() };
        let stepped = known.record.state.clone().step(&known.record.intent, &event);
        let (is_new, refused) = match stepped {
            Ok(state) => {
                let is_new = known.heard.insert((part, kind));
                if is_new {
                    known.record.state = state;
                }
                (is_new, None)
            }
            Err(illegal) => (false, Some(illegal)),
        };
        let after = known.record.state.standing();
        if is_new {
            self.record(new, event.at);
        }
        Ok(Applied { attempt, part, kind, is_new, before, after, refused })
    }

    fn record(&mut self, new: &NewOutcome, at: DateTime<Utc>) {
        let AttemptKey { target, try_no } = new.attempt;
        let at = At::from(at);
        self.outcomes.push(OutcomeRow {
            bucket: target.bucket().get(),
            wave: target.wave.0,
            chunk: target.chunk.0,
            pos: target.pos,
            try_no,
            part: new.part,
            kind: new.kind.code(),
            at,
            code: new.code.clone(),
            provider_id: new.provider_id.clone(),
            settled_by: new.settled_by.code(),
        });
        // A receipt that was found by its id has its row already.
        if new.settled_by != SettledBy::Receipt
            && let (Some(id), Some(known)) = (&new.provider_id, self.known.get(&new.attempt))
        {
            let route = known.record.route.clone();
            let row = SubmissionRow {
                bucket: id_bucket(&route, id).get(),
                route,
                provider_id: id.clone(),
                wave: target.wave.0,
                chunk: target.chunk.0,
                pos: target.pos,
                try_no,
                part: new.part,
                at,
            };
            let is_fresh = known.is_fresh && new.kind == OutcomeKind::Accepted;
            if is_fresh { &mut self.fresh_ids } else { &mut self.other_ids }.push(row);
        }
    }

    /// Writes everything the batch came to.
    pub(crate) fn write(self, conn: &mut Conn) -> Result<(), StoreError> {
        bulk!(conn, outcome::table, &self.outcomes, 11);
        bulk!(conn, submission::table, &self.fresh_ids, 9);
        for some in self.other_ids.chunks(1_000) {
            diesel::insert_into(submission::table)
                .values(some)
                .on_conflict_do_nothing()
                .execute(conn)?;
        }
        self.write_doubts(conn)?;
        ledger_orphan::remove(conn, &self.waiting)?;
        for ((wave, no), moved) in self.moved(conn)? {
            move_counters(conn, wave, no, &moved)?;
        }
        Ok(())
    }

    fn write_doubts(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let moved = self.known.values().filter(|known| known.initially != known.now());
        let (begun, ended): (Vec<&Known>, Vec<&Known>) = moved
            .filter(|known| {
                known.now() == Standing::InDoubt || known.initially == Standing::InDoubt
            })
            .partition(|known| known.now() == Standing::InDoubt);
        let rows: Vec<DoubtRow> = begun.into_iter().filter_map(Known::doubt).collect();
        for some in rows.chunks(1_000) {
            diesel::insert_into(doubt::table)
                .values(some)
                .on_conflict_do_nothing()
                .execute(conn)?;
        }
        for known in ended {
            let AttemptKey { target, try_no } = known.record.key;
            let row = (target.bucket().get(), target.wave.0, target.chunk.0, target.pos, try_no);
            diesel::delete(doubt::table.find(row)).execute(conn)?;
        }
        Ok(())
    }

    /// By how much the counters of each chunk move.
    fn moved(
        &self,
        conn: &mut Conn,
    ) -> Result<BTreeMap<(WaveNo, ChunkNo), ChunkCount>, StoreError> {
        let mut moved: BTreeMap<(WaveNo, ChunkNo), ChunkCount> = BTreeMap::new();
        let mut told: BTreeMap<TargetKey, (bool, bool)> = BTreeMap::new();
        for known in self.known.values() {
            let key = known.record.key.target;
            let (was, is) = told.entry(key).or_default();
            *was |= known.initially.is_positive();
            *is |= known.now().is_positive();
            if known.initially != known.now() {
                let count = moved.entry((key.wave, known.record.by_chunk)).or_default();
                count.tally.apply(Some(known.initially), known.now());
            }
        }
        let changed = told.into_iter().filter(|(_, (was, is))| was != is);
        let changed: BTreeMap<TargetKey, bool> = changed.map(|(key, (_, is))| (key, is)).collect();
        for (key, is_primary) in roles_of(conn, &changed)? {
            let by = if changed.get(&key).copied().unwrap_or_default() { 1 } else { -1 };
            let count = moved.entry((key.wave, key.chunk)).or_default();
            let told = if is_primary { &mut count.told } else { &mut count.told_copies };
            *told += by;
        }
        moved.retain(|_, count| *count != ChunkCount::default());
        Ok(moved)
    }
}

impl Known {
    fn of(record: AttemptRecord) -> Self {
        let initially = record.state.standing();
        Self { record, heard: BTreeSet::new(), initially, is_fresh: true }
    }

    fn hear_stored(&mut self, event: &Event) -> Result<(), StoreError> {
        let stepped = self.record.state.clone().step(&self.record.intent, event);
        self.record.state = stepped.map_err(|_| StoreError::Damaged("outcome"))?;
        self.heard.insert((event.part, event.kind));
        self.initially = self.record.state.standing();
        self.is_fresh = false;
        Ok(())
    }

    const fn now(&self) -> Standing {
        self.record.state.standing()
    }

    /// The row by which a receipt may find it, if it has a destination.
    fn doubt(&self) -> Option<DoubtRow> {
        let AttemptKey { target, try_no } = self.record.key;
        Some(DoubtRow {
            bucket: target.bucket().get(),
            wave: target.wave.0,
            chunk: target.chunk.0,
            pos: target.pos,
            try_no,
            route: self.record.route.clone(),
            destination_ix: Id(self.record.destination?),
            reference: self.record.key.short_reference().into(),
            at: self.record.state.since().unwrap_or(self.record.intent.at).into(),
        })
    }
}

#[derive(QueryableByName)]
struct Held {
    #[expect(dead_code, reason = "read only to hold the row")]
    #[diesel(sql_type = Integer)]
    no: i32,
}

/// Holds the chunks that attempts count in, and the attempts' targets' own: always in the same order.
fn hold_chunks<'a>(
    conn: &mut Conn,
    attempts: impl Iterator<Item = &'a AttemptRecord>,
) -> Result<(), StoreError> {
    let mut chunks: BTreeMap<WaveNo, BTreeSet<ChunkNo>> = BTreeMap::new();
    for attempt in attempts {
        let target = attempt.key.target;
        chunks.entry(target.wave).or_default().extend([target.chunk, attempt.by_chunk]);
    }
    if HOLD.is_empty() {
        return Ok(());
    }
    for (wave, numbers) in chunks {
        let numbers: Vec<String> = numbers.iter().map(|no| no.0.to_string()).collect();
        let sql = format!(
            "SELECT no FROM chunk WHERE wave = {} AND no IN ({}) ORDER BY no {HOLD}",
            wave.0,
            numbers.join(", ")
        );
        diesel::sql_query(sql).load::<Held>(conn)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct RoleFields {
    #[diesel(sql_type = Integer)]
    wave: i32,
    #[diesel(sql_type = Integer)]
    chunk: i32,
    #[diesel(sql_type = Integer)]
    pos: i32,
    #[diesel(sql_type = SmallInt)]
    role: i16,
}

const ROLES: Look = Look {
    columns: "x.wave, x.chunk, x.pos, x.role",
    table: "target",
    on: OF_TARGET,
    order: "x.wave, x.chunk, x.pos",
};

/// Whether each target is a primary one.
fn roles_of(
    conn: &mut Conn,
    changed: &BTreeMap<TargetKey, bool>,
) -> Result<Vec<(TargetKey, bool)>, StoreError> {
    let keys: Vec<TargetKey> = changed.keys().copied().collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<RoleFields> = by_targets(conn, &ROLES, &keys)?;
    let role = |row: RoleFields| {
        let role = RecipientRole::from_code(row.role).ok_or(StoreError::Damaged("target"))?;
        Ok((target_key(row.wave, row.chunk, row.pos), role.is_primary()))
    };
    rows.into_iter().map(role).collect()
}

fn move_counters(
    conn: &mut Conn,
    wave: WaveNo,
    no: ChunkNo,
    by: &ChunkCount,
) -> Result<(), StoreError> {
    let Tally { open, accepted, not_accepted, rejected, in_doubt, reached, failed } = by.tally;
    diesel::update(chunk::table.find((wave.0, no.0)))
        .set((
            chunk::open.eq(chunk::open + open),
            chunk::accepted.eq(chunk::accepted + accepted),
            chunk::not_accepted.eq(chunk::not_accepted + not_accepted),
            chunk::rejected.eq(chunk::rejected + rejected),
            chunk::in_doubt.eq(chunk::in_doubt + in_doubt),
            chunk::reached.eq(chunk::reached + reached),
            chunk::failed.eq(chunk::failed + failed),
            chunk::told.eq(chunk::told + by.told),
            chunk::told_copies.eq(chunk::told_copies + by.told_copies),
        ))
        .execute(conn)?;
    Ok(())
}
