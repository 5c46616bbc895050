//! A town with agencies.

use std::process::Command;

use chrono::TimeDelta;
use simrecall_engine::{Clock, Home};
use simrecall_tests::office::{self, Office};
use simrecall_tests::town::{self, Ground, Town};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;

pub(crate) struct Stage {
    pub(crate) office: Office,
    pub(crate) clock: Clock,
    pub(crate) town: Town,
    url: String,
    _folder: TempDir,
    _database: Guard,
}

impl Stage {
    /// It is half past nine on a Thursday.
    pub(crate) fn open(backend: Backend) -> Self {
        Self::with(backend, "")
    }

    /// The same with more in `[agency]`.
    pub(crate) fn with(backend: Backend, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, database) = backend.fresh().unwrap();
        let clock = town::clock().unwrap();
        let town = Town::build(&Ground {
            dir: &folder.path().join("home"),
            store: &store,
            smsc: "127.0.0.1:9",
            mail: "127.0.0.1:9",
            compromised: "[\"sms\", \"ars\"]",
            statute: None,
            portal: &format!("{}{more}", office::SECTION),
            clock: &clock,
        })
        .unwrap();
        let office = Office::open(town.home()).unwrap();
        Self { office, clock, town, url: store, _folder: folder, _database: database }
    }

    pub(crate) fn home(&self) -> &Home {
        self.office.home()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// How many entries of a kind the journal has.
    pub(crate) fn entries(&self, kind: &str) -> usize {
        let count = format!("SELECT count(*) FROM journal_entry WHERE kind = '{kind}'");
        self.by_hand(&count).parse().unwrap()
    }

    /// What the database says itself, with its own command line.
    pub(crate) fn by_hand(&self, sql: &str) -> String {
        let output = match self.url.strip_prefix("sqlite:") {
            Some(path) => Command::new("sqlite3").args(["-bail", path, sql]).output(),
            None => Command::new("psql")
                .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, &self.url])
                .output(),
        };
        let output = output.unwrap_or_else(|error| {
            panic!("sqlite3 and psql are there: apt-get install sqlite3 postgresql: {error}")
        });
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}
