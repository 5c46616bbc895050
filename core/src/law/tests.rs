//! Cases from the record, and what must hold of every incident.

mod laws;
mod packs;
mod record;
mod silence;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::*;
use crate::id::{RevisionNo, StaffId};
use crate::incident::{KnowledgeTime, Selection};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

/// A time of day in Korea.
fn kst(text: &str) -> DateTime<Utc> {
    at(&format!("{}:00+09:00", text.replace(' ', "T")))
}

fn incident(statutes: &[&str]) -> Situation {
    let statutes = statutes.iter().map(|name| (*name).to_owned()).collect();
    Situation { statutes, ..Situation::default() }
}

impl Situation {
    fn knew(mut self, at: DateTime<Utc>, anchors: &[Anchor]) -> Self {
        self.learn(at, anchors, None);
        self
    }

    fn knew_of(mut self, revision: i32, at: DateTime<Utc>) -> Self {
        self.learn(at, &[], Some(RevisionNo(revision)));
        self
    }

    fn learn(&mut self, at: DateTime<Utc>, anchors: &[Anchor], revision: Option<RevisionNo>) {
        self.knowledge.push(KnowledgeTime {
            no: i32::try_from(self.knowledge.len()).unwrap() + 1,
            at,
            anchors: anchors.iter().copied().collect(),
            revision,
            who: "fraud desk".to_owned(),
            what: "unusual micropayments".to_owned(),
            evidence: "ticket 1".to_owned(),
            recorded_at: at,
        });
    }

    fn selected(mut self, anchor: Anchor, revision: Option<i32>, knowledge: i32) -> Self {
        self.selections.push(Selection {
            anchor,
            revision: revision.map(RevisionNo),
            knowledge,
            reason: "counsel".to_owned(),
            by: StaffId::from_bytes([1; 16]),
            at: kst("2026-01-01 00:00"),
        });
        self
    }

    fn did(mut self, duty: Duty, scope: Scope, at: DateTime<Utc>) -> Self {
        self.acts.push(LegalAct { duty, rule: None, scope, at });
        self
    }

    fn revision(mut self, no: i32, confirmed: bool, possible: bool) -> Self {
        self.revisions.push(RevisionAdds { no: RevisionNo(no), confirmed, possible });
        self
    }

    /// The clocks of a rule that count.
    fn counting_clocks(&self, rule: &str, now: DateTime<Utc>) -> Vec<Clock> {
        let all = clocks(&PackSet::builtin(), self, now);
        all.into_iter().filter(|clock| clock.counts && clock.rule.as_str() == rule).collect()
    }

    /// The one clock of a rule that counts.
    fn the_clock(&self, rule: &str, now: DateTime<Utc>) -> Clock {
        let clocks = self.counting_clocks(rule, now);
        assert_eq!(clocks.len(), 1, "{clocks:#?}");
        clocks[0].clone()
    }
}

/// How long, in words, and how late, in words.
fn said(clock: &Clock) -> (String, String) {
    let elapsed = Span(clock.elapsed.unwrap()).to_string();
    let late = match clock.state {
        ClockState::Late { by, .. } => format!("late by {}", Span(by)),
        ClockState::Met { spare: Some(spare), .. } => format!("{} to spare", Span(spare)),
        ClockState::Running { left } => format!("{} left", Span(left)),
        state @ (ClockState::NotStarted
        | ClockState::Met { spare: None, .. }
        | ClockState::Blocked { .. }
        | ClockState::Excused { .. }
        | ClockState::Open
        | ClockState::Pending) => format!("{state:?}"),
    };
    (elapsed, late)
}
