//! `cohort`: which lines leaked what.

mod derive;
mod evidence;
mod explain;

use std::process::ExitCode;

use simrecall_core::cohort::Diff;
use simrecall_engine::Result;
use simrecall_engine::cohort::{self, Evidence, ImportOptions, Known, RevisionAnswer};

use super::registry::rejected;
use super::{Desk, sequence};
use crate::args::{CohortVerb, KnownAt};
use crate::report::{Sheet, count, short, when};

pub(super) fn run(desk: &Desk<'_>, verb: &CohortVerb) -> Result<ExitCode> {
    match verb {
        CohortVerb::Import { incident, file, rejects, expect_change, known, by } => {
            let options = options(rejects.accept_rejects, *expect_change, known, by);
            let home = desk.open()?;
            let answer = cohort::import(&home, incident, file, &options)?;
            sequence(&home);
            Ok(desk.say(&answer, || words(&answer).text()))
        }
        CohortVerb::Derive(typed) => derive::run(desk, typed),
        CohortVerb::Rules => Ok(derive::show_rules(desk)),
        CohortVerb::WhatIf(typed) => derive::what_if(desk, &desk.open()?, typed),
        CohortVerb::Explain(typed) => explain::run(desk, &desk.open()?, typed),
        CohortVerb::Add { incident, file, evidence, source, rejects, expect_change, known, by } => {
            let options = options(rejects.accept_rejects, *expect_change, known, by);
            let evidence = Evidence { what: evidence, source: (*source).into() };
            let home = desk.open()?;
            let answer = cohort::add(&home, incident, file, &evidence, &options)?;
            sequence(&home);
            Ok(desk.say(&answer, || evidence::added(words(&answer.made), &answer.evidence)))
        }
        CohortVerb::Evidence(typed) => evidence::run(desk, &desk.open()?, typed),
        CohortVerb::Show { incident, revision } => {
            let answer = cohort::show(&desk.open()?, incident, *revision)?;
            Ok(desk.say(&answer, || words(&answer).text()))
        }
        CohortVerb::Diff { incident, from, to } => {
            let answer = cohort::diff(&desk.open()?, incident, *from, *to)?;
            Ok(desk.say(&answer, || {
                let title = format!("r{from} → r{to}  {}", changes(&answer.diff));
                derive::brought(Sheet::default().line(&title), answer.brought.as_ref()).text()
            }))
        }
    }
}

fn options<'a>(
    accept_rejects: u64,
    expect_change: bool,
    known: &'a KnownAt,
    by: &'a str,
) -> ImportOptions<'a> {
    let known = known_at(known);
    ImportOptions { accept_rejects, expect_change, known, by }
}

fn known_at(known: &KnownAt) -> Option<Known<'_>> {
    let what = known.known_what.as_deref();
    known.known_at.map(|at| Known { at, what })
}

fn words(answer: &RevisionAnswer) -> Sheet {
    sheet_of(answer, "the list says")
}

/// A revision; when nothing changed, what says so.
fn sheet_of(answer: &RevisionAnswer, source: &str) -> Sheet {
    let no = answer.revision.0;
    let sheet = Sheet::default();
    let mut sheet = if answer.no_change {
        sheet.line(&format!("no change: {source} what revision {no} says"))
    } else {
        sheet.line(&format!("revision {no}"))
    };
    sheet = sheet.row("lines", count(answer.lines));
    if let Some(diff) = &answer.diff {
        sheet = sheet.row("against last", changes(diff));
    }
    sheet = sheet
        .row_if(answer.unresolved > 0, "unresolved", count(answer.unresolved))
        .row("from", &answer.provenance)
        .row("data up to", when(answer.data_cutoff))
        .row("sha256", short(&answer.sha256));
    rejected(sheet, &answer.tally)
}

fn changes(diff: &Diff) -> String {
    format!(
        "{} added · {} removed · {} changed · {} unchanged",
        count(diff.added),
        count(diff.removed),
        count(diff.changed),
        count(diff.unchanged)
    )
}
