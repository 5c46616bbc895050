//! The side file: the highest mark of the ledger this machine has seen.
//!
//! A database whose mark is lower is an older copy: it does not know what was sent since. The file is written after each
//! commit and before the submissions that the commit allows; it need not survive a power cut, since a mark that is
//! behind only means that a restore is noticed a few commits later.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use simrecall_core::id::WaveNo;

use crate::problem::{self, Problem, Result};
use crate::staff::hex;

/// The side file, open.
#[derive(Debug)]
pub(crate) struct MarkFile {
    file: File,
    path: PathBuf,
    ledger: String,
}

impl MarkFile {
    /// Opens the file in a home and compares it with what the database says; none before anything was sent.
    ///
    /// The file is read before the database: a sender at work raises the database's mark first, so whatever the file
    /// says, a database that is no older copy has reached it by then.
    pub(crate) fn open(
        home: &Path,
        ledger: impl FnOnce() -> Result<Option<([u8; 16], i64)>>,
    ) -> Result<Option<Self>> {
        let path = home.join("mark");
        let seen = read(&path)?;
        let Some((ledger, mark)) = ledger()? else { return Ok(None) };
        let ledger = hex(&ledger);
        match seen {
            Some(seen) if seen.ledger != ledger => return Err(other_ledger(&path)),
            Some(seen) if seen.mark > mark => return Err(restored(seen.mark, mark)),
            Some(_) | None => {}
        }
        let opened = File::options().write(true).create(true).truncate(false).open(&path);
        let file = opened.map_err(|error| problem::file(&path, error))?;
        let marks = Self { file, path, ledger };
        marks.write(mark)?;
        Ok(Some(marks))
    }

    /// Writes a mark down.
    pub(crate) fn write(&self, mark: i64) -> Result<()> {
        // A fixed length, so that the newer text always covers the older one.
        let text = format!("{} {mark:020}\n", self.ledger);
        self.file.write_all_at(text.as_bytes(), 0).map_err(|error| problem::file(&self.path, error))
    }
}

/// The side file of a home, compared with its database.
pub(crate) fn of(home: &crate::Home) -> Result<Option<MarkFile>> {
    MarkFile::open(&home.dir, || home.store.read(|tx| tx.ledger_mark()).map_err(problem::store))
}

/// Accepts the database as it is, after a restore was reconciled.
pub(crate) fn accept(home: &crate::Home) -> Result<()> {
    let ledger = home.store.read(|tx| tx.ledger_mark()).map_err(problem::store)?;
    let Some((ledger, mark)) = ledger else { return Ok(()) };
    let path = home.dir.join("mark");
    let text = format!("{} {mark:020}\n", hex(&ledger));
    std::fs::write(&path, text).map_err(|error| problem::file(&path, error))
}

/// Notes a wave that was released, beside the mark.
pub(crate) fn note_wave(home: &crate::Home, no: WaveNo) -> Result<()> {
    let path = home.dir.join("mark.waves");
    let file = File::options().append(true).create(true).open(&path);
    file.and_then(|mut file| writeln!(file, "{}", no.0))
        .map_err(|error| problem::file(&path, error))
}

/// Refuses a database that does not know a wave this machine saw released.
pub(crate) fn check_waves(home: &crate::Home) -> Result<()> {
    let path = home.dir.join("mark.waves");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(problem::file(&path, error)),
    };
    for no in text.lines().filter_map(|line| line.parse().ok()).map(WaveNo) {
        let wave = home.store.read(|tx| tx.wave(no)).map_err(problem::store)?;
        if wave.is_none_or(|wave| wave.released_at.is_none()) {
            return Err(crate::wave::unknown_wave(no));
        }
    }
    Ok(())
}

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) ledger: String,
    pub(crate) mark: i64,
}

/// Reads the side file, if there is one.
pub(crate) fn read(path: &Path) -> Result<Option<Seen>> {
    let mut text = String::new();
    match File::open(path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(problem::file(path, error)),
    }
    let seen = text.trim().split_once(' ').and_then(|(ledger, mark)| {
        Some(Seen { ledger: ledger.to_owned(), mark: mark.parse().ok()? })
    });
    seen.map(Some).ok_or_else(|| {
        Problem::state("mark", format!("{} is damaged", path.display()))
            .hint("if the database is the one that was sent from last, remove the file; if it came from a copy, see docs/OPERATIONS.md, restore")
    })
}

fn restored(seen: i64, mark: i64) -> Problem {
    Problem::state("restored", "this database is an older copy: it does not know what was sent since")
        .detail(format!("this machine has seen mark {seen}, the database has {mark}; nothing was sent"))
        .hint("get the carrier's records of what it accepted, then: simrecall wave reconcile --records FILE --by NAME")
}

fn other_ledger(path: &Path) -> Problem {
    Problem::state("ledger", "this is not the database this installation sent from")
        .detail(format!("{} names another ledger; nothing was sent", path.display()))
        .hint("check [store] url in simrecall.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(home: &Path, ledger: u8, mark: i64) -> Result<MarkFile> {
        MarkFile::open(home, || Ok(Some(([ledger; 16], mark)))).map(Option::unwrap)
    }

    #[test]
    fn an_older_copy_is_noticed() {
        let home = tempfile::tempdir().unwrap();
        let marks = open(home.path(), 7, 41).unwrap();
        marks.write(1_000).unwrap();
        assert_eq!(open(home.path(), 7, 999).unwrap_err().code, "restored");
        assert_eq!(open(home.path(), 8, 1_000).unwrap_err().code, "ledger");
        assert!(open(home.path(), 7, 1_000).is_ok());
        assert!(MarkFile::open(home.path(), || Ok(None)).unwrap().is_none());
    }

    #[test]
    fn a_sender_at_work_does_not_make_its_database_look_old() {
        let home = tempfile::tempdir().unwrap();
        let sender = open(home.path(), 7, 41).unwrap();
        let meanwhile = || {
            sender.write(42)?;
            Ok(Some(([7; 16], 42)))
        };
        assert!(MarkFile::open(home.path(), meanwhile).is_ok());
    }
}
