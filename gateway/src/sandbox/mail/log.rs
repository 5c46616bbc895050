//! What the relay took, written before it said so.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Logged {
    /// A mail was taken.
    Mail {
        /// Its Message-ID without angle brackets.
        message_id: String,
        /// The envelope's recipient.
        recipient: String,
        /// The envelope's return path.
        return_path: String,
        /// SHA-256 of the message as received, in hex.
        sha256: String,
        /// False if the plan withheld the answer: the sender is in doubt about this one.
        answered: bool,
    },
    /// A mail was not taken.
    Refused {
        /// The envelope's recipient.
        recipient: String,
        /// What the sender was told.
        code: String,
    },
    /// A report was sent back about a mail.
    Bounced {
        /// Its Message-ID without angle brackets.
        message_id: String,
    },
}

/// The log file. A line is handed to the operating system before its writer goes on, so it outlives this process.
#[derive(Debug)]
pub(super) struct Log(Mutex<File>);

impl Log {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        Ok(Self(Mutex::new(file)))
    }

    pub(super) fn write(&self, line: &Logged) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line).map_err(io::Error::other)?;
        bytes.push(b'\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes)
    }
}

/// Reads a log back; half a line at its end is left out.
pub fn read_log(path: &Path) -> io::Result<Vec<Logged>> {
    let mut lines = Vec::new();
    for line in BufReader::new(File::open(path)?).split(b'\n') {
        match serde_json::from_slice(&line?) {
            Ok(logged) => lines.push(logged),
            Err(error) if error.is_eof() => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(lines)
}
