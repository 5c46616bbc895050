//! `swap`: a line's number goes from the old card to the new one.

pub(super) mod follow;
mod list;
mod steps;

use std::io::BufRead as _;
use std::process::ExitCode;

use simrecall_core::replacement::swap::{Direction, Holder, Row, Truth};
use simrecall_engine::swap::{
    self, Decision, Ended, HoldAnswer, Order, Pace, Reversal, Scan, SwapRow,
};
use simrecall_engine::{Home, Problem, Result};

use self::steps::Steps;
use super::{Desk, sequence};
use crate::args::{LineClear, LineHold, SwapRepair, SwapReverse, SwapRun, SwapShow, SwapVerb};
use crate::report::{Sheet, when};

pub(super) fn run(desk: &Desk<'_>, verb: &SwapVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        SwapVerb::Run(verb) if verb.follow => follow::run(desk, &home, verb.workers),
        SwapVerb::Run(verb) if verb.parcels => list::parcels(desk, &home, verb),
        SwapVerb::Run(verb) => match &verb.list {
            Some(list) => list::run(desk, &home, verb, list),
            None => one(desk, &home, verb),
        },
        SwapVerb::Show(verb) => show(desk, &home, verb),
        SwapVerb::Repair(verb) => repair(desk, &home, verb),
        SwapVerb::Reverse(verb) => reverse(desk, &home, verb),
    }
}

/// `case hold`: nothing may be swapped on the line.
pub(super) fn hold(desk: &Desk<'_>, home: &Home, verb: &LineHold) -> Result<ExitCode> {
    let why = (verb.reason.as_str(), verb.by.as_str());
    let answer = swap::hold(home, &verb.incident, &verb.case, why)?;
    sequence(home);
    Ok(desk.say(&answer, || held(&answer)))
}

/// `case clear`: it may again.
pub(super) fn clear(desk: &Desk<'_>, home: &Home, verb: &LineClear) -> Result<ExitCode> {
    if let Some(number) = &verb.number {
        let cleared = swap::clear_number(home, &super::stock::number(number)?, &verb.by);
        // That somebody named it may have rung.
        sequence(home);
        let answer = cleared?;
        return Ok(desk.say(&answer, || format!("{} is not held any more", answer.number)));
    }
    let (incident, case) = (verb.incident.as_deref(), verb.case.as_deref());
    let answer =
        swap::clear(home, incident.unwrap_or_default(), case.unwrap_or_default(), &verb.by)?;
    sequence(home);
    Ok(desk.say(&answer, || held(&answer)))
}

fn one(desk: &Desk<'_>, home: &Home, verb: &SwapRun) -> Result<ExitCode> {
    let (case, iccid) = (verb.case.as_deref().unwrap_or_default(), card(verb.card.as_deref())?);
    let (incident, by) = (verb.incident.as_str(), verb.by.as_str());
    let hlr = swap::register(home)?;
    let pace = Pace { stay: !verb.no_wait, ..swap::pace(home)? };
    swap::reserve(home, &Scan { incident, case, iccid: &iccid, by })?;
    let mut steps = Steps::new(desk.out);
    let begun = swap::begin(home, &hlr, &Order { incident, case, by }, &pace)?;
    let ended = begun.run(home, &hlr, &pace, &mut steps)?;
    sequence(home);
    let is_well = matches!(ended, Ended::Completed | Ended::Waiting);
    Ok(desk.judge(is_well, &ended, || ended_words(ended, desk)))
}

/// The card's number: from the line of standard input if a dash was typed.
fn card(typed: Option<&str>) -> Result<String> {
    match typed {
        Some("-") => {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line).map_err(|error| {
                Problem::input("card_number", "standard input cannot be read").caused_by(error)
            })?;
            Ok(line.trim().to_owned())
        }
        Some(typed) => Ok(typed.to_owned()),
        None => Err(Problem::input("card_number", "no card was named").hint("add --card -")),
    }
}

fn show(desk: &Desk<'_>, home: &Home, verb: &SwapShow) -> Result<ExitCode> {
    // Without an HLR the rows still say what was sent.
    let hlr = super::network(home)?;
    let hlr = hlr.as_ref().map(|hlr| {
        let hlr: &dyn swap::Provisioning = hlr;
        hlr
    });
    let rows = swap::show(home, hlr, (&verb.incident, &verb.case), &verb.by)?;
    sequence(home);
    Ok(desk.say(&rows, || rows.iter().map(words).collect::<Vec<_>>().join("\n")))
}

fn repair(desk: &Desk<'_>, home: &Home, verb: &SwapRepair) -> Result<ExitCode> {
    let (hlr, pace) = (swap::register(home)?, swap::pace(home)?);
    if let Some(case) = &verb.case {
        let direction = if verb.forward { Direction::Forward } else { Direction::Back };
        let decision = Decision {
            incident: verb.incident.as_deref().unwrap_or_default(),
            case,
            direction,
            why: verb.why.as_deref().unwrap_or_default(),
            by: &verb.by,
        };
        let id = swap::decide(home, &decision)?;
        let ended = swap::run(home, &hlr, id, &pace, &mut Steps::new(desk.out))?;
        sequence(home);
        let is_well = !matches!(ended, Ended::Ticket { .. });
        return Ok(desk.judge(is_well, &ended, || ended_words(ended, desk)));
    }
    if !verb.look {
        // Nobody stands at a counter here: whoever is not seen yet is looked at again next time.
        let pace = Pace { stay: false, ..pace };
        for (id, ended) in swap::repair(home, &hlr, &pace, &mut Steps::new(desk.out))? {
            match ended {
                Ok(ended) => desk.out.remark(&format!("swap {id}: {}", short(ended))),
                Err(problem) => desk.out.remark(&format!("swap {id}: {problem}")),
            }
        }
    }
    let rows = swap::list(home, &hlr, &verb.by)?;
    sequence(home);
    let waits = rows.iter().any(|row| row.tickets.iter().any(|ticket| !ticket.closed));
    Ok(desk.judge(!waits, &rows, || listed(&rows)))
}

fn reverse(desk: &Desk<'_>, home: &Home, verb: &SwapReverse) -> Result<ExitCode> {
    let SwapReverse { case, why, incident, by, and } = verb;
    let id = swap::reverse(home, &Reversal { incident, case, why, by: [by, and] })?;
    let (hlr, pace) = (swap::register(home)?, swap::pace(home)?);
    let ended = swap::run(home, &hlr, id, &pace, &mut Steps::new(desk.out))?;
    sequence(home);
    let is_well = matches!(ended, Ended::RolledBack | Ended::RolledBackHeld);
    Ok(desk.judge(is_well, &ended, || ended_words(ended, desk)))
}

fn listed(rows: &[SwapRow]) -> String {
    if rows.is_empty() {
        return "no swap waits for anybody".to_owned();
    }
    rows.iter().map(words).collect::<Vec<_>>().join("\n")
}

fn words(row: &SwapRow) -> String {
    let first = Sheet::default()
        .line(&format!("case {} ({})", row.case, row.case_state))
        .row("swap", format!("{} ({}), since {}", row.swap, row.state, when(row.opened_at)))
        .row_if(row.held, "line", "held: nothing may be swapped on it");
    let steps = row.steps.iter().fold(first, |sheet, step| {
        sheet.row(
            &format!("step {}", step.no),
            format!("{}: {}, {}", steps::said(step.command), step.outcome, when(step.at)),
        )
    });
    let now = match (&row.truth, row.unread) {
        (Some(truth), _) => truth_words(truth),
        (None, Some(why)) => format!("the network does not say ({why})"),
        (None, None) => "nothing is left to ask the network".to_owned(),
    };
    let sheet = steps.row("now", now);
    row.tickets
        .iter()
        .fold(sheet, |sheet, ticket| {
            let how = ticket.how.as_deref().unwrap_or("a person has to decide: swap repair CASE");
            let text = format!("{}, since {}: {how}", ticket.reason, when(ticket.opened_at));
            sheet.row("ticket", text)
        })
        .text()
}

fn truth_words(truth: &Truth) -> String {
    let holder = match truth.holder {
        Holder::Nobody => "nobody has the number",
        Holder::Old => "the old card has the number",
        Holder::New => "the new card has the number",
        Holder::Third => "a third card has the number",
    };
    let card = |row: Option<Row>| match row {
        None => "not there",
        Some(row) if row.can_attach() => "may attach",
        Some(_) => "may not attach",
    };
    format!("{holder}; old card {}, new card {}", card(truth.old), card(truth.new))
}

fn short(ended: Ended) -> String {
    match ended {
        Ended::Completed => "the new card works, the old one does not".to_owned(),
        Ended::RolledBack => "the old card works as before".to_owned(),
        Ended::RolledBackHeld => "the old card works as before, and the line is held".to_owned(),
        Ended::Waiting => "the new card has the number and was not seen yet".to_owned(),
        Ended::Ticket { reason } => format!("a person has to decide ({})", reason.name()),
        Ended::Tidied => "nothing of the old card is left in the network".to_owned(),
        Ended::Elsewhere => "somebody else works at it".to_owned(),
        Ended::Lost => "somebody else works at it by now".to_owned(),
    }
}

fn ended_words(ended: Ended, desk: &Desk<'_>) -> String {
    let next = match ended {
        Ended::Waiting | Ended::Ticket { .. } => Some("swap repair --by NAME"),
        Ended::Completed
        | Ended::RolledBack
        | Ended::RolledBackHeld
        | Ended::Tidied
        | Ended::Elsewhere
        | Ended::Lost => None,
    };
    let sheet = Sheet::default().line(&short(ended));
    match next {
        Some(next) => sheet.row("next", format!("simrecall {}", desk.next(next))).text(),
        None => sheet.text(),
    }
}

fn held(answer: &HoldAnswer) -> String {
    let line = if answer.held { "nothing may be swapped on it" } else { "not held" };
    Sheet::default()
        .line(&format!("case {} ({})", answer.case, answer.state))
        .row("line", line)
        .text()
}
