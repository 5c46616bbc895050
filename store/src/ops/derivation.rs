//! Queries on derivations, evidence and what the one says to the other.

use diesel::prelude::*;
use simrecall_core::access::StaffRole;
use simrecall_core::cohort::{Exposure, FactSet, ItemSet};
use simrecall_core::id::{IncidentId, RevisionNo};

use super::{Conn, lock_until_commit};
use crate::cohort::RevisionState;
use crate::derivation::{
    Derivation, EvidenceKey, EvidenceLine, EvidenceRow, EvidenceSource, EvidenceVerdict,
    MOST_EVIDENCE, NewEvidence, Verdict, Withdrawal, sealed_note,
};
use crate::error::StoreError;
use crate::law::{Agreement, is_agreed};
use crate::numbers::next_no;
use crate::schema::{derivation, evidence, evidence_verdict, evidence_withdrawal, revision};
use crate::seal::IncidentKeys;
use crate::types::{At, Id};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = derivation, treat_none_as_default_value = false)]
struct DerivationRow {
    incident: Id,
    revision: i32,
    rules: String,
    rules_sha256: Vec<u8>,
    manifest: String,
    brought: String,
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = evidence, treat_none_as_default_value = false)]
struct Kept {
    incident: Id,
    no: i32,
    line: Id,
    holder: Id,
    source: i16,
    possible: i32,
    confirmed: i32,
    exposed_at: At,
    sealed: Option<Vec<u8>>,
    by_staff: Id,
    at: At,
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = evidence_withdrawal, treat_none_as_default_value = false)]
struct WithdrawalRow {
    incident: Id,
    no: i32,
    staff: Id,
    role: i16,
    reason: String,
    at: At,
}

#[derive(Insertable)]
#[diesel(table_name = evidence_verdict, treat_none_as_default_value = false)]
struct VerdictRow {
    incident: Id,
    no: i32,
    line: Id,
    holder: Id,
    revision: i32,
    verdict: i16,
}

pub(crate) fn put_derivation(conn: &mut Conn, new: &Derivation) -> Result<(), StoreError> {
    let row = DerivationRow {
        incident: new.incident.into(),
        revision: new.revision.0,
        rules: new.rules.clone(),
        rules_sha256: new.rules_sha256.to_vec(),
        manifest: new.manifest.clone(),
        brought: new.brought.clone(),
    };
    diesel::insert_into(derivation::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn derivation(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
) -> Result<Option<Derivation>, StoreError> {
    let row: Option<DerivationRow> =
        derivation::table.find((Id::from(incident), no.0)).first(conn).optional()?;
    row.map(of_row).transpose()
}

pub(crate) fn latest_derivation(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Option<Derivation>, StoreError> {
    let of = derivation::incident.eq(revision::incident).and(derivation::revision.eq(revision::no));
    let row: Option<DerivationRow> = derivation::table
        .inner_join(revision::table.on(of))
        .filter(derivation::incident.eq(Id::from(incident)))
        .filter(revision::state.eq(RevisionState::Ready.code()))
        .order(derivation::revision.desc())
        .select(DerivationRow::as_select())
        .first(conn)
        .optional()?;
    row.map(of_row).transpose()
}

fn of_row(row: DerivationRow) -> Result<Derivation, StoreError> {
    let sha256 = row.rules_sha256.try_into();
    Ok(Derivation {
        incident: row.incident.into(),
        revision: RevisionNo(row.revision),
        rules: row.rules,
        rules_sha256: sha256.map_err(|_| StoreError::Damaged("derivation"))?,
        manifest: row.manifest,
        brought: row.brought,
    })
}

pub(crate) fn put_evidence(
    conn: &mut Conn,
    keys: &IncidentKeys,
    new: &NewEvidence,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, evidence, keys.incident());
    let there: i64 = evidence::table
        .filter(evidence::incident.eq(Id::from(keys.incident())))
        .count()
        .get_result(conn)?;
    let there = usize::try_from(there).unwrap_or(usize::MAX);
    if there.saturating_add(new.lines.len()) > MOST_EVIDENCE {
        return Err(StoreError::State("the incident has more evidence than it can keep"));
    }
    let rows: Vec<Kept> =
        new.lines.iter().map(|line| kept(keys, no, new, line)).collect::<Result<_, _>>()?;
    bulk!(conn, evidence::table, &rows, 11);
    Ok(no)
}

fn kept(
    keys: &IncidentKeys,
    no: i32,
    list: &NewEvidence,
    of: &EvidenceLine,
) -> Result<Kept, StoreError> {
    let Exposure { holder, line, facts, exposed_at } = of.exposure;
    let key = EvidenceKey { no, line, holder };
    let sealed = of.record.as_ref().map(|record| sealed_note(keys, &key, record));
    Ok(Kept {
        incident: keys.incident().into(),
        no,
        line: line.into(),
        holder: holder.into(),
        source: list.source.code(),
        possible: facts.possible().bits(),
        confirmed: facts.confirmed().bits(),
        exposed_at: exposed_at.into(),
        sealed: sealed.transpose()?,
        by_staff: list.by.into(),
        at: list.at.into(),
    })
}

pub(crate) fn withdraw_evidence(
    conn: &mut Conn,
    incident: IncidentId,
    new: &Withdrawal,
) -> Result<(), StoreError> {
    let list = evidence::table
        .filter(evidence::incident.eq(Id::from(incident)))
        .filter(evidence::no.eq(new.no));
    if list.count().get_result::<i64>(conn)? == 0 {
        return Err(StoreError::NotFound("list of evidence"));
    }
    let row = WithdrawalRow {
        incident: incident.into(),
        no: new.no,
        staff: new.by.staff.into(),
        role: new.by.role.code(),
        reason: new.reason.clone(),
        at: new.by.at.into(),
    };
    diesel::insert_into(evidence_withdrawal::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn evidence_withdrawals(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Withdrawal>, StoreError> {
    let rows: Vec<WithdrawalRow> = evidence_withdrawal::table
        .filter(evidence_withdrawal::incident.eq(Id::from(incident)))
        .order((evidence_withdrawal::no, evidence_withdrawal::at, evidence_withdrawal::staff))
        .load(conn)?;
    let read = |row: WithdrawalRow| {
        let role =
            StaffRole::from_code(row.role).ok_or(StoreError::Damaged("evidence_withdrawal"))?;
        let by = Agreement { staff: row.staff.into(), role, at: row.at.into() };
        Ok(Withdrawal { no: row.no, reason: row.reason, by })
    };
    rows.into_iter().map(read).collect()
}

/// The lists that two people of different roles took back.
fn withdrawn(conn: &mut Conn, incident: IncidentId) -> Result<Vec<i32>, StoreError> {
    let all = evidence_withdrawals(conn, incident)?;
    let of_one = |list: &[Withdrawal]| {
        let agreed: Vec<Agreement> = list.iter().map(|one| one.by).collect();
        list.first().map(|one| one.no).filter(|_| is_agreed(&agreed))
    };
    Ok(all.chunk_by(|one, next| one.no == next.no).filter_map(of_one).collect())
}

pub(crate) fn evidence(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<EvidenceRow>, StoreError> {
    let withdrawn = withdrawn(conn, incident)?;
    let rows: Vec<Kept> = evidence::table
        .filter(evidence::incident.eq(Id::from(incident)))
        .filter(evidence::no.ne_all(withdrawn))
        .order((evidence::no, evidence::line, evidence::holder))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: Kept) -> Result<EvidenceRow, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("evidence");
    let items = |bits| ItemSet::from_bits(bits).ok_or(DAMAGED);
    let exposure = Exposure {
        holder: row.holder.into(),
        line: row.line.into(),
        facts: FactSet::new(items(row.possible)?, items(row.confirmed)?),
        exposed_at: row.exposed_at.into(),
    };
    Ok(EvidenceRow {
        no: row.no,
        source: EvidenceSource::from_code(row.source).ok_or(DAMAGED)?,
        exposure,
        sealed: row.sealed,
        by: row.by_staff.into(),
        at: row.at.into(),
    })
}

pub(crate) fn put_verdicts(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
    verdicts: &[EvidenceVerdict],
) -> Result<(), StoreError> {
    let row = |of: &EvidenceVerdict| VerdictRow {
        incident: incident.into(),
        no: of.key.no,
        line: of.key.line.into(),
        holder: of.key.holder.into(),
        revision: no.0,
        verdict: of.verdict.code(),
    };
    let rows: Vec<VerdictRow> = verdicts.iter().map(row).collect();
    bulk!(conn, evidence_verdict::table, &rows, 6);
    Ok(())
}

pub(crate) fn verdicts(
    conn: &mut Conn,
    incident: IncidentId,
    no: RevisionNo,
) -> Result<Vec<EvidenceVerdict>, StoreError> {
    let rows: Vec<(i32, Id, Id, i16)> = evidence_verdict::table
        .filter(evidence_verdict::incident.eq(Id::from(incident)))
        .filter(evidence_verdict::revision.eq(no.0))
        .order((evidence_verdict::no, evidence_verdict::line, evidence_verdict::holder))
        .select((
            evidence_verdict::no,
            evidence_verdict::line,
            evidence_verdict::holder,
            evidence_verdict::verdict,
        ))
        .load(conn)?;
    let read = |(no, line, holder, verdict): (i32, Id, Id, i16)| {
        let verdict = Verdict::from_code(verdict).ok_or(StoreError::Damaged("evidence_verdict"))?;
        let key = EvidenceKey { no, line: line.into(), holder: holder.into() };
        Ok(EvidenceVerdict { key, verdict })
    };
    rows.into_iter().map(read).collect()
}
