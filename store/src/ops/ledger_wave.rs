//! Queries that let a wave go, give it up, or hold it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use simrecall_core::delivery::TargetState;
use simrecall_core::id::{ChunkNo, IncidentId, TargetKey, WaveNo};
use simrecall_core::wave::WaveState;

use super::ledger_keys::HOLD;
use super::ledger_plan::releases_and_cancellations;
use super::{Conn, ledger_read, lock_until_commit};
use crate::bucket::BucketRange;
use crate::error::StoreError;
use crate::ledger::{ApprovalFields, ApprovalRow, AttemptRecord, Cancelled, Control};
use crate::schema::{
    approval, approval_passkey, chunk, ledger_mark as mark, notice, telling, wave, wave_control,
};
use crate::types::{At, Id};

/// Notices looked at in one go when a wave is given up.
const NOTICES_AT_ONCE: u64 = 1_000;

pub(crate) fn insert_approval(conn: &mut Conn, new: &ApprovalRow) -> Result<(), StoreError> {
    let wave = hold(conn, new.wave)?;
    wave.require_draft(&new.statement_sha256)?;
    // Approvals of a wave come one after another, so a person has one, with whatever key.
    let by_passkey = approval_passkey::table.find((new.wave.0, Id::from(new.staff)));
    let by_passkey: i64 = by_passkey.count().get_result(conn)?;
    if by_passkey > 0 {
        return Err(StoreError::Conflict("approval_passkey".to_owned()));
    }
    diesel::insert_into(approval::table).values(ApprovalFields::from(new)).execute(conn)?;
    Ok(())
}

pub(crate) fn approvals(conn: &mut Conn, no: WaveNo) -> Result<Vec<ApprovalRow>, StoreError> {
    let rows: Vec<ApprovalFields> = approval::table
        .filter(approval::wave.eq(no.0))
        .order((approval::at, approval::staff))
        .select(ApprovalFields::as_select())
        .load(conn)?;
    rows.into_iter().map(ApprovalRow::try_from).collect()
}

pub(crate) fn release(
    conn: &mut Conn,
    no: WaveNo,
    statement_sha256: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    // Two waves of one incident cannot be released side by side: each would tell what the other tells.
    lock_until_commit(conn, "wave")?;
    let held = hold(conn, no)?;
    held.require_draft(statement_sha256)?;
    if releases_and_cancellations(conn, held.incident)? != held.basis {
        return Err(StoreError::State(
            "another wave of the incident was released or cancelled since the plan",
        ));
    }
    diesel::update(wave::table.find(no.0))
        .set((
            wave::state.eq(WaveState::Released.code()),
            wave::released_at.eq(Some(At::from(now))),
        ))
        .execute(conn)?;
    raise_mark(conn)
}

pub(crate) fn cancel(
    conn: &mut Conn,
    no: WaveNo,
    now: DateTime<Utc>,
) -> Result<Cancelled, StoreError> {
    lock_until_commit(conn, "wave")?;
    let held = hold(conn, no)?;
    if held.state != WaveState::Released.code() {
        return Err(StoreError::State("only a released wave can be cancelled"));
    }
    // Before the chunks, as the sender does.
    let mark = raise_mark(conn)?;
    // Whoever is about to write intents waits for this row, and then finds its lease gone.
    diesel::update(chunk::table.filter(chunk::wave.eq(no.0)))
        .set((chunk::lease_token.eq(None::<Id>), chunk::lease_until.eq(None::<At>)))
        .execute(conn)?;
    let closed =
        (wave::state.eq(WaveState::Cancelled.code()), wave::closed_at.eq(Some(At::from(now))));
    diesel::update(wave::table.find(no.0)).set(closed).execute(conn)?;
    let (mut kept, mut withdrawn) = (0, 0);
    for range in BucketRange::covering(held.persons.unsigned_abs(), NOTICES_AT_ONCE) {
        let (stay, go) = withdraw(conn, no, held.incident, range)?;
        kept += stay;
        withdrawn += go;
    }
    diesel::update(wave::table.find(no.0)).set(wave::withdrawn.eq(withdrawn)).execute(conn)?;
    Ok(Cancelled { kept, withdrawn, mark })
}

/// Withdraws the notices of a range of people who cannot have been told. Returns how many stay and how many go.
fn withdraw(
    conn: &mut Conn,
    no: WaveNo,
    incident: IncidentId,
    range: BucketRange,
) -> Result<(i64, i64), StoreError> {
    let notices: Vec<(Id, i32, i32)> = notice::table
        .filter(notice::bucket.between(range.first(), range.last()))
        .filter(notice::incident.eq(Id::from(incident)))
        .filter(notice::wave.eq(no.0))
        .select((notice::person, notice::target_chunk, notice::target_pos))
        .load(conn)?;
    let key = |chunk: &i32, pos: &i32| TargetKey { wave: no, chunk: ChunkNo(*chunk), pos: *pos };
    let keys: Vec<TargetKey> = notices.iter().map(|(_, chunk, pos)| key(chunk, pos)).collect();
    let tried = ledger_read::attempts_of(conn, &keys)?;
    let told: BTreeSet<TargetKey> = tried
        .iter()
        .filter(|(_, attempts)| {
            let views: Vec<_> = attempts.iter().map(AttemptRecord::view).collect();
            TargetState::may_be_told(&views)
        })
        .map(|(key, _)| *key)
        .collect();
    let untold = notices.iter().filter(|(_, chunk, pos)| !told.contains(&key(chunk, pos)));
    let persons: Vec<Id> = untold.map(|(person, _, _)| *person).collect();
    for some in persons.chunks(500) {
        remove_notices(conn, no, incident, range, some)?;
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Ok((count(notices.len() - persons.len()), count(persons.len())))
}

fn remove_notices(
    conn: &mut Conn,
    no: WaveNo,
    incident: IncidentId,
    range: BucketRange,
    persons: &[Id],
) -> Result<(), StoreError> {
    let notices = notice::table
        .filter(notice::bucket.between(range.first(), range.last()))
        .filter(notice::incident.eq(Id::from(incident)))
        .filter(notice::wave.eq(no.0))
        .filter(notice::person.eq_any(persons));
    diesel::delete(notices).execute(conn)?;
    let tellings = telling::table
        .filter(telling::bucket.between(range.first(), range.last()))
        .filter(telling::incident.eq(Id::from(incident)))
        .filter(telling::wave.eq(no.0))
        .filter(telling::person.eq_any(persons));
    diesel::delete(tellings).execute(conn)?;
    Ok(())
}

pub(crate) fn finish_wave(
    conn: &mut Conn,
    no: WaveNo,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let released =
        wave::table.filter(wave::no.eq(no.0)).filter(wave::state.eq(WaveState::Released.code()));
    let done = (wave::state.eq(WaveState::Done.code()), wave::closed_at.eq(Some(At::from(now))));
    match diesel::update(released).set(done).execute(conn)? {
        1 => Ok(()),
        _ => Err(StoreError::State("only a released wave can be done")),
    }
}

pub(crate) fn control(conn: &mut Conn, no: WaveNo) -> Result<Control, StoreError> {
    let row: Option<(bool, Option<i32>)> = wave_control::table
        .find(no.0)
        .select((wave_control::paused, wave_control::pace))
        .first(conn)
        .optional()?;
    Ok(row.map_or_else(Control::default, |(paused, pace)| Control { paused, pace }))
}

pub(crate) fn set_control(
    conn: &mut Conn,
    no: WaveNo,
    control: Control,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let turned = (
        wave_control::paused.eq(control.paused),
        wave_control::pace.eq(control.pace),
        wave_control::changed_at.eq(At::from(now)),
    );
    diesel::insert_into(wave_control::table)
        .values((wave_control::wave.eq(no.0), turned))
        .on_conflict(wave_control::wave)
        .do_update()
        .set(turned)
        .execute(conn)?;
    Ok(())
}

pub(crate) fn begin_ledger(conn: &mut Conn, ledger: [u8; 16]) -> Result<[u8; 16], StoreError> {
    diesel::insert_into(mark::table)
        .values((mark::one.eq(1_i16), mark::ledger.eq(Id(ledger)), mark::mark.eq(0_i64)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    let Id(name) = mark::table.select(mark::ledger).first(conn)?;
    Ok(name)
}

pub(crate) fn ledger_mark(conn: &mut Conn) -> Result<Option<([u8; 16], i64)>, StoreError> {
    let row: Option<(Id, i64)> =
        mark::table.select((mark::ledger, mark::mark)).first(conn).optional()?;
    Ok(row.map(|(Id(ledger), mark)| (ledger, mark)))
}

/// Counts one more binding commit. It holds the row that every other one wants: a transaction that holds chunks as well
/// takes this row first.
pub(crate) fn raise_mark(conn: &mut Conn) -> Result<i64, StoreError> {
    let raised = diesel::update(mark::table)
        .set(mark::mark.eq(mark::mark + 1))
        .returning(mark::mark)
        .get_result(conn)
        .optional()?;
    raised.ok_or(StoreError::NotFound("ledger; begin one first"))
}

/// What a decision about a wave looks at; its row is held until the transaction ends.
pub(super) struct Held {
    incident: IncidentId,
    state: i16,
    statement_sha256: Option<Vec<u8>>,
    persons: i64,
    basis: i64,
}

impl Held {
    pub(super) fn require_draft(&self, statement_sha256: &[u8; 32]) -> Result<(), StoreError> {
        if self.state != WaveState::Draft.code() {
            return Err(StoreError::State("the wave is no draft"));
        }
        if self.statement_sha256.as_deref() != Some(statement_sha256.as_slice()) {
            return Err(StoreError::State("the statement is not the wave's"));
        }
        Ok(())
    }
}

type HeldFields = (Id, i16, Option<Vec<u8>>, i64, i64);

/// A wave that stays as it is until the transaction ends.
pub(super) fn hold(conn: &mut Conn, no: WaveNo) -> Result<Held, StoreError> {
    diesel::sql_query(format!("SELECT no FROM wave WHERE no = {} {HOLD}", no.0))
        .load::<Number>(conn)?;
    let row: Option<HeldFields> = wave::table
        .find(no.0)
        .select((wave::incident, wave::state, wave::statement_sha256, wave::persons, wave::basis))
        .first(conn)
        .optional()?;
    let (incident, state, statement_sha256, persons, basis) =
        row.ok_or(StoreError::NotFound("wave"))?;
    Ok(Held { incident: incident.into(), state, statement_sha256, persons, basis })
}

#[derive(QueryableByName)]
struct Number {
    #[expect(dead_code, reason = "read only to hold the row")]
    #[diesel(sql_type = Integer)]
    no: i32,
}
