//! `verify`: everything counted again.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::verify::{self, IncidentCount, Verified};

use super::{Desk, sequence};
use crate::report::{Sheet, count, short};

pub(super) fn run(desk: &Desk<'_>) -> Result<ExitCode> {
    let home = desk.open()?;
    sequence(&home);
    let verified = verify::verify(&home)?;
    Ok(desk.judge(verified.is_sound(), &verified, || words(&verified)))
}

/// What a recount found.
pub(super) fn words(verified: &Verified) -> String {
    let mut sheet = verified.incidents.iter().fold(Sheet::default(), incident);
    let tree = format!(
        "{} entries · root {}",
        count(verified.journal_entries),
        short(&verified.journal_root)
    );
    sheet = sheet.row("journal", tree);
    for fault in &verified.faults {
        sheet = sheet.row("fault", fault);
    }
    if verified.is_sound() {
        return sheet.line("everything adds up").text();
    }
    sheet.line(&format!("{} faults: see docs/OPERATIONS.md", count(verified.fault_count))).text()
}

fn incident(sheet: Sheet, found: &IncidentCount) -> Sheet {
    let mut sheet = sheet
        .line(&format!("{}, revision {}", found.incident, found.revision))
        .row(
            "lines",
            format!(
                "{} = {} told + {} owed{}",
                count(found.lines),
                count(found.lines_told),
                count(found.lines_owed),
                suppressed_lines(found.lines_suppressed)
            ),
        )
        .row_if(found.unresolved > 0, "unresolved", count(found.unresolved))
        .row("people", count(found.persons));
    for (rung, people) in &found.told_by {
        sheet = sheet.row("", format!("told by {rung:<9} {}", count(*people)));
    }
    sheet
        .row_if(found.on_the_way > 0, "", format!("on the way        {}", count(found.on_the_way)))
        .row_if(found.suppressed > 0, "", format!("suppressed        {}", count(found.suppressed)))
        .row_if(found.untold > 0, "", format!("told nothing yet  {}", count(found.untold)))
        .row("told twice", count(found.told_twice))
        .row(
            "in doubt",
            format!("{} · sent again, flagged {}", count(found.in_doubt), count(found.resent)),
        )
        .row("taken", format!("{} by the networks", count(found.accepted)))
        .row("texts", format!("{} rendered again, word for word", count(found.texts)))
}

fn suppressed_lines(lines: u64) -> String {
    if lines == 0 { String::new() } else { format!(" + {} suppressed", count(lines)) }
}
