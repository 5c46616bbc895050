//! What people wait for who are not legally complete yet.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use simrecall_core::delivery::{Rung, TargetState};
use simrecall_core::id::{ChunkNo, SubscriberId};
use simrecall_core::wave::Ladder;
use simrecall_store::ledger::{ChunkRow, TargetRecord, Wave};

use super::super::ladder;
use crate::home::Home;
use crate::posting::Standing;
use crate::problem::{self, Result};
use crate::send::is_first;

/// First chunks that are read row by row; a wave with more that are open is told from its counters.
const READ_AT_MOST: usize = 300;

/// People who are not legally complete, by what they wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Open {
    /// The network has the message and has not said what became of it.
    pub awaiting_receipt: i64,
    /// The mail is out and may still come back.
    pub awaiting_bounce_window: i64,
    /// A brand has them on its list and has not sent its result.
    pub awaiting_brand: i64,
    /// Nobody knows whether the network took it.
    pub in_doubt: i64,
    /// On its way to the network.
    pub in_flight: i64,
    /// It came to nothing, and goes again or over the next rung.
    pub going_again: i64,
    /// Only a posting is left, and nobody has recorded a ground for it.
    pub posting_without_ground: i64,
    /// Posted, but a day cannot be proven or the page is another one.
    pub posting_unproven: i64,
    /// Every rung has failed and none is left.
    pub no_rung_left: i64,
    /// Their turn has not come.
    pub not_started: i64,
    /// Whether each was looked at; if not, the parts are what the wave's counters say, copies among them.
    pub exact: bool,
}

impl Open {
    /// All of them.
    pub const fn total(&self) -> i64 {
        self.awaiting_receipt
            + self.awaiting_bounce_window
            + self.awaiting_brand
            + self.in_doubt
            + self.in_flight
            + self.going_again
            + self.posting_without_ground
            + self.posting_unproven
            + self.no_rung_left
            + self.not_started
    }

    /// What counters leave over has not started.
    pub(super) fn fit(&mut self, persons: i64) {
        if !self.exact {
            self.not_started += (persons - self.total()).max(0);
        }
    }
}

/// What a wave's people wait for; those who must be told nothing wait for nothing.
pub(super) fn open(home: &Home, wave: &Wave, suppressed: &BTreeSet<SubscriberId>) -> Result<Open> {
    let chunks = home.store.read(|tx| tx.chunks(wave.no)).map_err(problem::store)?;
    let has_ground = Standing::of(home, wave)?.has_ground();
    let unfinished: Vec<&ChunkRow> =
        chunks.iter().filter(|chunk| is_first(chunk.kind) && !chunk.has_told_all()).collect();
    if unfinished.len() > READ_AT_MOST {
        return Ok(counted(&chunks, has_ground));
    }
    let rungs = chunks.iter().map(|chunk| (chunk.no, chunk.rung)).collect();
    let case = Case { ladder: ladder(&home.config)?, rungs, has_ground };
    let mut open = Open { exact: true, ..Open::default() };
    for chunk in unfinished {
        let targets = home.store.read(|tx| tx.chunk_targets(wave.no, chunk.no));
        let targets = targets.map_err(problem::store)?;
        let waiting = targets.iter().filter(|target| target.role.is_primary());
        for target in waiting.filter(|target| !suppressed.contains(&target.person)) {
            case.add(target, &mut open);
        }
    }
    Ok(open)
}

/// What the counters say, where there are too many people to look at each.
fn counted(chunks: &[ChunkRow], has_ground: bool) -> Open {
    let mut open = Open::default();
    for chunk in chunks {
        let tally = chunk.count.tally;
        match chunk.rung {
            Rung::Lms | Rung::Sms => open.awaiting_receipt += i64::from(tally.accepted),
            Rung::Email => open.awaiting_bounce_window += i64::from(tally.accepted),
            Rung::Posting if !has_ground && !chunk.is_done => {
                open.posting_without_ground += i64::from(chunk.n);
            }
            Rung::Letter | Rung::Posting => open.in_flight += i64::from(tally.accepted),
        }
        open.in_doubt += i64::from(tally.in_doubt);
        open.in_flight += i64::from(tally.open);
    }
    open
}

struct Case {
    ladder: Ladder,
    rungs: BTreeMap<ChunkNo, Rung>,
    has_ground: bool,
}

impl Case {
    fn add(&self, target: &TargetRecord, open: &mut Open) {
        let next = self.next_rung(target);
        let part = match TargetState::of(&target.views()) {
            TargetState::Reached { .. } => return,
            TargetState::InDoubt { .. } => &mut open.in_doubt,
            TargetState::Waiting { .. } if is_listed(target) => &mut open.awaiting_brand,
            TargetState::Open { .. }
            | TargetState::Waiting { rung: Rung::Letter | Rung::Posting, .. } => {
                &mut open.in_flight
            }
            TargetState::Waiting { rung: Rung::Lms | Rung::Sms, .. } => &mut open.awaiting_receipt,
            TargetState::Waiting { rung: Rung::Email, .. } => &mut open.awaiting_bounce_window,
            TargetState::Untried | TargetState::NeverTaken { .. } | TargetState::Missed { .. }
                if next == Some(Rung::Posting) && !self.has_ground =>
            {
                &mut open.posting_without_ground
            }
            TargetState::Untried => &mut open.not_started,
            TargetState::Missed { .. } if next.is_none() => &mut open.no_rung_left,
            TargetState::NeverTaken { .. } | TargetState::Missed { .. } => &mut open.going_again,
        };
        *part += 1;
    }

    /// The rung a target goes over next: that of the chunk it waits in, else the one the ladder has after the last.
    fn next_rung(&self, target: &TargetRecord) -> Option<Rung> {
        let listed = target.listed_after().then(|| target.follow_ups.last());
        let chunk = match (listed.flatten(), target.attempts.last()) {
            (Some(listed), _) => listed.chunk,
            (None, None) => target.key.chunk,
            // What the network never took goes over the same rung.
            (None, Some(last)) if last.state.standing().never_taken() => {
                return Some(last.intent.rung);
            }
            (None, Some(last)) => return self.ladder.next(last.intent.rung, target.reach),
        };
        self.rungs.get(&chunk).copied()
    }
}

/// Whether a brand tells this target from its list.
fn is_listed(target: &TargetRecord) -> bool {
    target.attempts.last().is_some_and(|last| crate::brand_list::is_list_route(&last.route))
}
