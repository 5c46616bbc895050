//! `drill`: the whole story in one command.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::drill::{self, DrillOptions};

use super::Desk;
use crate::args::Drill;
use crate::progress::Screen;

pub(super) fn run(desk: &Desk<'_>, verb: &Drill) -> Result<ExitCode> {
    let options = DrillOptions {
        store: verb.store.clone(),
        smsc: verb.smsc.clone(),
        seed: verb.seed,
        plan: None,
    };
    let mut screen = Screen::new(desk.out);
    let tell = screen.teller();
    let verified = drill::drill(desk.dir, &options, &mut screen, &mut |line| tell(line));
    screen.end();
    let verified = verified?;
    // The story has said it in words.
    if desk.out.is_json() {
        desk.out.answer(&verified, String::new);
    }
    Ok(ExitCode::SUCCESS)
}
