//! `terminal`: the browsers that staff work at.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::terminal::device::{self, TerminalAnswer};

use super::{Desk, sequence};
use crate::args::TerminalVerb;
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &TerminalVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        TerminalVerb::Enrol(verb) => {
            let enrolled = device::enrol(&home, verb.agency.as_deref(), &verb.network, &verb.by)?;
            sequence(&home);
            Ok(desk.say(&enrolled, || {
                Sheet::default()
                    .row("terminal", enrolled.terminal)
                    .row("code", enrolled.code.as_str())
                    .row("until", enrolled.until.to_rfc3339())
                    .text()
            }))
        }
        TerminalVerb::Admit { terminal, thumbprint, by } => {
            device::admit(&home, terminal, thumbprint, by)?;
            sequence(&home);
            Ok(desk.say(terminal, || format!("staff may work at {terminal}")))
        }
        TerminalVerb::Off { terminal, by } => {
            device::switch_off(&home, terminal, by)?;
            sequence(&home);
            Ok(desk.say(terminal, || format!("{terminal} is off")))
        }
        TerminalVerb::List => {
            let all = device::list(&home)?;
            Ok(desk.say(&all, || words(&all)))
        }
    }
}

fn words(all: &[TerminalAnswer]) -> String {
    if all.is_empty() {
        return "no terminal yet".to_owned();
    }
    let line = |sheet: Sheet, one: &TerminalAnswer| {
        let place = one.agency.as_deref().unwrap_or("centre");
        let key = one.thumbprint.as_deref().unwrap_or("no key yet");
        sheet.line(&format!("{}  {:<8} {place:<12} {key}", one.terminal, one.state.name()))
    };
    all.iter().fold(Sheet::default(), line).text()
}
