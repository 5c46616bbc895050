//! Whether a report holds what the law asks it to hold.

use std::fmt;

use super::FilingFacts;
use crate::law::Element;
use crate::notice::Language;

/// Something that a report must hold and does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// A field of who reports, as the configuration calls it.
    Filer(&'static str),
    /// An element that a rule asks.
    Element(Element),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filer(field) => write!(f, "{field} of who reports"),
            Self::Element(element) => {
                write!(f, "{} ({element})", element.title(Language::English))
            }
        }
    }
}

/// What is missing of who reports and of the elements asked. What may follow in a supplement is not missing.
pub fn missing(facts: &FilingFacts, asked: impl IntoIterator<Item = Element>) -> Vec<Missing> {
    let filer = &facts.filer;
    let fields = [
        ("organisation", &filer.organisation),
        ("representative", &filer.representative),
        ("department", &filer.department),
        ("phone", &filer.phone),
    ];
    let fields = fields.into_iter().filter(|(_, value)| value.trim().is_empty());
    let may_follow = |element: Element| facts.number.kind.may_follow(element);
    let elements = asked.into_iter().filter(|one| !may_follow(*one) && !facts.holds(*one));
    let fields = fields.map(|(field, _)| Missing::Filer(field));
    fields.chain(elements.map(Missing::Element)).collect()
}

impl FilingFacts {
    /// Whether there is something to be said of an element.
    pub fn holds(&self, element: Element) -> bool {
        let leak = &self.leak;
        let is_told = !leak.occurred.is_empty() && !leak.circumstances.is_empty();
        let latest = self.latest();
        let has_items = latest.is_some_and(|one| !one.confirmed.union(one.possible).is_empty());
        let reachable = !self.filer.department.is_empty() && !self.filer.phone.is_empty();
        let response = &self.response;
        match element {
            Element::Items | Element::Categories => has_items,
            Element::ItemsPossible => latest.is_some_and(|one| !one.possible.is_empty()),
            Element::WhenHow | Element::WhenHowSuspected | Element::IncTimeCauseDamage => is_told,
            Element::SelfHelp => !response.self_help.is_empty(),
            Element::ResponseRemedy => !response.measures.is_empty() && !response.relief.is_empty(),
            Element::Contact => !response.desk.name.is_empty() && !response.desk.phone.is_empty(),
            Element::LegalRights => !response.rights.is_empty(),
            Element::IncMeasures | Element::Measures => !response.measures.is_empty(),
            Element::IncContact | Element::DpoContact => reachable,
            Element::NewFact => self.since.as_ref().is_none_or(|since| !since.is_nothing()),
            Element::DelayReason => self.late_reason.is_some(),
            Element::Nature | Element::RootCause => !leak.circumstances.is_empty(),
            Element::SubjectCount | Element::RecordCount => latest.is_some(),
            Element::Consequences => !self.consequences.is_empty(),
            Element::Provider => !self.filer.organisation.is_empty(),
            Element::Detected => self.counted_from().is_some(),
            Element::IndividualNotice => !self.waves.is_empty(),
            // No report of ours has a place for these.
            Element::FurtherNotice
            | Element::AllClear
            | Element::OtherProviders
            | Element::CrossBorder
            | Element::Malicious
            | Element::Severity
            | Element::Indicators
            | Element::Publication
            | Element::Prevention => false,
        }
    }
}
