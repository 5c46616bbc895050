//! What all connections of a sandbox SMSC share.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::line::SmscLine;
use super::plan::{Fate, Silence, SmscPlan};
use super::receipts::{Note, Outbox};
use crate::sandbox::log::Log;
use crate::smsc::status;

/// Plan, log, counters and due receipts.
pub(super) struct State {
    pub(super) plan: SmscPlan,
    pub(super) log: Log,
    pub(super) outbox: Outbox,
    pub(super) counters: Counters,
    started: Instant,
    next_id: AtomicU64,
    since_cut: AtomicU32,
    cuts_left: AtomicU32,
    silences_left: AtomicU32,
    licence: Mutex<(u64, u32)>,
    tries: Mutex<BTreeMap<String, u32>>,
}

/// How often what happened.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) logins: AtomicU64,
    pub(super) submits: AtomicU64,
    pub(super) taken: AtomicU64,
    pub(super) receipts: AtomicU64,
    pub(super) acknowledged: AtomicU64,
    pub(super) nacks: AtomicU64,
    pub(super) alive: AtomicU64,
    pub(super) leaves: AtomicU64,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl State {
    /// Opens the log. A log that is already there is continued, and its ids are not given again.
    pub(super) fn open(
        plan: SmscPlan,
    ) -> io::Result<(Self, mpsc::UnboundedReceiver<(Instant, Note)>)> {
        let log = Log::open(&plan.log)?;
        let last = Log::read::<SmscLine>(&plan.log)?.iter().filter_map(id).max().unwrap_or(0);
        let (outbox, waiting) = Outbox::new();
        let state = Self {
            log,
            outbox,
            counters: Counters::default(),
            started: Instant::now(),
            next_id: AtomicU64::new(last + 1),
            since_cut: AtomicU32::new(0),
            cuts_left: AtomicU32::new(plan.faults.cuts),
            silences_left: AtomicU32::new(plan.faults.silences),
            licence: Mutex::default(),
            tries: Mutex::default(),
            plan,
        };
        Ok((state, waiting))
    }

    /// An id nobody had before.
    pub(super) fn id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// The sandbox's time of day.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.started.elapsed()).unwrap_or_default();
        self.plan.started_at + elapsed
    }

    /// The status a submission to this phone is refused with now, if it is.
    pub(super) fn refusal(&self, destination: &str) -> Option<u32> {
        if self.is_over_licence() {
            return Some(status::THROTTLED);
        }
        let refusal = self.plan.refusal(destination);
        if refusal.is_some() || !self.plan.meets_full_queue(destination) {
            return refusal;
        }
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = tries.entry(destination.to_owned()).or_insert(0);
        *tried += 1;
        (*tried <= self.plan.answers.queue_full_times).then_some(status::QUEUE_FULL)
    }

    /// True if this submission is the one that ends its connection.
    pub(super) fn cuts_now(&self) -> bool {
        let Some(after) = self.plan.faults.cut_after else { return false };
        let count = self.since_cut.fetch_add(1, Ordering::Relaxed) + 1;
        if count < after || !spend(&self.cuts_left) {
            return false;
        }
        self.since_cut.store(0, Ordering::Relaxed);
        true
    }

    /// After how many submissions a new connection falls silent: none means before its login.
    pub(super) fn silence(&self) -> Option<u32> {
        let after = match self.plan.faults.silence {
            Silence::Never => return None,
            Silence::Login => 0,
            Silence::After(submissions) => submissions.max(1),
        };
        spend(&self.silences_left).then_some(after)
    }

    /// Lets the receipts of a message become due.
    pub(super) fn schedule(&self, note: Note) {
        let wait = match note.fate {
            Fate::Silent => return,
            Fate::Expired => self.plan.receipts.off_ms.unwrap_or(0),
            Fate::Delivered | Fate::Failed => self.plan.receipt_after(&note.destination),
        };
        let note =
            Note { done_at: note.submitted_at + TimeDelta::milliseconds(millis(wait)), ..note };
        let at = Instant::now() + Duration::from_millis(wait);
        if self.plan.is_duplicate(&note.destination) {
            self.outbox.schedule(at, note.clone());
        }
        self.outbox.schedule(at, note);
    }

    /// Counts within whole seconds since the start, as carriers do.
    fn is_over_licence(&self) -> bool {
        let Some(most) = self.plan.answers.licence_per_second else { return false };
        let second = self.started.elapsed().as_secs();
        let mut licence = self.licence.lock().unwrap_or_else(PoisonError::into_inner);
        if licence.0 != second {
            *licence = (second, 0);
        }
        licence.1 += 1;
        licence.1 > most
    }
}

/// Takes one of what is left; false if nothing is.
fn spend(left: &AtomicU32) -> bool {
    let take = |left: u32| left.checked_sub(1);
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
}

const fn id(line: &SmscLine) -> Option<u64> {
    match line {
        SmscLine::Submit { id, .. } => Some(*id),
        SmscLine::Refuse { .. } | SmscLine::Receipt { .. } | SmscLine::Acknowledge { .. } => None,
    }
}

fn millis(wait: u64) -> i64 {
    i64::try_from(wait).unwrap_or(i64::MAX / 2).min(1_000_000_000_000)
}
