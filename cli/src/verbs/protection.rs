//! `protection`: lines that are tied to a handset.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::protection::{self, Look, ProtectionAnswer};

use super::{Desk, sequence};
use crate::args::{OneLine, ProtectionVerb};
use crate::report::{Sheet, when};

pub(super) fn run(desk: &Desk<'_>, verb: &ProtectionVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let answer = match verb {
        ProtectionVerb::Show(OneLine { number, incident, by }) => {
            protection::show(&home, incident, &Look { number, by })?
        }
        ProtectionVerb::Confirm { line: OneLine { number, incident, by }, imei } => {
            protection::confirm(&home, incident, &Look { number, by }, imei)?
        }
    };
    sequence(&home);
    Ok(desk.say(&answer, || words(&answer)))
}

fn words(answer: &ProtectionAnswer) -> String {
    let ProtectionAnswer { number, state, since, imei } = answer;
    let since = since.map(|since| format!(" since {}", when(since))).unwrap_or_default();
    Sheet::default()
        .line(&format!("{number}: {state}{since}"))
        .row_if(imei.is_some(), "handset", imei.clone().unwrap_or_default())
        .text()
}
