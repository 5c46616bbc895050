//! Which versions and which rules bind an incident.

use chrono::{DateTime, Utc};

use super::candidates::Whose;
use super::{Duty, Pack, PackSet, RevisionAdds, Rule, RuleId, Situation, Standing, Trigger};
use crate::cohort::Item;
use crate::id::RevisionNo;

/// The versions in force for an incident, or for what one of its revisions added: one of each statute it names, picked
/// by the day that was known. Before anything is known, today's.
pub fn in_force<'a>(
    packs: &'a PackSet,
    situation: &Situation,
    revision: Option<RevisionNo>,
    now: DateTime<Utc>,
) -> Vec<&'a Pack> {
    let whose = revision.map_or(Whose::Incident, |no| situation.whose(no));
    let statutes = situation.statutes.iter();
    statutes.filter_map(|statute| version(packs, statute, situation, whose, now)).collect()
}

/// The version of one statute for whoever's knowledge counts.
pub(super) fn version<'a>(
    packs: &'a PackSet,
    statute: &str,
    situation: &Situation,
    whose: Whose,
    now: DateTime<Utc>,
) -> Option<&'a Pack> {
    let mut packs = packs.iter().filter(|pack| pack.statute == statute);
    packs.find(|pack| pack.is_in_force(situation.known_on(pack, whose, now)))
}

/// A rule of a version, as it binds.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) pack: &'a Pack,
    pub(super) rule: &'a Rule,
    pub(super) whose: Whose,
}

/// Every rule of one statute that binds, with what it is about; pending ones are left out.
pub(super) fn bound<'a>(
    packs: &'a PackSet,
    statute: &str,
    situation: &Situation,
    now: DateTime<Utc>,
) -> Vec<Bound<'a>> {
    let mut found = Vec::new();
    for adds in situation.revisions.iter().copied() {
        let whose = situation.whose(adds.no);
        if let Some(pack) = version(packs, statute, situation, whose, now) {
            found.extend(of_revision(pack, situation, adds));
        }
    }
    let by_revision: Vec<_> = found.iter().map(|bound: &Bound<'_>| &bound.rule.id).collect();
    let pack = version(packs, statute, situation, Whose::Incident, now);
    let own = pack.map(|pack| of_incident(pack, situation, &by_revision)).unwrap_or_default();
    found.extend(own);
    found
}

fn of_revision<'a>(pack: &'a Pack, situation: &Situation, adds: RevisionAdds) -> Vec<Bound<'a>> {
    let rules = counted(pack).filter(|rule| rule.duty.is_per_revision());
    let rules = rules.filter(|rule| binds(pack, rule, situation, Some(adds)));
    let bound = rules.map(|rule| {
        let about = |adds: &&RevisionAdds| binds(pack, rule, situation, Some(**adds));
        let first = situation.revisions.iter().find(about).map(|adds| adds.no);
        let is_first = first == Some(adds.no);
        let whose = if is_first { Whose::First(adds.no) } else { Whose::Later(adds.no) };
        Bound { pack, rule, whose }
    });
    bound.collect()
}

/// A duty to people is the incident's own until a revision says to whom.
fn of_incident<'a>(
    pack: &'a Pack,
    situation: &Situation,
    by_revision: &[&RuleId],
) -> Vec<Bound<'a>> {
    let taken_over = |rule: &Rule| rule.duty.is_per_revision() && by_revision.contains(&&rule.id);
    let rules = counted(pack).filter(|rule| !taken_over(rule));
    let rules = rules.filter(|rule| binds(pack, rule, situation, None));
    rules
        .flat_map(|rule| whose_of(rule, situation).map(move |whose| Bound { pack, rule, whose }))
        .collect()
}

fn whose_of(rule: &Rule, situation: &Situation) -> impl Iterator<Item = Whose> + use<> {
    let facts: Vec<_> = if rule.clock.is_each() {
        let named = situation.knowledge.iter().filter(|time| time.stands_for(rule.clock));
        named.map(|time| Whose::Fact(time.no)).collect()
    } else if rule.duty.is_per_revision() {
        vec![Whose::Itself]
    } else {
        vec![Whose::Incident]
    };
    facts.into_iter()
}

fn counted(pack: &Pack) -> impl Iterator<Item = &Rule> {
    pack.rules.iter().filter(|rule| rule.standing != Standing::Pending)
}

/// Whether everything a rule asks to be true is true.
pub(super) fn binds(
    pack: &Pack,
    rule: &Rule,
    situation: &Situation,
    adds: Option<RevisionAdds>,
) -> bool {
    let holds = |trigger: &Trigger| situation.holds(*trigger, pack, rule, adds);
    let one_of = rule.any_of.is_empty() || rule.any_of.iter().any(|all| all.iter().all(holds));
    one_of && rule.when.iter().all(holds)
}

impl Situation {
    /// Whose knowledge picks the version for a revision: the first one shares the incident's.
    pub(super) fn whose(&self, no: RevisionNo) -> Whose {
        let first = self.revisions.first().is_none_or(|adds| adds.no == no);
        if first { Whose::First(no) } else { Whose::Later(no) }
    }

    fn holds(
        &self,
        trigger: Trigger,
        pack: &Pack,
        rule: &Rule,
        adds: Option<RevisionAdds>,
    ) -> bool {
        let facts = &self.facts;
        let persons = facts.persons.unwrap_or(0);
        match trigger {
            Trigger::Always => true,
            Trigger::Leak => adds.is_none_or(|adds| leaked(pack, adds)),
            Trigger::Possible => adds.map_or_else(|| self.is_possible(rule), |adds| adds.possible),
            Trigger::NoneLeaked => facts.none_leaked || self.names(rule.clock),
            Trigger::PersonsAtLeast(count) => persons >= count,
            Trigger::PersonsOver(count) => persons > count,
            Trigger::Sensitive => facts.items.contains(Item::RegistrationNumber),
            Trigger::NewFact => self.names(rule.clock),
            Trigger::ContactUnknown => facts.contact_unknown,
            Trigger::ExternalAccess
            | Trigger::Intrusion
            | Trigger::Cpni
            | Trigger::HighRisk
            | Trigger::ResidentsOver(_) => facts.known(trigger, pack.place()) != Some(false),
            Trigger::Reported => self.is_reported(pack),
        }
    }

    fn is_possible(&self, rule: &Rule) -> bool {
        self.names(rule.clock) || self.revisions.iter().any(|adds| adds.possible)
    }

    fn is_reported(&self, pack: &Pack) -> bool {
        let mut reports = pack.rules.iter().filter(|rule| rule.duty == Duty::Report);
        reports.any(|rule| self.acts.iter().any(|act| act.is_for(rule)))
    }
}

/// Whether a revision is about a leak. A statute that knows no notice of a mere possibility asks the ordinary one.
fn leaked(pack: &Pack, adds: RevisionAdds) -> bool {
    let knows = pack.rules.iter().any(|rule| rule.duty == Duty::NotifyPossible);
    adds.confirmed || (adds.possible && !knows)
}
