//! From a leased chunk to intents, and from committed intents to the network.

use std::collections::{BTreeSet, VecDeque};

use simrecall_core::access::Purpose;
use simrecall_core::delivery::{Rung, Standing};
use simrecall_core::id::TargetKey;
use simrecall_core::problem::Blame;
use simrecall_gateway::{Event, Outcome};
use simrecall_store::StoreError;
use simrecall_store::ledger::{
    Control, IntentResult, Intents, LeaseRequest, LeasedChunk, TargetRecord,
};
use simrecall_store::permit::{Permit, PermitRequest};

use super::desk::{Desk, Ready};
use super::hear::Heard;
use super::lane::{Item, Lane, Work};
use super::limits::Limits;
use super::{Flight, Sender};
use crate::home::random;
use crate::problem::{self, Problem, Result};

/// Intents of one chunk, ready to commit, with the messages they allow.
pub(super) struct Batch {
    pub(super) lane: usize,
    pub(super) chunk: LeasedChunk,
    route: String,
    ready: Vec<Ready>,
}

impl Batch {
    /// The rows.
    pub(super) fn intents(&self) -> Intents<'_> {
        let new = self.ready.iter().map(|ready| ready.intent.clone()).collect();
        Intents { chunk: &self.chunk, route: &self.route, new }
    }

    /// How many intents.
    pub(super) const fn len(&self) -> usize {
        self.ready.len()
    }
}

impl Sender<'_> {
    /// Prepares as many intents as the windows allow, once what was heard has committed with them.
    pub(super) fn prepare(&mut self, heard: &Heard, control: Control) -> Result<Vec<Batch>> {
        let mut batches = Vec::new();
        let now = self.home.now();
        for index in 0..self.lanes.len() {
            let freed = self.freed(heard, index);
            let Some(lane) = self.lanes.get_mut(index) else { continue };
            let mut room = lane.room(freed, control.pace, now);
            // The end of one chunk and the beginning of the next, so that the window stays full.
            for _ in 0..2 {
                self.lease_if_short(index)?;
                let Some(batch) = self.batch(index, room)? else { break };
                room -= batch.len();
                batches.push(batch);
                if room == 0 {
                    break;
                }
            }
        }
        Ok(batches)
    }

    fn freed(&self, heard: &Heard, lane: usize) -> usize {
        let tags = heard.answered.iter();
        tags.filter(|(tag, _)| self.flights.get(tag).is_some_and(|f| f.lane == lane)).count()
    }

    /// At most `room` intents of the lane's chunk: those prepared ahead first.
    fn batch(&mut self, index: usize, room: usize) -> Result<Option<Batch>> {
        let forbids = |lane: &Lane| {
            let work = lane.work.as_ref();
            work.is_some_and(|work| self.holds.forbids(lane.rung, &work.chunk.country))
        };
        if self.lanes.get(index).is_some_and(forbids) {
            return Ok(None);
        }
        let mut ready = Vec::new();
        while ready.len() < room {
            self.renew_permit(index)?;
            match self.next_ready(index)? {
                Some(one) => ready.push(one),
                None => break,
            }
        }
        let lane = self.lanes.get(index);
        let held = lane.and_then(|lane| Some((lane.route.clone(), lane.work.as_ref()?)));
        let Some((route, work)) = held.filter(|_| !ready.is_empty()) else { return Ok(None) };
        Ok(Some(Batch { lane: index, chunk: work.chunk.clone(), route, ready }))
    }

    /// The next message of a lane's chunk, past those who must be told nothing: one prepared ahead, else one made now.
    fn next_ready(&mut self, index: usize) -> Result<Option<Ready>> {
        let Self { home, words, keys, service, wave, lanes, limits, .. } = self;
        let Some(Lane { work: Some(work), config, .. }) = lanes.get_mut(index) else {
            return Ok(None);
        };
        while let Some(ready) = work.ready.pop_front() {
            if !limits.pass_over(ready.item.person) {
                return Ok(Some(ready));
            }
        }
        let desk = Desk { home, words, keys, service, wave: wave.no };
        while let Some(item) = work.queue.pop_front() {
            if limits.pass_over(item.person) {
                continue;
            }
            let opened = desk.open(&work.chunk, &mut work.permit, &item)?;
            if work.chunk.rung == Rung::Posting {
                limits.publish(home, wave, &opened.content.variables, &opened.rendered)?;
            }
            return Ok(Some(desk.ready(&work.chunk, config, item, &opened)));
        }
        Ok(None)
    }

    /// The lanes, what their messages are made from, and who must be told nothing.
    pub(super) const fn lanes_and_desk(&mut self) -> (&mut Vec<Lane>, Desk<'_>, &Limits) {
        let Self { home, words, keys, service, wave, lanes, limits, .. } = self;
        (lanes, Desk { home, words, keys, service, wave: wave.no }, limits)
    }

    /// Leases the next chunk that is due for a lane with little left to send.
    fn lease_if_short(&mut self, index: usize) -> Result<()> {
        self.give_back_held(index)?;
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(()) };
        lane.turn_to_next();
        if self.holds.rests(lane.rung) || !lane.runs_short() {
            return Ok(());
        }
        if !self.limits.allows(self.home, &self.wave, lane.rung)? {
            return Ok(());
        }
        let blocked = self.holds.countries();
        let (no, rungs, token) = (self.wave.no, [lane.rung], random()?);
        let now = self.home.now();
        let until = now + self.home.config.wave.lease.0;
        let asked = LeaseRequest { wave: no, rungs: &rungs, blocked: &blocked, now, until, token };
        let leased = self.home.store.write(|tx| {
            let Some(chunk) = tx.lease_chunk(&asked)? else {
                return Ok(None);
            };
            let targets = tx.chunk_targets(no, chunk.no)?;
            // A sender that died left its intents without results; one that gave the chunk back left none.
            if !targets.iter().any(|target| is_left_open(&chunk, target)) {
                return Ok(Some((chunk, targets)));
            }
            tx.doubt_open_intents(&chunk, now)?;
            let targets = tx.chunk_targets(no, chunk.no)?;
            Ok(Some((chunk, targets)))
        });
        let Some((chunk, targets)) = leased.map_err(problem::store)? else { return Ok(()) };
        self.recent.meet(&targets);
        let work = self.work(chunk, &targets)?;
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.take_in(work);
        }
        Ok(())
    }

    /// Gives back chunks that must not go out any more, so that others can.
    fn give_back_held(&mut self, index: usize) -> Result<()> {
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(()) };
        let (rung, holds) = (lane.rung, &self.holds);
        for work in lane.take_unsent(|chunk| holds.forbids(rung, &chunk.country)) {
            match self.home.store.write(|tx| tx.release_chunk(&work.chunk)) {
                // Whoever has the chunk now heeds the same law.
                Ok(()) | Err(StoreError::LeaseLost(_)) => {}
                Err(error) => return Err(problem::store(error)),
            }
        }
        Ok(())
    }

    fn work(&self, chunk: LeasedChunk, targets: &[TargetRecord]) -> Result<Work> {
        let queue: VecDeque<Item> =
            targets.iter().filter(|target| is_due(&chunk, target)).map(Item::of).collect();
        let touches: BTreeSet<_> = targets.iter().map(|target| target.key.chunk).collect();
        let permit = self.permit(&chunk, queue.len())?;
        Ok(Work { chunk, permit, queue, ready: VecDeque::new(), out: 0, touches })
    }

    fn permit(&self, chunk: &LeasedChunk, rows: usize) -> Result<Permit> {
        self.home.permit(&PermitRequest {
            purpose: Purpose::Send,
            actor: "sender".to_owned(),
            incident: Some(self.wave.incident),
            scope: format!("wave {} chunk {}", chunk.wave.0, chunk.no.0),
            fields: vec!["contact".to_owned(), "variables".to_owned()],
            rows: u64::try_from(rows).unwrap_or(u64::MAX),
        })
    }

    /// A target the network would not take at once is opened again for its next try, and that is said again.
    fn renew_permit(&mut self, index: usize) -> Result<()> {
        let Some(lane) = self.lanes.get(index) else { return Ok(()) };
        let spent = lane.work.as_ref().filter(|work| work.needs_permit());
        let Some(work) = spent else { return Ok(()) };
        // Those waiting, and at most a window of those being prepared.
        let permit = self.permit(&work.chunk, work.queue.len() + lane.window)?;
        if let Some(work) = self.lanes.get_mut(index).and_then(|lane| lane.work.as_mut()) {
            work.permit = permit;
        }
        Ok(())
    }

    /// The intents have committed: submit.
    pub(super) fn submit(&mut self, batches: Vec<Batch>, results: Vec<IntentResult>) -> Result<()> {
        for (batch, result) in batches.into_iter().zip(results) {
            match result {
                IntentResult::Committed { not_needed, .. } => {
                    let not_needed: BTreeSet<TargetKey> = not_needed.into_iter().collect();
                    self.submit_batch(batch, &not_needed)?;
                }
                IntentResult::Paused => self.put_back(batch),
                IntentResult::Closed => {
                    if let Some(lane) = self.lanes.get_mut(batch.lane) {
                        lane.let_go();
                    }
                }
            }
        }
        Ok(())
    }

    fn submit_batch(&mut self, batch: Batch, not_needed: &BTreeSet<TargetKey>) -> Result<()> {
        let Batch { lane: index, chunk, mut ready, .. } = batch;
        ready.retain(|ready| !not_needed.contains(&ready.item.key));
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(()) };
        let chunk = lane.took(chunk.no, ready.len());
        for Ready { item, intent, message } in ready {
            let tag = self.next_tag;
            self.next_tag += 1;
            self.submitted += 1;
            self.flights.insert(tag, Flight { lane: index, chunk, item, attempt: intent.key });
            match message {
                Ok(message) => lane.entrance.push(tag, message)?,
                Err(code) => {
                    let outcome =
                        Outcome::Rejected { code: code.to_owned(), blame: Blame::Recipient };
                    self.own_events.push((index, Event::Result { tag, outcome }));
                }
            }
        }
        Ok(())
    }

    fn put_back(&mut self, batch: Batch) {
        let lane = self.lanes.get_mut(batch.lane);
        if let Some(work) = lane.and_then(|lane| lane.held_as(batch.chunk.no)) {
            batch.ready.into_iter().rev().for_each(|ready| work.queue.push_front(ready.item));
        }
    }

    /// Pauses the wave when a route refuses too much.
    pub(super) fn halt_if_refused(&mut self) -> Result<()> {
        let limit = u64::from(self.home.config.wave.halt_at_refused_percent);
        let over = self.lanes.iter().find(|lane| lane.refused_percent().is_some_and(|p| p > limit));
        let Some(lane) = over.filter(|_| !self.paused) else { return Ok(()) };
        let what = format!(
            "halted: route {} refused {} of {} for good",
            lane.route, lane.refused, lane.answered
        );
        crate::wave::halt(self.home, self.wave.no, &what)?;
        self.paused = true;
        self.last_problem = Some(what.clone());
        self.failed = Some(Problem::state("halted", what).hint(format!(
            "find out why; then: simrecall wave resume {} --by NAME, and send again",
            self.wave.no.0
        )));
        Ok(())
    }
}

/// Whether a chunk still has to try a target: it was not tried by this chunk, or only in vain, and nobody told it meanwhile.
fn is_due(chunk: &LeasedChunk, target: &TargetRecord) -> bool {
    // A copy may need another rung than its primary; silence about it lists it there.
    if target.is_told() || !target.reach.contains(chunk.rung) {
        return false;
    }
    let cause = target.follow_ups.iter().find(|listed| listed.chunk == chunk.no);
    let cause = cause.map_or(0, |listed| listed.cause_try);
    target
        .attempts
        .iter()
        .filter(|attempt| attempt.key.try_no > cause)
        .all(|attempt| attempt.by_chunk == chunk.no && attempt.state.standing().never_taken())
}

/// Whether somebody who had the chunk before wrote an intent and no result.
fn is_left_open(chunk: &LeasedChunk, target: &TargetRecord) -> bool {
    target
        .attempts
        .iter()
        .any(|attempt| attempt.by_chunk == chunk.no && attempt.state.standing() == Standing::Open)
}
