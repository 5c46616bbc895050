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
        let what = match ended {
            Ok(Ended::Completed) => {
                answer.completed += 1;
                continue;
            }
            Ok(ended) => short(ended),
            Err(problem) => problem.to_string(),
        };
        answer.others.push(Other { line, case: case.to_owned(), what });
    }
    super::sequence(home);
    let first = |answer: &Answer| Sheet::default().row("completed", answer.completed.to_string());
    let is_well = answer.others.is_empty();
    Ok(desk.judge(is_well, &answer, || {
        let other = |sheet: Sheet, one: &Other| {
            sheet.line(&format!("line {}, case {}: {}", one.line, one.case, one.what))
        };
        answer.others.iter().fold(first(&answer), other).text()
    }))
}
