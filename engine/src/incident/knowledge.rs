//! The knowledge times an incident is opened with, and how they are shown.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::access::{Act, StaffRole};
use simrecall_core::id::{IncidentId, RevisionNo, StaffId};
use simrecall_core::incident::{KnowledgeTime, Selection};
use simrecall_core::law::{Anchor, PackSet};
use simrecall_store::law::Agreement;
use simrecall_store::staff::StaffMember as Staff;

use crate::home::Home;
use crate::law::{self, Moment};
use crate::problem::{self, Result};
use crate::staff::role_words;

/// A knowledge time in an incident's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KnowledgeFile {
    at: DateTime<Utc>,
    what: String,
    evidence: String,
    /// Which team or office knew; the roles of whoever opens it when absent.
    #[serde(default)]
    who: Option<String>,
    #[serde(default)]
    anchors: Vec<String>,
    #[serde(default)]
    selected: bool,
    /// Why it is the one that counts.
    #[serde(default)]
    reason: Option<String>,
}

/// A knowledge time to be added with the incident, and what is chosen of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) time: KnowledgeTime,
    /// For which anchors it is chosen.
    chosen: BTreeSet<Anchor>,
    reason: String,
    by: StaffId,
    /// That of whoever opens the incident, if choosing is for them.
    pub(super) agreement: Option<Agreement>,
}

/// Reads and checks the knowledge times of a file.
pub(super) fn read(
    home: &Home,
    files: Vec<KnowledgeFile>,
    statutes: &[String],
    by: &Staff,
) -> Result<Vec<Known>> {
    let bound = if statutes.is_empty() { &home.config.law.statutes } else { statutes };
    let asked = anchors_asked(home.packs()?, bound);
    let role = by.roles.iter().copied().find(|role: &StaffRole| role.may(Act::SelectClock));
    let now = home.now();
    let agreement = role.map(|role| Agreement { staff: by.id, role, at: now });
    files.into_iter().map(|file| known(home, file, by, &asked, agreement)).collect()
}

impl Known {
    /// The choices of it, once it has a number.
    pub(super) fn selections(&self, no: i32) -> impl Iterator<Item = Selection> {
        self.chosen.iter().map(move |anchor| Selection {
            anchor: *anchor,
            revision: None,
            knowledge: no,
            reason: self.reason.clone(),
            by: self.by,
            at: self.time.recorded_at,
        })
    }

    /// As the journal keeps it.
    pub(super) fn body(&self) -> serde_json::Value {
        let KnowledgeTime { at, what, evidence, who, anchors, .. } = &self.time;
        serde_json::json!({
            "at": at, "what": what, "evidence": evidence, "who": who, "anchors": anchors,
            "chosen_for": self.chosen, "reason": self.reason,
        })
    }
}

fn known(
    home: &Home,
    file: KnowledgeFile,
    by: &Staff,
    asked: &BTreeSet<Anchor>,
    agreement: Option<Agreement>,
) -> Result<Known> {
    law::check_moment(home, file.at)?;
    let time = KnowledgeTime {
        no: 0,
        at: file.at,
        anchors: law::anchors(&file.anchors)?,
        revision: None,
        who: file.who.unwrap_or_else(|| role_words(by)),
        what: law::said("what", &file.what, "say what was known then")?,
        evidence: law::said("evidence", &file.evidence, "name what shows it, and where it lies")?,
        recorded_at: home.now(),
    };
    let stands = asked.iter().copied().filter(|anchor| file.selected && time.stands_for(*anchor));
    Ok(Known {
        chosen: stands.collect(),
        reason: file.reason.unwrap_or_else(|| "selected when the incident was opened".to_owned()),
        by: by.id,
        agreement,
        time,
    })
}

/// The anchors that rules of these statutes count from.
fn anchors_asked(packs: &PackSet, statutes: &[String]) -> BTreeSet<Anchor> {
    let bound = packs.iter().filter(|pack| statutes.contains(&pack.statute));
    bound.flat_map(|pack| &pack.rules).map(|rule| rule.clock).collect()
}

/// A knowledge time, as answers show it.
#[derive(Debug, Clone, Serialize)]
pub struct KnowledgeAnswer {
    /// The knowledge time.
    #[serde(flatten)]
    pub time: KnowledgeTime,
    /// When, in the carrier's zone.
    pub when: Moment,
    /// The anchors whose clocks count from it because somebody chose it.
    pub selected: BTreeSet<Anchor>,
    /// The anchors it was chosen for, where somebody of another role still has to agree.
    pub waiting: BTreeSet<Anchor>,
}

impl KnowledgeAnswer {
    /// What it is about, where that is one revision.
    pub const fn revision(&self) -> Option<RevisionNo> {
        self.time.revision
    }
}

/// The knowledge times of an incident, in the order they were added.
pub(super) fn show(home: &Home, incident: IncidentId) -> Result<Vec<KnowledgeAnswer>> {
    let (times, selections) = home
        .store
        .read(|tx| Ok((tx.knowledge_times(incident)?, tx.selections(incident)?)))
        .map_err(problem::store)?;
    let chosen = law::chosen(&times, &selections);
    let waiting = law::waiting_selections(&times, &selections);
    let answer = |time: &KnowledgeTime| KnowledgeAnswer {
        when: Moment::of(home, time.at),
        selected: of(time, chosen.iter().copied()),
        waiting: of(time, waiting.iter().map(|one| &one.row)),
        time: time.clone(),
    };
    Ok(times.iter().map(answer).collect())
}

fn of<'a>(time: &KnowledgeTime, all: impl Iterator<Item = &'a Selection>) -> BTreeSet<Anchor> {
    all.filter(|one| one.knowledge == time.no).map(|one| one.anchor).collect()
}
