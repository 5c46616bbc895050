//! `agency`: where cards are kept and handed out.

use std::process::ExitCode;

use simrecall_engine::{Result, agency};

use super::{Desk, sequence};
use crate::args::AgencyVerb;
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &AgencyVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        AgencyVerb::Import { file, by } => {
            let answer = agency::import(&home, file, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || {
                Sheet::default()
                    .row("new", answer.added)
                    .row("changed", answer.changed)
                    .row("as before", answer.same)
                    .text()
            }))
        }
    }
}
