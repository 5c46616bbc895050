//! What went wrong at the HLR: surely not done, perhaps done, or never sent.

use simrecall_core::problem::Blame;

/// Why a call was not answered with "done". Holds no number, no IMSI and no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HlrError {
    /// The address is not on this machine, and nobody has said that the network to it is trusted.
    #[error(
        "an HLR has no login: its address must be on this machine, unless trusted_network = true"
    )]
    Untrusted,
    /// Nothing was sent, so nothing has changed.
    #[error("the HLR was not asked: {0}")]
    Unreachable(Unsent),
    /// The HLR said no: it was surely not done.
    #[error("the HLR refuses: {0}")]
    Refused(Refusal),
    /// Asked, and not answered in a way that says anything: it may have been done, and may yet be.
    #[error("the HLR was asked and {0}")]
    Unknown(Doubt),
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// No connection.
    #[error("it cannot be reached")]
    NoConnection,
    /// Others waited longer than we may.
    #[error("too much else is waiting for it")]
    Busy,
    /// It still owes the end of an earlier connection on which something was left without an answer.
    #[error("it has not finished what it was asked before")]
    Owing,
    /// It greets otherwise than an OsmoHLR does.
    #[error("it is no OsmoHLR")]
    Stranger,
}

/// Why the HLR said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no row of this IMSI.
    #[error("no row of this IMSI")]
    NoSuchRow,
    /// There is a row of this IMSI already.
    #[error("a row of this IMSI is there already")]
    RowExists,
    /// Another row has the number. OsmoHLR says no more than that it cannot write it.
    #[error("the number cannot be given, most likely since another row has it")]
    NumberTaken,
    /// It finds a value malformed.
    #[error("it does not take the value")]
    BadValue,
    /// Something else, in its own words, with every digit hidden.
    #[error("{0}")]
    Other(String),
}

/// Why we do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Nothing came in time.
    #[error("was silent")]
    Silence,
    /// The connection ended.
    #[error("the connection ended")]
    Cut,
    /// Something came that answers no question of ours.
    #[error("answered something else")]
    Nonsense,
}

impl HlrError {
    /// A word for it that never changes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Untrusted => "hlr_untrusted",
            Self::Unreachable(Unsent::NoConnection) => "hlr_unreachable",
            Self::Unreachable(Unsent::Busy) => "hlr_busy",
            Self::Unreachable(Unsent::Owing) => "hlr_owing",
            Self::Unreachable(Unsent::Stranger) => "hlr_stranger",
            Self::Refused(Refusal::NoSuchRow) => "hlr_no_such_row",
            Self::Refused(Refusal::RowExists) => "hlr_row_exists",
            Self::Refused(Refusal::NumberTaken) => "hlr_number_taken",
            Self::Refused(Refusal::BadValue) => "hlr_bad_value",
            Self::Refused(Refusal::Other(_)) => "hlr_refused",
            Self::Unknown(Doubt::Silence) => "hlr_silent",
            Self::Unknown(Doubt::Cut) => "hlr_cut",
            Self::Unknown(Doubt::Nonsense) => "hlr_nonsense",
        }
    }

    /// Whose side it is on.
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Untrusted => Blame::Configuration,
            Self::Unreachable(_) | Self::Unknown(_) => Blame::Network,
            Self::Refused(_) => Blame::State,
        }
    }

    /// Whether the command may have been done, or may yet be: look before anything else.
    pub const fn may_have_been_done(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Untrusted | Self::Unreachable(_) | Self::Refused(_) => false,
        }
    }
}

/// The HLR's own words, fit to be shown: one line, no digits, not longer than a line is.
pub(super) fn words(text: &str) -> Refusal {
    let shown = text.chars().take(120).map(|sign| match sign {
        '0'..='9' => '#',
        sign if sign.is_control() => ' ',
        sign => sign,
    });
    Refusal::Other(shown.collect::<String>().trim().to_owned())
}
