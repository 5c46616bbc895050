//! The cohort: which lines leaked what, in numbered revisions that never change.

mod added;
mod adds;
mod known;
mod resolve;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::cohort::Diff;
use simrecall_core::id::{IncidentId, RevisionNo};
use simrecall_core::incident::{Incident, KnowledgeTime};
use simrecall_store::cohort::{NewRevision, Revision, RevisionContent};
use simrecall_store::registry::Snapshot;
use simrecall_store::seal::IncidentKeys;

use crate::csv_rows::{ExposureRow, Rows};
use crate::home::Home;
use crate::intake::{Intake, Taken, Tally, name_duplicates};
use crate::problem::{self, Problem, Result};
use crate::staff::{hex, role_words};
use crate::{incident, law, staff};
pub(crate) use adds::Adds;
pub use known::Known;
use resolve::Resolved;

/// The journal's word for a revision that was made.
const IMPORTED: &str = "cohort.imported";
/// A change of more than this share of the last revision has to be expected, in percent.
const EXPECTED_CHANGE_PERCENT: u64 = 20;

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
    let draft = Draft::begin(home, code, file, "list", options)?;
    draft.finish_or_drop(|draft, rows, intake| {
        let resolved = Resolved::of(home, draft.keys, draft.snapshot.no, rows, intake);
        home.store.load_exposures(draft.keys, draft.no, resolved)
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
    let draft = Draft::begin(home, code, file, evidence, options)?;
    draft.finish_or_drop(|draft, rows, intake| {
        let resolved = Resolved::of(home, draft.keys, draft.snapshot.no, rows, intake);
        let added = added::Added::collect(resolved)?;
        let before = draft.last.as_ref().map(|last| last.no);
        added.load_over(home, draft.keys, before, draft.no)
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

/// A revision being made.
struct Draft<'a> {
    home: &'a Home,
    incident: IncidentId,
    actor: String,
    who: String,
    keys: &'a IncidentKeys,
    snapshot: Snapshot,
    last: Option<Revision>,
    no: RevisionNo,
    file: &'a Path,
    how: &'a str,
    options: &'a ImportOptions<'a>,
}

struct Begun<'a> {
    home: &'a Home,
    incident: Incident,
    actor: String,
    who: String,
    keys: IncidentKeys,
    snapshot: Snapshot,
    last: Option<Revision>,
    rows: Rows<ExposureRow>,
    file: &'a Path,
    how: &'a str,
    options: &'a ImportOptions<'a>,
}

impl<'a> Draft<'a> {
    fn begin(
        home: &'a Home,
        code: &str,
        file: &'a Path,
        how: &'a str,
        options: &'a ImportOptions<'a>,
    ) -> Result<Begun<'a>> {
        let incident = incident::by_code(home, code)?;
        let member = staff::may(home, options.by, Act::ImportCohort)?;
        if let Some(known) = options.known {
            law::check_moment(home, known.at)?;
        }
        let (actor, who) = (member.id.to_string(), role_words(&member));
        let rows = Rows::<ExposureRow>::open(file)?;
        let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
        let (snapshot, last) = home
            .store
            .read(|tx| Ok((tx.latest_snapshot(incident.id)?, tx.latest_revision(incident.id)?)))
            .map_err(problem::store)?;
        let snapshot = snapshot.ok_or_else(|| {
            Problem::state(
                "registry",
                format!("{code} has no registry yet: whose line was it then?"),
            )
            .hint("first: simrecall registry import")
        })?;
        Ok(Begun { home, incident, actor, who, keys, snapshot, last, rows, file, how, options })
    }

    /// Where the revision came from, in words.
    fn provenance(&self) -> String {
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        format!("{}: {}", self.how, name.unwrap_or_default())
    }

    /// Hashes what was loaded, compares it with the last revision, and makes it final.
    fn finish(&self, taken: &Taken, file_sha256: [u8; 32]) -> Result<RevisionAnswer> {
        let store = &self.home.store;
        let (hash, lines) = store.hash_revision(self.incident, self.no).map_err(problem::store)?;
        let unresolved = taken.tally.unresolved;
        if let Some(last) = self
            .last
            .as_ref()
            .filter(|last| last.hash == Some(hash) && last.unresolved == unresolved)
        {
            self.drop()?;
            return Ok(answer(last, true, None, taken.tally));
        }
        let diff = self
            .last
            .as_ref()
            .map(|last| store.read(|tx| tx.diff(self.incident, last.no, self.no)));
        let diff = diff.transpose().map_err(problem::store)?;
        self.check_change(diff.as_ref())?;
        let last = self.last.as_ref().map(|last| last.no);
        let adds = Adds::count(self.home, self.incident, last, self.no, lines)?;
        let known = self.known(&adds, &file_sha256)?;
        let content = RevisionContent { hash, lines, unresolved };
        let body = serde_json::json!({
            "revision": self.no.0, "sha256": hash.to_string(), "lines": lines, "unresolved": unresolved,
            "rejected_rows": taken.tally.bad_rows, "snapshot": self.snapshot.no.0,
            "provenance": self.provenance(), "file_sha256": hex(&file_sha256), "adds": adds.body(),
            "known_at": known.as_ref().map(|known| known.at),
        });
        let entry = self.home.entry(IMPORTED, &self.actor, Some(self.incident), body)?;
        let revision = store.write(|tx| {
            tx.finish_revision(self.incident, self.no, &content)?;
            taken.keep(tx, self.incident, "exposure", file_sha256)?;
            if let Some(known) = &known {
                tx.add_knowledge(self.incident, known)?;
            }
            tx.journal(&entry)?;
            tx.revision(self.incident, self.no)
        });
        let revision = revision.map_err(problem::store)?;
        let revision = revision.ok_or_else(|| {
            Problem::ours("revision", "the revision is not there after it was made")
        })?;
        Ok(answer(&revision, false, diff, taken.tally))
    }

    /// When what it adds was known, if it has a time of its own.
    fn known(&self, adds: &Adds, file_sha256: &[u8; 32]) -> Result<Option<KnowledgeTime>> {
        let taken = known::Taken {
            no: self.no,
            data_cutoff: self.snapshot.as_of,
            known: self.options.known,
            who: &self.who,
            evidence: format!("{}, sha256 {}", self.provenance(), hex(file_sha256)),
            now: self.home.now(),
        };
        known::knowledge(taken, adds)
    }

    fn check_change(&self, diff: Option<&Diff>) -> Result<()> {
        let Some(diff) = diff
            .filter(|diff| diff.exceeds(EXPECTED_CHANGE_PERCENT) && !self.options.expect_change)
        else {
            return Ok(());
        };
        let what = format!(
            "the list differs from the last revision by more than {EXPECTED_CHANGE_PERCENT} %; nothing was imported"
        );
        Err(Problem::input("change", what)
            .detail(format!(
                "{} lines added, {} removed, {} changed, {} unchanged",
                diff.added, diff.removed, diff.changed, diff.unchanged
            ))
            .hint("is it the right file? If so: the same command with --expect-change"))
    }

    fn drop(&self) -> Result<()> {
        self.home.store.drop_draft_revision(self.incident, self.no).map_err(problem::store)
    }
}

impl Begun<'_> {
    /// Fills a draft with `load` and makes it final; if anything fails, nothing of it stays.
    fn finish_or_drop(
        self,
        load: impl FnOnce(&Draft<'_>, Rows<ExposureRow>, &mut Intake) -> Result<u64>,
    ) -> Result<RevisionAnswer> {
        let Self { home, incident, actor, who, keys, snapshot, last, rows, file, how, options } =
            self;
        let new = NewRevision {
            incident: incident.id,
            snapshot: snapshot.no,
            provenance: format!(
                "{how}: {}",
                file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
            ),
            data_cutoff: snapshot.as_of,
            created_at: home.now(),
        };
        let no = home.store.write(|tx| tx.begin_revision(&new)).map_err(problem::store)?;
        let draft = Draft {
            home,
            incident: incident.id,
            actor,
            who,
            keys: &keys,
            snapshot,
            last,
            no,
            file,
            how,
            options,
        };
        let file_sha256 = rows.sha256();
        let mut intake = Intake::new(file, options.accept_rejects);
        let done = load(&draft, rows, &mut intake)
            .map_err(|error| name_duplicates(file, &["line"], error))
            .and_then(|_| intake.finish())
            .and_then(|taken| draft.finish(&taken, file_sha256));
        if done.is_err() {
            draft.drop()?;
        }
        done
    }
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
