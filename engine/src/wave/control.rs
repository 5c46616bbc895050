//! Turning a wave: pause, resume, cancel. None of them needs an approval; each is in the journal.

use simrecall_core::access::Act;
use simrecall_core::id::WaveNo;
use simrecall_store::ledger::{Cancelled, Control};

use super::{get, released};
use crate::home::Home;
use crate::problem::{self, Result};
use crate::send::mark;
use crate::staff;

/// Stops new intents: after this commits, at most one batch that was committed before is still submitted.
pub fn pause(home: &Home, no: WaveNo, by: &str, why: &str) -> Result<()> {
    turn(home, no, by, true, why)
}

/// Goes on with exactly the rest.
pub fn resume(home: &Home, no: WaveNo, by: &str) -> Result<()> {
    staff::may(home, by, Act::Pause)?;
    turn(home, no, by, false, "resumed")
}

/// Pauses on a staff member's word.
pub(crate) fn turn(home: &Home, no: WaveNo, by: &str, paused: bool, why: &str) -> Result<()> {
    let wave = released(home, no)?;
    // The sender halts itself; people need the role.
    if by != "sender" {
        staff::may(home, by, Act::Pause)?;
    }
    let kind = if paused { "wave.paused" } else { "wave.resumed" };
    let body = serde_json::json!({ "wave": no.0, "why": why });
    let entry = home.entry(kind, by, Some(wave.incident), body)?;
    let now = home.now();
    home.store
        .write(|tx| {
            let before = tx.control(no)?;
            tx.set_control(no, Control { paused, ..before }, now)?;
            tx.journal(&entry).map(|_| ())
        })
        .map_err(problem::store)
}

/// Gives a wave up: who cannot have been told is owed again, what was sent stays on record.
pub fn cancel(home: &Home, no: WaveNo, by: &str) -> Result<Cancelled> {
    let wave = get(home, no)?;
    let member = staff::may(home, by, Act::Cancel)?;
    released(home, no)?;
    let actor = member.id.to_string();
    let body = serde_json::json!({ "wave": no.0 });
    let entry = home.entry("wave.cancelled", &actor, Some(wave.incident), body)?;
    let now = home.now();
    let cancelled = home.store.write(|tx| {
        let cancelled = tx.cancel(no, now)?;
        tx.journal(&entry)?;
        Ok(cancelled)
    });
    let cancelled = cancelled.map_err(problem::store)?;
    mark::raise(home, cancelled.mark)?;
    Ok(cancelled)
}
