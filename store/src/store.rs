//! Opening a database and running transactions on it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::{PgConnection, SqliteConnection};

use crate::backend::{pg, sqlite};
use crate::error::StoreError;
use crate::pool::Pool;
use crate::tx::Tx;
use crate::writer::Writer;

/// Write connections of one process to PostgreSQL: as many as there are workers at a busy counter, since those who wait for the disk
/// together are served by one sync. SQLite has one writer by nature.
const PG_WRITERS: usize = 8;
/// Read connections of one process.
const READERS: usize = 4;
/// How often a write that was in somebody's way is tried in all.
const TRIES: u32 = 8;

/// A database that is open, with the schema of this program. Cloning it is cheap and shares the connections.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Arc<Pools>,
}

#[derive(Debug)]
enum Pools {
    Sqlite { writer: Writer, readers: Pool<SqliteConnection> },
    Pg { writers: Pool<PgConnection>, readers: Pool<PgConnection> },
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…` and brings its schema up to date.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let store = Self { pools: Arc::new(Pools::of(url)?) };
        match &*store.pools {
            Pools::Sqlite { writer, .. } => persistently(|| writer.alone(sqlite::migrate))?,
            Pools::Pg { writers, .. } => persistently(|| writers.with(pg::migrate))?,
        }
        Ok(store)
    }

    /// Opens a database whose schema is that of this program, and never changes it: for a process that may not. A schema that is
    /// older, newer or not there is refused, and a SQLite file that is not there is not made.
    pub fn open_current(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:")
            && !Path::new(path).is_file()
        {
            return Err(StoreError::NoSchema);
        }
        let store = Self { pools: Arc::new(Pools::of(url)?) };
        match &*store.pools {
            Pools::Sqlite { readers, .. } => persistently(|| readers.with(sqlite::check))?,
            Pools::Pg { readers, .. } => persistently(|| readers.with(pg::check))?,
        }
        Ok(store)
    }

    /// Takes the whole schema away from `url`, with everything in it: for tests of the migrations.
    #[doc(hidden)]
    pub fn revert(url: &str) -> Result<(), StoreError> {
        match Pools::of(url)? {
            Pools::Sqlite { writer, .. } => writer.alone(sqlite::revert),
            Pools::Pg { writers, .. } => writers.with(pg::revert),
        }
    }

    /// Runs `work` in a write transaction; all of it commits, or none.
    ///
    /// It may run more than once: when another transaction was in the way, it starts again. So it changes nothing but the
    /// transaction.
    pub fn write<T>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        persistently(|| match &*self.pools {
            Pools::Sqlite { writer, .. } => writer.write(|conn| work(&mut Tx::Sqlite(conn))),
            Pools::Pg { writers, .. } => {
                writers.with(|conn| pg::write(conn, |conn| work(&mut Tx::Pg(conn))))
            }
        })
    }

    /// Runs `work` in a write transaction, once: for work that uses up what it is given.
    pub(crate) fn write_once<T>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &*self.pools {
            Pools::Sqlite { writer, .. } => {
                writer.alone(|conn| sqlite::write(conn, |conn| work(&mut Tx::Sqlite(conn))))
            }
            Pools::Pg { writers, .. } => {
                writers.with(|conn| pg::write(conn, |conn| work(&mut Tx::Pg(conn))))
            }
        }
    }

    /// Runs `work` on one snapshot of the database; it cannot write.
    pub fn read<T>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        persistently(|| match &*self.pools {
            Pools::Sqlite { readers, .. } => {
                readers.with(|conn| sqlite::read(conn, |conn| work(&mut Tx::Sqlite(conn))))
            }
            Pools::Pg { readers, .. } => {
                readers.with(|conn| pg::read(conn, |conn| work(&mut Tx::Pg(conn))))
            }
        })
    }
}

impl Pools {
    fn of(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            let (for_writer, for_reader) = (path.to_owned(), path.to_owned());
            return Ok(Self::Sqlite {
                writer: Writer::new(move || sqlite::open_writer(&for_writer)),
                readers: Pool::new(READERS, move || sqlite::open_reader(&for_reader)),
            });
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::Url);
        }
        let (for_writers, for_readers) = (url.to_owned(), url.to_owned());
        Ok(Self::Pg {
            writers: Pool::new(PG_WRITERS, move || pg::open(&for_writers)),
            readers: Pool::new(READERS, move || pg::open(&for_readers)),
        })
    }
}

/// Tries again while another transaction is in the way, a little later each time.
fn persistently<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for tried in 1..TRIES {
        match work() {
            Err(StoreError::Busy) => std::thread::sleep(Duration::from_millis(5 << tried)),
            done => return done,
        }
    }
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_is_in_the_way_starts_again() {
        let mut runs = 0;
        let done = persistently(|| {
            runs += 1;
            if runs < 3 { Err(StoreError::Busy) } else { Ok(runs) }
        });
        assert_eq!(done, Ok(3));
    }

    #[test]
    fn only_urls_of_ours_are_opened() {
        for url in ["", "sqlite:", "/tmp/x.db", "mysql://localhost/x"] {
            assert_eq!(Store::open(url).unwrap_err(), StoreError::Url, "{url}");
        }
    }
}
