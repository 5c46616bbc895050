//! Migrations: up, down and up again, at once from many processes, and alike on both databases.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use rstest::rstest;
use simrecall_core::id::StaffId;
use simrecall_core::incident::KnowledgeTime;
use simrecall_core::law::Anchor;
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::law_stage::{employ, selection};
use crate::stage::{at, by_hand, incident, knowledge, stage};

/// `table.column nullable` of every column, in no order.
fn columns(url: &str, backend: Backend) -> BTreeSet<String> {
    let query = match backend {
        Backend::Sqlite => {
            "SELECT t.name || '.' || c.name || ' ' || CASE WHEN c.\"notnull\" = 1 THEN 'NO' ELSE 'YES' END
             FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'"
        }
        Backend::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || is_nullable
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let listed = by_hand(url, query).unwrap();
    let own = |line: &&str| !line.starts_with("__diesel") && !line.is_empty();
    listed.lines().filter(own).map(str::to_owned).collect()
}

/// Names of indexes made by a statement of ours.
fn indexes(url: &str, backend: Backend) -> BTreeSet<String> {
    let query = match backend {
        Backend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        }
        Backend::Postgres => {
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relnamespace = 'public'::regnamespace
               AND NOT EXISTS (
                   SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"
        }
    };
    by_hand(url, query).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn both_databases_have_the_same_columns_and_indexes() {
    let (sqlite, postgres) = (stage(Backend::Sqlite), stage(Backend::Postgres));
    let here = columns(&sqlite.url, Backend::Sqlite);
    assert!(here.len() > 100, "{}", here.len());
    assert_eq!(here, columns(&postgres.url, Backend::Postgres));
    let here = indexes(&sqlite.url, Backend::Sqlite);
    assert!(here.contains("exposure_key"));
    assert_eq!(here, indexes(&postgres.url, Backend::Postgres));
}

#[rstest]
fn what_goes_up_comes_down(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let before = (columns(&stage.url, backend), indexes(&stage.url, backend));
    drop(stage.store);
    Store::revert(&stage.url).unwrap();
    assert_eq!(columns(&stage.url, backend), BTreeSet::new());
    assert_eq!(indexes(&stage.url, backend), BTreeSet::new());
    if backend == Backend::Postgres {
        let left = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
        assert_eq!(by_hand(&stage.url, left).unwrap(), "0");
    }
    Store::open(&stage.url).unwrap();
    assert_eq!((columns(&stage.url, backend), indexes(&stage.url, backend)), before);
}

#[rstest]
fn processes_that_start_together_all_find_a_schema(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    for _ in 0..3 {
        let (url, _guard) = backend.fresh().unwrap();
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    Store::open(&url).unwrap().read(|tx| tx.incidents()).unwrap();
                });
            }
        });
    }
}

#[rstest]
fn a_database_from_the_future_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let future = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
    by_hand(&stage.url, future).unwrap();
    assert_eq!(Store::open(&stage.url).unwrap_err(), StoreError::Newer("9999".to_owned()));
}

/// The last migration.
const NEWEST: &str = "0023";

/// All there is in a database that says what it looks like.
fn shape(url: &str, backend: Backend) -> (BTreeSet<String>, BTreeSet<String>) {
    (columns(url, backend), indexes(url, backend))
}

#[rstest]
fn a_schema_is_opened_as_it_is_or_not_at_all(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (url, _guard) = backend.fresh().unwrap();
    assert_eq!(Store::open_current(&url).unwrap_err(), StoreError::NoSchema);
    assert_eq!(shape(&url, backend), (BTreeSet::new(), BTreeSet::new()));
    drop(Store::open(&url).unwrap());
    let before = shape(&url, backend);
    Store::open_current(&url).unwrap().read(|tx| tx.incidents()).unwrap();

    back_to(&url, backend, "0012_derive");
    let older = shape(&url, backend);
    let refused = StoreError::Older { found: "0012".to_owned(), needed: NEWEST.to_owned() };
    assert_eq!(Store::open_current(&url).unwrap_err(), refused);
    assert_eq!(shape(&url, backend), older);
    drop(Store::open(&url).unwrap());
    assert_eq!(shape(&url, backend), before);

    let future = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
    by_hand(&url, future).unwrap();
    assert_eq!(Store::open_current(&url).unwrap_err(), StoreError::Newer("9999".to_owned()));
}

#[test]
fn opening_as_it_is_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let url = format!("sqlite:{}", path.display());
    assert_eq!(Store::open_current(&url).unwrap_err(), StoreError::NoSchema);
    assert!(!path.exists());
    assert_eq!(Store::open_current("mysql://x").unwrap_err(), StoreError::Url);
}

/// Takes back, as the files say, what came after a version.
pub(crate) fn back_to(url: &str, backend: Backend, version: &str) {
    let tree = match backend {
        Backend::Sqlite => "../migrations/sqlite",
        Backend::Postgres => "../migrations/postgres",
    };
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join(tree);
    let folders = tree.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut newer: Vec<_> =
        folders.filter(|folder| folder.file_name().unwrap().to_str().unwrap() > version).collect();
    newer.sort();
    for folder in newer.iter().rev() {
        let down = std::fs::read_to_string(folder.join("down.sql")).unwrap();
        by_hand(url, &down).unwrap();
    }
    let number = version.split('_').next().unwrap();
    let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version > '{number}'");
    by_hand(url, &forget).unwrap();
}

#[rstest]
fn what_was_selected_before_there_were_anchors_stays_selected(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let id = incident(1).id;
    employ(&stage.store);
    let write = stage.store.write(|tx| {
        tx.open_incident(&incident(1), at(7))?;
        tx.add_knowledge(id, &knowledge(1))?;
        tx.add_knowledge(id, &knowledge(2))?;
        tx.select(id, &selection(1))?;
        tx.select(id, &selection(2))
    });
    write.unwrap();
    drop(stage.store);
    // `0007` and what follows sorts behind this.
    back_to(&stage.url, backend, "0006_ledger");
    let selected = "SELECT no FROM knowledge_time WHERE selected";
    assert_eq!(by_hand(&stage.url, selected).unwrap(), "2");

    let store = Store::open(&stage.url).unwrap();
    let times = store.read(|tx| tx.knowledge_times(id)).unwrap();
    let plain =
        |no| KnowledgeTime { no, who: String::new(), recorded_at: at(7), ..knowledge(no.into()) };
    assert_eq!(times, [plain(1), plain(2)]);
    let all = store.read(|tx| tx.selections(id)).unwrap();
    assert_eq!(all.len(), Anchor::ALL.into_iter().filter(|anchor| anchor.is_awareness()).count());
    assert!(all.iter().all(|kept| (kept.no, kept.row.knowledge) == (1, 2)));
    // Nobody is named who did not decide it by this program's rules.
    assert!(all.iter().all(|kept| kept.row.by == StaffId::from_bytes([0; 16])));
}
