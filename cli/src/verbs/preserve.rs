//! `preserve`: what must be kept is not erased.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::law::hold::{self, HoldAnswer, ReleaseAnswer};

use super::clock::decision;
use super::{Desk, sequence};
use crate::args::PreserveVerb;
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &PreserveVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        PreserveVerb::Add { incident, reason, by } => {
            let answer = hold::add(&home, incident, reason, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || {
                let HoldAnswer { no, incident, .. } = &answer;
                let held = format!("{incident} is held ({no}): nothing of it is erased");
                row(Sheet::default().line(&held), &answer).text()
            }))
        }
        PreserveVerb::Release { no, incident, reason, by } => {
            let answer = hold::release(&home, incident, *no, reason, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || released(&answer)))
        }
        PreserveVerb::List { incident } => {
            let holds = hold::list(&home, incident)?;
            Ok(desk.say(&holds, || listed(&holds)))
        }
    }
}

fn released(answer: &ReleaseAnswer) -> String {
    let what = format!("hold {} is released", answer.hold.no);
    let sheet = decision(Sheet::default(), &answer.decided, &what);
    let left = format!("{} more", answer.still_held_by);
    sheet.row_if(answer.decided.counts && answer.still_held_by > 0, "still held by", left).text()
}

fn listed(holds: &[HoldAnswer]) -> String {
    if holds.is_empty() {
        return "no hold: it is erased when its time comes".to_owned();
    }
    holds.iter().fold(Sheet::default(), row).text()
}

fn row(sheet: Sheet, hold: &HoldAnswer) -> Sheet {
    let HoldAnswer { no, incident: _, reason, by, from, agreed, released, release_reason } = hold;
    let sheet = sheet.line(&format!(" {no}  since {from} by {by}: {reason}"));
    match (released, release_reason) {
        (Some(at), reason) => {
            let reason = reason.as_deref().unwrap_or_default();
            sheet.line(&format!("    released {at} by {}: {reason}", agreed.join(", ")))
        }
        (None, _) if !agreed.is_empty() => sheet
            .line(&format!("    release agreed by {}; waits for another role", agreed.join(", "))),
        (None, _) => sheet,
    }
}
