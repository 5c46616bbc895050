//! One turn: hear, prepare, commit, and only then submit and acknowledge.

use std::time::Duration;

use chrono::TimeDelta;
use simrecall_core::id::{ChunkNo, WaveNo};
use simrecall_core::wave::WaveState;
use simrecall_gateway::Event;
use simrecall_store::StoreError;
use simrecall_store::lease::LeaseToken;
use simrecall_store::ledger::{Control, Intents, Turn, TurnDone};

use super::hear::Heard;
use super::issue::Batch;
use super::lane::Lane;
use super::{HEARD_AT_ONCE, Sender, WAIT};
use crate::home::Home;
use crate::problem::{self, Problem, Result};

impl Sender<'_> {
    /// One turn of the loop.
    pub(super) fn turn(&mut self) -> Result<()> {
        self.keep_leases()?;
        let control = self.read_control()?;
        let now = self.home.now();
        let wait = if self.has_room(control, now) { Duration::ZERO } else { WAIT };
        let events = self.listen(wait);
        let quiet = events.is_empty();
        let heard = self.hear(events)?;
        let batches = if self.is_draining() || self.paused {
            Vec::new()
        } else {
            self.prepare(&heard, control)?
        };
        let worked = !heard.is_empty() || !batches.is_empty();
        if worked {
            self.commit(heard, batches)?;
        }
        self.finish_chunks()?;
        if quiet {
            self.note_quiet();
        }
        let followed = self.follow_if_released()?;
        self.quiet = if worked || followed { 0 } else { self.quiet.saturating_add(1) };
        Ok(())
    }

    /// Nothing follows in a wave that was cancelled meanwhile.
    fn follow_if_released(&mut self) -> Result<bool> {
        let is_due = self.due.values().any(|at| *at <= self.home.now());
        if !is_due || is_cancelled(self.home, self.wave.no)? {
            return Ok(false);
        }
        self.follow()
    }

    fn read_control(&mut self) -> Result<Control> {
        let no = self.wave.no;
        let control = self.home.store.read(|tx| tx.control(no)).map_err(problem::store)?;
        self.paused = control.paused;
        self.holds.read(self.home)?;
        self.limits.read(self.home, &self.wave)?;
        Ok(control)
    }

    fn has_room(&mut self, control: Control, now: chrono::DateTime<chrono::Utc>) -> bool {
        !self.paused
            && !self.is_draining()
            && self.lanes.iter_mut().any(|lane| {
                let has_work = lane.work.as_ref().is_some_and(|work| {
                    !work.queue.is_empty() && !self.holds.forbids(lane.rung, &work.chunk.country)
                });
                has_work && lane.room(0, control.pace, now) > 0
            })
    }

    /// What the routes say, and our own events; waits a little if there is nothing.
    fn listen(&mut self, wait: Duration) -> Vec<(usize, Event)> {
        let mut events = std::mem::take(&mut self.own_events);
        while events.len() < HEARD_AT_ONCE {
            match self.inbox.try_recv() {
                Ok(event) => events.push(event),
                Err(_) => break,
            }
        }
        if events.is_empty() && !wait.is_zero() {
            let inbox = &mut self.inbox;
            self.runtime.block_on(async {
                let some = inbox.recv_many(&mut events, HEARD_AT_ONCE);
                // Nothing within the wait is an answer too.
                tokio::time::timeout(wait, some).await.unwrap_or_default()
            });
        }
        events
    }

    /// Commits what was heard and what is about to be sent, then acts on it.
    fn commit(&mut self, heard: Heard, batches: Vec<Batch>) -> Result<()> {
        let intents = self.intents(&batches)?;
        let turn = Turn {
            outcomes: &heard.outcomes,
            receipts: &heard.receipts,
            intents: &intents,
            now: self.home.now(),
        };
        let recent = &self.recent;
        match self.home.store.write(|tx| tx.commit_turn(&turn, recent)) {
            Ok(TurnDone { mark, applied, intents, news }) => {
                self.recent.learn(news);
                self.marks.write(mark)?;
                self.take_back(heard, &applied)?;
                self.submit(batches, intents)
            }
            Err(StoreError::LeaseLost(_)) if !batches.is_empty() => {
                // Somebody else has the chunk now; what was heard still counts.
                for batch in batches {
                    if let Some(lane) = self.lanes.get_mut(batch.lane) {
                        lane.work = None;
                    }
                }
                self.commit(heard, Vec::new())
            }
            Err(error) => Err(problem::store(error)),
        }
    }

    /// The rows of batches, each with the chunk that carries it out.
    fn intents<'b>(&'b self, batches: &[Batch]) -> Result<Vec<Intents<'b>>> {
        let of = |batch: &Batch| match self.lanes.get(batch.lane) {
            Some(Lane { work: Some(work), route, .. }) => {
                Ok(Intents { chunk: &work.chunk, route, new: batch.intents() })
            }
            Some(_) | None => Err(Problem::ours("lane", "a batch without a lease")),
        };
        batches.iter().map(of).collect()
    }

    /// Gives back chunks that are done, and looks at their targets' first chunks next.
    fn finish_chunks(&mut self) -> Result<()> {
        let now = self.home.now();
        for work in self.lanes.iter_mut().flat_map(Lane::take_finished) {
            match self.home.store.write(|tx| tx.finish_chunk(&work.chunk)) {
                // Whoever has the chunk now finds nothing left to do in it.
                Ok(()) | Err(StoreError::LeaseLost(_)) => {}
                Err(error) => return Err(problem::store(error)),
            }
            self.due.extend(work.touches.into_iter().map(|chunk: ChunkNo| (chunk, now)));
        }
        Ok(())
    }

    /// Nothing came for a whole wait: up to now, the routes that are up have said all they had to say.
    fn note_quiet(&mut self) {
        let now = self.home.now();
        for lane in self.lanes.iter_mut().filter(|lane| lane.up && lane.in_flight == 0) {
            lane.heard = now;
        }
    }

    /// Renews every lease once a third of its term has passed.
    fn keep_leases(&mut self) -> Result<()> {
        let now = self.home.now();
        let term = self.home.config.wave.lease.0;
        let third = TimeDelta::milliseconds(term.num_milliseconds() / 3);
        if now < self.renewed.checked_add_signed(third).unwrap_or(now) {
            return Ok(());
        }
        self.renewed = now;
        let (token, until) = (LeaseToken(self.token), now + term);
        for lane in &mut self.lanes {
            let name = format!("route:{}", lane.route);
            let store = &self.home.store;
            let taken = store.write(|tx| tx.take_lease(&name, token, now, until));
            // One chunk a transaction: several would be held in an order that whoever cancels does not know.
            let renewed = taken.and_then(|ours| {
                if !ours {
                    return Err(StoreError::LeaseLost("a route"));
                }
                lane.held()
                    .try_for_each(|work| store.write(|tx| tx.renew_chunk(&work.chunk, now, until)))
            });
            match renewed {
                Ok(()) => {}
                Err(StoreError::LeaseLost(_)) => {
                    lane.let_go();
                    // Whoever cancels a wave takes every lease.
                    if is_cancelled(self.home, self.wave.no)? {
                        continue;
                    }
                    let what = format!("the lease on route {} ran out", lane.route);
                    self.failed =
                        Some(Problem::state("lease_lost", what).hint(
                            "this machine stood still for too long; run the same command again",
                        ));
                }
                Err(error) => return Err(problem::store(error)),
            }
        }
        Ok(())
    }
}

fn is_cancelled(home: &Home, no: WaveNo) -> Result<bool> {
    let wave = home.store.read(|tx| tx.wave(no)).map_err(problem::store)?;
    Ok(wave.is_some_and(|wave| wave.state == WaveState::Cancelled))
}
