//! Queries that count who was told, in the database; only attempts that were ever in doubt are read and folded.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, SmallInt, Text};
use simrecall_core::delivery::{
    AttemptState, AttemptView, OutcomeKind, Rung, TargetState, Terminal,
};
use simrecall_core::id::{IncidentId, RevisionNo, TargetKey, WaveNo};

use super::Conn;
use super::ledger_read::{intents_of, outcomes_of, target_key};
use crate::cohort::RevisionState;
use crate::counts::{AsOf, RevisionCount, ToldCount};
use crate::error::StoreError;
use crate::schema::{chunk, revision, wave};
use crate::types::{At, Id, Ts, Uid};

/// What each attempt of some waves has heard that is good, or that outweighs a mail's silence; then the moment each
/// became good; then, for each primary target, the attempt that told its person first.
///
/// It says in SQL what core's fold of an attempt says; the contract tests hold the two against each other.
fn told(waves: &[i32], at_most: &str) -> String {
    let list: Vec<String> = waves.iter().map(ToString::to_string).collect();
    let code = |kind: OutcomeKind| kind.code();
    format!(
        "WITH heard AS (
             SELECT x.bucket, x.wave, x.chunk, x.pos, x.try_no, x.rung, x.at, x.parts,
                 MIN(CASE WHEN o.kind = {delivered} AND o.part = 0 THEN o.at END) AS whole,
                 MAX(CASE WHEN o.kind = {delivered} AND o.part > 0 THEN o.at END) AS last_part,
                 COUNT(CASE WHEN o.kind = {delivered} AND o.part > 0 THEN 1 END) AS arrived,
                 MIN(CASE WHEN o.kind = {published} THEN o.at END) AS published,
                 MIN(CASE WHEN o.kind = {lettered} THEN o.at END) AS lettered,
                 MIN(CASE WHEN o.kind = {mailed} THEN o.at END) AS mailed,
                 COUNT(CASE WHEN o.kind IN ({failed}, {expired}, {bounced}) THEN 1 END) AS bad
             FROM attempt x JOIN outcome o ON o.bucket = x.bucket AND o.wave = x.wave AND o.chunk = x.chunk
                 AND o.pos = x.pos AND o.try_no = x.try_no
             WHERE x.wave IN ({waves}) AND o.kind BETWEEN {delivered} AND {published}{at_most}
             GROUP BY x.bucket, x.wave, x.chunk, x.pos, x.try_no, x.rung, x.at, x.parts
         ), good AS (
             SELECT bucket, wave, chunk, pos, try_no, rung, at,
                 CASE WHEN whole IS NOT NULL OR arrived = parts THEN {delivered}
                     WHEN published IS NOT NULL THEN {published}
                     WHEN lettered IS NOT NULL THEN {lettered}
                     WHEN mailed IS NOT NULL AND bad = 0 THEN {mailed} END AS how,
                 CASE WHEN arrived = parts AND (whole IS NULL OR last_part < whole) THEN last_part
                     ELSE COALESCE(whole, published, lettered, mailed) END AS since
             FROM heard
         ), told AS (
             SELECT g.*, t.person, ROW_NUMBER() OVER (
                 PARTITION BY g.bucket, g.wave, g.chunk, g.pos ORDER BY g.since, g.try_no) AS place
             FROM good g JOIN target t ON t.bucket = g.bucket AND t.wave = g.wave AND t.chunk = g.chunk
                 AND t.pos = g.pos
             WHERE g.how IS NOT NULL AND t.role IN (1, 2, 3)
         )",
        waves = list.join(", "),
        delivered = code(OutcomeKind::Delivered),
        failed = code(OutcomeKind::Failed),
        expired = code(OutcomeKind::Expired),
        bounced = code(OutcomeKind::Bounced),
        mailed = code(OutcomeKind::Mailed),
        lettered = code(OutcomeKind::Lettered),
        published = code(OutcomeKind::Published),
    )
}

const BY_RUNG: &str = "SELECT wave, rung, CAST(how AS smallint) AS how, COUNT(*) AS persons,
     MAX(at) AS last_act, MAX(since) AS last_proof
 FROM told WHERE place = 1 GROUP BY wave, rung, how ORDER BY wave, rung, how";

#[derive(QueryableByName)]
struct ToldRow {
    #[diesel(sql_type = Integer)]
    wave: i32,
    #[diesel(sql_type = SmallInt)]
    rung: i16,
    #[diesel(sql_type = SmallInt)]
    how: i16,
    #[diesel(sql_type = BigInt)]
    persons: i64,
    #[diesel(sql_type = Ts)]
    last_act: At,
    #[diesel(sql_type = Ts)]
    last_proof: At,
}

#[derive(QueryableByName)]
struct Both {
    #[diesel(sql_type = BigInt)]
    persons: i64,
    #[diesel(sql_type = BigInt)]
    lines: i64,
}

#[derive(QueryableByName)]
struct Persons {
    #[diesel(sql_type = BigInt)]
    persons: i64,
}

pub(crate) fn wave_end_counts(conn: &mut Conn, no: WaveNo) -> Result<Vec<ToldCount>, StoreError> {
    let sql = format!("{} {BY_RUNG}", told(&[no.0], ""));
    let rows: Vec<ToldRow> = diesel::sql_query(sql).load(conn)?;
    rows.iter().map(told_count).collect()
}

pub(crate) fn counts_as_of(
    conn: &mut Conn,
    incident: IncidentId,
    at: DateTime<Utc>,
) -> Result<AsOf, StoreError> {
    let at = At::from(at);
    let revisions = revisions_then(conn, incident, at)?;
    let waves = waves_then(conn, incident, at)?;
    if waves.is_empty() {
        return Ok(AsOf { revisions, ..AsOf::default() });
    }
    let told_then = told(&waves, " AND o.at <= $1");
    let sql = format!("{told_then} {BY_RUNG}");
    let rows: Vec<ToldRow> = diesel::sql_query(sql).bind::<Ts, _>(at).load(conn)?;
    let sql = format!(
        "{told_then}, known AS (SELECT DISTINCT person, wave FROM told)
         SELECT (SELECT COUNT(DISTINCT person) FROM known) AS persons,
             (SELECT COUNT(DISTINCT t.line) FROM telling t
                 JOIN known k ON k.person = t.person AND k.wave = t.wave WHERE t.incident = $2) AS lines"
    );
    let query = diesel::sql_query(sql).bind::<Ts, _>(at).bind::<Uid, _>(Id::from(incident));
    let Both { persons, lines } = query.get_result(conn)?;
    let told: Result<_, _> = rows.iter().map(told_count).collect();
    Ok(AsOf { revisions, told: told?, persons_told: persons, lines_told: lines })
}

/// A revision's people, by country.
const RESIDENTS: &str = "SELECT s.country, COUNT(*) AS persons FROM (
         SELECT DISTINCT bucket, holder FROM exposure WHERE incident = $1 AND revision = $2) h
     JOIN revision r ON r.incident = $1 AND r.no = $2
     JOIN subscriber s ON s.bucket = h.bucket AND s.incident = $1 AND s.snapshot = r.snapshot AND s.id = h.holder
 GROUP BY s.country ORDER BY s.country";

#[derive(QueryableByName)]
struct Residents {
    #[diesel(sql_type = Text)]
    country: String,
    #[diesel(sql_type = BigInt)]
    persons: i64,
}

pub(crate) fn residents(
    conn: &mut Conn,
    incident: IncidentId,
    revision: RevisionNo,
) -> Result<Vec<(String, u64)>, StoreError> {
    let query = diesel::sql_query(RESIDENTS)
        .bind::<Uid, _>(Id::from(incident))
        .bind::<Integer, _>(revision.0);
    let rows: Vec<Residents> = query.load(conn)?;
    Ok(rows.into_iter().map(|row| (row.country, row.persons.unsigned_abs())).collect())
}

pub(crate) fn has_tried(
    conn: &mut Conn,
    incident: IncidentId,
    rung: Rung,
) -> Result<bool, StoreError> {
    let tried = chunk::open
        + chunk::accepted
        + chunk::not_accepted
        + chunk::rejected
        + chunk::in_doubt
        + chunk::reached
        + chunk::failed;
    let released = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .filter(wave::released_at.is_not_null())
        .select(wave::no);
    let chunks = chunk::table
        .filter(chunk::wave.eq_any(released))
        .filter(chunk::rung.eq(rung.code()))
        .filter(tried.gt(0));
    Ok(diesel::select(diesel::dsl::exists(chunks)).get_result(conn)?)
}

/// Targets whose attempts are folded together.
const TOGETHER: usize = 1_000;

const DOUBTED: &str = "SELECT DISTINCT o.chunk, o.pos FROM outcome o
     JOIN target t ON t.bucket = o.bucket AND t.wave = o.wave AND t.chunk = o.chunk AND t.pos = o.pos
 WHERE o.wave = $1 AND o.kind = $2 AND o.at <= $3 AND t.role IN (1, 2, 3) ORDER BY o.chunk, o.pos";

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Integer)]
    chunk: i32,
    #[diesel(sql_type = Integer)]
    pos: i32,
}

pub(crate) fn in_doubt_as_of(
    conn: &mut Conn,
    incident: IncidentId,
    at: DateTime<Utc>,
) -> Result<Vec<(WaveNo, u64)>, StoreError> {
    let mut found = Vec::new();
    for no in waves_then(conn, incident, at.into())? {
        let query = diesel::sql_query(DOUBTED)
            .bind::<Integer, _>(no)
            .bind::<SmallInt, _>(OutcomeKind::InDoubt.code())
            .bind::<Ts, _>(At::from(at));
        let places: Vec<Place> = query.load(conn)?;
        let keys: Vec<TargetKey> =
            places.iter().map(|place| target_key(no, place.chunk, place.pos)).collect();
        let mut persons = 0;
        for some in keys.chunks(TOGETHER) {
            persons += in_doubt_then(conn, some, at)?;
        }
        if persons > 0 {
            found.push((WaveNo(no), persons));
        }
    }
    Ok(found)
}

/// How many of these targets were in doubt, by the fold of what had been learnt until then.
fn in_doubt_then(
    conn: &mut Conn,
    keys: &[TargetKey],
    at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("outcome");
    let mut attempts = intents_of(conn, keys)?;
    for all in attempts.values_mut() {
        all.retain(|attempt| attempt.intent.at <= at);
    }
    for (key, event) in outcomes_of(conn, keys)?.into_iter().filter(|(_, event)| event.at <= at) {
        let attempts = attempts.get_mut(&key.target).ok_or(DAMAGED)?;
        let attempt = attempts.iter_mut().find(|one| one.key == key).ok_or(DAMAGED)?;
        let before = std::mem::replace(&mut attempt.state, AttemptState::open(&attempt.intent));
        attempt.state = before.step(&attempt.intent, &event).map_err(|_| DAMAGED)?;
    }
    let is_in_doubt =
        |views: &[AttemptView]| matches!(TargetState::of(views), TargetState::InDoubt { .. });
    let views = attempts.values().map(|all| all.iter().map(|one| one.view()).collect::<Vec<_>>());
    Ok(views.filter(|views| is_in_doubt(views)).map(|_| 1_u64).sum())
}

/// The waves that had been released.
fn waves_then(conn: &mut Conn, incident: IncidentId, at: At) -> Result<Vec<i32>, StoreError> {
    let waves = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .filter(wave::released_at.le(Some(at)))
        .order(wave::no)
        .select(wave::no);
    Ok(waves.load(conn)?)
}

fn told_count(row: &ToldRow) -> Result<ToldCount, StoreError> {
    Ok(ToldCount {
        wave: WaveNo(row.wave),
        rung: Rung::from_code(row.rung).ok_or(StoreError::Damaged("attempt"))?,
        how: terminal(row.how).ok_or(StoreError::Damaged("outcome"))?,
        persons: row.persons,
        last_act: row.last_act.into(),
        last_proof: row.last_proof.into(),
    })
}

fn terminal(code: i16) -> Option<Terminal> {
    match OutcomeKind::from_code(code)? {
        OutcomeKind::Delivered => Some(Terminal::Delivered),
        OutcomeKind::Mailed => Some(Terminal::Mailed),
        OutcomeKind::Lettered => Some(Terminal::Lettered),
        OutcomeKind::Published => Some(Terminal::Published),
        OutcomeKind::Accepted
        | OutcomeKind::NotAccepted
        | OutcomeKind::Rejected
        | OutcomeKind::InDoubt
        | OutcomeKind::Failed
        | OutcomeKind::Expired
        | OutcomeKind::Bounced
        | OutcomeKind::NotTaken => None,
    }
}

fn revisions_then(
    conn: &mut Conn,
    incident: IncidentId,
    at: At,
) -> Result<Vec<RevisionCount>, StoreError> {
    let rows: Vec<(i32, At, i64, i64)> = revision::table
        .filter(revision::incident.eq(Id::from(incident)))
        .filter(revision::state.eq(RevisionState::Ready.code()))
        .filter(revision::created_at.le(at))
        .order(revision::no)
        .select((revision::no, revision::created_at, revision::lines, revision::unresolved))
        .load(conn)?;
    let mut found = Vec::with_capacity(rows.len());
    for (no, made, lines, unresolved) in rows {
        found.push(RevisionCount {
            no: RevisionNo(no),
            at: made.into(),
            lines: lines.unsigned_abs(),
            persons: holders(conn, incident, no)?,
            unresolved: unresolved.unsigned_abs(),
        });
    }
    Ok(found)
}

/// How many people a revision concerns.
fn holders(conn: &mut Conn, incident: IncidentId, no: i32) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS persons FROM (
         SELECT DISTINCT bucket, holder FROM exposure WHERE incident = $1 AND revision = $2) h";
    let query = diesel::sql_query(sql).bind::<Uid, _>(Id::from(incident)).bind::<Integer, _>(no);
    Ok(query.get_result::<Persons>(conn)?.persons.unsigned_abs())
}
