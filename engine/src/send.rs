//! Sends a released wave: intents before submissions, results after, receipts whenever they come, follow-ups for silence.
//!
//! One loop owns the ledger's write side. In each turn it hears what the routes say, prepares what may be sent next,
//! commits both in one transaction, and only then submits and acknowledges. A permit of the window is held from before
//! an intent commits until its result has, so a crash leaves at most Σ windows in doubt.
//!
//! | file | does |
//! |---|---|
//! | `lane` | one rung's way out: route, window, chunk |
//! | `limits` | what only staff can change: grounds, suppressions, lists |
//! | `turn` | what one turn of the loop commits |
//! | `issue` | from a leased chunk to intents, and from those to the network |
//! | `desk` | from one target to its intent and its message |
//! | `hear` | from a route's events to rows |
//! | `follow` | what silence and refusals make necessary |
//! | `mark` | the side file that notices a restored database |

mod desk;
mod follow;
mod hear;
mod hold;
mod issue;
mod lane;
mod limits;
pub(crate) mod mark;
mod progress;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::delivery::{Policy, Rung};
use simrecall_core::id::{AttemptKey, ChunkNo, WaveNo};
use simrecall_core::wave::{Ladder, WaveState};
use simrecall_gateway::Event;
use simrecall_store::lease::LeaseToken;
use simrecall_store::ledger::{ChunkRow, Recent, Wave};
use simrecall_store::seal::{DomainKeys, IncidentKeys};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

pub(crate) use desk::destination;
pub use progress::{Progress, Unwatched, Watch};

use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::routes;
use crate::wave::{ladder, policy};
use crate::words::Words;
use hold::Holds;
use lane::{Item, Lane, Way};
use limits::Limits;
use mark::MarkFile;
use progress::Rate;

/// How long a turn waits for news when there is nothing to submit.
const WAIT: Duration = Duration::from_millis(50);
/// Events taken in by one turn.
const HEARD_AT_ONCE: usize = 2_000;
/// Quiet turns in a row before a sender that may stop when idle does.
const QUIET_TURNS: u32 = 12;

/// How a sender works.
#[derive(Debug, Clone, Default)]
pub struct SendOptions {
    /// When to stop by itself.
    pub until: Until,
    /// Set by somebody else to drain and stop.
    pub stop: Arc<AtomicBool>,
}

/// When a sender stops by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Until {
    /// When everyone is told or posted.
    #[default]
    Complete,
    /// When nothing can be submitted now and the network has been quiet for a while.
    Idle,
}

/// How a run ended, with exact numbers.
#[derive(Debug, Clone, Serialize)]
pub struct Sent {
    /// Why it ended.
    pub ended: Ended,
    /// The numbers, from the ledger.
    pub progress: Progress,
    /// When there will be something to do again, if nothing is heard until then.
    pub next_look: Option<DateTime<Utc>>,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Everyone is told or posted; the wave is done.
    Complete,
    /// Nothing can be submitted now; receipts or silence will tell.
    Idle,
    /// Somebody stopped it.
    Stopped,
    /// The wave was cancelled meanwhile.
    Cancelled,
}

/// Sends a released wave until there is no more to do, somebody stops it, or a route refuses us.
pub fn send(
    home: &Home,
    wave: WaveNo,
    options: &SendOptions,
    watch: &mut dyn Watch,
) -> Result<Sent> {
    let mut sender = Sender::start(home, wave, options)?;
    let ended = sender.run(watch);
    sender.close();
    let ended = ended?;
    crate::journal::sequence(home)?;
    let progress = sender.progress()?;
    let next_look = sender.next_look()?;
    watch.see(&progress);
    Ok(Sent { ended, progress, next_look })
}

/// An intent that is on its way.
#[derive(Debug)]
struct Flight {
    lane: usize,
    /// The chunk it counts in, while the lane holds it.
    chunk: Option<ChunkNo>,
    item: Item,
    attempt: AttemptKey,
}

struct Sender<'a> {
    home: &'a Home,
    wave: Wave,
    words: Words,
    ladder: Ladder,
    policy: Policy,
    keys: IncidentKeys,
    service: DomainKeys,
    marks: MarkFile,
    holds: Holds,
    limits: Limits,
    token: [u8; 16],
    options: &'a SendOptions,
    runtime: Runtime,
    inbox: mpsc::Receiver<(usize, Event)>,
    inbox_way: mpsc::Sender<(usize, Event)>,
    lanes: Vec<Lane>,
    flights: BTreeMap<u64, Flight>,
    /// What it wrote lately, so that it need not be read back.
    recent: Recent,
    /// Attempts that went into doubt in this run; a late answer still settles them.
    doubtful: BTreeMap<u64, AttemptKey>,
    /// Events that need no network: messages that could not be put into an envelope.
    own_events: Vec<(usize, Event)>,
    next_tag: u64,
    /// First chunks to look at again, and when.
    due: BTreeMap<ChunkNo, DateTime<Utc>>,
    paused: bool,
    renewed: DateTime<Utc>,
    bounces_read: DateTime<Utc>,
    submitted: u64,
    rate: Rate,
    shown: Option<DateTime<Utc>>,
    last_problem: Option<String>,
    /// A reason to drain and give up.
    failed: Option<Problem>,
    quiet: u32,
}

impl<'a> Sender<'a> {
    fn start(home: &'a Home, no: WaveNo, options: &'a SendOptions) -> Result<Self> {
        mark::check_waves(home)?;
        let wave = crate::wave::released(home, no)?;
        let marks = mark::of(home)?
            .ok_or_else(|| Problem::state("ledger", "this database was never sent from"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Problem::ours("runtime", "cannot start").caused_by(error))?;
        let (inbox_way, inbox) = mpsc::channel(4 * HEARD_AT_ONCE);
        let long_ago = DateTime::<Utc>::MIN_UTC;
        let words = Words::read(home, &crate::incident::words(home, wave.incident)?)?;
        crate::wave::check_as_signed(home, &wave, &words)?;
        let mut sender = Self {
            holds: Holds::of(home, &wave)?,
            limits: Limits::default(),
            words,
            ladder: ladder(&home.config)?,
            policy: policy(&home.config),
            keys: home.keys.incident(wave.incident).map_err(problem::keys)?,
            service: home.keys.service().map_err(problem::keys)?,
            home,
            wave,
            marks,
            token: random()?,
            options,
            runtime,
            inbox,
            inbox_way,
            lanes: Vec::new(),
            flights: BTreeMap::new(),
            recent: Recent::default(),
            doubtful: BTreeMap::new(),
            own_events: Vec::new(),
            next_tag: 1,
            due: BTreeMap::new(),
            paused: false,
            renewed: long_ago,
            bounces_read: long_ago,
            submitted: 0,
            rate: Rate::default(),
            shown: None,
            last_problem: None,
            failed: None,
            quiet: 0,
        };
        sender.open_needed_lanes()?;
        Ok(sender)
    }

    fn run(&mut self, watch: &mut dyn Watch) -> Result<Ended> {
        loop {
            self.turn()?;
            self.show(watch)?;
            if let Some(ended) = self.ended()? {
                return Ok(ended);
            }
            if self.flights.is_empty()
                && let Some(problem) = self.failed.take()
            {
                return Err(problem);
            }
        }
    }

    /// Whether to write no more intents.
    fn is_draining(&self) -> bool {
        self.options.stop.load(Ordering::Acquire) || self.failed.is_some()
    }

    fn ended(&mut self) -> Result<Option<Ended>> {
        if !self.flights.is_empty() || self.failed.is_some() {
            return Ok(None);
        }
        if self.is_draining() {
            return Ok(Some(Ended::Stopped));
        }
        if self.quiet == 0 || self.lanes.iter().any(|lane| lane.held().next().is_some()) {
            return Ok(None);
        }
        let now = self.home.now();
        let no = self.wave.no;
        let (state, chunks) = self
            .home
            .store
            .read(|tx| Ok((tx.wave(no)?.map(|wave| wave.state), tx.chunks(no)?)))
            .map_err(problem::store)?;
        if state == Some(WaveState::Cancelled) {
            return Ok(Some(Ended::Cancelled));
        }
        for chunk in chunks.iter().filter(|chunk| is_first(chunk.kind)) {
            if chunk.has_told_all() {
                self.due.remove(&chunk.no);
            } else if self.limits.went_out(chunk) {
                self.due.insert(chunk.no, now);
            }
        }
        let nothing_open = chunks.iter().all(|chunk| chunk.is_done);
        if nothing_open && self.due.is_empty() && !self.limits.keeps_open() {
            self.finish_wave()?;
            return Ok(Some(Ended::Complete));
        }
        let waits = |chunk: &ChunkRow| {
            chunk.is_done
                || chunk.not_before > now
                || self.holds.forbids(chunk.rung, &chunk.country)
                || self.limits.waits_for_staff(chunk)
        };
        let nothing_now = chunks.iter().all(waits) && self.due.values().all(|due| *due > now);
        // Waiting for a person's decision is not waiting for the network.
        let for_staff = self.due.is_empty()
            && chunks.iter().all(|chunk| chunk.is_done || self.limits.waits_for_staff(chunk));
        let may_stop =
            (for_staff || self.options.until == Until::Idle) && self.quiet >= QUIET_TURNS;
        Ok((may_stop && nothing_now).then_some(Ended::Idle))
    }

    fn finish_wave(&self) -> Result<()> {
        let (no, now) = (self.wave.no, self.home.now());
        let entry = crate::wave::done_entry(self.home, &self.wave)?;
        self.home
            .store
            .write(|tx| {
                tx.finish_wave(no, now)?;
                tx.journal(&entry).map(|_| ())
            })
            .map_err(problem::store)
    }

    /// Opens the lanes of rungs that have chunks: also those that are only waited on, since receipts come there.
    fn open_needed_lanes(&mut self) -> Result<()> {
        let no = self.wave.no;
        let chunks = self.home.store.read(|tx| tx.chunks(no)).map_err(problem::store)?;
        let now = self.home.now();
        self.due.extend(
            chunks
                .iter()
                .filter(|chunk| chunk.is_done && is_first(chunk.kind))
                .map(|c| (c.no, now)),
        );
        let ours = chunks.iter().filter(|chunk| chunk.list.is_empty());
        let rungs: BTreeSet<Rung> = ours.map(|chunk| chunk.rung).collect();
        rungs.into_iter().try_for_each(|rung| self.open_lane(rung))
    }

    /// Opens a rung's lane, unless it is open.
    fn open_lane(&mut self, rung: Rung) -> Result<()> {
        if self.lanes.iter().any(|lane| lane.rung == rung) {
            return Ok(());
        }
        let Some((name, config)) = self.home.config.route_of(rung) else {
            return Err(Problem::configuration("ladder", format!("no route for {}", rung.name()))
                .hint(
                    "the ladder in simrecall.toml must have every rung of the approved statement",
                ));
        };
        self.own_route(name)?;
        let batch = format!("w{}", self.wave.no.0);
        let opened = self.runtime.block_on(routes::open(self.home, name, config, &batch))?;
        let index = self.lanes.len();
        self.forward(index, opened.events);
        self.lanes.push(Lane::new(Way {
            rung,
            route: name.to_owned(),
            config: config.clone(),
            entrance: opened.entrance,
            driver: opened.driver,
            window: opened.window,
        }));
        Ok(())
    }

    /// Takes the route's lease: one sender a route. A sender that died frees it when its lease runs out.
    fn own_route(&self, name: &str) -> Result<()> {
        let lease = format!("route:{name}");
        let term = self.home.config.wave.lease;
        let give_up = self.home.now() + term.0 + chrono::TimeDelta::seconds(1);
        loop {
            let now = self.home.now();
            let token = LeaseToken(self.token);
            let taken = self
                .home
                .store
                .write(|tx| tx.take_lease(&lease, token, now, now + term.0))
                .map_err(problem::store)?;
            if taken {
                return Ok(());
            }
            if now > give_up {
                return Err(Problem::state(
                    "route_in_use",
                    format!("another sender is using route {name}"),
                )
                .detail("nothing was submitted")
                .hint("stop the other one first; its numbers: simrecall wave status"));
            }
            std::thread::sleep(WAIT);
        }
    }

    fn forward(&self, index: usize, mut events: mpsc::Receiver<Event>) {
        let way = self.inbox_way.clone();
        let task = async move {
            loop {
                // A route closes when nobody listens to it any more, so this ends with the sender, not with the next event.
                let event = tokio::select! {
                    event = events.recv() => event,
                    () = way.closed() => None,
                };
                let Some(event) = event else { return };
                if way.send((index, event)).await.is_err() {
                    return;
                }
            }
        };
        drop(self.runtime.spawn(task));
    }

    /// Gives back what this sender holds, and closes its routes in order.
    fn close(&mut self) {
        let lanes = std::mem::take(&mut self.lanes);
        for lane in lanes {
            let lease = format!("route:{}", lane.route);
            let token = LeaseToken(self.token);
            let store = &self.home.store;
            let chunks =
                lane.held().try_for_each(|work| store.write(|tx| tx.release_chunk(&work.chunk)));
            let route = store.write(|tx| tx.release_lease(&lease, token));
            if let Err(error) = chunks.and(route) {
                tracing::warn!(%error, route = lane.route, "a lease is left to run out");
            }
            drop(lane.entrance);
            self.inbox.close();
            let patience = Duration::from_secs(2);
            let closed = async { tokio::time::timeout(patience, lane.driver).await.is_ok() };
            if !self.runtime.block_on(closed) {
                tracing::warn!(route = lane.route, "the route did not close in time");
            }
        }
    }

    /// The numbers, from the ledger's counters.
    fn progress(&self) -> Result<Progress> {
        let no = self.wave.no;
        let counts = self.home.store.read(|tx| tx.wave_counts(no)).map_err(problem::store)?;
        let mut progress = crate::wave::progress_of(&self.wave, &counts);
        progress.per_second = self.rate.per_second();
        progress.licence_per_second = self.lanes.iter().map(|lane| lane.config.per_second()).sum();
        progress.paused = self.paused;
        progress.held_back = self.holds.words();
        progress.last_problem.clone_from(&self.last_problem);
        progress.eta_seconds = eta(&progress);
        Ok(progress)
    }

    /// When patience ends next, or a chunk may go.
    fn next_look(&self) -> Result<Option<DateTime<Utc>>> {
        let no = self.wave.no;
        let chunks = self.home.store.read(|tx| tx.chunks(no)).map_err(problem::store)?;
        let waiting = chunks.iter().filter(|chunk| !chunk.is_done).filter_map(|chunk| {
            let is_held = self.holds.forbids(chunk.rung, &chunk.country);
            if is_held { self.holds.until() } else { Some(chunk.not_before) }
        });
        Ok(waiting.chain(self.due.values().copied()).min())
    }

    fn show(&mut self, watch: &mut dyn Watch) -> Result<()> {
        let now = self.home.now();
        if self.shown.is_some_and(|shown| now - shown < chrono::TimeDelta::milliseconds(500)) {
            return Ok(());
        }
        self.shown = Some(now);
        self.rate.note(now, self.submitted);
        watch.see(&self.progress()?);
        Ok(())
    }
}

/// Whether a chunk covers its own targets, rather than listed ones.
pub(crate) const fn is_first(kind: simrecall_core::delivery::ChunkKind) -> bool {
    matches!(kind, simrecall_core::delivery::ChunkKind::First)
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "an estimate to look at"
)]
fn eta(progress: &Progress) -> Option<i64> {
    let left = progress.targets.saturating_sub(progress.answered);
    (progress.per_second > 0.0).then(|| (left as f64 / progress.per_second).ceil() as i64)
}
