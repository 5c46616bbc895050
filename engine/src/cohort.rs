//! The cohort: which lines leaked what, in numbered revisions that never change.

mod added;
mod adds;
mod draft;
mod evidence;
mod known;
mod resolve;

use std::path::Path;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::cohort::Diff;
use simrecall_core::id::{RevisionNo, SnapshotNo};
use simrecall_core::incident::Incident;
use simrecall_store::cohort::Revision;
use simrecall_store::registry::{Snapshot, SnapshotState};

use crate::csv_rows::{EvidenceRow, ExposureRow, Row, Rows};
use crate::derive::{self, Brought};
use crate::home::Home;
use crate::intake::{Intake, Tally, name_duplicates};
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
use crate::{incident, staff};
use added::Added;
pub(crate) use adds::Adds;
pub(crate) use draft::{Draft, Filled, Ground, Maker, Origin, says};
use evidence::Said;
pub use evidence::{
    Evidence, EvidenceAnswer, Kept, Looking, SourceAnswer, UnexplainedAnswer, Verdicts, Withdraw,
    WithdrawAnswer, evidence, withdraw,
};
pub(crate) use evidence::{judged, united};
pub use known::Known;
use resolve::Resolved;
pub use simrecall_store::derivation::EvidenceSource;

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

/// A revision made by adding evidence, as answers show it.
#[derive(Debug, Clone, Serialize)]
pub struct AddAnswer {
    /// The revision.
    #[serde(flatten)]
    pub made: RevisionAnswer,
    /// What became of the evidence.
    pub evidence: Kept,
}

/// Makes the next revision from a complete list: all of it, or nothing.
pub fn import(
    home: &Home,
    code: &str,
    file: &Path,
    options: &ImportOptions<'_>,
) -> Result<RevisionAnswer> {
    let ground = ground(home, code, options)?;
    let list = List::<ExposureRow>::open("list", file, options)?;
    list.make(&ground, |draft, resolved| {
        home.store.load_exposures(&ground.keys, draft.no, resolved)?;
        Ok(None)
    })
}

/// Makes the next revision by adding lines on evidence from outside; what was there stays. The evidence is kept as it came,
/// also where it says nothing new.
pub fn add(
    home: &Home,
    code: &str,
    file: &Path,
    evidence: &Evidence<'_>,
    options: &ImportOptions<'_>,
) -> Result<AddAnswer> {
    if evidence.what.trim().is_empty() {
        return Err(Problem::input("evidence", "say what the evidence is and where it lies"));
    }
    let ground = ground(home, code, options)?;
    let list = List::<EvidenceRow>::open(evidence.what, file, options)?;
    let by = staff::may(home, options.by, Act::ImportCohort)?.id;
    let mut kept = None;
    let made = list.make(&ground, |draft, resolved| {
        let added = Added::collect(resolved)?;
        let said = Rc::new(Said::of(&ground, &added, evidence, by)?);
        let before = ground.last.as_ref().map(|last| last.no);
        added.load_over(home, &ground.keys, before, draft.no)?;
        kept = Some(Rc::clone(&said));
        Ok(Some(said))
    })?;
    let kept = kept.ok_or_else(|| Problem::ours("evidence", "the evidence was not looked at"))?;
    if made.no_change {
        kept.keep_alone(&ground)?;
    }
    Ok(AddAnswer { made, evidence: kept.kept() })
}

fn ground<'a>(home: &'a Home, code: &str, options: &ImportOptions<'a>) -> Result<Ground<'a>> {
    let ImportOptions { accept_rejects: _, expect_change, known, by } = *options;
    Ground::open(home, code, Maker { by, expect_change, known }, None)
}

/// A list, opened.
struct List<'a, R> {
    how: &'a str,
    file: &'a Path,
    rows: Rows<R>,
    accept_rejects: u64,
}

impl<'a, R: Row + Into<ExposureRow>> List<'a, R> {
    fn open(how: &'a str, file: &'a Path, options: &ImportOptions<'_>) -> Result<Self> {
        let accept_rejects = options.accept_rejects;
        Ok(Self { how, file, rows: Rows::open(file)?, accept_rejects })
    }

    /// Makes a revision of it; `load` puts what it resolves to into the draft. With evidence, what the last revision left
    /// unresolved stays so.
    fn make(
        self,
        ground: &Ground<'_>,
        load: impl FnOnce(&Draft<'_>, Resolved<'_>) -> Result<Option<Rc<Said>>>,
    ) -> Result<RevisionAnswer> {
        let Self { how, file, rows, accept_rejects } = self;
        let (sha256, incident) = (rows.sha256(), ground.incident.id);
        let origin = Origin::list(how, file, &hex(&sha256), &ground.snapshot);
        ground.make(&origin, |draft| {
            let mut intake = Intake::new(file, accept_rejects);
            let said = load(draft, Resolved::of(ground, rows, &mut intake))
                .map_err(|error| name_duplicates(file, &["line"], error))?;
            let taken = intake.finish()?;
            let stays = said.as_ref().and(ground.last.as_ref()).map_or(0, |last| last.unresolved);
            let evidence = said.as_ref().map(|said| said.body());
            Ok(Filled {
                tally: taken.tally,
                unresolved: stays + taken.tally.unresolved,
                body: serde_json::json!({ "file_sha256": hex(&sha256), "evidence": evidence }),
                keep: Box::new(move |tx, _, _| {
                    taken.keep(tx, incident, "exposure", sha256)?;
                    said.as_ref().map_or(Ok(()), |said| said.keep(tx, &ground.keys))
                }),
                repeats: Box::new(|last, content| Ok(says(last, content))),
            })
        })
    }
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
#[derive(Debug, Clone, Serialize)]
pub struct DiffAnswer {
    /// Lines, counted.
    #[serde(flatten)]
    pub diff: Diff,
    /// Which rule brought whom in and why, where the newer one was derived right after the older.
    pub brought: Option<Brought>,
}

/// What changed from one revision to another.
pub fn diff(home: &Home, code: &str, from: i32, to: i32) -> Result<DiffAnswer> {
    let incident = incident::by_code(home, code)?;
    let from = revision(home, &incident, Some(from))?.no;
    let to = revision(home, &incident, Some(to))?.no;
    let diff = home.store.read(|tx| tx.diff(incident.id, from, to)).map_err(problem::store)?;
    let brought = derive::brought(home, incident.id, to)?;
    Ok(DiffAnswer { diff, brought: brought.filter(|brought| brought.against == Some(from)) })
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
