//! When the carrier knew: the moment legal clocks count from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::problem::ProblemCode;

/// A moment at which it can be said that the carrier knew. An incident has several; one is selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnowledgeTime {
    /// When.
    pub at: DateTime<Utc>,
    /// What was known then.
    pub what: String,
    /// What shows it: a document's name or number, never a person's data.
    pub evidence: String,
    /// Whether clocks count from it.
    pub selected: bool,
}

/// There is no one knowledge time to count from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoKnowledgeTime {
    /// None was recorded.
    #[error("the incident has no knowledge time yet")]
    None,
    /// None is selected.
    #[error("none of the incident's {0} knowledge times is selected")]
    NoneSelected(usize),
    /// More than one is selected.
    #[error("{0} knowledge times are selected, and clocks can count from one only")]
    Ambiguous(usize),
}

impl NoKnowledgeTime {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::KnowledgeTime
    }
}

/// The one knowledge time that clocks count from.
pub fn selected_knowledge(times: &[KnowledgeTime]) -> Result<&KnowledgeTime, NoKnowledgeTime> {
    let mut selected = times.iter().filter(|time| time.selected);
    match (selected.next(), selected.count()) {
        (Some(time), 0) => Ok(time),
        (Some(_), others) => Err(NoKnowledgeTime::Ambiguous(others + 1)),
        (None, _) if times.is_empty() => Err(NoKnowledgeTime::None),
        (None, _) => Err(NoKnowledgeTime::NoneSelected(times.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(selected: &[bool]) -> Vec<KnowledgeTime> {
        let time = |(second, selected): (i64, &bool)| KnowledgeTime {
            at: DateTime::from_timestamp(second, 0).unwrap(),
            what: "unusual micropayments".to_owned(),
            evidence: "ticket 1".to_owned(),
            selected: *selected,
        };
        (0..).zip(selected).map(time).collect()
    }

    #[test]
    fn clocks_count_from_exactly_one() {
        let two = times(&[false, true]);
        assert_eq!(selected_knowledge(&two), Ok(&two[1]));
        assert_eq!(selected_knowledge(&[]), Err(NoKnowledgeTime::None));
        assert_eq!(
            selected_knowledge(&times(&[false, false])),
            Err(NoKnowledgeTime::NoneSelected(2))
        );
        assert_eq!(
            selected_knowledge(&times(&[true, false, true])),
            Err(NoKnowledgeTime::Ambiguous(2))
        );
    }
}
