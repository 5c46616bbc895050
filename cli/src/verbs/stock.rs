//! `stock`: cards, from a supplier's batch to somebody's hands.

use std::io::BufRead as _;
use std::process::ExitCode;

use simrecall_engine::stock::fate::{self, Fate};
use simrecall_engine::stock::import::{self, LotAnswer, NewBatch};
use simrecall_engine::stock::look::{self, Forecast, StockAnswer};
use simrecall_engine::stock::receive::{self, Arrival};
use simrecall_engine::stock::transfer::{self, Sending};
use simrecall_engine::{Home, Problem, Result};

use super::{Desk, sequence};
use crate::args::{OneCard, StockImport, StockVerb};
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &StockVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        StockVerb::Import(verb) => take_in(desk, &home, verb),
        StockVerb::Receive { lot, missing, by } => {
            let arrival = Arrival { lot, missing: missing.as_deref(), by };
            let answer = receive::receive(&home, &arrival)?;
            sequence(&home);
            Ok(desk.say(&answer, || {
                Sheet::default()
                    .line(&format!("lot {} is at {}", answer.id, answer.agency))
                    .row("available", format!("{} {}", answer.came, answer.product))
                    .row_if(answer.lost > 0, "lost", answer.lost)
                    .text()
            }))
        }
        StockVerb::Show { agency } => {
            let answer = look::show(&home, agency.as_deref())?;
            Ok(desk.say(&answer, || shown(&answer)))
        }
        StockVerb::Transfer { from, to, count, product, by } => {
            let sending = Sending { from, to, product, count: *count, by };
            let answer = transfer::transfer(&home, &sending)?;
            sequence(&home);
            Ok(desk.say(&answer, || {
                Sheet::default()
                    .line(&format!("{} {} from {from} to {to}", answer.cards, answer.product))
                    .row("lot", &answer.lot)
                    .next(&desk.next(&format!("stock receive {} --by NAME", answer.lot)))
                    .text()
            }))
        }
        StockVerb::Defective(card) => settle(desk, &home, card, Fate::Defective),
        StockVerb::Lost(card) => settle(desk, &home, card, Fate::Lost),
        StockVerb::Inspect(card) => settle(desk, &home, card, Fate::Good),
        StockVerb::Forecast { incident } => {
            let answer = look::forecast(&home, incident)?;
            Ok(desk.say(&answer, || forecast(&answer)))
        }
    }
}

fn take_in(desk: &Desk<'_>, home: &Home, verb: &StockImport) -> Result<ExitCode> {
    let StockImport { batch, agency, lot, expected, identity, by } = verb;
    let new = NewBatch { file: batch, identity, agency, lot, expected: *expected, by };
    let lots = import::import(home, &new)?;
    sequence(home);
    Ok(desk.say(&lots, || {
        let line = |sheet: Sheet, one: &LotAnswer| {
            let LotAnswer { id, product, cards, expected, .. } = one;
            sheet.line(&format!("lot {id}  {cards} {product}  expected {expected}"))
        };
        lots.iter()
            .fold(Sheet::default(), line)
            .next(&desk.next(&format!("stock receive {lot} --by NAME")))
            .text()
    }))
}

/// A card's number as typed, or as a scanner gives it.
pub(super) fn number(card: &str) -> Result<String> {
    if card != "-" {
        return Ok(card.to_owned());
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| {
        Problem::input("card", "no card number came from standard input").caused_by(error)
    })?;
    Ok(line.trim().to_owned())
}

fn settle(desk: &Desk<'_>, home: &Home, card: &OneCard, fate: Fate) -> Result<ExitCode> {
    let answer = fate::settle(home, &number(&card.card)?, fate, &card.by)?;
    sequence(home);
    Ok(desk.say(&answer, || {
        Sheet::default()
            .line(&format!("card {} is {}", answer.card, answer.state))
            .row_if(answer.moved > 0, "in line again", answer.moved)
            .text()
    }))
}

fn shown(answer: &StockAnswer) -> String {
    let sheet = answer.counts.iter().fold(Sheet::default(), |sheet, one| {
        sheet.line(&format!(
            "{} {}: {} available ({} held), {} reserved, {} active, {} put aside, {} defective, {} lost",
            one.agency,
            one.product,
            one.available,
            one.held,
            one.reserved,
            one.active,
            one.quarantined,
            one.defective,
            one.lost
        ))
    });
    let sheet = answer.coming.iter().fold(sheet, |sheet, lot| {
        let late = if lot.late { "  late" } else { "" };
        sheet.line(&format!(
            "on its way to {}: {} {}  {}  lot {} ({}){late}",
            lot.agency, lot.cards, lot.product, lot.expected, lot.id, lot.lot
        ))
    });
    let text = sheet.text();
    if text.is_empty() { "no card is anywhere".to_owned() } else { text }
}

fn forecast(answer: &Forecast) -> String {
    let first = Sheet::default().line(&format!("as of {}", answer.day));
    let sheet = answer.agencies.iter().fold(first, |sheet, one| {
        let ends = one.runs_out.map_or("lasts a year".to_owned(), |day| format!("runs out {day}"));
        let (whole, part) = (one.per_day_hundredths / 100, one.per_day_hundredths % 100);
        sheet.line(&format!(
            "{} {}: {} available, {whole}.{part:02} a day, {ends}",
            one.agency, one.product, one.available
        ))
    });
    let transfers = answer.transfers.iter().fold(sheet, |sheet, one| {
        sheet.next(&format!(
            "stock transfer --from {} --to {} --count {} --product {} --by NAME",
            one.from, one.to, one.cards, one.product
        ))
    });
    transfers.text()
}
