//! One rung's way out: its route, its window, and the chunks it works on.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::delivery::Rung;
use simrecall_core::id::{ChunkNo, SubscriberId, TargetKey};
use simrecall_store::ledger::{LeasedChunk, Stage, TargetRecord};
use simrecall_store::permit::Permit;
use tokio::task::JoinHandle;

use super::desk::{Desk, Ready};
use super::limits::Limits;
use crate::config::RouteConfig;
use crate::problem::Result;
use crate::routes::Entrance;

/// Chunks that may wait for their last answers while the next one is sent.
const MOST_WAITING: usize = 8;
/// How long a lane rests after the network said "not now".
const REST: TimeDelta = TimeDelta::milliseconds(200);

/// One rung's way out.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) rung: Rung,
    pub(super) route: String,
    pub(super) config: RouteConfig,
    pub(super) entrance: Entrance,
    pub(super) driver: JoinHandle<()>,
    /// Submissions that may be without a result.
    pub(super) window: usize,
    pub(super) in_flight: usize,
    /// The chunk it sends from.
    pub(super) work: Option<Work>,
    /// Chunks with nothing left to send that wait for their last answers, so that the window stays full meanwhile.
    pub(super) waiting: Vec<Work>,
    /// Whether the link is up.
    pub(super) up: bool,
    /// The moment up to which the route was heard: silence after it proves nothing.
    pub(super) heard: DateTime<Utc>,
    rest_until: DateTime<Utc>,
    paced: Paced,
    /// Answers of this run, and how many of them were refusals for good.
    pub(super) answered: u64,
    pub(super) refused: u64,
}

/// A leased chunk and what is left of it.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) chunk: LeasedChunk,
    pub(super) permit: Permit,
    pub(super) queue: VecDeque<Item>,
    /// Prepared while the last commit was waited for; they go before the queue.
    pub(super) ready: VecDeque<Ready>,
    /// Intents committed and not yet answered.
    pub(super) out: usize,
    /// The first chunks of its targets: looked at again when it is done.
    pub(super) touches: std::collections::BTreeSet<ChunkNo>,
}

/// One target whose turn it is.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) key: TargetKey,
    pub(super) person: SubscriberId,
    pub(super) try_no: i16,
    pub(super) sealed: Vec<u8>,
}

impl Work {
    /// Whether the next message cannot be made before somebody allows it again.
    pub(super) fn needs_permit(&self) -> bool {
        self.ready.is_empty() && !self.queue.is_empty() && self.permit.rows_left() == 0
    }

    /// Whether anything is left to send.
    pub(super) fn has_left(&self) -> bool {
        self.left() > 0
    }

    fn left(&self) -> usize {
        self.queue.len() + self.ready.len()
    }

    /// Prepares up to `count` messages ahead, as far as the permit goes; says how many it has. Whoever must be told
    /// nothing is not opened.
    fn prepare_ahead(
        &mut self,
        count: usize,
        desk: &Desk<'_>,
        route: &RouteConfig,
        limits: &Limits,
    ) -> Result<usize> {
        let may_open = |item: &mut Item| !limits.is_suppressed(item.person);
        while self.ready.len() < count && self.permit.rows_left() > 0 {
            let Some(item) = self.queue.pop_front_if(may_open) else { break };
            let opened = desk.open(&self.chunk, &mut self.permit, &item)?;
            self.ready.push_back(desk.ready(&self.chunk, route, item, &opened));
        }
        Ok(self.ready.len())
    }

    /// Gives up what was prepared ahead: it may be a while until it goes.
    pub(super) fn put_back(&mut self) {
        while let Some(ready) = self.ready.pop_back() {
            self.queue.push_front(ready.item);
        }
    }

    fn is_finished(&self) -> bool {
        !self.has_left() && self.out == 0
    }
}

impl Item {
    pub(super) fn of(record: &TargetRecord) -> Self {
        Self {
            key: record.key,
            person: record.person,
            try_no: record.next_try(),
            sealed: record.sealed.clone(),
        }
    }
}

/// A route that was opened, before it has work.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) rung: Rung,
    pub(super) route: String,
    pub(super) config: RouteConfig,
    pub(super) entrance: Entrance,
    pub(super) driver: JoinHandle<()>,
    pub(super) window: usize,
}

impl Lane {
    pub(super) fn new(way: Way) -> Self {
        let Way { rung, route, config, entrance, driver, window } = way;
        let long_ago = DateTime::<Utc>::MIN_UTC;
        Self {
            rung,
            route,
            config,
            entrance,
            driver,
            window,
            in_flight: 0,
            work: None,
            waiting: Vec::new(),
            up: true,
            heard: long_ago,
            rest_until: long_ago,
            paced: Paced::default(),
            answered: 0,
            refused: 0,
        }
    }

    /// How many intents may be written now, if `freed` permits come back with the same commit.
    pub(super) fn room(&mut self, freed: usize, pace: Option<i32>, now: DateTime<Utc>) -> usize {
        if now < self.rest_until || !self.up {
            return 0;
        }
        let free = self.window.saturating_sub(self.in_flight.saturating_sub(freed));
        let free = free.min(self.batch());
        match pace.and_then(|pace| u32::try_from(pace).ok()) {
            Some(pace) => free.min(self.paced.allowed(pace, now)),
            None => free,
        }
    }

    /// Notes that intents of a chunk were written; says which one, if it still holds it.
    pub(super) fn took(&mut self, chunk: ChunkNo, count: usize) -> Option<ChunkNo> {
        self.in_flight += count;
        self.paced.spent += count;
        self.held_as(chunk)?.out += count;
        Some(chunk)
    }

    /// The network said "not now".
    pub(super) fn rest(&mut self, now: DateTime<Utc>) {
        self.rest_until = now + REST;
    }

    /// All chunks it holds.
    pub(super) fn held(&self) -> impl Iterator<Item = &Work> {
        self.work.iter().chain(&self.waiting)
    }

    /// The chunk of that number, if it still holds it.
    pub(super) fn held_as(&mut self, no: ChunkNo) -> Option<&mut Work> {
        self.work.iter_mut().chain(&mut self.waiting).find(|work| work.chunk.no == no)
    }

    /// Prepares up to `count` messages ahead: of its chunk, and of the one after it. A posting's pages have to be covered
    /// by a ground first, one by one.
    pub(super) fn prepare_ahead(
        &mut self,
        mut count: usize,
        desk: &Desk<'_>,
        limits: &Limits,
    ) -> Result<()> {
        if self.rung == Rung::Posting {
            return Ok(());
        }
        for work in self.work.iter_mut().chain(&mut self.waiting) {
            let has = work.prepare_ahead(count, desk, &self.config, limits)?;
            count = count.saturating_sub(has);
        }
        Ok(())
    }

    /// Gives up what was prepared ahead.
    pub(super) fn put_back(&mut self) {
        self.work.iter_mut().chain(&mut self.waiting).for_each(Work::put_back);
    }

    /// Lets go of one chunk.
    pub(super) fn let_go_of(&mut self, no: ChunkNo) {
        self.work.take_if(|work| work.chunk.no == no);
        self.waiting.retain(|work| work.chunk.no != no);
    }

    /// Lets go of all chunks.
    pub(super) fn let_go(&mut self) {
        self.work = None;
        self.waiting.clear();
    }

    /// Goes on with a chunk that has something left, once this one has not. A chunk that got something back goes first.
    pub(super) fn turn_to_next(&mut self) {
        if self.work.as_ref().is_some_and(Work::has_left) {
            return;
        }
        if let Some(next) = self.waiting.iter().position(Work::has_left) {
            let next = self.waiting.swap_remove(next);
            self.waiting.extend(self.work.replace(next));
        }
    }

    /// Whether another chunk may be leased: less than the next batch is left, so that there is something to prepare ahead.
    ///
    /// After a canary nothing is sent until each of its answers is in.
    pub(super) fn runs_short(&self) -> bool {
        let left: usize = self.held().map(Work::left).sum();
        let is_canary = self.held().any(|work| work.chunk.stage == Stage::Canary);
        self.up && !is_canary && self.waiting.len() < MOST_WAITING && left < self.batch()
    }

    /// Takes in a chunk that was leased.
    pub(super) fn take_in(&mut self, work: Work) {
        self.waiting.push(work);
        self.turn_to_next();
    }

    /// Half a window: the network works on one half while the other commits, and its receipts keep up.
    const fn batch(&self) -> usize {
        self.window.div_ceil(2)
    }

    /// Takes out the chunks of a kind that have something left to send and nothing unanswered.
    pub(super) fn take_unsent(&mut self, is_one: impl Fn(&LeasedChunk) -> bool) -> Vec<Work> {
        let is_one = |work: &mut Work| work.has_left() && work.out == 0 && is_one(&work.chunk);
        let mut unsent: Vec<Work> = self.waiting.extract_if(.., &is_one).collect();
        unsent.extend(self.work.take_if(is_one));
        unsent
    }

    /// Takes out the chunks with nothing left to send and nothing unanswered.
    pub(super) fn take_finished(&mut self) -> Vec<Work> {
        let mut finished: Vec<Work> =
            self.waiting.extract_if(.., |work| work.is_finished()).collect();
        finished.extend(self.work.take_if(|work| work.is_finished()));
        finished
    }

    /// The share of refusals among this run's answers, in percent, once it says something.
    pub(super) fn refused_percent(&self) -> Option<u64> {
        (self.answered >= 100).then(|| self.refused * 100 / self.answered)
    }
}

/// Keeps to a pace that staff set below the approved one.
#[derive(Debug, Default)]
struct Paced {
    since: Option<DateTime<Utc>>,
    pace: u32,
    spent: usize,
}

impl Paced {
    fn allowed(&mut self, pace: u32, now: DateTime<Utc>) -> usize {
        let fresh = self.since.is_none_or(|since| now - since >= TimeDelta::seconds(1));
        if fresh || self.pace != pace {
            (self.since, self.pace, self.spent) = (Some(now), pace, 0);
        }
        usize::try_from(pace).unwrap_or(usize::MAX).saturating_sub(self.spent)
    }
}
