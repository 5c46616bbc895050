//! When the carrier knew: the moments legal clocks count from.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{RevisionNo, StaffId};
use crate::law::Anchor;
use crate::problem::ProblemCode;

/// A moment at which it can be said that the carrier knew. An incident has several, and none is ever taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnowledgeTime {
    /// Its number within the incident, from 1.
    pub no: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// What it is a candidate for; empty for every anchor that is a moment of awareness.
    pub anchors: BTreeSet<Anchor>,
    /// The revision whose additions it is about; none for the incident.
    pub revision: Option<RevisionNo>,
    /// Who knew: a team, a role or an outside body, never a person's name.
    pub who: String,
    /// What was known then.
    pub what: String,
    /// What shows it: a document's name or number, never a person's data.
    pub evidence: String,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
    /// Whether clocks count from it.
    pub selected: bool,
}

impl KnowledgeTime {
    /// Whether a clock that counts from this anchor could count from this moment.
    pub fn stands_for(&self, anchor: Anchor) -> bool {
        if self.anchors.is_empty() { anchor.is_awareness() } else { self.anchors.contains(&anchor) }
    }
}

/// Legal staff decided which knowledge time an anchor's clocks count from. The newest counts; older ones stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The anchor.
    pub anchor: Anchor,
    /// The revision whose clocks it is about; none for the incident.
    pub revision: Option<RevisionNo>,
    /// The number of the knowledge time.
    pub knowledge: i32,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
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
            no: 1,
            at: DateTime::from_timestamp(second, 0).unwrap(),
            anchors: BTreeSet::new(),
            revision: None,
            who: "fraud desk".to_owned(),
            what: "unusual micropayments".to_owned(),
            evidence: "ticket 1".to_owned(),
            recorded_at: DateTime::from_timestamp(second, 0).unwrap(),
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
