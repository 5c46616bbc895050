//! Whoever runs the swaps that clerks ordered: a process of its own, which reaches the network's register and no browser.
//!
//! An order is taken under a lease, oldest first. Its hash and its signatures are checked again from the rows, and then it is begun
//! like any swap: whatever a rule says no to is written down as the order's end. Nothing waits in here: a new card that was not
//! seen yet is looked at again in the next round.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::{StaffId, SwapId, SwapOrderId};
use simrecall_core::problem::Blame;
use simrecall_core::terminal::order::Event;
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::lease::LeaseToken;
use simrecall_store::staff::StaffMember;
use simrecall_store::swap::SwapState;
use simrecall_store::swap_order::{OrderEnd, Signed, SwapOrder};
use simrecall_store::terminal::TerminalState;
use simrecall_store::{StoreError, Tx};

use super::passkey::{self, Assertion};
use crate::config::AgencyConfig;
use crate::home::{Home, random};
use crate::problem::{Problem, Result};
use crate::swap::{self, Ended, ORDER_OVER, ORDER_OVER_CODE, Ordered, Pace, Unwatched};

/// The one who follows, as the journal names them.
const ACTOR: &str = "swap.follow";
/// How long an order is worked at without a sign: longer than the register takes for all that comes before a swap begins.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// After how long an order is tried again that the register had no answer for: at first, and at last. In between it waits as long as it
/// has waited already.
const AGAIN: [TimeDelta; 2] = [TimeDelta::seconds(2), TimeDelta::seconds(30)];
/// How long one who found nothing to do waits.
const REST: Duration = Duration::from_millis(200);
/// As many rows are looked at in a round.
const AT_ONCE: i64 = 1_000;

/// What became of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "became", rename_all = "snake_case")]
pub enum Became {
    /// A swap, and how far it came.
    Swap {
        /// The swap.
        swap: SwapId,
        /// How far.
        ended: Ended,
    },
    /// Nothing: a rule said no.
    Refused {
        /// Which.
        code: String,
    },
    /// Nothing yet: the register or the database had no answer.
    Waits {
        /// Why.
        code: String,
    },
    /// Nothing: it was given up, or its time was over.
    Over,
}

/// An order that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// Which.
    pub order: SwapOrderId,
    /// What became of it.
    #[serde(flatten)]
    pub became: Became,
}

/// What a round over everything that waits found.
#[derive(Debug, Default)]
pub struct Tended {
    /// Orders whose time was over.
    pub lapsed: usize,
    /// Swaps that were gone on with, and how each ended.
    pub swaps: Vec<(SwapId, Result<Ended>)>,
}

/// Takes the oldest order that may begin, and begins it. None: there is none.
pub fn take(home: &Home, hlr: &dyn Provisioning, pace: &Pace) -> Result<Option<Followed>> {
    let (token, now) = (LeaseToken(random()?), home.now());
    let taken = home.store.write(|tx| tx.take_swap_order(token, now, now + LEASE))?;
    let Some(order) = taken else { return Ok(None) };
    let id = order.order.facts.id;
    let pace = Pace { stay: false, ..*pace };
    let became = match begin((home, hlr), &order, token, &pace) {
        Ok(begun) => {
            let swap = begun.id();
            let ended = begun.run(home, hlr, &pace, &mut Unwatched)?;
            Became::Swap { swap, ended }
        }
        Err(problem) => not_begun(home, &order, token, &problem)?,
    };
    Ok(Some(Followed { order: id, became }))
}

/// Checks an order again from its rows, and begins its swap.
fn begin(
    (home, hlr): (&Home, &dyn Provisioning),
    order: &SwapOrder,
    token: LeaseToken,
    pace: &Pace,
) -> Result<swap::Begun> {
    let facts = &order.order.facts;
    let countersigned = checked(home, order)?;
    // Nobody's line and no card's key is opened for a register that is not there.
    hlr.is_there().map_err(swap::unreadable)?;
    let case = home.store.read(|tx| tx.replacement(facts.incident, facts.case))?;
    let case = case.ok_or_else(|| Problem::ours("case", "an order without its case"))?;
    let begun = |tx: &mut Tx<'_>, swap: SwapId| {
        still_ordered(tx, order)?;
        if tx.start_swap_order(facts.id, token, swap, home.now())? {
            Ok(())
        } else {
            Err(StoreError::State(ORDER_OVER))
        }
    };
    let ordered = Ordered {
        by: facts.staff,
        card: facts.card,
        proofs: &facts.proofs,
        countersigned,
        begun: &begun,
    };
    swap::begin_ordered(home, hlr, (&case, &ordered), pace)
}

/// Whether an order is what was signed, by whom it says, who may still do that; whether a supervisor signed as well.
fn checked(home: &Home, order: &SwapOrder) -> Result<bool> {
    let facts = &order.order.facts;
    if facts.sha256() != order.hash {
        return Err(Problem::state("order_hash", "the order is not what was signed"));
    }
    let signed = order.confirmed.as_ref().map(|(_, signed)| signed);
    let signed = signed.ok_or_else(unsigned)?;
    if !is_theirs(home, signed, facts.staff, &order.order.challenge)? {
        return Err(unsigned());
    }
    home.store.read(|tx| still_ordered(tx, order)).map_err(not_any_more)?;
    let countersign = home.store.read(|tx| tx.countersign_of(facts.id))?;
    let Some(second) = countersign else {
        return if order.order.countersign { Err(unsigned()) } else { Ok(false) };
    };
    let is_other = second.staff != facts.staff && second.terminal != facts.terminal;
    if !is_other || !is_theirs(home, &second.signed, second.staff, &second.challenge)? {
        return Err(unsigned());
    }
    Ok(true)
}

/// Whether somebody's own passkey signed over a challenge.
fn is_theirs(home: &Home, signed: &Signed, staff: StaffId, challenge: &[u8]) -> Result<bool> {
    let credential = home.store.read(|tx| tx.credential(signed.credential))?;
    let theirs = credential.filter(|one| one.staff == staff);
    let asked = <[u8; 32]>::try_from(challenge).ok();
    let origin = home.config.agency.as_ref().map(AgencyConfig::origin);
    let (Some(credential), Some(asked), Some(origin)) = (theirs, asked, origin) else {
        return Ok(false);
    };
    let assertion = Assertion {
        credential: signed.credential,
        authenticator_data: signed.authenticator_data.clone(),
        client_data: signed.client_data.clone(),
        signature: signed.signature.clone(),
    };
    Ok(passkey::is_signed(&credential, &assertion, &asked, &origin))
}

/// Whether all who signed may still do that, and the clerk's terminal is on: asked before the register is, and again in the write that
/// begins the swap.
fn still_ordered(tx: &mut Tx<'_>, order: &SwapOrder) -> std::result::Result<(), StoreError> {
    let facts = &order.order.facts;
    let terminal = tx.terminal(facts.terminal)?;
    let is_on = terminal.is_some_and(|one| one.state == TerminalState::On);
    let clerk = tx.staff(facts.staff)?;
    let is_posted = clerk.as_ref().is_some_and(|one| one.agency == Some(facts.agency));
    let second = match tx.countersign_of(facts.id)? {
        Some(second) => may_still(tx.staff(second.staff)?.as_ref(), Act::Countersign),
        None => true,
    };
    if is_on && is_posted && second && may_still(clerk.as_ref(), Act::SwitchLine) {
        Ok(())
    } else {
        Err(StoreError::State(swap::NOT_ALLOWED))
    }
}

/// Whether somebody works here and has a role for it.
fn may_still(member: Option<&StaffMember>, act: Act) -> bool {
    member.is_some_and(|one| one.works() && one.roles.iter().any(|role| role.may(act)))
}

fn not_any_more(error: StoreError) -> Problem {
    if error == StoreError::State(swap::NOT_ALLOWED) { swap::not_allowed() } else { error.into() }
}

fn unsigned() -> Problem {
    Problem::state("order_signature", "the order is not signed by whom it names")
}

/// Writes down why an order did not begin; one that the register or the database had no answer for waits.
fn not_begun(
    home: &Home,
    order: &SwapOrder,
    token: LeaseToken,
    problem: &Problem,
) -> Result<Became> {
    let (facts, now) = (&order.order.facts, home.now());
    let code = problem.code.to_owned();
    let is_passing = matches!(problem.blame, Blame::Network | Blame::Ours | Blame::Configuration)
        || problem.code == "database_busy";
    if is_passing {
        tracing::warn!(target: "simrecall", code = problem.code, order = %facts.id, "an order waits");
        let again = now + patience(order, now);
        home.store.write(|tx| tx.release_swap_order(facts.id, token, again))?;
        return Ok(Became::Waits { code });
    }
    if problem.code == ORDER_OVER_CODE {
        home.store.write(|tx| tx.release_swap_order(facts.id, token, now))?;
        return Ok(Became::Over);
    }
    let end = OrderEnd {
        id: facts.id,
        from: order.state,
        event: Event::Refuse,
        token: Some(token),
        code: problem.code,
        at: now,
    };
    let ended = ended(home, order, &end, ("order.refused", ACTOR))?;
    Ok(if ended { Became::Refused { code } } else { Became::Over })
}

/// For how long an order waits that could not begin.
fn patience(order: &SwapOrder, now: DateTime<Utc>) -> TimeDelta {
    let [first, last] = AGAIN;
    let waited = order.confirmed.as_ref().map_or(first, |(at, _)| now - *at);
    waited.clamp(first, last)
}

/// Ends an order without a swap, and says so in the journal. Whether it could be ended so.
pub(crate) fn ended(
    home: &Home,
    order: &SwapOrder,
    end: &OrderEnd<'_>,
    (kind, actor): (&str, &str),
) -> Result<bool> {
    Ok(home.store.write(|tx| ended_in(tx, home, (order, end), (kind, actor)))?)
}

/// The same in somebody's transaction.
pub(crate) fn ended_in(
    tx: &mut Tx<'_>,
    home: &Home,
    (order, end): (&SwapOrder, &OrderEnd<'_>),
    kind_and_actor: (&str, &str),
) -> std::result::Result<bool, StoreError> {
    let ended = tx.end_swap_order(end)?;
    if ended {
        let facts = &order.order.facts;
        let body = serde_json::json!({ "order": facts.id, "case": facts.case, "code": end.code });
        home.journal(tx, kind_and_actor, Some(facts.incident), body)?;
    }
    Ok(ended)
}

/// Ends orders whose time is over; how many.
pub fn lapse(home: &Home) -> Result<usize> {
    let (now, mut lapsed) = (home.now(), 0);
    for order in home.store.read(|tx| tx.overdue_swap_orders(now, AT_ONCE))? {
        let end = lapsing(&order, now);
        lapsed += usize::from(ended(home, &order, &end, ("order.lapsed", ACTOR))?);
    }
    Ok(lapsed)
}

/// The end of an order whose time is over.
pub(crate) const fn lapsing(order: &SwapOrder, at: DateTime<Utc>) -> OrderEnd<'static> {
    let id = order.order.facts.id;
    OrderEnd { id, from: order.state, event: Event::Lapse, token: None, code: "lapsed", at }
}

/// A round over all that waits: orders whose time is over end, and swaps that are open and that nobody works at go on: those whose
/// new card was not seen yet, and those whose worker died.
pub fn tend(home: &Home, hlr: &dyn Provisioning, pace: &Pace, workers: usize) -> Result<Tended> {
    let lapsed = lapse(home)?;
    let (now, pace) = (home.now(), Pace { stay: false, ..*pace });
    let due = home.store.read(|tx| tx.due_swaps(now, AT_ONCE))?;
    let open: Vec<SwapId> =
        due.into_iter().filter(|one| one.state == SwapState::Open).map(|one| one.id).collect();
    let ends = swap::run_each(home, hlr, &open, workers, &pace);
    Ok(Tended { lapsed, swaps: open.into_iter().zip(ends).collect() })
}

/// Follows until somebody says stop: so many take orders, and one more looks after what waits.
pub fn follow(
    home: &Home,
    hlr: &dyn Provisioning,
    (pace, workers): (&Pace, usize),
    stop: &AtomicBool,
    said: &(dyn Fn(&Followed) + Sync),
) {
    let goes_on = || !stop.load(Ordering::Acquire);
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                while goes_on() {
                    match take(home, hlr, pace) {
                        Ok(Some(followed)) => said(&followed),
                        Ok(None) => std::thread::sleep(REST),
                        Err(problem) => {
                            failed(&problem);
                            std::thread::sleep(REST);
                        }
                    }
                }
            });
        }
        while goes_on() {
            match tend(home, hlr, pace, workers) {
                Ok(done) => {
                    done.swaps.iter().filter_map(|(_, end)| end.as_ref().err()).for_each(failed);
                }
                Err(problem) => failed(&problem),
            }
            rest(pace.look_every, stop);
        }
    });
}

/// Sleeps for so long, but not past a stop.
fn rest(whole: Duration, stop: &AtomicBool) {
    let mut left = whole.max(REST);
    while !left.is_zero() && !stop.load(Ordering::Acquire) {
        let some = left.min(REST);
        std::thread::sleep(some);
        left -= some;
    }
}

fn failed(problem: &Problem) {
    tracing::warn!(target: "simrecall", code = problem.code, %problem, "a swap could not be followed");
}
