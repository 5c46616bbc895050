//! One rung's way out: its route, its window, and the chunk it works on.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::delivery::Rung;
use simrecall_core::id::TargetKey;
use simrecall_store::ledger::{LeasedChunk, TargetRecord};
use simrecall_store::permit::Permit;
use tokio::task::JoinHandle;

use crate::config::RouteConfig;
use crate::routes::Entrance;

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
    pub(super) work: Option<Work>,
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
    pub(super) touches: std::collections::BTreeSet<simrecall_core::id::ChunkNo>,
}

/// One target whose turn it is.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) key: TargetKey,
    pub(super) try_no: i16,
    pub(super) sealed: Vec<u8>,
}

impl Item {
    pub(super) fn of(record: &TargetRecord) -> Self {
        Self { key: record.key, try_no: record.next_try(), sealed: record.sealed.clone() }
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

    /// Notes that intents were written.
    pub(super) fn took(&mut self, count: usize) {
        self.in_flight += count;
        self.paced.spent += count;
        if let Some(work) = &mut self.work {
            work.out += count;
        }
    }

    /// The network said "not now".
    pub(super) fn rest(&mut self, now: DateTime<Utc>) {
        self.rest_until = now + REST;
    }

    /// Whether its chunk has nothing left to write and nothing unanswered.
    pub(super) fn has_finished_work(&self) -> bool {
        self.work.as_ref().is_some_and(|work| work.queue.is_empty() && work.out == 0)
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
