//! Command statuses: their names, and what each means for a submission.

use simrecall_core::problem::Blame;

use crate::route::Outcome;

/// `ESME_ROK`.
pub(crate) const OK: u32 = 0x00;
/// `ESME_RINVCMDLEN`.
pub(crate) const INVALID_LENGTH: u32 = 0x02;
/// `ESME_RINVCMDID`.
pub(crate) const INVALID_COMMAND: u32 = 0x03;
/// `ESME_RALYBND`.
#[cfg(feature = "sandbox")]
pub(crate) const ALREADY_BOUND: u32 = 0x05;
/// `ESME_RINVBNDSTS`.
#[cfg(feature = "sandbox")]
pub(crate) const NOT_BOUND: u32 = 0x04;
/// `ESME_RINVDSTADR`.
pub(crate) const INVALID_DESTINATION: u32 = 0x0B;
/// `ESME_RINVPASWD`.
#[cfg(feature = "sandbox")]
pub(crate) const INVALID_PASSWORD: u32 = 0x0E;
/// `ESME_RMSGQFUL`.
pub(crate) const QUEUE_FULL: u32 = 0x14;
/// `ESME_RTHROTTLED`.
pub(crate) const THROTTLED: u32 = 0x58;
/// `ESME_RX_T_APPN`: try the delivery again.
pub(crate) const AGAIN: u32 = 0x64;
/// `ESME_RX_R_APPN`: we do not take such messages.
pub(crate) const UNWANTED: u32 = 0x66;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Not taken, might be taken later.
    Later,
    /// Never taken.
    Never(Blame),
}

use Meaning::{Later, Never};

/// Every error status of SMPP 3.4, and the ones of 5.0 that 3.4 servers are seen to use.
const MEANINGS: [(u32, &str, Meaning); 46] = [
    (0x01, "ESME_RINVMSGLEN", Never(Blame::Ours)),
    (INVALID_LENGTH, "ESME_RINVCMDLEN", Never(Blame::Ours)),
    (INVALID_COMMAND, "ESME_RINVCMDID", Never(Blame::Ours)),
    (0x04, "ESME_RINVBNDSTS", Later),
    (0x05, "ESME_RALYBND", Later),
    (0x06, "ESME_RINVPRTFLG", Never(Blame::Configuration)),
    (0x07, "ESME_RINVREGDLVFLG", Never(Blame::Configuration)),
    (0x08, "ESME_RSYSERR", Later),
    (0x0A, "ESME_RINVSRCADR", Never(Blame::Configuration)),
    (INVALID_DESTINATION, "ESME_RINVDSTADR", Never(Blame::Recipient)),
    (0x0C, "ESME_RINVMSGID", Never(Blame::Network)),
    (0x0D, "ESME_RBINDFAIL", Never(Blame::Configuration)),
    (0x0E, "ESME_RINVPASWD", Never(Blame::Configuration)),
    (0x0F, "ESME_RINVSYSID", Never(Blame::Configuration)),
    (0x11, "ESME_RCANCELFAIL", Never(Blame::Network)),
    (0x13, "ESME_RREPLACEFAIL", Never(Blame::Network)),
    (QUEUE_FULL, "ESME_RMSGQFUL", Later),
    (0x15, "ESME_RINVSERTYP", Never(Blame::Configuration)),
    (0x33, "ESME_RINVNUMDESTS", Never(Blame::Ours)),
    (0x34, "ESME_RINVDLNAME", Never(Blame::Ours)),
    (0x40, "ESME_RINVDESTFLAG", Never(Blame::Ours)),
    (0x42, "ESME_RINVSUBREP", Never(Blame::Ours)),
    (0x43, "ESME_RINVESMCLASS", Never(Blame::Configuration)),
    (0x44, "ESME_RCNTSUBDL", Never(Blame::Ours)),
    (0x45, "ESME_RSUBMITFAIL", Never(Blame::Network)),
    (0x48, "ESME_RINVSRCTON", Never(Blame::Configuration)),
    (0x49, "ESME_RINVSRCNPI", Never(Blame::Configuration)),
    (0x50, "ESME_RINVDSTTON", Never(Blame::Recipient)),
    (0x51, "ESME_RINVDSTNPI", Never(Blame::Recipient)),
    (0x53, "ESME_RINVSYSTYP", Never(Blame::Configuration)),
    (0x54, "ESME_RINVREPFLAG", Never(Blame::Configuration)),
    (0x55, "ESME_RINVNUMMSGS", Never(Blame::Ours)),
    (THROTTLED, "ESME_RTHROTTLED", Later),
    (0x61, "ESME_RINVSCHED", Never(Blame::Configuration)),
    (0x62, "ESME_RINVEXPIRY", Never(Blame::Configuration)),
    (0x63, "ESME_RINVDFTMSGID", Never(Blame::Ours)),
    (AGAIN, "ESME_RX_T_APPN", Later),
    (0x65, "ESME_RX_P_APPN", Never(Blame::Network)),
    (UNWANTED, "ESME_RX_R_APPN", Never(Blame::Network)),
    (0x67, "ESME_RQUERYFAIL", Never(Blame::Network)),
    (0xC0, "ESME_RINVOPTPARSTREAM", Never(Blame::Configuration)),
    (0xC1, "ESME_ROPTPARNOTALLWD", Never(Blame::Configuration)),
    (0xC2, "ESME_RINVPARLEN", Never(Blame::Configuration)),
    (0xC3, "ESME_RMISSINGOPTPARAM", Never(Blame::Configuration)),
    (0xC4, "ESME_RINVOPTPARAMVAL", Never(Blame::Configuration)),
    (0xFE, "ESME_RDELIVERYFAILURE", Never(Blame::Network)),
];

/// The status's name; its number in hex if it is a carrier's own.
pub(crate) fn name(status: u32) -> String {
    if status == OK {
        return "ESME_ROK".to_owned();
    }
    find(status).map_or_else(|| format!("0x{status:08X}"), |(name, _)| name.to_owned())
}

/// What an error status says of a submission. A carrier's own status is final, and its side's.
pub(crate) fn outcome(status: u32) -> Outcome {
    let code = name(status);
    match find(status).map_or(Never(Blame::Network), |(_, meaning)| meaning) {
        Later => Outcome::NotAccepted { code },
        Never(blame) => Outcome::Rejected { code, blame },
    }
}

/// True if a login with this answer is not worth repeating. A server that is busy, that still holds our
/// last connection or that is out of order says something else.
pub(crate) fn refuses_login(status: u32) -> bool {
    matches!(find(status), Some((_, Never(_))))
}

fn find(status: u32) -> Option<(&'static str, Meaning)> {
    let row = MEANINGS.iter().find(|row| row.0 == status)?;
    Some((row.1, row.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_listed_once_and_in_order() {
        assert!(MEANINGS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn throttling_is_not_acceptance_and_a_bad_number_is_the_recipients() {
        for status in [THROTTLED, QUEUE_FULL, 0x08, 0x04] {
            assert!(matches!(outcome(status), Outcome::NotAccepted { .. }), "{status:#x}");
        }
        assert_eq!(
            outcome(0x0B),
            Outcome::Rejected { code: "ESME_RINVDSTADR".to_owned(), blame: Blame::Recipient }
        );
        assert_eq!(
            outcome(0x0400),
            Outcome::Rejected { code: "0x00000400".to_owned(), blame: Blame::Network }
        );
    }

    #[test]
    fn a_wrong_password_is_final_and_a_busy_server_is_not() {
        assert!(refuses_login(0x0D) && refuses_login(0x0E) && refuses_login(0x0F));
        assert!(!refuses_login(0x05) && !refuses_login(0x08) && !refuses_login(THROTTLED));
        assert!(!refuses_login(0x0400));
    }
}
