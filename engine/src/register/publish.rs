//! Publishing the register: one page for people, one file for programs.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use simrecall_core::access::Act;
use simrecall_core::incident::Incident;
use simrecall_store::StoreError;
use simrecall_store::ledger::Wave;
use simrecall_store::wording::KeptWording;

use super::{json, page};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
use crate::{incident, law, staff};

/// The journal's word for a publication.
const PUBLISHED: &str = "register.published";

/// What was published.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// The page for people.
    pub page: PathBuf,
    /// The file for programs.
    pub json: PathBuf,
    /// The waves in it.
    pub waves: Vec<i32>,
    /// The wordings in it.
    pub wordings: usize,
    /// SHA-256 of the file for programs.
    pub sha256: String,
}

/// A released wave and what it said.
pub(super) struct Released {
    pub(super) wave: Wave,
    pub(super) wordings: Vec<KeptWording>,
}

/// Writes `index.html` and `register.json` of an incident's released waves into a folder. Older ones give way.
pub fn export(home: &Home, code: &str, out: &Path, by: &str) -> Result<Exported> {
    let member = staff::may(home, by, Act::Register)?;
    let incident = incident::by_code(home, code)?;
    let now = home.now();
    refuse_in_silence(home, &incident, now)?;
    let released = released(home, &incident)?;
    let json = json::text(&incident, &released, now)?;
    let sha256 = hex(&Sha256::digest(&json));
    let page = page::html(home, &incident, &released, (now, &sha256));
    let answer = Exported {
        page: out.join("index.html"),
        json: out.join("register.json"),
        waves: released.iter().map(|one| one.wave.no.0).collect(),
        wordings: released.iter().map(|one| one.wordings.len()).sum(),
        sha256,
    };
    std::fs::create_dir_all(out).map_err(|error| problem::file(out, error))?;
    let drafts = [draft(&answer.json, &json)?, draft(&answer.page, &page)?];
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "waves": answer.waves, "wordings": answer.wordings, "register_sha256": answer.sha256,
        "page_sha256": hex(&Sha256::digest(&page)),
    });
    let entry = home.entry(PUBLISHED, &actor, Some(incident.id), body)?;
    home.store.write(|tx| tx.journal(&entry)).map_err(problem::store)?;
    for (draft, path) in drafts.into_iter().zip([&answer.json, &answer.page]) {
        draft.persist(path).map_err(|error| problem::file(path, error.error))?;
    }
    Ok(answer)
}

/// The file for programs, of what was said up to now.
pub(crate) fn json_of(home: &Home, incident: &Incident, at: DateTime<Utc>) -> Result<String> {
    json::text(incident, &released(home, incident)?, at)
}

/// Whether a silence binds the incident, so that nothing of it may be made public.
pub(crate) fn is_silent(home: &Home, incident: &Incident, now: DateTime<Utc>) -> Result<bool> {
    Ok(!law::blocks(home, incident, now)?.is_empty())
}

/// What is published tells everybody, so it waits for every silence that binds the incident.
fn refuse_in_silence(home: &Home, incident: &Incident, now: DateTime<Utc>) -> Result<()> {
    let mut blocks = law::blocks(home, incident, now)?.into_iter().peekable();
    if blocks.peek().is_none() {
        return Ok(());
    }
    let what = format!("nothing of {} may be made public yet", incident.code);
    let hint = format!(
        "publish it after that; what ends a silence: simrecall clock list --incident {}",
        incident.code
    );
    let problem = Problem::state("silence", what).hint(hint);
    Err(blocks.fold(problem, |problem, block| {
        let why = law::silence_words(&block, home.config.law.zone);
        problem.detail(format!("people in {}: {why}", block.country))
    }))
}

fn released(home: &Home, incident: &Incident) -> Result<Vec<Released>> {
    let read = home.store.read(|tx| {
        let waves = tx.waves_of(incident.id)?;
        let waves = waves.into_iter().filter(|wave| wave.released_at.is_some());
        waves
            .map(|wave| Ok(Released { wordings: tx.wordings(wave.no)?, wave }))
            .collect::<std::result::Result<Vec<_>, StoreError>>()
    });
    let released = read.map_err(problem::store)?;
    if released.is_empty() {
        let what = format!("no wave of {} is released, so nothing was said yet", incident.code);
        return Err(Problem::state("nothing_released", what)
            .hint("publish it after: simrecall wave release WAVE --by NAME"));
    }
    Ok(released)
}

/// A file that takes its name only when everything else is done.
fn draft(path: &Path, text: &str) -> Result<tempfile::NamedTempFile> {
    let folder = path.parent().unwrap_or(path);
    let written = tempfile::Builder::new().permissions(readable()).tempfile_in(folder).and_then(
        |mut file| {
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            Ok(file)
        },
    );
    written.map_err(|error| problem::file(path, error))
}

/// Everybody may read what is published.
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}
