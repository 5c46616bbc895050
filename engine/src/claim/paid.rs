//! What the bank says became of payments.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::claim::{Event, Reason};
use simrecall_core::id::{IncidentId, PaymentId};
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::claim::Claim;
use simrecall_store::payment::{PayResult, Payment};
use uuid::Uuid;

use super::desk::{Desk, Moving, With};
use super::{AT_ONCE, open, permit};
use crate::csv_rows::cells::{Cells, Why, word};
use crate::csv_rows::{Column, Row, Rows};
use crate::home::Home;
use crate::intake::Intake;
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
use crate::{incident, staff};

/// What became of a list of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PaidAnswer {
    /// Claims that were paid.
    pub paid: u64,
    /// Claims whose payment failed.
    pub failed: u64,
    /// Rows that say what was known.
    pub again: u64,
}

/// What the bank says of one payment.
struct ResultRow {
    row_no: u64,
    payment: PaymentId,
    result: PayResult,
    /// Why it failed; there exactly when it did.
    reason: Option<Reason>,
}

impl Row for ResultRow {
    const COLUMNS: &'static [Column] =
        &[Column::plain("payment"), Column::plain("result"), Column::plain("reason")];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let payment = cells.required(0, |cell| {
            let id = Uuid::parse_str(cell).map(PaymentId);
            id.map_err(|_| {
                Why::new("payment.form", "a payment is named as in the file that went out")
            })
        });
        let result =
            cells.required(1, |cell| word(cell, &PayResult::ALL.map(|one| (one.name(), one))));
        let reason = |cell: &str| {
            Reason::parse(cell)
                .map_err(|error| Why { code: "reason.form", text: error.to_string() })
        };
        let reason = match result? {
            PayResult::Failed => Some(cells.required(2, reason)?),
            // A bank may say how it paid; nothing follows from that.
            PayResult::Paid => None,
        };
        Some(Self { row_no: cells.row_no(), payment: payment?, result: result?, reason })
    }
}

/// A result that is news.
struct News {
    payment: Payment,
    row: ResultRow,
}

/// Takes the bank's results in: `payment,result,reason`. The whole file is checked first; one bad row refuses it.
pub fn paid(home: &Home, code: &str, file: &Path, by: &str) -> Result<PaidAnswer> {
    let member = staff::may(home, by, Act::HandleClaim)?;
    let incident = incident::by_code(home, code)?.id;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let actor = member.id.to_string();
    let mut answer = PaidAnswer::default();
    let (news, sha256) = read(home, incident, file, &mut answer)?;
    let desk = Desk { home, keys: &keys, by: Some(member.id), also_by: None, actor: &actor };
    for some in news.chunks(AT_ONCE) {
        settle(&desk, (incident, &hex(&sha256)), some, &mut answer)?;
    }
    Ok(answer)
}

/// The results that are news. A row that contradicts what is known, such as a late result of an older payment, is refused.
fn read(
    home: &Home,
    incident: IncidentId,
    file: &Path,
    answer: &mut PaidAnswer,
) -> Result<(Vec<News>, [u8; 32])> {
    let mut intake = Intake::new(file, 0);
    let rows: Rows<ResultRow> = Rows::open(file)?;
    let sha256 = rows.sha256();
    let (mut news, mut seen) = (Vec::new(), BTreeSet::new());
    for parsed in rows {
        let Some(row) = intake.take(parsed?)? else { continue };
        if !seen.insert(row.payment) {
            let text = "another row speaks of the same payment";
            intake.refuse(row.row_no, "payment", "payment.twice", text)?;
            continue;
        }
        let known = home.store.read(|tx| tx.payment(row.payment))?;
        match known.filter(|one| one.new.incident == incident) {
            None => {
                let text = "no payment of this incident is called that";
                intake.refuse(row.row_no, "payment", "payment.unknown", text)?;
            }
            Some(Payment { result: Some(result), .. }) if result == row.result => answer.again += 1,
            Some(Payment { result: Some(_), .. }) => {
                let text = "another result of this payment is on record";
                intake.refuse(row.row_no, "result", "payment.settled", text)?;
            }
            Some(payment) => news.push(News { payment, row }),
        }
    }
    intake.finish()?;
    Ok((news, sha256))
}

/// Settles some payments and their claims, in one transaction.
fn settle(
    desk: &Desk<'_>,
    (incident, sha256): (IncidentId, &str),
    some: &[News],
    answer: &mut PaidAnswer,
) -> Result<()> {
    let home = desk.home;
    let claims: Vec<Claim> = home.store.read(|tx| {
        let mut claims = Vec::new();
        for News { payment, .. } in some {
            claims.extend(tx.claim(incident, payment.new.claim)?);
        }
        Ok(claims)
    })?;
    let mut permit = permit(home, incident, desk.actor, claims.len())?;
    let mut moves: Vec<(&News, Moving)> = Vec::new();
    for news in some {
        let claim = claims.iter().find(|claim| claim.id == news.payment.new.claim);
        let claim = claim.ok_or_else(|| Problem::ours("claim", "a payment has no claim"))?;
        let (event, tell) = match &news.row.reason {
            Some(reason) => (Event::FailPay { reason: reason.clone() }, CaseNoticeKind::PayFailed),
            None => (Event::Pay, CaseNoticeKind::ClaimPaid),
        };
        let record = open(&mut permit, desk.keys, claim)?;
        let with = With { outside: None, tell: Some(tell) };
        moves.push((news, desk.ready(claim, record, &event, with)?));
    }
    let letters = desk.letters(moves.iter().map(|(_, moving)| moving))?;
    let body = serde_json::json!({ "sha256": sha256, "payments": some.len() });
    let entry = home.entry("claim.paid", desk.actor, Some(incident), body)?;
    let done = home.store.write(|tx| {
        let mut done = PaidAnswer::default();
        for (news, moving) in &moves {
            if !tx.settle_payment(news.row.payment, news.row.result, home.now())? {
                // Somebody else took the same file in meanwhile.
                done.again += 1;
                continue;
            }
            if !moving.write(tx, home, &letters)? {
                return Err(simrecall_store::StoreError::Busy);
            }
            match news.row.result {
                PayResult::Paid => done.paid += 1,
                PayResult::Failed => done.failed += 1,
            }
        }
        tx.journal(&entry)?;
        Ok(done)
    })?;
    answer.paid += done.paid;
    answer.failed += done.failed;
    answer.again += done.again;
    Ok(())
}
