//! After a restore: what an older copy of the database does not know may have been sent, so it is never simply owed.
//!
//! Every released target that nobody is known to have told is looked at. With the carrier's complete records, its tries are
//! looked up under the very references lost attempts would have had: what the records show was taken, what they do not show
//! was not. Without records it gets an attempt in doubt, and the policy for doubt sends again, flagged. Attempts that the copy
//! has without a result belong to a sender that is gone, so they are in doubt before anything else.

mod records;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::delivery::{OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, WaveNo};
use simrecall_core::wave::{Ladder, WaveState};
use simrecall_store::ledger::{
    AttemptRecord, ChunkRow, NewAttempt, NewOutcome, SettledBy, TargetRecord, Wave,
};
use simrecall_store::permit::PermitRequest;
use simrecall_store::seal::Field;

use records::Records;

use super::ladder;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::send::mark;
use crate::staff;
use crate::target::TargetContent;

/// How many tries of one target the copy may have missed: the network's "not now" takes a try each time. Few, since a
/// reference has 16 bits and an older message to the same number may have it by chance.
const LOST_TRIES: i16 = 8;

/// What to settle with.
#[derive(Debug, Clone, Default)]
pub struct ReconcileOptions {
    /// The carrier's records of what it accepted, as JSON lines; complete up to now. None: the policy for doubt decides.
    pub records: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Reconciled {
    /// Waves looked at.
    pub waves: u64,
    /// Attempts put in doubt because the copy cannot know them.
    pub put_in_doubt: u64,
    /// Attempts the records show as taken.
    pub found: u64,
    /// Attempts the copy knows and the complete records do not show: never taken.
    pub not_taken: u64,
    /// Attempts still in doubt: they are sent again, flagged.
    pub in_doubt: u64,
    /// Records that fit no attempt.
    pub unmatched_records: u64,
}

/// Settles what an older copy of the database cannot know, and allows sending again.
pub fn reconcile(home: &Home, options: &ReconcileOptions, by: &str) -> Result<Reconciled> {
    let member = staff::may(home, by, Act::Reconcile)?;
    mark::check_waves(home)?;
    let waves = released_waves(home)?;
    let mut done = Reconciled::default();
    let records = options.records.as_deref().map(|file| Records::read(home, file));
    let mut records = records.transpose()?;
    for wave in &waves {
        done.waves += 1;
        let (ladder, records) = (ladder(&home.config)?, records.as_mut());
        Doubting { home, wave, ladder, records, done: &mut done }.run()?;
    }
    done.unmatched_records = records.map_or(0, |records| records.left());
    done.in_doubt =
        u64::try_from(home.store.read(|tx| tx.doubts()).map_err(problem::store)?).unwrap_or(0);
    let body = serde_json::to_value(&done).unwrap_or_default();
    let entry = home.entry(
        "ledger.reconciled",
        "reconcile",
        None,
        serde_json::json!({ "by": member.id, "counts": body }),
    )?;
    home.store.write(|tx| tx.journal(&entry)).map_err(problem::store)?;
    mark::accept(home)?;
    Ok(done)
}

fn released_waves(home: &Home) -> Result<Vec<Wave>> {
    let waves = home.store.read(|tx| {
        let mut waves = Vec::new();
        for incident in tx.incidents()? {
            waves.extend(tx.waves_of(incident.id)?);
        }
        Ok(waves)
    });
    let waves = waves.map_err(problem::store)?;
    Ok(waves.into_iter().filter(|wave| wave.state == WaveState::Released).collect())
}

struct Doubting<'a> {
    home: &'a Home,
    wave: &'a Wave,
    ladder: Ladder,
    records: Option<&'a mut Records>,
    done: &'a mut Reconciled,
}

/// What is to be written about one chunk's targets.
#[derive(Default)]
struct Found {
    /// Attempts the copy does not know, by rung.
    adopted: BTreeMap<Rung, Vec<NewAttempt>>,
    /// What is known of attempts, adopted ones included.
    learnt: Vec<NewOutcome>,
}

impl Doubting<'_> {
    fn run(&mut self) -> Result<()> {
        let no = self.wave.no;
        let chunks = self.home.store.read(|tx| tx.chunks(no)).map_err(problem::store)?;
        // What a brand's list lost comes back with the same export again, flagged.
        let ours = |chunk: &&ChunkRow| crate::send::is_first(chunk.kind) && chunk.list.is_empty();
        for chunk in chunks.iter().filter(ours) {
            let targets = self.home.store.read(|tx| tx.chunk_targets(no, chunk.no));
            let unknown: Vec<TargetRecord> =
                targets.map_err(problem::store)?.into_iter().filter(may_have_gone).collect();
            if !unknown.is_empty() {
                let found = self.look(&unknown)?;
                self.write(found)?;
            }
        }
        Ok(())
    }

    fn look(&mut self, targets: &[TargetRecord]) -> Result<Found> {
        let keys = self.home.keys.incident(self.wave.incident).map_err(problem::keys)?;
        let service = self.home.keys.service().map_err(problem::keys)?;
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::Settle,
            actor: "reconcile".to_owned(),
            incident: Some(self.wave.incident),
            scope: format!("wave {}, {} targets", self.wave.no.0, targets.len()),
            fields: vec!["contact".to_owned()],
            rows: u64::try_from(targets.len()).unwrap_or(u64::MAX),
        })?;
        let mut found = Found::default();
        for target in targets {
            self.doubt_open(target, &mut found);
            let content = TargetContent::open(&mut permit, &keys, &target.key, &target.sealed)?;
            let Some(rung) = self.rung(target) else { continue };
            let to = crate::send::destination(rung, &content.contact);
            let to = to.map(|to| service.blind(Field::Destination, to));
            match to {
                Some(to) if self.has_records_of(rung) => self.look_up(target, rung, to, &mut found),
                _ => self.adopt(target, rung, to, &mut found),
            }
        }
        Ok(found)
    }

    /// Intents without a result: the sender that wrote them is not the one that comes back.
    fn doubt_open(&mut self, target: &TargetRecord, found: &mut Found) {
        for attempt in &target.attempts {
            if attempt.state.standing() == Standing::Open {
                let now = self.home.now();
                let doubt = settled(attempt.key, OutcomeKind::InDoubt, SettledBy::Restore, now);
                found.learnt.push(doubt);
                self.done.put_in_doubt += 1;
            }
        }
    }

    fn has_records_of(&self, rung: Rung) -> bool {
        let route = self.home.config.route_of(rung).map(|(route, _)| route);
        self.records.as_ref().is_some_and(|records| Some(records.route()) == route)
    }

    /// What the carrier's complete records say of a target's tries, known and lost.
    fn look_up(&mut self, target: &TargetRecord, rung: Rung, to: [u8; 16], found: &mut Found) {
        let Some(records) = self.records.as_mut() else { return };
        let now = self.home.now();
        let mut may_repeat = false;
        for attempt in target.attempts.iter().filter(|attempt| is_undecided(attempt)) {
            may_repeat = true;
            let learnt = if let Some(id) = records.take(to, attempt.key) {
                self.done.found += 1;
                taken(attempt.key, id, now)
            } else {
                self.done.not_taken += 1;
                settled(attempt.key, OutcomeKind::NotTaken, SettledBy::Record, now)
            };
            found.learnt.push(learnt);
        }
        let next = target.next_try();
        for try_no in next..next.saturating_add(LOST_TRIES) {
            let key = AttemptKey { target: target.key, try_no };
            let Some(id) = records.take(to, key) else { continue };
            let adopted = lost(key, may_repeat, Some(to));
            found.adopted.entry(rung).or_default().push(adopted);
            found.learnt.push(taken(key, id, now));
            may_repeat = true;
            self.done.put_in_doubt += 1;
            self.done.found += 1;
        }
    }

    /// Without records: the next try may have been made.
    fn adopt(
        &mut self,
        target: &TargetRecord,
        rung: Rung,
        to: Option<[u8; 16]>,
        found: &mut Found,
    ) {
        let key = AttemptKey { target: target.key, try_no: target.next_try() };
        let may_repeat = target.attempts.iter().any(is_undecided);
        found.adopted.entry(rung).or_default().push(lost(key, may_repeat, to));
        self.done.put_in_doubt += 1;
    }

    fn write(&self, found: Found) -> Result<()> {
        let now = self.home.now();
        let Found { adopted, learnt } = found;
        let written = self.home.store.write(|tx| {
            for (rung, attempts) in &adopted {
                if let Some((route, _)) = self.home.config.route_of(*rung) {
                    tx.adopt_attempts(*rung, route, now, attempts)?;
                }
            }
            tx.commit_outcomes(&learnt)
        });
        written.map(|_| ()).map_err(problem::store)
    }

    /// The rung a lost attempt would have gone over: the one after the last that failed, or the first.
    fn rung(&self, target: &TargetRecord) -> Option<Rung> {
        let Some(last) = target.attempts.last() else { return self.ladder.first(target.reach) };
        let rung = last.intent.rung;
        match last.state.standing() {
            Standing::Rejected | Standing::Bounced => {
                self.ladder.next(rung, target.reach).or(Some(rung))
            }
            Standing::Open
            | Standing::InDoubt
            | Standing::NotTaken
            | Standing::NotAccepted
            | Standing::Accepted
            | Standing::Expired
            | Standing::Failed
            | Standing::Mailed
            | Standing::Lettered
            | Standing::Published
            | Standing::Delivered => Some(rung),
        }
    }
}

/// Whether somebody may have been told without the copy knowing: nobody is known to have, and no receipt is pending.
fn may_have_gone(target: &TargetRecord) -> bool {
    let last = target.attempts.last().map(|attempt| attempt.state.standing());
    !target.is_told() && last != Some(Standing::Accepted)
}

fn is_undecided(attempt: &AttemptRecord) -> bool {
    matches!(attempt.state.standing(), Standing::Open | Standing::InDoubt)
}

/// An attempt the copy does not know; nobody knows its text any more.
const fn lost(key: AttemptKey, resend: bool, destination: Option<[u8; 16]>) -> NewAttempt {
    NewAttempt { key, text_sha256: [0; 32], parts: 1, resend, destination }
}

fn taken(attempt: AttemptKey, provider_id: String, at: DateTime<Utc>) -> NewOutcome {
    NewOutcome {
        part: 1,
        provider_id: Some(provider_id),
        ..settled(attempt, OutcomeKind::Accepted, SettledBy::Record, at)
    }
}

const fn settled(
    attempt: AttemptKey,
    kind: OutcomeKind,
    settled_by: SettledBy,
    at: DateTime<Utc>,
) -> NewOutcome {
    NewOutcome { attempt, part: 0, kind, at, code: None, provider_id: None, settled_by }
}

/// A wave that a later file names and this database does not know.
pub(crate) fn unknown_wave(no: WaveNo) -> Problem {
    Problem::state("unknown_wave", format!("wave {} was released after this copy was made; this database does not know it", no.0))
        .hint("restore a newer copy: planning that wave again would tell people twice. See docs/OPERATIONS.md, restore")
}
