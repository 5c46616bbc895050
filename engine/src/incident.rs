//! Incidents: what happened, when it was known, which channels prove nothing, in which words people are told.

mod knowledge;

use std::path::Path;

use serde::{Deserialize, Serialize};
use simrecall_core::access::Act;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::{Channel, Incident, IncidentCode, IncidentState};
use simrecall_core::notice::IncidentWords;
use simrecall_store::incident::NamedChannel;
use simrecall_store::law::About;

use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::{law, staff};
pub use knowledge::KnowledgeAnswer;
use knowledge::{KnowledgeFile, Known};

/// The journal's word for an incident's beginning.
pub(crate) const OPENED: &str = "incident.opened";
/// The journal's word for an incident's words: wording is registered there before anybody is told.
pub(crate) const WORDS: &str = "incident.words";

/// The file an incident is opened from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IncidentFile {
    code: IncidentCode,
    title: String,
    #[serde(default)]
    compromised: Vec<Channel>,
    /// What it is judged by; without them what binds the carrier.
    #[serde(default)]
    statutes: Vec<String>,
    #[serde(default)]
    knowledge: Vec<KnowledgeFile>,
    words: toml::Table,
}

/// What is known of an incident.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentAnswer {
    /// The incident.
    pub incident: Incident,
    /// The statutes it is judged by.
    pub statutes: Vec<String>,
    /// When it was known, by different measures.
    pub knowledge: Vec<KnowledgeAnswer>,
    /// How many holds it is under.
    pub holds: usize,
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
    let IncidentFile { code, title, compromised, statutes, knowledge, words } = parse(file, &text)?;
    law::check_statutes(home.packs()?, &statutes).map_err(|what| refused(file, &what))?;
    let known = knowledge::read(home, knowledge, &statutes, &staff)?;
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
    let body = serde_json::json!({
        "code": incident.code, "title": incident.title, "compromised": incident.compromised,
        "statutes": statutes, "knowledge": known.iter().map(Known::body).collect::<Vec<_>>(),
    });
    let opened = home.entry(OPENED, &actor, Some(incident.id), body)?;
    let registered =
        home.entry(WORDS, &actor, Some(incident.id), serde_json::json!({ "words": words }))?;
    let now = home.now();
    let done = home.store.write(|tx| {
        tx.open_incident(&incident, now)?;
        for known in &known {
            let no = tx.add_knowledge(incident.id, &known.time)?;
            for selection in known.selections(no) {
                let chosen = tx.select(incident.id, &selection)?;
                if let Some(agreement) = &known.agreement {
                    tx.agree(incident.id, About::Selection, chosen, agreement)?;
                }
            }
        }
        tx.journal(&opened)?;
        tx.journal(&registered)?;
        Ok(())
    });
    done.map_err(|error| {
        // Its key opens nothing.
        drop(law::hold::destroy_key(home, incident.id));
        if error.is_conflict() {
            Problem::state("exists", format!("{} is open already", incident.code))
        } else {
            problem::store(error)
        }
    })?;
    show(home, incident.code.as_str())
}

/// Names a channel that turned out to be compromised: from now on nothing that came over it proves anything, and what was proved
/// over it ends. There is no way back.
pub fn compromise(
    home: &Home,
    code: &str,
    (channel, reason): (Channel, &str),
    by: &str,
) -> Result<IncidentAnswer> {
    let incident = by_code(home, code)?;
    let staff = staff::may(home, by, Act::NameChannel)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > 500 {
        return Err(Problem::input("reason", "say in a line how that is known; names no person"));
    }
    let at = home.now();
    let named = NamedChannel { channel, reason: reason.to_owned(), by: staff.id, at };
    let actor = staff.id.to_string();
    let body = serde_json::json!({ "channel": channel, "reason": reason });
    let entry = home.entry("incident.compromised", &actor, Some(incident.id), body)?;
    let is_new = home.store.write(|tx| {
        let is_new = tx.name_compromised(incident.id, &named)?;
        if is_new {
            tx.journal(&entry)?;
        }
        Ok(is_new)
    });
    if is_new.map_err(problem::store)? {
        return show(home, code);
    }
    Err(Problem::state("exists", format!("{} is named already", channel.name())))
}

/// What is known of an incident.
pub fn show(home: &Home, code: &str) -> Result<IncidentAnswer> {
    let incident = by_code(home, code)?;
    let id = incident.id;
    let read = home
        .store
        .read(|tx| Ok((tx.snapshots(id)?, tx.revisions(id)?, tx.waves_of(id)?, tx.holds(id)?)));
    let (snapshots, revisions, waves, holds) = read.map_err(problem::store)?;
    Ok(IncidentAnswer {
        statutes: law::statutes(home, id)?.into_iter().collect(),
        knowledge: knowledge::show(home, id)?,
        holds: holds.iter().filter(|hold| hold.row.released.is_none()).count(),
        incident,
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
