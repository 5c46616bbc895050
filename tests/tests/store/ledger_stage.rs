//! A released wave to test the ledger with: every tenth person has a copy.

use simrecall_core::cohort::{FactSet, Item, ItemSet};
use simrecall_core::delivery::{ChunkKind, OutcomeKind, Rung, RungSet};
use simrecall_core::id::{
    AttemptKey, ChunkNo, IncidentId, NoticeId, RevisionNo, TargetKey, WaveNo,
};
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_core::subscriber::RecipientRole;
use simrecall_store::cohort::{NewExposure, NewRevision, RevisionContent};
use simrecall_store::ledger::{
    IntentResult, LeaseRequest, LeasedChunk, NewAttempt, NewChunk, NewNotice, NewOutcome,
    NewTarget, NewWave, PlanCounts, SettledBy, Stage, Telling,
};
use simrecall_store::seal::{Table, target_row};
use simrecall_store::{BucketRange, Store, StoreError};
use simrecall_tests::Backend;

use crate::stage::{Cast, at, cast, line_id, person_id};

pub(crate) const ROUTE: &str = "lms";
pub(crate) const STATEMENT: [u8; 32] = [5; 32];

/// A cast with a wave of `people` in chunks of `size`, planned and released.
pub(crate) fn released(backend: Backend, people: usize, size: usize) -> (Cast, WaveNo) {
    let cast = cast(backend, 1);
    let wave = draft(&cast, people, size);
    cast.stage.store.write(|tx| tx.release(wave, &STATEMENT, at(10))).unwrap();
    (cast, wave)
}

/// A draft that tells `people` everything they are owed: one fact of one line.
pub(crate) fn draft(cast: &Cast, people: usize, size: usize) -> WaveNo {
    plan(cast, people, size).unwrap()
}

/// The same, where a plan may be refused.
pub(crate) fn plan(cast: &Cast, people: usize, size: usize) -> Result<WaveNo, StoreError> {
    let store = &cast.stage.store;
    store.write(|tx| tx.begin_ledger([9; 16]))?;
    let new = NewWave {
        incident: cast.keys.incident(),
        revision: revision(cast),
        snapshot: cast.snapshot,
        cutoff: at(0),
        planned_at: at(5),
    };
    let wave = store.write(|tx| tx.insert_wave(&new))?;
    let counts = write_rows(cast, wave, people, size)?;
    store.write(|tx| tx.finish_plan(wave, &counts, "we tell", &STATEMENT))?;
    Ok(wave)
}

fn revision(cast: &Cast) -> RevisionNo {
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let new = NewRevision {
        incident,
        snapshot: cast.snapshot,
        provenance: "a list".to_owned(),
        data_cutoff: at(0),
        created_at: at(1),
    };
    let no = store.write(|tx| tx.begin_revision(&new)).unwrap();
    let none = std::iter::empty::<Result<NewExposure, StoreError>>();
    store.load_exposures(&cast.keys, no, none).unwrap();
    let (hash, lines) = store.hash_revision(incident, no).unwrap();
    let content = RevisionContent { hash, lines, unresolved: 0 };
    store.write(|tx| tx.finish_revision(incident, no, &content)).unwrap();
    no
}

/// Writes the rows of a plan; a copy stands right after its primary target.
fn write_rows(
    cast: &Cast,
    wave: WaveNo,
    people: usize,
    size: usize,
) -> Result<PlanCounts, StoreError> {
    let (mut targets, mut notices, mut tellings, mut chunks) = (vec![], vec![], vec![], vec![]);
    let numbers: Vec<usize> = (0..people).collect();
    for (no, persons) in (1..).zip(numbers.chunks(size)) {
        let mut pos = 0;
        for n in persons {
            let primary = TargetKey { wave, chunk: ChunkNo(no), pos };
            let copies = i16::from(n % 10 == 3);
            notices.push(notice(cast, *n, primary, copies));
            tellings.push(telling(cast, *n, wave));
            targets.push(target(cast, *n, primary, RecipientRole::Holder));
            if copies == 1 {
                let copy = TargetKey { pos: pos + 1, ..primary };
                targets.push(target(cast, *n, copy, RecipientRole::Line));
            }
            pos += 1 + i32::from(copies);
        }
        chunks.push(chunk(wave, no, pos));
    }
    cast.stage.store.write(|tx| {
        tx.load_targets(&targets)?;
        tx.load_notices(&notices)?;
        tx.load_tellings(&tellings)?;
        tx.insert_chunks(&chunks)
    })?;
    let all = i64::try_from(people).unwrap();
    let copies = i64::try_from(targets.len()).unwrap() - all;
    Ok(PlanCounts { persons: all, lines: all, targets: all, copies, left_out: 0 })
}

fn chunk(wave: WaveNo, no: i32, n: i32) -> NewChunk {
    NewChunk {
        wave,
        no: ChunkNo(no),
        kind: ChunkKind::First,
        rung: Rung::Lms,
        stage: Stage::Main,
        priority: 0,
        country: String::new(),
        not_before: at(0),
        n,
    }
}

fn notice_id(cast: &Cast, n: usize) -> NoticeId {
    NoticeId::from_bytes(*cast.keys.line_id(&format!("notice {n}")).as_bytes())
}

fn notice(cast: &Cast, n: usize, primary: TargetKey, copies: i16) -> NewNotice {
    NewNotice {
        incident: cast.keys.incident(),
        person: person_id(&cast.keys, n),
        facts_sha256: [1; 32],
        notice: notice_id(cast, n),
        kind: NoticeKind::Confirmed,
        language: Language::Korean,
        primary,
        copies,
    }
}

fn telling(cast: &Cast, n: usize, wave: WaveNo) -> Telling {
    Telling {
        incident: cast.keys.incident(),
        person: person_id(&cast.keys, n),
        line: line_id(&cast.keys, n),
        wave,
        facts: facts(),
    }
}

pub(crate) fn facts() -> FactSet {
    FactSet::new(ItemSet::EMPTY.with(Item::Imei), ItemSet::EMPTY.with(Item::Imsi))
}

fn target(cast: &Cast, n: usize, key: TargetKey, role: RecipientRole) -> NewTarget {
    let text = format!("010{n:08}");
    NewTarget {
        key,
        person: person_id(&cast.keys, n),
        notice: notice_id(cast, n),
        role,
        reach: RungSet::EMPTY.with(Rung::Lms).with(Rung::Letter),
        sealed: cast.keys.seal(Table::Target, &target_row(&key), text.as_bytes()).unwrap(),
    }
}

/// Leases the next chunk for a minute.
pub(crate) fn lease(store: &Store, wave: WaveNo, second: i64, token: u8) -> Option<LeasedChunk> {
    let rungs = [Rung::Lms];
    let asked = LeaseRequest {
        wave,
        rungs: &rungs,
        blocked: &[],
        now: at(second),
        until: at(second + 60),
        token: [token; 16],
    };
    store.write(|tx| tx.lease_chunk(&asked)).unwrap()
}

pub(crate) fn attempt(target: TargetKey, try_no: i16) -> NewAttempt {
    NewAttempt {
        key: AttemptKey { target, try_no },
        text_sha256: [2; 32],
        parts: 1,
        resend: false,
        destination: Some(destination(target)),
    }
}

/// Where a target's attempts go; copies and primary targets to different places.
pub(crate) fn destination(target: TargetKey) -> [u8; 16] {
    let mut index = [0; 16];
    index[..12].copy_from_slice(&target_row(&target));
    index
}

/// Writes intents for targets and returns their keys.
pub(crate) fn intend(
    store: &Store,
    chunk: &LeasedChunk,
    second: i64,
    attempts: &[NewAttempt],
) -> Result<IntentResult, StoreError> {
    store.write(|tx| tx.commit_intents(chunk, ROUTE, at(second), attempts))
}

pub(crate) fn outcome(attempt: AttemptKey, kind: OutcomeKind, second: i64) -> NewOutcome {
    let is_accept = kind == OutcomeKind::Accepted;
    NewOutcome {
        attempt,
        part: 1,
        kind,
        at: at(second),
        code: None,
        provider_id: is_accept.then(|| provider_id(attempt)),
        settled_by: if is_accept { SettledBy::Answer } else { SettledBy::Receipt },
    }
}

pub(crate) fn provider_id(attempt: AttemptKey) -> String {
    format!("id-{attempt}")
}

/// All keys of a chunk's targets.
pub(crate) fn keys(store: &Store, wave: WaveNo, chunk: ChunkNo) -> Vec<TargetKey> {
    let targets = store.read(|tx| tx.chunk_targets(wave, chunk)).unwrap();
    targets.into_iter().map(|target| target.key).collect()
}

/// Every chunk's counters equal what its rows say.
pub(crate) fn assert_counters_hold(store: &Store, wave: WaveNo) {
    for chunk in store.read(|tx| tx.chunks(wave)).unwrap() {
        let counted = store.read(|tx| tx.recount(wave, chunk.no)).unwrap();
        assert_eq!(chunk.count, counted, "{}", chunk.no);
    }
}

/// How many tellings of an incident count as told.
pub(crate) fn told(store: &Store, incident: IncidentId) -> usize {
    store.read(|tx| tx.told_in(incident, BucketRange::ALL)).unwrap().len()
}
