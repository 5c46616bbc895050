//! A revision from what the records say and what is on record as evidence.

use serde::Serialize;
use simrecall_core::derive::Rules;
use simrecall_store::derivation::{Derivation, EvidenceRow};

use super::ask::Ask;
use super::brought::Brought;
use super::load::{Against, Loaded, Loading};
use super::manifest::{self, Earlier, Manifest};
use super::search::Found;
use super::watch::Shown;
use super::{DerivedAnswer, Options};
use crate::cohort::{DERIVED, Filled, Ground, Origin, RevisionAnswer, judged, says, united};
use crate::problem::{self, Problem, Result};
use crate::records::{FileFacts, hours_of};
use crate::staff::hex;

/// A revision being made of what was found.
#[derive(Debug)]
pub(super) struct Making<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) ask: &'a Ask<'a>,
    pub(super) rules: &'a Rules,
    pub(super) options: &'a Options<'a>,
}

impl Making<'_> {
    pub(super) fn make(&self, found: &Found, shown: &mut Shown<'_>) -> Result<DerivedAnswer> {
        let (ground, id) = (self.ground, self.ground.incident.id);
        let earlier = Earlier::latest(ground.home, id)?;
        let rows = ground.home.store.read(|tx| tx.evidence(id)).map_err(problem::store)?;
        let evidence = united(&rows);
        let against = Against {
            rules: self.rules,
            evidence: &evidence,
            last: ground.last.as_ref(),
            earlier: earlier.as_ref(),
        };
        let mut brought = Brought::default();
        let made = ground.make(&self.origin(found), |draft| {
            let mut loading = Loading::new(self.ask, &found.resolved.findings, against, shown);
            ground.home.store.load_exposures(&ground.keys, draft.no, loading.by_ref())?;
            let loaded = loading.finish();
            self.check_removes(&loaded)?;
            let filled = self.filled(found, &rows, &loaded, earlier.as_ref())?;
            brought = loaded.brought;
            Ok(filled)
        })?;
        Ok(self.answer(found, made, brought))
    }

    fn origin(&self, found: &Found) -> Origin {
        let (rules, cells) = (&self.rules.id, &found.cells);
        let count = |files: &[FileFacts], of: &str| match files.len() {
            1 => format!("1 file of {of}"),
            many => format!("{many} files of {of}"),
        };
        let mut provenance = format!(
            "derived by {rules}: {}, {}",
            cells.name,
            count(&found.attach, "attach records")
        );
        if !found.payments.is_empty() {
            provenance = format!("{provenance}, {}", count(&found.payments, "payments"));
        }
        let now = self.ground.home.now();
        let data_cutoff =
            found.last().map_or(self.ground.snapshot.as_of, |last| last.utc().min(now));
        let evidence = format!("{provenance}; {} sha256 {}", cells.name, hex(&cells.sha256));
        Origin { provenance, data_cutoff, evidence, kind: DERIVED }
    }

    /// Whoever gives only the newest files would take everybody else out.
    fn check_removes(&self, loaded: &Loaded) -> Result<()> {
        let (losing, expected) = (loaded.losing, self.options.removes);
        if losing == expected {
            return Ok(());
        }
        if losing == 0 {
            let what = format!(
                "--removes {expected} was given, and no line loses a fact; nothing was made"
            );
            return Err(Problem::input("removes", what).hint("leave --removes out"));
        }
        let what = format!(
            "{losing} lines lose a fact that the last revision says of them; nothing was made"
        );
        Err(Problem::input("removes", what).hint(format!(
            "were all records and all cells given, the earlier ones too? If these lines were wrong: the same command with --removes {losing}"
        )))
    }

    fn filled<'k>(
        &'k self,
        found: &Found,
        evidence: &[EvidenceRow],
        loaded: &Loaded,
        earlier: Option<&'k Earlier>,
    ) -> Result<Filled<'k>> {
        let (incident, windows) = (self.ground.incident.id, self.ask.windows);
        let brought = written(&loaded.brought)?;
        let manifest = self.manifest(found);
        let verdicts = judged(evidence, &loaded.derived, &manifest.hours);
        let rules_sha256 = self.rules.sha256();
        let body = serde_json::json!({
            "rules": self.rules.id, "rules_sha256": hex(&rules_sha256), "files": found.kinds().count(),
            "cells_sha256": hex(&found.cells.sha256), "windows": windows.len(), "records": found.records,
            "removes": self.options.removes,
        });
        Ok(Filled {
            tally: found.tally(),
            unresolved: found.unresolved(),
            body,
            keep: Box::new(move |tx, revision, content| {
                let manifest = manifest.clone().named(self.sha256(&content.hash.to_string()));
                tx.put_derivation(&Derivation {
                    incident,
                    revision,
                    rules: self.rules.text().to_owned(),
                    rules_sha256,
                    manifest: manifest.to_json(),
                    brought: brought.clone(),
                })?;
                tx.put_verdicts(incident, revision, &verdicts)
            }),
            repeats: Box::new(move |last, content| {
                let then = earlier.map(|earlier| earlier.sha256(&content.hash.to_string()));
                Ok(says(last, content) && then == Some(self.sha256(&content.hash.to_string())))
            }),
        })
    }

    fn manifest(&self, found: &Found) -> Manifest {
        Manifest {
            sha256: String::new(),
            snapshot: self.ground.snapshot.no,
            files: found.files(),
            windows: self.ask.windows.iter().cloned().collect(),
            hours: hours_of(&found.attach),
            records: found.records,
            unresolved: found.unresolved(),
        }
    }

    /// SHA-256 of what would make this revision.
    fn sha256(&self, revision: &str) -> String {
        manifest::sha256(self.rules, self.ask.windows, self.ground.snapshot.no, revision)
    }

    fn answer(&self, found: &Found, made: RevisionAnswer, brought: Brought) -> DerivedAnswer {
        DerivedAnswer {
            rules: self.rules.id.clone(),
            rules_sha256: hex(&self.rules.sha256()),
            derivation_sha256: self.sha256(&made.sha256),
            files: found.files(),
            windows: self.ask.windows.len(),
            silent_cells: found.silent.clone(),
            records: found.records,
            brought,
            made,
        }
    }
}

fn written(of: &impl Serialize) -> Result<String> {
    serde_json::to_string(of).map_err(|error| {
        Problem::ours("derivation", "what was derived cannot be written down").caused_by(error)
    })
}
