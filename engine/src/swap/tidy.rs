//! Three days after a swap: the old card's row is deleted, and the card retired if it was ours.

use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::swap::{Holder, Number, Outcome, Reason, Truth};
use simrecall_store::StoreError;
use simrecall_store::card::CardMove;
use simrecall_store::swap::{Intended, SentCommand};

use super::act::Sent;
use super::watch::Point;
use super::work::{Flow, Worker};
use super::{ELSEWHERE, Ended, moved_on};
use crate::card::CardRecord;
use crate::problem::Result;

/// Whether the old row may be deleted now; `false`: it is gone. Anything else that is true of it is for a person.
pub(super) fn may_delete(truth: &Truth) -> std::result::Result<bool, Reason> {
    let Some(old) = truth.old else { return Ok(false) };
    if !truth.agrees() {
        return Err(Reason::Contradiction);
    }
    match (old.number, truth.holder) {
        (Number::None, Holder::New) if !old.access.any() => Ok(true),
        (Number::Other, Holder::Nobody | Holder::Old | Holder::New | Holder::Third) => {
            Err(Reason::OldHasAnotherNumber)
        }
        (Number::None | Number::Ours, Holder::Third) => Err(Reason::NumberAtThird),
        (Number::None | Number::Ours, Holder::Nobody | Holder::Old | Holder::New) => {
            Err(Reason::Contradiction)
        }
    }
}

impl Worker<'_> {
    /// One command like any other: written down, sent, its result written down.
    pub(super) fn delete_old(&mut self) -> Result<Flow> {
        let no = match self.intend(SentCommand::DeleteOld)? {
            Intended::Written => self.steps,
            Intended::LeaseLost | Intended::CaseElsewhere(_) => {
                return Ok(Flow::End(Ended::Lost));
            }
            // Who holds the line may want the old card back.
            Intended::LineHeld => return Ok(Flow::End(Ended::Completed)),
        };
        let sent = self.hlr.delete(&self.plan.old);
        let sent = sent.map_or_else(|error| Sent::of(&error), |()| Sent::Done);
        let (id, token, outcome, now) = (self.swap.id, self.token, sent.outcome(), self.home.now());
        if !self.home.store.write(|tx| tx.settle_step(id, no, token, outcome, now))? {
            return Ok(Flow::End(Ended::Lost));
        }
        // Whether it is gone, only a fresh look says.
        if outcome == Outcome::Done { Ok(Flow::On) } else { self.missed("hlr_not_deleted") }
    }

    /// Nothing is left to do.
    pub(super) fn tidied(&mut self) -> Result<Flow> {
        let now = self.home.now();
        let key = CardRecord::imsi_key(&self.service, &self.plan.old);
        let body = serde_json::json!({ "case": self.case.id, "swap": self.swap.id });
        let entry =
            self.home.entry("swap.tidied", super::plan::ACTOR, Some(self.case.incident), body)?;
        let (id, token) = (self.swap.id, self.token);
        let done = self.home.store.write(|tx| {
            if !tx.settle_swap(id, token, now)? {
                return Err(StoreError::State(ELSEWHERE));
            }
            let (from, to) = (CardState::Active, CardState::Retired);
            for old in tx.cards_by_imsi(&[key])? {
                tx.move_card(&CardMove { card: old.id, from, to, sealed: None, at: now })?;
            }
            tx.journal(&entry).map(drop)
        });
        if !moved_on(done)? {
            return Ok(Flow::End(Ended::Lost));
        }
        self.given_back = true;
        self.watch.see(&Point::Tidied);
        Ok(Flow::End(Ended::Tidied))
    }
}

#[cfg(test)]
mod tests {
    use simrecall_core::replacement::swap::{Access, KeyState, Row};

    use super::*;

    #[test]
    fn only_what_nobody_uses_is_deleted() {
        let row = |number, access| Row { number, key: KeyState::Ours, access, registered_at: None };
        let truth = |old, holder| Truth { old, new: Some(row(Number::Ours, Access::BOTH)), holder };
        let barred = row(Number::None, Access::NONE);
        assert_eq!(may_delete(&truth(Some(barred), Holder::New)), Ok(true));
        assert_eq!(may_delete(&truth(None, Holder::New)), Ok(false));
        let open = row(Number::None, Access::BOTH);
        assert_eq!(may_delete(&truth(Some(open), Holder::New)), Err(Reason::Contradiction));
        let reused = row(Number::Other, Access::NONE);
        assert_eq!(may_delete(&truth(Some(reused), Holder::New)), Err(Reason::OldHasAnotherNumber));
    }
}
