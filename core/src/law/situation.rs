//! What is true of an incident, as the law looks at it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Duty, Pack, Rule, RuleId, Scope, Trigger};
use crate::cohort::ItemSet;
use crate::id::RevisionNo;
use crate::incident::{KnowledgeTime, Selection};

/// All that clocks are computed from. Empty is allowed: an incident with no cohort yet has clocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Situation {
    /// The statutes the incident names.
    pub statutes: BTreeSet<String>,
    /// What is known of it.
    pub facts: Facts,
    /// The revisions of its cohort that are in force, in order.
    pub revisions: Vec<RevisionAdds>,
    /// Who knew what when.
    pub knowledge: Vec<KnowledgeTime>,
    /// Which of these legal staff decided to count from, oldest first; the newest counts.
    pub selections: Vec<Selection>,
    /// Delays that two people of different roles excused.
    pub excuses: Vec<Excuse>,
    /// What was done.
    pub acts: Vec<LegalAct>,
}

/// What is known of an incident. Counts and items are the most that was ever known: a revision that takes people out
/// removes no duty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Items that leaked or may have, of anybody.
    pub items: ItemSet,
    /// How many persons are concerned.
    pub persons: Option<u64>,
    /// How many persons live in a country or region (ISO 3166-1 or 3166-2), where somebody can count them.
    pub residents: BTreeMap<String, u64>,
    /// Where nobody can: whether more than so many live there; taken as true until a person says no.
    pub residents_over: BTreeMap<u64, bool>,
    /// Whether some persons' contacts are not known.
    pub contact_unknown: bool,
    /// Whether it turned out that nothing leaked of people who had been told that it may have.
    pub none_leaked: bool,
    /// Whether somebody got in from outside; taken as true until a person says no.
    pub external_access: Option<bool>,
    /// Whether it is an intrusion incident; taken as true until a person says no.
    pub intrusion: Option<bool>,
    /// Whether the risk to persons is likely to be high; taken as true until a person says no.
    pub high_risk: Option<bool>,
    /// Whether customer proprietary network information is concerned; taken as true until a person says no.
    pub cpni: Option<bool>,
}

impl Facts {
    /// What was counted or determined of a trigger that nobody may know, in a pack's region or country; none while it is
    /// only presumed. Of every other trigger it says nothing.
    pub fn known(&self, trigger: Trigger, place: &str) -> Option<bool> {
        match trigger {
            Trigger::ExternalAccess => self.external_access,
            Trigger::Intrusion => self.intrusion,
            Trigger::Cpni => self.cpni,
            Trigger::HighRisk => self.high_risk,
            Trigger::ResidentsOver(count) => {
                let counted = self.residents.get(place).map(|residents| *residents > count);
                counted.or_else(|| self.residents_over.get(&count).copied())
            }
            Trigger::Always
            | Trigger::Leak
            | Trigger::Possible
            | Trigger::NoneLeaked
            | Trigger::PersonsAtLeast(_)
            | Trigger::PersonsOver(_)
            | Trigger::Sensitive
            | Trigger::NewFact
            | Trigger::ContactUnknown
            | Trigger::Reported => None,
        }
    }

    /// What of a rule is only presumed: nobody can count it, and nobody has determined it.
    pub fn presumed(&self, pack: &Pack, rule: &Rule) -> Vec<Trigger> {
        let all = rule.when.iter().chain(rule.any_of.iter().flatten()).copied();
        let mut open: Vec<Trigger> = all
            .filter(|trigger| trigger.is_presumed())
            .filter(|trigger| self.known(*trigger, pack.place()).is_none())
            .collect();
        open.sort_unstable();
        open.dedup();
        open
    }
}

/// What one revision of the cohort added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionAdds {
    /// The revision.
    pub no: RevisionNo,
    /// Whether it added a confirmed fact of anybody.
    pub confirmed: bool,
    /// Whether it added a possible fact of anybody.
    pub possible: bool,
}

/// A delay that was excused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// The rule, which must know an excuse.
    pub rule: RuleId,
    /// What it is about.
    pub scope: Scope,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// Something done that a rule asks for: a report filed, a revision legally complete, a posting started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalAct {
    /// What was done.
    pub duty: Duty,
    /// The one rule it was done for; none if it was done for every rule of that duty in the incident's statutes.
    pub rule: Option<RuleId>,
    /// What it was about.
    pub scope: Scope,
    /// When it was done.
    pub at: DateTime<Utc>,
}
