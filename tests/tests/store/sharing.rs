//! Several processes on one database, each with a store of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Barrier;
use std::thread;

use rstest::rstest;
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::stage::{at, by_hand, incident, knowledge, stage};

#[rstest]
fn writers_wait_for_one_another_and_nothing_is_lost(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const WRITERS: i32 = 4;
    const EACH: i32 = 25;
    let stage = stage(backend);
    let id = incident(1).id;
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
    let start = Barrier::new(4);
    let time = knowledge(0);
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let store = Store::open(&stage.url).unwrap();
                start.wait();
                for _ in 0..EACH {
                    store.write(|tx| tx.add_knowledge(id, &time)).unwrap();
                }
            });
        }
    });
    let times = stage.store.read(|tx| tx.knowledge_times(id)).unwrap();
    let numbers: Vec<_> = times.iter().map(|time| time.no).collect();
    assert_eq!(numbers, (1..=WRITERS * EACH).collect::<Vec<_>>());
}

#[rstest]
fn a_reader_sees_one_moment(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let counts = stage.store.read(|tx| {
        let before = tx.incidents()?.len();
        stage.store.write(|tx| tx.open_incident(&incident(1), at(0)))?;
        Ok((before, tx.incidents()?.len()))
    });
    assert_eq!(counts.unwrap(), (0, 0));
    assert_eq!(stage.store.read(|tx| tx.incidents()).unwrap().len(), 1);
}

#[rstest]
fn a_reader_cannot_write(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let refused = stage.store.read(|tx| tx.open_incident(&incident(1), at(0)));
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    assert!(stage.store.read(|tx| tx.incidents()).unwrap().is_empty());
}

#[rstest]
fn work_that_fails_leaves_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let refused = stage.store.write(|tx| {
        tx.open_incident(&incident(1), at(0))?;
        tx.open_incident(&incident(1), at(0))
    });
    assert!(refused.unwrap_err().is_conflict());
    assert!(stage.store.read(|tx| tx.incidents()).unwrap().is_empty());
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
}

#[test]
fn a_sqlite_file_is_its_owners_only_and_durable() {
    let stage = stage(Backend::Sqlite);
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
    let path = stage.url.strip_prefix("sqlite:").unwrap();
    for file in [path.to_owned(), format!("{path}-wal")] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(by_hand(&stage.url, "PRAGMA journal_mode").unwrap(), "wal");
}

#[test]
fn a_database_that_is_not_there_is_unreachable() {
    for url in ["sqlite:/no/such/folder/x.db", "postgres://nobody@%2Fno%2Fsuch%2Fsocket/x"] {
        let refused = Store::open(url).unwrap_err();
        assert!(refused.is_unreachable(), "{refused:?}");
    }
}

#[test]
fn a_file_that_one_process_opens_twice_keeps_what_it_writes() {
    let stage = stage(Backend::Sqlite);
    let count = "SELECT count(*) FROM incident";
    let again = Store::open(&stage.url).unwrap();
    again.read(|tx| tx.incidents()).unwrap();
    // Another process comes and goes, and is not the last one.
    assert_eq!(by_hand(&stage.url, count).unwrap(), "0");
    stage.store.write(|tx| tx.open_incident(&incident(1), at(7))).unwrap();
    assert_eq!(by_hand(&stage.url, count).unwrap(), "1");
    again.write(|tx| tx.open_incident(&incident(2), at(7))).unwrap();
    assert_eq!(by_hand(&stage.url, count).unwrap(), "2");
}
