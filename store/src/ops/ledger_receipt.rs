//! Queries that bring receipts to their attempts.

use diesel::prelude::*;
use diesel::sql_types::{Integer, SmallInt};
use simrecall_core::id::{AttemptKey, TargetKey};

use super::Conn;
use super::ledger_commit::commit_outcomes;
use super::ledger_keys::by_ids;
use super::ledger_orphan::{self, OrphanFields, Waiting};
use super::ledger_read::{intents_of, target_key};
use super::ledger_settle::Settling;
use super::ledger_wave::raise_mark;
use crate::error::StoreError;
use crate::ledger::{
    Committed, Look, NewOutcome, NewReceipt, ReceiptFate, Recent, SettledBy, SubmissionMatch,
    id_bucket,
};
use crate::schema::{doubt, orphan};
use crate::types::Id;

pub(crate) fn commit_receipts(
    conn: &mut Conn,
    route: &str,
    receipts: &[NewReceipt],
) -> Result<Vec<ReceiptFate>, StoreError> {
    let mark = raise_mark(conn)?;
    let nothing = Recent::default();
    let mut settling = Settling::begin(&nothing, mark);
    let fates = hear_receipts(conn, &mut settling, route, receipts)?;
    settling.write(conn)?;
    Ok(fates)
}

/// Takes receipts in, in the order given, as part of a batch that may have heard of what they are about.
pub(crate) fn hear_receipts(
    conn: &mut Conn,
    settling: &mut Settling<'_>,
    route: &str,
    receipts: &[NewReceipt],
) -> Result<Vec<ReceiptFate>, StoreError> {
    // A receipt may be about one of them, which is found by its row.
    if settling.has_new_doubts() {
        settling.write(conn)?;
    }
    let mut outcomes = Vec::with_capacity(receipts.len());
    let mut unmatched = Vec::new();
    let mut fates: Vec<bool> = Vec::with_capacity(receipts.len());
    for (receipt, found) in receipts.iter().zip(matches_of(conn, settling, route, receipts)?) {
        let outcome = match found {
            Some(found) => Some(outcome_of(receipt, found, SettledBy::Receipt)),
            None => by_reference(conn, route, receipt)?
                .map(|found| outcome_of(receipt, found, SettledBy::Reference)),
        };
        fates.push(outcome.is_some());
        match outcome {
            Some(outcome) => outcomes.push(outcome),
            None => unmatched.push(receipt),
        }
    }
    ledger_orphan::put(conn, route, &unmatched)?;
    let mut applied = settling.hear(conn, &outcomes)?.into_iter();
    let fate = |is_matched: bool| {
        let outcome = is_matched.then(|| applied.next()).flatten();
        outcome.map_or(ReceiptFate::Waits, ReceiptFate::Applied)
    };
    Ok(fates.into_iter().map(fate).collect())
}

/// The attempts receipts belong to, by their ids; only of those that are not remembered the database is asked.
fn matches_of(
    conn: &mut Conn,
    settling: &Settling<'_>,
    route: &str,
    receipts: &[NewReceipt],
) -> Result<Vec<Option<SubmissionMatch>>, StoreError> {
    let remembered = receipts.iter().map(|new| settling.by_id(route, &new.provider_id));
    let mut found: Vec<Option<SubmissionMatch>> = remembered.collect();
    let (places, ids): (Vec<_>, Vec<&str>) = found
        .iter_mut()
        .zip(receipts)
        .filter(|(found, _)| found.is_none())
        .map(|(place, new)| (place, new.provider_id.as_str()))
        .unzip();
    let read = match_receipts(conn, route, &ids)?;
    for (place, read) in places.into_iter().zip(read) {
        *place = read;
    }
    Ok(found)
}

fn outcome_of(receipt: &NewReceipt, found: SubmissionMatch, settled_by: SettledBy) -> NewOutcome {
    NewOutcome {
        attempt: found.attempt,
        part: found.part,
        kind: receipt.kind,
        at: receipt.at,
        code: receipt.code.clone(),
        provider_id: Some(receipt.provider_id.clone()),
        settled_by,
    }
}

/// An attempt in doubt that went to the receipt's destination with the reference it echoes, if there is exactly one.
fn by_reference(
    conn: &mut Conn,
    route: &str,
    receipt: &NewReceipt,
) -> Result<Option<SubmissionMatch>, StoreError> {
    let (Some(destination), Some(reference)) = (receipt.destination, receipt.reference) else {
        return Ok(None);
    };
    let found = find_doubt(conn, route, destination, reference)?;
    only_whole(conn, &found)
}

/// The one attempt, if it is one and of one part: with several nobody could say which of them a receipt speaks of.
fn only_whole(
    conn: &mut Conn,
    attempts: &[AttemptKey],
) -> Result<Option<SubmissionMatch>, StoreError> {
    let [attempt] = attempts else {
        return Ok(None);
    };
    let intents = intents_of(conn, &[attempt.target])?;
    let is_whole =
        intents.values().flatten().any(|record| record.key == *attempt && record.intent.parts == 1);
    Ok(is_whole.then_some(SubmissionMatch { attempt: *attempt, part: 1 }))
}

#[derive(QueryableByName)]
struct Matched {
    #[diesel(sql_type = Integer)]
    n: i32,
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
}

const SUBMISSIONS: Look = Look {
    columns: "k.n, x.wave, x.chunk, x.pos, x.try_no, x.part",
    table: "submission",
    on: "x.bucket = k.bucket AND x.route = k.route AND x.provider_id = k.provider_id",
    order: "k.n, x.at, x.wave, x.chunk, x.pos, x.try_no, x.part",
};

pub(crate) fn match_receipts(
    conn: &mut Conn,
    route: &str,
    ids: &[&str],
) -> Result<Vec<Option<SubmissionMatch>>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<(i16, &str, &str)> =
        ids.iter().map(|id| (id_bucket(route, id).get(), route, *id)).collect();
    let mut found = vec![None; ids.len()];
    // The newest comes last and overwrites the others.
    for row in by_ids::<Matched>(conn, &SUBMISSIONS, &keys)? {
        let target = target_key(row.wave, row.chunk, row.pos);
        let attempt = AttemptKey { target, try_no: row.try_no };
        if let Some(place) = usize::try_from(row.n).ok().and_then(|n| found.get_mut(n)) {
            *place = Some(SubmissionMatch { attempt, part: row.part });
        }
    }
    Ok(found)
}

pub(crate) fn find_doubt(
    conn: &mut Conn,
    route: &str,
    destination: [u8; 16],
    reference: u16,
) -> Result<Vec<AttemptKey>, StoreError> {
    let rows: Vec<(i32, i32, i32, i16)> = doubt::table
        .filter(doubt::destination_ix.eq(Id(destination)))
        .filter(doubt::reference.eq(i32::from(reference)))
        .filter(doubt::route.eq(route))
        .order((doubt::at, doubt::wave, doubt::chunk, doubt::pos, doubt::try_no))
        .select((doubt::wave, doubt::chunk, doubt::pos, doubt::try_no))
        .load(conn)?;
    let key = |(wave, chunk, pos, try_no)| {
        let target: TargetKey = target_key(wave, chunk, pos);
        AttemptKey { target, try_no }
    };
    Ok(rows.into_iter().map(key).collect())
}

pub(crate) fn rematch_orphans(
    conn: &mut Conn,
    route: &str,
    limit: i64,
) -> Result<Committed, StoreError> {
    let waiting = ledger_orphan::oldest(conn, route, limit)?;
    let ids: Vec<&str> = waiting.iter().map(|row| row.provider_id.as_str()).collect();
    let matches = match_receipts(conn, route, &ids)?;
    let mut settled: Vec<Waiting> = Vec::new();
    for (row, found) in waiting.into_iter().zip(matches) {
        let (found, settled_by) = match found {
            Some(found) => (Some(found), SettledBy::Receipt),
            None => (doubt_of(conn, &row)?, SettledBy::Reference),
        };
        if let Some(found) = found {
            settled.push(row.settle(found.attempt, found.part, settled_by)?);
        }
    }
    ledger_orphan::remove(conn, &settled)?;
    let outcomes: Vec<NewOutcome> = settled.into_iter().map(|waiting| waiting.outcome).collect();
    if outcomes.is_empty() {
        return Ok(Committed { mark: raise_mark(conn)?, applied: Vec::new() });
    }
    commit_outcomes(conn, &outcomes)
}

fn doubt_of(conn: &mut Conn, row: &OrphanFields) -> Result<Option<SubmissionMatch>, StoreError> {
    let (Some(Id(destination)), Some(reference)) = (row.destination_ix, row.reference) else {
        return Ok(None);
    };
    let reference = u16::try_from(reference).map_err(|_| StoreError::Damaged("orphan"))?;
    let found = find_doubt(conn, &row.route, destination, reference)?;
    only_whole(conn, &found)
}

pub(crate) fn orphans(conn: &mut Conn, route: &str) -> Result<i64, StoreError> {
    Ok(orphan::table.filter(orphan::route.eq(route)).count().get_result(conn)?)
}

pub(crate) fn doubts(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(doubt::table.count().get_result(conn)?)
}
