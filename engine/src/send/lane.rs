//! One rung's way out: its route, its window, and the chunks it works on.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::delivery::Rung;
use simrecall_core::id::{ChunkNo, SubscriberId, TargetKey};
use simrecall_store::ledger::{LeasedChunk, Stage, TargetRecord};
use simrecall_store::permit::Permit;
use tokio::task::JoinHandle;

use crate::config::RouteConfig;
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
    fn is_finished(&self) -> bool {
        self.queue.is_empty() && self.out == 0
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
        match pace.and_then(|pace| u32::try_from(pace).ok()) {
            Some(pace) => free.min(self.paced.allowed(pace, now)),
            None => free,
        }
    }

    /// Notes that intents were written, and says of which chunk.
    pub(super) fn took(&mut self, count: usize) -> Option<ChunkNo> {
        self.in_flight += count;
        self.paced.spent += count;
        let work = self.work.as_mut()?;
        work.out += count;
        Some(work.chunk.no)
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

    /// Lets go of all chunks.
    pub(super) fn let_go(&mut self) {
        self.work = None;
        self.waiting.clear();
    }

    /// Makes room for the next chunk when nothing is left to send from this one. Says whether one may be leased.
    ///
    /// A chunk that got something back goes first. After a canary nothing is sent until each of its answers is in.
    pub(super) fn turn_to_next(&mut self) -> bool {
        if self.work.as_ref().is_some_and(|work| !work.queue.is_empty()) {
            return false;
        }
        if let Some(again) = self.waiting.iter().position(|work| !work.queue.is_empty()) {
            let again = self.waiting.swap_remove(again);
            self.waiting.extend(self.work.replace(again));
            return false;
        }
        let is_canary = self.held().any(|work| work.chunk.stage == Stage::Canary);
        if is_canary || self.waiting.len() >= MOST_WAITING {
            return false;
        }
        self.waiting.extend(self.work.take());
        self.up
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
