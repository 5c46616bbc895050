//! The swap: a line's number goes from the old card to the new one, one command at a time; the only caller of the register.
//!
//! [`start`] and [`begin`] refuse or commit a plan; [`run`] works until the new card is seen, the old one works again, or a person has to
//! decide. It can be killed at any moment: whoever runs it next reads the rows and the register, and goes on. Nothing is sent that
//! was not written down before, and no transaction is open while the register is spoken to.
//!
//! | file | does |
//! |---|---|
//! | `scan` | a card is scanned at the counter, and reserved for the case |
//! | `activate` | the same for a card that came by parcel |
//! | `shown`, `before` | what was shown, who was told, and what else is known of the line |
//! | `start`, `refused` | every refusal, the first look, one transaction |
//! | `begun` | what was begun just now, and is gone on with by whoever began it |
//! | `work`, `wait` | the loop: look, ask the rule, do one thing; and the end of it, when only the attach is missing |
//! | `act` | one command: intent, command, result |
//! | `finish` | the ends: completed, rolled back, a ticket |
//! | `tidy` | three days later |
//! | `reverse` | a completed swap is taken back within three days, by two |
//! | `repair` | what is open, what is true, what a person decides |
//! | `held` | holds on lines |
//! | `look`, `plan`, `tie`, `orders` | the register's truth, the sealed plan, the lock to the handset, what other systems hear |
//! | `watch` | who looks on, and how long is waited |

mod act;
mod activate;
pub(crate) mod before;
mod begun;
mod finish;
mod held;
mod look;
mod orders;
mod plan;
mod refused;
mod repair;
mod reverse;
mod scan;
mod shown;
mod start;
mod tidy;
mod tie;
mod wait;
mod watch;
mod work;

use std::sync::Mutex;

use chrono::TimeDelta;
use serde::Serialize;
use simrecall_core::id::{CaseId, SwapId};
use simrecall_core::replacement::State;
use simrecall_core::replacement::swap::Reason;
pub use simrecall_gateway::hlr::{OsmoHlr, Provisioning};
use simrecall_store::StoreError;
use simrecall_store::replacement::ReplacementCase;
use uuid::Uuid;

pub use activate::{activate, activations};
pub(crate) use before::{Known, LineKeys, not_yet};
pub use begun::Begun;
pub use held::{HoldAnswer, NumberCleared, clear, clear_number, hold};
pub(crate) use orders::{HOLD_PAYMENTS, Orders};
pub(crate) use refused::{NOT_ALLOWED, ORDER_OVER, ORDER_OVER_CODE, not_allowed};
pub use repair::{Decision, StepRow, SwapRow, TicketRow, decide, due, list, repair, show};
pub use reverse::{Reversal, reverse};
pub use scan::{Scan, reserve};
pub(crate) use scan::{keep, scanned};
pub(crate) use shown::told_of;
pub use start::{Order, begin, start};
pub(crate) use start::{Ordered, begin_ordered};
pub(crate) use tie::{Loom, Ties};
pub use watch::{Pace, Point, Unwatched, Watch};

use crate::home::Home;
use crate::incident;
use crate::problem::{Problem, Result};
use work::Worker;
pub(crate) use work::unreadable;

/// How long the old card could be given its number back.
const KEEP_OLD: TimeDelta = TimeDelta::hours(72);

/// Somebody else moved it first; the transaction was given up, and nothing was changed.
const ELSEWHERE: &str = "it was moved by somebody else";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "ended", rename_all = "snake_case")]
pub enum Ended {
    /// The new card works, the old one does not.
    Completed,
    /// The old card works as before.
    RolledBack,
    /// The old card works as before, and the line is held.
    RolledBackHeld,
    /// The new card has the number and was not seen yet; somebody looks again.
    Waiting,
    /// A person decides.
    Ticket {
        /// Why.
        reason: Reason,
    },
    /// Nothing is left of the old card in the register.
    Tidied,
    /// Somebody else works at it.
    Elsewhere,
    /// The lease was lost: somebody else works at it by now.
    Lost,
}

impl Ended {
    fn of(state: State) -> Self {
        match state {
            State::Completed => Self::Completed,
            State::ManualRepair => Self::Ticket { reason: Reason::NoProgress },
            State::FraudHold => Self::RolledBackHeld,
            State::Applied
            | State::Cancelled
            | State::Waiting
            | State::Booked
            | State::NoShow
            | State::CheckedIn
            | State::Verified
            | State::CardReserved
            | State::Swapping
            | State::AwaitingAttach
            | State::RollingBack
            | State::Shipped
            | State::Delivered
            | State::Returned
            | State::ProfileOrdered
            | State::ProfileReleased
            | State::ProfileInstalled
            | State::Declined
            | State::Ineligible => Self::RolledBack,
        }
    }
}

/// Works at a swap until there is nothing more to do now. What was cut is gone on with.
pub fn run(
    home: &Home,
    hlr: &dyn Provisioning,
    swap: SwapId,
    pace: &Pace,
    watch: &mut dyn Watch,
) -> Result<Ended> {
    match Worker::take((home, hlr), swap, pace, watch)? {
        Some(worker) => worker.work(),
        None => Ok(Ended::Elsewhere),
    }
}

/// Starts and runs many, so many at a time, in their order. Each ends by itself: what happens to one is nothing to the others.
pub fn run_all(
    home: &Home,
    hlr: &dyn Provisioning,
    orders: &[Order<'_>],
    workers: usize,
    pace: &Pace,
) -> Vec<Result<Ended>> {
    each(orders, workers, |order| {
        begin(home, hlr, order, pace)?.run(home, hlr, pace, &mut Unwatched)
    })
}

/// The same for those who activated a parcel's card at home. One that cannot begin yet stays as it is.
pub fn run_activations(
    home: &Home,
    hlr: &dyn Provisioning,
    cases: &[ReplacementCase],
    workers: usize,
    pace: &Pace,
) -> Vec<Result<Ended>> {
    each(cases, workers, |case| {
        activate(home, hlr, case, pace)?.run(home, hlr, pace, &mut Unwatched)
    })
}

/// Goes on with many that were begun, so many at a time.
pub(crate) fn run_each(
    home: &Home,
    hlr: &dyn Provisioning,
    swaps: &[SwapId],
    workers: usize,
    pace: &Pace,
) -> Vec<Result<Ended>> {
    each(swaps, workers, |swap| run(home, hlr, *swap, pace, &mut Unwatched))
}

/// Does something to many, so many at a time; what came of each, in their order.
fn each<T: Sync>(
    all: &[T],
    workers: usize,
    one: impl Fn(&T) -> Result<Ended> + Sync,
) -> Vec<Result<Ended>> {
    let next = Mutex::new(all.iter().enumerate());
    let ends: Mutex<Vec<(usize, Result<Ended>)>> = Mutex::new(Vec::with_capacity(all.len()));
    let take = || next.lock().ok().and_then(|mut next| next.next());
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, all.len().max(1)) {
            scope.spawn(|| {
                while let Some((at, which)) = take() {
                    let ended = one(which);
                    if let Ok(mut ends) = ends.lock() {
                        ends.push((at, ended));
                    }
                }
            });
        }
    });
    let mut ends = ends.into_inner().unwrap_or_default();
    ends.sort_by_key(|(at, _)| *at);
    ends.into_iter().map(|(_, ended)| ended).collect()
}

/// The register that is configured.
pub fn register(home: &Home) -> Result<OsmoHlr> {
    let config = home.config.hlr.as_ref().ok_or_else(|| {
        Problem::configuration("hlr", "simrecall.toml names no HLR")
            .hint("add [hlr] with ctrl = \"127.0.0.1:4259\" and vty = \"127.0.0.1:4258\"")
    })?;
    OsmoHlr::new(config.settings()).map_err(unreadable)
}

/// How patient a swap is, as configured.
pub fn pace(home: &Home) -> Result<Pace> {
    let config = home.config.hlr.as_ref();
    config.map(Pace::of).ok_or_else(|| Problem::configuration("hlr", "simrecall.toml names no HLR"))
}

/// A case of an incident, by what a person types.
fn case_of(home: &Home, code: &str, case: &str) -> Result<ReplacementCase> {
    let incident = incident::by_code(home, code)?.id;
    let unknown =
        || Problem::input("case", "there is no such case").hint("case list shows those there are");
    let id = Uuid::parse_str(case.trim()).map(CaseId).map_err(|_| unknown())?;
    home.store.read(|tx| tx.replacement(incident, id))?.ok_or_else(unknown)
}

/// Whether a transaction committed; it did not where somebody else was faster.
fn moved_on(done: std::result::Result<(), StoreError>) -> Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(StoreError::State(ELSEWHERE)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
