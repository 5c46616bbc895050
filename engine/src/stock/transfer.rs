//! Cards from one agency to another.

use std::cell::Cell;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::LotId;
use simrecall_core::replacement::local_day;
use simrecall_store::StoreError;
use simrecall_store::agency::Agency;
use simrecall_store::stock::{Lot, LotKind, LotState, Transfer};

use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::replacement::step::{Gate, NO_GATE};
use crate::{agency, staff};

/// What a transaction says of a drawer with fewer cards.
const TOO_FEW: &str = "the agency has fewer cards";
/// The same of one whose cards are promised.
const PROMISED: &str = "the agency has promised its cards";

/// Cards to send.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    /// Who gives, by code.
    pub from: &'a str,
    /// Who gets, by code.
    pub to: &'a str,
    /// Of which product.
    pub product: &'a str,
    /// How many.
    pub count: u32,
    /// Who sends them.
    pub by: &'a str,
}

/// The lot they are in now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SendingAnswer {
    /// Its name.
    pub lot: String,
    /// What is written on it.
    pub reference: String,
    /// How many cards.
    pub cards: u32,
    /// Of which product.
    pub product: String,
}

/// Sends cards that are available and promised to nobody; all of them, or none.
pub fn transfer(home: &Home, sending: &Sending<'_>) -> Result<SendingAnswer> {
    let member = staff::may(home, sending.by, Act::MoveCards)?;
    send(home, sending, &member.id.to_string(), NO_GATE)
}

/// The same, by whoever may, if a gate lets it.
pub(crate) fn send(
    home: &Home,
    sending: &Sending<'_>,
    actor: &str,
    gate: Gate<'_>,
) -> Result<SendingAnswer> {
    let (from, to) = (agency::by_code(home, sending.from)?, agency::by_code(home, sending.to)?);
    if from.id == to.id || sending.count == 0 {
        return Err(Problem::input(
            "transfer",
            "a transfer takes cards from one agency to another",
        ));
    }
    if to.closed_at.is_some() {
        return Err(Problem::state("agency_closed", format!("{} is closed", to.code)));
    }
    let lot = new_lot(home, (&from, &to), sending)?;
    let body = serde_json::json!({
        "lot": lot.id, "from": from.id, "to": to.id, "product": lot.product, "cards": sending.count,
    });
    let entry = home.entry("stock.transferred", actor, None, body)?;
    let there = Cell::new(0);
    // What is refused is rolled back with whatever the gate wrote.
    let refused = |why, count| {
        there.set(count);
        Err(StoreError::State(why))
    };
    let sent = home.store.write(|tx| {
        gate(tx)?;
        // Nobody takes one of them between choosing and sending.
        tx.lock_stock(from.id, &lot.product)?;
        let cards = tx.available_cards(from.id, &lot.product, i64::from(sending.count))?;
        if cards.len() < usize::try_from(sending.count).unwrap_or(usize::MAX) {
            return refused(TOO_FEW, i64::try_from(cards.len()).unwrap_or(i64::MAX));
        }
        match tx.transfer_cards(&lot, &cards, home.now())? {
            Transfer::Sent => tx.journal(&entry).map(drop),
            Transfer::NotThere(count) => refused(TOO_FEW, count),
            Transfer::Promised(free) => refused(PROMISED, free),
        }
    });
    let there = there.get();
    match sent {
        Ok(()) => Ok(SendingAnswer {
            lot: lot.id.to_string(),
            reference: lot.supplier_ref,
            cards: sending.count,
            product: lot.product,
        }),
        Err(StoreError::State(TOO_FEW)) => Err(Problem::state(
            "too_few",
            format!("{} has {there} cards of {} available", from.code, lot.product),
        )),
        Err(StoreError::State(PROMISED)) => Err(Problem::state(
            "promised",
            format!("{} has promised its cards but {there} to booked visits", from.code),
        )
        .hint("send fewer, or wait for the next lot")),
        Err(error) => Err(problem::store(error)),
    }
}

fn new_lot(home: &Home, (from, to): (&Agency, &Agency), sending: &Sending<'_>) -> Result<Lot> {
    let id = LotId::from_bytes(random()?);
    let today = local_day(home.now());
    Ok(Lot {
        id,
        agency: to.id,
        product: sending.product.to_owned(),
        supplier_ref: format!("{}-{}-{today}", from.code, to.code),
        kind: LotKind::Transfer,
        from_agency: Some(from.id),
        expected_on: today.succ_opt().unwrap_or(today),
        count_expected: i64::from(sending.count),
        cards: 0,
        state: LotState::InTransit,
        counted: None,
        at: home.now(),
        received_at: None,
    })
}
