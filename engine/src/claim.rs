//! Claims: a customer asks back what somebody else paid with their line. Staff decide; nothing here adds evidence.

mod typed;

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::access::{Act, Purpose, Unlock};
use simrecall_core::claim::{Event, State, StateKind, step};
use simrecall_core::id::{ClaimId, IncidentId, LineId};
use simrecall_store::claim::{Claim, ClaimStep};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::{IncidentKeys, Table};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::replacement::CUSTOMER;
use crate::selfcheck::{ACTOR, Door, Known, NewClaim, OwnClaim, Visit};
use crate::{incident, staff};

/// Claims of one person at most, drafts among them.
const PER_PERSON: usize = 50;
/// Claims that a list shows at most.
const MOST: i64 = 10_000;

/// What is sealed of a claim. `Debug` does not show it.
#[derive(Clone, Serialize, Deserialize)]
struct Record {
    won: u64,
    day: NaiveDate,
    merchant: String,
    note: String,
    state: State,
}

/// A claim, as a list of staff shows it: nothing of it is opened.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimRow {
    /// Its name.
    pub id: String,
    /// How it stands.
    pub state: &'static str,
    /// Whether no revision named its line when it was handed in: its exposure is looked at again.
    pub outside_cohort: bool,
    /// When it was begun.
    pub made_at: DateTime<Utc>,
    /// When it was changed last.
    pub changed_at: DateTime<Utc>,
}

/// A claim that staff look at.
#[derive(Clone, Serialize)]
pub struct ClaimAnswer {
    /// What a list shows.
    #[serde(flatten)]
    pub row: ClaimRow,
    /// The line, by its key within the incident.
    pub line: LineId,
    /// How much, in won.
    pub amount_won: u64,
    /// The day of the payment.
    pub day: NaiveDate,
    /// Whom was paid, as the customer knows it.
    pub merchant: String,
    /// What else the customer said.
    pub note: String,
}

impl fmt::Debug for ClaimAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimAnswer").field("row", &self.row).finish_non_exhaustive()
    }
}

/// Claims that wait for staff, oldest first.
pub fn list(home: &Home, code: &str, by: &str) -> Result<Vec<ClaimRow>> {
    staff::may(home, by, Act::HandleClaim)?;
    let incident = incident::by_code(home, code)?;
    let open: Vec<StateKind> = StateKind::ALL.into_iter().filter(|state| state.is_open()).collect();
    let claims = home.store.read(|tx| tx.claims_in(incident.id, &open, MOST));
    Ok(claims.map_err(problem::store)?.iter().map(row).collect())
}

/// One claim, opened. Who looks is in the journal before.
pub fn show(home: &Home, code: &str, id: &str, by: &str) -> Result<ClaimAnswer> {
    let member = staff::may(home, by, Act::HandleClaim)?;
    let incident = incident::by_code(home, code)?;
    let claim = handed_in(home, incident.id, id)?;
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    let mut permit = permit(home, incident.id, &member.id.to_string(), 1)?;
    let record = open(&mut permit, &keys, &claim)?;
    let Record { won, day, merchant, note, .. } = record;
    Ok(ClaimAnswer { row: row(&claim), line: claim.line, amount_won: won, day, merchant, note })
}

/// Begins to look at a claim that was handed in.
pub fn take(home: &Home, code: &str, id: &str, by: &str) -> Result<ClaimAnswer> {
    let member = staff::may(home, by, Act::HandleClaim)?;
    let incident = incident::by_code(home, code)?.id;
    let claim = handed_in(home, incident, id)?;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let actor = member.id.to_string();
    let mut permit = permit(home, incident, &actor, 1)?;
    let desk = Desk { home, keys: &keys, by: Some(member.id), actor: &actor };
    let record = open(&mut permit, &keys, &claim)?;
    desk.step(&claim, record, (Event::Take, None), "claim.taken")?;
    show(home, code, id, by)
}

fn row(claim: &Claim) -> ClaimRow {
    ClaimRow {
        id: claim.id.to_string(),
        state: claim.state.name(),
        outside_cohort: claim.outside_cohort,
        made_at: claim.made_at,
        changed_at: claim.changed_at,
    }
}

/// A claim that was handed in; a draft is nobody's but its owner's.
fn handed_in(home: &Home, incident: IncidentId, id: &str) -> Result<Claim> {
    let id = claim_id(id)?;
    let found = home.store.read(|tx| tx.claim(incident, id)).map_err(problem::store)?;
    found.filter(|claim| claim.state != StateKind::Draft).ok_or_else(unknown)
}

fn claim_id(text: &str) -> Result<ClaimId> {
    Uuid::parse_str(text.trim()).map(ClaimId).map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::input("claim", "there is no such claim").hint("claim list shows those that wait")
}

fn permit(home: &Home, incident: IncidentId, actor: &str, rows: u64) -> Result<Permit> {
    home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: "claims".to_owned(),
        fields: vec!["amount".to_owned(), "merchant".to_owned(), "note".to_owned()],
        rows,
    })
}

fn open(permit: &mut Permit, keys: &IncidentKeys, claim: &Claim) -> Result<Record> {
    let opened = permit.open(keys, Table::Claim, claim.id.as_bytes(), &claim.sealed);
    let opened = opened.map_err(|error| damaged().caused_by(error))?;
    // A parser's message may quote what it read, so it is not kept.
    serde_json::from_slice(&opened).map_err(|_| damaged())
}

fn sealed(keys: &IncidentKeys, id: ClaimId, record: &Record) -> Result<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(record).map_err(|_| damaged())?);
    let sealed = keys.seal(Table::Claim, id.as_bytes(), &plain);
    sealed.map_err(|error| damaged().caused_by(error))
}

fn damaged() -> Problem {
    Problem::ours("sealed", "the record of a claim does not open")
}

/// Who moves claims.
struct Desk<'a> {
    home: &'a Home,
    keys: &'a IncidentKeys,
    by: Option<simrecall_core::id::StaffId>,
    actor: &'a str,
}

impl Desk<'_> {
    /// Moves a claim that still is where it was found, and says so in the journal. `outside` is known when it is handed in.
    fn step(
        &self,
        claim: &Claim,
        record: Record,
        (event, outside_cohort): (Event, Option<bool>),
        kind: &str,
    ) -> Result<Record> {
        let moved = step(&record.state, &event);
        let to = moved.map_err(|error| wrong_state().caused_by(error))?;
        let record = Record { state: to, ..record };
        let sealed = sealed(self.keys, claim.id, &record)?;
        let step = ClaimStep {
            incident: claim.incident,
            id: claim.id,
            from: claim.state,
            to: record.state.kind(),
            outside_cohort,
            sealed: Some(&sealed),
            by: self.by,
            at: self.home.now(),
        };
        let body = serde_json::json!({ "claim": claim.id });
        let entry = self.home.entry(kind, self.actor, Some(claim.incident), body)?;
        let moved = self.home.store.write(|tx| {
            let moved = tx.step_claim(&step)?;
            if moved {
                tx.journal(&entry)?;
            }
            Ok(moved)
        })?;
        if moved { Ok(record) } else { Err(wrong_state()) }
    }
}

fn wrong_state() -> Problem {
    Problem::state("claim_state", "the claim cannot go there from where it is")
}

impl Door {
    /// Their claims, oldest first; a line's user sees those of that line.
    pub fn claims(&self, visit: &Visit) -> Result<Vec<OwnClaim>> {
        let known = visit.asked(Unlock::Claim)?;
        let claims = self.claims_of(known)?;
        claims.iter().map(|claim| self.own_claim(known, claim)).collect()
    }

    /// Writes a claim down, or over a draft of theirs. Nobody else sees it before it is handed in.
    pub fn draft_claim(&self, visit: &Visit, new: &NewClaim<'_>) -> Result<OwnClaim> {
        let known = visit.asked(Unlock::Claim)?;
        self.serves(known)?;
        self.own_line(known, new.line)?;
        let today = self.now().with_timezone(&self.inner.home.config.law.zone).date_naive();
        let record = typed::record(new, today)?;
        let now = self.now();
        let before = new.id.map(|id| self.claim_of(known, id)).transpose()?;
        if before.is_none() && self.claims_of(known)?.len() >= PER_PERSON {
            return Err(Problem::state("too_often", "there are too many claims of one person"));
        }
        let id =
            before.as_ref().map_or_else(|| random().map(ClaimId::from_bytes), |one| Ok(one.id))?;
        let claim = Claim {
            incident: self.inner.incident,
            id,
            person: known.person,
            line: new.line,
            state: StateKind::Draft,
            outside_cohort: false,
            sealed: sealed(&self.inner.keys, id, &record)?,
            made_at: before.as_ref().map_or(now, |one| one.made_at),
            changed_at: now,
        };
        let is_new = before.is_none();
        let written = self.inner.home.store.write(|tx| {
            if is_new { tx.draft_claim(&claim).map(|()| true) } else { tx.redraft_claim(&claim) }
        })?;
        if written { self.own_claim(known, &claim) } else { Err(wrong_state()) }
    }

    /// Hands a draft in, or what staff asked for.
    pub fn submit_claim(&self, visit: &Visit, id: &str) -> Result<OwnClaim> {
        let known = visit.asked(Unlock::Claim)?;
        self.serves(known)?;
        let claim = self.claim_of(known, id)?;
        let event = match claim.state {
            StateKind::NeedsEvidence => Event::Supply,
            StateKind::Draft
            | StateKind::Submitted
            | StateKind::UnderReview
            | StateKind::Approved
            | StateKind::Partial
            | StateKind::Rejected
            | StateKind::Appealed
            | StateKind::Scheduled
            | StateKind::Paid
            | StateKind::PayFailed
            | StateKind::Withdrawn => Event::Submit,
        };
        let outside = self.is_outside(known, claim.line)?;
        self.move_claim(&claim, (event, Some(outside)), "claim.submitted")?;
        self.own_claim(known, &self.claim_of(known, id)?)
    }

    /// Takes a claim back, as long as nothing was decided.
    pub fn withdraw_claim(&self, visit: &Visit, id: &str) -> Result<()> {
        let known = visit.asked(Unlock::Claim)?;
        let claim = self.claim_of(known, id)?;
        self.move_claim(&claim, (Event::Withdraw, None), "claim.withdrawn")
    }

    fn move_claim(&self, claim: &Claim, how: (Event, Option<bool>), kind: &str) -> Result<()> {
        let (home, keys) = (&self.inner.home, &self.inner.keys);
        let mut permit = permit(home, self.inner.incident, ACTOR, 1)?;
        let record = open(&mut permit, keys, claim)?;
        let desk = Desk { home, keys, by: None, actor: CUSTOMER };
        desk.step(claim, record, how, kind).map(drop)
    }

    fn claims_of(&self, known: &Known) -> Result<Vec<Claim>> {
        let (incident, person) = (self.inner.incident, known.person);
        let mut claims = self.inner.home.store.read(|tx| tx.claims_of(incident, person))?;
        claims.retain(|claim| known.line.is_none_or(|line| claim.line == line));
        Ok(claims)
    }

    fn claim_of(&self, known: &Known, id: &str) -> Result<Claim> {
        let id = claim_id(id)?;
        let claims = self.claims_of(known)?;
        claims.into_iter().find(|claim| claim.id == id).ok_or_else(unknown)
    }

    fn own_claim(&self, known: &Known, claim: &Claim) -> Result<OwnClaim> {
        let mut permit = permit(&self.inner.home, self.inner.incident, ACTOR, 1)?;
        let record = open(&mut permit, &self.inner.keys, claim)?;
        let number = match self.own_lines(known)?.remove(&claim.line) {
            Some(line) => line.msisdn.masked(),
            // It was theirs when they asked.
            None => String::from("***"),
        };
        Ok(OwnClaim {
            id: claim.id.to_string(),
            line: claim.line,
            number,
            state: claim.state.name(),
            amount_won: record.won,
            day: record.day.to_string(),
            merchant: record.merchant,
            note: record.note,
            created_at: claim.made_at,
            outside_cohort: claim.outside_cohort,
        })
    }

    /// Whether the newest list does not name the line: then staff look at its exposure again.
    fn is_outside(&self, known: &Known, line: LineId) -> Result<bool> {
        let (incident, person) = (self.inner.incident, known.person);
        let named = self.inner.home.store.read(|tx| {
            let ready = tx.revisions(incident)?.into_iter().filter(|one| one.hash.is_some());
            let Some(newest) = ready.map(|one| one.no).max() else { return Ok(false) };
            let exposures = tx.exposures_of(incident, newest, person)?;
            Ok(exposures.iter().any(|one| one.line == line && !one.facts.is_empty()))
        })?;
        Ok(!named)
    }
}
