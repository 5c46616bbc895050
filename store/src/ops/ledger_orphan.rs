//! Receipts that wait for the attempt they belong to.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, SmallInt, Text};
use simrecall_core::delivery::OutcomeKind;
use simrecall_core::id::AttemptKey;

use super::Conn;
use super::ledger_keys::by_ids;
use crate::error::StoreError;
use crate::ledger::{AttemptRecord, Look, NewOutcome, NewReceipt, SettledBy, id_bucket};
use crate::schema::orphan;
use crate::types::{At, Id, Ts, Uid};

/// A waiting receipt, and the outcome it turns out to be.
pub(crate) struct Waiting {
    row: OrphanKey,
    pub(crate) outcome: NewOutcome,
}

/// A waiting receipt's row.
#[derive(Debug, Clone, QueryableByName, Queryable)]
pub(crate) struct OrphanFields {
    #[diesel(sql_type = SmallInt)]
    bucket: i16,
    #[diesel(sql_type = Text)]
    pub(crate) route: String,
    #[diesel(sql_type = Text)]
    pub(crate) provider_id: String,
    #[diesel(sql_type = Ts)]
    at: At,
    #[diesel(sql_type = SmallInt)]
    kind: i16,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<Uid>)]
    pub(crate) destination_ix: Option<Id>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) reference: Option<i32>,
}

type OrphanKey = (i16, String, String, At, i16);

impl OrphanFields {
    /// The receipt as an outcome of the attempt it belongs to.
    pub(crate) fn settle(
        self,
        attempt: AttemptKey,
        part: i16,
        settled_by: SettledBy,
    ) -> Result<Waiting, StoreError> {
        let kind = OutcomeKind::from_code(self.kind).ok_or(StoreError::Damaged("orphan"))?;
        let outcome = NewOutcome {
            attempt,
            part,
            kind,
            at: self.at.into(),
            code: self.code,
            provider_id: Some(self.provider_id.clone()),
            settled_by,
        };
        let row = (self.bucket, self.route, self.provider_id, self.at, self.kind);
        Ok(Waiting { row, outcome })
    }
}

/// The waiting receipts that the accepts and doubts of a batch explain.
pub(crate) fn waiting_for<'a>(
    conn: &mut Conn,
    outcomes: &[NewOutcome],
    record: impl Fn(&AttemptKey) -> Option<&'a AttemptRecord>,
) -> Result<Vec<Waiting>, StoreError> {
    let explains =
        |new: &NewOutcome| matches!(new.kind, OutcomeKind::Accepted | OutcomeKind::InDoubt);
    if !outcomes.iter().any(explains) {
        return Ok(Vec::new());
    }
    // Nearly always nothing waits, and that costs one look.
    let some: Option<i16> = orphan::table.select(orphan::bucket).first(conn).optional()?;
    if some.is_none() {
        return Ok(Vec::new());
    }
    let mut found = by_accepted_id(conn, outcomes, &record)?;
    let doubts = outcomes.iter().filter(|new| new.kind == OutcomeKind::InDoubt);
    for attempt in doubts.filter_map(|new| record(&new.attempt)) {
        // With several parts nobody could say which of them the receipt speaks of.
        if attempt.intent.parts != 1 {
            continue;
        }
        for waiting in by_destination(conn, attempt)? {
            found.push(waiting.settle(attempt.key, 1, SettledBy::Reference)?);
        }
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Placed {
    #[diesel(sql_type = Integer)]
    n: i32,
    #[diesel(embed)]
    orphan: OrphanFields,
}

const ORPHANS: Look = Look {
    columns: "k.n, x.bucket, x.route, x.provider_id, x.at, x.kind, x.code, x.destination_ix, x.reference",
    table: "orphan",
    on: "x.bucket = k.bucket AND x.route = k.route AND x.provider_id = k.provider_id",
    order: "k.n, x.at",
};

fn by_accepted_id<'a>(
    conn: &mut Conn,
    outcomes: &[NewOutcome],
    record: &impl Fn(&AttemptKey) -> Option<&'a AttemptRecord>,
) -> Result<Vec<Waiting>, StoreError> {
    let accepted: Vec<(&NewOutcome, &str, &str)> = outcomes
        .iter()
        .filter(|new| new.kind == OutcomeKind::Accepted)
        .filter_map(|new| {
            let route = &record(&new.attempt)?.route;
            Some((new, route.as_str(), new.provider_id.as_deref()?))
        })
        .collect();
    let ids: Vec<(i16, &str, &str)> =
        accepted.iter().map(|(_, route, id)| (id_bucket(route, id).get(), *route, *id)).collect();
    let rows: Vec<Placed> = by_ids(conn, &ORPHANS, &ids)?;
    rows.into_iter()
        .map(|row| {
            let place = usize::try_from(row.n).ok().and_then(|n| accepted.get(n));
            let (new, _, _) = place.ok_or(StoreError::Damaged("orphan"))?;
            row.orphan.settle(new.attempt, new.part, SettledBy::Receipt)
        })
        .collect()
}

fn by_destination(
    conn: &mut Conn,
    attempt: &AttemptRecord,
) -> Result<Vec<OrphanFields>, StoreError> {
    let Some(destination) = attempt.destination else {
        return Ok(Vec::new());
    };
    let rows = orphan::table
        .filter(orphan::destination_ix.eq(Some(Id(destination))))
        .filter(orphan::reference.eq(Some(i32::from(attempt.key.short_reference()))))
        .filter(orphan::route.eq(&attempt.route))
        .order(orphan::at)
        .select(columns())
        .load(conn)?;
    Ok(rows)
}

/// The oldest receipts that wait on a route.
pub(crate) fn oldest(
    conn: &mut Conn,
    route: &str,
    limit: i64,
) -> Result<Vec<OrphanFields>, StoreError> {
    let rows = orphan::table
        .filter(orphan::route.eq(route))
        .order(orphan::at)
        .limit(limit)
        .select(columns())
        .load(conn)?;
    Ok(rows)
}

type Columns = (
    orphan::bucket,
    orphan::route,
    orphan::provider_id,
    orphan::at,
    orphan::kind,
    orphan::code,
    orphan::destination_ix,
    orphan::reference,
);

const fn columns() -> Columns {
    (
        orphan::bucket,
        orphan::route,
        orphan::provider_id,
        orphan::at,
        orphan::kind,
        orphan::code,
        orphan::destination_ix,
        orphan::reference,
    )
}

#[derive(Insertable)]
#[diesel(table_name = orphan, treat_none_as_default_value = false)]
struct OrphanRow<'a> {
    bucket: i16,
    route: &'a str,
    provider_id: &'a str,
    at: At,
    kind: i16,
    code: Option<String>,
    destination_ix: Option<Id>,
    reference: Option<i32>,
    sealed: &'a [u8],
}

/// Puts receipts that match nothing aside. One that waits already is left as it is.
pub(crate) fn put(
    conn: &mut Conn,
    route: &str,
    receipts: &[&NewReceipt],
) -> Result<(), StoreError> {
    let rows: Vec<OrphanRow<'_>> = receipts
        .iter()
        .map(|new| OrphanRow {
            bucket: id_bucket(route, &new.provider_id).get(),
            route,
            provider_id: &new.provider_id,
            at: At::from(new.at),
            kind: new.kind.code(),
            code: new.code.clone(),
            destination_ix: new.destination.map(Id),
            reference: new.reference.map(i32::from),
            sealed: &new.sealed,
        })
        .collect();
    for some in rows.chunks(1_000) {
        diesel::insert_into(orphan::table).values(some).on_conflict_do_nothing().execute(conn)?;
    }
    Ok(())
}

/// Takes receipts that matched away.
pub(crate) fn remove(conn: &mut Conn, matched: &[Waiting]) -> Result<(), StoreError> {
    for waiting in matched {
        let (bucket, route, id, at, kind) = &waiting.row;
        let row = (*bucket, route.as_str(), id.as_str(), *at, *kind);
        diesel::delete(orphan::table.find(row)).execute(conn)?;
    }
    Ok(())
}
