//! The journal: entries commit with their effect, get one number each, and cannot be altered unnoticed.

use std::sync::Barrier;
use std::thread;

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;
use simrecall_core::id::EntryId;
use simrecall_store::journal::{JournalFault, NewEntry, Sequenced, sequence, verify_journal};
use simrecall_store::lease::LeaseToken;
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::stage::{at, by_hand, incident, stage};

const OURS: LeaseToken = LeaseToken([1; 16]);
const THEIRS: LeaseToken = LeaseToken([2; 16]);

fn entry(n: u32) -> NewEntry<'static> {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    NewEntry {
        id: EntryId::from_bytes(id),
        incident: n.is_multiple_of(2).then(|| incident(1).id),
        at: at(i64::from(n)) + TimeDelta::nanoseconds(1_999),
        kind: "wave.planned",
        actor: "staff:7",
        body: json!({ "n": n }),
        salt: [7; 16],
    }
}

fn write(store: &Store, entries: std::ops::Range<u32>) {
    for n in entries {
        store.write(|tx| tx.journal(&entry(n)).map(drop)).unwrap();
    }
}

#[rstest]
fn every_entry_gets_one_number(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    write(&stage.store, 0..25);
    let turn = |now, limit| sequence(&stage.store, OURS, at(now), limit).unwrap();
    let Sequenced::Numbered { entries: 10, head } = turn(0, 10) else { panic!("not our turn") };
    assert_eq!(head.size, 10);
    let Sequenced::Numbered { entries: 15, head } = turn(1, 100) else { panic!("not our turn") };
    assert_eq!(turn(2, 100), Sequenced::Numbered { entries: 0, head });
    let report = verify_journal(&stage.store).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.head, report.waiting), (head, 0));
    assert_eq!(stage.store.read(|tx| tx.tree_head()).unwrap(), head);
    let of_incident = stage.store.read(|tx| tx.entries_of(incident(1).id, 3)).unwrap();
    let ids: Vec<_> = of_incident.iter().map(|kept| kept.id).collect();
    assert_eq!(ids, [24, 22, 20].map(|n| entry(n).id));
    assert_eq!(of_incident[0].body, r#"{"n":24}"#);
}

#[rstest]
fn an_entry_goes_with_its_transaction(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let undone = stage.store.write(|tx| {
        tx.journal(&entry(0))?;
        Err::<(), _>(StoreError::State("no"))
    });
    assert!(undone.is_err());
    write(&stage.store, 1..2);
    let report = verify_journal(&stage.store).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.head.size, report.waiting), (0, 1));
}

#[rstest]
fn one_sequencer_is_in_charge(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    write(&stage.store, 0..2);
    let turn = |token, now| sequence(&stage.store, token, at(now), 1).unwrap();
    assert!(matches!(turn(OURS, 0), Sequenced::Numbered { entries: 1, .. }));
    assert_eq!(turn(THEIRS, 29), Sequenced::Elsewhere);
    // The first one went quiet: after its term another takes over, and it finds out.
    assert!(matches!(turn(THEIRS, 30), Sequenced::Numbered { entries: 1, .. }));
    assert_eq!(turn(OURS, 31), Sequenced::Elsewhere);
}

/// The lease is the first guard; with one token shared by two processes by mistake, the rows still are the second.
#[rstest]
fn sequencers_that_race_never_give_a_number_twice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    write(&stage.store, 0..200);
    let start = Barrier::new(4);
    let numbered: u64 = thread::scope(|scope| {
        let racers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let store = Store::open(&stage.url).unwrap();
                    start.wait();
                    let mut mine = 0;
                    loop {
                        match sequence(&store, OURS, at(0), 7).unwrap() {
                            Sequenced::Numbered { entries: 0, .. } | Sequenced::Elsewhere => {
                                return mine;
                            }
                            Sequenced::Numbered { entries, .. } => mine += entries,
                        }
                    }
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(numbered, 200);
    let report = verify_journal(&stage.store).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.head.size, report.waiting), (200, 0));
}

#[rstest]
fn whoever_owns_the_database_is_found_out(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    write(&stage.store, 0..9);
    sequence(&stage.store, OURS, at(0), 9).unwrap();
    let check = |change: &str, expected: &[JournalFault]| {
        by_hand(&stage.url, change).unwrap();
        let report = verify_journal(&stage.store).unwrap();
        assert_eq!(report.faults, expected, "{change}");
    };
    by_hand(
        &stage.url,
        &match backend {
            Backend::Sqlite => ["entry", "leaf"]
                .map(|t| {
                    format!(
                        "DROP TRIGGER journal_{t}_no_update; DROP TRIGGER journal_{t}_no_delete;"
                    )
                })
                .concat(),
            Backend::Postgres => ["entry", "leaf"]
                .map(|t| format!("ALTER TABLE journal_{t} DISABLE TRIGGER USER;"))
                .concat(),
        },
    )
    .unwrap();
    // Numbers follow the time of the entries, so entry n has number n.
    let root = JournalFault::Root { size: 9 };
    let change = "UPDATE journal_entry SET body = '{\"n\":44}' WHERE body = '{\"n\":4}'";
    check(change, &[JournalFault::Altered(4), root]);
    let back = "UPDATE journal_entry SET body = '{\"n\":4}' WHERE body = '{\"n\":44}'";
    check(back, &[]);
    check(
        "DELETE FROM journal_leaf WHERE no = 6",
        &[
            JournalFault::Gap(6),
            JournalFault::Root { size: 8 },
            JournalFault::Count { entries: 9, placed: 8 },
        ],
    );
}

#[rstest]
fn a_lease_has_one_holder_until_it_runs_out(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let take = |token, now, until| {
        stage.store.write(|tx| tx.take_lease("route:sms", token, at(now), at(until))).unwrap()
    };
    let renew = |token, now, until| {
        stage.store.write(|tx| tx.renew_lease("route:sms", token, at(now), at(until)))
    };
    assert!(take(OURS, 0, 10));
    assert!(take(OURS, 1, 11));
    assert!(!take(THEIRS, 2, 12));
    renew(OURS, 10, 20).unwrap();
    assert_eq!(renew(THEIRS, 10, 20), Err(StoreError::LeaseLost("a named lease")));
    let holder = stage.store.read(|tx| tx.lease_holder("route:sms")).unwrap();
    assert_eq!(holder, Some((OURS, at(20))));
    // Run out: not ours to prolong, though nobody has taken it.
    assert!(renew(OURS, 20, 30).is_err());
    assert!(take(THEIRS, 20, 30));
    assert!(!stage.store.write(|tx| tx.release_lease("route:sms", OURS)).unwrap());
    assert!(stage.store.write(|tx| tx.release_lease("route:sms", THEIRS)).unwrap());
    assert!(take(OURS, 21, 31));
}
