//! From a leased chunk to intents, and from committed intents to the network.

use std::collections::{BTreeSet, VecDeque};

use simrecall_core::access::Purpose;
use simrecall_core::delivery::{ChunkKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, TargetKey};
use simrecall_core::problem::Blame;
use simrecall_core::subscriber::Contact;
use simrecall_gateway::{Event, Outcome};
use simrecall_store::ledger::{
    Control, IntentResult, LeaseRequest, LeasedChunk, NewAttempt, TargetRecord,
};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::Field;

use super::hear::Heard;
use super::lane::{Item, Work};
use super::{Flight, Sender};
use crate::home::random;
use crate::posting;
use crate::problem::{self, Problem, Result};
use crate::routes::{Envelope, Message, compose};
use crate::target::TargetContent;

/// Intents of one lane, ready to commit, with the messages they allow.
pub(super) struct Batch {
    pub(super) lane: usize,
    ready: Vec<Ready>,
}

struct Ready {
    item: Item,
    intent: NewAttempt,
    /// What to hand over; or why it cannot be.
    message: std::result::Result<Message, &'static str>,
}

impl Batch {
    /// The rows.
    pub(super) fn intents(&self) -> Vec<NewAttempt> {
        self.ready.iter().map(|ready| ready.intent.clone()).collect()
    }
}

impl Sender<'_> {
    /// Prepares as many intents as the windows allow, once what was heard has committed with them.
    pub(super) fn prepare(&mut self, heard: &Heard, control: Control) -> Result<Vec<Batch>> {
        let mut batches = Vec::new();
        for index in 0..self.lanes.len() {
            self.lease_if_idle(index)?;
            let freed = self.freed(heard, index);
            if let Some(batch) = self.prepare_lane(index, freed, control)? {
                batches.push(batch);
            }
        }
        Ok(batches)
    }

    fn freed(&self, heard: &Heard, lane: usize) -> usize {
        let tags = heard.answered.iter();
        tags.filter(|(tag, _)| self.flights.get(tag).is_some_and(|f| f.lane == lane)).count()
    }

    fn prepare_lane(
        &mut self,
        index: usize,
        freed: usize,
        control: Control,
    ) -> Result<Option<Batch>> {
        let now = self.home.now();
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(None) };
        let room = lane.room(freed, control.pace, now);
        let Some(work) = &mut lane.work else { return Ok(None) };
        if self.holds.forbids(lane.rung, &work.chunk.country) {
            return Ok(None);
        }
        let count = room.min(work.queue.len());
        let mut items: Vec<Item> = work.queue.drain(..count).collect();
        items.retain(|item| !self.limits.pass_over(item.person));
        if items.is_empty() {
            return Ok(None);
        }
        let ready = items.into_iter().map(|item| self.ready(index, item)).collect::<Result<_>>()?;
        Ok(Some(Batch { lane: index, ready }))
    }

    fn ready(&mut self, index: usize, item: Item) -> Result<Ready> {
        self.renew_permit(index)?;
        let damaged = || Problem::ours("lane", "a lane without work");
        let lane = self.lanes.get_mut(index).ok_or_else(damaged)?;
        let (rung, work) = (lane.rung, lane.work.as_mut().ok_or_else(damaged)?);
        let content = TargetContent::open(&mut work.permit, &self.keys, &item.key, &item.sealed)?;
        let resend = work.chunk.kind == ChunkKind::Resend;
        let rendered = self.words.render(rung, &content.variables)?;
        let key = AttemptKey { target: item.key, try_no: item.try_no };
        if rung == Rung::Posting {
            self.limits.publish(self.home, &self.wave, &content.variables, &rendered)?;
        }
        let page = posting::page_name(self.wave.no, &content.variables);
        let envelope = Envelope {
            key,
            rung,
            contact: &content.contact,
            rendered: &rendered,
            page: &page,
            at: self.home.now(),
        };
        let message = compose(&self.home.config, &lane.config, &envelope);
        let destination = destination(rung, &content.contact);
        let intent = NewAttempt {
            key,
            text_sha256: rendered.sha256(),
            parts: 1,
            resend,
            destination: destination.map(|to| self.service.blind(Field::Destination, to)),
        };
        Ok(Ready { item, intent, message: message.map_err(|reason| reason.code()) })
    }

    /// Leases the next chunk that is due for a lane with nothing left to send.
    fn lease_if_idle(&mut self, index: usize) -> Result<()> {
        self.give_back_held(index)?;
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(()) };
        if self.holds.rests(lane.rung) || !lane.turn_to_next() {
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
            lane.work = Some(work);
        }
        Ok(())
    }

    /// Gives back a chunk that must not go out any more, so that others can.
    fn give_back_held(&mut self, index: usize) -> Result<()> {
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(()) };
        let (rung, holds) = (lane.rung, &self.holds);
        let is_held = |work: &mut Work| {
            !work.queue.is_empty() && work.out == 0 && holds.forbids(rung, &work.chunk.country)
        };
        let Some(work) = lane.work.take_if(is_held) else { return Ok(()) };
        self.home.store.write(|tx| tx.release_chunk(&work.chunk)).map_err(problem::store)
    }

    fn work(&self, chunk: LeasedChunk, targets: &[TargetRecord]) -> Result<Work> {
        let queue: VecDeque<Item> =
            targets.iter().filter(|target| is_due(&chunk, target)).map(Item::of).collect();
        let touches: BTreeSet<_> = targets.iter().map(|target| target.key.chunk).collect();
        let permit = self.permit(&chunk, queue.len())?;
        Ok(Work { chunk, permit, queue, out: 0, touches })
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
        let spent = lane.work.as_ref().filter(|work| work.permit.rows_left() == 0);
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
                    let (lane, ready) = (batch.lane, batch.ready);
                    let ready = ready.into_iter().filter(|r| !not_needed.contains(&r.item.key));
                    self.submit_lane(lane, ready.collect())?;
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

    fn submit_lane(&mut self, index: usize, ready: Vec<Ready>) -> Result<()> {
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(()) };
        let chunk = lane.took(ready.len());
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
        if let Some(work) = lane.and_then(|lane| lane.work.as_mut()) {
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

/// Where an attempt goes, as its route writes it.
pub(crate) fn destination(rung: Rung, contact: &Contact) -> Option<&str> {
    match rung {
        Rung::Lms | Rung::Sms => contact.msisdn.as_ref().map(|number| number.expose()),
        Rung::Email => contact.email.as_ref().map(|address| address.expose()),
        Rung::Letter | Rung::Posting => None,
    }
}
