//! One batch of outcomes on its way into the ledger: what is known, what it changes, what has to be written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, SmallInt};
use simrecall_core::delivery::{Event, OutcomeKind, Standing, Tally};
use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey, WaveNo};
use simrecall_core::subscriber::RecipientRole;

use super::Conn;
use super::ledger_keys::by_targets;
use super::ledger_orphan::{self, Waiting};
use super::ledger_read::{intents_of, outcomes_of, target_key};
use crate::error::StoreError;
use crate::ledger::{
    Applied, ChunkCount, Ids, Known, Look, NewOutcome, News, OF_TARGET, Recent, Remembered,
    SettledBy, SubmissionMatch, id_bucket,
};
use crate::schema::{chunk, doubt, outcome, submission};
use crate::types::{At, Id};

/// A batch under way, in a transaction that has raised the mark: whoever else writes outcomes waits until it ends, so that
/// what is read here stays true.
pub(crate) struct Settling<'a> {
    recent: &'a Recent,
    /// Whether what is remembered may be believed.
    is_current: bool,
    targets: BTreeMap<TargetKey, Remembered>,
    waiting: Vec<Waiting>,
    outcomes: Vec<OutcomeRow>,
    /// Ids that cannot be in the database yet.
    fresh_ids: Vec<SubmissionRow>,
    /// Ids that may be there already.
    other_ids: Vec<SubmissionRow>,
    /// All ids the batch brought.
    ids: Ids,
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

impl<'a> Settling<'a> {
    /// An empty batch; the transaction's mark says whether what is remembered may be believed.
    pub(crate) fn begin(recent: &'a Recent, mark: i64) -> Self {
        Self {
            recent,
            is_current: recent.is_current(mark),
            targets: BTreeMap::new(),
            waiting: Vec::new(),
            outcomes: Vec::new(),
            fresh_ids: Vec::new(),
            other_ids: Vec::new(),
            ids: Ids::default(),
        }
    }

    /// Applies outcomes, then the receipts that waited for them.
    pub(crate) fn hear(
        &mut self,
        conn: &mut Conn,
        outcomes: &[NewOutcome],
    ) -> Result<Vec<Applied>, StoreError> {
        self.meet(conn, outcomes)?;
        let waiting = ledger_orphan::waiting_for(conn, outcomes, |key| {
            Some(&self.targets.get(&key.target)?.attempt(key)?.record)
        })?;
        let waited = waiting.iter().map(|waiting| &waiting.outcome);
        let all = outcomes.iter().chain(waited);
        let applied = all.map(|new| self.apply(new)).collect::<Result<_, _>>()?;
        self.waiting.extend(waiting);
        Ok(applied)
    }

    /// The attempt a network's id belongs to, if the batch brought it or it is remembered.
    pub(crate) fn by_id(&self, route: &str, id: &str) -> Option<SubmissionMatch> {
        let brought = self.ids.get(route, id);
        brought.or_else(|| self.recent.by_id(route, id).filter(|_| self.is_current))
    }

    /// Whether attempts went into doubt whose rows are not written yet.
    pub(crate) fn has_new_doubts(&self) -> bool {
        let is_new = |known: &Known| known.is_moved() && known.now() == Standing::InDoubt;
        self.known().any(is_new)
    }

    /// What it came to, for the sender's memory.
    pub(crate) fn into_news(self, mark: i64) -> News {
        News { mark, targets: self.targets, ids: self.ids, intents: Vec::new() }
    }

    fn known(&self) -> impl Iterator<Item = &Known> {
        self.targets.values().flat_map(|target| &target.attempts)
    }

    /// Brings together what is known of the outcomes' targets: remembered, else read.
    fn meet(&mut self, conn: &mut Conn, outcomes: &[NewOutcome]) -> Result<(), StoreError> {
        let mut unknown: BTreeSet<TargetKey> = BTreeSet::new();
        for NewOutcome { attempt, .. } in outcomes {
            if self.targets.contains_key(&attempt.target) {
                continue;
            }
            let remembered = self.recent.target_of(attempt).filter(|_| self.is_current);
            if let Some(target) = remembered {
                let mut target = target.clone();
                target.attempts.iter_mut().for_each(Known::begin);
                self.targets.insert(attempt.target, target);
            } else {
                unknown.insert(attempt.target);
            }
        }
        if unknown.is_empty() { Ok(()) } else { self.read(conn, unknown) }
    }

    fn read(&mut self, conn: &mut Conn, unknown: BTreeSet<TargetKey>) -> Result<(), StoreError> {
        let keys: Vec<TargetKey> = unknown.into_iter().collect();
        for (key, attempts) in intents_of(conn, &keys)? {
            let attempts = attempts.into_iter().map(Known::of).collect();
            self.targets.insert(key, Remembered { is_primary: None, attempts });
        }
        for (attempt, event) in outcomes_of(conn, &keys)? {
            let target = self.targets.get_mut(&attempt.target);
            let known = target.and_then(|target| target.attempt_mut(&attempt));
            hear_stored(known.ok_or(StoreError::Damaged("outcome"))?, &event)?;
        }
        Ok(())
    }

    fn apply(&mut self, new: &NewOutcome) -> Result<Applied, StoreError> {
        let NewOutcome { attempt, part, kind, .. } = *new;
        let target = self.targets.get_mut(&attempt.target);
        let known = target.and_then(|target| target.attempt_mut(&attempt));
        let known = known.ok_or(StoreError::NotFound("attempt"))?;
        let before = known.now();
        let event = Event { kind, part, at: At::from(new.at).into() };
        let stepped = known.record.state.clone().step(&known.record.intent, &event);
        let (is_new, refused) = match stepped {
            Ok(state) => {
                let is_new = !known.heard.contains(&(part, kind));
                if is_new {
                    known.heard.push((part, kind));
                    known.record.state = state;
                }
                (is_new, None)
            }
            Err(illegal) => (false, Some(illegal)),
        };
        let after = known.now();
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
            && let Some(id) = &new.provider_id
        {
            self.record_id(new, id, at);
        }
    }

    fn record_id(&mut self, new: &NewOutcome, id: &str, at: At) {
        let AttemptKey { target, try_no } = new.attempt;
        let known = self.targets.get_mut(&target).and_then(|t| t.attempt_mut(&new.attempt));
        let Some(known) = known else { return };
        let route = known.record.route.clone();
        known.ids.push(id.to_owned());
        let found = SubmissionMatch { attempt: new.attempt, part: new.part };
        self.ids.put(&route, id.to_owned(), found);
        let row = SubmissionRow {
            bucket: id_bucket(&route, id).get(),
            route,
            provider_id: id.to_owned(),
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

    /// Writes everything the batch has come to so far.
    pub(crate) fn write(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        bulk!(conn, outcome::table, &std::mem::take(&mut self.outcomes), 11);
        bulk!(conn, submission::table, &std::mem::take(&mut self.fresh_ids), 9);
        for some in std::mem::take(&mut self.other_ids).chunks(1_000) {
            diesel::insert_into(submission::table)
                .values(some)
                .on_conflict_do_nothing()
                .execute(conn)?;
        }
        self.write_doubts(conn)?;
        ledger_orphan::remove(conn, &std::mem::take(&mut self.waiting))?;
        for ((wave, no), moved) in self.moved(conn)? {
            move_counters(conn, wave, no, &moved)?;
        }
        self.targets.values_mut().flat_map(|t| &mut t.attempts).for_each(Known::begin);
        Ok(())
    }

    fn write_doubts(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let moved = self.known().filter(|known| known.is_moved());
        let (begun, ended): (Vec<&Known>, Vec<&Known>) = moved
            .filter(|known| {
                known.now() == Standing::InDoubt || known.initially == Standing::InDoubt
            })
            .partition(|known| known.now() == Standing::InDoubt);
        let rows: Vec<DoubtRow> = begun.into_iter().filter_map(doubt_of).collect();
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
        &mut self,
        conn: &mut Conn,
    ) -> Result<BTreeMap<(WaveNo, ChunkNo), ChunkCount>, StoreError> {
        self.read_roles(conn)?;
        let mut moved: BTreeMap<(WaveNo, ChunkNo), ChunkCount> = BTreeMap::new();
        for (key, target) in &self.targets {
            for known in target.attempts.iter().filter(|known| known.is_moved()) {
                let count = moved.entry((key.wave, known.record.by_chunk)).or_default();
                count.tally.apply(Some(known.initially), known.now());
            }
            if let Some(is_told) = target.told_now() {
                let by = if is_told { 1 } else { -1 };
                let count = moved.entry((key.wave, key.chunk)).or_default();
                let is_primary = target.is_primary.unwrap_or_default();
                *(if is_primary { &mut count.told } else { &mut count.told_copies }) += by;
            }
        }
        moved.retain(|_, count| *count != ChunkCount::default());
        Ok(moved)
    }

    /// Reads whether targets are primary ones, where that decides in which counter they move.
    fn read_roles(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        let is_needed =
            |target: &Remembered| target.is_primary.is_none() && target.told_now().is_some();
        let needed = self.targets.iter().filter(|(_, target)| is_needed(target));
        let keys: Vec<TargetKey> = needed.map(|(key, _)| *key).collect();
        for (key, is_primary) in roles_of(conn, &keys)? {
            if let Some(target) = self.targets.get_mut(&key) {
                target.is_primary = Some(is_primary);
            }
        }
        Ok(())
    }
}

fn hear_stored(known: &mut Known, event: &Event) -> Result<(), StoreError> {
    let stepped = known.record.state.clone().step(&known.record.intent, event);
    known.record.state = stepped.map_err(|_| StoreError::Damaged("outcome"))?;
    known.heard.push((event.part, event.kind));
    known.begin();
    Ok(())
}

/// The row by which a receipt may find an attempt in doubt, if it has a destination.
fn doubt_of(known: &Known) -> Option<DoubtRow> {
    let AttemptKey { target, try_no } = known.record.key;
    Some(DoubtRow {
        bucket: target.bucket().get(),
        wave: target.wave.0,
        chunk: target.chunk.0,
        pos: target.pos,
        try_no,
        route: known.record.route.clone(),
        destination_ix: Id(known.record.destination?),
        reference: known.record.key.short_reference().into(),
        at: known.record.state.since().unwrap_or(known.record.intent.at).into(),
    })
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
fn roles_of(conn: &mut Conn, keys: &[TargetKey]) -> Result<Vec<(TargetKey, bool)>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<RoleFields> = by_targets(conn, &ROLES, keys)?;
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
