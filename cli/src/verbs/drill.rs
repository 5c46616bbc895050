//! `drill`: the whole story in one command, and the customer's page or an agency behind it.

mod terminal;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use simrecall_core::problem::Blame;
use simrecall_engine::drill::{self, DrillOptions, Postbox};
use simrecall_engine::{Clock, Problem, Result};
use simrecall_portal::{Addresses, ServeOptions, serve};
use tokio::runtime::Builder;

use super::Desk;
use crate::args::Drill;
use crate::progress::Screen;
use crate::stop;

/// How often to look for codes, and whether somebody asked to stop.
const LOOK: Duration = Duration::from_millis(200);

pub(super) fn run(desk: &Desk<'_>, verb: &Drill) -> Result<ExitCode> {
    let is_played = desk.dir.join("simrecall.toml").exists();
    if !((verb.portal || verb.terminal) && is_played) {
        play(desk, verb)?;
    }
    if verb.terminal {
        terminal::open(desk)?;
    } else if verb.portal {
        open(desk)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn play(desk: &Desk<'_>, verb: &Drill) -> Result<()> {
    let options = DrillOptions {
        store: verb.store.clone(),
        smsc: verb.smsc.clone(),
        seed: verb.seed,
        plan: None,
        portal: verb.portal || verb.terminal,
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
    Ok(())
}

/// Opens the customer's page of a drill that was played, on its own clock, and says each code that comes.
fn open(desk: &Desk<'_>) -> Result<()> {
    let home = desk.open()?;
    let clock = Clock::drill(drill::ended_at(&home)?);
    let home = drill::open_door(&home)?;
    let people = drill::people(&home)?;
    let mut postbox = Postbox::open(&home)?;
    let options = ServeOptions { dir: desk.dir.to_owned(), clock, listen: None, ops_listen: None };
    let stop = stop::on_interrupt(desk.out, "the page ends")?;
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Problem::new("runtime", Blame::Ours, "no threads to serve with").caused_by(error)
    })?;
    let announce = |addresses: &Addresses| {
        desk.out.say("");
        desk.out.say(&format!("The customer's page: {}      ctrl-C ends it", addresses.url));
        for one in &people {
            let line = format!("  {:<10} {:<14} {}", one.as_whom, one.number, one.mail);
            desk.out.say(&line);
        }
        desk.out.say("All of them are invented. Their codes appear here.");
    };
    runtime.block_on(serve(&options, announce, told(desk, &mut postbox, stop)))?;
    Ok(())
}

/// Says each code that comes, until somebody asked to stop.
async fn told(desk: &Desk<'_>, postbox: &mut Postbox, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Acquire) {
        for (to, code) in postbox.codes() {
            desk.out.say(&format!("code {code}   to {to}"));
        }
        tokio::time::sleep(LOOK).await;
    }
}
