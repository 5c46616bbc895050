//! Staff look at claims and decide them. An objection is decided by somebody else than what it is against.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::claim::{Event, Reason, StateKind};
use simrecall_core::id::{LineId, StaffId};
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::claim::Claim;
use simrecall_store::seal::IncidentKeys;
use simrecall_store::{StoreError, Tx};

use super::desk::{Desk, With};
use super::{Record, handed_in, is_decision, open, permit, wrong_state};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// Claims that a list shows at most.
const MOST: i64 = 10_000;

/// A claim, as a list of staff shows it: nothing of it is opened.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimRow {
    /// Its name.
    pub id: String,
    /// What it is about: `loss` or `refund`.
    pub kind: &'static str,
    /// Who found it: `customer`, `carrier` or `elsewhere`.
    pub source: &'static str,
    /// How it stands.
    pub state: &'static str,
    /// Whether no revision named its line when it was handed in: its exposure is looked at again.
    pub outside_cohort: bool,
    /// Until when its owner may object; none where nothing was decided, or nobody knows yet that they were told.
    pub appeal_until: Option<DateTime<Utc>>,
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
    /// How much of it was granted, in won.
    pub granted_won: Option<u64>,
    /// The day of the payment.
    pub day: NaiveDate,
    /// Whom was paid, as the customer knows it.
    pub merchant: String,
    /// What else the customer said.
    pub note: String,
    /// Other claims of the same person for the same line, day and amount, by name: perhaps the same money.
    pub same: Vec<String>,
}

impl fmt::Debug for ClaimAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimAnswer").field("row", &self.row).finish_non_exhaustive()
    }
}

/// What is decided of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// All of it is paid back.
    Approve,
    /// Part of it is.
    Part {
        /// How much, in won.
        won: u64,
        /// Why not all.
        reason: Reason,
    },
    /// Nothing of it is.
    Reject {
        /// Why.
        reason: Reason,
    },
    /// Its owner is asked for something first.
    Ask {
        /// For what.
        reason: Reason,
    },
}

/// A claim to decide.
#[derive(Debug, Clone, Copy)]
pub struct Decide<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The claim's name.
    pub claim: &'a str,
    /// What is decided.
    pub decision: &'a Decision,
    /// Who decides.
    pub by: &'a str,
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
    let beside = beside(home, &claim)?;
    let mut permit = permit(home, incident.id, &member.id.to_string(), 1 + beside.len())?;
    let record = open(&mut permit, &keys, &claim)?;
    let mut same = Vec::new();
    for other in beside {
        let said = open(&mut permit, &keys, &other)?;
        if (said.day, said.won) == (record.day, record.won) {
            same.push(other.id.to_string());
        }
    }
    let Record { won, day, merchant, note, state, .. } = record;
    let (row, line, granted_won) = (row(&claim), claim.line, state.granted());
    Ok(ClaimAnswer { row, line, amount_won: won, granted_won, day, merchant, note, same })
}

/// Begins to look at a claim that was handed in.
pub fn take(home: &Home, code: &str, id: &str, by: &str) -> Result<ClaimAnswer> {
    let looked = Looked::at(home, (code, id, by))?;
    let desk = looked.desk(home);
    let moving = desk.ready(&looked.claim, looked.record.clone(), &Event::Take, With::default())?;
    desk.go(&moving, "claim.taken")?;
    show(home, code, id, by)
}

/// Decides a claim that is looked at; its owner is told how, without a sum.
pub fn decide(home: &Home, new: &Decide<'_>) -> Result<ClaimAnswer> {
    let looked = Looked::at(home, (new.incident, new.claim, new.by))?;
    let (event, tell) = match new.decision {
        Decision::Approve => (Event::Approve, CaseNoticeKind::ClaimGranted),
        Decision::Part { won, reason } => {
            let event = Event::ApprovePart { won: *won, reason: reason.clone() };
            (event, CaseNoticeKind::ClaimPart)
        }
        Decision::Reject { reason } => {
            (Event::Reject { reason: reason.clone() }, CaseNoticeKind::ClaimRefused)
        }
        Decision::Ask { reason } => {
            (Event::Ask { reason: reason.clone() }, CaseNoticeKind::ClaimAsked)
        }
    };
    let desk = looked.desk(home);
    let with = With { outside: None, tell: Some(tell) };
    let moving = desk.ready(&looked.claim, looked.record.clone(), &event, with)?;
    let body = serde_json::json!({ "claim": looked.claim.id, "decided": event.done() });
    let incident = looked.claim.incident;
    let entry = home.entry("claim.decided", &looked.actor, Some(incident), body)?;
    let letters = desk.letters([&moving])?;
    let moved = home.store.write(|tx| {
        // Once the claim moved, nobody else can, so what is read then is all there is.
        let moved = moving.write(tx, home, &letters)?;
        if moved {
            not_again(tx, &looked)?;
            tx.journal(&entry)?;
        }
        Ok(moved)
    });
    match moved {
        Ok(true) => show(home, new.incident, new.claim, new.by),
        Ok(false) => Err(wrong_state()),
        Err(StoreError::State(AGAIN)) => Err(Problem::state(
            "same_person",
            "who decided a claim does not decide the objection to it",
        )
        .hint("somebody else of privacy or legal decides it")),
        Err(error) => Err(error.into()),
    }
}

const AGAIN: &str = "the same person decided before";

/// Refuses whoever decided the claim before.
fn not_again(tx: &mut Tx<'_>, looked: &Looked) -> std::result::Result<(), StoreError> {
    let events = tx.claim_events(looked.claim.incident, looked.claim.id)?;
    let Some((now, before)) = events.split_last() else { return Ok(()) };
    let again = before.iter().any(|one| is_decision(one.to) && one.by == Some(looked.by));
    if again && is_decision(now.to) { Err(StoreError::State(AGAIN)) } else { Ok(()) }
}

/// A claim that somebody opened.
pub(super) struct Looked {
    pub(super) claim: Claim,
    pub(super) record: Record,
    keys: IncidentKeys,
    pub(super) by: StaffId,
    pub(super) actor: String,
}

impl Looked {
    pub(super) fn at(home: &Home, (code, id, by): (&str, &str, &str)) -> Result<Self> {
        let member = staff::may(home, by, Act::HandleClaim)?;
        let incident = incident::by_code(home, code)?.id;
        let claim = handed_in(home, incident, id)?;
        let keys = home.keys.incident(incident).map_err(problem::keys)?;
        let actor = member.id.to_string();
        let mut permit = permit(home, incident, &actor, 1)?;
        let record = open(&mut permit, &keys, &claim)?;
        Ok(Self { claim, record, keys, by: member.id, actor })
    }

    pub(super) const fn keys(&self) -> &IncidentKeys {
        &self.keys
    }

    pub(super) fn desk<'a>(&'a self, home: &'a Home) -> Desk<'a> {
        Desk { home, keys: &self.keys, by: Some(self.by), also_by: None, actor: &self.actor }
    }
}

/// The person's other claims for the line that were handed in and not taken back.
fn beside(home: &Home, claim: &Claim) -> Result<Vec<Claim>> {
    let mut claims = home.store.read(|tx| tx.claims_of(claim.incident, claim.person))?;
    let silent = [StateKind::Draft, StateKind::Withdrawn];
    claims.retain(|other| {
        other.id != claim.id && other.line == claim.line && !silent.contains(&other.state)
    });
    Ok(claims)
}

fn row(claim: &Claim) -> ClaimRow {
    ClaimRow {
        id: claim.id.to_string(),
        kind: claim.kind.name(),
        source: claim.source.name(),
        state: claim.state.name(),
        outside_cohort: claim.outside_cohort,
        appeal_until: claim.appeal_until,
        made_at: claim.made_at,
        changed_at: claim.changed_at,
    }
}
