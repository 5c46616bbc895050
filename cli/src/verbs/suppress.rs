//! `suppress`: legal reasons to tell somebody nothing.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::suppression::{self, NewSuppression, SuppressionAnswer};

use super::{Desk, sequence};
use crate::args::SuppressVerb;
use crate::report::{Sheet, when};

/// How many must sign.
const SIGNERS: usize = 2;

pub(super) fn run(desk: &Desk<'_>, verb: &SuppressVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let answer = match verb {
        SuppressVerb::Add(add) => {
            let (person, reason) = (add.person.as_str(), add.reason);
            let new = NewSuppression { person, reason, note: &add.note, by: &add.by };
            suppression::add(&home, &add.incident, &new)
        }
        SuppressVerb::Approve { suppression, incident, staff, key } => {
            suppression::approve(&home, incident, *suppression, staff, key)
        }
        SuppressVerb::Lift { suppression, incident, reason, by } => {
            suppression::lift(&home, incident, *suppression, reason, by)
        }
        SuppressVerb::List { incident } => {
            return suppression::list(&home, incident)
                .map(|all| desk.say(&all, || list_words(incident, &all)));
        }
    };
    sequence(&home);
    answer.map(|answer| desk.say(&answer, || one(Sheet::default(), &answer).text()))
}

fn list_words(incident: &str, all: &[SuppressionAnswer]) -> String {
    if all.is_empty() {
        return format!("{incident} has no suppression");
    }
    all.iter().fold(Sheet::default(), one).text()
}

fn one(sheet: Sheet, answer: &SuppressionAnswer) -> Sheet {
    let missing = SIGNERS.saturating_sub(answer.signed.len());
    let signed: Vec<String> =
        answer.signed.iter().map(|(name, role)| format!("{name} ({role})")).collect();
    let lifted = answer.lifted.as_ref();
    sheet
        .line(&format!("suppression {}  person {}…  {}", answer.no, answer.person, answer.reason))
        .row("note", &answer.note)
        .row("recorded", format!("{} by {}", when(answer.at), answer.by))
        .row_if(!signed.is_empty(), "signed by", signed.join(", "))
        .row_if(
            missing > 0 && lifted.is_none(),
            "still to sign",
            format!(
                "{missing} of another role: suppress approve {} --as NAME --key FILE",
                answer.no
            ),
        )
        .row_if(answer.counts, "counts", "no wave tells this person anything")
        .row_if(
            lifted.is_some(),
            "lifted",
            lifted.map(|(at, by, why)| format!("{} by {by}: {why}", when(*at))).unwrap_or_default(),
        )
}
