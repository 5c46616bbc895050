//! `replacement`: new cards that customers applied for.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::replacement::{self, CaseRow};

use super::Desk;
use crate::args::ReplacementVerb;
use crate::report::{Sheet, when};

pub(super) fn run(desk: &Desk<'_>, verb: &ReplacementVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        ReplacementVerb::List { incident } => {
            let cases = replacement::list(&home, incident)?;
            Ok(desk.say(&cases, || listed(&cases)))
        }
    }
}

fn listed(cases: &[CaseRow]) -> String {
    let first = Sheet::default().line(&format!("{} lines wait for a new card", cases.len()));
    let line = |sheet: Sheet, one: &CaseRow| {
        sheet.line(&format!("{}  {}  since {}", one.line, one.state, when(one.applied_at)))
    };
    cases.iter().fold(first, line).text()
}
