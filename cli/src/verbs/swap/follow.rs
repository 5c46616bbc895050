//! `swap run --follow`: what clerks order at their terminals, until ctrl-C.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use simrecall_engine::swap;
use simrecall_engine::terminal::follow::{Became, Followed, follow};
use simrecall_engine::{Home, Result};

use super::super::{Desk, sequence};
use super::short;
use crate::stop;

/// How often the journal's new entries are numbered.
const NUMBER: Duration = Duration::from_secs(2);
/// How often to look whether somebody asked to stop.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn run(desk: &Desk<'_>, home: &Home, workers: usize) -> Result<ExitCode> {
    let (hlr, pace) = (swap::register(home)?, swap::pace(home)?);
    let stop = stop::on_interrupt(desk.out, "no new order is taken; those that run end first")?;
    let said = |followed: &Followed| desk.out.remark(&words(followed));
    desk.out.remark("following what clerks order");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| number(home, &over));
        follow(home, &hlr, (&pace, workers), &stop, &said);
        over.store(true, Ordering::Release);
    });
    sequence(home);
    Ok(ExitCode::SUCCESS)
}

/// Numbers what the journal holds, until it is over.
fn number(home: &Home, over: &AtomicBool) {
    let mut waited = Duration::ZERO;
    while !over.load(Ordering::Acquire) {
        std::thread::sleep(LOOK);
        waited += LOOK;
        if waited >= NUMBER {
            sequence(home);
            waited = Duration::ZERO;
        }
    }
}

/// What became of an order, by its id.
pub(in crate::verbs) fn words(followed: &Followed) -> String {
    let id = followed.order;
    match &followed.became {
        Became::Swap { ended, .. } => format!("order {id}: {}", short(*ended)),
        Became::Refused { code } => format!("order {id}: refused ({code})"),
        Became::Waits { code } => format!("order {id}: waits ({code})"),
        Became::Over => format!("order {id}: given up, or too late"),
    }
}
