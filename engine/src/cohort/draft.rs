//! A revision being made: begun, filled, hashed, compared with the last one; then final, or gone.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;
use simrecall_core::access::Act;
use simrecall_core::cohort::Diff;
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::{Incident, KnowledgeTime};
use simrecall_store::cohort::{NewRevision, Revision, RevisionContent};
use simrecall_store::registry::Snapshot;
use simrecall_store::seal::IncidentKeys;
use simrecall_store::{StoreError, Tx};

use super::adds::Adds;
use super::known::{self, Known};
use super::{RevisionAnswer, answer};
use crate::home::Home;
use crate::intake::{Tally, file_name};
use crate::problem::{self, Problem, Result};
use crate::staff::role_words;
use crate::{incident, law, staff};

/// A change of more than this share of the last revision has to be expected, in percent.
const EXPECTED_CHANGE_PERCENT: u64 = 20;

/// Who makes a revision, and what they say about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maker<'a> {
    /// The staff member.
    pub(crate) by: &'a str,
    /// Whether a change of more than 20 % is expected.
    pub(crate) expect_change: bool,
    /// When what it adds was known.
    pub(crate) known: Option<Known<'a>>,
}

/// What stands before a revision can be made: the incident, its keys, whose lines they were, and what it follows.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) home: &'a Home,
    pub(crate) incident: Incident,
    pub(crate) keys: IncidentKeys,
    pub(crate) snapshot: Snapshot,
    pub(crate) last: Option<Revision>,
    maker: Maker<'a>,
    actor: String,
    who: String,
}

/// Where a revision comes from.
#[derive(Debug)]
pub(crate) struct Origin {
    /// In words.
    pub(crate) provenance: String,
    /// Up to when its data reaches.
    pub(crate) data_cutoff: DateTime<Utc>,
    /// What shows when its additions were known: files with their hashes.
    pub(crate) evidence: String,
    /// The journal's word for making it.
    pub(crate) kind: &'static str,
}

impl Origin {
    /// A list, with the hash of its bytes.
    pub(crate) fn list(how: &str, file: &Path, sha256: &str, snapshot: &Snapshot) -> Self {
        let provenance = format!("{how}: {}", file_name(file));
        Self {
            evidence: format!("{provenance}, sha256 {sha256}"),
            provenance,
            data_cutoff: snapshot.as_of,
            kind: super::IMPORTED,
        }
    }
}

impl Origin {
    /// What it is called, and what is done with it.
    fn words(&self) -> (&'static str, &'static str) {
        if self.kind == super::DERIVED {
            ("what was found", "made")
        } else {
            ("the list", "imported")
        }
    }
}

/// What is kept in the transaction that makes a revision final, before it is: some of it hangs below a draft only.
pub(crate) type Keep<'k> =
    Box<dyn Fn(&mut Tx<'_>, RevisionNo, &RevisionContent) -> StoreResult<()> + 'k>;
/// Whether the last revision says all that would be made: then nothing is.
pub(crate) type Repeats<'k> = Box<dyn Fn(&Revision, &RevisionContent) -> Result<bool> + 'k>;

type StoreResult<T> = std::result::Result<T, StoreError>;

/// A draft as it was filled.
pub(crate) struct Filled<'k> {
    /// Rows, and what became of them.
    pub(crate) tally: Tally,
    /// What is in no line of it, for ever in every total.
    pub(crate) unresolved: u64,
    /// What its journal entry says besides what every such entry says.
    pub(crate) body: Value,
    /// What is kept with it.
    pub(crate) keep: Keep<'k>,
    /// Whether it only repeats the last revision.
    pub(crate) repeats: Repeats<'k>,
}

/// A revision that holds nothing yet.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    /// What it stands on.
    pub(crate) ground: &'a Ground<'a>,
    /// Its number.
    pub(crate) no: RevisionNo,
    origin: &'a Origin,
}

impl<'a> Ground<'a> {
    /// Looks up what a revision is made on; the registry's last snapshot unless one is named.
    pub(crate) fn open(
        home: &'a Home,
        code: &str,
        maker: Maker<'a>,
        registry: Option<i32>,
    ) -> Result<Self> {
        let incident = incident::by_code(home, code)?;
        let member = staff::may(home, maker.by, Act::ImportCohort)?;
        if let Some(known) = maker.known {
            law::check_moment(home, known.at)?;
        }
        let (actor, who) = (member.id.to_string(), role_words(&member));
        let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
        let snapshot = super::snapshot(home, &incident, registry)?;
        let last = home.store.read(|tx| tx.latest_revision(incident.id));
        let last = last.map_err(problem::store)?;
        Ok(Self { home, incident, keys, snapshot, last, maker, actor, who })
    }

    /// Fills a draft with `load` and makes it final; if anything fails, nothing of it stays.
    pub(crate) fn make<'k>(
        &self,
        origin: &Origin,
        load: impl FnOnce(&Draft<'_>) -> Result<Filled<'k>>,
    ) -> Result<RevisionAnswer> {
        let new = NewRevision {
            incident: self.incident.id,
            snapshot: self.snapshot.no,
            provenance: origin.provenance.clone(),
            data_cutoff: origin.data_cutoff,
            created_at: self.home.now(),
        };
        let no = self.home.store.write(|tx| tx.begin_revision(&new)).map_err(problem::store)?;
        let draft = Draft { ground: self, no, origin };
        let done = load(&draft).and_then(|filled| draft.finish(&filled));
        if done.is_err() {
            draft.drop()?;
        }
        done
    }
}

impl Draft<'_> {
    /// Hashes what was loaded, compares it with the last revision, and makes it final.
    fn finish(&self, filled: &Filled<'_>) -> Result<RevisionAnswer> {
        let (ground, id) = (self.ground, self.ground.incident.id);
        let store = &ground.home.store;
        let (hash, lines) = store.hash_revision(id, self.no).map_err(problem::store)?;
        let content = RevisionContent { hash, lines, unresolved: filled.unresolved };
        if let Some(last) = &ground.last
            && (filled.repeats)(last, &content)?
        {
            self.drop()?;
            return Ok(answer(last, true, None, filled.tally));
        }
        let last = ground.last.as_ref().map(|last| last.no);
        let diff = last.map(|last| store.read(|tx| tx.diff(id, last, self.no)));
        let diff = diff.transpose().map_err(problem::store)?;
        self.check_change(diff.as_ref())?;
        let adds = Adds::count(ground.home, id, last, self.no, lines)?;
        let known = self.known(&adds)?;
        let body = self.body(&content, filled, &adds, known.as_ref());
        let entry = ground.home.entry(self.origin.kind, &ground.actor, Some(id), body)?;
        let revision = store.write(|tx| {
            (filled.keep)(tx, self.no, &content)?;
            tx.finish_revision(id, self.no, &content)?;
            if let Some(known) = &known {
                tx.add_knowledge(id, known)?;
            }
            tx.journal(&entry)?;
            tx.revision(id, self.no)
        });
        let revision = revision.map_err(problem::store)?.ok_or_else(|| {
            Problem::ours("revision", "the revision is not there after it was made")
        })?;
        Ok(answer(&revision, false, diff, filled.tally))
    }

    fn body(
        &self,
        content: &RevisionContent,
        filled: &Filled<'_>,
        adds: &Adds,
        known: Option<&KnowledgeTime>,
    ) -> Value {
        let mut body = serde_json::json!({
            "revision": self.no.0, "sha256": content.hash.to_string(), "lines": content.lines,
            "unresolved": content.unresolved, "rejected_rows": filled.tally.bad_rows,
            "snapshot": self.ground.snapshot.no.0, "provenance": self.origin.provenance,
            "adds": adds.body(), "known_at": known.map(|known| known.at),
        });
        let more = filled.body.as_object().cloned().unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            body.extend(more);
        }
        body
    }

    /// When what it adds was known, if it has a time of its own.
    fn known(&self, adds: &Adds) -> Result<Option<KnowledgeTime>> {
        let taken = known::Taken {
            no: self.no,
            data_cutoff: self.origin.data_cutoff,
            known: self.ground.maker.known,
            who: &self.ground.who,
            evidence: self.origin.evidence.clone(),
            now: self.ground.home.now(),
        };
        known::knowledge(taken, adds)
    }

    fn check_change(&self, diff: Option<&Diff>) -> Result<()> {
        let expected = self.ground.maker.expect_change;
        let Some(diff) = diff.filter(|diff| diff.exceeds(EXPECTED_CHANGE_PERCENT) && !expected)
        else {
            return Ok(());
        };
        let (whole, done) = self.origin.words();
        let what = format!(
            "{whole} differs from the last revision by more than {EXPECTED_CHANGE_PERCENT} %; nothing was {done}"
        );
        Err(Problem::input("change", what)
            .detail(format!(
                "{} lines added, {} removed, {} changed, {} unchanged",
                diff.added, diff.removed, diff.changed, diff.unchanged
            ))
            .hint("is it the right file? If so: the same command with --expect-change"))
    }

    fn drop(&self) -> Result<()> {
        let ground = self.ground;
        ground.home.store.drop_draft_revision(ground.incident.id, self.no).map_err(problem::store)
    }
}

/// Whether a revision says just this of every line.
pub(crate) fn says(last: &Revision, content: &RevisionContent) -> bool {
    last.hash == Some(content.hash) && last.unresolved == content.unresolved
}
