//! When everyone owed what a revision added was told, in ways the law knows.
//!
//! What counts is the act: the moment the attempt went out that later proved good. Until the proof is in, people are on
//! their way, and nothing is called complete.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use simrecall_core::delivery::{Rung, Tally};
use simrecall_core::id::{RevisionNo, WaveNo};
use simrecall_core::incident::Incident;
use simrecall_core::law::Method;
use simrecall_core::wave::{LeftOutReason, WaveState};
use simrecall_store::BucketRange;
use simrecall_store::cohort::Revision;
use simrecall_store::counts::ToldCount;
use simrecall_store::ledger::Wave;
use simrecall_store::posting::Posting;

use crate::home::Home;
use crate::problem::{self, Result};

/// Lines looked at together.
const TOGETHER: u64 = 20_000;

/// How far telling people what one revision added has come.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// The revision.
    pub(super) no: RevisionNo,
    /// People owed a notice, and of these how many were told, and how many more may have been: their proof is on its way.
    pub(super) owed: u64,
    pub(super) told: u64,
    pub(super) on_the_way: u64,
    /// How they were told; known only once all were.
    how: Vec<ToldCount>,
    /// Lines nobody can be told of, and no posting answers for.
    gaps: u64,
}

impl Reach {
    /// When the last of them was told in one of these ways; none before all were.
    pub(super) fn complete(&self, methods: &BTreeSet<Method>) -> Option<DateTime<Utc>> {
        let good = self.how.iter().filter(|told| methods.is_empty() || serves(told.rung, methods));
        let (told, last) = good.fold((0, None), |(told, last), one| {
            (told + one.persons.unsigned_abs(), last.max(Some(one.last_act)))
        });
        last.filter(|_| self.owed > 0 && told >= self.owed && self.gaps == 0)
    }
}

/// Whether a rung is one of the ways a rule names. A posting takes the place of any of them: it has a ground of its own.
fn serves(rung: Rung, methods: &BTreeSet<Method>) -> bool {
    match rung {
        Rung::Lms => methods.contains(&Method::Lms),
        // Too short for what the law asks to be said.
        Rung::Sms => false,
        Rung::Email => methods.contains(&Method::Email),
        Rung::Letter => methods.contains(&Method::Letter),
        Rung::Posting => true,
    }
}

/// How far each revision has come.
pub(super) fn reaches(
    home: &Home,
    incident: &Incident,
    revisions: &[Revision],
) -> Result<Vec<Reach>> {
    let (waves, postings) = home
        .store
        .read(|tx| Ok((tx.waves_of(incident.id)?, tx.postings(incident.id)?)))
        .map_err(problem::store)?;
    revisions.iter().map(|revision| reach(home, revision, &waves, &postings)).collect()
}

fn reach(home: &Home, revision: &Revision, waves: &[Wave], postings: &[Posting]) -> Result<Reach> {
    let no = revision.no;
    let mut reach = Reach { no, owed: 0, told: 0, on_the_way: 0, how: Vec::new(), gaps: 0 };
    let Some(covering) = covering(waves, no) else { return Ok(reach) };
    for wave in &covering {
        reach.add(home, wave)?;
    }
    if reach.told < reach.owed {
        return Ok(reach);
    }
    for wave in &covering {
        reach.how.extend(crate::wave::told(home, wave)?);
        if !postings.iter().any(|posting| posting.new.waves.contains(&wave.no)) {
            reach.gaps += unknown_holders(home, wave)?;
        }
    }
    let posted = |no: WaveNo| postings.iter().any(|posting| posting.new.waves.contains(&no));
    if !covering.iter().any(|wave| posted(wave.no)) {
        reach.gaps += revision.unresolved;
    }
    Ok(reach)
}

impl Reach {
    fn add(&mut self, home: &Home, wave: &Wave) -> Result<()> {
        let counts = home.store.read(|tx| tx.wave_counts(wave.no)).map_err(problem::store)?;
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        let (owed, told) = (number(wave.counts.persons - wave.withdrawn), number(counts.told));
        let all = counts.by_rung.iter().fold(Tally::default(), |all, (_, tally)| all.plus(*tally));
        self.owed += owed;
        self.told += told.min(owed);
        self.on_the_way += number(i64::from(all.accepted)).min(owed.saturating_sub(told));
        Ok(())
    }
}

/// The waves that tell what a revision added: the first that was let go with it, and where that was given up, what was
/// planned after. None while there is no such wave.
fn covering(waves: &[Wave], no: RevisionNo) -> Option<Vec<&Wave>> {
    let mut covering = Vec::new();
    let mut after = None;
    for wave in waves.iter().filter(|wave| wave.revision >= no && wave.released_at.is_some()) {
        if after.is_some_and(|after| wave.planned_at < after) {
            continue;
        }
        covering.push(wave);
        match wave.state {
            WaveState::Cancelled => after = after.max(wave.closed_at),
            WaveState::Planning | WaveState::Draft | WaveState::Released | WaveState::Done => {
                return Some(covering);
            }
        }
    }
    None
}

/// Lines a wave leaves out because nobody knows whose they are.
fn unknown_holders(home: &Home, wave: &Wave) -> Result<u64> {
    let mut unknown = 0;
    let left_out = u64::try_from(wave.counts.left_out).unwrap_or(0);
    if left_out == 0 {
        return Ok(0);
    }
    for range in BucketRange::covering(left_out, TOGETHER) {
        let lines = home.store.read(|tx| tx.left_out_of(wave.no, range)).map_err(problem::store)?;
        let of_nobody = lines.iter().filter(|l| l.reason == LeftOutReason::UnknownHolder.code());
        unknown += u64::try_from(of_nobody.count()).unwrap_or(u64::MAX);
    }
    Ok(unknown)
}

#[cfg(test)]
mod tests {
    use simrecall_core::id::{IncidentId, SnapshotNo};
    use simrecall_store::ledger::PlanCounts;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_757_000_000 + hours * 3_600, 0).unwrap()
    }

    fn wave(no: i32, revision: i32, planned: i64, cancelled: Option<i64>) -> Wave {
        Wave {
            no: WaveNo(no),
            incident: IncidentId::from_bytes([1; 16]),
            revision: RevisionNo(revision),
            snapshot: SnapshotNo(1),
            cutoff: at(0),
            state: if cancelled.is_some() { WaveState::Cancelled } else { WaveState::Released },
            statement: None,
            statement_sha256: None,
            counts: PlanCounts { persons: 10, ..PlanCounts::default() },
            withdrawn: 0,
            planned_at: at(planned),
            released_at: Some(at(planned + 1)),
            closed_at: cancelled.map(at),
        }
    }

    fn told_by(waves: &[Wave], revision: i32) -> Option<Vec<i32>> {
        covering(waves, RevisionNo(revision))
            .map(|covering| covering.iter().map(|wave| wave.no.0).collect())
    }

    #[test]
    fn the_first_wave_with_a_revision_tells_it() {
        let waves = [wave(1, 1, 0, None), wave(2, 3, 10, None), wave(3, 3, 20, None)];
        assert_eq!(told_by(&waves, 1), Some(vec![1]));
        assert_eq!(told_by(&waves, 2), Some(vec![2]));
        assert_eq!(told_by(&waves, 3), Some(vec![2]));
        assert_eq!(told_by(&waves, 4), None);
        let draft = Wave { released_at: None, state: WaveState::Draft, ..wave(1, 1, 0, None) };
        assert_eq!(told_by(&[draft], 1), None);
    }

    #[test]
    fn what_was_given_up_is_told_by_what_was_planned_after() {
        let given_up = wave(1, 1, 0, Some(30));
        assert_eq!(told_by(std::slice::from_ref(&given_up), 1), None);
        // Planned before the first was given up: it counted on it.
        let before = wave(2, 2, 10, None);
        assert_eq!(told_by(&[given_up.clone(), before.clone()], 1), None);
        let after = wave(3, 2, 40, None);
        assert_eq!(told_by(&[given_up, before.clone(), after], 1), Some(vec![1, 3]));
        assert_eq!(told_by(&[before], 2), Some(vec![2]));
    }

    #[test]
    fn a_short_message_completes_nothing() {
        let told = |rung, persons, hour| ToldCount {
            wave: WaveNo(1),
            rung,
            how: simrecall_core::delivery::Terminal::Delivered,
            persons,
            last_act: at(hour),
            last_proof: at(hour + 80),
        };
        let methods = BTreeSet::from([Method::Lms, Method::Email, Method::Letter]);
        let of = |how| Reach { no: RevisionNo(1), owed: 10, told: 10, on_the_way: 0, how, gaps: 0 };
        let both = of(vec![told(Rung::Lms, 7, 2), told(Rung::Posting, 3, 5)]);
        assert_eq!(both.complete(&methods), Some(at(5)));
        let short = of(vec![told(Rung::Lms, 7, 2), told(Rung::Sms, 3, 5)]);
        assert_eq!(short.complete(&methods), None);
        assert_eq!(short.complete(&BTreeSet::new()), Some(at(5)));
        assert_eq!(Reach { gaps: 1, ..both }.complete(&methods), None);
    }
}
