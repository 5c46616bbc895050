//! Claims: money that somebody else took by way of a line, or that its holder paid for a new card.
//!
//! | part | does |
//! |---|---|
//! | `own` | what customers do with their own claims |
//! | [`review`] | staff look at claims and decide them |
//! | [`find`] | losses the carrier found itself |
//! | `refund` | what somebody paid for a card that was changed elsewhere |
//! | [`schedule`], [`export`], [`paid`], [`waive`] | the money |
//! | `appeal` | how long a decision may be objected to |
//! | `desk` | how a claim moves, and who is told |
//! | [`benefit`] | what people choose of what their carrier offers them besides |
//! | `numbers`, `sealed_file` | what goes to whoever pays or grants |
//!
//! Staff decide; nothing here adds evidence. Whoever found or decided a claim does not pay it out.

pub(crate) mod appeal;
pub mod benefit;
mod desk;
pub mod export;
pub mod find;
mod numbers;
mod own;
pub mod paid;
pub(crate) mod refund;
pub mod review;
pub mod schedule;
mod sealed_file;
mod typed;
pub mod waive;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::access::Purpose;
use simrecall_core::claim::{State, StateKind};
use simrecall_core::id::{ClaimId, IncidentId, LineId, StaffId, SubscriberId};
use simrecall_store::claim::{Claim, ClaimEvent};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::{IncidentKeys, Table};
use simrecall_store::{StoreError, Tx};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::home::Home;
use crate::pages::{PAGE, pages};
use crate::problem::{self, Problem, Result};

/// Claims that are moved in one transaction.
const AT_ONCE: usize = 200;

/// What is sealed of a claim. `Debug` is not there.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    /// How much is claimed.
    pub(crate) won: u64,
    pub(crate) day: NaiveDate,
    merchant: String,
    note: String,
    pub(crate) state: State,
    /// What the customer claimed before the carrier found the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    twin: Option<ClaimId>,
}

/// The claims of an incident in these states, oldest first, page by page.
fn claims_in<'a>(
    home: &'a Home,
    incident: IncidentId,
    states: &'a [StateKind],
) -> impl Iterator<Item = Result<Vec<Claim>>> + 'a {
    let read =
        move |after| Ok(home.store.read(|tx| tx.claims_after(incident, states, after, PAGE))?);
    pages(read, |claim: &Claim| (claim.made_at, claim.id))
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

fn permit(home: &Home, incident: IncidentId, actor: &str, rows: usize) -> Result<Permit> {
    permit_for(home, Purpose::CustomerRequest, incident, actor, rows)
}

/// The right to open claims; who does and why is in the journal first.
pub(crate) fn permit_for(
    home: &Home,
    purpose: Purpose,
    incident: IncidentId,
    actor: &str,
    rows: usize,
) -> Result<Permit> {
    home.permit(&PermitRequest {
        purpose,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: "claims".to_owned(),
        fields: vec!["amount".to_owned(), "merchant".to_owned(), "note".to_owned()],
        rows: u64::try_from(rows).unwrap_or(u64::MAX),
    })
}

/// Opens a claim.
pub(crate) fn open(permit: &mut Permit, keys: &IncidentKeys, claim: &Claim) -> Result<Record> {
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

fn wrong_state() -> Problem {
    Problem::state("claim_state", "the claim cannot go there from where it is")
}

/// Whether the newest list does not name the line: then staff look at its exposure again.
fn is_outside(
    tx: &mut Tx<'_>,
    incident: IncidentId,
    (person, line): (SubscriberId, LineId),
) -> std::result::Result<bool, StoreError> {
    let ready = tx.revisions(incident)?.into_iter().filter(|one| one.hash.is_some());
    let Some(newest) = ready.map(|one| one.no).max() else { return Ok(true) };
    let exposures = tx.exposures_of(incident, newest, person)?;
    Ok(!exposures.iter().any(|one| one.line == line && !one.facts.is_empty()))
}

/// Whoever found a claim or decided it: they do not pay it out, and decide no objection to it.
fn found_or_decided(events: &[ClaimEvent]) -> impl Iterator<Item = StaffId> + '_ {
    let counts = |event: &&ClaimEvent| event.from == StateKind::Draft || is_decision(event.to);
    events.iter().filter(counts).flat_map(|event| [event.by, event.also_by]).flatten()
}

/// Whether a claim comes there by a decision.
const fn is_decision(to: StateKind) -> bool {
    match to {
        StateKind::Approved | StateKind::Partial | StateKind::Rejected => true,
        StateKind::Draft
        | StateKind::Submitted
        | StateKind::UnderReview
        | StateKind::NeedsEvidence
        | StateKind::Appealed
        | StateKind::Scheduled
        | StateKind::Paid
        | StateKind::PayFailed
        | StateKind::Withdrawn
        | StateKind::Waived => false,
    }
}

/// The day it is for the carrier's customers.
fn today(home: &Home, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&home.config.law.zone).date_naive()
}
