//! Waiting for the new card to be seen, and no longer than that.

use chrono::TimeDelta;
use simrecall_core::replacement::swap::Outcome;
use simrecall_core::replacement::{Event, State};
use simrecall_store::{StoreError, Tx};

use super::watch::Point;
use super::work::{Flow, Worker, move_case};
use super::{ELSEWHERE, Ended};
use crate::problem::Result;

/// What came of the moment from which on only the attach is missing.
enum Stands {
    /// It waits.
    Waits,
    /// Somebody holds the line.
    Held,
    /// Somebody else has moved the case.
    Elsewhere,
    /// Somebody else works at it.
    Lost,
}

impl Worker<'_> {
    /// Looks again later, leaves, or turns back where the time is over.
    pub(super) fn wait(&mut self) -> Result<Flow> {
        let now = self.home.now();
        // Of a case that does not await the attach yet, this is the moment.
        let came = if self.case.state == State::Swapping { now } else { self.case.changed_at };
        let until = self.past.admitted_at.unwrap_or(came) + self.attach_within();
        let is_over = now >= until;
        let leaves = !is_over && !self.pace.stay;
        match self.stands(leaves)? {
            Stands::Waits => {}
            Stands::Held => return self.turn_back(Event::Hold),
            Stands::Elsewhere => return self.reload().map(|()| Flow::On),
            Stands::Lost => return Ok(Flow::End(Ended::Lost)),
        }
        if is_over {
            self.past.unseen = true;
            return self.turn_back(Event::RollBack);
        }
        self.watch.see(&Point::Waiting { until });
        if leaves {
            return Ok(Flow::End(Ended::Waiting));
        }
        self.seen = None;
        self.rest()
    }

    /// At home nobody helps with the tray.
    fn attach_within(&self) -> TimeDelta {
        match self.parcel {
            Some(_) => self.home.config.parcels.attach_within.0,
            None => self.pace.attach_within,
        }
    }

    /// One transaction: the line is not held, what was done last is written, the case awaits the attach, and who leaves gives the
    /// swap back.
    fn stands(&mut self, leaves: bool) -> Result<Stands> {
        let (case, before, now) = (self.case.clone(), self.done, self.home.now());
        let (id, token, number) = (self.swap.id, self.token, self.swap.number);
        let moves = case.state == State::Swapping;
        let step = |tx: &mut Tx<'_>| {
            if tx.line_is_held(&number)? {
                return Err(StoreError::State(HELD));
            }
            if let Some((no, command)) = before
                && !self.settle_in(tx, (no, command, Outcome::Done), now)?
            {
                return Err(StoreError::State(LOST));
            }
            if moves {
                move_case(tx, &case, Event::Provisioned, now)?;
            }
            if leaves && !tx.release_swap(id, token, Some(now))? {
                return Err(StoreError::State(LOST));
            }
            Ok(())
        };
        let writes = moves || leaves || before.is_some();
        let store = &self.home.store;
        match if writes { store.write(step) } else { store.read(step) } {
            Ok(()) => {}
            Err(StoreError::State(HELD)) => return Ok(Stands::Held),
            Err(StoreError::State(ELSEWHERE)) => return Ok(Stands::Elsewhere),
            Err(StoreError::State(LOST)) => return Ok(Stands::Lost),
            Err(error) => return Err(error.into()),
        }
        self.tell_settled();
        self.given_back = leaves;
        if moves && !leaves {
            self.reload()?;
        }
        Ok(Stands::Waits)
    }
}

const HELD: &str = "the line is held";
const LOST: &str = "somebody else works at the swap";
