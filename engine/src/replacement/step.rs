//! One move of a case by its machine, with its journal entry, in one transaction.

use simrecall_core::id::{AgencyId, StaffId, TerminalId};
use simrecall_core::replacement::{Event, step};
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::{StoreError, Tx};

use crate::home::Home;
use crate::problem::{Problem, Result};

/// Who moves a case, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hand<'a> {
    /// Who; none for the customer and for the clock.
    pub(crate) by: Option<StaffId>,
    /// The same, as the journal names them.
    pub(crate) actor: &'a str,
    /// Where.
    pub(crate) agency: Option<AgencyId>,
    /// At which terminal; none where nobody stands at one.
    pub(crate) terminal: Option<TerminalId>,
}

/// What is asked first in a transaction that changes something, and ends it if the answer is no.
pub(crate) type Gate<'g> = &'g (dyn Fn(&mut Tx<'_>) -> std::result::Result<(), StoreError> + Sync);

/// Nothing is asked.
pub(crate) const NO_GATE: Gate<'static> = &|_| Ok(());

/// Moves a case inside a transaction. [`StoreError::State`]: its machine does not go there.
pub(crate) fn moved(
    tx: &mut Tx<'_>,
    home: &Home,
    (case, event, place): (&ReplacementCase, Event, PlaceChange),
    hand: &Hand<'_>,
) -> std::result::Result<Moved, StoreError> {
    let to = step(case.state, event).map_err(|_| StoreError::State(WRONG))?;
    let (by, agency, at) = (hand.by, hand.agency, home.now());
    tx.move_case(&CaseMove { case, event, to, place, by, agency, at })
}

/// What a transaction says when a case cannot go there.
pub(crate) const WRONG: &str = "the case cannot go there from where it is";

/// Moves a case, and says so in the journal; by which kind of entry.
pub(crate) fn go(
    home: &Home,
    step: (&ReplacementCase, Event, PlaceChange),
    hand: &Hand<'_>,
    kind: &str,
) -> Result<()> {
    go_gated(home, step, hand, (kind, NO_GATE))
}

/// The same, if a gate lets it.
pub(crate) fn go_gated(
    home: &Home,
    (case, event, place): (&ReplacementCase, Event, PlaceChange),
    hand: &Hand<'_>,
    (kind, gate): (&str, Gate<'_>),
) -> Result<()> {
    step(case.state, event).map_err(|error| wrong(case).caused_by(error))?;
    let mut body = serde_json::json!({
        "case": case.id, "lines": [case.line], "agency": hand.agency, "event": event.name(),
    });
    if let Some((body, terminal)) = body.as_object_mut().zip(hand.terminal) {
        body.insert("terminal".to_owned(), serde_json::json!(terminal));
    }
    let entry = home.entry(kind, hand.actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        gate(tx)?;
        let done = moved(tx, home, (case, event, place.clone()), hand)?;
        if done == Moved::Done {
            tx.journal(&entry)?;
        }
        Ok(done)
    })?;
    refused(done, case)
}

/// What a move that did not happen says.
pub(crate) fn refused(done: Moved, case: &ReplacementCase) -> Result<()> {
    match done {
        Moved::Done => Ok(()),
        Moved::Elsewhere => Err(Problem::state("already", "the case has just been moved")
            .hint("look at it again, and repeat what you wanted")),
        Moved::DayFull => Err(Problem::state("day_full", "that day is full")),
        Moved::HourFull => Err(Problem::state("hour_full", "that hour is full")),
    }
    .map_err(|problem: Problem| {
        problem.detail(format!("case {} is {}", case.id, case.state.name()))
    })
}

/// A case that cannot go there.
pub(crate) fn wrong(case: &ReplacementCase) -> Problem {
    Problem::state("case_state", WRONG).detail(format!("it is {}", case.state.name()))
}
