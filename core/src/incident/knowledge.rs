//! When the carrier knew: the moments legal clocks count from.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{RevisionNo, StaffId};
use crate::law::Anchor;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_anchors_it_stands_for_every_awareness_and_nothing_else() {
        let at = DateTime::UNIX_EPOCH;
        let time = |anchors: &[Anchor]| KnowledgeTime {
            no: 1,
            at,
            anchors: anchors.iter().copied().collect(),
            revision: None,
            who: "fraud desk".to_owned(),
            what: "unusual micropayments".to_owned(),
            evidence: "ticket 1".to_owned(),
            recorded_at: at,
        };
        let named = time(&[Anchor::KrNewFactConfirmed]);
        for anchor in Anchor::ALL {
            assert_eq!(time(&[]).stands_for(anchor), anchor.is_awareness(), "{anchor}");
            assert_eq!(named.stands_for(anchor), anchor == Anchor::KrNewFactConfirmed, "{anchor}");
        }
    }
}
