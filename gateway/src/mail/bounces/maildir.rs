//! The folder side: which files there are, and where they go.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::report::read_report;
use crate::route::Receipt;

/// What is read of a file. A report repeats at most the mail it is about, and what matters comes first.
const READ_AT_MOST: u64 = 1024 * 1024;
/// How many names are held at once; the rest come with the next call.
const NAMES_AT_MOST: usize = 10_000;

/// The maildir cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// Reading a folder or file failed.
    #[error("{} cannot be read", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Moving a file failed; it is where it was.
    #[error("{} cannot be moved", path.display())]
    Move {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The receipts in a maildir, oldest name first.
#[derive(Debug)]
pub struct Bounces {
    maildir: PathBuf,
    host: String,
    names: std::vec::IntoIter<String>,
    quarantined: usize,
}

/// A file whose receipt is not committed yet. Dropping it leaves the file in `new/`, to be read again.
#[derive(Debug)]
pub struct Held {
    maildir: PathBuf,
    name: String,
}

/// Reads the reports now in `new/`. `host` is the host of our bounce addresses; reports about anybody else's mail are
/// quarantined. A maildir that does not exist yet is empty.
pub fn read_maildir(path: &Path, host: &str) -> Result<Bounces, IntakeError> {
    let new = path.join("new");
    let failed = |source| IntakeError::Read { path: new.clone(), source };
    let mut names = Vec::new();
    match fs::read_dir(&new) {
        Ok(entries) => {
            for entry in entries.take(NAMES_AT_MOST) {
                let entry = entry.map_err(failed)?;
                // A name that is not UTF-8 was made by no mail program; it stays where it is.
                names.extend(entry.file_name().into_string().ok().filter(|n| !n.starts_with('.')));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    names.sort();
    let (maildir, host) = (path.to_owned(), host.to_owned());
    Ok(Bounces { maildir, host, names: names.into_iter(), quarantined: 0 })
}

impl Bounces {
    /// How many files were set aside so far.
    pub const fn quarantined(&self) -> usize {
        self.quarantined
    }

    /// Reads one file; `None` if it is no report and was set aside.
    fn read(&mut self, name: &str) -> Result<Option<Receipt>, IntakeError> {
        let path = self.maildir.join("new").join(name);
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|f| f.take(READ_AT_MOST).read_to_end(&mut bytes));
        match read {
            Ok(_) => {}
            // Another reader of the same maildir was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(IntakeError::Read { path, source }),
        }
        match read_report(&bytes, &self.host) {
            Ok(receipt) => Ok(Some(receipt)),
            Err(reason) => {
                tracing::warn!(%reason, file = name, "a returned mail was set aside");
                move_file(&self.maildir, name, "quarantine", name)?;
                self.quarantined += 1;
                Ok(None)
            }
        }
    }
}

impl Iterator for Bounces {
    type Item = Result<(Receipt, Held), IntakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let name = self.names.next()?;
            let maildir = self.maildir.clone();
            match self.read(&name) {
                Ok(Some(receipt)) => return Some(Ok((receipt, Held { maildir, name }))),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Held {
    /// The receipt is committed: the file moves to `cur/`, marked as seen.
    pub fn committed(self) -> Result<(), IntakeError> {
        let plain = self.name.split(':').next().unwrap_or(&self.name);
        move_file(&self.maildir, &self.name, "cur", &format!("{plain}:2,S"))
    }
}

fn move_file(maildir: &Path, name: &str, folder: &str, to: &str) -> Result<(), IntakeError> {
    let from = maildir.join("new").join(name);
    let folder = maildir.join(folder);
    let moved = fs::create_dir_all(&folder)
        .and_then(|()| fs::rename(&from, folder.join(to)))
        .and_then(|()| File::open(&folder)?.sync_all());
    match moved {
        Ok(()) => Ok(()),
        Err(source) => Err(IntakeError::Move { path: from, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "To: bounce+w1.c1.p0.t1@b.example\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n\
        --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n\
        Final-Recipient: rfc822; hong@mail.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n";

    fn put(dir: &Path, name: &str, text: &str) {
        fs::create_dir_all(dir.join("new")).unwrap();
        fs::write(dir.join("new").join(name), text).unwrap();
    }

    fn names(dir: &Path, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(dir.join(folder));
        let name = |e: io::Result<fs::DirEntry>| e.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = entries.into_iter().flatten().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_moves_only_after_its_receipt_is_committed() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "1.a", REPORT);
        put(dir.path(), "2.b", "Subject: I am on holiday\r\n\r\nbye\r\n");
        let first: Vec<_> = read_maildir(dir.path(), "b.example").unwrap().collect();
        assert_eq!(first.len(), 1);
        assert_eq!(names(dir.path(), "new"), ["1.a"], "not committed: read again");
        assert_eq!(names(dir.path(), "quarantine"), ["2.b"]);
        let mut again = read_maildir(dir.path(), "b.example").unwrap();
        let (receipt, held) = again.next().unwrap().unwrap();
        assert_eq!(receipt.provider_id, "w1.c1.p0.t1@b.example");
        held.committed().unwrap();
        assert!(again.next().is_none());
        assert_eq!(names(dir.path(), "cur"), ["1.a:2,S"]);
        assert!(names(dir.path(), "new").is_empty());
    }

    #[test]
    fn a_maildir_that_is_not_there_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read_maildir(&dir.path().join("none"), "b.example").unwrap().next().is_none());
    }
}
