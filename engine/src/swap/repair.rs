//! What is open, what is true of it at the register now, and what a person decides.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::SwapId;
use simrecall_core::replacement::swap::{Direction, Truth};
use simrecall_core::replacement::{Event, State, step};
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::StoreError;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange};
use simrecall_store::swap::{SentCommand, Swap, SwapState, Ticket, TicketClosed};

use super::look::Eyes;
use super::plan::opened;
use super::watch::{Pace, Watch};
use super::{ELSEWHERE, Ended, case_of, run};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff;

/// So many are listed at most.
const MOST: i64 = 1_000;

/// A swap, as staff see it. Nothing in it is anybody's.
#[derive(Debug, Clone, Serialize)]
pub struct SwapRow {
    /// Its name.
    pub swap: SwapId,
    /// Its case.
    pub case: String,
    /// Where the case is, which says the way it goes.
    pub case_state: &'static str,
    /// Where the swap is: open, done or rolled back.
    pub state: &'static str,
    /// Whether nothing may be swapped on the line.
    pub held: bool,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When the number came to the new card.
    pub pivot_at: Option<DateTime<Utc>>,
    /// Until when somebody works at it, unless they give a sign.
    pub leased_until: Option<DateTime<Utc>>,
    /// Looks in a row without progress.
    pub misses: i32,
    /// What was sent.
    pub steps: Vec<StepRow>,
    /// What waits for a person, or did.
    pub tickets: Vec<TicketRow>,
    /// What the register says now; none if it was not asked or cannot be.
    pub truth: Option<Truth>,
    /// Why the register says nothing, as a stable word.
    pub unread: Option<&'static str>,
}

/// A command that was sent.
#[derive(Debug, Clone, Serialize)]
pub struct StepRow {
    /// Its number, from 1.
    pub no: i32,
    /// Which.
    pub command: &'static str,
    /// When it was written down.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub outcome: &'static str,
}

/// What no rule decides.
#[derive(Debug, Clone, Serialize)]
pub struct TicketRow {
    /// Why, as a stable word.
    pub reason: &'static str,
    /// What the register said then, as JSON.
    pub truth: String,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// Whether somebody decided.
    pub closed: bool,
    /// How, in their words.
    pub how: Option<String>,
}

/// What a person decides.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The case.
    pub case: &'a str,
    /// Which way it goes from here.
    pub direction: Direction,
    /// Why; it is kept, and names nobody.
    pub why: &'a str,
    /// Who decides.
    pub by: &'a str,
}

/// Swaps that wait for a worker or for a person, with what is true of each at the register now.
pub fn list(home: &Home, hlr: &dyn Provisioning, by: &str) -> Result<Vec<SwapRow>> {
    let member = staff::may(home, by, Act::DecideSwap)?;
    let now = home.now();
    let swaps = home.store.read(|tx| {
        let mut swaps = tx.due_swaps(now, MOST)?;
        for ticket in tx.open_tickets(MOST)? {
            if !swaps.iter().any(|swap| swap.id == ticket.swap) {
                swaps.extend(tx.swap(ticket.swap)?);
            }
        }
        Ok(swaps)
    })?;
    swaps.iter().map(|swap| row(home, swap, Some(hlr), &member.id.to_string())).collect()
}

/// The swaps of one case, oldest first; the last is looked at.
pub fn show(
    home: &Home,
    hlr: Option<&dyn Provisioning>,
    (code, case): (&str, &str),
    by: &str,
) -> Result<Vec<SwapRow>> {
    let member = staff::may(home, by, Act::ServeCustomer)
        .or_else(|_| staff::may(home, by, Act::DecideSwap))?;
    let case = case_of(home, code, case)?;
    let swaps = home.store.read(|tx| tx.swaps_of(case.incident, case.id))?;
    swaps.iter().map(|swap| row(home, swap, hlr, &member.id.to_string())).collect()
}

/// Swaps that are open and that nobody works at, and completed ones whose old card goes now.
pub fn due(home: &Home) -> Result<Vec<SwapId>> {
    let now = home.now();
    let swaps = home.store.read(|tx| tx.due_swaps(now, MOST))?;
    Ok(swaps.into_iter().map(|swap| swap.id).collect())
}

/// Brings to an end what nobody works at: forward or back, as its case says. What one meets is nothing to the others.
pub fn repair(
    home: &Home,
    hlr: &dyn Provisioning,
    pace: &Pace,
    watch: &mut dyn Watch,
) -> Result<Vec<(SwapId, Result<Ended>)>> {
    let due = due(home)?;
    Ok(due.into_iter().map(|swap| (swap, run(home, hlr, swap, pace, watch))).collect())
}

/// A person decides which way a swap goes that could not decide by itself; then it is due. Or, at the counter, that it goes back.
pub fn decide(home: &Home, decision: &Decision<'_>) -> Result<SwapId> {
    let Decision { direction, why, .. } = *decision;
    let member = staff::may(home, decision.by, Act::DecideSwap)?;
    let case = case_of(home, decision.incident, decision.case)?;
    if why.trim().is_empty() || why.chars().any(|sign| sign.is_ascii_digit()) {
        return Err(Problem::input("why", "say why, in words without a number"));
    }
    let event = match direction {
        Direction::Forward => Event::Resume,
        Direction::Back => Event::RollBack,
    };
    if case.state == State::Completed {
        return Err(not_now(case.state));
    }
    let to = step(case.state, event).map_err(|_| not_now(case.state))?;
    let now = home.now();
    let swaps = home.store.read(|tx| tx.swaps_of(case.incident, case.id))?;
    let swap = swaps.into_iter().find(|swap| swap.state == SwapState::Open);
    let swap = swap.ok_or_else(|| not_now(case.state))?;
    let (by, place) = (Some(member.id), PlaceChange::Keep);
    let case_move = CaseMove { case: &case, event, to, place, by, agency: None, at: now };
    let closed = TicketClosed { at: now, by: member.id, how: why.to_owned() };
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "case": case.id, "swap": swap.id, "direction": direction.name(), "why": why,
    });
    let entry = home.entry("swap.decided", &actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        if direction == Direction::Forward && tx.line_is_held(&swap.number)? {
            return Err(StoreError::State(HELD));
        }
        if tx.move_case(&case_move)? != Moved::Done {
            return Err(StoreError::State(ELSEWHERE));
        }
        for ticket in tx.tickets_of(swap.id)? {
            if ticket.closed.is_none() {
                tx.close_ticket(ticket.id, &closed)?;
            }
        }
        tx.forgive_misses(swap.id)?;
        tx.wake_swap(swap.id, now)?;
        tx.journal(&entry).map(drop)
    });
    match done {
        Ok(()) => Ok(swap.id),
        Err(StoreError::State(HELD)) => {
            Err(Problem::state("line_held", "the line is held: it goes back or waits")
                .hint("clear the line first: simrecall case clear"))
        }
        Err(StoreError::State(ELSEWHERE)) => Err(not_now(case.state)),
        Err(error) => Err(error.into()),
    }
}

const HELD: &str = "the line is held";

fn not_now(state: State) -> Problem {
    let what = format!("a case that is {} waits for no such decision", state.name());
    Problem::state("case_state", what).hint("simrecall swap show says how it stands")
}

fn row(home: &Home, swap: &Swap, hlr: Option<&dyn Provisioning>, actor: &str) -> Result<SwapRow> {
    let (case, held, steps, tickets) = home.store.read(|tx| {
        let case = tx.replacement(swap.incident, swap.case)?;
        let (held, steps) = (tx.line_is_held(&swap.number)?, tx.swap_steps(swap.id)?);
        Ok((case, held, steps, tx.tickets_of(swap.id)?))
    })?;
    let (truth, unread) = match hlr {
        Some(hlr) if swap.settled_at.is_none() => truth(home, swap, hlr, actor)?,
        Some(_) | None => (None, None),
    };
    let step = |one: &simrecall_store::swap::SwapStep| StepRow {
        no: one.no,
        command: match one.command {
            SentCommand::Swap(command) => command.name(),
            SentCommand::DeleteOld => "delete_old",
        },
        at: one.at,
        outcome: one.outcome.name(),
    };
    Ok(SwapRow {
        swap: swap.id,
        case: swap.case.to_string(),
        case_state: case.map_or("gone", |case| case.state.name()),
        state: swap.state.name(),
        held,
        opened_at: swap.opened_at,
        pivot_at: swap.pivot_at,
        leased_until: swap.lease.map(|(_, until)| until),
        misses: swap.misses,
        steps: steps.iter().map(step).collect(),
        tickets: tickets.into_iter().map(ticket).collect(),
        truth,
        unread,
    })
}

fn ticket(ticket: Ticket) -> TicketRow {
    let (reason, truth, opened_at) = (ticket.reason.name(), ticket.truth, ticket.opened_at);
    let closed = ticket.closed.is_some();
    TicketRow { reason, truth, opened_at, closed, how: ticket.closed.map(|closed| closed.how) }
}

fn truth(
    home: &Home,
    swap: &Swap,
    hlr: &dyn Provisioning,
    actor: &str,
) -> Result<(Option<Truth>, Option<&'static str>)> {
    let service = home.keys.service().map_err(problem::keys)?;
    let sealed = home.store.read(|tx| tx.sealed_card(swap.card))?;
    let sealed = sealed.ok_or_else(|| Problem::ours("card", "a card without its record"))?;
    let (plan, card) = opened(home, &service, (swap, &sealed), actor)?;
    let (number, old, new, key) = (&plan.number, &plan.old, &plan.new, card.key.as_ref());
    match (Eyes { hlr, number, old, new, key }).look(home.now()) {
        Ok(truth) => Ok((Some(truth), None)),
        Err(error) => Ok((None, Some(error.code()))),
    }
}
