//! Knowledge times: who knew what when. They are added and never changed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::{Incident, KnowledgeTime};
use simrecall_core::law::Anchor;

use super::list::{ClockRow, rows};
use super::moment;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{cohort, incident, staff};

/// What staff say was known.
#[derive(Debug, Clone)]
pub struct NewFact<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// What was known then.
    pub what: &'a str,
    /// What shows it.
    pub evidence: &'a str,
    /// Who knew.
    pub who: &'a str,
    /// Names of the anchors it is a candidate for; none for every moment of awareness.
    pub anchors: &'a [String],
    /// The revision whose people it concerns.
    pub revision: Option<i32>,
}

/// A knowledge time that was added, and what it changed.
#[derive(Debug, Clone, Serialize)]
pub struct FactAnswer {
    /// The knowledge time.
    pub knowledge: KnowledgeTime,
    /// Clocks that count from it now.
    pub starts: Vec<ClockRow>,
    /// Clocks that would count from it if legal staff chose it.
    pub candidate_for: Vec<ClockRow>,
}

/// Adds a knowledge time.
pub fn add(home: &Home, code: &str, fact: &NewFact<'_>, by: &str) -> Result<FactAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::AddKnowledge)?;
    let time = knowledge(home, &incident, fact)?;
    let body = serde_json::json!({
        "at": time.at, "what": time.what, "evidence": time.evidence, "who": time.who,
        "anchors": time.anchors, "revision": time.revision,
    });
    let actor = member.id.to_string();
    let entry = home.entry("knowledge.added", &actor, Some(incident.id), body)?;
    let added = home.store.write(|tx| {
        let no = tx.add_knowledge(incident.id, &time)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    let no = added.map_err(problem::store)?;
    let rows = rows(home, &incident)?;
    let of_it = |row: &&ClockRow| row.knowledge == Some(no);
    Ok(FactAnswer {
        starts: rows.iter().filter(of_it).filter(|row| row.counts).cloned().collect(),
        candidate_for: rows.iter().filter(of_it).filter(|row| !row.counts).cloned().collect(),
        knowledge: KnowledgeTime { no, ..time },
    })
}

fn knowledge(home: &Home, incident: &Incident, fact: &NewFact<'_>) -> Result<KnowledgeTime> {
    moment::check(home, fact.at)?;
    if let Some(no) = fact.revision {
        cohort::revision(home, incident, Some(no))?;
    }
    Ok(KnowledgeTime {
        no: 0,
        at: fact.at,
        anchors: anchors(fact.anchors)?,
        revision: fact.revision.map(RevisionNo),
        who: said("who", fact.who, "say which team or office knew it")?,
        what: said("what", fact.what, "say what was known then")?,
        evidence: said(
            "evidence",
            fact.evidence,
            "name what shows it: a mail, a ticket, a report, and where it lies",
        )?,
        recorded_at: home.now(),
    })
}

/// Anchors by their names.
pub(crate) fn anchors(names: &[String]) -> Result<BTreeSet<Anchor>> {
    names.iter().map(|name| anchor(name)).collect()
}

/// An anchor by its name.
pub(super) fn anchor(name: &str) -> Result<Anchor> {
    Anchor::parse(name.trim()).map_err(|_| {
        let known = Anchor::ALL.map(Anchor::name).join(", ");
        Problem::input("anchor", format!("{name} is no anchor"))
            .detail(format!("one of {known}"))
            .hint("simrecall law show says what each rule counts from")
    })
}

/// What has to be said, and must not be empty.
pub(crate) fn said(code: &'static str, text: &str, hint: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::input(code, format!("--{code} says nothing")).hint(hint));
    }
    Ok(text.to_owned())
}
