//! Whatever happens in whatever order: the counters equal the rows, and nobody is tried twice at once.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use simrecall_core::delivery::{ChunkKind, OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey, WaveNo};
use simrecall_store::ledger::{
    IntentResult, Intents, LeasedChunk, NewAttempt, NewFollowUps, NewOutcome, NewReceipt, Recent,
    SettledBy, TargetRecord, Turn,
};
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::ledger_stage::{
    ROUTE, assert_counters_hold, attempt, destination, intend, keys, lease, outcome, provider_id,
    released,
};
use crate::stage::at;

const CHUNKS: i32 = 3;

/// One thing that happens. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Op {
    /// Time goes on, so that leases run out.
    Wait(i64),
    /// A sender asks for a chunk.
    Lease(u8),
    /// The last chunk's sender writes intents for some of its targets.
    Intend(Vec<usize>),
    /// The last chunk's sender dies, and another one takes over.
    Die,
    /// Something is learnt of some attempts.
    Learn(Vec<(usize, OutcomeKind)>),
    /// Receipts come in, with or without the reference.
    Receive(Vec<(usize, OutcomeKind, bool)>),
    /// Waiting receipts are looked at once more.
    Rematch,
    /// Failures go again.
    FollowUp,
    /// The last chunk is done.
    Finish,
}

fn any_kind() -> impl Strategy<Value = OutcomeKind> {
    prop::sample::select(vec![
        OutcomeKind::Accepted,
        OutcomeKind::NotAccepted,
        OutcomeKind::Rejected,
        OutcomeKind::InDoubt,
        OutcomeKind::Delivered,
        OutcomeKind::Failed,
        OutcomeKind::Expired,
        OutcomeKind::NotTaken,
        OutcomeKind::Lettered,
    ])
}

fn any_receipt() -> impl Strategy<Value = OutcomeKind> {
    prop::sample::select(vec![OutcomeKind::Delivered, OutcomeKind::Failed, OutcomeKind::Expired])
}

fn any_op() -> impl Strategy<Value = Op> {
    let some = |n| prop::collection::vec(0..64_usize, 1..n);
    prop_oneof![
        1 => (1..90_i64).prop_map(Op::Wait),
        3 => (1..4_u8).prop_map(Op::Lease),
        4 => some(8).prop_map(Op::Intend),
        1 => Just(Op::Die),
        4 => prop::collection::vec((0..64_usize, any_kind()), 1..8).prop_map(Op::Learn),
        3 => prop::collection::vec((0..64_usize, any_receipt(), any::<bool>()), 1..6)
            .prop_map(Op::Receive),
        1 => Just(Op::Rematch),
        1 => Just(Op::FollowUp),
        1 => Just(Op::Finish),
    ]
}

struct Story<'a> {
    store: &'a Store,
    wave: WaveNo,
    now: i64,
    chunk: Option<LeasedChunk>,
    tries: BTreeMap<TargetKey, i16>,
    /// What the sender that remembers has in mind; every other thing happens without it.
    recent: Recent,
}

impl Story<'_> {
    fn happens(&mut self, op: &Op) {
        self.now += 1;
        match op {
            Op::Wait(seconds) => self.now += seconds,
            Op::Lease(token) => {
                self.chunk = lease(self.store, self.wave, self.now, *token).or(self.chunk.take());
                if let Some(chunk) = &self.chunk {
                    let read = self.store.read(|tx| tx.chunk_targets(self.wave, chunk.no));
                    self.recent.meet(&read.unwrap());
                }
            }
            Op::Intend(places) => self.intend(places),
            Op::Die => {
                self.now += 61;
                self.chunk = lease(self.store, self.wave, self.now, 9);
                if let Some(chunk) = &self.chunk {
                    let at = at(self.now);
                    self.store.write(|tx| tx.doubt_open_intents(chunk, at)).unwrap();
                }
            }
            Op::Learn(learnt) => self.learn(learnt),
            Op::Receive(receipts) => self.receive(receipts),
            Op::Rematch => {
                self.store.write(|tx| tx.rematch_orphans(ROUTE, 100)).unwrap();
            }
            Op::FollowUp => self.follow_up(),
            Op::Finish => {
                if let Some(chunk) = self.chunk.take() {
                    let done = self.store.write(|tx| tx.finish_chunk(&chunk));
                    assert!(matches!(done, Ok(()) | Err(StoreError::LeaseLost(_))), "{done:?}");
                }
            }
        }
    }

    const fn remembers(&self) -> bool {
        self.now % 2 == 0
    }

    /// A turn of the sender that remembers.
    fn turn(
        &mut self,
        outcomes: &[NewOutcome],
        receipts: &[NewReceipt],
        intents: &[NewAttempt],
    ) -> Result<Vec<IntentResult>, StoreError> {
        let receipts = BTreeMap::from([(ROUTE.to_owned(), receipts.to_vec())]);
        let of = |chunk| Intents { chunk, route: ROUTE, new: intents.to_vec() };
        let intents: Vec<Intents<'_>> =
            self.chunk.iter().filter(|_| !intents.is_empty()).map(of).collect();
        let turn = Turn { outcomes, receipts: &receipts, intents: &intents, now: at(self.now) };
        let recent = &self.recent;
        let done = self.store.write(|tx| tx.commit_turn(&turn, recent))?;
        self.recent.learn(done.news);
        Ok(done.intents)
    }

    fn intend(&mut self, places: &[usize]) {
        let Some(chunk) = &self.chunk else { return };
        let covered = keys(self.store, self.wave, chunk.no);
        let mut targets: Vec<TargetKey> =
            places.iter().map(|n| covered[n % covered.len()]).collect();
        targets.sort_unstable();
        targets.dedup();
        let next = |key: &TargetKey| self.tries.get(key).copied().unwrap_or(0) + 1;
        let batch: Vec<_> = targets.iter().map(|key| attempt(*key, next(key))).collect();
        let done = if self.remembers() {
            self.turn(&[], &[], &batch).map(|mut done| done.remove(0))
        } else {
            intend(self.store, chunk, self.now, &batch)
        };
        match done {
            Ok(IntentResult::Committed { not_needed, .. }) => {
                for new in batch.iter().filter(|new| !not_needed.contains(&new.key.target)) {
                    self.tries.insert(new.key.target, new.key.try_no);
                }
            }
            Ok(other) => panic!("nobody paused or closed the wave: {other:?}"),
            Err(error) => assert_eq!(error, StoreError::LeaseLost("a chunk")),
        }
    }

    fn attempts(&self) -> Vec<AttemptKey> {
        let tries = self.tries.iter();
        let all = tries.flat_map(|(target, last)| {
            (1..=*last).map(|try_no| AttemptKey { target: *target, try_no })
        });
        all.collect()
    }

    fn learn(&mut self, learnt: &[(usize, OutcomeKind)]) {
        let attempts = self.attempts();
        if attempts.is_empty() {
            return;
        }
        let outcomes: Vec<_> = learnt
            .iter()
            .map(|(n, kind)| {
                let mut new = outcome(attempts[n % attempts.len()], *kind, self.now);
                new.settled_by = SettledBy::Answer;
                new
            })
            .collect();
        if self.remembers() {
            self.turn(&outcomes, &[], &[]).unwrap();
        } else {
            self.store.write(|tx| tx.commit_outcomes(&outcomes)).unwrap();
        }
    }

    fn receive(&mut self, receipts: &[(usize, OutcomeKind, bool)]) {
        let attempts = self.attempts();
        if attempts.is_empty() {
            return;
        }
        let receipts: Vec<NewReceipt> = receipts
            .iter()
            .map(|(n, kind, echo)| {
                let attempt = attempts[n % attempts.len()];
                NewReceipt {
                    provider_id: provider_id(attempt),
                    kind: *kind,
                    at: at(self.now),
                    code: None,
                    destination: Some(destination(attempt.target)),
                    reference: echo.then(|| attempt.short_reference()),
                    sealed: vec![1],
                }
            })
            .collect();
        if self.remembers() {
            self.turn(&[], &receipts, &[]).unwrap();
        } else {
            self.store.write(|tx| tx.commit_receipts(ROUTE, &receipts)).unwrap();
        }
    }

    fn follow_up(&self) {
        let missed = self.targets().into_iter().filter_map(|target| {
            let last = target.attempts.last()?;
            let standing = last.state.standing();
            let again = standing.never_taken() || standing == Standing::Failed;
            (again && !target.is_told()).then_some((target.key, last.key.try_no))
        });
        let again = NewFollowUps {
            wave: self.wave,
            kind: ChunkKind::Retry,
            rung: Rung::Lms,
            priority: 0,
            not_before: at(self.now),
            targets: missed.collect(),
        };
        self.store.write(|tx| tx.append_chunk(&again)).unwrap();
    }

    fn targets(&self) -> Vec<TargetRecord> {
        let of = |no| self.store.read(|tx| tx.chunk_targets(self.wave, ChunkNo(no))).unwrap();
        (1..=CHUNKS).flat_map(of).collect()
    }

    fn holds(&self) {
        assert_counters_hold(self.store, self.wave);
        let targets = self.targets();
        let attempts = targets.iter().flat_map(|target| &target.attempts);
        let in_doubt = attempts.filter(|a| a.state.standing() == Standing::InDoubt).count();
        let doubts = self.store.read(|tx| tx.doubts()).unwrap();
        assert_eq!(doubts, i64::try_from(in_doubt).unwrap());
        let told = targets.iter().filter(|target| target.is_told() && target.role.is_primary());
        let counts = self.store.read(|tx| tx.wave_counts(self.wave)).unwrap();
        assert_eq!(counts.told, i64::try_from(told.count()).unwrap());
        for target in &targets {
            let tries: Vec<i16> = target.attempts.iter().map(|a| a.key.try_no).collect();
            let last = self.tries.get(&target.key).copied().unwrap_or(0);
            assert_eq!(tries, (1..=last).collect::<Vec<_>>());
            let mut causes: Vec<i16> = target.follow_ups.iter().map(|f| f.cause_try).collect();
            causes.dedup();
            assert_eq!(causes.len(), target.follow_ups.len());
        }
    }
}

fn check(backend: Backend, cases: u32) {
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    let ran = runner.run(&prop::collection::vec(any_op(), 1..60), |ops| {
        let (cast, wave) = released(backend, 12, 4);
        let store = &cast.stage.store;
        let (tries, recent) = (BTreeMap::new(), Recent::default());
        let mut story = Story { store, wave, now: 100, chunk: None, tries, recent };
        for op in &ops {
            story.happens(op);
        }
        story.holds();
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn counters_equal_the_rows_on_sqlite() {
    check(Backend::Sqlite, 96);
}

#[test]
fn counters_equal_the_rows_on_postgresql() {
    check(Backend::Postgres, 12);
}
