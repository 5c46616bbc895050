//! The roles of staff, and the rule that one person alone is not enough.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Act;
use crate::id::StaffId;

/// What a staff member answers for. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Finds out what leaked; owns the incident and its cohort.
    Security = 1,
    /// Answers for the persons concerned and for the authority that protects them.
    Privacy = 2,
    /// Answers for the wording and the law.
    Legal = 3,
    /// Plans and sends.
    Messaging = 4,
    /// Looks, and changes nothing.
    Audit = 5,
    /// Serves customers at an agency.
    Clerk = 6,
    /// Answers for an agency: its cards, its terminals, and what takes a second pair of eyes.
    Supervisor = 7,
    /// Answers calls at the customer centre.
    Agent = 8,
}

/// A word that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a role; one of {}", StaffRole::ALL.map(StaffRole::name).join(", "))]
pub struct ParseRoleError;

impl StaffRole {
    /// All roles, in code order.
    pub const ALL: [Self; 8] = [
        Self::Security,
        Self::Privacy,
        Self::Legal,
        Self::Messaging,
        Self::Audit,
        Self::Clerk,
        Self::Supervisor,
        Self::Agent,
    ];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The word for it in files, JSON and the statement.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Privacy => "privacy",
            Self::Legal => "legal",
            Self::Messaging => "messaging",
            Self::Audit => "audit",
            Self::Clerk => "clerk",
            Self::Supervisor => "supervisor",
            Self::Agent => "agent",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Result<Self, ParseRoleError> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or(ParseRoleError)
    }

    /// Whether this is work at a counter: done from the terminals of one agency, and with no other role beside it.
    pub const fn is_at_counter(self) -> bool {
        match self {
            Self::Clerk | Self::Supervisor => true,
            Self::Security
            | Self::Privacy
            | Self::Legal
            | Self::Messaging
            | Self::Audit
            | Self::Agent => false,
        }
    }

    /// Whether somebody with this role may do it. Whoever is not named may not.
    pub fn may(self, act: Act) -> bool {
        Self::who_may(act).contains(&self)
    }

    const fn who_may(act: Act) -> &'static [Self] {
        use StaffRole::{Agent, Audit, Clerk, Legal, Messaging, Privacy, Security, Supervisor};
        match act {
            // A compromised channel takes a way to prove oneself from everybody: worse left unsaid than said once too often.
            Act::OpenIncident
            | Act::ImportCohort
            | Act::NameChannel
            | Act::ClearLine
            | Act::DecideSwap
            | Act::RetryOrder
            | Act::BlockPayments
            | Act::ReleasePayments
            | Act::Revoke
            | Act::AdmitTerminal
            | Act::CloseAlarm => &[Security, Privacy],
            // Stopping needs no more than noticing that something is wrong.
            Act::Approve | Act::Pause | Act::ReportFake => &[Security, Privacy, Legal, Messaging],
            Act::Plan | Act::Test | Act::Release | Act::Send | Act::Reconcile => &[Messaging],
            // As with a pause: whoever hears "that was not me" stops it.
            Act::HoldLine => &[Security, Privacy, Legal, Messaging, Clerk, Supervisor, Agent],
            Act::Cancel => &[Privacy, Legal, Messaging],
            Act::OpenPerson => &[Privacy, Legal, Audit],
            Act::AddStaff
            | Act::BackUpKeys
            | Act::ConfirmProtection
            | Act::TakeCards
            | Act::EnrolTerminal
            | Act::PlaceHoney => &[Security],
            Act::SwitchTerminalOff => &[Security, Privacy, Supervisor],
            // Two of these invite somebody, who may be one of them.
            Act::AddKnowledge | Act::Invite => &[Security, Privacy, Legal],
            // What changes when something is due, who is owed it, what an authority reads or who is paid.
            Act::SelectClock
            | Act::ExcuseClock
            | Act::Hold
            | Act::File
            | Act::Suppress
            | Act::Ground
            | Act::HandleClaim => &[Privacy, Legal],
            Act::Register => &[Privacy, Messaging],
            Act::Verify => &[Security, Privacy, Legal, Messaging, Audit, Clerk, Supervisor, Agent],
            Act::MoveCards => &[Security, Clerk, Supervisor],
            Act::ServeCustomer | Act::SwitchLine => &[Clerk, Supervisor],
            Act::ImportCompleted => &[Security, Privacy, Clerk],
            // Somebody of another agency, or of none.
            Act::TakeLook => &[Security, Supervisor],
            Act::Countersign | Act::WriteOffCards => &[Supervisor],
            Act::TakeCall => &[Agent],
        }
    }
}

/// How many staff members have to agree.
///
/// Each counts once, and so does each role: two people of one role see the same things and miss the same things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quorum {
    /// How many of distinct roles; never less than one.
    pub needed: u8,
}

impl Quorum {
    /// Two persons of two roles.
    pub const TWO: Self = Self { needed: 2 };
}

/// Not enough staff members of distinct roles agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{have} of {needed} staff members of distinct roles agree")]
pub struct QuorumNotMet {
    /// How many roles have agreed, each through a person of its own.
    pub have: usize,
    /// How many are needed.
    pub needed: u8,
}

/// Whether those who agreed are enough. Naming somebody twice, or in a second role, adds nothing.
pub fn quorum_met(agreed: &[(StaffId, StaffRole)], quorum: Quorum) -> Result<(), QuorumNotMet> {
    let have = pairs(agreed);
    if have >= usize::from(quorum.needed.max(1)) {
        Ok(())
    } else {
        Err(QuorumNotMet { have, needed: quorum.needed })
    }
}

/// The most pairs of one person and one role in which nobody and no role occurs twice.
///
/// There are eight roles, so every choice of a person for each role is tried.
fn pairs(agreed: &[(StaffId, StaffRole)]) -> usize {
    fn best(
        agreed: &[(StaffId, StaffRole)],
        roles: &[StaffRole],
        used: &BTreeSet<StaffId>,
    ) -> usize {
        let Some((role, rest)) = roles.split_first() else { return 0 };
        let without = best(agreed, rest, used);
        let with = agreed
            .iter()
            .filter(|(staff, as_role)| as_role == role && !used.contains(staff))
            .map(|(staff, _)| {
                let mut used = used.clone();
                used.insert(*staff);
                1 + best(agreed, rest, &used)
            })
            .max();
        without.max(with.unwrap_or(0))
    }
    best(agreed, &StaffRole::ALL, &BTreeSet::new())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn staff(n: u8) -> StaffId {
        StaffId::from_bytes([n; 16])
    }

    #[rstest]
    #[case(&[], 0)]
    #[case(&[(1, StaffRole::Legal)], 1)]
    #[case(&[(1, StaffRole::Legal), (1, StaffRole::Legal)], 1)]
    #[case(&[(1, StaffRole::Legal), (1, StaffRole::Privacy)], 1)]
    #[case(&[(1, StaffRole::Legal), (2, StaffRole::Legal)], 1)]
    #[case(&[(1, StaffRole::Legal), (2, StaffRole::Privacy)], 2)]
    // 1 has to stand for privacy, so that 2 can stand for legal.
    #[case(&[(1, StaffRole::Legal), (1, StaffRole::Privacy), (2, StaffRole::Legal)], 2)]
    fn each_person_and_each_role_counts_once(
        #[case] agreed: &[(u8, StaffRole)],
        #[case] have: usize,
    ) {
        let agreed: Vec<_> = agreed.iter().map(|(n, role)| (staff(*n), *role)).collect();
        assert_eq!(pairs(&agreed), have);
        let expected = if have >= 2 { Ok(()) } else { Err(QuorumNotMet { have, needed: 2 }) };
        assert_eq!(quorum_met(&agreed, Quorum::TWO), expected);
    }

    #[test]
    fn a_quorum_of_nobody_still_needs_one() {
        assert!(quorum_met(&[], Quorum { needed: 0 }).is_err());
    }

    #[test]
    fn codes_and_names_read_back() {
        for role in StaffRole::ALL {
            assert_eq!(StaffRole::from_code(role.code()), Some(role));
            assert_eq!(StaffRole::parse(role.name()), Ok(role));
        }
        assert_eq!(
            StaffRole::parse("boss").unwrap_err().to_string(),
            "not a role; one of security, privacy, legal, messaging, audit, clerk, supervisor, agent"
        );
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let may: Vec<Act> = Act::ALL.into_iter().filter(|act| StaffRole::Audit.may(*act)).collect();
        assert_eq!(may, [Act::OpenPerson, Act::Verify]);
    }

    #[rstest]
    #[case(Act::AddKnowledge, &[StaffRole::Security, StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::SelectClock, &[StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::ExcuseClock, &[StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::Hold, &[StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::File, &[StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::Suppress, &[StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::Ground, &[StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::NameChannel, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::HandleClaim, &[StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::ConfirmProtection, &[StaffRole::Security])]
    #[case(Act::Register, &[StaffRole::Privacy, StaffRole::Messaging])]
    #[case(Act::TakeCards, &[StaffRole::Security])]
    #[case(Act::MoveCards, &[StaffRole::Security, StaffRole::Clerk, StaffRole::Supervisor])]
    #[case(Act::ServeCustomer, &[StaffRole::Clerk, StaffRole::Supervisor])]
    #[case(Act::SwitchLine, &[StaffRole::Clerk, StaffRole::Supervisor])]
    #[case(Act::TakeLook, &[StaffRole::Security, StaffRole::Supervisor])]
    #[case(Act::Countersign, &[StaffRole::Supervisor])]
    #[case(Act::WriteOffCards, &[StaffRole::Supervisor])]
    #[case(Act::TakeCall, &[StaffRole::Agent])]
    #[case(Act::Invite, &[StaffRole::Security, StaffRole::Privacy, StaffRole::Legal])]
    #[case(Act::Revoke, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::EnrolTerminal, &[StaffRole::Security])]
    #[case(Act::AdmitTerminal, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::SwitchTerminalOff, &[StaffRole::Security, StaffRole::Privacy, StaffRole::Supervisor])]
    #[case(Act::PlaceHoney, &[StaffRole::Security])]
    #[case(Act::CloseAlarm, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::ClearLine, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::DecideSwap, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::RetryOrder, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::BlockPayments, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::ReleasePayments, &[StaffRole::Security, StaffRole::Privacy])]
    #[case(Act::ImportCompleted, &[StaffRole::Security, StaffRole::Privacy, StaffRole::Clerk])]
    fn what_the_law_asks_is_done_by_those_who_answer_for_it(
        #[case] act: Act,
        #[case] roles: &[StaffRole],
    ) {
        let may: Vec<_> = StaffRole::ALL.into_iter().filter(|role| role.may(act)).collect();
        assert_eq!(may, roles);
    }

    #[test]
    fn every_act_is_open_to_somebody_and_approval_to_two_roles() {
        for act in Act::ALL {
            assert!(StaffRole::ALL.into_iter().any(|role| role.may(act)), "{act:?}");
        }
        assert!(StaffRole::ALL.into_iter().filter(|role| role.may(Act::Approve)).count() >= 2);
    }
}
