//! Which moments a clock could count from, and which one it does.

use chrono::{DateTime, NaiveDate, Utc};

use super::calendar::day;
use super::{Anchor, Duty, LegalAct, Pack, Rule, Scope, Situation};
use crate::id::RevisionNo;
use crate::incident::KnowledgeTime;

/// A moment a clock could count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) at: DateTime<Utc>,
    /// The knowledge time's number; none if it is something that was done.
    pub(super) knowledge: Option<i32>,
}

/// Whose knowledge counts for a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The incident's: any knowledge time, since what is known of a part is known of the whole.
    Incident,
    /// The incident's own, without what was known of single revisions: a duty to people that no revision has taken over.
    Itself,
    /// That of the first revision a rule is about: the incident's own and the revision's.
    First(RevisionNo),
    /// That of a later revision: its own, and the incident's while it has none.
    Later(RevisionNo),
    /// One knowledge time alone.
    Fact(i32),
}

impl Whose {
    /// What the clock is about.
    pub(super) const fn scope(self) -> Scope {
        match self {
            Self::Incident | Self::Itself => Scope::Incident,
            Self::First(no) | Self::Later(no) => Scope::Revision(no),
            Self::Fact(no) => Scope::Fact(no),
        }
    }
}

impl KnowledgeTime {
    const fn candidate(&self) -> Candidate {
        Candidate { at: self.at, knowledge: Some(self.no) }
    }
}

impl Situation {
    /// Knowledge times an anchor's clock could count from, earliest first.
    pub(super) fn candidates(&self, anchor: Anchor, whose: Whose) -> Vec<Candidate> {
        let of = |keep: &dyn Fn(&KnowledgeTime) -> bool| -> Vec<Candidate> {
            let standing = self.knowledge.iter().filter(|time| time.stands_for(anchor));
            let mut found: Vec<_> =
                standing.filter(|t| keep(t)).map(KnowledgeTime::candidate).collect();
            found.sort_unstable();
            found
        };
        match whose {
            Whose::Incident => of(&|_| true),
            Whose::Itself => of(&|time| time.revision.is_none()),
            Whose::First(no) => of(&|time| time.revision.is_none_or(|of| of == no)),
            Whose::Later(no) => {
                let own = of(&|time| time.revision == Some(no));
                if own.is_empty() { of(&|time| time.revision.is_none()) } else { own }
            }
            Whose::Fact(no) => of(&|time| time.no == no),
        }
    }

    /// The knowledge time an anchor's clock counts from: the one selected last, else the earliest.
    pub(super) fn counting(&self, anchor: Anchor, whose: Whose) -> Option<Candidate> {
        let earliest = || self.candidates(anchor, whose).first().copied();
        self.chosen(anchor, whose).or_else(earliest)
    }

    /// The moment a rule's clock counts from: the knowledge time selected last, else the earliest of the knowledge
    /// times and the first act of the rule it comes after.
    pub(super) fn start(&self, pack: &Pack, rule: &Rule, whose: Whose) -> Option<Candidate> {
        self.chosen(rule.clock, whose).or_else(|| {
            let earliest = self.candidates(rule.clock, whose).first().copied();
            let after = rule.after.as_ref().and_then(|after| pack.rule(after));
            let acts = self.acts.iter().filter(|act| after.is_some_and(|rule| act.is_for(rule)));
            let done = acts.map(|act| Candidate { at: act.at, knowledge: None }).min();
            earliest.into_iter().chain(done).min_by_key(|candidate| candidate.at)
        })
    }

    /// The day a statute's version is picked by, in the version's zone.
    pub(super) fn known_on(&self, pack: &Pack, whose: Whose, now: DateTime<Utc>) -> NaiveDate {
        let known = self.counting(pack.anchor, whose).map(|candidate| candidate.at);
        day(known.unwrap_or(now), pack.zone)
    }

    /// Whether a knowledge time names this anchor in so many words.
    pub(super) fn names(&self, anchor: Anchor) -> bool {
        self.knowledge.iter().any(|time| time.anchors.contains(&anchor))
    }

    /// What legal staff selected last, if it is there and stands for the anchor.
    fn chosen(&self, anchor: Anchor, whose: Whose) -> Option<Candidate> {
        let of = |revision: Option<RevisionNo>| {
            let mut newest = self.selections.iter().rev();
            newest.find(|s| s.anchor == anchor && s.revision == revision).map(|s| s.knowledge)
        };
        let own = |time: &KnowledgeTime| time.revision == whose.scope().revision();
        let no = match whose {
            Whose::Incident | Whose::Itself => of(None),
            Whose::First(no) => of(Some(no)).or_else(|| of(None)),
            Whose::Later(no) => of(Some(no)).or_else(|| {
                let mut standing = self.knowledge.iter().filter(|time| time.stands_for(anchor));
                if standing.any(own) { None } else { of(None) }
            }),
            Whose::Fact(_) => None,
        };
        let mut standing = self.knowledge.iter().filter(|time| time.stands_for(anchor));
        standing.find(|time| Some(time.no) == no).map(KnowledgeTime::candidate)
    }
}

impl LegalAct {
    /// Whether it was done for this rule.
    pub(super) fn is_for(&self, rule: &Rule) -> bool {
        match &self.rule {
            Some(id) => *id == rule.id,
            // A notice that something leaked says more than one that it may have.
            None => {
                self.duty == rule.duty
                    || (self.duty == Duty::Notify && rule.duty == Duty::NotifyPossible)
            }
        }
    }
}
