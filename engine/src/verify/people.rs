//! Lines and people: each line in a notice or owed, each person's latest notice where it is.

use std::collections::{BTreeMap, BTreeSet};

use simrecall_core::cohort::{Exposure, FactSet};
use simrecall_core::delivery::TargetState;
use simrecall_core::id::{LineId, SubscriberId, TargetKey};
use simrecall_core::incident::Incident;
use simrecall_core::notice::NoticeKind;
use simrecall_core::wave::{Telling, Told, owed};
use simrecall_store::BucketRange;
use simrecall_store::cohort::Revision;
use simrecall_store::ledger::NoticeKey;

use super::{IncidentCount, Verified};
use crate::home::Home;
use crate::problem::{self, Result};
use crate::suppression;

/// People looked at together.
const PEOPLE: u64 = 4_000;

/// Counts an incident against its latest revision.
pub(super) fn count(
    home: &Home,
    incident: &Incident,
    found: &mut Verified,
) -> Result<IncidentCount> {
    let mut count =
        IncidentCount { incident: incident.code.to_string(), ..IncidentCount::default() };
    let revision = home.store.read(|tx| tx.latest_revision(incident.id)).map_err(problem::store)?;
    let Some(revision) = revision else { return Ok(count) };
    count.revision = revision.no.0;
    count.unresolved = revision.unresolved;
    for range in BucketRange::covering(revision.lines, PEOPLE) {
        Stretch::read(home, &revision, range)?.count(&mut count, found);
    }
    if count.lines != revision.lines {
        found.fault(format!(
            "{}: {} lines counted, {} recorded",
            revision.no, count.lines, revision.lines
        ));
    }
    Ok(count)
}

/// The people of one range of buckets, with all that bears on them.
struct Stretch {
    exposures: BTreeMap<SubscriberId, Vec<Exposure>>,
    tellings: BTreeMap<SubscriberId, Vec<Telling>>,
    suppressed: BTreeSet<SubscriberId>,
    latest: BTreeMap<SubscriberId, TargetKey>,
    states: BTreeMap<TargetKey, TargetState>,
}

impl Stretch {
    fn read(home: &Home, revision: &Revision, range: BucketRange) -> Result<Self> {
        let (incident, no) = (revision.incident, revision.no);
        let (rows, told, notices) = home
            .store
            .read(|tx| {
                Ok((
                    tx.exposures_in(incident, no, range)?,
                    tx.told_in(incident, range)?,
                    tx.notices_in(incident, range)?,
                ))
            })
            .map_err(problem::store)?;
        let mut exposures: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows {
            exposures.entry(row.holder).or_default().push(row);
        }
        let mut tellings: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (person, row) in told {
            tellings.entry(person).or_default().push(row);
        }
        let latest = latest(&notices);
        let keys: Vec<TargetKey> = latest.values().copied().collect();
        let mut states = BTreeMap::new();
        for some in keys.chunks(500) {
            let targets = home.store.read(|tx| tx.targets(some)).map_err(problem::store)?;
            states.extend(targets.iter().map(|t| (t.key, TargetState::of(&t.views()))));
        }
        let suppressed = suppression::suppressed(home, incident, range)?;
        Ok(Self { exposures, tellings, suppressed, latest, states })
    }

    fn count(&self, count: &mut IncidentCount, found: &mut Verified) {
        for (person, exposures) in &self.exposures {
            let none = Vec::new();
            let tellings = self.tellings.get(person).unwrap_or(&none);
            count.persons += 1;
            let is_suppressed = self.suppressed.contains(person);
            count_lines(exposures, tellings, is_suppressed, count);
            let twice = said_twice(tellings);
            if twice > 0 {
                count.told_twice += twice;
                found.fault(format!("{}: somebody was told the same fact twice", count.incident));
            }
            self.count_person(*person, !tellings.is_empty(), count, found);
        }
    }

    fn count_person(
        &self,
        person: SubscriberId,
        told: bool,
        count: &mut IncidentCount,
        found: &mut Verified,
    ) {
        let state = self.latest.get(&person).map(|key| self.states.get(key));
        let is_told = matches!(state, Some(Some(TargetState::Reached { .. })));
        if self.suppressed.contains(&person) && !is_told {
            count.suppressed += 1;
            return;
        }
        match state {
            None if told => {
                found.fault(format!("{}: somebody has tellings and no notice", count.incident));
            }
            None => count.untold += 1,
            Some(None) => found.fault(format!("{}: a notice has no target", count.incident)),
            Some(Some(TargetState::Reached { by, .. })) => {
                *count.told_by.entry(by.name()).or_default() += 1;
            }
            Some(Some(
                TargetState::Untried
                | TargetState::Open { .. }
                | TargetState::InDoubt { .. }
                | TargetState::NeverTaken { .. }
                | TargetState::Waiting { .. }
                | TargetState::Missed { .. },
            )) => count.on_the_way += 1,
        }
    }
}

fn latest(notices: &[NoticeKey]) -> BTreeMap<SubscriberId, TargetKey> {
    let mut latest: BTreeMap<SubscriberId, TargetKey> = BTreeMap::new();
    for notice in notices {
        let key = latest.entry(notice.person).or_insert(notice.primary);
        *key = (*key).max(notice.primary);
    }
    latest
}

/// Each line is told in full, or somebody is still owed something of it, or must not be told.
fn count_lines(
    exposures: &[Exposure],
    tellings: &[Telling],
    is_suppressed: bool,
    count: &mut IncidentCount,
) {
    let now: BTreeMap<LineId, FactSet> = exposures.iter().map(|e| (e.line, e.facts)).collect();
    let owed = owed(&now, &Told::of(tellings.iter().copied()));
    for line in now.keys() {
        count.lines += 1;
        if owed.facts.contains_key(line) && is_suppressed {
            count.lines_suppressed += 1;
        } else if owed.facts.contains_key(line) {
            count.lines_owed += 1;
        } else {
            count.lines_told += 1;
        }
    }
}

/// How many facts were said more than once; a correction says again on purpose.
fn said_twice(tellings: &[Telling]) -> u64 {
    let mut said: BTreeMap<LineId, FactSet> = BTreeMap::new();
    let mut twice = 0;
    for telling in tellings {
        let before = said.entry(telling.line).or_default();
        match telling.kind {
            NoticeKind::Correction | NoticeKind::AllClear => *before = telling.facts,
            NoticeKind::Possible
            | NoticeKind::Confirmed
            | NoticeKind::Supplement
            | NoticeKind::RemedyVisit
            | NoticeKind::RemedyReady
            | NoticeKind::RemedyDone
            | NoticeKind::LossFound => {
                if telling.facts.minus(*before) != telling.facts {
                    twice += 1;
                }
                *before = before.union(telling.facts);
            }
        }
    }
    twice
}
