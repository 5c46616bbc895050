//! Queries on registry snapshots.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::Nullable;
use simrecall_core::id::{IncidentId, LineId, SnapshotNo, SubscriberId};

use super::ledger_keys::by_keys;
use super::{Conn, lock_until_commit};
use crate::bucket::BucketRange;
use crate::error::StoreError;
use crate::ledger::Look;
use crate::registry::{
    HeldNumber, Holding, KeyedHolding, LineKey, LineRow, SealedLine, SealedParty, SealedSubscriber,
    Snapshot, SnapshotContent, SnapshotRow, SnapshotState, SubscriberRow,
};
use crate::schema::{line, registry_snapshot, subscriber};
use crate::types::{At, Id, Ts, Uid};

/// Ids bound to one statement.
const IDS: usize = 1_000;
/// The same where a bucket and an id are looked up together: PostgreSQL tries every pair of the two lists.
const PAIRS: usize = 100;

pub(crate) fn begin_snapshot(
    conn: &mut Conn,
    incident: IncidentId,
    as_of: DateTime<Utc>,
) -> Result<SnapshotNo, StoreError> {
    lock_until_commit(conn, "registry_snapshot")?;
    let incident = Id::from(incident);
    let last: Option<i32> = registry_snapshot::table
        .filter(registry_snapshot::incident.eq(incident))
        .select(max(registry_snapshot::no))
        .first(conn)?;
    let no = last.unwrap_or(0) + 1;
    let row = SnapshotRow {
        incident,
        no,
        as_of: as_of.into(),
        sha256: None,
        subscribers: 0,
        lines: 0,
        state: SnapshotState::Draft.code(),
    };
    diesel::insert_into(registry_snapshot::table).values(row).execute(conn)?;
    Ok(SnapshotNo(no))
}

pub(crate) fn finish_snapshot(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    content: &SnapshotContent,
) -> Result<(), StoreError> {
    if count_registry(conn, incident, no)? != (content.subscribers, content.lines) {
        return Err(StoreError::State("the draft snapshot does not hold what was loaded"));
    }
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    let draft = registry_snapshot::table
        .find((Id::from(incident), no.0))
        .filter(registry_snapshot::state.eq(SnapshotState::Draft.code()));
    let finished = diesel::update(draft)
        .set((
            registry_snapshot::sha256.eq(Some(content.sha256.to_vec())),
            registry_snapshot::subscribers.eq(count(content.subscribers)),
            registry_snapshot::lines.eq(count(content.lines)),
            registry_snapshot::state.eq(SnapshotState::Ready.code()),
        ))
        .execute(conn)?;
    if finished == 1 { Ok(()) } else { Err(StoreError::NotFound("draft snapshot")) }
}

pub(crate) fn snapshot(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
) -> Result<Option<Snapshot>, StoreError> {
    let row: Option<SnapshotRow> =
        registry_snapshot::table.find((Id::from(incident), no.0)).first(conn).optional()?;
    row.map(Snapshot::try_from).transpose()
}

pub(crate) fn latest_snapshot(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Option<Snapshot>, StoreError> {
    let row: Option<SnapshotRow> = registry_snapshot::table
        .filter(registry_snapshot::incident.eq(Id::from(incident)))
        .filter(registry_snapshot::state.eq(SnapshotState::Ready.code()))
        .order(registry_snapshot::no.desc())
        .first(conn)
        .optional()?;
    row.map(Snapshot::try_from).transpose()
}

pub(crate) fn snapshots(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Snapshot>, StoreError> {
    let rows: Vec<SnapshotRow> = registry_snapshot::table
        .filter(registry_snapshot::incident.eq(Id::from(incident)))
        .order(registry_snapshot::no)
        .load(conn)?;
    rows.into_iter().map(Snapshot::try_from).collect()
}

pub(crate) fn holders_of(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    lines: &[LineId],
) -> Result<Vec<Holding>, StoreError> {
    let held = numbers_of(conn, incident, no, lines)?;
    Ok(held.into_iter().map(|held| held.holding).collect())
}

/// A period of a line, found by a key.
#[derive(QueryableByName)]
struct Period {
    #[diesel(sql_type = Uid)]
    key: Id,
    #[diesel(sql_type = Uid)]
    line: Id,
    #[diesel(sql_type = Uid)]
    holder: Id,
    #[diesel(sql_type = Ts)]
    held_from: At,
    #[diesel(sql_type = Nullable<Ts>)]
    held_to: Option<At>,
    #[diesel(sql_type = Uid)]
    msisdn: Id,
}

const PERIOD: &str = "k.key, x.line, x.holder, x.held_from, x.held_to, x.msisdn_ix AS msisdn";
const IN_ORDER: &str = "k.key, x.held_from, x.holder, x.line";

pub(crate) const BY_LINE: Look = Look {
    columns: PERIOD,
    table: "line",
    on: "x.incident = k.incident AND x.snapshot = k.number AND x.line = k.key",
    order: IN_ORDER,
};
// In a CASE: as plain conditions, statistics that are missing or older than the snapshot make both databases take the index on
// incident, snapshot and line, and read the whole snapshot for each key.
pub(crate) const BY_IMSI: Look = Look {
    columns: PERIOD,
    table: "line",
    on: "x.imsi_ix = k.key
         AND CASE WHEN x.incident = k.incident AND x.snapshot = k.number THEN 1 END = 1",
    order: IN_ORDER,
};
pub(crate) const BY_MSISDN: Look = Look {
    columns: PERIOD,
    table: "line",
    on: "x.msisdn_ix = k.key
         AND CASE WHEN x.incident = k.incident AND x.snapshot = k.number THEN 1 END = 1",
    order: IN_ORDER,
};

pub(crate) fn numbers_of(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    lines: &[LineId],
) -> Result<Vec<HeldNumber>, StoreError> {
    let keys = lines.iter().map(|line| Id::from(*line)).collect();
    let periods = periods(conn, &BY_LINE, (incident, no), keys)?;
    let held = |of: &Period| HeldNumber { holding: of.holding(), msisdn: of.msisdn.0 };
    Ok(periods.iter().map(held).collect())
}

pub(crate) fn holdings_by_imsi(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    keys: &[[u8; 16]],
) -> Result<Vec<KeyedHolding>, StoreError> {
    keyed(conn, &BY_IMSI, (incident, no), keys)
}

pub(crate) fn holdings_by_msisdn(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    keys: &[[u8; 16]],
) -> Result<Vec<KeyedHolding>, StoreError> {
    keyed(conn, &BY_MSISDN, (incident, no), keys)
}

fn keyed(
    conn: &mut Conn,
    look: &Look,
    snapshot: (IncidentId, SnapshotNo),
    keys: &[[u8; 16]],
) -> Result<Vec<KeyedHolding>, StoreError> {
    let keys = keys.iter().copied().map(Id).collect();
    let held =
        |of: &Period| KeyedHolding { key: of.key.0, holding: of.holding(), msisdn: of.msisdn.0 };
    Ok(periods(conn, look, snapshot, keys)?.iter().map(held).collect())
}

/// Keys in order and once each, so that rows come in order and the index is walked one way.
fn periods(
    conn: &mut Conn,
    look: &Look,
    (incident, no): (IncidentId, SnapshotNo),
    mut keys: Vec<Id>,
) -> Result<Vec<Period>, StoreError> {
    keys.sort_unstable();
    keys.dedup();
    let mut found = Vec::with_capacity(keys.len());
    for some in keys.chunks(IDS) {
        let mut rows = by_keys(conn, look, (incident.into(), no.0), some)?;
        found.append(&mut rows);
    }
    Ok(found)
}

impl Period {
    fn holding(&self) -> Holding {
        Holding {
            line: self.line.into(),
            holder: self.holder.into(),
            held_from: self.held_from.into(),
            held_to: self.held_to.map(DateTime::from),
        }
    }
}

/// The rows of a snapshot in a range of buckets.
macro_rules! within {
    ($table:ident, $incident:expr, $no:expr, $range:expr) => {
        $table::table
            .filter($table::bucket.between($range.first(), $range.last()))
            .filter($table::incident.eq(Id::from($incident)))
            .filter($table::snapshot.eq($no.0))
    };
}

pub(crate) fn subscribers_in(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    range: BucketRange,
) -> Result<Vec<SealedSubscriber>, StoreError> {
    let rows: Vec<SubscriberRow> = within!(subscriber, incident, no, range).load(conn)?;
    closed_subscribers(rows)
}

pub(crate) fn lines_of_holders_in(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    range: BucketRange,
) -> Result<Vec<SealedLine>, StoreError> {
    let rows: Vec<LineRow> = within!(line, incident, no, range).load(conn)?;
    closed_lines(rows)
}

pub(crate) fn parties(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    ids: &[SubscriberId],
) -> Result<Vec<SealedParty>, StoreError> {
    let mut parties = BTreeMap::new();
    for some in ids.chunks(PAIRS) {
        let buckets: Vec<i16> = some.iter().map(|id| id.bucket().get()).collect();
        let these: Vec<Id> = some.iter().map(|id| Id::from(*id)).collect();
        let rows: Vec<SubscriberRow> = subscriber::table
            .filter(subscriber::bucket.eq_any(&buckets))
            .filter(subscriber::incident.eq(Id::from(incident)))
            .filter(subscriber::snapshot.eq(no.0).and(subscriber::id.eq_any(&these)))
            .load(conn)?;
        for subscriber in closed_subscribers(rows)? {
            parties.insert(subscriber.id, SealedParty { subscriber, lines: Vec::new() });
        }
        let rows: Vec<LineRow> = line::table
            .filter(line::bucket.eq_any(&buckets))
            .filter(line::incident.eq(Id::from(incident)))
            .filter(line::snapshot.eq(no.0).and(line::holder.eq_any(&these)))
            .load(conn)?;
        for held in closed_lines(rows)? {
            if let Some(party) = parties.get_mut(&held.holding.holder) {
                party.lines.push(held);
            }
        }
    }
    Ok(parties.into_values().collect())
}

pub(crate) fn find_lines(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    key: LineKey,
) -> Result<Vec<SealedLine>, StoreError> {
    let all =
        line::table.filter(line::incident.eq(Id::from(incident)).and(line::snapshot.eq(no.0)));
    let rows: Vec<LineRow> = match key {
        LineKey::Msisdn(blind) => all.filter(line::msisdn_ix.eq(Id(blind))).load(conn)?,
        LineKey::Imsi(blind) => all.filter(line::imsi_ix.eq(Id(blind))).load(conn)?,
        LineKey::Iccid(blind) => all.filter(line::iccid_ix.eq(Id(blind))).load(conn)?,
    };
    closed_lines(rows)
}

pub(crate) fn put_subscribers(conn: &mut Conn, rows: &[SubscriberRow]) -> Result<(), StoreError> {
    bulk!(conn, subscriber::table, rows, 11);
    Ok(())
}

pub(crate) fn put_lines(conn: &mut Conn, rows: &[LineRow]) -> Result<(), StoreError> {
    bulk!(conn, line::table, rows, 12);
    Ok(())
}

/// Subscribers and lines in a snapshot.
pub(crate) fn count_registry(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
) -> Result<(u64, u64), StoreError> {
    let all = BucketRange::ALL;
    let subscribers: i64 = within!(subscriber, incident, no, all).count().get_result(conn)?;
    let lines: i64 = within!(line, incident, no, all).count().get_result(conn)?;
    Ok((subscribers.unsigned_abs(), lines.unsigned_abs()))
}

pub(crate) fn drop_registry(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
    range: BucketRange,
) -> Result<(), StoreError> {
    diesel::delete(within!(line, incident, no, range)).execute(conn)?;
    diesel::delete(within!(subscriber, incident, no, range)).execute(conn)?;
    Ok(())
}

pub(crate) fn drop_snapshot(
    conn: &mut Conn,
    incident: IncidentId,
    no: SnapshotNo,
) -> Result<bool, StoreError> {
    let draft = registry_snapshot::table
        .find((Id::from(incident), no.0))
        .filter(registry_snapshot::state.eq(SnapshotState::Draft.code()));
    Ok(diesel::delete(draft).execute(conn)? == 1)
}

fn closed_subscribers(rows: Vec<SubscriberRow>) -> Result<Vec<SealedSubscriber>, StoreError> {
    let read: Result<Vec<_>, _> = rows.into_iter().map(SealedSubscriber::try_from).collect();
    let mut subscribers = read?;
    subscribers.sort_unstable_by_key(|subscriber| subscriber.id);
    Ok(subscribers)
}

fn closed_lines(rows: Vec<LineRow>) -> Result<Vec<SealedLine>, StoreError> {
    let read: Result<Vec<_>, _> = rows.into_iter().map(SealedLine::try_from).collect();
    let mut lines = read?;
    lines.sort_unstable_by_key(|held| {
        (held.holding.holder, held.holding.line, held.holding.held_from)
    });
    Ok(lines)
}
