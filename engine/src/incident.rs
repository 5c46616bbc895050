//! Incidents: what happened, when it was known, which channels prove nothing, in which words people are told.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::access::Act;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::{Channel, Incident, IncidentCode, IncidentState, KnowledgeTime};
use simrecall_core::notice::IncidentWords;

use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::staff;

/// The journal's word for an incident's words: wording is registered there before anybody is told.
const WORDS: &str = "incident.words";

/// The file an incident is opened from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IncidentFile {
    code: IncidentCode,
    title: String,
    #[serde(default)]
    compromised: Vec<Channel>,
    #[serde(default)]
    knowledge: Vec<KnowledgeFile>,
    words: toml::Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnowledgeFile {
    at: DateTime<Utc>,
    what: String,
    evidence: String,
    #[serde(default)]
    selected: bool,
}

/// What is known of an incident.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentAnswer {
    /// The incident.
    pub incident: Incident,
    /// When it was known, by different measures.
    pub knowledge: Vec<KnowledgeTime>,
    /// The registry snapshots there are.
    pub snapshots: usize,
    /// The revisions there are, with their lines.
    pub revisions: Vec<(i32, u64)>,
    /// The waves there are, with their state.
    pub waves: Vec<(i32, &'static str)>,
}

/// Opens an incident from its file, with a key of its own.
pub fn open(home: &Home, file: &Path, by: &str) -> Result<IncidentAnswer> {
    let staff = staff::may(home, by, Act::OpenIncident)?;
    let text = std::fs::read_to_string(file).map_err(|error| problem::file(file, error))?;
    let IncidentFile { code, title, compromised, knowledge, words } = parse(file, &text)?;
    let words = toml::to_string(&words).map_err(|error| refused(file, &error.to_string()))?;
    IncidentWords::parse(&words).map_err(|error| {
        Problem::input("words", format!("{}: the words cannot be used", file.display()))
            .caused_by(error)
    })?;
    let incident = Incident {
        id: IncidentId::from_bytes(random()?),
        code,
        title,
        compromised: compromised.into_iter().collect(),
        state: IncidentState::Open,
    };
    home.keys.create_incident(incident.id).map_err(problem::keys)?;
    let actor = staff.id.to_string();
    let body = serde_json::json!({ "code": incident.code, "title": incident.title, "compromised": incident.compromised });
    let opened = home.entry("incident.opened", &actor, Some(incident.id), body)?;
    let registered =
        home.entry(WORDS, &actor, Some(incident.id), serde_json::json!({ "words": words }))?;
    let now = home.now();
    let done = home.store.write(|tx| {
        tx.open_incident(&incident, now)?;
        for KnowledgeFile { at, what, evidence, selected } in &knowledge {
            let (what, evidence) = (what.clone(), evidence.clone());
            tx.add_knowledge(
                incident.id,
                &KnowledgeTime { at: *at, what, evidence, selected: *selected },
            )?;
        }
        tx.journal(&opened)?;
        tx.journal(&registered)?;
        Ok(())
    });
    done.map_err(|error| {
        // Its key opens nothing.
        drop(home.keys.destroy_incident(incident.id));
        if error.is_conflict() {
            Problem::state("exists", format!("{} is open already", incident.code))
        } else {
            problem::store(error)
        }
    })?;
    show(home, incident.code.as_str())
}

/// What is known of an incident.
pub fn show(home: &Home, code: &str) -> Result<IncidentAnswer> {
    let incident = by_code(home, code)?;
    let id = incident.id;
    let read = home.store.read(|tx| {
        Ok((tx.knowledge_times(id)?, tx.snapshots(id)?, tx.revisions(id)?, tx.waves_of(id)?))
    });
    let (knowledge, snapshots, revisions, waves) = read.map_err(problem::store)?;
    Ok(IncidentAnswer {
        incident,
        knowledge: knowledge.into_iter().map(|numbered| numbered.time).collect(),
        snapshots: snapshots.len(),
        revisions: revisions.iter().map(|revision| (revision.no.0, revision.lines)).collect(),
        waves: waves.iter().map(|wave| (wave.no.0, wave.state.name())).collect(),
    })
}

/// An incident by the code staff typed.
pub(crate) fn by_code(home: &Home, code: &str) -> Result<Incident> {
    let parsed = IncidentCode::parse(code).map_err(|error| {
        Problem::input("incident_code", "this is no incident code").caused_by(error)
    })?;
    let found = home.store.read(|tx| tx.incident_by_code(&parsed)).map_err(problem::store)?;
    found.ok_or_else(|| {
        Problem::input("incident", format!("no incident is called {parsed}"))
            .hint("open it with: simrecall incident open FILE --by NAME")
    })
}

/// The words people are told in, as registered in the journal last.
pub(crate) fn words(home: &Home, incident: IncidentId) -> Result<String> {
    let entries =
        home.store.read(|tx| tx.entries_of_kind(incident, WORDS, 1)).map_err(problem::store)?;
    entries
        .first()
        .and_then(|entry| serde_json::from_str::<serde_json::Value>(&entry.body).ok())
        .and_then(|body| body.get("words")?.as_str().map(str::to_owned))
        .ok_or_else(|| Problem::ours("words", "the incident has no registered words"))
}

fn parse(file: &Path, text: &str) -> Result<IncidentFile> {
    toml::from_str(text).map_err(|error| refused(file, &error.to_string()))
}

fn refused(file: &Path, why: &str) -> Problem {
    Problem::input("incident_file", format!("{} is not understood", file.display()))
        .detail(why.trim().to_owned())
        .hint("docs/OPERATIONS.md shows a complete file")
}
