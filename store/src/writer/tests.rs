use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tempfile::TempDir;

use super::*;

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn begin() -> (TempDir, Writer) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db").display().to_string();
    let open = move || {
        SqliteConnection::establish(&path).map_err(|error| StoreError::Open(error.to_string()))
    };
    let mut writer = Writer::new(open);
    writer.longest = Duration::MAX;
    writer.alone(|conn| Ok(conn.batch_execute("CREATE TABLE t (n INTEGER)")?)).unwrap();
    (dir, writer)
}

fn put(conn: &mut SqliteConnection, n: i64) -> Result<(), StoreError> {
    Ok(conn.batch_execute(&format!("INSERT INTO t VALUES ({n})"))?)
}

fn rows(writer: &Writer) -> i64 {
    let count = |conn: &mut SqliteConnection| {
        let one: Counted = diesel::sql_query("SELECT count(*) AS rows FROM t").get_result(conn)?;
        Ok(one.rows)
    };
    writer.alone(count).unwrap()
}

/// The place, taken before anybody else comes.
fn hold(writer: &Writer) -> Turn<'_> {
    let mut turn = writer.take().unwrap();
    turn.begin().unwrap();
    turn
}

/// Writes a row once so many others wait for the place, and gives it up.
fn write_and_leave(mut turn: Turn<'_>, others: usize) -> Result<(), StoreError> {
    while turn.writer.waiting() < others {
        thread::yield_now();
    }
    let done = turn.conn()?.transaction(|conn| put(conn, 100));
    turn.end(done)
}

#[test]
fn those_who_wait_are_one_group_and_what_one_undoes_is_theirs_alone() {
    let (_dir, writer) = begin();
    let turn = hold(&writer);
    let groups = thread::scope(|scope| {
        let writer = &writer;
        let others: Vec<_> = (0..7)
            .map(|n| {
                scope.spawn(move || {
                    let mut turn = writer.take().unwrap();
                    turn.begin().unwrap();
                    let group = turn.group.clone().unwrap();
                    let done = turn.conn().unwrap().transaction(|conn| {
                        put(conn, n)?;
                        if n == 3 { Err(StoreError::State("no")) } else { Ok(()) }
                    });
                    let done = turn.end(done);
                    assert_eq!(done.is_ok(), n != 3, "{done:?}");
                    group
                })
            })
            .collect();
        write_and_leave(turn, 7).unwrap();
        others.into_iter().map(|other| other.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(rows(&writer), 7);
    assert!(groups.iter().all(|group| Arc::ptr_eq(&group.outcome, &groups[0].outcome)));
    let mut members: Vec<usize> = groups.iter().map(|group| group.members).collect();
    members.sort_unstable();
    assert_eq!(members, [2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_panic_undoes_the_group_and_all_are_told() {
    let (_dir, writer) = begin();
    let turn = hold(&writer);
    thread::scope(|scope| {
        let writer = &writer;
        scope.spawn(move || {
            let wrong = || writer.write(|_| -> Result<(), StoreError> { panic!("boom") });
            catch_unwind(AssertUnwindSafe(wrong)).unwrap_err();
        });
        assert_eq!(write_and_leave(turn, 1), Err(StoreError::Busy));
    });
    assert_eq!(rows(&writer), 0);
    writer.write(|conn| put(conn, 2)).unwrap();
    assert_eq!(rows(&writer), 1);
}

#[test]
fn what_the_database_undid_by_itself_is_undone_for_all() {
    let (_dir, writer) = begin();
    let turn = hold(&writer);
    thread::scope(|scope| {
        let writer = &writer;
        scope.spawn(move || {
            let gone = writer.write(|conn| {
                put(conn, 5)?;
                // As a full disk does it.
                conn.batch_execute("ROLLBACK")?;
                Ok(())
            });
            gone.unwrap_err();
        });
        assert_eq!(write_and_leave(turn, 1), Err(StoreError::Busy));
    });
    assert_eq!(rows(&writer), 0);
    writer.write(|conn| put(conn, 2)).unwrap();
    assert_eq!(rows(&writer), 1);
}

#[test]
fn whoever_writes_alone_undoes_nobody_else() {
    let (_dir, writer) = begin();
    let turn = hold(&writer);
    thread::scope(|scope| {
        let writer = &writer;
        scope.spawn(move || {
            let done = writer.alone(|conn| {
                conn.immediate_transaction(|conn| {
                    put(conn, 1)?;
                    Err::<(), _>(StoreError::State("no"))
                })
            });
            assert_eq!(done, Err(StoreError::State("no")));
        });
        write_and_leave(turn, 1).unwrap();
    });
    assert_eq!(rows(&writer), 1);
}

#[test]
fn a_lone_writer_hears_why_its_commit_failed() {
    let (_dir, writer) = begin();
    writer
        .alone(|conn| {
            conn.batch_execute(
                "PRAGMA foreign_keys = ON;
                 CREATE TABLE p (n INTEGER PRIMARY KEY);
                 CREATE TABLE c (n INTEGER REFERENCES p (n) DEFERRABLE INITIALLY DEFERRED)",
            )?;
            Ok(())
        })
        .unwrap();
    let done = writer.write(|conn| Ok(conn.batch_execute("INSERT INTO c VALUES (1)")?));
    assert!(matches!(done, Err(StoreError::Database(_))), "{done:?}");
    writer.write(|conn| put(conn, 2)).unwrap();
}
