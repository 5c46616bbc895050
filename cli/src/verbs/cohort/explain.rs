//! Why a line is in, in words.

use std::process::ExitCode;

use simrecall_engine::derive::{
    self, BecauseAnswer, ExplainAnswer, ExposedAnswer, HeldAnswer, Miss, Question,
};
use simrecall_engine::{Home, Result};

use crate::args::Explain;
use crate::progress::Reading;
use crate::report::{Sheet, count, when};
use crate::verbs::{Desk, sequence};

pub(super) fn run(desk: &Desk<'_>, home: &Home, typed: &Explain) -> Result<ExitCode> {
    let question = Question {
        line: &typed.line,
        revision: typed.revision,
        purpose: &typed.purpose,
        by: &typed.by,
        records: typed.cells.as_deref().map(|cells| (typed.attach.as_slice(), cells)),
    };
    let mut screen = Reading::new(desk.out);
    let explained = derive::explain(home, &typed.incident, &question, &mut screen);
    screen.end();
    // That somebody asked is in the journal, whatever came of it.
    sequence(home);
    let answer = explained?;
    Ok(desk.say(&answer, || words(&answer)))
}

fn words(answer: &ExplainAnswer) -> String {
    let stands = if answer.is_in { "is in" } else { "is not in" };
    let mut sheet =
        Sheet::default().line(&format!("the line {stands} revision {}", answer.revision.0));
    let mut told = 0;
    for held in &answer.held {
        sheet = sheet.row("held", held_words(held));
        if let Some(exposed) = held.exposed.as_ref().filter(|_| held.holder > told) {
            told = held.holder;
            sheet = exposed_words(sheet, exposed);
        }
    }
    let Some(misses) = &answer.misses else { return sheet.text() };
    let seen = format!(
        "{} of {} records are of its cards at rogue cells",
        count(misses.at_rogue_cells),
        count(misses.rows)
    );
    misses
        .nearest
        .iter()
        .fold(sheet.row("records", seen), |sheet, miss| sheet.line(&miss_words(miss)))
        .text()
}

fn held_words(held: &HeldAnswer) -> String {
    let to = held.to.map_or_else(|| "now".to_owned(), when);
    let card = held.imsi.as_deref().unwrap_or("no card");
    format!("holder {}: {} to {to}  {}  {card}", held.holder, when(held.from), held.msisdn)
}

fn exposed_words(sheet: Sheet, exposed: &ExposedAnswer) -> Sheet {
    let ExposedAnswer { confirmed, possible, exposed_at, derived, because, more, evidence } =
        exposed;
    let sheet = sheet
        .row_if(!confirmed.is_empty(), "confirmed", confirmed.join(", "))
        .row_if(!possible.is_empty(), "possible", possible.join(", "))
        .row("exposed", when(*exposed_at))
        .row_if(!evidence.is_empty(), "evidence", evidence.join(", "));
    let derived = derived.map(|no| format!("revision {}, because", no.0));
    let sheet = sheet.row_if(derived.is_some(), "derived in", derived.unwrap_or_default());
    let sheet = because.iter().fold(sheet, |sheet, one| sheet.line(&because_words(one)));
    sheet.row_if(*more > 0, "and", format!("{} more reasons", count(*more)))
}

fn because_words(reason: &BecauseAnswer) -> String {
    match reason {
        BecauseAnswer::Met { rule, cell, from, to, device } => {
            let device =
                device.as_deref().map(|imei| format!("  device {imei}")).unwrap_or_default();
            format!("   {rule}: at {cell} from {} to {}{device}", when(*from), when(*to))
        }
        BecauseAnswer::Lost { rule, at, amount_won, method } => {
            format!("   {rule}: {} won by {method} at {}", count(*amount_won), when(*at))
        }
    }
}

fn miss_words(miss: &Miss) -> String {
    let whose = if miss.was_the_lines { "" } else { ", when the card was not this line's" };
    format!(
        "   at {} from {}, {} s outside {} to {}{whose}",
        miss.cell,
        when(miss.from),
        count(miss.seconds),
        when(miss.rogue_from),
        when(miss.rogue_to)
    )
}
