//! What the sandbox writes down.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One line of the sandbox SMSC's log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SmscLine {
    /// A `submit_sm` was taken. Written before it is answered.
    Submit {
        /// The id it was given, decimal.
        id: u64,
        /// The id as it was answered, which makes the line a carrier's record.
        message_id: String,
        /// The connection it came over.
        bind: u64,
        /// Who it says it is from.
        source: String,
        /// The phone.
        destination: String,
        /// The sender's reference, if it gave one.
        reference: Option<u16>,
        /// SHA-256 of the text's octets, without user data header, in hex.
        sha256: String,
        /// The user data header in hex; empty if there is none.
        udh: String,
        /// The encoding it names.
        data_coding: u8,
    },
    /// A `submit_sm` was not taken.
    Refuse {
        /// The connection it came over.
        bind: u64,
        /// The phone.
        destination: String,
        /// The sender's reference, if it gave one.
        reference: Option<u16>,
        /// The status it was answered with.
        status: String,
    },
    /// A receipt was sent. One that is not acknowledged is sent again.
    Receipt {
        /// The message's id.
        id: u64,
        /// The connection it went over.
        bind: u64,
        /// The phone.
        destination: String,
        /// What it says, such as `DELIVRD`.
        stat: String,
    },
    /// A receipt was acknowledged.
    Acknowledge {
        /// The message's id.
        id: u64,
        /// The connection it was acknowledged over.
        bind: u64,
    },
}

/// Says what happened, and to no one.
impl fmt::Debug for SmscLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Submit { id, .. } => write!(f, "Submit({id})"),
            Self::Refuse { status, .. } => write!(f, "Refuse({status})"),
            Self::Receipt { id, stat, .. } => write!(f, "Receipt({id}, {stat})"),
            Self::Acknowledge { id, .. } => write!(f, "Acknowledge({id})"),
        }
    }
}
