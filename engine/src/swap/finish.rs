//! The ends of a swap, each one transaction: the new card works, the old one works again, or a person decides.

use chrono::{DateTime, Utc};
use simrecall_core::id::TicketId;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::parcel::End;
use simrecall_core::replacement::swap::{Command, Outcome, Reason, Truth};
use simrecall_core::replacement::{Event, State};
use simrecall_gateway::hlr::HlrError;
use simrecall_store::card::CardMove;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::swap::{SentCommand, Ticket};
use simrecall_store::{StoreError, Tx};

use super::tie::{Loom, Ties};
use super::watch::Point;
use super::work::{Flow, Worker, move_case};
use super::{ELSEWHERE, Ended, KEEP_OLD, moved_on};
use crate::home::random;
use crate::problem::Result;
use crate::replacement::notices::Letters;
use crate::replacement::parcel::over;
use crate::terminal::limit;

impl Worker<'_> {
    fn loom(&self) -> Loom<'_> {
        Loom { home: self.home, service: &self.service }
    }

    /// The new card was seen: everything that follows from it, at once.
    pub(super) fn complete(&mut self) -> Result<Flow> {
        // The attach is only believed once the case awaits it: a swap that was cut right before goes on from there.
        if self.case.state == State::Swapping {
            let (case, at) = (self.case.clone(), self.home.now());
            moved_on(self.home.store.write(|tx| move_case(tx, &case, Event::Provisioned, at)))?;
            return self.reload().map(|()| Flow::On);
        }
        let now = self.home.now();
        let ties = self.loom().rebind((&self.plan.old, &self.plan.new), now)?;
        if let Some(flow) = self.locked(ties.as_ref())? {
            return Ok(flow);
        }
        let sealed = self.card.keyless_sealed(&self.service)?;
        let orders = self.orders()?;
        let subjects = limit::subjects_of(self.home, self.case.id, &self.swap.number);
        let body = serde_json::json!({ "case": self.case.id, "swap": self.swap.id });
        let entry = self.home.entry(
            "swap.completed",
            super::plan::ACTOR,
            Some(self.case.incident),
            body,
        )?;
        let (swap, case, token, card) = (&self.swap, &self.case, self.token, self.swap.card);
        let (from, to) = (CardState::Reserved, CardState::Active);
        let done = self.home.store.write(|tx| {
            if tx.line_is_held(&swap.number)? {
                return Err(StoreError::State(HELD));
            }
            let step = CardMove { card, from, to, sealed: Some(&sealed), at: now };
            let is_ours = tx.complete_swap(swap.id, token, now, now + KEEP_OLD)?;
            if !is_ours || !tx.move_card(&step)? {
                return Err(StoreError::State(ELSEWHERE));
            }
            move_case(tx, case, Event::Attach, now)?;
            if let Some(ties) = &ties {
                ties.write(tx)?;
            }
            orders.write(tx, case, now)?;
            tx.subject_swapped(&subjects, now)?;
            if let Some(parcel) = &self.parcel {
                over::closed(tx, self.home, parcel, End::Activated)?;
            }
            tx.journal(&entry).map(drop)
        });
        match done {
            Err(StoreError::State(HELD)) => self.turn_back(Event::Hold),
            done => self.ended(moved_on(done)?, Point::Completed, Ended::Completed),
        }
    }

    /// The old card works again: everything that follows from it, at once.
    pub(super) fn undo(&mut self) -> Result<Flow> {
        let now = self.home.now();
        let was_completed = self.card.key.is_none();
        let (old, new) = (&self.plan.old, &self.plan.new);
        let ties = match (was_completed, self.plan.loosened) {
            (true, _) => self.loom().rebind((new, old), now)?,
            (false, true) => self.loom().restore(old, now)?,
            (false, false) => None,
        };
        if let Some(flow) = self.locked(ties.as_ref())? {
            return Ok(flow);
        }
        // A card that went home and whose key was written never serves anybody else.
        let is_used = self.parcel.is_some() && self.card_is_keyed()?;
        let is_defective = self.key_is_doubtful()? || is_used;
        let letters = self.letters()?;
        let body = serde_json::json!({ "case": self.case.id, "swap": self.swap.id });
        let entry = self.home.entry(
            "swap.rolled_back",
            super::plan::ACTOR,
            Some(self.case.incident),
            body,
        )?;
        let (swap, case, token, card) = (&self.swap, &self.case, self.token, self.swap.card);
        let moved = |from, to| CardMove { card, from, to, sealed: None, at: now };
        let done = self.home.store.write(|tx| {
            if !tx.undo_swap(swap.id, token, now)? {
                return Err(StoreError::State(ELSEWHERE));
            }
            let is_held = tx.line_is_held(&swap.number)?;
            let event = if is_held { Event::RolledBackHeld } else { Event::RolledBack };
            let given_back = if was_completed {
                tx.move_card(&moved(CardState::Active, CardState::Retired))?
            } else {
                tx.release_card(card, (case.incident, case.id), CardState::Quarantined, now)?
            };
            if !given_back {
                return Err(StoreError::State(ELSEWHERE));
            }
            if is_defective {
                tx.move_card(&moved(CardState::Quarantined, CardState::Defective))?;
            }
            // What was given back may have given the case its place back.
            let case = tx.replacement(case.incident, case.id)?;
            let case = case.ok_or(StoreError::NotFound("replacement_case"))?;
            move_case(tx, &case, event, now)?;
            if let Some(parcel) = &self.parcel {
                let end = if is_held { End::Held } else { End::RolledBack };
                over::closed(tx, self.home, parcel, end)?;
                letters.write(tx, self.home, &case, (CaseNoticeKind::RolledBack, case.version))?;
                if !is_held {
                    leave(tx, &case, now)?;
                }
            }
            if let Some(ties) = &ties {
                ties.write(tx)?;
            }
            tx.journal(&entry)?;
            Ok(is_held)
        });
        match done {
            Err(StoreError::State(ELSEWHERE)) => self.ended(false, Point::RolledBack, Ended::Lost),
            done => {
                let ended = if done? { Ended::RolledBackHeld } else { Ended::RolledBack };
                self.ended(true, Point::RolledBack, ended)
            }
        }
    }

    /// Whether its key was written, or may have been.
    fn card_is_keyed(&self) -> Result<bool> {
        let id = self.swap.card;
        let card = self.home.store.read(|tx| tx.card(id))?;
        Ok(card.is_some_and(|card| card.keyed))
    }

    /// Where whoever activates a card at home is reached: nobody stands at a counter and sees what becomes of it.
    fn letters(&self) -> Result<Letters> {
        let mut letters = Letters::none();
        if self.parcel.is_some() {
            letters.add(self.home, std::slice::from_ref(&self.case))?;
        }
        Ok(letters)
    }

    /// Whether nobody knows if the card's key was written: then it is of no use to anybody.
    fn key_is_doubtful(&self) -> Result<bool> {
        let id = self.swap.id;
        let steps = self.home.store.read(|tx| tx.swap_steps(id))?;
        let key = SentCommand::Swap(Command::Key);
        Ok(steps.iter().any(|one| one.command == key && one.outcome == Outcome::Unknown))
    }

    /// Tells the network what becomes of the tie. What it did not hear is told again after the next look.
    fn locked(&mut self, ties: Option<&Ties>) -> Result<Option<Flow>> {
        let Some(ties) = ties else { return Ok(None) };
        match self.hlr.lock(&ties.order) {
            Ok(_) => Ok(None),
            Err(HlrError::Untrusted) => Err(super::work::unreadable(HlrError::Untrusted)),
            Err(error) => self.missed(error.code()).map(Some),
        }
    }

    /// A transaction that somebody was in the way of leaves the swap as it was: it is looked at again.
    fn ended(&mut self, committed: bool, point: Point, ended: Ended) -> Result<Flow> {
        if committed {
            // Each of these gives the swap back with what it writes.
            self.given_back = true;
            self.watch.see(&point);
            return Ok(Flow::End(ended));
        }
        self.seen = None;
        self.rest()
    }

    /// A person decides. `truth`: what the register said last; none if it could not be read.
    pub(super) fn stall(&mut self, reason: Reason, truth: Option<Truth>) -> Result<Flow> {
        let now = self.home.now();
        let ticket = Ticket {
            id: TicketId::from_bytes(random()?),
            swap: self.swap.id,
            reason,
            truth: serde_json::to_string(&truth).unwrap_or_default(),
            opened_at: now,
            closed: None,
        };
        let body = serde_json::json!({
            "case": self.case.id, "swap": self.swap.id, "ticket": ticket.id, "reason": reason.name(),
        });
        let entry =
            self.home.entry("swap.ticket", super::plan::ACTOR, Some(self.case.incident), body)?;
        let (case, token, id) = (&self.case, self.token, self.swap.id);
        let done = self.home.store.write(|tx| {
            if !tx.release_swap(id, token, None)? {
                return Err(StoreError::State(ELSEWHERE));
            }
            if case.state != State::Completed {
                move_case(tx, case, Event::Stall, now)?;
            }
            tx.open_ticket(&ticket)?;
            tx.journal(&entry).map(drop)
        });
        self.ended(moved_on(done)?, Point::Ticket { reason }, Ended::Ticket { reason })
    }

    /// What is left of the old card goes, once nobody can want it back.
    pub(super) fn tidy(&mut self) -> Result<Flow> {
        if self.swap.completed_at.is_none_or(|at| self.home.now() < at + KEEP_OLD) {
            return Ok(Flow::End(Ended::Completed));
        }
        let seen = match self.look()? {
            Ok(seen) => seen,
            Err(flow) => return Ok(flow),
        };
        match super::tidy::may_delete(&seen.truth) {
            Err(reason) => self.stall(reason, Some(seen.truth)),
            Ok(false) => self.tidied(),
            Ok(true) => self.delete_old(),
        }
    }
}

/// Nobody is at a counter: whose swap at home went back is in line for another card at once.
fn leave(
    tx: &mut Tx<'_>,
    before: &ReplacementCase,
    at: DateTime<Utc>,
) -> std::result::Result<(), StoreError> {
    let case = tx.replacement(before.incident, before.id)?;
    let case = case.ok_or(StoreError::NotFound("replacement_case"))?;
    move_case(tx, &case, Event::Leave, at)
}

/// The line was held before the new card was seen.
const HELD: &str = "the line is held";
