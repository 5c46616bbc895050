//! What somebody is told about their case or claim: one row for each kind, address and occasion, and a marked one where nobody knows
//! what became of the first. Sealed with the incident's key, and erased with it.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{AboutId, CaseId, ClaimId, IncidentId};
use simrecall_core::replacement::told::Lately;

use crate::tx::forward;

coded! {
    /// What somebody is told.
    CaseNoticeKind {
        /// A card is about to be changed: if this was not you, call.
        Warning = 1 "warning",
        /// There is a place: when and where to come.
        Visit = 2 "visit",
        /// Nobody came; there is another day.
        Missed = 3 "missed",
        /// The card is on its way.
        Shipped = 4 "shipped",
        /// The new card works.
        Completed = 5 "completed",
        /// Everything is as it was.
        RolledBack = 6 "rolled_back",
        /// The line is held.
        Held = 7 "held",
        /// Somebody activates the card that was sent: if this was not you, call.
        Activation = 8 "activation",
        /// What they claimed is paid back.
        ClaimGranted = 20 "claim_granted",
        /// Part of what they claimed is.
        ClaimPart = 21 "claim_part",
        /// Nothing of it is.
        ClaimRefused = 22 "claim_refused",
        /// Something is asked of them before their claim is decided.
        ClaimAsked = 23 "claim_asked",
        /// A loss was found on their line, and is paid back.
        LossFound = 24 "loss_found",
        /// The money was paid.
        ClaimPaid = 25 "claim_paid",
        /// The money could not be paid.
        PayFailed = 26 "pay_failed",
        /// It comes off their bill instead.
        ClaimWaived = 27 "claim_waived",
    }
}

impl CaseNoticeKind {
    /// Whether it speaks of a claim; the others speak of a case.
    pub const fn is_of_claim(self) -> bool {
        match self {
            Self::Warning
            | Self::Visit
            | Self::Missed
            | Self::Shipped
            | Self::Completed
            | Self::RolledBack
            | Self::Held
            | Self::Activation => false,
            Self::ClaimGranted
            | Self::ClaimPart
            | Self::ClaimRefused
            | Self::ClaimAsked
            | Self::LossFound
            | Self::ClaimPaid
            | Self::PayFailed
            | Self::ClaimWaived => true,
        }
    }

    /// Whether the time to object begins when somebody has it.
    pub const fn begins_appeal(self) -> bool {
        match self {
            Self::ClaimPart | Self::ClaimRefused => true,
            Self::Warning
            | Self::Visit
            | Self::Missed
            | Self::Shipped
            | Self::Completed
            | Self::RolledBack
            | Self::Held
            | Self::Activation
            | Self::ClaimGranted
            | Self::ClaimAsked
            | Self::LossFound
            | Self::ClaimPaid
            | Self::PayFailed
            | Self::ClaimWaived => false,
        }
    }
}

coded! {
    /// Where it goes.
    CaseChannel {
        /// A short message to the old card.
        Sms = 1 "sms",
        /// An e-mail.
        Email = 2 "email",
        /// A short message to another number.
        OtherSms = 3 "other_sms",
        /// A letter.
        Letter = 4 "letter",
    }
}

coded! {
    /// Who it goes to.
    Recipient {
        /// Who holds the line.
        Holder = 1 "holder",
        /// Their guardian.
        Guardian = 2 "guardian",
        /// Their company's contact.
        Contact = 3 "contact",
    }
}

coded! {
    /// What became of it.
    CaseNoticeState {
        /// It is to be sent.
        Due = 1 "due",
        /// Somebody sends it.
        Trying = 2 "trying",
        /// A network took it over.
        Handed = 3 "handed",
        /// No network took it.
        Failed = 4 "failed",
        /// Nobody knows: its sender died. It was sent again, marked.
        InDoubt = 5 "in_doubt",
        /// It is not needed any more, and was not sent.
        Dropped = 6 "dropped",
    }
}

/// Which notice: within its incident, its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseNoticeKey {
    /// The case or claim.
    pub of: AboutId,
    /// What it says.
    pub kind: CaseNoticeKind,
    /// Where it goes.
    pub channel: CaseChannel,
    /// Its number among those, from 1.
    pub no: i32,
}

impl CaseNoticeKey {
    /// The row key the record is bound to.
    pub fn row(of: AboutId, kind: CaseNoticeKind, channel: CaseChannel, to: &[u8; 16]) -> Vec<u8> {
        let codes = [kind.code(), channel.code()].map(i16::to_be_bytes);
        [of.as_bytes().as_slice(), &codes.concat(), to].concat()
    }
}

/// A notice that is to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCaseNotice {
    /// The incident of its case or claim.
    pub incident: IncidentId,
    /// The case or claim.
    pub of: AboutId,
    /// What it says.
    pub kind: CaseNoticeKind,
    /// Where it goes.
    pub channel: CaseChannel,
    /// The occasion: the version of the case it speaks of, the number of the claim's step, or 0 of what is said once.
    pub about: i32,
    /// Who gets it.
    pub recipient: Recipient,
    /// Whether this address is younger than the application.
    pub changed_since: bool,
    /// Whether it came or went in the three days before.
    pub lately: Lately,
    /// Blind index of the address under the incident's key.
    pub to: [u8; 16],
    /// The address, sealed under the incident's key and bound to [`CaseNoticeKey::row`].
    pub sealed: Vec<u8>,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for NewCaseNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, channel) = (self.kind.name(), self.channel.name());
        write!(f, "NewCaseNotice({}, {kind} by {channel})", self.of)
    }
}

/// A notice, as kept.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseNotice {
    /// Its incident.
    pub incident: IncidentId,
    /// Which one it is.
    pub key: CaseNoticeKey,
    /// The occasion.
    pub about: i32,
    /// Who gets it.
    pub recipient: Recipient,
    /// Whether this address is younger than the application.
    pub changed_since: bool,
    /// Whether it came or went in the three days before.
    pub lately: Lately,
    /// Whether it may be the second of its kind: nobody knows what became of the first.
    pub flagged: bool,
    /// What became of it.
    pub state: CaseNoticeState,
    /// Blind index of the address.
    pub to: [u8; 16],
    /// The address, sealed.
    pub sealed: Vec<u8>,
    /// When it was decided.
    pub made_at: DateTime<Utc>,
    /// When it came to its state.
    pub changed_at: DateTime<Utc>,
}

impl fmt::Debug for CaseNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseNotice({:?}, {})", self.key, self.state.name())
    }
}

forward! { case_notice:
    /// Puts a notice down to be sent, unless that address was told this on that occasion. Whether it did.
    pub fn add_case_notice(notice: &NewCaseNotice) -> bool;
    /// The notices of a case, in order.
    pub fn case_notices(incident: IncidentId, case: CaseId) -> Vec<CaseNotice>;
    /// The notices of a claim, in order.
    pub fn claim_notices(incident: IncidentId, claim: ClaimId) -> Vec<CaseNotice>;
    /// Notices in a state since an instant or longer, oldest first, as many as `limit`.
    pub fn case_notices_in(incident: IncidentId, state: CaseNoticeState, since: DateTime<Utc>, limit: i64) -> Vec<CaseNotice>;
    /// Begins to send one that is due. Of many at once one does.
    pub fn try_case_notice(incident: IncidentId, key: &CaseNoticeKey, at: DateTime<Utc>) -> bool;
    /// Says what became of one that was tried: handed or failed. Whether it was being tried.
    pub fn settle_case_notice(incident: IncidentId, key: &CaseNoticeKey, state: CaseNoticeState, at: DateTime<Utc>) -> bool;
    /// Puts one that was being tried in doubt, and a marked one down in its place. Whether it was being tried.
    pub fn repeat_case_notice(incident: IncidentId, key: &CaseNoticeKey, at: DateTime<Utc>) -> bool;
    /// Drops what is due of these kinds for a case; how many that were.
    pub fn drop_case_notices(incident: IncidentId, case: CaseId, kinds: &[CaseNoticeKind], at: DateTime<Utc>) -> usize;
}
