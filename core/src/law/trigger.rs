//! What must be true of an incident for a rule to bind.

use std::fmt;

/// What must be true of an incident for a rule to bind.
///
/// Counts that nobody has counted yet are below every threshold, so that counting can only add duties. What nobody has
/// decided yet (access from outside, intrusion, high risk, CPNI, how many live in a place nobody can count) is taken to be true where the incident names the
/// statute: only a person's recorded word makes it false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// Whatever is true.
    Always,
    /// Data leaked.
    Leak,
    /// Data may have leaked.
    Possible,
    /// Nothing leaked after all, and people were told that it may have.
    NoneLeaked,
    /// At least so many persons are concerned.
    PersonsAtLeast(u64),
    /// More than so many persons are concerned.
    PersonsOver(u64),
    /// More than so many residents of the pack's region are concerned.
    ResidentsOver(u64),
    /// An item is sensitive or identifies a person uniquely, as the statute has it.
    Sensitive,
    /// Somebody got in from outside.
    ExternalAccess,
    /// A further fact was confirmed.
    NewFact,
    /// Some persons' contacts are not known.
    ContactUnknown,
    /// It is an intrusion incident.
    Intrusion,
    /// What the US calls customer proprietary network information is concerned.
    Cpni,
    /// The risk to persons is likely to be high.
    HighRisk,
    /// The statute's first report was made.
    Reported,
}

/// A text that is no trigger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a trigger; one of always, leak, possible, none_leaked, persons_at_least:N, persons_over:N, residents_over:N, sensitive, external_access, new_fact, contact_unknown, intrusion, cpni, high_risk, reported"
)]
pub struct ParseTriggerError;

impl Trigger {
    /// Whether it is taken to be true while nobody has counted or determined it.
    pub const fn is_presumed(self) -> bool {
        match self {
            Self::ExternalAccess
            | Self::Intrusion
            | Self::Cpni
            | Self::HighRisk
            | Self::ResidentsOver(_) => true,
            Self::Always
            | Self::Leak
            | Self::Possible
            | Self::NoneLeaked
            | Self::PersonsAtLeast(_)
            | Self::PersonsOver(_)
            | Self::Sensitive
            | Self::NewFact
            | Self::ContactUnknown
            | Self::Reported => false,
        }
    }

    /// Reads the word of a pack.
    pub fn parse(text: &str) -> Result<Self, ParseTriggerError> {
        if let Some((word, count)) = text.split_once(':') {
            let count = count.parse().map_err(|_| ParseTriggerError)?;
            return match word {
                "persons_at_least" => Ok(Self::PersonsAtLeast(count)),
                "persons_over" => Ok(Self::PersonsOver(count)),
                "residents_over" => Ok(Self::ResidentsOver(count)),
                _ => Err(ParseTriggerError),
            };
        }
        PLAIN.into_iter().find(|(word, _)| *word == text).map(|(_, t)| t).ok_or(ParseTriggerError)
    }
}

const PLAIN: [(&str, Trigger); 12] = [
    ("always", Trigger::Always),
    ("leak", Trigger::Leak),
    ("possible", Trigger::Possible),
    ("none_leaked", Trigger::NoneLeaked),
    ("sensitive", Trigger::Sensitive),
    ("external_access", Trigger::ExternalAccess),
    ("new_fact", Trigger::NewFact),
    ("contact_unknown", Trigger::ContactUnknown),
    ("intrusion", Trigger::Intrusion),
    ("cpni", Trigger::Cpni),
    ("high_risk", Trigger::HighRisk),
    ("reported", Trigger::Reported),
];

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PersonsAtLeast(count) => write!(f, "persons_at_least:{count}"),
            Self::PersonsOver(count) => write!(f, "persons_over:{count}"),
            Self::ResidentsOver(count) => write!(f, "residents_over:{count}"),
            Self::Always => f.write_str("always"),
            Self::Leak => f.write_str("leak"),
            Self::Possible => f.write_str("possible"),
            Self::NoneLeaked => f.write_str("none_leaked"),
            Self::Sensitive => f.write_str("sensitive"),
            Self::ExternalAccess => f.write_str("external_access"),
            Self::NewFact => f.write_str("new_fact"),
            Self::ContactUnknown => f.write_str("contact_unknown"),
            Self::Intrusion => f.write_str("intrusion"),
            Self::Cpni => f.write_str("cpni"),
            Self::HighRisk => f.write_str("high_risk"),
            Self::Reported => f.write_str("reported"),
        }
    }
}

by_name!(Trigger);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_read_back() {
        let counts =
            [Trigger::PersonsAtLeast(1000), Trigger::PersonsOver(7), Trigger::ResidentsOver(0)];
        for trigger in PLAIN.into_iter().map(|(_, t)| t).chain(counts) {
            assert_eq!(Trigger::parse(&trigger.to_string()), Ok(trigger));
        }
        for bad in ["", "leaks", "persons_over", "persons_over:", "persons_over:-1", "leak:1"] {
            assert_eq!(Trigger::parse(bad), Err(ParseTriggerError), "{bad}");
        }
    }
}
