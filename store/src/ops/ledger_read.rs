//! Queries that read targets with all that was tried.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Integer, Nullable, SmallInt, Text};
use simrecall_core::cohort::FactSet;
use simrecall_core::delivery::{AttemptState, ChunkKind, Event, Intent, OutcomeKind, Rung, Tally};
use simrecall_core::id::{
    AttemptKey, Bucket, ChunkNo, IncidentId, LineId, SubscriberId, TargetKey, WaveNo,
};
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_core::subscriber::RecipientRole;

use super::Conn;
use super::ledger_keys::by_targets;
use super::ledger_plan::facts;
use crate::bucket::BucketRange;
use crate::error::StoreError;
use crate::ledger::{
    AttemptRecord, ChunkCount, ChunkFields, ChunkRow, FollowUp, Look, NoticeKey, NoticeRecord,
    OF_TARGET, TargetRecord, WaveCounts, rungs_of_bits,
};
use crate::schema::{chunk, listed, notice, target, telling, wave};
use crate::types::{At, Id, Ts, Uid};

const ATTEMPTS: Look = Look {
    columns: "x.wave, x.chunk, x.pos, x.try_no, x.by_chunk, x.rung, x.route, x.at, x.text_sha256, x.parts, x.resend, \
              x.destination_ix",
    table: "attempt",
    on: OF_TARGET,
    order: "x.wave, x.chunk, x.pos, x.try_no",
};

const OUTCOMES: Look = Look {
    columns: "x.wave, x.chunk, x.pos, x.try_no, x.part, x.kind, x.at",
    table: "outcome",
    on: OF_TARGET,
    order: "x.wave, x.chunk, x.pos, x.try_no, x.at",
};

const TARGETS: Look = Look {
    columns: "x.wave, x.chunk, x.pos, x.person, x.notice, x.role, x.reach, x.sealed",
    table: "target",
    on: OF_TARGET,
    order: "x.wave, x.chunk, x.pos",
};

const FOLLOW_UPS: Look = Look {
    columns: "x.wave, x.target_chunk, x.target_pos, x.cause_try, x.chunk",
    table: "listed",
    on: "x.bucket = k.bucket AND x.wave = k.wave AND x.target_chunk = k.chunk AND x.target_pos = k.pos",
    order: "x.wave, x.target_chunk, x.target_pos, x.cause_try",
};

#[derive(QueryableByName)]
struct TargetFields {
    #[diesel(sql_type = Integer)]
    wave: i32,
    #[diesel(sql_type = Integer)]
    chunk: i32,
    #[diesel(sql_type = Integer)]
    pos: i32,
    #[diesel(sql_type = Uid)]
    person: Id,
    #[diesel(sql_type = Uid)]
    notice: Id,
    #[diesel(sql_type = SmallInt)]
    role: i16,
    #[diesel(sql_type = SmallInt)]
    reach: i16,
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
}

#[derive(QueryableByName)]
struct AttemptFields {
    #[diesel(sql_type = Integer)]
    wave: i32,
    #[diesel(sql_type = Integer)]
    chunk: i32,
    #[diesel(sql_type = Integer)]
    pos: i32,
    #[diesel(sql_type = SmallInt)]
    try_no: i16,
    #[diesel(sql_type = Integer)]
    by_chunk: i32,
    #[diesel(sql_type = SmallInt)]
    rung: i16,
    #[diesel(sql_type = Text)]
    route: String,
    #[diesel(sql_type = Ts)]
    at: At,
    #[diesel(sql_type = Binary)]
    text_sha256: Vec<u8>,
    #[diesel(sql_type = SmallInt)]
    parts: i16,
    #[diesel(sql_type = Bool)]
    resend: bool,
    #[diesel(sql_type = Nullable<Uid>)]
    destination_ix: Option<Id>,
}

#[derive(QueryableByName)]
struct OutcomeFields {
    #[diesel(sql_type = Integer)]
    wave: i32,
    #[diesel(sql_type = Integer)]
    chunk: i32,
    #[diesel(sql_type = Integer)]
    pos: i32,
    #[diesel(sql_type = SmallInt)]
    try_no: i16,
    #[diesel(sql_type = SmallInt)]
    part: i16,
    #[diesel(sql_type = SmallInt)]
    kind: i16,
    #[diesel(sql_type = Ts)]
    at: At,
}

#[derive(QueryableByName)]
struct ListedFields {
    #[diesel(sql_type = Integer)]
    wave: i32,
    #[diesel(sql_type = Integer)]
    target_chunk: i32,
    #[diesel(sql_type = Integer)]
    target_pos: i32,
    #[diesel(sql_type = SmallInt)]
    cause_try: i16,
    #[diesel(sql_type = Integer)]
    chunk: i32,
}

/// A target's place from stored numbers.
pub(crate) const fn target_key(wave: i32, chunk: i32, pos: i32) -> TargetKey {
    TargetKey { wave: WaveNo(wave), chunk: ChunkNo(chunk), pos }
}

/// The attempts of each target, unfolded: their rows never change. Targets without attempts are left out.
pub(crate) fn intents_of(
    conn: &mut Conn,
    keys: &[TargetKey],
) -> Result<BTreeMap<TargetKey, Vec<AttemptRecord>>, StoreError> {
    let mut found: BTreeMap<TargetKey, Vec<AttemptRecord>> = BTreeMap::new();
    for row in by_targets::<AttemptFields>(conn, &ATTEMPTS, keys)? {
        let target = target_key(row.wave, row.chunk, row.pos);
        found.entry(target).or_default().push(attempt_record(target, row)?);
    }
    Ok(found)
}

/// The attempts of each target, folded. Targets without attempts are left out.
pub(crate) fn attempts_of(
    conn: &mut Conn,
    keys: &[TargetKey],
) -> Result<BTreeMap<TargetKey, Vec<AttemptRecord>>, StoreError> {
    let mut found = intents_of(conn, keys)?;
    for (attempt, event) in outcomes_of(conn, keys)? {
        let attempts = found.get_mut(&attempt.target).ok_or(StoreError::Damaged("outcome"))?;
        let record = attempts.iter_mut().find(|record| record.key == attempt);
        let record = record.ok_or(StoreError::Damaged("outcome"))?;
        let state = record.state.clone().step(&record.intent, &event);
        record.state = state.map_err(|_| StoreError::Damaged("outcome"))?;
    }
    Ok(found)
}

/// Every outcome of the targets' attempts.
pub(crate) fn outcomes_of(
    conn: &mut Conn,
    keys: &[TargetKey],
) -> Result<Vec<(AttemptKey, Event)>, StoreError> {
    let rows: Vec<OutcomeFields> = by_targets(conn, &OUTCOMES, keys)?;
    let read = |row: OutcomeFields| {
        let target = target_key(row.wave, row.chunk, row.pos);
        let kind = OutcomeKind::from_code(row.kind).ok_or(StoreError::Damaged("outcome"))?;
        let event = Event { kind, part: row.part, at: row.at.into() };
        Ok((AttemptKey { target, try_no: row.try_no }, event))
    };
    rows.into_iter().map(read).collect()
}

fn attempt_record(target: TargetKey, row: AttemptFields) -> Result<AttemptRecord, StoreError> {
    let damaged = || StoreError::Damaged("attempt");
    let rung = Rung::from_code(row.rung).ok_or_else(damaged)?;
    let intent = Intent { rung, parts: row.parts, at: row.at.into(), resend: row.resend };
    Ok(AttemptRecord {
        key: AttemptKey { target, try_no: row.try_no },
        by_chunk: ChunkNo(row.by_chunk),
        route: row.route,
        intent,
        text_sha256: row.text_sha256.as_slice().try_into().map_err(|_| damaged())?,
        destination: row.destination_ix.map(|Id(index)| index),
        state: AttemptState::open(&intent),
    })
}

pub(crate) fn targets(
    conn: &mut Conn,
    keys: &[TargetKey],
) -> Result<Vec<TargetRecord>, StoreError> {
    let rows: Vec<TargetFields> = by_targets(conn, &TARGETS, keys)?;
    let mut attempts = attempts_of(conn, keys)?;
    let mut follow_ups = follow_ups_of(conn, keys)?;
    let record = |row: TargetFields| {
        let key = target_key(row.wave, row.chunk, row.pos);
        Ok(TargetRecord {
            key,
            person: row.person.into(),
            notice: row.notice.into(),
            role: RecipientRole::from_code(row.role).ok_or(StoreError::Damaged("target"))?,
            reach: rungs_of_bits(row.reach),
            sealed: row.sealed,
            attempts: attempts.remove(&key).unwrap_or_default(),
            follow_ups: follow_ups.remove(&key).unwrap_or_default(),
        })
    };
    rows.into_iter().map(record).collect()
}

fn follow_ups_of(
    conn: &mut Conn,
    keys: &[TargetKey],
) -> Result<BTreeMap<TargetKey, Vec<FollowUp>>, StoreError> {
    let mut found: BTreeMap<TargetKey, Vec<FollowUp>> = BTreeMap::new();
    for row in by_targets::<ListedFields>(conn, &FOLLOW_UPS, keys)? {
        let follow_up = FollowUp { cause_try: row.cause_try, chunk: ChunkNo(row.chunk) };
        let key = target_key(row.wave, row.target_chunk, row.target_pos);
        found.entry(key).or_default().push(follow_up);
    }
    Ok(found)
}

pub(crate) fn chunk_targets(
    conn: &mut Conn,
    wave: WaveNo,
    no: ChunkNo,
) -> Result<Vec<TargetRecord>, StoreError> {
    let keys = covered(conn, wave, no)?;
    let mut found = targets(conn, &keys)?;
    let place: BTreeMap<TargetKey, usize> = keys.into_iter().zip(0..).collect();
    found.sort_by_key(|record| place.get(&record.key).copied());
    Ok(found)
}

/// The targets a chunk covers, in its own order.
pub(crate) fn covered(
    conn: &mut Conn,
    wave: WaveNo,
    no: ChunkNo,
) -> Result<Vec<TargetKey>, StoreError> {
    let kind: Option<i16> =
        chunk::table.find((wave.0, no.0)).select(chunk::kind).first(conn).optional()?;
    let kind = ChunkKind::from_code(kind.ok_or(StoreError::NotFound("chunk"))?);
    let places: Vec<(i32, i32)> = match kind.ok_or(StoreError::Damaged("chunk"))? {
        ChunkKind::First => target::table
            .filter(target::bucket.eq(Bucket::of_chunk(no).get()))
            .filter(target::wave.eq(wave.0))
            .filter(target::chunk.eq(no.0))
            .order(target::pos)
            .select((target::chunk, target::pos))
            .load(conn)?,
        ChunkKind::Retry | ChunkKind::Resend | ChunkKind::Rung => listed::table
            .filter(listed::wave.eq(wave.0))
            .filter(listed::chunk.eq(no.0))
            .order(listed::n)
            .select((listed::target_chunk, listed::target_pos))
            .load(conn)?,
    };
    Ok(places.into_iter().map(|(chunk, pos)| target_key(wave.0, chunk, pos)).collect())
}

pub(crate) fn chunk(
    conn: &mut Conn,
    wave: WaveNo,
    no: ChunkNo,
) -> Result<Option<ChunkRow>, StoreError> {
    let row: Option<ChunkFields> = chunk::table
        .find((wave.0, no.0))
        .select(ChunkFields::as_select())
        .first(conn)
        .optional()?;
    row.map(ChunkRow::try_from).transpose()
}

pub(crate) fn chunks(conn: &mut Conn, wave: WaveNo) -> Result<Vec<ChunkRow>, StoreError> {
    let rows: Vec<ChunkFields> = chunk::table
        .filter(chunk::wave.eq(wave.0))
        .order(chunk::no)
        .select(ChunkFields::as_select())
        .load(conn)?;
    rows.into_iter().map(ChunkRow::try_from).collect()
}

pub(crate) fn wave_counts(conn: &mut Conn, wave: WaveNo) -> Result<WaveCounts, StoreError> {
    let mut counts = WaveCounts::default();
    let mut by_rung: BTreeMap<Rung, Tally> = BTreeMap::new();
    for chunk in chunks(conn, wave)? {
        let tally = by_rung.entry(chunk.rung).or_default();
        *tally = tally.plus(chunk.count.tally);
        counts.told += i64::from(chunk.count.told);
        counts.told_copies += i64::from(chunk.count.told_copies);
        let of_state =
            if chunk.is_done { &mut counts.chunks_done } else { &mut counts.chunks_open };
        *of_state += 1;
    }
    counts.by_rung = by_rung.into_iter().collect();
    Ok(counts)
}

pub(crate) fn recount(
    conn: &mut Conn,
    wave: WaveNo,
    no: ChunkNo,
) -> Result<ChunkCount, StoreError> {
    let mut count = ChunkCount::default();
    for target in chunk_targets(conn, wave, no)? {
        let by_this = target.attempts.iter().filter(|attempt| attempt.by_chunk == no);
        let standings = by_this.map(|attempt| attempt.state.standing());
        count.tally = count.tally.plus(standings.collect::<Tally>());
        if target.key.chunk == no && target.is_told() {
            let told =
                if target.role.is_primary() { &mut count.told } else { &mut count.told_copies };
            *told += 1;
        }
    }
    Ok(count)
}

type NoticeFields = (i32, Id, i16, i16, i32, i32, i16);

pub(crate) fn notices_in(
    conn: &mut Conn,
    incident: IncidentId,
    range: BucketRange,
) -> Result<Vec<NoticeKey>, StoreError> {
    let rows: Vec<(Id, i32, i32, i32)> = notice::table
        .filter(notice::bucket.between(range.first(), range.last()))
        .filter(notice::incident.eq(Id::from(incident)))
        .order((notice::bucket, notice::person, notice::wave))
        .select((notice::person, notice::wave, notice::target_chunk, notice::target_pos))
        .load(conn)?;
    let key = |(person, wave, chunk, pos): (Id, i32, i32, i32)| NoticeKey {
        person: person.into(),
        primary: TargetKey { wave: WaveNo(wave), chunk: ChunkNo(chunk), pos },
    };
    Ok(rows.into_iter().map(key).collect())
}

/// A person's notices, by their keys and words.
macro_rules! notices_of {
    ($incident:expr, $person:expr) => {
        notice::table
            .filter(notice::bucket.eq($person.bucket().get()))
            .filter(notice::incident.eq(Id::from($incident)))
            .filter(notice::person.eq(Id::from($person)))
            .order(notice::wave)
            .select((
                notice::wave,
                notice::notice_id,
                notice::kind,
                notice::language,
                notice::target_chunk,
                notice::target_pos,
                notice::copies,
            ))
    };
}

pub(crate) fn person_history(
    conn: &mut Conn,
    incident: IncidentId,
    person: SubscriberId,
) -> Result<Vec<NoticeRecord>, StoreError> {
    let rows: Vec<NoticeFields> = notices_of!(incident, person).load(conn)?;
    rows.into_iter().map(|row| notice_record(conn, incident, person, row)).collect()
}

pub(crate) fn person_history_released(
    conn: &mut Conn,
    incident: IncidentId,
    person: SubscriberId,
) -> Result<Vec<NoticeRecord>, StoreError> {
    let released = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .filter(wave::released_at.is_not_null())
        .select(wave::no);
    let rows: Vec<NoticeFields> =
        notices_of!(incident, person).filter(notice::wave.eq_any(released)).load(conn)?;
    rows.into_iter().map(|row| notice_record(conn, incident, person, row)).collect()
}

fn notice_record(
    conn: &mut Conn,
    incident: IncidentId,
    person: SubscriberId,
    row: NoticeFields,
) -> Result<NoticeRecord, StoreError> {
    let damaged = || StoreError::Damaged("notice");
    let (wave, notice, kind, language, chunk, pos, copies) = row;
    let keys: Vec<TargetKey> =
        (pos..=pos + i32::from(copies)).map(|pos| target_key(wave, chunk, pos)).collect();
    Ok(NoticeRecord {
        wave: WaveNo(wave),
        notice: notice.into(),
        kind: NoticeKind::from_code(kind).ok_or_else(damaged)?,
        language: Language::from_code(language).ok_or_else(damaged)?,
        tellings: said(conn, incident, person, wave)?,
        targets: targets(conn, &keys)?,
    })
}

fn said(
    conn: &mut Conn,
    incident: IncidentId,
    person: SubscriberId,
    wave: i32,
) -> Result<Vec<(LineId, FactSet)>, StoreError> {
    let rows: Vec<(Id, i32, i32)> = telling::table
        .filter(telling::bucket.eq(person.bucket().get()))
        .filter(telling::incident.eq(Id::from(incident)))
        .filter(telling::person.eq(Id::from(person)))
        .filter(telling::wave.eq(wave))
        .order(telling::line)
        .select((telling::line, telling::possible, telling::confirmed))
        .load(conn)?;
    rows.into_iter()
        .map(|(line, possible, confirmed)| Ok((line.into(), facts(possible, confirmed)?)))
        .collect()
}
