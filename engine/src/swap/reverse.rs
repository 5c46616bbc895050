//! "That was not me", said after all was done: two people give the old card its number back, within three days.

use simrecall_core::access::Act;
use simrecall_core::id::SwapId;
use simrecall_core::replacement::{Event, State, step};
use simrecall_store::StoreError;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange};
use simrecall_store::swap::SwapState;

use super::{ELSEWHERE, KEEP_OLD, case_of};
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::staff;

/// A completed swap that two of the staff take back.
#[derive(Debug, Clone, Copy)]
pub struct Reversal<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The case.
    pub case: &'a str,
    /// Why; it is kept, and names nobody.
    pub why: &'a str,
    /// Who decides: two, and not the same one twice.
    pub by: [&'a str; 2],
}

/// Opens a completed swap again, to go back. Its line must be held, and it must not be older than 72 hours; then run it.
pub fn reverse(home: &Home, reversal: &Reversal<'_>) -> Result<SwapId> {
    let [first, second] = reversal.by;
    let (first, second) =
        (staff::may(home, first, Act::DecideSwap)?, staff::may(home, second, Act::DecideSwap)?);
    if first.id == second.id {
        return Err(Problem::input("two_persons", "one person alone takes no swap back")
            .hint("name a second one with --and"));
    }
    if reversal.why.trim().is_empty() || reversal.why.chars().any(|sign| sign.is_ascii_digit()) {
        return Err(Problem::input("why", "say why, in words without a number"));
    }
    let case = case_of(home, reversal.incident, reversal.case)?;
    let swaps = home.store.read(|tx| tx.swaps_of(case.incident, case.id))?;
    let swap = swaps.into_iter().find(|swap| swap.state == SwapState::Done);
    let (swap, now) = (swap.ok_or_else(|| not_now(case.state))?, home.now());
    if swap.completed_at.is_none_or(|at| now >= at + KEEP_OLD) || swap.settled_at.is_some() {
        return Err(Problem::state("too_late", "after three days the old card is gone")
            .hint("open a new case for this line"));
    }
    let to = step(case.state, Event::RollBack).map_err(|_| not_now(case.state))?;
    let (event, place, by) = (Event::RollBack, PlaceChange::Keep, Some(first.id));
    let case_move = CaseMove { case: &case, event, to, place, by, agency: None, at: now };
    let actor = first.id.to_string();
    let body = serde_json::json!({
        "case": case.id, "swap": swap.id, "with": second.id, "why": reversal.why,
    });
    let entry = home.entry("swap.reversed", &actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        if !tx.line_is_held(&swap.number)? {
            return Err(StoreError::State(NOT_HELD));
        }
        if !tx.reopen_swap(swap.id, now)? || tx.move_case(&case_move)? != Moved::Done {
            return Err(StoreError::State(ELSEWHERE));
        }
        tx.journal(&entry).map(drop)
    });
    match done {
        Ok(()) => Ok(swap.id),
        Err(StoreError::State(NOT_HELD)) => {
            Err(Problem::state("not_held", "hold the line first, so that nobody swaps it again")
                .hint("simrecall case hold"))
        }
        Err(StoreError::State(ELSEWHERE)) => Err(not_now(case.state)),
        Err(error) => Err(error.into()),
    }
}

const NOT_HELD: &str = "the line is not held";

fn not_now(state: State) -> Problem {
    Problem::state(
        "case_state",
        format!("a case that is {} has no swap to take back", state.name()),
    )
}
