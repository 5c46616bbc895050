//! Queries on what a plan writes.

use diesel::dsl::max;
use diesel::prelude::*;
use simrecall_core::cohort::{FactSet, ItemSet};
use simrecall_core::id::{ChunkNo, IncidentId, SubscriberId, WaveNo};
use simrecall_core::notice::NoticeKind;
use simrecall_core::wave::{Telling as Told, WaveState};

use super::{Conn, lock_until_commit};
use crate::bucket::BucketRange;
use crate::error::StoreError;
use crate::ledger::{
    CHUNK_OPEN, LeftOut, NewChunk, NewNotice, NewTarget, NewWave, PlanCounts, Telling, Wave,
    WaveFields, rung_bits,
};
use crate::schema::{
    approval, approval_passkey, chunk, left_out, listed, message_code, notice, target, telling,
    wave, wave_control, wording,
};
use crate::types::{At, Id};

/// States of a wave that nobody was told by yet.
const UNRELEASED: [i16; 2] = [WaveState::Draft.code(), WaveState::Planning.code()];

pub(crate) fn insert_wave(conn: &mut Conn, new: &NewWave) -> Result<WaveNo, StoreError> {
    lock_until_commit(conn, "wave")?;
    if draft_of(conn, new.incident)?.is_some() {
        return Err(StoreError::State("the incident has another draft"));
    }
    let last: Option<i32> = wave::table.select(max(wave::no)).first(conn)?;
    let no = last.unwrap_or(0) + 1;
    let basis = releases_and_cancellations(conn, new.incident)?;
    diesel::insert_into(wave::table)
        .values((
            (
                wave::no.eq(no),
                wave::incident.eq(Id::from(new.incident)),
                wave::revision.eq(new.revision.0),
                wave::snapshot.eq(new.snapshot.0),
                wave::cutoff.eq(At::from(new.cutoff)),
                wave::state.eq(WaveState::Planning.code()),
            ),
            (
                wave::persons.eq(0_i64),
                wave::lines.eq(0_i64),
                wave::targets.eq(0_i64),
                wave::copies.eq(0_i64),
                wave::left_out.eq(0_i64),
                wave::withdrawn.eq(0_i64),
                wave::basis.eq(basis),
                wave::planned_at.eq(At::from(new.planned_at)),
            ),
        ))
        .execute(conn)?;
    Ok(WaveNo(no))
}

/// How often a wave of the incident was released or, once released, cancelled.
pub(crate) fn releases_and_cancellations(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<i64, StoreError> {
    let released = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .filter(wave::released_at.is_not_null());
    let cancelled = released.filter(wave::state.eq(WaveState::Cancelled.code()));
    let releases: i64 = released.count().get_result(conn)?;
    let cancellations: i64 = cancelled.count().get_result(conn)?;
    Ok(releases + cancellations)
}

pub(crate) fn drop_draft(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Option<WaveNo>, StoreError> {
    lock_until_commit(conn, "wave")?;
    let Some(no) = draft_of(conn, incident)? else {
        return Ok(None);
    };
    diesel::delete(wording::table.filter(wording::wave.eq(no))).execute(conn)?;
    diesel::delete(message_code::table.filter(message_code::wave.eq(no))).execute(conn)?;
    diesel::delete(target::table.filter(target::wave.eq(no))).execute(conn)?;
    diesel::delete(notice::table.filter(notice::wave.eq(no))).execute(conn)?;
    diesel::delete(telling::table.filter(telling::wave.eq(no))).execute(conn)?;
    diesel::delete(left_out::table.filter(left_out::wave.eq(no))).execute(conn)?;
    diesel::delete(listed::table.filter(listed::wave.eq(no))).execute(conn)?;
    diesel::delete(chunk::table.filter(chunk::wave.eq(no))).execute(conn)?;
    diesel::delete(approval::table.filter(approval::wave.eq(no))).execute(conn)?;
    diesel::delete(approval_passkey::table.filter(approval_passkey::wave.eq(no))).execute(conn)?;
    diesel::delete(wave_control::table.filter(wave_control::wave.eq(no))).execute(conn)?;
    diesel::delete(wave::table.filter(wave::no.eq(no))).execute(conn)?;
    Ok(Some(WaveNo(no)))
}

fn draft_of(conn: &mut Conn, incident: IncidentId) -> Result<Option<i32>, StoreError> {
    let drafts = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .filter(wave::state.eq_any(UNRELEASED))
        .select(wave::no);
    Ok(drafts.first(conn).optional()?)
}

#[derive(Insertable)]
#[diesel(table_name = target, treat_none_as_default_value = false)]
struct TargetRow<'a> {
    bucket: i16,
    wave: i32,
    chunk: i32,
    pos: i32,
    person: Id,
    notice: Id,
    role: i16,
    reach: i16,
    sealed: &'a [u8],
}

pub(crate) fn load_targets(conn: &mut Conn, targets: &[NewTarget]) -> Result<(), StoreError> {
    let rows: Vec<TargetRow<'_>> = targets
        .iter()
        .map(|new| TargetRow {
            bucket: new.key.bucket().get(),
            wave: new.key.wave.0,
            chunk: new.key.chunk.0,
            pos: new.key.pos,
            person: new.person.into(),
            notice: new.notice.into(),
            role: new.role.code(),
            reach: rung_bits(new.reach),
            sealed: &new.sealed,
        })
        .collect();
    bulk!(conn, target::table, &rows, 9);
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = notice, treat_none_as_default_value = false)]
struct NoticeRow<'a> {
    bucket: i16,
    incident: Id,
    person: Id,
    facts_sha256: &'a [u8],
    wave: i32,
    notice_id: Id,
    kind: i16,
    language: i16,
    target_chunk: i32,
    target_pos: i32,
    copies: i16,
}

pub(crate) fn load_notices(conn: &mut Conn, notices: &[NewNotice]) -> Result<(), StoreError> {
    let rows: Vec<NoticeRow<'_>> = notices
        .iter()
        .map(|new| NoticeRow {
            bucket: new.person.bucket().get(),
            incident: new.incident.into(),
            person: new.person.into(),
            facts_sha256: &new.facts_sha256,
            wave: new.primary.wave.0,
            notice_id: new.notice.into(),
            kind: new.kind.code(),
            language: new.language.code(),
            target_chunk: new.primary.chunk.0,
            target_pos: new.primary.pos,
            copies: new.copies,
        })
        .collect();
    bulk!(conn, notice::table, &rows, 11);
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = telling, treat_none_as_default_value = false)]
struct TellingRow {
    bucket: i16,
    incident: Id,
    person: Id,
    line: Id,
    wave: i32,
    possible: i32,
    confirmed: i32,
}

pub(crate) fn load_tellings(conn: &mut Conn, tellings: &[Telling]) -> Result<(), StoreError> {
    let rows: Vec<TellingRow> = tellings
        .iter()
        .map(|new| TellingRow {
            bucket: new.person.bucket().get(),
            incident: new.incident.into(),
            person: new.person.into(),
            line: new.line.into(),
            wave: new.wave.0,
            possible: new.facts.possible().bits(),
            confirmed: new.facts.confirmed().bits(),
        })
        .collect();
    bulk!(conn, telling::table, &rows, 7);
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = left_out, treat_none_as_default_value = false)]
struct LeftOutRow {
    bucket: i16,
    wave: i32,
    person: Id,
    line: Id,
    reason: i16,
}

pub(crate) fn load_left_out(conn: &mut Conn, lines: &[LeftOut]) -> Result<(), StoreError> {
    let rows: Vec<LeftOutRow> = lines
        .iter()
        .map(|new| LeftOutRow {
            bucket: new.person.bucket().get(),
            wave: new.wave.0,
            person: new.person.into(),
            line: new.line.into(),
            reason: new.reason,
        })
        .collect();
    bulk!(conn, left_out::table, &rows, 5);
    Ok(())
}

pub(crate) fn insert_chunks(conn: &mut Conn, chunks: &[NewChunk]) -> Result<(), StoreError> {
    let rows: Vec<ChunkInsert> = chunks.iter().map(ChunkInsert::of).collect();
    bulk!(conn, chunk::table, &rows, 19);
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = chunk, treat_none_as_default_value = false)]
pub(crate) struct ChunkInsert {
    wave: i32,
    no: i32,
    kind: i16,
    rung: i16,
    stage: i16,
    priority: i16,
    country: String,
    not_before: At,
    state: i16,
    n: i32,
    open: i32,
    accepted: i32,
    not_accepted: i32,
    rejected: i32,
    in_doubt: i32,
    reached: i32,
    failed: i32,
    told: i32,
    told_copies: i32,
}

impl ChunkInsert {
    pub(crate) fn of(new: &NewChunk) -> Self {
        let ChunkNo(no) = new.no;
        Self {
            wave: new.wave.0,
            no,
            kind: new.kind.code(),
            rung: new.rung.code(),
            stage: new.stage.code(),
            priority: new.priority,
            country: new.country.clone(),
            not_before: At::from(new.not_before),
            state: CHUNK_OPEN,
            n: new.n,
            open: 0,
            accepted: 0,
            not_accepted: 0,
            rejected: 0,
            in_doubt: 0,
            reached: 0,
            failed: 0,
            told: 0,
            told_copies: 0,
        }
    }
}

pub(crate) fn finish_plan(
    conn: &mut Conn,
    no: WaveNo,
    counts: &PlanCounts,
    statement: &str,
    sha256: &[u8; 32],
) -> Result<(), StoreError> {
    let planning =
        wave::table.filter(wave::no.eq(no.0)).filter(wave::state.eq(WaveState::Planning.code()));
    let changed = diesel::update(planning)
        .set((
            wave::state.eq(WaveState::Draft.code()),
            wave::statement.eq(statement),
            wave::statement_sha256.eq(sha256.as_slice()),
            wave::persons.eq(counts.persons),
            wave::lines.eq(counts.lines),
            wave::targets.eq(counts.targets),
            wave::copies.eq(counts.copies),
            wave::left_out.eq(counts.left_out),
        ))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::State("the wave is not being planned")) }
}

type ToldRow = (Id, Id, i32, i32, i32, i16);

pub(crate) fn told_in(
    conn: &mut Conn,
    incident: IncidentId,
    range: BucketRange,
) -> Result<Vec<(SubscriberId, Told)>, StoreError> {
    let released = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .filter(wave::released_at.is_not_null())
        .select(wave::no);
    let same_notice = notice::bucket
        .eq(telling::bucket)
        .and(notice::incident.eq(telling::incident))
        .and(notice::person.eq(telling::person))
        .and(notice::wave.eq(telling::wave));
    let rows: Vec<ToldRow> = telling::table
        .inner_join(notice::table.on(same_notice))
        .filter(telling::bucket.between(range.first(), range.last()))
        .filter(telling::incident.eq(Id::from(incident)))
        .filter(telling::wave.eq_any(released))
        .order((telling::bucket, telling::person, telling::line, telling::wave))
        .select((
            telling::person,
            telling::line,
            telling::wave,
            telling::possible,
            telling::confirmed,
            notice::kind,
        ))
        .load(conn)?;
    rows.into_iter().map(told).collect()
}

fn told(row: ToldRow) -> Result<(SubscriberId, Told), StoreError> {
    let (person, line, no, possible, confirmed, kind) = row;
    let kind = NoticeKind::from_code(kind).ok_or(StoreError::Damaged("notice"))?;
    let facts = facts(possible, confirmed)?;
    Ok((person.into(), Told { wave: WaveNo(no), line: line.into(), kind, facts }))
}

pub(crate) fn tellings_of(
    conn: &mut Conn,
    no: WaveNo,
    range: BucketRange,
) -> Result<Vec<Telling>, StoreError> {
    let rows: Vec<(Id, Id, Id, i32, i32)> = telling::table
        .filter(telling::bucket.between(range.first(), range.last()))
        .filter(telling::wave.eq(no.0))
        .order((telling::bucket, telling::person, telling::line))
        .select((
            telling::incident,
            telling::person,
            telling::line,
            telling::possible,
            telling::confirmed,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(incident, person, line, possible, confirmed)| {
            let facts = facts(possible, confirmed)?;
            Ok(Telling {
                incident: incident.into(),
                person: person.into(),
                line: line.into(),
                wave: no,
                facts,
            })
        })
        .collect()
}

pub(crate) fn left_out_of(
    conn: &mut Conn,
    no: WaveNo,
    range: BucketRange,
) -> Result<Vec<LeftOut>, StoreError> {
    let rows: Vec<(Id, Id, i16)> = left_out::table
        .filter(left_out::bucket.between(range.first(), range.last()))
        .filter(left_out::wave.eq(no.0))
        .order((left_out::bucket, left_out::person, left_out::line))
        .select((left_out::person, left_out::line, left_out::reason))
        .load(conn)?;
    let lines = rows.into_iter();
    Ok(lines
        .map(|(person, line, reason)| LeftOut {
            wave: no,
            person: person.into(),
            line: line.into(),
            reason,
        })
        .collect())
}

/// Facts from their stored bits.
pub(crate) fn facts(possible: i32, confirmed: i32) -> Result<FactSet, StoreError> {
    let read = |bits| ItemSet::from_bits(bits).ok_or(StoreError::Damaged("telling"));
    Ok(FactSet::new(read(possible)?, read(confirmed)?))
}

pub(crate) fn wave(conn: &mut Conn, no: WaveNo) -> Result<Option<Wave>, StoreError> {
    let row: Option<WaveFields> =
        wave::table.find(no.0).select(WaveFields::as_select()).first(conn).optional()?;
    row.map(Wave::try_from).transpose()
}

pub(crate) fn waves_of(conn: &mut Conn, incident: IncidentId) -> Result<Vec<Wave>, StoreError> {
    let rows: Vec<WaveFields> = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .order(wave::no)
        .select(WaveFields::as_select())
        .load(conn)?;
    rows.into_iter().map(Wave::try_from).collect()
}
