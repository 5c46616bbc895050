//! One card: defective, lost, looked at.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::StaffId;
use simrecall_core::identity::Iccid;
use simrecall_core::replacement::card::{State, may_pass};
use simrecall_core::replacement::{Event as CaseEvent, State as CaseState, step};
use simrecall_store::card::{Card, CardMove};
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange};
use simrecall_store::{StoreError, Tx};

use crate::card::CardRecord;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::step::{Gate, NO_GATE};
use crate::staff;

/// What a transaction says of a card that is not where it was.
const ELSEWHERE: &str = "the card has just been moved";

/// What somebody says of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does not work, or was opened in vain.
    Defective,
    /// It is not where it should be.
    Lost,
    /// It was put aside, looked at, and is good.
    Good,
}

/// A card, as staff see it.
#[derive(Debug, Clone, Serialize)]
pub struct CardAnswer {
    /// Its number, masked.
    pub card: String,
    /// What became of it.
    pub state: &'static str,
    /// How many booked visits had to give their card up and are in line again.
    pub moved: usize,
}

/// Says what became of a card, by its number.
pub fn settle(home: &Home, iccid: &str, fate: Fate, by: &str) -> Result<CardAnswer> {
    let member = staff::may(home, by, Act::MoveCards)?;
    write_off(home, (iccid, fate), member.id, NO_GATE)
}

/// The same, by whoever may, if a gate lets it.
pub(crate) fn write_off(
    home: &Home,
    (iccid, fate): (&str, Fate),
    member: StaffId,
    gate: Gate<'_>,
) -> Result<CardAnswer> {
    let iccid = Iccid::parse(iccid)
        .map_err(|error| Problem::input("card", "this is no card number").caused_by(error))?;
    let service = home.keys.service().map_err(problem::keys)?;
    let id = CardRecord::id_of(&service, &iccid);
    let found = home.store.read(|tx| tx.card(id))?;
    let card = found.ok_or_else(|| {
        Problem::input("card_unknown", "stock knows no such card")
            .hint("look at the number again; what is not in stock is given to nobody")
    })?;
    allowed(&card, fate)?;
    let body = serde_json::json!({
        "card": id, "agency": card.agency, "from": card.state.name(), "to": goal(fate).name(),
    });
    let actor = member.to_string();
    let entry = home.entry("stock.card", &actor, None, body)?;
    let at = home.now();
    let done = home.store.write(|tx| {
        gate(tx)?;
        // What is refused is rolled back with whatever the gate wrote.
        let moved = carry(tx, &card, fate, (member, at))?.ok_or(StoreError::State(ELSEWHERE))?;
        tx.journal(&entry)?;
        Ok(moved)
    });
    match done {
        Ok(moved) => Ok(CardAnswer { card: iccid.masked(), state: goal(fate).name(), moved }),
        Err(StoreError::State(ELSEWHERE)) => {
            Err(Problem::state("already", ELSEWHERE).hint("run the same command again"))
        }
        Err(error) => Err(problem::store(error)),
    }
}

const fn goal(fate: Fate) -> State {
    match fate {
        Fate::Defective => State::Defective,
        Fate::Lost => State::Lost,
        Fate::Good => State::Available,
    }
}

/// What the card's machine allows of it.
fn allowed(card: &Card, fate: Fate) -> Result<()> {
    let refused = |what: &str| {
        Err(Problem::state("card_state", format!("the card is {}: {what}", card.state.name())))
    };
    match (fate, card.state) {
        (Fate::Good, State::Quarantined) if !may_pass(card.keyed) => {
            refused("a key of it was written to the network, and never is again; it is defective")
        }
        (Fate::Good | Fate::Defective, State::Quarantined)
        | (Fate::Defective, State::Reserved)
        | (
            Fate::Lost,
            State::InTransit | State::Available | State::Reserved | State::Quarantined,
        ) => Ok(()),
        (Fate::Good, _) => refused("only one that was put aside is looked at"),
        (Fate::Defective, _) => refused("that shows when it is tried for somebody"),
        (Fate::Lost, _) => refused("it is not ours to lose"),
    }
}

/// Moves it, and whoever stands on it; how many lost their place. `None`: it was moved meanwhile.
fn carry(
    tx: &mut Tx<'_>,
    card: &Card,
    fate: Fate,
    (by, at): (StaffId, DateTime<Utc>),
) -> std::result::Result<Option<usize>, StoreError> {
    let mut from = card.state;
    let mut moved = 0;
    if from == State::Reserved {
        let case = card.case.ok_or(StoreError::Damaged("card"))?;
        let to = if fate == Fate::Lost { State::Lost } else { State::Quarantined };
        if !take_back(tx, case, (by, at))? || !tx.release_card(card.id, case, to, at)? {
            return Ok(None);
        }
        from = to;
    }
    if from == State::Available {
        moved = make_room(tx, card, (by, at))?;
    }
    if from == goal(fate) {
        return Ok(Some(moved));
    }
    let step = CardMove { card: card.id, from, to: goal(fate), sealed: None, at };
    Ok(tx.move_card(&step)?.then_some(moved))
}

/// The case whose card it is goes back to being verified; one that is being swapped keeps it. Whether it went.
fn take_back(
    tx: &mut Tx<'_>,
    (incident, id): (simrecall_core::id::IncidentId, simrecall_core::id::CaseId),
    (by, at): (StaffId, DateTime<Utc>),
) -> std::result::Result<bool, StoreError> {
    let Some(case) = tx.replacement(incident, id)? else { return Ok(true) };
    if case.state != CaseState::CardReserved {
        let is_away =
            matches!(case.state, CaseState::Shipped | CaseState::Delivered | CaseState::Verified);
        return Ok(!case.state.is_swapping() && !is_away);
    }
    let event = CaseEvent::Release;
    let to = step(case.state, event).map_err(|_| StoreError::State("the case has moved"))?;
    let change = CaseMove {
        case: &case,
        event,
        to,
        place: PlaceChange::Keep,
        by: Some(by),
        agency: None,
        at,
    };
    Ok(tx.move_case(&change)? == Moved::Done)
}

/// Frees one card of what is promised; whoever was promised it is in line again.
fn make_room(
    tx: &mut Tx<'_>,
    card: &Card,
    (by, at): (StaffId, DateTime<Utc>),
) -> std::result::Result<usize, StoreError> {
    let displaced = tx.make_room(card.agency, &card.product, 1, at)?;
    let displaced = displaced.ok_or(StoreError::State("the agency has no such card"))?;
    for case in &displaced {
        let event = CaseEvent::Queue;
        let to = step(case.state, event).map_err(|_| StoreError::State("the case has moved"))?;
        let change = CaseMove {
            case,
            event,
            to,
            place: PlaceChange::Keep,
            by: Some(by),
            agency: Some(card.agency),
            at,
        };
        if tx.move_case(&change)? != Moved::Done {
            return Err(StoreError::Busy);
        }
    }
    Ok(displaced.len())
}
