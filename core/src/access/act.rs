//! What staff do, and for what purpose sealed fields are opened.

use serde::{Deserialize, Serialize};

/// Something a staff member does that is not open to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Open an incident, with the knowledge times it is opened with.
    OpenIncident,
    /// Take in a registry snapshot or a list of exposures.
    ImportCohort,
    /// Plan a wave.
    Plan,
    /// Send a wave's notices to staff handsets.
    Test,
    /// Sign a wave's statement.
    Approve,
    /// Let an approved wave go.
    Release,
    /// Run the sender.
    Send,
    /// Pause, resume or slow a wave down.
    Pause,
    /// Give a wave up.
    Cancel,
    /// Settle what is in doubt.
    Reconcile,
    /// Look at one person's notices.
    OpenPerson,
    /// Recount everything from the rows.
    Verify,
    /// Name a new staff member or retire one.
    AddStaff,
    /// Back the keys up.
    BackUpKeys,
    /// Record when something was known.
    AddKnowledge,
    /// Choose the knowledge time that clocks count from.
    SelectClock,
    /// Excuse a clock for as long as an obstacle lasts.
    ExcuseClock,
    /// Keep an incident from being erased, or let go of that.
    Hold,
    /// Render, submit and acknowledge what goes to an authority.
    File,
    /// Leave somebody out of every wave, for a legal reason.
    Suppress,
    /// Record the legal ground of a public posting.
    Ground,
    /// Publish the register of wordings.
    Register,
    /// Report a fake notice, or take over what customers reported.
    ReportFake,
    /// Name a channel that turned out to be compromised.
    NameChannel,
    /// Look at customers' claims and move them.
    HandleClaim,
    /// Say for the network that a line is tied to its handset.
    ConfirmProtection,
    /// Name agencies, and take cards in from a supplier's batch.
    TakeCards,
    /// Count cards, send them from one agency to another, and say what became of them.
    MoveCards,
    /// Open and book replacements, check customers in, look at their papers.
    ServeCustomer,
    /// Say that nothing may be swapped on a line.
    HoldLine,
    /// Say that it may again, having looked.
    ClearLine,
    /// Decide which way a swap goes that cannot decide by itself.
    DecideSwap,
    /// Put an order back that another system refused.
    RetryOrder,
    /// Have small payments blocked on exposed lines.
    BlockPayments,
    /// Have them unblocked for those whose owner does not.
    ReleasePayments,
    /// Bring in changes of cards that were made elsewhere.
    ImportCompleted,
    /// Give somebody the code with which they enrol a passkey.
    Invite,
    /// End somebody's work here.
    Revoke,
    /// Give out the code with which a terminal brings its key.
    EnrolTerminal,
    /// Say that a key is that of the terminal it is said to be.
    AdmitTerminal,
    /// Switch a terminal off, for good.
    SwitchTerminalOff,
    /// Have a card take the place of a line's old one, at a counter.
    SwitchLine,
    /// Let an order pass that takes a second person.
    Countersign,
    /// Judge from afar whether somebody at a counter is who they say.
    TakeLook,
    /// Answer a customer's call.
    TakeCall,
    /// Say of cards at a counter that they went elsewhere, are broken or are lost.
    WriteOffCards,
    /// Lay out numbers and codes that nobody has a reason to ask for.
    PlaceHoney,
    /// End an alarm, having looked.
    CloseAlarm,
}

impl Act {
    /// All acts.
    pub const ALL: [Self; 48] = [
        Self::OpenIncident,
        Self::ImportCohort,
        Self::Plan,
        Self::Test,
        Self::Approve,
        Self::Release,
        Self::Send,
        Self::Pause,
        Self::Cancel,
        Self::Reconcile,
        Self::OpenPerson,
        Self::Verify,
        Self::AddStaff,
        Self::BackUpKeys,
        Self::AddKnowledge,
        Self::SelectClock,
        Self::ExcuseClock,
        Self::Hold,
        Self::File,
        Self::Suppress,
        Self::Ground,
        Self::Register,
        Self::ReportFake,
        Self::NameChannel,
        Self::HandleClaim,
        Self::ConfirmProtection,
        Self::TakeCards,
        Self::MoveCards,
        Self::ServeCustomer,
        Self::HoldLine,
        Self::ClearLine,
        Self::DecideSwap,
        Self::RetryOrder,
        Self::BlockPayments,
        Self::ReleasePayments,
        Self::ImportCompleted,
        Self::Invite,
        Self::Revoke,
        Self::EnrolTerminal,
        Self::AdmitTerminal,
        Self::SwitchTerminalOff,
        Self::SwitchLine,
        Self::Countersign,
        Self::TakeLook,
        Self::TakeCall,
        Self::WriteOffCards,
        Self::PlaceHoney,
        Self::CloseAlarm,
    ];
}

/// Why sealed fields are opened; said in the journal before any is. Names are stored: never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To find whom a wave tells, and over which rung.
    Plan,
    /// To render and submit notices.
    Send,
    /// To match receipts, bounces and the carrier's records with attempts.
    Settle,
    /// To answer the person concerned.
    CustomerRequest,
    /// To answer an authority or a court.
    Authority,
    /// To check the work of staff.
    Audit,
}

/// A word that names no purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a purpose; one of {}", Purpose::ALL.map(Purpose::name).join(", "))]
pub struct ParsePurposeError;

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 6] =
        [Self::Plan, Self::Send, Self::Settle, Self::CustomerRequest, Self::Authority, Self::Audit];

    /// The word for it in the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Send => "send",
            Self::Settle => "settle",
            Self::CustomerRequest => "customer_request",
            Self::Authority => "authority",
            Self::Audit => "audit",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Result<Self, ParsePurposeError> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name).ok_or(ParsePurposeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_read_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.name()), Ok(purpose));
        }
        assert_eq!(Purpose::parse("curiosity"), Err(ParsePurposeError));
    }
}
