//! Queries on revisions and exposures.

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use simrecall_core::cohort::{Diff, Exposure};
use simrecall_core::id::{IncidentId, LineId, RevisionNo, SubscriberId};

use super::ledger_keys::by_lines;
use super::{Conn, lock_until_commit};
use crate::bucket::BucketRange;
use crate::cohort::{
    ExposureOf, ExposureRow, Half, NewRevision, Revision, RevisionContent, RevisionRow,
    RevisionState,
};
use crate::error::StoreError;
use crate::ledger::Look;
use crate::schema::{derivation, evidence_verdict, exposure, revision};
use crate::types::{At, Id, Ts, Uid};

const DRAFT: i16 = RevisionState::Draft.code();
const READY: i16 = RevisionState::Ready.code();

pub(crate) fn begin_revision(conn: &mut Conn, new: &NewRevision) -> Result<RevisionNo, StoreError> {
    lock_until_commit(conn, "revision")?;
    let incident = Id::from(new.incident);
    let last: Option<i32> = revision::table
        .filter(revision::incident.eq(incident))
        .select(max(revision::no))
        .first(conn)?;
    let row = RevisionRow {
        incident,
        no: last.unwrap_or(0) + 1,
        snapshot: new.snapshot.0,
        sha256: None,
        lines: 0,
        unresolved: 0,
        provenance: new.provenance.clone(),
        data_cutoff: new.data_cutoff.into(),
        created_at: new.created_at.into(),
        state: DRAFT,
    };
    diesel::insert_into(revision::table).values(&row).execute(conn)?;
    Ok(RevisionNo(row.no))
}

pub(crate) fn finish_revision(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    content: &RevisionContent,
) -> Result<(), StoreError> {
    if count_exposures(conn, incident, no)? != content.lines {
        return Err(StoreError::State("the draft revision changed after it was hashed"));
    }
    let draft = revision::table.find((Id::from(incident), no.0)).filter(revision::state.eq(DRAFT));
    let finished = diesel::update(draft)
        .set((
            revision::sha256.eq(Some(content.hash.0.to_vec())),
            revision::lines.eq(i64::try_from(content.lines).unwrap_or(i64::MAX)),
            revision::unresolved.eq(i64::try_from(content.unresolved).unwrap_or(i64::MAX)),
            revision::state.eq(READY),
        ))
        .execute(conn)?;
    if finished == 1 { Ok(()) } else { Err(StoreError::NotFound("draft revision")) }
}

pub(crate) fn revision(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
) -> Result<Option<Revision>, StoreError> {
    let row: Option<RevisionRow> =
        revision::table.find((Id::from(incident), no.0)).first(conn).optional()?;
    row.map(Revision::try_from).transpose()
}

pub(crate) fn latest_revision(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Option<Revision>, StoreError> {
    let row: Option<RevisionRow> = revision::table
        .filter(revision::incident.eq(Id::from(incident)).and(revision::state.eq(READY)))
        .order(revision::no.desc())
        .first(conn)
        .optional()?;
    row.map(Revision::try_from).transpose()
}

pub(crate) fn revisions(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Revision>, StoreError> {
    let rows: Vec<RevisionRow> = revision::table
        .filter(revision::incident.eq(Id::from(incident)))
        .order(revision::no)
        .load(conn)?;
    rows.into_iter().map(Revision::try_from).collect()
}

pub(crate) fn put_exposures(conn: &mut Conn, rows: &[ExposureRow]) -> Result<(), StoreError> {
    bulk!(conn, exposure::table, rows, 9);
    Ok(())
}

/// The exposures of a revision in a range of buckets.
macro_rules! within {
    ($incident:expr, $no:expr, $range:expr) => {
        exposure::table
            .filter(exposure::bucket.between($range.first(), $range.last()))
            .filter(exposure::incident.eq(Id::from($incident)))
            .filter(exposure::revision.eq($no.0))
    };
}

const COLUMNS: (
    exposure::holder,
    exposure::line,
    exposure::possible,
    exposure::confirmed,
    exposure::exposed_at,
) = (
    exposure::holder,
    exposure::line,
    exposure::possible,
    exposure::confirmed,
    exposure::exposed_at,
);

type Columns = (Id, Id, i32, i32, At);

pub(crate) fn exposures_in(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    range: BucketRange,
) -> Result<Vec<Exposure>, StoreError> {
    let rows: Vec<Columns> = within!(incident, no, range).select(COLUMNS).load(conn)?;
    in_order(rows)
}

pub(crate) fn exposures_in_half(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    range: BucketRange,
    half: Half,
) -> Result<Vec<Exposure>, StoreError> {
    let all = within!(incident, no, range).select(COLUMNS);
    let rows: Vec<Columns> = match half {
        Half::Lower => all.filter(exposure::holder.lt(Half::MIDDLE)).load(conn)?,
        Half::Upper => all.filter(exposure::holder.ge(Half::MIDDLE)).load(conn)?,
    };
    in_order(rows)
}

pub(crate) fn exposures_of(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    holder: SubscriberId,
) -> Result<Vec<Exposure>, StoreError> {
    let rows: Vec<Columns> = within!(incident, no, BucketRange::one(holder.bucket()))
        .filter(exposure::holder.eq(Id::from(holder)))
        .select(COLUMNS)
        .load(conn)?;
    in_order(rows)
}

/// Lines bound to one statement.
const LINES: usize = 1_000;

#[derive(QueryableByName)]
struct FactsRow {
    #[diesel(sql_type = Uid)]
    holder: Id,
    #[diesel(sql_type = Uid)]
    line: Id,
    #[diesel(sql_type = Integer)]
    possible: i32,
    #[diesel(sql_type = Integer)]
    confirmed: i32,
    #[diesel(sql_type = Ts)]
    exposed_at: At,
}

pub(crate) const BY_LINE: Look = Look {
    columns: "x.holder, x.line, x.possible, x.confirmed, x.exposed_at",
    table: "exposure",
    on: "x.bucket = k.bucket AND x.incident = k.incident AND x.revision = k.number
         AND x.holder = k.holder AND x.line = k.line",
    order: "x.holder, x.line",
};

pub(crate) fn exposures_at(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    lines: &[(SubscriberId, LineId)],
) -> Result<Vec<Exposure>, StoreError> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines.dedup();
    let mut found: Vec<Columns> = Vec::with_capacity(lines.len());
    for some in lines.chunks(LINES) {
        let rows: Vec<FactsRow> = by_lines(conn, &BY_LINE, (incident.into(), no.0), some)?;
        let columns =
            |row: FactsRow| (row.holder, row.line, row.possible, row.confirmed, row.exposed_at);
        found.extend(rows.into_iter().map(columns));
    }
    in_order(found)
}

pub(crate) fn sealed_exposure(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    holder: SubscriberId,
    line: LineId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sealed: Option<Option<Vec<u8>>> = within!(incident, no, BucketRange::one(holder.bucket()))
        .filter(exposure::holder.eq(Id::from(holder)))
        .filter(exposure::line.eq(Id::from(line)))
        .select(exposure::sealed)
        .first(conn)
        .optional()?;
    Ok(sealed.flatten())
}

pub(crate) fn drop_exposures(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    range: BucketRange,
) -> Result<u64, StoreError> {
    let dropped = diesel::delete(within!(incident, no, range)).execute(conn)?;
    Ok(u64::try_from(dropped).unwrap_or(u64::MAX))
}

pub(crate) fn drop_revision(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
) -> Result<bool, StoreError> {
    let key = (Id::from(incident), no.0);
    let verdicts = evidence_verdict::table
        .filter(evidence_verdict::incident.eq(key.0).and(evidence_verdict::revision.eq(key.1)));
    diesel::delete(verdicts).execute(conn)?;
    diesel::delete(derivation::table.find(key)).execute(conn)?;
    let draft = revision::table.find(key).filter(revision::state.eq(DRAFT));
    Ok(diesel::delete(draft).execute(conn)? == 1)
}

pub(crate) fn count_exposures(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
) -> Result<u64, StoreError> {
    let rows: i64 = within!(incident, no, BucketRange::ALL).count().get_result(conn)?;
    Ok(rows.unsigned_abs())
}

#[derive(QueryableByName)]
struct Compared {
    #[diesel(sql_type = BigInt)]
    both: i64,
    #[diesel(sql_type = BigInt)]
    same: i64,
    #[diesel(sql_type = BigInt)]
    newer: i64,
    #[diesel(sql_type = BigInt)]
    older: i64,
}

/// Parameters are numbered in order of appearance, which both databases understand alike.
const COMPARE: &str = "
    SELECT count(o.line) AS both,
           count(CASE WHEN o.possible = n.possible AND o.confirmed = n.confirmed THEN 1 END) AS same,
           count(*) AS newer,
           (SELECT count(*) FROM exposure WHERE incident = $1 AND revision = $2) AS older
    FROM exposure n
    LEFT JOIN exposure o ON o.bucket = n.bucket AND o.incident = n.incident AND o.revision = $2
                        AND o.holder = n.holder AND o.line = n.line
    WHERE n.incident = $1 AND n.revision = $3";

pub(crate) fn diff(
    conn: &mut Conn,
    incident: IncidentId,
    from: RevisionNo,
    to: RevisionNo,
) -> Result<Diff, StoreError> {
    let found: Compared = diesel::sql_query(COMPARE)
        .bind::<Uid, _>(Id::from(incident))
        .bind::<Integer, _>(from.0)
        .bind::<Integer, _>(to.0)
        .get_result(conn)?;
    Ok(Diff {
        added: (found.newer - found.both).unsigned_abs(),
        removed: (found.older - found.both).unsigned_abs(),
        changed: (found.both - found.same).unsigned_abs(),
        unchanged: found.same.unsigned_abs(),
    })
}

fn in_order(rows: Vec<Columns>) -> Result<Vec<Exposure>, StoreError> {
    let read: Result<Vec<_>, _> =
        rows.into_iter().map(|row| ExposureOf::try_from(row).map(|of| of.0)).collect();
    let mut exposures = read?;
    exposures.sort_unstable_by_key(|exposure| (exposure.holder, exposure.line));
    Ok(exposures)
}
