//! `protection`: lines that are tied to a handset, and numbers whose small payments are blocked.

use std::process::ExitCode;

use simrecall_engine::protection::payments::{self, BlockAnswer, Release, ReleaseAnswer};
use simrecall_engine::protection::{self, BindAnswer, Look, ProtectionAnswer};
use simrecall_engine::swap::Provisioning;
use simrecall_engine::{Home, Result};

use super::{Desk, network, sequence, two};
use crate::args::{OneLine, ProtectionVerb};
use crate::report::{Sheet, count, when};

pub(super) fn run(desk: &Desk<'_>, verb: &ProtectionVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let code = match verb {
        ProtectionVerb::Show(OneLine { number, incident, by }) => {
            let answer = protection::show(&home, incident, &Look { number, by })?;
            desk.say(&answer, || words(&answer))
        }
        ProtectionVerb::Confirm { line: OneLine { number, incident, by }, imei } => {
            let answer = protection::confirm(&home, incident, &Look { number, by }, imei)?;
            desk.say(&answer, || words(&answer))
        }
        ProtectionVerb::Bind { line, imei } => bind(desk, &home, line, imei.as_deref())?,
        ProtectionVerb::Unbind(OneLine { number, by, .. }) => {
            protection::unbind(&home, &Look { number, by })?;
            ExitCode::SUCCESS
        }
        ProtectionVerb::BlockPayments { revision, incident, by } => {
            let answer = payments::block(&home, incident, *revision, by)?;
            desk.say(&answer, || blocked(&answer))
        }
        ProtectionVerb::ReleasePayments { all, incident, by, .. } => {
            let which = if *all { Release::All } else { Release::Ended };
            let answer = payments::release(&home, incident, which, two(by)?)?;
            desk.say(&answer, || released(&answer))
        }
    };
    sequence(&home);
    Ok(code)
}

fn bind(desk: &Desk<'_>, home: &Home, line: &OneLine, imei: Option<&str>) -> Result<ExitCode> {
    let OneLine { number, incident, by } = line;
    let hlr = network(home)?;
    let hlr = hlr.as_ref().map(|hlr| -> &dyn Provisioning { hlr });
    let answer = protection::bind(home, incident, &Look { number, by }, imei, hlr)?;
    Ok(desk.say(&answer, || bound(&answer)))
}

fn words(answer: &ProtectionAnswer) -> String {
    let ProtectionAnswer { number, state, since, imei } = answer;
    let since = since.map(|since| format!(" since {}", when(since))).unwrap_or_default();
    Sheet::default()
        .line(&format!("{number}: {state}{since}"))
        .row_if(imei.is_some(), "handset", imei.clone().unwrap_or_default())
        .text()
}

fn bound(answer: &BindAnswer) -> String {
    let network = match answer.enforced {
        Some(true) => "sees to it",
        Some(false) => "has no register of handsets: it stands in our records alone",
        None => "was not asked",
    };
    Sheet::default().line(&words(&answer.protection)).row("network", network).text()
}

fn blocked(answer: &BlockAnswer) -> String {
    let many = |n: u64| count(i128::from(n));
    Sheet::default()
        .line(&format!("{} lines", many(answer.lines)))
        .row("to be blocked", many(answer.blocked))
        .row_if(answer.known > 0, "were before", many(answer.known))
        .row_if(answer.gone > 0, "ended, or another's", many(answer.gone))
        .next("orders send")
        .text()
}

fn released(answer: &ReleaseAnswer) -> String {
    let many = |n: u64| count(i128::from(n));
    Sheet::default()
        .row("let go", many(answer.released))
        .row_if(answer.held > 0, "held lines stay", many(answer.held))
        .row_if(answer.kept > 0, "stay blocked", many(answer.kept))
        .next("orders send")
        .text()
}
