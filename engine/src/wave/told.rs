//! How a wave's people were told: counted over every attempt while it runs, and written down when it ends.
//!
//! Counting looks at each attempt, which takes long for millions. A wave that has ended keeps its answer in the journal, with the
//! counters it was given under; they move in the transaction of whatever they count. So a receipt that comes later is seen, and
//! then it is counted again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::delivery::{Rung, Tally, Terminal};
use simrecall_core::id::WaveNo;
use simrecall_core::wave::WaveState;
use simrecall_store::counts::ToldCount;
use simrecall_store::journal::NewEntry;
use simrecall_store::ledger::{Wave, WaveCounts};

use crate::home::Home;
use crate::problem::{self, Result};

/// The journal's word for a wave that has ended.
const DONE: &str = "wave.done";

/// What the journal says of a wave that has ended.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Ended {
    wave: i32,
    told: Vec<Told>,
    counters: Counters,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    rung: Rung,
    how: Terminal,
    persons: i64,
    last_act: DateTime<Utc>,
    last_proof: DateTime<Utc>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Counters {
    told: i64,
    told_copies: i64,
    by_rung: Vec<(Rung, Tally)>,
}

impl Counters {
    fn of(counts: WaveCounts) -> Self {
        let WaveCounts { told, told_copies, by_rung, .. } = counts;
        Self { told, told_copies, by_rung }
    }
}

impl Told {
    const fn of(count: &ToldCount) -> Self {
        let ToldCount { rung, how, persons, last_act, last_proof, .. } = *count;
        Self { rung, how, persons, last_act, last_proof }
    }

    const fn count(&self, wave: WaveNo) -> ToldCount {
        let Self { rung, how, persons, last_act, last_proof } = *self;
        ToldCount { wave, rung, how, persons, last_act, last_proof }
    }
}

/// How the people of a wave were told.
pub(crate) fn told(home: &Home, wave: &Wave) -> Result<Vec<ToldCount>> {
    if wave.state == WaveState::Done
        && let Some(told) = remembered(home, wave)?
    {
        return Ok(told);
    }
    home.store.read(|tx| tx.wave_end_counts(wave.no)).map_err(problem::store)
}

/// The entry that says that a wave has ended, and how its people were told.
pub(crate) fn done_entry<'a>(home: &Home, wave: &Wave) -> Result<NewEntry<'a>> {
    let no = wave.no;
    let (told, counts) = home
        .store
        .read(|tx| Ok((tx.wave_end_counts(no)?, tx.wave_counts(no)?)))
        .map_err(problem::store)?;
    let told = told.iter().map(Told::of).collect();
    let ended = Ended { wave: no.0, told, counters: Counters::of(counts) };
    let body = serde_json::to_value(&ended).map_err(|error| {
        problem::Problem::ours("journal", "what a wave came to cannot be written down")
            .caused_by(error)
    })?;
    home.entry(DONE, "sender", Some(wave.incident), body)
}

/// What was written down when the wave ended; nothing if something was learnt since.
fn remembered(home: &Home, wave: &Wave) -> Result<Option<Vec<ToldCount>>> {
    let (entries, counts) = home
        .store
        .read(|tx| {
            let entries = tx.entries_of_kind(wave.incident, DONE, i64::MAX)?;
            Ok((entries, tx.wave_counts(wave.no)?))
        })
        .map_err(problem::store)?;
    let counters = Counters::of(counts);
    let ended = entries.iter().filter_map(|entry| serde_json::from_str::<Ended>(&entry.body).ok());
    let mut same = ended.filter(|ended| ended.wave == wave.no.0 && ended.counters == counters);
    Ok(same.next().map(|ended| ended.told.iter().map(|told| told.count(wave.no)).collect()))
}

#[cfg(test)]
mod tests {
    use simrecall_core::delivery::OutcomeKind;
    use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey};
    use simrecall_store::ledger::{NewOutcome, SettledBy};

    use super::*;
    use crate::register::stage::{CODE, Stage, at};

    fn wave(home: &Home) -> Wave {
        let id = crate::incident::by_code(home, CODE).unwrap().id;
        home.store.read(|tx| tx.waves_of(id)).unwrap().remove(0)
    }

    fn hear(home: &Home, wave: WaveNo, kind: OutcomeKind, second: i64) {
        let target = TargetKey { wave, chunk: ChunkNo(1), pos: 0 };
        let attempt = AttemptKey { target, try_no: 1 };
        let (at, settled_by) = (at(second), SettledBy::Answer);
        let heard =
            NewOutcome { attempt, part: 0, kind, at, code: None, provider_id: None, settled_by };
        home.store.write(|tx| tx.commit_outcomes(std::slice::from_ref(&heard))).unwrap();
    }

    #[test]
    fn a_wave_that_ended_keeps_its_answer_until_something_else_is_learnt() {
        let stage = Stage::sent();
        let home = &stage.home;
        let released = wave(home);
        hear(home, released.no, OutcomeKind::Accepted, 31);
        hear(home, released.no, OutcomeKind::Expired, 40);
        let entry = done_entry(home, &released).unwrap();
        home.store
            .write(|tx| {
                tx.finish_wave(released.no, at(41))?;
                tx.journal(&entry).map(|_| ())
            })
            .unwrap();
        let ended = wave(home);
        assert_eq!(remembered(home, &ended).unwrap(), Some(Vec::new()));
        hear(home, ended.no, OutcomeKind::Delivered, 50);
        assert_eq!(remembered(home, &ended).unwrap(), None);
        let counted = told(home, &ended).unwrap();
        assert_eq!(counted.iter().map(|one| one.persons).collect::<Vec<_>>(), [1]);
        let (ended, again) = (done_entry(home, &ended).unwrap(), wave(home));
        home.store.write(|tx| tx.journal(&ended).map(|_| ())).unwrap();
        assert_eq!(remembered(home, &again).unwrap(), Some(counted));
    }
}
