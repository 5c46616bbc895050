//! What customers do with their own claims: write, hand in, take back, object. Nobody else sees a draft.

use simrecall_core::access::Unlock;
use simrecall_core::claim::{Event, Kind, Source, State, StateKind, may_object};
use simrecall_core::id::ClaimId;
use simrecall_store::claim::Claim;

use super::desk::{Desk, With};
use super::{claim_id, is_outside, open, permit, sealed, typed, unknown, wrong_state};
use crate::home::random;
use crate::problem::{Problem, Result};
use crate::replacement::CUSTOMER;
use crate::selfcheck::{ACTOR, Door, Known, NewClaim, OwnClaim, Visit};

/// Claims of one person at most, drafts among them.
const PER_PERSON: usize = 50;

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
            kind: Kind::Loss,
            source: Source::Customer,
            reference: None,
            appeal_until: None,
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
            | StateKind::Withdrawn
            | StateKind::Waived => Event::Submit,
        };
        let (home, incident) = (&self.inner.home, self.inner.incident);
        let whose = (known.person, claim.line);
        let outside = home.store.read(|tx| is_outside(tx, incident, whose))?;
        let with = With { outside: Some(outside), tell: None };
        self.move_claim(&claim, &event, with, "claim.submitted")?;
        self.own_claim(known, &self.claim_of(known, id)?)
    }

    /// Takes a claim back, as long as nothing was decided.
    pub fn withdraw_claim(&self, visit: &Visit, id: &str) -> Result<()> {
        let known = visit.asked(Unlock::Claim)?;
        let claim = self.claim_of(known, id)?;
        self.move_claim(&claim, &Event::Withdraw, With::default(), "claim.withdrawn")
    }

    /// Objects to a decision, as long as there is time: somebody else looks at it again.
    pub fn appeal_claim(&self, visit: &Visit, id: &str) -> Result<OwnClaim> {
        let known = visit.asked(Unlock::Claim)?;
        self.serves(known)?;
        let claim = self.claim_of(known, id)?;
        if claim.state.may_appeal() && !may_object(claim.appeal_until, self.now()) {
            return Err(Problem::state("appeal_over", "the time to object to this is over"));
        }
        self.move_claim(&claim, &Event::Appeal, With::default(), "claim.appealed")?;
        self.own_claim(known, &self.claim_of(known, id)?)
    }

    fn move_claim(&self, claim: &Claim, event: &Event, with: With, kind: &str) -> Result<()> {
        let (home, keys) = (&self.inner.home, &self.inner.keys);
        let mut permit = permit(home, self.inner.incident, ACTOR, 1)?;
        let record = open(&mut permit, keys, claim)?;
        let desk = Desk { home, keys, by: None, also_by: None, actor: CUSTOMER };
        desk.go(&desk.ready(claim, record, event, with)?, kind)
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
        let pay_on = match &record.state {
            State::Scheduled { on, .. } => Some(on.to_string()),
            State::Draft
            | State::Submitted
            | State::UnderReview
            | State::NeedsEvidence { .. }
            | State::Approved { .. }
            | State::Partial { .. }
            | State::Rejected { .. }
            | State::Appealed
            | State::Paid { .. }
            | State::PayFailed { .. }
            | State::Withdrawn
            | State::Waived { .. } => None,
        };
        let may_appeal = claim.state.may_appeal() && may_object(claim.appeal_until, self.now());
        Ok(OwnClaim {
            id: claim.id.to_string(),
            line: claim.line,
            number,
            kind: claim.kind.name(),
            source: claim.source.name(),
            state: claim.state.name(),
            amount_won: record.won,
            granted_won: record.state.granted(),
            pay_on,
            may_appeal,
            day: record.day.to_string(),
            merchant: record.merchant,
            note: record.note,
            created_at: claim.made_at,
            outside_cohort: claim.outside_cohort,
        })
    }
}
