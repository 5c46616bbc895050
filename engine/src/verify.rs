//! Recounts everything from the rows: revisions, notices, attempts, texts, counters, claims, journal. Changes nothing.

mod claims;
mod people;
mod texts;

use std::collections::BTreeMap;

use serde::Serialize;
use simrecall_core::incident::Incident;
use simrecall_core::wave::WaveState;
use simrecall_store::ledger::Wave;

use crate::home::Home;
use crate::problem::{self, Result};
use crate::send::is_first;
use crate::staff::hex;

/// Faults named one by one; beyond that they are counted.
const NAMED: usize = 50;

/// What a recount found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verified {
    /// One for each incident.
    pub incidents: Vec<IncidentCount>,
    /// Journal entries with a place in the tree.
    pub journal_entries: u64,
    /// The tree's root.
    pub journal_root: String,
    /// How many things are not as they should be.
    pub fault_count: u64,
    /// The first of them, in plain words.
    pub faults: Vec<String>,
}

/// An incident, recounted against its latest revision.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IncidentCount {
    /// Its code.
    pub incident: String,
    /// The latest revision.
    pub revision: i32,
    /// Lines in it.
    pub lines: u64,
    /// Of those, lines all of whose facts were said in a released wave.
    pub lines_told: u64,
    /// Lines some fact of which nobody was told yet.
    pub lines_owed: u64,
    /// Lines whose holders must be told nothing, for a legal reason.
    pub lines_suppressed: u64,
    /// Rows of the list that could not be resolved to a line.
    pub unresolved: u64,
    /// People who held those lines.
    pub persons: u64,
    /// Of those, how many were told, by what reached them with their latest notice.
    pub told_by: BTreeMap<&'static str, u64>,
    /// People whose latest notice is still on its way.
    pub on_the_way: u64,
    /// People who must be told nothing, for a legal reason, and were not told before.
    pub suppressed: u64,
    /// People who were told nothing yet.
    pub untold: u64,
    /// Facts said twice to one person, beyond attempts that were flagged as resent.
    pub told_twice: u64,
    /// Attempts nobody knows the fate of.
    pub in_doubt: u64,
    /// Attempts that repeat one that may have gone out, each flagged.
    pub resent: u64,
    /// Messages and mails networks took.
    pub accepted: u64,
    /// Texts that were rendered again and are the ones that were sent.
    pub texts: u64,
    /// Claims that were handed in or found.
    pub claims: u64,
    /// What they are about, in won.
    pub claimed_won: u64,
    /// What was granted of it, in won.
    pub granted_won: u64,
    /// What was paid of that, in won.
    pub paid_won: u64,
}

impl Verified {
    /// Whether everything is as it should be.
    pub const fn is_sound(&self) -> bool {
        self.fault_count == 0
    }

    fn fault(&mut self, what: String) {
        self.fault_count += 1;
        if self.faults.len() < NAMED {
            self.faults.push(what);
        }
    }
}

/// Recounts everything.
pub fn verify(home: &Home) -> Result<Verified> {
    let mut found = Verified::default();
    let incidents = home.store.read(|tx| tx.incidents()).map_err(problem::store)?;
    for incident in &incidents {
        verify_revisions(home, incident, &mut found)?;
        let waves = released_waves(home, incident)?;
        for wave in &waves {
            verify_counters(home, wave, &mut found)?;
        }
        let mut count = people::count(home, incident, &mut found)?;
        texts::verify(home, incident, &waves, &mut count, &mut found)?;
        claims::verify(home, incident, &mut count, &mut found)?;
        found.incidents.push(count);
    }
    verify_journal(home, &mut found)?;
    Ok(found)
}

fn released_waves(home: &Home, incident: &Incident) -> Result<Vec<Wave>> {
    let waves = home.store.read(|tx| tx.waves_of(incident.id)).map_err(problem::store)?;
    let released = |wave: &Wave| {
        matches!(wave.state, WaveState::Released | WaveState::Done | WaveState::Cancelled)
    };
    Ok(waves.into_iter().filter(released).collect())
}

fn verify_revisions(home: &Home, incident: &Incident, found: &mut Verified) -> Result<()> {
    let revisions = home.store.read(|tx| tx.revisions(incident.id)).map_err(problem::store)?;
    for revision in revisions.iter().filter(|revision| revision.hash.is_some()) {
        let (hash, lines) =
            home.store.hash_revision(incident.id, revision.no).map_err(problem::store)?;
        if Some(hash) != revision.hash || lines != revision.lines {
            found.fault(format!(
                "{} {}: its content is not what was hashed",
                incident.code, revision.no
            ));
        }
    }
    Ok(())
}

fn verify_counters(home: &Home, wave: &Wave, found: &mut Verified) -> Result<()> {
    let chunks = home.store.read(|tx| tx.chunks(wave.no)).map_err(problem::store)?;
    let mut targets = 0;
    for chunk in &chunks {
        let counted =
            home.store.read(|tx| tx.recount(wave.no, chunk.no)).map_err(problem::store)?;
        if counted != chunk.count {
            found
                .fault(format!("{} {}: its counters are not those of its rows", wave.no, chunk.no));
        }
        if is_first(chunk.kind) {
            targets += i64::from(chunk.n);
        }
    }
    if wave.state != WaveState::Cancelled && targets != wave.counts.targets + wave.counts.copies {
        found.fault(format!("{}: its chunks cover {targets} targets, not all of them", wave.no));
    }
    Ok(())
}

fn verify_journal(home: &Home, found: &mut Verified) -> Result<()> {
    let report = simrecall_store::journal::verify_journal(&home.store).map_err(problem::store)?;
    found.journal_entries = report.head.size;
    found.journal_root = hex(&report.head.root);
    for fault in &report.faults {
        found.fault(format!("journal: {fault}"));
    }
    found.fault_count += report.fault_count - u64::try_from(report.faults.len()).unwrap_or(0);
    Ok(())
}
