//! Many swaps, some at a time.

use std::path::Path;
use std::process::ExitCode;

use simrecall_engine::swap::{self, Ended, Order, Pace, Scan};
use simrecall_engine::{Home, Problem, Result};

use super::{Desk, short};
use crate::args::SwapRun;
use crate::report::Sheet;

/// What became of a list, by line. A card's number is in none of it.
#[derive(Debug, serde::Serialize)]
struct Answer {
    completed: usize,
    others: Vec<Other>,
}

#[derive(Debug, serde::Serialize)]
struct Other {
    line: usize,
    case: String,
    what: String,
}

pub(super) fn run(desk: &Desk<'_>, home: &Home, verb: &SwapRun, list: &Path) -> Result<ExitCode> {
    let text = std::fs::read_to_string(list).map_err(|error| {
        Problem::input("file", format!("{} cannot be used", list.display())).caused_by(error)
    })?;
    let (incident, by) = (verb.incident.as_str(), verb.by.as_str());
    let hlr = swap::register(home)?;
    let pace = Pace { stay: !verb.no_wait, ..swap::pace(home)? };
    let mut answer = Answer { completed: 0, others: Vec::new() };
    let (mut orders, mut lines) = (Vec::new(), Vec::new());
    for (no, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty()) {
        let Some((case, iccid)) = row.split_once(',') else {
            let what = "a line is a case, a comma and a card".to_owned();
            answer.others.push(Other { line: no, case: String::new(), what });
            continue;
        };
        let case = case.trim();
        match swap::reserve(home, &Scan { incident, case, iccid, by }) {
            Ok(_) => {
                orders.push(Order { incident, case, by });
                lines.push((no, case));
            }
            Err(problem) => {
                let what = problem.to_string();
                answer.others.push(Other { line: no, case: case.to_owned(), what });
            }
        }
    }
    let ends = swap::run_all(home, &hlr, &orders, verb.workers, &pace);
    for ((line, case), ended) in lines.into_iter().zip(ends) {
        answer.add((line, case.to_owned()), ended);
    }
    Ok(said(desk, home, &answer))
}

/// Those who activated a parcel's card at home. Whoever cannot be swapped yet is looked at again next time.
pub(super) fn parcels(desk: &Desk<'_>, home: &Home, verb: &SwapRun) -> Result<ExitCode> {
    let cases = swap::activations(home, &verb.incident, &verb.by)?;
    let hlr = swap::register(home)?;
    let pace = Pace { stay: !verb.no_wait, ..swap::pace(home)? };
    let mut answer = Answer { completed: 0, others: Vec::new() };
    let ends = swap::run_activations(home, &hlr, &cases, verb.workers, &pace);
    for ((line, case), ended) in (1..).zip(&cases).zip(ends) {
        answer.add((line, case.id.to_string()), ended);
    }
    Ok(said(desk, home, &answer))
}

impl Answer {
    fn add(&mut self, (line, case): (usize, String), ended: Result<Ended>) {
        let what = match ended {
            Ok(Ended::Completed) => {
                self.completed += 1;
                return;
            }
            Ok(ended) => short(ended),
            Err(problem) => problem.to_string(),
        };
        self.others.push(Other { line, case, what });
    }
}

fn said(desk: &Desk<'_>, home: &Home, answer: &Answer) -> ExitCode {
    super::sequence(home);
    let first = |answer: &Answer| Sheet::default().row("completed", answer.completed.to_string());
    let is_well = answer.others.is_empty();
    desk.judge(is_well, answer, || {
        let other = |sheet: Sheet, one: &Other| {
            sheet.line(&format!("line {}, case {}: {}", one.line, one.case, one.what))
        };
        answer.others.iter().fold(first(answer), other).text()
    })
}
