//! Who asks money back, and what became of it. Sealed with the incident's key; an open one keeps the incident from being erased.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::claim::{Kind, Source, StateKind};
use simrecall_core::id::{ClaimId, IncidentId, LineId, StaffId, SubscriberId};

use crate::tx::forward;

/// One claim. Its record is bound to the bytes of its id.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// The incident.
    pub incident: IncidentId,
    /// Its name, random.
    pub id: ClaimId,
    /// Whose it is.
    pub person: SubscriberId,
    /// The line the money was taken by.
    pub line: LineId,
    /// Where it is.
    pub state: StateKind,
    /// Whether no revision named the line when it was handed in.
    pub outside_cohort: bool,
    /// What it says, and what belongs to its state, sealed.
    pub sealed: Vec<u8>,
    /// When it was begun.
    pub made_at: DateTime<Utc>,
    /// When it was changed last.
    pub changed_at: DateTime<Utc>,
    /// What it is about.
    pub kind: Kind,
    /// Who found that.
    pub source: Source,
    /// Blind index of what the finder calls it, under the incident's key; none where its owner found it.
    pub reference: Option<[u8; 16]>,
    /// Until when a decision may be objected to; none as long as nobody knows that its owner was told.
    pub appeal_until: Option<DateTime<Utc>>,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({}, {})", self.id, self.state.name())
    }
}

/// A claim is to move.
#[derive(Clone)]
pub struct ClaimStep<'a> {
    /// The incident.
    pub incident: IncidentId,
    /// The claim.
    pub id: ClaimId,
    /// Where it must be.
    pub from: StateKind,
    /// Where it goes.
    pub to: StateKind,
    /// What is known of the cohort now, where that is looked at: when it is handed in.
    pub outside_cohort: Option<bool>,
    /// What it says from now on, sealed; none if that stays as it is.
    pub sealed: Option<&'a [u8]>,
    /// Who does it; none for its owner.
    pub by: Option<StaffId>,
    /// The second of two who do it together.
    pub also_by: Option<StaffId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for ClaimStep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClaimStep({}, {} to {})", self.id, self.from.name(), self.to.name())
    }
}

/// One step of a claim, as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimEvent {
    /// Where it was.
    pub from: StateKind,
    /// Where it went.
    pub to: StateKind,
    /// Who did it; none for its owner.
    pub by: Option<StaffId>,
    /// The second of two who did it together.
    pub also_by: Option<StaffId>,
    /// When.
    pub at: DateTime<Utc>,
}

forward! { claim:
    /// Begins a claim, as a draft whatever it says. Refused when the incident is being erased; a reference that is there is a
    /// conflict.
    pub fn draft_claim(claim: &Claim) -> ();
    /// Writes a draft anew: line, record and when. Whether it is a draft of that person.
    pub fn redraft_claim(claim: &Claim) -> bool;
    /// Moves a claim and keeps the step, if it is where the step says; the step's number, or none if it was not there. A decision
    /// that may be objected to begins no time by itself. Refused when the incident is being erased.
    pub fn step_claim(step: &ClaimStep<'_>) -> Option<i32>;
    /// Says until when a decision may be objected to, unless that was said. Whether it did.
    pub fn begin_appeal(incident: IncidentId, id: ClaimId, until: DateTime<Utc>) -> bool;
    /// One claim.
    pub fn claim(incident: IncidentId, id: ClaimId) -> Option<Claim>;
    /// One person's claims, oldest first.
    pub fn claims_of(incident: IncidentId, person: SubscriberId) -> Vec<Claim>;
    /// Claims in these states, oldest first, as many as `limit`.
    pub fn claims_in(incident: IncidentId, states: &[StateKind], limit: i64) -> Vec<Claim>;
    /// The next page of the claims in these states, oldest first: behind a claim that was made then, under that name.
    pub fn claims_after(incident: IncidentId, states: &[StateKind], after: Option<(DateTime<Utc>, ClaimId)>, limit: i64) -> Vec<Claim>;
    /// Claims that were handed in for lines no revision named then, and were not taken back: each asks whether the list is whole.
    pub fn claims_outside(incident: IncidentId) -> Vec<Claim>;
    /// What became of a claim, in order.
    pub fn claim_events(incident: IncidentId, id: ClaimId) -> Vec<ClaimEvent>;
    /// How many wait for something, or may still be objected to.
    pub fn open_claims(incident: IncidentId, now: DateTime<Utc>) -> u64;
    /// Which of these references are on record.
    pub fn claim_references(incident: IncidentId, references: &[[u8; 16]]) -> Vec<[u8; 16]>;
}
