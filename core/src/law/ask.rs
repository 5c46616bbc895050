//! What notices must say, and when a posting may take their place.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::applies::in_force;
use super::{Duty, Element, Ground, Pack, PackId, PackSet, Rule, RuleId, Situation, Standing};
use crate::id::RevisionNo;
use crate::notice::NoticeKind;

/// The elements that the statutes, in their versions of a day, ask of a kind of notice, with the rules that ask for each.
/// Only rules whose text was read ask for anything.
pub fn asked_elements(
    packs: &PackSet,
    statutes: &BTreeSet<String>,
    day: NaiveDate,
    kind: NoticeKind,
) -> BTreeMap<Element, Vec<RuleId>> {
    let versions = statutes.iter().filter_map(|statute| packs.version(statute, day));
    asked_of(versions, kind)
}

/// The elements asked of a notice of what one revision added, or of the incident: each statute in the version that the
/// day of its own knowledge picks.
pub fn elements_of(
    packs: &PackSet,
    situation: &Situation,
    revision: Option<RevisionNo>,
    kind: NoticeKind,
    now: DateTime<Utc>,
) -> BTreeMap<Element, Vec<RuleId>> {
    asked_of(in_force(packs, situation, revision, now), kind)
}

/// A ground on which a rule lets a posting take the place of telling each person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PostingGround {
    /// The ground.
    pub ground: Ground,
    /// The version.
    pub pack: PackId,
    /// The rule.
    pub rule: RuleId,
    /// How far the rule can be relied on.
    pub standing: Standing,
    /// How many days the posting must stand; none if the rule does not say.
    pub days: Option<u32>,
}

/// The grounds on which the statutes, in their versions of a day, allow a posting; none from a rule that is not in force.
pub fn posting_grounds(
    packs: &PackSet,
    statutes: &BTreeSet<String>,
    day: NaiveDate,
) -> Vec<PostingGround> {
    let versions = statutes.iter().filter_map(|statute| packs.version(statute, day));
    let mut grounds: Vec<_> = versions.flat_map(grounds_of).collect();
    grounds.sort();
    grounds
}

fn grounds_of(pack: &Pack) -> impl Iterator<Item = PostingGround> {
    let rules = pack.rules.iter().filter(|rule| rule.standing != Standing::Pending);
    rules.flat_map(move |rule| {
        rule.grounds.iter().map(move |ground| PostingGround {
            ground: *ground,
            pack: pack.id.clone(),
            rule: rule.id.clone(),
            standing: rule.standing,
            days: rule.days,
        })
    })
}

fn asked_of<'a>(
    versions: impl IntoIterator<Item = &'a Pack>,
    kind: NoticeKind,
) -> BTreeMap<Element, Vec<RuleId>> {
    let mut asked: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for pack in versions {
        for (element, rule) in asked_by(pack, kind) {
            let rules = asked.entry(element).or_default();
            if !rules.contains(&rule.id) {
                rules.push(rule.id.clone());
            }
        }
    }
    asked
}

/// What one version asks of a kind of notice.
fn asked_by(pack: &Pack, kind: NoticeKind) -> Vec<(Element, &Rule)> {
    let of = |duty: Duty| -> Vec<(Element, &Rule)> {
        let rules = pack.verified().filter(|rule| rule.duty == duty);
        rules.flat_map(|rule| rule.elements.iter().map(move |element| (*element, rule))).collect()
    };
    match kind {
        // More, other or worse than they were told is a notice of its own, whole.
        NoticeKind::Confirmed
        | NoticeKind::Supplement
        | NoticeKind::Correction
        | NoticeKind::LossFound => of(Duty::Notify),
        NoticeKind::Possible => {
            let possible = of(Duty::NotifyPossible);
            if possible.is_empty() {
                of(Duty::Notify).into_iter().map(suspected).collect()
            } else {
                possible
            }
        }
        NoticeKind::AllClear => of(Duty::AllClear),
        NoticeKind::RemedyVisit | NoticeKind::RemedyReady | NoticeKind::RemedyDone => Vec::new(),
    }
}

/// Where a statute knows no notice of a possibility, its ordinary elements are asked, as far as they are suspected.
fn suspected((element, rule): (Element, &Rule)) -> (Element, &Rule) {
    if element == Element::Items {
        (Element::ItemsPossible, rule)
    } else if element == Element::WhenHow {
        (Element::WhenHowSuspected, rule)
    } else {
        (element, rule)
    }
}
