//! After a restore: what an older copy of the database does not know may have been sent, so it is in doubt, never owed.
//!
//! Every released target that nobody is known to have told gets an attempt in doubt, under the very reference a lost
//! attempt would have had. The carrier's records then settle what they show; what they do not show was not sent, if they
//! are complete; without records the policy for doubt decides, and sends again, flagged.

mod records;

use std::path::PathBuf;

use serde::Serialize;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::delivery::{OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, WaveNo};
use simrecall_core::wave::{Ladder, WaveState};
use simrecall_store::ledger::{NewAttempt, NewOutcome, SettledBy, TargetRecord, Wave};
use simrecall_store::permit::PermitRequest;
use simrecall_store::seal::Field;

use super::ladder;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::send::mark;
use crate::staff;
use crate::target::TargetContent;

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
    /// Attempts the complete records do not show: never taken.
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
    for wave in &waves {
        done.waves += 1;
        Doubting { home, wave, ladder: ladder(&home.config)?, done: &mut done }.run()?;
    }
    if let Some(file) = &options.records {
        records::settle(home, &waves, file, &mut done)?;
    }
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
    done: &'a mut Reconciled,
}

impl Doubting<'_> {
    fn run(&mut self) -> Result<()> {
        let no = self.wave.no;
        let chunks = self.home.store.read(|tx| tx.chunks(no)).map_err(problem::store)?;
        for chunk in chunks.iter().filter(|chunk| crate::send::is_first(chunk.kind)) {
            let targets = self.home.store.read(|tx| tx.chunk_targets(no, chunk.no));
            let unknown: Vec<TargetRecord> =
                targets.map_err(problem::store)?.into_iter().filter(may_have_gone).collect();
            self.doubt(&unknown)?;
        }
        Ok(())
    }

    fn doubt(&mut self, targets: &[TargetRecord]) -> Result<()> {
        if targets.is_empty() {
            return Ok(());
        }
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
        for target in targets {
            let content = TargetContent::open(&mut permit, &keys, &target.key, &target.sealed)?;
            let Some(rung) = self.rung(target) else { continue };
            let to = crate::send::destination(rung, &content.contact);
            let attempt = NewAttempt {
                key: AttemptKey { target: target.key, try_no: target.next_try() },
                text_sha256: [0; 32],
                parts: 1,
                resend: false,
                destination: to.map(|to| service.blind(Field::Destination, to)),
            };
            self.adopt(rung, &attempt)?;
        }
        Ok(())
    }

    fn adopt(&mut self, rung: Rung, attempt: &NewAttempt) -> Result<()> {
        let Some((route, _)) = self.home.config.route_of(rung) else { return Ok(()) };
        let now = self.home.now();
        let adopted = self
            .home
            .store
            .write(|tx| tx.adopt_attempts(rung, route, now, std::slice::from_ref(attempt)));
        adopted.map_err(problem::store)?;
        self.done.put_in_doubt += 1;
        Ok(())
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

/// Whether somebody may have been told without the copy knowing: nobody is known to have, and nothing is pending.
fn may_have_gone(target: &TargetRecord) -> bool {
    let last = target.attempts.last().map(|attempt| attempt.state.standing());
    !target.is_told() && !matches!(last, Some(Standing::InDoubt | Standing::Accepted))
}

/// An outcome that the carrier's records give.
fn recorded(
    attempt: AttemptKey,
    kind: OutcomeKind,
    at: chrono::DateTime<chrono::Utc>,
) -> NewOutcome {
    NewOutcome {
        attempt,
        part: 0,
        kind,
        at,
        code: None,
        provider_id: None,
        settled_by: SettledBy::Record,
    }
}

/// A wave that a later file names and this database does not know.
pub(crate) fn unknown_wave(no: WaveNo) -> Problem {
    Problem::state("unknown_wave", format!("wave {} was released after this copy was made; this database does not know it", no.0))
        .hint("restore a newer copy: planning that wave again would tell people twice. See docs/OPERATIONS.md, restore")
}
