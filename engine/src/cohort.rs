//! The cohort: which lines leaked what, in numbered revisions that never change.

mod added;
mod adds;
mod draft;
mod known;
mod resolve;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::cohort::Diff;
use simrecall_core::id::{RevisionNo, SnapshotNo};
use simrecall_core::incident::Incident;
use simrecall_store::cohort::Revision;
use simrecall_store::registry::{Snapshot, SnapshotState};

use crate::csv_rows::{ExposureRow, Rows};
use crate::home::Home;
use crate::incident;
use crate::intake::{Intake, Tally, name_duplicates};
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
pub(crate) use adds::Adds;
pub(crate) use draft::{Draft, Filled, Ground, Maker, Origin, says};
pub use known::Known;
use resolve::Resolved;

/// The journal's word for a revision that was made.
const IMPORTED: &str = "cohort.imported";
/// Its word for a revision that was derived.
pub(crate) const DERIVED: &str = "cohort.derived";

/// How to import a list.
#[derive(Debug, Clone, Copy)]
pub struct ImportOptions<'a> {
    /// How many bad rows to accept.
    pub accept_rejects: u64,
    /// Whether a change of more than 20 % is expected.
    pub expect_change: bool,
    /// When what the list adds was known; presumed when staff do not say.
    pub known: Option<Known<'a>>,
    /// Who imports.
    pub by: &'a str,
}

/// A revision, as answers show it.
#[derive(Debug, Clone, Serialize)]
pub struct RevisionAnswer {
    /// Its number.
    pub revision: RevisionNo,
    /// Whether the list says what the last revision says: then nothing changed.
    pub no_change: bool,
    /// Lines in it.
    pub lines: u64,
    /// Rows that could not be resolved to a line; they stay in every total.
    pub unresolved: u64,
    /// SHA-256 of its content, whatever the order of the file.
    pub sha256: String,
    /// Where it came from.
    pub provenance: String,
    /// Up to when its data reaches.
    pub data_cutoff: DateTime<Utc>,
    /// Against the revision before it.
    pub diff: Option<Diff>,
    /// Rows, and what became of them.
    pub tally: Tally,
}

/// Makes the next revision from a complete list: all of it, or nothing.
pub fn import(
    home: &Home,
    code: &str,
    file: &Path,
    options: &ImportOptions<'_>,
) -> Result<RevisionAnswer> {
    make(home, code, ("list", file), options, |draft, resolved| {
        home.store.load_exposures(&draft.ground.keys, draft.no, resolved)
    })
}

/// Makes the next revision by adding lines on evidence from outside; what was there stays.
pub fn add(
    home: &Home,
    code: &str,
    file: &Path,
    evidence: &str,
    options: &ImportOptions<'_>,
) -> Result<RevisionAnswer> {
    if evidence.trim().is_empty() {
        return Err(Problem::input("evidence", "say what the evidence is and where it lies"));
    }
    make(home, code, (evidence, file), options, |draft, resolved| {
        let before = draft.ground.last.as_ref().map(|last| last.no);
        added::Added::collect(resolved)?.load_over(home, &draft.ground.keys, before, draft.no)
    })
}

/// Makes a revision from a list; `load` puts what it resolves to into the draft.
fn make(
    home: &Home,
    code: &str,
    (how, file): (&str, &Path),
    options: &ImportOptions<'_>,
    load: impl FnOnce(&Draft<'_>, Resolved<'_>) -> Result<u64>,
) -> Result<RevisionAnswer> {
    let ImportOptions { accept_rejects, expect_change, known, by } = *options;
    let ground = Ground::open(home, code, Maker { by, expect_change, known }, None)?;
    let rows = Rows::<ExposureRow>::open(file)?;
    let sha256 = rows.sha256();
    let origin = Origin::list(how, file, &hex(&sha256), &ground.snapshot);
    let incident = ground.incident.id;
    ground.make(&origin, |draft| {
        let mut intake = Intake::new(file, accept_rejects);
        let resolved = Resolved::of(home, &ground.keys, ground.snapshot.no, rows, &mut intake);
        load(draft, resolved).map_err(|error| name_duplicates(file, &["line"], error))?;
        let taken = intake.finish()?;
        Ok(Filled {
            tally: taken.tally,
            unresolved: taken.tally.unresolved,
            body: serde_json::json!({ "file_sha256": hex(&sha256) }),
            keep: Box::new(move |tx, _, _| taken.keep(tx, incident, "exposure", sha256)),
            repeats: Box::new(|last, content| Ok(says(last, content))),
        })
    })
}

/// One revision, or the last one.
pub fn show(home: &Home, code: &str, no: Option<i32>) -> Result<RevisionAnswer> {
    let incident = incident::by_code(home, code)?;
    let revision = revision(home, &incident, no)?;
    let before = RevisionNo(revision.no.0 - 1);
    let diff = home.store.read(|tx| {
        Ok(if tx.revision(incident.id, before)?.is_some() {
            Some(tx.diff(incident.id, before, revision.no)?)
        } else {
            None
        })
    });
    Ok(answer(&revision, false, diff.map_err(problem::store)?, Tally::default()))
}

/// What changed from one revision to another.
pub fn diff(home: &Home, code: &str, from: i32, to: i32) -> Result<Diff> {
    let incident = incident::by_code(home, code)?;
    let from = revision(home, &incident, Some(from))?.no;
    let to = revision(home, &incident, Some(to))?.no;
    home.store.read(|tx| tx.diff(incident.id, from, to)).map_err(problem::store)
}

/// A revision by number, or the last one.
pub(crate) fn revision(home: &Home, incident: &Incident, no: Option<i32>) -> Result<Revision> {
    let found = home.store.read(|tx| match no {
        Some(no) => tx.revision(incident.id, RevisionNo(no)),
        None => tx.latest_revision(incident.id),
    });
    found.map_err(problem::store)?.ok_or_else(|| {
        let which =
            no.map_or_else(|| "no revision yet".to_owned(), |no| format!("no revision {no}"));
        Problem::state("revision", format!("{} has {which}", incident.code))
            .hint("make one with: simrecall cohort import")
    })
}

/// A registry snapshot by number, or the last one.
pub(crate) fn snapshot(home: &Home, incident: &Incident, no: Option<i32>) -> Result<Snapshot> {
    let found = home.store.read(|tx| match no {
        Some(no) => tx.snapshot(incident.id, SnapshotNo(no)),
        None => tx.latest_snapshot(incident.id),
    });
    let ready = found.map_err(problem::store)?.filter(|one| one.state == SnapshotState::Ready);
    ready.ok_or_else(|| {
        let which =
            no.map_or_else(|| "no registry yet".to_owned(), |no| format!("no registry {no}"));
        Problem::state(
            "registry",
            format!("{} has {which}: whose line was it then?", incident.code),
        )
        .hint("first: simrecall registry import")
    })
}

fn answer(
    revision: &Revision,
    no_change: bool,
    diff: Option<Diff>,
    tally: Tally,
) -> RevisionAnswer {
    RevisionAnswer {
        revision: revision.no,
        no_change,
        lines: revision.lines,
        unresolved: revision.unresolved,
        sha256: revision.hash.map(|hash| hash.to_string()).unwrap_or_default(),
        provenance: revision.provenance.clone(),
        data_cutoff: revision.data_cutoff,
        diff,
        tally,
    }
}
