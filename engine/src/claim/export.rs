//! Payments of a day, for whoever pays them: a sealed file. Two people write it who neither found nor decided any of the claims.
//!
//! Payments are written down before the file is. Whoever repeats the command, after a crash or because the file was lost, gets the
//! same payments under the same names, and the bank drops those it has seen.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::claim::{State, StateKind};
use simrecall_core::id::{ClaimId, IncidentId, PaymentId, StaffId};
use simrecall_core::identity::Msisdn;
use simrecall_store::claim::Claim;
use simrecall_store::payment::NewPayment;
use simrecall_store::seal::IncidentKeys;
use zeroize::Zeroizing;

use super::numbers::held_now;
use super::{AT_ONCE, claims_in, found_or_decided, open, permit, sealed_file};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
use crate::{incident, staff};

/// A day's payments to be written out.
#[derive(Clone, Copy)]
pub struct NewExport<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The day.
    pub pay_on: NaiveDate,
    /// The `age` recipient of whoever pays.
    pub to: &'a str,
    /// The file, which must not exist yet: `payment,number,won`.
    pub file: &'a Path,
    /// Who writes it: two, of different roles.
    pub by: [&'a str; 2],
}

impl fmt::Debug for NewExport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewExport").field("pay_on", &self.pay_on).finish_non_exhaustive()
    }
}

/// What was written out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportAnswer {
    /// Payments in the file.
    pub payments: u64,
    /// Of those, payments that were in a file before.
    pub again: u64,
    /// What all of them come to, in won.
    pub won: u64,
    /// Claims that are not paid, because somebody else has the line now.
    pub other_holder: Vec<String>,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// Writes out the payments of a day.
pub fn export(home: &Home, new: &NewExport<'_>) -> Result<ExportAnswer> {
    let [first, second] = staff::two(home, new.by, Act::HandleClaim)?;
    let incident = incident::by_code(home, new.incident)?.id;
    let recipient = sealed_file::recipient(new.to, new.file)?;
    let writing = Writing {
        home,
        keys: home.keys.incident(incident).map_err(problem::keys)?,
        incident,
        by: [first.id, second.id],
        actor: first.id.to_string(),
        pay_on: new.pay_on,
    };
    let (due, other_holder) = writing.due()?;
    if due.is_empty() && other_holder.is_empty() {
        let what = format!("nothing is to be paid on {}", new.pay_on);
        return Err(
            Problem::state("nothing_due", what).hint("set a day first: simrecall claim schedule")
        );
    }
    writing.not_their_own(&due)?;
    let fresh = writing.put(&due)?;
    let payments = writing.payments(&due)?;
    let sha256 = sealed_file::write(new.file, &recipient, &written(&payments))?;
    let body = serde_json::json!({
        "pay_on": new.pay_on, "with": second.id, "payments": payments.len(), "sha256": hex(&sha256),
    });
    let entry = home.entry("claim.payments_written", &writing.actor, Some(incident), body)?;
    home.store.write(|tx| tx.journal(&entry).map(drop))?;
    let count = u64::try_from(payments.len()).unwrap_or(u64::MAX);
    Ok(ExportAnswer {
        payments: count,
        again: count.saturating_sub(fresh),
        won: payments.iter().map(|one| one.won).sum(),
        other_holder: other_holder.iter().map(ClaimId::to_string).collect(),
        sha256: hex(&sha256),
    })
}

/// What writing payments out needs.
struct Writing<'a> {
    home: &'a Home,
    keys: IncidentKeys,
    incident: IncidentId,
    by: [StaffId; 2],
    actor: String,
    pay_on: NaiveDate,
}

/// A claim that is due on the day, and the number it is paid to.
struct Due {
    claim: ClaimId,
    number: Msisdn,
    won: u64,
}

/// A row of the file.
struct Row<'a> {
    payment: PaymentId,
    number: &'a Msisdn,
    won: u64,
}

impl Writing<'_> {
    /// What is due, and the claims whose line somebody else has now.
    fn due(&self) -> Result<(Vec<Due>, Vec<ClaimId>)> {
        let scheduled = [StateKind::Scheduled];
        let (mut due, mut others) = (Vec::new(), Vec::new());
        for page in claims_in(self.home, self.incident, &scheduled) {
            for some in page?.chunks(AT_ONCE) {
                let some = self.of_the_day(some)?;
                let numbers = self.numbers(&some)?;
                for (Claim { id, .. }, won) in some {
                    match numbers.get(id) {
                        Some(number) => due.push(Due { claim: *id, number: number.clone(), won }),
                        None => others.push(*id),
                    }
                }
            }
        }
        Ok((due, others))
    }

    fn of_the_day<'c>(&self, some: &'c [Claim]) -> Result<Vec<(&'c Claim, u64)>> {
        let mut permit = permit(self.home, self.incident, &self.actor, some.len())?;
        let mut found = Vec::new();
        for claim in some {
            if let State::Scheduled { won, on } = open(&mut permit, &self.keys, claim)?.state
                && on == self.pay_on
            {
                found.push((claim, won));
            }
        }
        Ok(found)
    }

    /// The numbers of those who still have their line.
    fn numbers(&self, some: &[(&Claim, u64)]) -> Result<BTreeMap<ClaimId, Msisdn>> {
        let whose = |claim: &Claim| (claim.person, claim.line);
        let of: Vec<_> = some.iter().map(|(claim, _)| whose(claim)).collect();
        let what = (self.incident, self.actor.as_str(), "whom claims are paid to");
        let numbers = held_now(self.home, &self.keys, what, &of)?;
        let number = |claim: &Claim| Some((claim.id, numbers.get(&whose(claim))?.clone()));
        Ok(some.iter().filter_map(|(claim, _)| number(claim)).collect())
    }

    /// Refuses whoever found or decided one of the claims.
    fn not_their_own(&self, due: &[Due]) -> Result<()> {
        let own = self.home.store.read(|tx| {
            let mut own = Vec::new();
            for Due { claim, .. } in due {
                let events = tx.claim_events(self.incident, *claim)?;
                if found_or_decided(&events).any(|one| self.by.contains(&one)) {
                    own.push(*claim);
                }
            }
            Ok(own)
        })?;
        let Some(first) = own.first() else { return Ok(()) };
        Err(Problem::state("same_person", "who found or decided a claim does not pay it out")
            .detail(format!("{} of {} claims, such as {first}", own.len(), due.len()))
            .hint("two others of privacy and legal write this file"))
    }

    /// Puts a payment down for every claim that has none open; how many.
    fn put(&self, due: &[Due]) -> Result<u64> {
        let mut fresh = 0;
        let [by, also_by] = self.by;
        for some in due.chunks(AT_ONCE) {
            let ids: Vec<_> = some.iter().map(|one| one.claim).collect();
            let body = serde_json::json!({ "pay_on": self.pay_on, "with": also_by, "claims": ids });
            let incident = Some(self.incident);
            let entry = self.home.entry("claim.exported", &self.actor, incident, body)?;
            let new = |claim: &ClaimId| {
                Ok(NewPayment {
                    id: PaymentId::from_bytes(random()?),
                    incident: self.incident,
                    claim: *claim,
                    pay_on: self.pay_on,
                    by,
                    also_by,
                    at: self.home.now(),
                })
            };
            let new: Vec<NewPayment> = ids.iter().map(new).collect::<Result<_>>()?;
            fresh += self.home.store.write(|tx| {
                let mut put = 0;
                for payment in &new {
                    put += u64::from(tx.put_payment(payment)?);
                }
                if put > 0 {
                    tx.journal(&entry)?;
                }
                Ok(put)
            })?;
        }
        Ok(fresh)
    }

    /// The rows of the file, in order of the payments' names, which say nothing of anybody.
    fn payments<'d>(&self, due: &'d [Due]) -> Result<Vec<Row<'d>>> {
        let open = self.home.store.read(|tx| tx.open_payments(self.incident, self.pay_on))?;
        let due: BTreeMap<ClaimId, &Due> = due.iter().map(|one| (one.claim, one)).collect();
        let row = |payment: simrecall_store::payment::Payment| {
            let due = due.get(&payment.new.claim)?;
            Some(Row { payment: payment.new.id, number: &due.number, won: due.won })
        };
        Ok(open.into_iter().filter_map(row).collect())
    }
}

/// What the file says.
fn written(rows: &[Row<'_>]) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(64 * (rows.len() + 1)));
    plain.push_str("payment,number,won\n");
    for Row { payment, number, won } in rows {
        for part in [&payment.to_string(), ",", number.expose(), ",", &won.to_string(), "\n"] {
            plain.push_str(part);
        }
    }
    plain
}
