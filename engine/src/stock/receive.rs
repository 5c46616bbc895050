//! A lot that came: counted, its cards available, those that are missing lost.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::CardId;
use simrecall_core::identity::Iccid;
use simrecall_core::replacement::card::State as CardState;
use simrecall_store::stock::Lot;

use super::coming_lot;
use crate::card::CardRecord;
use crate::csv_rows::Why;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::step::{Gate, NO_GATE};
use crate::{agency, staff};

/// Faults of a list that are shown.
const SHOWN: usize = 10;

/// A lot that came.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The lot: its name, or what the sender calls it.
    pub lot: &'a str,
    /// A list of the ICCIDs that are missing, one a line.
    pub missing: Option<&'a Path>,
    /// Who counted.
    pub by: &'a str,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArrivalAnswer {
    /// The lot's name.
    pub id: String,
    /// The agency it came to.
    pub agency: String,
    /// The product.
    pub product: String,
    /// Cards that are available now.
    pub came: i64,
    /// Cards that are lost.
    pub lost: i64,
}

/// Takes a lot in.
pub fn receive(home: &Home, arrival: &Arrival<'_>) -> Result<ArrivalAnswer> {
    let member = staff::may(home, arrival.by, Act::MoveCards)?;
    let lot = coming_lot(home, arrival.lot)?;
    let missing = match arrival.missing {
        Some(path) => missing(home, path, &lot)?,
        None => Vec::new(),
    };
    let actor = member.id.to_string();
    take_in(home, (lot, &missing), &actor, NO_GATE)
}

/// Takes a lot in whose missing cards are known, if a gate lets it.
pub(crate) fn take_in(
    home: &Home,
    (lot, missing): (Lot, &[CardId]),
    actor: &str,
    gate: Gate<'_>,
) -> Result<ArrivalAnswer> {
    let lost = i64::try_from(missing.len()).unwrap_or(i64::MAX);
    let counted = lot.cards - lost;
    let body = serde_json::json!({
        "lot": lot.id, "agency": lot.agency, "product": lot.product, "counted": counted, "lost": lost,
    });
    let entry = home.entry("stock.received", actor, None, body)?;
    let receipt = home.store.write(|tx| {
        gate(tx)?;
        let receipt = tx.receive_lot(lot.id, missing, counted, home.now())?;
        if receipt.is_some() {
            tx.journal(&entry)?;
        }
        Ok(receipt)
    })?;
    let receipt = receipt
        .ok_or_else(|| Problem::state("already", "somebody else has just received the lot"))?;
    Ok(ArrivalAnswer {
        id: lot.id.to_string(),
        agency: agency::codes(home)?.remove(&lot.agency).unwrap_or_default(),
        product: lot.product,
        came: receipt.came,
        lost: receipt.lost,
    })
}

/// The cards of a list, each of which has to be in the lot.
fn missing(home: &Home, path: &Path, lot: &Lot) -> Result<Vec<CardId>> {
    let text = std::fs::read_to_string(path).map_err(|error| problem::file(path, error))?;
    listed(home, (&crate::intake::file_name(path), &text), lot)
}

/// The same, of a list that somebody typed or scanned; `name` says which list in a refusal.
pub(crate) fn listed(home: &Home, (name, text): (&str, &str), lot: &Lot) -> Result<Vec<CardId>> {
    let service = home.keys.service().map_err(problem::keys)?;
    let (mut rows, mut faults) = (BTreeMap::new(), Vec::new());
    for (row, line) in (1_u64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match Iccid::parse(line) {
            Ok(iccid) => {
                if rows.insert(CardRecord::id_of(&service, &iccid), row).is_some() {
                    faults.push((row, Why::new("card.twice", "an earlier row has this card")));
                }
            }
            // A list may have a heading.
            Err(_) if row == 1 && line.trim() == "iccid" => {}
            Err(error) => faults.push((row, Why::from(error))),
        }
    }
    let ids: Vec<CardId> = rows.keys().copied().collect();
    let found = home.store.read(|tx| tx.cards_of(&ids))?;
    let is_in = |id: &CardId| {
        let mut cards = found.iter();
        cards.any(|one| one.id == *id && one.lot == lot.id && one.state == CardState::InTransit)
    };
    let strange = rows.iter().filter(|(id, _)| !is_in(id)).map(|(_, row)| *row);
    faults.extend(strange.map(|row| (row, Why::new("card.not_in_lot", "no card of this lot"))));
    if faults.is_empty() {
        return Ok(ids);
    }
    faults.sort_by_key(|(row, _)| *row);
    let what = format!("{name}: {} rows are refused; nothing was received", faults.len());
    Err(faults.iter().take(SHOWN).fold(Problem::input("rejects", what), |problem, (row, why)| {
        problem.detail(format!("row {row:<9} {:<16} {}", why.code, why.text))
    }))
}
