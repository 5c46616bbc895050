//! A card is scanned at the counter, and kept for the case for ten minutes.

use chrono::TimeDelta;
use simrecall_core::access::Act;
use simrecall_core::id::{AgencyId, CardId};
use simrecall_core::identity::Iccid;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::{Event, State, step};
use simrecall_store::StoreError;
use simrecall_store::card::{Card, Reservation, Reserved};
use simrecall_store::lease::LeaseToken;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};

use super::{ELSEWHERE, case_of};
use crate::card::CardRecord;
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::replacement::step::{Gate, Hand, NO_GATE};
use crate::staff;

/// How long a scanned card is kept for its case.
const LEASE: TimeDelta = TimeDelta::minutes(10);

/// A card that was scanned for a case.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The case.
    pub case: &'a str,
    /// What is printed on the card.
    pub iccid: &'a str,
    /// The clerk.
    pub by: &'a str,
}

/// Keeps a card for a case. The same scan twice is the same card, for longer.
pub fn reserve(home: &Home, scan: &Scan<'_>) -> Result<CardId> {
    let member = staff::may(home, scan.by, Act::ServeCustomer)?;
    let case = case_of(home, scan.incident, scan.case)?;
    let (card, known) = scanned(home, scan.iccid)?;
    if !matches!(case.state, State::Verified | State::CardReserved) {
        return Err(not_now(&case));
    }
    let agency = place(home, &case, &known)?;
    let actor = member.id.to_string();
    let hand = Hand { by: Some(member.id), actor: &actor, agency: Some(agency), terminal: None };
    keep(home, (&case, &known, agency), &hand, NO_GATE)?;
    Ok(card)
}

/// The card of our stock that has this number.
pub(crate) fn scanned(home: &Home, iccid: &str) -> Result<(CardId, Card)> {
    let service = home.keys.service().map_err(problem::keys)?;
    let iccid = Iccid::parse(iccid.trim()).map_err(|error| {
        Problem::input("card_number", "this is no card number").caused_by(error)
    })?;
    let card = CardRecord::id_of(&service, &iccid);
    let known = home.store.read(|tx| tx.card(card))?.ok_or_else(unknown)?;
    Ok((card, known))
}

/// The same, at an agency and by a hand.
pub(crate) fn keep(
    home: &Home,
    (case, known, agency): (&ReplacementCase, &Card, AgencyId),
    hand: &Hand<'_>,
    gate: Gate<'_>,
) -> Result<()> {
    if !matches!(case.state, State::Verified | State::CardReserved) {
        return Err(not_now(case));
    }
    let (card, now) = (known.id, home.now());
    let product = case.product.clone().unwrap_or_else(|| known.product.clone());
    let token = LeaseToken(random()?);
    let asked = Reservation {
        card,
        agency,
        product: &product,
        incident: case.incident,
        case: case.id,
        token,
        // A parcel's card is kept for good already.
        until: (known.state != CardState::Reserved || known.lease.is_some()).then(|| now + LEASE),
        now,
    };
    let body = serde_json::json!({ "case": case.id, "card": card, "terminal": hand.terminal });
    let entry = home.entry("card.reserved", hand.actor, Some(case.incident), body)?;
    let reserved = home.store.write(|tx| {
        gate(tx)?;
        let reserved = tx.reserve_card(&asked)?;
        if !matches!(reserved, Reserved::Yes | Reserved::Again) {
            return Ok(reserved);
        }
        if case.state == State::Verified {
            // A reservation takes the case's place: what was read of it is as it was before.
            let case = tx.replacement(case.incident, case.id)?;
            let case = case.ok_or(StoreError::NotFound("replacement_case"))?;
            let (event, by, agency) = (Event::Reserve, hand.by, Some(agency));
            let to = step(case.state, event).map_err(|_| StoreError::State(ELSEWHERE))?;
            let place = PlaceChange::Keep;
            let moved =
                tx.move_case(&CaseMove { case: &case, event, to, place, by, agency, at: now })?;
            if moved != Moved::Done {
                return Err(StoreError::State(ELSEWHERE));
            }
            tx.journal(&entry)?;
        }
        Ok(reserved)
    });
    match reserved {
        Ok(Reserved::Yes | Reserved::Again) => Ok(()),
        Ok(refused) => Err(words(refused)),
        Err(StoreError::State(ELSEWHERE)) => Err(not_now(case)),
        Err(error) => Err(error.into()),
    }
}

/// Where the customer is served: where they were checked in, else where the case waits. A parcel's card comes from where it lay.
fn place(home: &Home, case: &ReplacementCase, card: &Card) -> Result<AgencyId> {
    let events = home.store.read(|tx| tx.case_events(case.incident, case.id))?;
    let at_counter = events.iter().rfind(|one| one.event == Some(Event::CheckIn));
    Ok(at_counter.and_then(|one| one.agency).or(case.agency).unwrap_or(card.agency))
}

fn unknown() -> Problem {
    Problem::input("card_unknown", "no card of our stock has this number")
        .hint("put it aside: a right check digit alone makes it no card of ours")
}

fn not_now(case: &ReplacementCase) -> Problem {
    let what = format!("a case that is {} takes no card", case.state.name());
    Problem::state("case_state", what).hint("check the customer in and verify them first")
}

fn words(refused: Reserved) -> Problem {
    match refused {
        Reserved::Yes | Reserved::Again => Problem::ours("card", "a card was kept after all"),
        Reserved::Unknown => unknown(),
        Reserved::Elsewhere(_) => {
            Problem::input("card_elsewhere", "this card is in another agency's stock")
                .hint("transfer it first: simrecall stock transfer")
        }
        Reserved::OtherProduct => {
            Problem::input("card_product", "this card is another product than the case needs")
        }
        Reserved::OtherCase(_) => {
            Problem::state("card_taken", "this card is kept for somebody else's case")
                .hint("take another one")
        }
        Reserved::NotAvailable(state) => {
            let code = match state {
                CardState::Active => "card_active",
                CardState::Quarantined => "card_quarantined",
                CardState::Lost => "card_lost",
                CardState::Retired => "card_retired",
                CardState::Defective => "card_defective",
                CardState::InTransit => "card_in_transit",
                CardState::Available | CardState::Reserved => "card_taken",
            };
            Problem::state(code, format!("this card is {}", state.name())).hint("take another one")
        }
        Reserved::HasAnother(_) => {
            Problem::state("case_has_card", "another card is kept for this case already")
                .hint("use that one, or give it back first")
        }
        Reserved::Promised => {
            Problem::state("card_promised", "every card here is promised to somebody who is booked")
                .hint("book a place for this case")
        }
    }
}
