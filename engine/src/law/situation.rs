//! All that is true of an incident, as the law looks at it, read from the rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use simrecall_core::delivery::Rung;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::{Incident, KnowledgeTime, Selection};
use simrecall_core::law::{
    Anchor, Duty, Excuse, Facts, PackSet, RevisionAdds, Rule, Situation, Trigger,
};
use simrecall_store::cohort::{Revision, RevisionState};
use simrecall_store::law::{BlockChange, BlockDecision, ExcuseRecord, Recorded};

use super::complete::{Reach, reaches};
use super::{acts, determine, select, silence};
use crate::cohort::Adds;
use crate::home::Home;
use crate::incident::OPENED;
use crate::problem::{self, Result};

/// Everything at once.
pub(super) fn of(
    home: &Home,
    packs: &PackSet,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Result<Situation> {
    Ok(with_reaches(home, packs, incident, now)?.0)
}

/// The same without what telling people did: all it takes to know whether they must not be told. It counts nobody, so it
/// can be asked before every batch.
pub(super) fn before_telling(
    home: &Home,
    packs: &PackSet,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Result<Situation> {
    Ok(read(home, packs, incident, now, Depth::Silence)?.0)
}

/// The same, with how far each revision has come.
pub(super) fn with_reaches(
    home: &Home,
    packs: &PackSet,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Result<(Situation, Vec<Reach>)> {
    read(home, packs, incident, now, Depth::Whole)
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What silences follow from.
    Silence,
    /// Everything.
    Whole,
}

fn read(
    home: &Home,
    packs: &PackSet,
    incident: &Incident,
    now: DateTime<Utc>,
    depth: Depth,
) -> Result<(Situation, Vec<Reach>)> {
    let id = incident.id;
    let (knowledge, selections, revisions) = home
        .store
        .read(|tx| Ok((tx.knowledge_times(id)?, tx.selections(id)?, tx.revisions(id)?)))
        .map_err(problem::store)?;
    let ready: Vec<Revision> =
        revisions.into_iter().filter(|one| one.state == RevisionState::Ready).collect();
    let adds = ready.iter().map(|one| Adds::of(home, one)).collect::<Result<Vec<_>>>()?;
    let reaches = match depth {
        Depth::Silence => Vec::new(),
        Depth::Whole => reaches(home, incident, &ready)?,
    };
    let asks = |rule: &Rule| depth == Depth::Whole || rule.duty == Duty::Silence;
    let places = countries(home, packs, id, asks)?;
    let situation = Situation {
        statutes: statutes(home, id)?,
        facts: Facts { residents: residents(home, id, &ready, places)?, ..facts(home, id, &adds)? },
        revisions: ready.iter().zip(&adds).map(|(one, adds)| revision_adds(one, adds)).collect(),
        selections: chosen(&knowledge, &selections),
        excuses: excuses(home, id, &knowledge, now)?,
        acts: acts::of(home, packs, incident, &knowledge, &reaches)?,
        knowledge,
    };
    Ok((situation, reaches))
}

/// The statutes an incident is judged by: its own, or the carrier's.
pub(crate) fn statutes(home: &Home, incident: IncidentId) -> Result<BTreeSet<String>> {
    let entries =
        home.store.read(|tx| tx.entries_of_kind(incident, OPENED, 1)).map_err(problem::store)?;
    let body = entries.first().and_then(|entry| serde_json::from_str(&entry.body).ok());
    let own = body.and_then(|body: serde_json::Value| {
        let names = body.get("statutes")?.as_array()?.iter();
        names.map(|name| name.as_str().map(str::to_owned)).collect::<Option<BTreeSet<_>>>()
    });
    let carriers = || home.config.law.statutes.iter().cloned().collect();
    Ok(own.filter(|own| !own.is_empty()).unwrap_or_else(carriers))
}

fn revision_adds(revision: &Revision, adds: &Adds) -> RevisionAdds {
    RevisionAdds {
        no: revision.no,
        confirmed: !adds.confirmed.is_empty(),
        possible: !adds.possible.is_empty(),
    }
}

/// What can be counted, at its highest: what was once over a threshold stays over it. What people determined lies over it.
fn facts(home: &Home, incident: IncidentId, adds: &[Adds]) -> Result<Facts> {
    let items = adds.iter().map(Adds::items).reduce(simrecall_core::cohort::ItemSet::union);
    let (posted, determined) = home
        .store
        .read(|tx| Ok((tx.has_tried(incident, Rung::Posting)?, tx.determinations(incident)?)))
        .map_err(problem::store)?;
    let mut facts = Facts {
        items: items.unwrap_or_default(),
        persons: adds.iter().map(|adds| adds.persons).max(),
        contact_unknown: posted,
        ..Facts::default()
    };
    determine::lay_over(&mut facts, &determined);
    Ok(facts)
}

/// The countries whose packs ask, in rules that matter, how many live there. Of a part of a country the registry knows nothing.
fn countries(
    home: &Home,
    packs: &PackSet,
    incident: IncidentId,
    matters: impl Fn(&Rule) -> bool,
) -> Result<BTreeSet<String>> {
    let statutes = statutes(home, incident)?;
    let asks = |rule: &Rule| {
        let mut all = rule.when.iter().chain(rule.any_of.iter().flatten());
        matters(rule) && all.any(|trigger| matches!(trigger, Trigger::ResidentsOver(_)))
    };
    let bound = packs.iter().filter(|pack| statutes.contains(&pack.statute));
    let asking = bound.filter(|pack| pack.region.is_none() && pack.rules.iter().any(asks));
    Ok(asking.map(|pack| pack.country.clone()).collect())
}

/// How many people live in each of these countries, at most; nobody is counted if there is none.
fn residents(
    home: &Home,
    incident: IncidentId,
    revisions: &[Revision],
    countries: BTreeSet<String>,
) -> Result<BTreeMap<String, u64>> {
    let mut most: BTreeMap<String, u64> = countries.into_iter().map(|one| (one, 0)).collect();
    if most.is_empty() {
        return Ok(most);
    }
    for revision in revisions {
        let found = home.store.read(|tx| tx.residents(incident, revision.no));
        for (country, persons) in by_country(home, found.map_err(problem::store)?) {
            if let Some(most) = most.get_mut(&country) {
                *most = persons.max(*most);
            }
        }
    }
    Ok(most)
}

/// People whose country the registry does not say live in the carrier's.
fn by_country(home: &Home, found: Vec<(String, u64)>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (country, persons) in found {
        let country = if country.is_empty() { home.config.law.country.clone() } else { country };
        *sums.entry(country).or_default() += persons;
    }
    sums
}

/// The selections that count.
fn chosen(knowledge: &[KnowledgeTime], all: &[Recorded<Selection>]) -> Vec<Selection> {
    let counting = all.iter().filter(|one| select::counts(knowledge, one));
    counting.map(|one| one.row.clone()).collect()
}

/// The excuses two people agreed to, and the silences an agency wants longer.
fn excuses(
    home: &Home,
    incident: IncidentId,
    knowledge: &[KnowledgeTime],
    now: DateTime<Utc>,
) -> Result<Vec<Excuse>> {
    let (excuses, decisions) = home
        .store
        .read(|tx| Ok((tx.excuses(incident)?, tx.block_decisions(incident)?)))
        .map_err(problem::store)?;
    let agreed = excuses.iter().filter(|one| one.is_agreed());
    let mut found: Vec<Excuse> = agreed.map(|one| excuse(&one.row, knowledge, now)).collect();
    found.extend(
        decisions.iter().filter(|one| silence::counts(one)).filter_map(|one| longer(&one.row)),
    );
    Ok(found)
}

/// An excuse lasts until the obstacle is recorded to have ended, and never longer than was agreed.
fn excuse(record: &ExcuseRecord, knowledge: &[KnowledgeTime], now: DateTime<Utc>) -> Excuse {
    let ends = knowledge.iter().filter(|time| time.anchors.contains(&Anchor::KrObstacleEnded));
    let after = ends.clone().filter(|time| time.recorded_at >= record.at).map(|time| time.at).min();
    let ended = after.or_else(|| ends.map(|time| time.at).max());
    let until = match (ended, record.until) {
        (Some(ended), Some(until)) => ended.min(until),
        (Some(end), None) | (None, Some(end)) => end,
        // It lasts: due no sooner than now.
        (None, None) => now,
    };
    Excuse { rule: record.rule.clone(), scope: record.scope, until, reason: record.reason.clone() }
}

fn longer(decision: &BlockDecision) -> Option<Excuse> {
    match decision.change {
        BlockChange::Extend => Some(Excuse {
            rule: decision.rule.clone(),
            scope: simrecall_core::law::Scope::Incident,
            until: decision.until?,
            reason: decision.reason.clone(),
        }),
        BlockChange::Lift => None,
    }
}
