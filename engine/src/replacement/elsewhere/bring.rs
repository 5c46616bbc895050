//! One row is brought in, with all that follows from a change of cards, in one transaction.

use serde_json::json;
use simrecall_core::replacement::eligible::RefundDays;
use simrecall_core::replacement::{Event, State, local_day, step};
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::IncidentKeys;
use simrecall_store::{StoreError, Tx};

use super::Desk;
use super::judge::Change;
use crate::claim::refund::{NewRefund, add_refund};
use crate::problem::{self, Problem, Result};
use crate::replacement::notices::Letters;
use crate::swap::{Loom, Orders, Ties, unreadable};

/// What came of a row.
pub(super) enum Brought {
    /// It was brought in before.
    Known,
    /// The case is completed.
    Completed {
        /// Whether it did not exist before.
        opened: bool,
        /// Whether what was paid is to be paid back.
        refunded: bool,
    },
}

/// What follows from a change, ready to be written.
struct Consequences {
    ties: Option<Ties>,
    orders: Orders,
    letters: Letters,
    keys: IncidentKeys,
    refund: Option<u64>,
}

/// The case, or the line, is not as it was judged.
const CHANGED: &str = "the case has just changed";

impl Desk<'_> {
    pub(super) fn bring(&self, change: &Change) -> Result<Brought> {
        let ready = self.ready(change)?;
        let what = json!({
            "case": change.case.id, "lines": [change.case.line], "at": change.completed_at, "with": self.with.id,
        });
        let (kind, incident) = ("replacement.completed_elsewhere", Some(self.incident));
        let entry = self.home.entry(kind, &self.actor, incident, what)?;
        let done = self.home.store.write(|tx| {
            let is_done = self.complete(tx, change)?;
            if is_done {
                self.follow(tx, change, &ready)?;
                tx.journal(&entry)?;
            }
            Ok(is_done)
        });
        match done {
            Ok(true) => {
                let refunded = ready.refund.is_some();
                Ok(Brought::Completed { opened: change.is_new, refunded })
            }
            Ok(false) => Ok(Brought::Known),
            Err(StoreError::State(why)) => Err(Problem::state("case_state", why)
                .hint("what was brought in before stays so; run the same command again")),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks up, opens and seals what the transaction writes, and tells the network of the line's lock.
    fn ready(&self, change: &Change) -> Result<Consequences> {
        let (home, now) = (self.home, self.home.now());
        let record = &change.found.record;
        let loom = Loom { home, service: &self.service };
        // A registry that is young enough may know the new card already: then the tie is at it.
        let cards = record.imsi.as_ref().zip(change.new_imsi.as_ref()).filter(|(a, b)| a != b);
        let ties = cards.map(|cards| loom.rebind(cards, now)).transpose()?.flatten();
        if let (Some(ties), Some(hlr)) = (&ties, self.hlr) {
            hlr.lock(&ties.order).map_err(unreadable)?;
        }
        let mut letters = Letters::none();
        letters.add(home, std::slice::from_ref(&change.case))?;
        Ok(Consequences {
            ties,
            orders: Orders::of_change(home, &self.service, &record.msisdn, change.completed_at)?,
            letters,
            keys: home.keys.incident(self.incident).map_err(problem::keys)?,
            refund: self.refund(change),
        })
    }

    /// Moves the case. Whether it was not done before.
    fn complete(&self, tx: &mut Tx<'_>, change: &Change) -> std::result::Result<bool, StoreError> {
        // Whoever holds the line comes before or after this, not in between.
        tx.lock_line(&change.number)?;
        if tx.line_is_held(&change.number)? {
            return Err(StoreError::State(CHANGED));
        }
        let cases = tx.replacements_of(self.incident, &[change.case.line])?;
        if cases.iter().any(|case| is_same(case, change)) {
            return Ok(false);
        }
        if change.is_new && !tx.apply_for_replacement(&change.case)? {
            return Err(StoreError::State(CHANGED));
        }
        let (case, event) = (&change.case, Event::CompleteElsewhere);
        let done = tx.move_case(&CaseMove {
            case,
            event,
            to: step(case.state, event).map_err(|_| StoreError::State(CHANGED))?,
            place: PlaceChange::Leave,
            by: Some(self.by.id),
            agency: change.agency,
            at: change.completed_at,
        })?;
        if done == Moved::Done { Ok(true) } else { Err(StoreError::State(CHANGED)) }
    }

    /// Writes what follows.
    fn follow(
        &self,
        tx: &mut Tx<'_>,
        change: &Change,
        ready: &Consequences,
    ) -> std::result::Result<(), StoreError> {
        let (home, case) = (self.home, &change.case);
        tx.raise_sim_change(&change.number, change.completed_at)?;
        if let Some(ties) = &ready.ties {
            ties.write(tx)?;
        }
        ready.orders.write(tx, case, home.now())?;
        ready.letters.write(tx, home, case, (CaseNoticeKind::Completed, 0))?;
        let Some(won) = ready.refund else { return Ok(()) };
        let new = NewRefund {
            incident: self.incident,
            line: case.line,
            person: case.person,
            won,
            day: local_day(change.completed_at),
            shop: self.shop(change),
            reference: &case.id.to_string(),
            by: [self.by.id, self.with.id],
        };
        add_refund(tx, home, &ready.keys, &new).map(drop)
    }

    /// What was paid for the card, if it is paid back.
    fn refund(&self, change: &Change) -> Option<u64> {
        let config = &self.home.config.replacement;
        let (from, until) = config.refund_from.zip(config.refund_until)?;
        let covered = RefundDays { from, until }.covers(change.completed_at);
        change.paid_won.filter(|_| covered)
    }

    fn shop(&self, change: &Change) -> &str {
        let agency = change.agency.and_then(|id| self.agencies.iter().find(|one| one.id == id));
        agency.map_or("", |agency| agency.name.as_str())
    }
}

fn is_same(case: &ReplacementCase, change: &Change) -> bool {
    case.state == State::Completed && case.completed_at == Some(change.completed_at)
}
