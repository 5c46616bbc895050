//! What silence and refusals make necessary: patience that ended is written down, targets go again or down the ladder.
//!
//! Every target has one first chunk, so looking at first chunks looks at each target once, with all its attempts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use simrecall_core::delivery::{ChunkKind, Next, OutcomeKind, Rung, Tally, TargetView, decide};
use simrecall_core::id::{ChunkNo, TargetKey};
use simrecall_store::ledger::{ChunkRow, NewFollowUps, NewOutcome, SettledBy, TargetRecord};

use super::{Sender, is_first};
use crate::brand_list;
use crate::problem::{self, Result};

/// Targets in one follow-up chunk.
const CHUNK: usize = 1_000;
/// First chunks looked at in one turn.
const LOOKS: usize = 20;

/// A target that goes again: not before when, and because of which try.
type Again = (DateTime<Utc>, TargetKey, i16);

/// What a look at some chunks found to do.
#[derive(Default)]
struct Found {
    /// Patience that ended.
    closed: Vec<NewOutcome>,
    /// Targets that go again, by kind and rung.
    again: BTreeMap<(ChunkKind, Rung), Vec<Again>>,
    /// When to look again; none when nothing is left.
    look_again: BTreeMap<ChunkNo, DateTime<Utc>>,
}

impl Sender<'_> {
    /// Looks at the chunks that are due. Says whether anything was found to do.
    pub(super) fn follow(&mut self) -> Result<bool> {
        let now = self.home.now();
        let due: Vec<ChunkNo> =
            self.due.iter().filter(|(_, at)| **at <= now).map(|(no, _)| *no).take(LOOKS).collect();
        if due.is_empty() || self.is_draining() || self.paused {
            return Ok(false);
        }
        self.rematch(now)?;
        let mut found = Found::default();
        for no in due {
            self.due.remove(&no);
            self.look(no, now, &mut found)?;
        }
        self.due.append(&mut found.look_again);
        self.act(found)
    }

    /// Receipts that matched nothing are tried once more before anything is called silence.
    fn rematch(&self, _now: DateTime<Utc>) -> Result<()> {
        for lane in &self.lanes {
            let route = &lane.route;
            self.home
                .store
                .write(|tx| {
                    if tx.orphans(route)? > 0 {
                        tx.rematch_orphans(route, 1_000).map(|_| ())
                    } else {
                        Ok(())
                    }
                })
                .map_err(problem::store)?;
        }
        Ok(())
    }

    fn look(&mut self, no: ChunkNo, now: DateTime<Utc>, found: &mut Found) -> Result<()> {
        let (wave, store) = (self.wave.no, &self.home.store);
        let chunk = store.read(|tx| tx.chunk(wave, no)).map_err(problem::store)?;
        // A chunk under way is looked at when it is done; one that told everybody has nothing to look for.
        let Some(chunk) = chunk.filter(|chunk| chunk.is_done && !chunk.has_told_all()) else {
            return Ok(());
        };
        if let Some(until) = self.quiet_until(&chunk).filter(|until| *until > now) {
            found.look_again.insert(no, until);
            return Ok(());
        }
        let targets = store.read(|tx| tx.chunk_targets(wave, no)).map_err(problem::store)?;
        let mut next_look: Option<DateTime<Utc>> = None;
        for target in targets.iter().filter(|target| !is_unlisted(&chunk, target)) {
            if let Some(at) = self.judge(target, now, found) {
                next_look = Some(next_look.map_or(at, |earlier| earlier.min(at)));
            }
        }
        if let Some(at) = next_look {
            found.look_again.insert(no, at);
        }
        Ok(())
    }

    /// Until when a chunk needs no look, by its counters alone: the network took each of its messages and has said nothing
    /// bad of any, so that only patience can end, and not before this.
    fn quiet_until(&self, chunk: &ChunkRow) -> Option<DateTime<Utc>> {
        let Tally { accepted, reached, .. } = chunk.count.tally;
        let is_ours = is_first(chunk.kind) && chunk.list.is_empty();
        let is_quiet = is_ours && accepted + reached == chunk.n;
        let patience = match chunk.rung {
            Rung::Lms | Rung::Sms => self.ladder.rule(chunk.rung)?.give_up_after,
            Rung::Email => self.policy.bounce_window,
            Rung::Letter | Rung::Posting => return None,
        };
        let since = self.wave.released_at?.max(chunk.not_before);
        since.checked_add_signed(patience).filter(|_| is_quiet)
    }

    /// Decides about one target; says when to look again, if it has to be.
    fn judge(
        &mut self,
        target: &TargetRecord,
        now: DateTime<Utc>,
        found: &mut Found,
    ) -> Option<DateTime<Utc>> {
        if !target.is_told() && self.limits.pass_over(target.person) {
            return None;
        }
        let views = target.views();
        let last = target.attempts.last();
        let view = TargetView {
            attempts: &views,
            reach: target.reach,
            listed_after: target.listed_after(),
            heard: last.map_or(now, |attempt| self.heard(&attempt.route)),
        };
        let listed = brand_list::next(self.home, target, &self.ladder);
        match listed.unwrap_or_else(|| decide(&view, &self.ladder, &self.policy, now)) {
            Next::Wait { until } => Some(until.max(now + chrono::TimeDelta::milliseconds(200))),
            // The chunk that lists it makes us look again when it is done.
            Next::Listed | Next::Reached { .. } => None,
            Next::Send { rung, kind, not_before } => {
                // Only a plan makes first chunks.
                let kind = if kind == ChunkKind::First { ChunkKind::Rung } else { kind };
                let cause = last.map_or(0, |attempt| attempt.key.try_no);
                found.again.entry((kind, rung)).or_default().push((not_before, target.key, cause));
                None
            }
            Next::Close { kind } => {
                let attempt = last?.key;
                found.closed.push(by_patience(attempt, kind, now));
                Some(now)
            }
            Next::Exhausted => {
                tracing::warn!(target = %target.key.pos, chunk = %target.key.chunk, "no rung is left for a target");
                None
            }
        }
    }

    fn heard(&self, route: &str) -> DateTime<Utc> {
        let lane = self.lanes.iter().find(|lane| lane.route == route);
        lane.map_or(DateTime::<Utc>::MIN_UTC, |lane| lane.heard)
    }

    fn act(&mut self, found: Found) -> Result<bool> {
        let Found { closed, again, .. } = found;
        if !closed.is_empty() {
            let committed =
                self.home.store.write(|tx| tx.commit_outcomes(&closed)).map_err(problem::store)?;
            self.marks.write(committed.mark)?;
        }
        let mut listed = false;
        for ((kind, rung), targets) in again {
            for some in targets.chunks(CHUNK) {
                listed |= self.list(kind, rung, some)?;
            }
        }
        Ok(listed || !closed.is_empty())
    }

    /// Lists targets in a new chunk, and opens its lane.
    fn list(&mut self, kind: ChunkKind, rung: Rung, targets: &[Again]) -> Result<bool> {
        let Some(not_before) = targets.iter().map(|(at, _, _)| *at).max() else { return Ok(false) };
        let new = NewFollowUps {
            wave: self.wave.no,
            kind,
            rung,
            priority: priority(kind),
            not_before,
            targets: targets.iter().map(|(_, key, cause)| (*key, *cause)).collect(),
        };
        let listed = self.home.store.write(|tx| tx.append_chunk(&new)).map_err(problem::store)?;
        self.open_lane(rung)?;
        Ok(!listed.is_empty())
    }
}

/// Whether a target waits for its brand's next list.
fn is_unlisted(chunk: &ChunkRow, target: &TargetRecord) -> bool {
    !chunk.list.is_empty() && target.attempts.is_empty()
}

/// Follow-ups go before first tries: their people have waited longest.
const fn priority(kind: ChunkKind) -> i16 {
    match kind {
        ChunkKind::Resend => 1,
        ChunkKind::Retry => 2,
        ChunkKind::Rung => 3,
        ChunkKind::First => 5,
    }
}

fn by_patience(
    attempt: simrecall_core::id::AttemptKey,
    kind: OutcomeKind,
    at: DateTime<Utc>,
) -> NewOutcome {
    let settled_by = SettledBy::Patience;
    NewOutcome { attempt, part: 0, kind, at, code: None, provider_id: None, settled_by }
}
