//! Countries: of subscribers, of chunks, and those that are blocked; chunks that a brand tells.

use rstest::rstest;
use simrecall_core::cohort::{Exposure, FactSet, Item, ItemSet};
use simrecall_core::delivery::{ChunkKind, OutcomeKind, Rung};
use simrecall_core::id::{AttemptKey, ChunkNo, WaveNo};
use simrecall_core::subscriber::Subscriber;
use simrecall_store::cohort::{NewExposure, NewRevision};
use simrecall_store::ledger::{LeaseRequest, LeasedChunk, NewFollowUps};
use simrecall_store::registry::SnapshotContent;
use simrecall_store::{BucketRange, Store, StoreError};
use simrecall_tests::Backend;

use crate::ledger_stage::{attempt, intend, keys, lease, outcome, released};
use crate::stage::{at, by_hand, cast, person};

#[rstest]
fn a_subscriber_keeps_a_country(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let (store, keys, id) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let no = store.write(|tx| tx.begin_snapshot(id, at(0))).unwrap();
    let people = [("", 1), ("US", 2)];
    let rows = people.map(|(country, n)| {
        Ok::<_, StoreError>(Subscriber { country: country.to_owned(), ..person(keys, n) })
    });
    let subscribers = store.load_subscribers(keys, no, rows).unwrap();
    let content = SnapshotContent { sha256: [7; 32], subscribers, lines: 0 };
    store.write(|tx| tx.finish_snapshot(id, no, &content)).unwrap();
    let mut found: Vec<String> = store
        .read(|tx| tx.subscribers_in(id, no, BucketRange::ALL))
        .unwrap()
        .into_iter()
        .map(|subscriber| subscriber.country)
        .collect();
    found.sort();
    assert_eq!(found, ["", "US"]);
}

#[rstest]
fn a_revisions_people_are_counted_by_country(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, keys, id) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let no = store.write(|tx| tx.begin_snapshot(id, at(0))).unwrap();
    let people = [("", 1), ("US", 2), ("US", 3), ("US", 4)];
    let rows = people.map(|(country, n)| {
        Ok::<_, StoreError>(Subscriber { country: country.to_owned(), ..person(keys, n) })
    });
    let subscribers = store.load_subscribers(keys, no, rows).unwrap();
    let content = SnapshotContent { sha256: [7; 32], subscribers, lines: 0 };
    store.write(|tx| tx.finish_snapshot(id, no, &content)).unwrap();
    let new = NewRevision {
        incident: id,
        snapshot: no,
        provenance: "a list".to_owned(),
        data_cutoff: at(0),
        created_at: at(1),
    };
    let revision = store.write(|tx| tx.begin_revision(&new)).unwrap();
    // Two lines of one person are one person; person 4 has none.
    let lines = [(1, "L1"), (2, "L2"), (2, "L3"), (3, "L4")].map(|(n, line)| {
        let exposure = Exposure {
            holder: person(keys, n).id,
            line: keys.line_id(line),
            facts: FactSet::new(ItemSet::EMPTY, ItemSet::EMPTY.with(Item::Imsi)),
            exposed_at: at(0),
        };
        Ok::<_, StoreError>(NewExposure { exposure, record: None })
    });
    store.load_exposures(keys, revision, lines).unwrap();
    let counted = store.read(|tx| tx.residents(id, revision)).unwrap();
    assert_eq!(counted, [(String::new(), 1), ("US".to_owned(), 2)]);
}

/// Leases a chunk while these countries are blocked.
fn lease_but(store: &Store, wave: WaveNo, blocked: &[&str]) -> Option<LeasedChunk> {
    let blocked: Vec<String> = blocked.iter().map(|country| (*country).to_owned()).collect();
    let asked = LeaseRequest {
        wave,
        rungs: &[Rung::Lms],
        blocked: &blocked,
        now: at(300),
        until: at(360),
        token: [9; 16],
    };
    store.write(|tx| tx.lease_chunk(&asked)).unwrap()
}

#[rstest]
fn a_blocked_country_is_not_leased(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (cast, wave) = released(backend, 30, 10);
    let store = &cast.stage.store;
    for (no, country) in [(1, "US"), (2, "JP")] {
        let turn = format!("UPDATE chunk SET country = '{country}' WHERE no = {no}");
        by_hand(&cast.stage.url, &turn).unwrap();
    }
    let chunks = store.read(|tx| tx.chunks(wave)).unwrap();
    let countries: Vec<_> = chunks.iter().map(|chunk| chunk.country.as_str()).collect();
    assert_eq!(countries, ["US", "JP", ""]);
    assert_eq!(lease_but(store, wave, &["US", "JP"]).unwrap().no, ChunkNo(3));
    assert_eq!(lease_but(store, wave, &["US", "JP"]), None);
    assert_eq!(lease_but(store, wave, &["US"]).unwrap().no, ChunkNo(2));
    assert_eq!(lease_but(store, wave, &["US', 'x"]).unwrap().no, ChunkNo(1));
}

#[rstest]
fn a_brands_chunks_are_leased_for_its_list_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 30, 10);
    let store = &cast.stage.store;
    let give = |no| store.write(|tx| tx.give_to_brand(wave, ChunkNo(no), "sori"));
    give(2).unwrap();
    assert!(matches!(give(9), Err(StoreError::NotFound(_))));
    let chunks = store.read(|tx| tx.chunks(wave)).unwrap();
    let lists: Vec<_> = chunks.iter().map(|chunk| chunk.list.as_str()).collect();
    assert_eq!(lists, ["", "sori", ""]);
    let listed = |brand: &str, blocked: &[String]| {
        let rungs = [Rung::Lms];
        let (now, until, token) = (at(300), at(360), [8; 16]);
        let asked = LeaseRequest { wave, rungs: &rungs, blocked, now, until, token };
        store.write(|tx| tx.lease_listed(brand, &asked)).unwrap()
    };
    assert_eq!(listed("other", &[]), None);
    assert_eq!(listed("sori", &[String::new()]), None, "its country is blocked");
    assert_eq!(listed("sori", &[]).unwrap().no, ChunkNo(2));
    assert_eq!(listed("sori", &[]), None);
    let ours = [lease_but(store, wave, &[]), lease_but(store, wave, &[])];
    assert_eq!(ours.map(|chunk| chunk.unwrap().no), [ChunkNo(1), ChunkNo(3)]);
    assert_eq!(lease_but(store, wave, &[]), None);
}

#[rstest]
fn a_follow_up_never_mixes_countries(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 30, 10);
    let store = &cast.stage.store;
    by_hand(&cast.stage.url, "UPDATE chunk SET country = 'US' WHERE no = 2").unwrap();
    let mut missed = Vec::new();
    while let Some(chunk) = lease(store, wave, 100, 1) {
        let key = keys(store, wave, chunk.no)[0];
        intend(store, &chunk, 101, &[attempt(key, 1)]).unwrap();
        let failed = outcome(AttemptKey { target: key, try_no: 1 }, OutcomeKind::Failed, 102);
        store.write(|tx| tx.commit_outcomes(std::slice::from_ref(&failed))).unwrap();
        store.write(|tx| tx.finish_chunk(&chunk)).unwrap();
        missed.push((key, 1));
    }
    let again = NewFollowUps {
        wave,
        kind: ChunkKind::Retry,
        rung: Rung::Lms,
        priority: 0,
        not_before: at(200),
        targets: missed,
    };
    let made = store.write(|tx| tx.append_chunk(&again)).unwrap();
    assert_eq!(made, [(ChunkNo(4), 2), (ChunkNo(5), 1)]);
    assert_eq!(store.write(|tx| tx.append_chunk(&again)).unwrap(), []);
    let country = |no| store.read(|tx| tx.chunk(wave, no)).unwrap().unwrap().country;
    assert_eq!([country(ChunkNo(4)), country(ChunkNo(5))], ["", "US"]);
    let listed = |no| keys(store, wave, no).iter().map(|key| key.chunk.0).collect::<Vec<_>>();
    assert_eq!([listed(ChunkNo(4)), listed(ChunkNo(5))], [vec![1, 3], vec![2]]);
}
