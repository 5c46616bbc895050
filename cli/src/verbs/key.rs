//! `key`: backing keys up, trying a backup, and putting one back.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::key::{self, KeyState, RestoreAnswer, Restored};

use super::{Desk, sequence};
use crate::args::KeyVerb;
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &KeyVerb) -> Result<ExitCode> {
    match verb {
        KeyVerb::Backup { recipient, out, by } => {
            let home = desk.open()?;
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
            let home = desk.open()?;
            let answer = key::restore_check(&home, file, identity)?;
            Ok(desk.judge(answer.fits(), &answer, || words(&answer)))
        }
        KeyVerb::Restore { file, identity } => {
            // Without its keys a home does not open.
            let restored = key::restore(desk.dir, desk.clock.clone(), file, identity)?;
            Ok(desk.say(&restored, || restored_words(desk, &restored)))
        }
    }
}

fn restored_words(desk: &Desk<'_>, restored: &Restored) -> String {
    let Restored { rebuilt, keys, journalled } = restored;
    if keys.is_empty() {
        return "the keystore has every key of the backup; nothing was changed".to_owned();
    }
    let title = if *rebuilt {
        format!("the keystore is made again, with {} keys", keys.len())
    } else {
        format!("missing keys put back: {}", keys.len())
    };
    let sheet = keys.iter().fold(Sheet::default().line(&title), |sheet, key| sheet.row("key", key));
    let sheet = if *journalled {
        sheet
    } else {
        sheet.row("journal", "has no entry of it: the database does not open yet")
    };
    sheet.next(&desk.next("verify")).text()
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
