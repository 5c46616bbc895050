//! What the relay writes down before it says so.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::sandbox::log::Log;

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

/// Reads a relay's log back; half a line at its end is left out.
pub fn read_log(path: &Path) -> io::Result<Vec<Logged>> {
    Log::read(path)
}
