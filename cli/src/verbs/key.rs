//! `key`: backing keys up, and trying a backup.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::key::{self, KeyState, RestoreAnswer};

use super::{Desk, sequence};
use crate::args::KeyVerb;
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &KeyVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        KeyVerb::Backup { recipient, out, by } => {
            let domains = key::backup(&home, recipient, out, by)?;
            sequence(&home);
            let answer = serde_json::json!({ "file": out, "keys": domains });
            Ok(desk.say(&answer, || {
                let title = format!("{} keys are in {}", domains.len(), out.display());
                let sheet = Sheet::default().line(&title);
                domains
                    .iter()
                    .fold(sheet, |sheet, domain| sheet.row("key", domain))
                    .line("the root key is not among them; each recipient tries it with: simrecall key restore-check")
                    .text()
            }))
        }
        KeyVerb::RestoreCheck { file, identity } => {
            let answer = key::restore_check(&home, file, identity)?;
            Ok(desk.judge(answer.fits(), &answer, || words(&answer)))
        }
    }
}

fn words(answer: &RestoreAnswer) -> String {
    let title = if answer.fits() {
        "the backup opens and has every key this home needs"
    } else {
        "the backup opens, and could NOT stand in for the keys of this home"
    };
    let mut sheet = Sheet::default().line(title);
    for key in &answer.keys {
        let state = match key.state {
            KeyState::Same => "same",
            KeyState::Different => "DIFFERENT: the backup is of another home",
            KeyState::OnlyInBackup => "only in the backup: lost here, or destroyed",
            KeyState::OnlyHere => "NOT IN THE BACKUP: made since; back up again",
        };
        sheet = sheet.row("key", format!("{}  {state}", key.domain));
    }
    for incident in &answer.incidents {
        let state = if incident.in_backup { "in the backup" } else { "NOT IN THE BACKUP" };
        sheet = sheet.row("incident", format!("{}  {state}", incident.incident));
    }
    sheet.text()
}
