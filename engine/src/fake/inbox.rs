//! Texts that customers took for ours and reported: an inbox that staff empty. Who reported one is never kept.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::access::{Act, Purpose};
use simrecall_core::id::ReportId;
use simrecall_store::fake_report::FakeReport;
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::{DomainKeys, Table};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Added, Report, add, sender};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::selfcheck::Door;
use crate::staff;

/// Bytes of a report's text at most.
const MOST: usize = 8_192;
/// Reports that a list shows at most.
const SHOWN: i64 = 200;

/// What is sealed of a report.
#[derive(Serialize, Deserialize)]
struct Record {
    text: String,
    sender: String,
}

/// A report that waits for staff.
#[derive(Clone, Serialize)]
pub struct ReportAnswer {
    /// Its name.
    pub id: String,
    /// When it came in.
    pub reported_at: DateTime<Utc>,
    /// Where it came from, as its reporter typed it; empty if nobody knows.
    pub sender: String,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for ReportAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportAnswer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What waits, oldest first, up to 200 reports. Who looks is in the journal before.
pub fn reports(home: &Home, by: &str) -> Result<Vec<ReportAnswer>> {
    let member = staff::may(home, by, Act::ReportFake)?;
    let waiting = home.store.read(|tx| tx.fake_reports(SHOWN)).map_err(problem::store)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let mut permit = permit(home, &member.id.to_string(), waiting.len())?;
    waiting.iter().map(|report| opened(&mut permit, &service, report)).collect()
}

/// Takes a report over into the campaigns. One that is ours word for word is no fake, and stays.
pub fn accept(home: &Home, id: &str, by: &str) -> Result<Added> {
    let (report, id) = one(home, id, by)?;
    let seen_at = report.reported_at;
    let added = add(home, &Report { text: &report.text, sender: &report.sender, seen_at, by })?;
    home.store.write(|tx| tx.drop_fake_report(id)).map_err(problem::store)?;
    Ok(added)
}

/// Drops a report that is no fake of us.
pub fn dismiss(home: &Home, id: &str, by: &str) -> Result<()> {
    let member = staff::may(home, by, Act::ReportFake)?;
    let id = report_id(id)?;
    let actor = member.id.to_string();
    let entry = home.entry("fake.dismissed", &actor, None, serde_json::json!({ "report": id }))?;
    let dropped = home.store.write(|tx| {
        let dropped = tx.drop_fake_report(id)?;
        if dropped {
            tx.journal(&entry)?;
        }
        Ok(dropped)
    });
    if dropped.map_err(problem::store)? { Ok(()) } else { Err(unknown()) }
}

impl Door {
    /// Keeps a report of a fake for staff. An inbox that is full takes no more: problem `busy`.
    pub fn report_fake(&self, text: &str, from: &str) -> Result<()> {
        let text = text.trim();
        if text.is_empty() || text.len() > MOST {
            return Err(Problem::input("text", "there is no text, or more than a message holds")
                .hint("paste the message alone"));
        }
        let record = Record { text: text.to_owned(), sender: sender(from)? };
        let id = ReportId::from_bytes(random()?);
        let plain = Zeroizing::new(serde_json::to_vec(&record).map_err(|_| damaged())?);
        let sealed = self.inner.service.seal(Table::FakeReport, id.as_bytes(), &plain);
        let sealed = sealed.map_err(|error| damaged().caused_by(error))?;
        let report = FakeReport { id, reported_at: self.now(), sealed };
        let most = self.inner.config.limits.reports;
        if self.inner.home.store.write(|tx| tx.put_fake_report(&report, most))? {
            return Ok(());
        }
        Err(Problem::state("busy", "too many reports wait for us").hint("try again tomorrow"))
    }
}

fn one(home: &Home, id: &str, by: &str) -> Result<(ReportAnswer, ReportId)> {
    let member = staff::may(home, by, Act::ReportFake)?;
    let id = report_id(id)?;
    let found = home.store.read(|tx| tx.fake_report(id)).map_err(problem::store)?;
    let found = found.ok_or_else(unknown)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let mut permit = permit(home, &member.id.to_string(), 1)?;
    Ok((opened(&mut permit, &service, &found)?, id))
}

fn opened(permit: &mut Permit, keys: &DomainKeys, report: &FakeReport) -> Result<ReportAnswer> {
    let plain = permit.open(keys, Table::FakeReport, report.id.as_bytes(), &report.sealed);
    let plain = plain.map_err(|error| damaged().caused_by(error))?;
    // A parser's message may quote what it read, so it is not kept.
    let Record { text, sender } = serde_json::from_slice(&plain).map_err(|_| damaged())?;
    Ok(ReportAnswer { id: report.id.to_string(), reported_at: report.reported_at, sender, text })
}

fn permit(home: &Home, actor: &str, rows: usize) -> Result<Permit> {
    home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: None,
        scope: "reports of fakes".to_owned(),
        fields: vec!["text".to_owned(), "sender".to_owned()],
        rows: u64::try_from(rows).unwrap_or(u64::MAX),
    })
}

fn report_id(text: &str) -> Result<ReportId> {
    Uuid::parse_str(text.trim()).map(ReportId).map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::input("report", "there is no such report").hint("fake reports shows those that wait")
}

fn damaged() -> Problem {
    Problem::ours("sealed", "the record of a report does not open")
}
