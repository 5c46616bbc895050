//! One turn: hear, prepare, commit, and only then submit and acknowledge.

use std::time::Duration;

use chrono::TimeDelta;
use simrecall_core::id::{ChunkNo, WaveNo};
use simrecall_core::wave::WaveState;
use simrecall_gateway::Event;
use simrecall_store::StoreError;
use simrecall_store::lease::LeaseToken;
use simrecall_store::ledger::{Control, Intents, Turn, TurnDone};

use super::desk::Desk;
use super::hear::Heard;
use super::issue::Batch;
use super::lane::Lane;
use super::limits::Limits;
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
            self.lanes.iter_mut().for_each(Lane::put_back);
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
                    work.has_left() && !self.holds.forbids(lane.rung, &work.chunk.country)
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
        let (done, ahead) = self.write_turn(&heard, &batches);
        match done {
            Ok(TurnDone { mark, applied, intents, news }) => {
                self.recent.learn(news);
                self.marks.write(mark)?;
                self.take_back(heard, &applied)?;
                self.submit(batches, intents)?;
            }
            Err(StoreError::LeaseLost(_)) if !batches.is_empty() => {
                self.commit_apart(heard, batches)?;
            }
            Err(error) => return Err(problem::store(error)),
        }
        ahead
    }

    /// Somebody else has one of the chunks now. The others go on, and what was heard still counts.
    fn commit_apart(&mut self, heard: Heard, batches: Vec<Batch>) -> Result<()> {
        if let [only] = batches.as_slice() {
            if let Some(lane) = self.lanes.get_mut(only.lane) {
                lane.let_go_of(only.chunk.no);
            }
            return self.commit(heard, Vec::new());
        }
        self.commit(heard, Vec::new())?;
        batches.into_iter().try_for_each(|batch| self.commit(Heard::default(), vec![batch]))
    }

    /// Writes a turn. Meanwhile as many messages are prepared as it lets go: likely those of the next turn.
    fn write_turn(
        &mut self,
        heard: &Heard,
        batches: &[Batch],
    ) -> (std::result::Result<TurnDone, StoreError>, Result<()>) {
        let intents: Vec<Intents<'_>> = batches.iter().map(Batch::intents).collect();
        let (outcomes, receipts) = (heard.outcomes.as_slice(), &heard.receipts);
        let turn = Turn { outcomes, receipts, intents: &intents, now: self.home.now() };
        let recent = std::mem::take(&mut self.recent);
        let store = &self.home.store;
        let (lanes, desk, limits) = self.lanes_and_desk();
        let (done, ahead) = std::thread::scope(|scope| {
            let prepare = move || prepare_ahead(lanes, &desk, limits, batches);
            // Without another thread nothing is prepared ahead, and all goes on.
            let ahead = std::thread::Builder::new().spawn_scoped(scope, prepare).ok();
            let done = store.write(|tx| tx.commit_turn(&turn, &recent));
            let ahead = ahead.map(std::thread::ScopedJoinHandle::join);
            (done, ahead.transpose())
        });
        self.recent = recent;
        let ahead = ahead.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (done, ahead.unwrap_or(Ok(())))
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

/// Prepares for each lane as many messages as it is about to submit.
fn prepare_ahead(
    lanes: &mut [Lane],
    desk: &Desk<'_>,
    limits: &Limits,
    batches: &[Batch],
) -> Result<()> {
    for (index, lane) in lanes.iter_mut().enumerate() {
        let of_lane = batches.iter().filter(|batch| batch.lane == index);
        let count = of_lane.map(Batch::len).sum();
        lane.prepare_ahead(count, desk, limits)?;
    }
    Ok(())
}

fn is_cancelled(home: &Home, no: WaveNo) -> Result<bool> {
    let wave = home.store.read(|tx| tx.wave(no)).map_err(problem::store)?;
    Ok(wave.is_some_and(|wave| wave.state == WaveState::Cancelled))
}
