//! Payments of a day, for whoever pays them: a sealed file. Two people write it who neither found nor decided any of the claims.
//!
//! Payments are written down before the file is. Whoever repeats the command, after a crash or because the file was lost, gets the
//! same payments under the same names, and the bank drops those it has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use simrecall_core::access::{Act, Purpose};
use simrecall_core::claim::{State, StateKind};
use simrecall_core::id::{ClaimId, IncidentId, PaymentId, StaffId};
use simrecall_core::identity::Msisdn;
use simrecall_store::claim::Claim;
use simrecall_store::payment::NewPayment;
use simrecall_store::permit::PermitRequest;
use simrecall_store::registry::SealedLine;
use simrecall_store::seal::IncidentKeys;
use zeroize::Zeroizing;

use super::{AT_ONCE, found_or_decided, open, permit};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::selfcheck::{is_held, unopened};
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
    let recipient: age::x25519::Recipient = new.to.trim().parse().map_err(|_| {
        Problem::input("recipient", "this is no age recipient")
            .hint("whoever pays makes one with age-keygen: age1…")
    })?;
    if new.file.exists() {
        return Err(Problem::input("exists", format!("{} is there already", new.file.display()))
            .hint("name a file that is not"));
    }
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
    let sha256 = write(new.file, &recipient, &payments)?;
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
        let claims =
            self.home.store.read(|tx| tx.claims_in(self.incident, &scheduled, i64::MAX))?;
        let (mut due, mut others) = (Vec::new(), Vec::new());
        for some in claims.chunks(AT_ONCE) {
            let some = self.of_the_day(some)?;
            let numbers = self.numbers(&some)?;
            for (claim, won) in some {
                match numbers.get(&claim.id) {
                    Some(number) => due.push(Due { claim: claim.id, number: number.clone(), won }),
                    None => others.push(claim.id),
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

    /// The numbers of those who still have their line, as the latest registry says.
    fn numbers(&self, some: &[(&Claim, u64)]) -> Result<BTreeMap<ClaimId, Msisdn>> {
        let (incident, now) = (self.incident, self.home.now());
        let persons: BTreeSet<_> = some.iter().map(|(claim, _)| claim.person).collect();
        let persons: Vec<_> = persons.into_iter().collect();
        let parties = self.home.store.read(|tx| match tx.latest_snapshot(incident)? {
            Some(snapshot) => tx.parties(incident, snapshot.no, &persons),
            None => Ok(Vec::new()),
        })?;
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: self.actor.clone(),
            incident: Some(incident),
            scope: "whom claims are paid to".to_owned(),
            fields: vec!["number".to_owned()],
            rows: u64::try_from(some.len()).unwrap_or(u64::MAX),
        })?;
        let mut numbers = BTreeMap::new();
        for (claim, _) in some {
            let theirs = parties.iter().find(|party| party.subscriber.id == claim.person);
            let has =
                |line: &&SealedLine| line.holding.line == claim.line && is_held(&line.holding, now);
            if let Some(line) = theirs.and_then(|party| party.lines.iter().find(has)) {
                let opened = line.open(&mut permit, &self.keys).map_err(unopened)?;
                numbers.insert(claim.id, opened.record.msisdn);
            }
        }
        Ok(numbers)
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

/// Writes the file, which appears once it is whole; its SHA-256.
fn write(file: &Path, to: &age::x25519::Recipient, rows: &[Row<'_>]) -> Result<[u8; 32]> {
    let mut plain = Zeroizing::new(String::with_capacity(64 * (rows.len() + 1)));
    plain.push_str("payment,number,won\n");
    for Row { payment, number, won } in rows {
        for part in [&payment.to_string(), ",", number.expose(), ",", &won.to_string(), "\n"] {
            plain.push_str(part);
        }
    }
    let to: &dyn age::Recipient = to;
    let sealing = age::Encryptor::with_recipients(std::iter::once(to)).map_err(|error| {
        Problem::input("recipient", "nobody could open the file").caused_by(error)
    })?;
    let mut sealed = Vec::new();
    let failed = |error: std::io::Error| problem::file(file, error);
    let mut out = sealing.wrap_output(&mut sealed).map_err(failed)?;
    out.write_all(plain.as_bytes()).map_err(failed)?;
    out.finish().map_err(failed)?;
    let mut draft = file.as_os_str().to_owned();
    draft.push(".draft");
    let draft = PathBuf::from(draft);
    let options =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let mut out = options.map_err(failed)?;
    out.write_all(&sealed).and_then(|()| out.sync_all()).map_err(failed)?;
    std::fs::rename(&draft, file).map_err(failed)?;
    Ok(Sha256::digest(&sealed).into())
}
