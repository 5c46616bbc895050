//! `benefit`: what people chose of what their carrier offers them.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::claim::benefit::{self, BenefitRow, ChoicesAnswer, NewChoices};

use super::{Desk, sequence, two};
use crate::args::BenefitVerb;
use crate::report::{Sheet, count};

pub(super) fn run(desk: &Desk<'_>, verb: &BenefitVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        BenefitVerb::List { incident, by } => {
            let rows = benefit::list(&home, incident, by)?;
            Ok(desk.say(&rows, || listed(&rows)))
        }
        BenefitVerb::Export { file, incident, to, again, by } => {
            let new = NewChoices { incident, to, file, again: *again, by: two(by)? };
            let answer = benefit::export(&home, &new)?;
            let code = desk.say(&answer, || exported(&answer));
            sequence(&home);
            Ok(code)
        }
    }
}

fn listed(rows: &[BenefitRow]) -> String {
    let line = |sheet: Sheet, row: &BenefitRow| {
        let BenefitRow { code, group, opens, closes, chosen, exported } = row;
        let days = match (opens, closes) {
            (None, _) => "not offered".to_owned(),
            (Some(opens), None) => format!("from {opens}"),
            (Some(opens), Some(closes)) => format!("from {opens} to {closes}"),
        };
        let (chosen, exported) = (count(*chosen), count(*exported));
        sheet.line(&format!(
            "{code} ({group})  {days}  chosen for {chosen} lines, handed over for {exported}"
        ))
    };
    rows.iter().fold(Sheet::default(), line).text()
}

fn exported(answer: &ChoicesAnswer) -> String {
    let ChoicesAnswer { choices, again, other_holder, sha256 } = answer;
    Sheet::default()
        .line(&format!("{} choices", count(*choices)))
        .row_if(*again > 0, "again", format!("{} were in a file before", count(*again)))
        .row_if(
            *other_holder > 0,
            "left out",
            format!("{}: somebody else has the line now", count(*other_holder)),
        )
        .row("sha256", sha256)
        .text()
}
