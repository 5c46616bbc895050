//! The kinds of reports.

use serde::{Deserialize, Serialize};

use crate::law::{Anchor, Duty, Element, Pack, Recipient, Rule};
use crate::notice::Language;

/// A report to an authority. Names are stored and stand in numbers: never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingKind {
    /// Korea: the intrusion report to the Ministry of Science and ICT or KISA (Network Act 48-3).
    KisaIncident,
    /// Korea: the leak report to the Personal Information Protection Commission or KISA (PIPA 34(4)).
    PipcLeak,
    /// EU: the notification to the supervisory authority (GDPR 33).
    #[serde(rename = "gdpr_33")]
    Gdpr33,
}

/// A word that names no kind of report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of filing; one of {}", FilingKind::ALL.map(FilingKind::name).join(", "))]
pub struct ParseFilingKindError;

impl FilingKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::KisaIncident, Self::PipcLeak, Self::Gdpr33];

    /// The word for it in numbers, rows and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KisaIncident => "kisa_incident",
            Self::PipcLeak => "pipc_leak",
            Self::Gdpr33 => "gdpr_33",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Result<Self, ParseFilingKindError> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(ParseFilingKindError)
    }

    /// The statute it is made under, as incidents name it.
    pub const fn statute(self) -> &'static str {
        match self {
            Self::KisaIncident => "kr-network",
            Self::PipcLeak => "kr-pipa",
            Self::Gdpr33 => "eu-gdpr",
        }
    }

    /// The language it is written in.
    pub const fn language(self) -> Language {
        match self {
            Self::KisaIncident | Self::PipcLeak => Language::Korean,
            Self::Gdpr33 => Language::English,
        }
    }

    /// What its report counts from.
    pub const fn anchor(self) -> Anchor {
        match self {
            Self::KisaIncident => Anchor::KrIncidentKnown,
            Self::PipcLeak => Anchor::KrLeakKnown,
            Self::Gdpr33 => Anchor::EuAware,
        }
    }

    /// Whether submitting one does what a rule asks.
    pub fn answers(self, pack: &Pack, rule: &Rule) -> bool {
        let is_report = match rule.duty {
            Duty::Report | Duty::ReportUpdate => true,
            Duty::Notify
            | Duty::NotifyPossible
            | Duty::AllClear
            | Duty::Supplement
            | Duty::Post
            | Duty::EarlyWarning
            | Duty::FinalReport
            | Duty::Silence
            | Duty::Progress
            | Duty::Records => false,
        };
        is_report && pack.statute == self.statute() && matches!(rule.to, Recipient::Authority(_))
    }

    /// Whether an element may be left open and follow in a supplement: what is not yet confirmed of a leak (PIPA Decree 40(2)),
    /// what cannot be said at the same time (GDPR 33(4)).
    pub fn may_follow(self, element: Element) -> bool {
        match self {
            Self::KisaIncident => false,
            Self::PipcLeak => [Element::Items, Element::WhenHow].contains(&element),
            Self::Gdpr33 => [Element::Categories, Element::SubjectCount, Element::RecordCount]
                .contains(&element),
        }
    }
}

impl std::fmt::Display for FilingKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
