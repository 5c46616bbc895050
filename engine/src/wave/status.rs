//! How a wave stands: who is legally complete, what the others wait for, and the same numbers its sender shows.

mod complete;
mod open;

use serde::Serialize;
use simrecall_core::delivery::{Rung, Tally};
use simrecall_core::id::WaveNo;
use simrecall_store::ledger::{Wave, WaveCounts};

pub use complete::Headline;
pub use open::Open;

use super::{get, signed_pace};
use crate::home::Home;
use crate::problem::{self, Result};
use crate::send::Progress;

/// How a wave stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Its number.
    pub wave: WaveNo,
    /// Where it is.
    pub state: &'static str,
    /// The revision it tells.
    pub revision: i32,
    /// How many people are legally complete, and what the others wait for.
    pub legal: Headline,
    /// People with a notice.
    pub persons: i64,
    /// Of those, how many were told.
    pub told: i64,
    /// Copies, and how many of those arrived.
    pub copies: i64,
    /// Copies that arrived.
    pub copies_told: i64,
    /// Attempts by rung.
    pub by_rung: Vec<(&'static str, Tally)>,
    /// Messages a second over each route, where staff set fewer than were approved.
    pub pace: Option<i32>,
    /// The pace that was approved; none when no route has a licence.
    pub approved_pace: Option<u32>,
    /// The numbers the sender shows.
    pub progress: Progress,
}

/// How a wave stands, from its counters.
pub fn status(home: &Home, no: WaveNo) -> Result<Status> {
    let wave = get(home, no)?;
    let (counts, control) =
        home.store.read(|tx| Ok((tx.wave_counts(no)?, tx.control(no)?))).map_err(problem::store)?;
    let mut progress = progress_of(&wave, &counts);
    progress.paused = control.paused;
    Ok(Status {
        wave: no,
        state: wave.state.name(),
        revision: wave.revision.0,
        legal: complete::headline(home, &wave)?,
        persons: wave.counts.persons,
        told: counts.told,
        copies: wave.counts.copies,
        copies_told: counts.told_copies,
        by_rung: counts.by_rung.iter().map(|(rung, tally)| (rung.name(), *tally)).collect(),
        pace: control.pace,
        approved_pace: signed_pace(&wave),
        progress,
    })
}

/// A sender's numbers, from a wave's counters.
pub(crate) fn progress_of(wave: &Wave, counts: &WaveCounts) -> Progress {
    let all = counts.by_rung.iter().fold(Tally::default(), |all, (_, tally)| all.plus(*tally));
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let targets = number(wave.counts.targets + wave.counts.copies);
    let answered = i64::from(all.intents() - all.open - all.not_accepted - all.in_doubt);
    Progress {
        targets,
        answered: number(answered).min(targets),
        reached: number(counts.told + counts.told_copies),
        in_flight: number(i64::from(all.open)),
        in_doubt: number(i64::from(all.in_doubt)),
        awaiting_receipt: awaiting(counts),
        ..Progress::default()
    }
}

/// Messages taken and not yet reported on; a mail that does not come back says nothing.
fn awaiting(counts: &WaveCounts) -> u64 {
    let messages = counts.by_rung.iter().filter(|(rung, _)| matches!(rung, Rung::Lms | Rung::Sms));
    messages.map(|(_, tally)| u64::try_from(tally.accepted).unwrap_or(0)).sum()
}
