//! Queries on proofs.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{CaseId, IncidentId, LineId};

use super::Conn;
use super::replacement::lock_case_row;
use crate::error::StoreError;
use crate::proof::{CaseProof, ProofKind};
use crate::schema::{proof, replacement_case};
use crate::types::{At, Id};

pub(crate) fn add_case_proof(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
    new: &CaseProof,
) -> Result<i32, StoreError> {
    lock_case_row(conn, incident, case)?;
    let last = case_proofs(conn, incident, case)?.last().map_or(0, |proof| proof.no);
    diesel::insert_into(proof::table)
        .values((
            proof::incident.eq(Id::from(incident)),
            proof::case_id.eq(Id::from(case)),
            proof::no.eq(last + 1),
            proof::kind.eq(new.kind.code()),
            proof::passed.eq(new.passed),
            proof::by_staff.eq(new.by.map(Id::from)),
            proof::made_at.eq(At::from(new.made_at)),
            proof::terminal.eq(new.terminal.map(Id::from)),
            proof::agency.eq(new.agency.map(Id::from)),
        ))
        .execute(conn)?;
    Ok(last + 1)
}

pub(crate) fn failed_proofs(
    conn: &mut Conn,
    incident: IncidentId,
    line: LineId,
    since: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let cases: Vec<Id> = replacement_case::table
        .filter(replacement_case::bucket.eq(line.bucket().get()))
        .filter(replacement_case::incident.eq(Id::from(incident)))
        .filter(replacement_case::line.eq(Id::from(line)))
        .select(replacement_case::id)
        .load(conn)?;
    let failed = proof::table
        .filter(proof::incident.eq(Id::from(incident)))
        .filter(proof::case_id.eq_any(cases))
        .filter(proof::passed.eq(false))
        .filter(proof::made_at.ge(At::from(since)));
    Ok(failed.count().get_result(conn)?)
}

pub(crate) fn case_proofs(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
) -> Result<Vec<CaseProof>, StoreError> {
    type Row = (i32, i16, bool, Option<Id>, At, Option<At>, Option<Id>, Option<Id>);
    let rows: Vec<Row> = proof::table
        .filter(proof::incident.eq(Id::from(incident)))
        .filter(proof::case_id.eq(Id::from(case)))
        .order(proof::no)
        .select((
            proof::no,
            proof::kind,
            proof::passed,
            proof::by_staff,
            proof::made_at,
            proof::used_at,
            proof::terminal,
            proof::agency,
        ))
        .load(conn)?;
    let read = |(no, kind, passed, by, made_at, used_at, terminal, agency): Row| {
        Ok(CaseProof {
            no,
            kind: ProofKind::from_code(kind).ok_or(StoreError::Damaged("proof"))?,
            passed,
            by: by.map(Into::into),
            terminal: terminal.map(Into::into),
            agency: agency.map(Into::into),
            made_at: made_at.into(),
            used_at: used_at.map(Into::into),
        })
    };
    rows.into_iter().map(read).collect()
}

#[expect(clippy::too_many_arguments, reason = "each says which row, or under which condition")]
pub(crate) fn use_case_proofs(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
    kinds: &[ProofKind],
    made_since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // Whoever adds or uses a proof holds the case's row.
    lock_case_row(conn, incident, case)?;
    let fresh =
        |proof: &CaseProof| proof.passed && proof.used_at.is_none() && proof.made_at >= made_since;
    let proofs = case_proofs(conn, incident, case)?;
    let has = |kind: &ProofKind| proofs.iter().any(|proof| fresh(proof) && proof.kind == *kind);
    if !kinds.iter().all(has) {
        return Ok(false);
    }
    let unused = proof::table
        .filter(proof::incident.eq(Id::from(incident)))
        .filter(proof::case_id.eq(Id::from(case)))
        .filter(proof::passed.eq(true))
        .filter(proof::used_at.is_null());
    diesel::update(unused).set(proof::used_at.eq(Some(At::from(at)))).execute(conn)?;
    Ok(true)
}
