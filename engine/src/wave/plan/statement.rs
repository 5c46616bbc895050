//! What approvers sign of a plan.

use chrono::{DateTime, Utc};
use simrecall_core::cohort::RevisionHash;
use simrecall_core::id::{RevisionNo, SnapshotNo, WaveNo};
use simrecall_core::incident::IncidentCode;
use simrecall_core::wave::{Counts, Pace, Statement, Texts};

use super::super::loading::Loading;
use super::super::{ladder, policy};
use super::Planner;
use super::outlook::Ahead;
use super::seal::Seal;
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::words::Words;

impl Planner<'_> {
    pub(super) fn statement(
        &self,
        (root, targets): ([u8; 32], u64),
        loading: &Loading<'_>,
        (seal, ahead): (&Seal, &Ahead),
    ) -> Result<Statement> {
        let damaged = || Problem::ours("revision", "a revision without a hash");
        let configured = binding(self.home, &self.words)?;
        Ok(Statement {
            incident: self.incident.code.clone(),
            wave: self.wave,
            revision: self.revision.no,
            revision_hash: self.revision.hash.ok_or_else(damaged)?,
            snapshot: self.snapshot,
            cutoff: self.cutoff,
            targets_root: root,
            counts: Counts {
                persons: targets - loading.copies,
                copies: loading.copies,
                lines: self.tally.lines_told,
                left_out: self.tally.left_out,
                unresolved: self.revision.unresolved,
            },
            texts: seal.sign(&configured.texts),
            quiet: ahead.quiet,
            ..configured
        })
    }
}

/// The part of a statement that follows from configuration and words, the rest left empty.
fn binding(home: &Home, words: &Words) -> Result<Statement> {
    let config = &home.config;
    let (per_second, window) = pace(home);
    let nowhere = |error| Problem::ours("statement", "an empty statement").caused_by(error);
    Ok(Statement {
        incident: IncidentCode::parse("NONE").map_err(nowhere)?,
        wave: WaveNo(0),
        revision: RevisionNo(0),
        revision_hash: RevisionHash([0; 32]),
        snapshot: SnapshotNo(0),
        cutoff: DateTime::<Utc>::UNIX_EPOCH,
        targets_root: [0; 32],
        counts: Counts::default(),
        templates: words.hashes(),
        texts: Texts {
            message_code: config.wave.message_code,
            carries: Some((config.capacity().charset.name(), config.capacity().long_bytes)),
            ..Texts::default()
        },
        sender: config.sender().to_owned(),
        ladder: ladder(config)?,
        routes: config.ladder.iter().map(|step| (step.rung, step.route.clone())).collect(),
        max_pace: Pace::new(per_second, window).map_err(|error| {
            Problem::configuration("pace", "the pace makes no sense").caused_by(error)
        })?,
        canary: config.wave.canary,
        quiet: None,
        policy: policy(config),
    })
}

/// What [`binding`] says, as it stands in a statement.
pub(in crate::wave) fn binding_lines(home: &Home, words: &Words) -> Result<String> {
    binding(home, words).map(|statement| statement.canonical())
}

/// The most the routes may send in a second, and have unanswered at once.
pub(super) fn pace(home: &Home) -> (u32, u32) {
    let routes = home.config.routes.values();
    let (pace, window) = routes.fold((0, 0_u32), |(pace, window), route| {
        (route.per_second().max(pace), window.saturating_add(route.window()))
    });
    // No licence is no limit.
    (if pace == 0 { u32::MAX } else { pace }, window)
}
