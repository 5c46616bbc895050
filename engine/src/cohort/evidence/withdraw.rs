//! Evidence that was wrong: a list is taken back by two people of different roles, and is out at the next derivation.

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_store::StoreError;
use simrecall_store::derivation::Withdrawal;
use simrecall_store::law::Agreement;

use crate::home::Home;
use crate::incident;
use crate::law::Decided;
use crate::law::agree::{agreement, decided, refused};
use crate::problem::{self, Problem, Result};
use crate::staff;

/// The journal's word for taking a list of evidence back.
const WITHDRAWN: &str = "cohort.evidence_withdrawn";

/// Which list of evidence is taken back, and why.
#[derive(Debug, Clone, Copy)]
pub struct Withdraw<'a> {
    /// The list's number.
    pub no: i32,
    /// Why; names nobody.
    pub reason: &'a str,
    /// Who takes it back.
    pub by: &'a str,
}

/// How far a list of evidence is taken back.
#[derive(Debug, Clone, Serialize)]
pub struct WithdrawAnswer {
    /// How far it has come; the number is the list's.
    #[serde(flatten)]
    pub decided: Decided,
}

/// Takes a list of evidence back, or agrees to what somebody else took back. Revisions that are there stay as they are.
pub fn withdraw(home: &Home, code: &str, withdraw: &Withdraw<'_>) -> Result<WithdrawAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, withdraw.by, Act::ImportCohort)?;
    let reason = withdraw.reason.trim();
    if reason.is_empty() {
        return Err(Problem::input("reason", "say why the evidence was wrong"));
    }
    let all = home.store.read(|tx| tx.evidence_withdrawals(incident.id)).map_err(problem::store)?;
    let mine = all.into_iter().filter(|one| one.no == withdraw.no);
    let mut agreed: Vec<Agreement> = mine.map(|one| one.by).collect();
    let by = agreement(home, &member, Act::ImportCohort, &agreed)?;
    agreed.push(by);
    let new = Withdrawal { no: withdraw.no, reason: reason.to_owned(), by };
    // Roles differ, or the agreement would have been refused.
    let counts = agreed.len() > 1;
    let body = serde_json::json!({ "list": withdraw.no, "reason": reason, "counts": counts });
    let actor = member.id.to_string();
    let entry = home.entry(WITHDRAWN, &actor, Some(incident.id), body)?;
    let written = home.store.write(|tx| {
        tx.withdraw_evidence(incident.id, &new)?;
        tx.journal(&entry)?;
        Ok(())
    });
    written.map_err(|error| missing(error, withdraw.no))?;
    let decided = decided(home, withdraw.no, counts, Act::ImportCohort, &agreed)?;
    Ok(WithdrawAnswer { decided })
}

fn missing(error: StoreError, no: i32) -> Problem {
    if matches!(error, StoreError::NotFound(_)) {
        return Problem::input("list", format!("there is no list {no} of evidence"))
            .hint("numbers of lists are in the answer to: simrecall cohort add");
    }
    refused(error)
}
