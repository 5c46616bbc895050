//! `claim`: money that customers ask back.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::claim::review::{self, ClaimAnswer, ClaimRow};

use super::{Desk, sequence};
use crate::args::{ClaimVerb, OneClaim};
use crate::report::{Sheet, count, when};

pub(super) fn run(desk: &Desk<'_>, verb: &ClaimVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        ClaimVerb::List { incident, by } => {
            let claims = review::list(&home, incident, by)?;
            Ok(desk.say(&claims, || listed(&claims)))
        }
        ClaimVerb::Show(OneClaim { claim, incident, by }) => {
            let answer = review::show(&home, incident, claim, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || words(&answer)))
        }
        ClaimVerb::Take(OneClaim { claim, incident, by }) => {
            let answer = review::take(&home, incident, claim, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || words(&answer)))
        }
    }
}

fn listed(claims: &[ClaimRow]) -> String {
    if claims.is_empty() {
        return "none waits for us".to_owned();
    }
    let line = |sheet: Sheet, one: &ClaimRow| {
        let outside = if one.outside_cohort { "   on no list: look at its exposure" } else { "" };
        sheet.line(&format!("{}  {}  since {}{outside}", one.id, one.state, when(one.changed_at)))
    };
    claims.iter().fold(Sheet::default(), line).text()
}

fn words(answer: &ClaimAnswer) -> String {
    let ClaimAnswer { row, line, amount_won, granted_won, day, merchant, note, same } = answer;
    Sheet::default()
        .line(&format!("claim {} ({})", row.id, row.state))
        .row("line", line)
        .row("about", format!("{}, found by {}", row.kind, row.source))
        .row("amount", format!("{} won on {day}", count(*amount_won)))
        .row_if(
            granted_won.is_some(),
            "granted",
            format!("{} won", count(granted_won.unwrap_or(0))),
        )
        .row("paid to", merchant)
        .row_if(!note.is_empty(), "note", note)
        .row_if(!same.is_empty(), "same", format!("perhaps the same money: {}", same.join(", ")))
        .row_if(
            row.outside_cohort,
            "exposure",
            "on no list when it was handed in: look at it again",
        )
        .text()
}
