//! The drill's cohort: derived from the network's records, more cells each time, and what is said of it.

use simrecall_core::cohort::Certainty;
use simrecall_core::derive::Cause;

use super::scene::CODE;
use super::{SIGNERS, Scene, words};
use crate::cohort::Known;
use crate::derive::{
    self, Brought, BroughtBy, DerivedAnswer, Inputs, Options, RuleLosses, Unwatched,
};
use crate::problem::{Problem, Result};
use crate::sample::SampleFiles;

/// A stage of the story: its records, and how many rogue cells are known by then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    /// The sample.
    pub(super) files: &'a SampleFiles,
    /// Which of its stages, from 0.
    pub(super) stage: usize,
    /// Rogue cells known by then.
    pub(super) cells: u64,
}

impl Scene {
    /// Derives the next revision from the sample's records, with the moment at which what it adds was known. It must find
    /// as many lines as the sample hid in them; that they are the same ones is for the tests.
    pub(super) fn derive(
        &self,
        search: Search<'_>,
        known: Option<Known<'_>>,
    ) -> Result<DerivedAnswer> {
        let Search { files, stage, .. } = search;
        let records = files.records.as_ref();
        let (records, cells) = records
            .and_then(|records| records.cells.get(stage).map(|cells| (records, cells)))
            .ok_or_else(|| Problem::ours("drill", "the story has no records"))?;
        let inputs = Inputs { attach: &records.attach, cells, payments: &records.payments };
        let options = Options {
            rules: None,
            registry: None,
            accept_rejects: 0,
            removes: 0,
            expect_change: true,
            known,
            by: SIGNERS[0],
        };
        let derived = derive::derive(&self.home, CODE, &inputs, &options, &mut Unwatched)?;
        let hidden = files.counts.stages.get(stage).map_or(0, |stage| stage.lines);
        if derived.made.lines == hidden {
            return Ok(derived);
        }
        let lines = derived.made.lines;
        Err(Problem::ours("drill", format!("{lines} lines were found of {hidden} in the records")))
    }
}

/// What was read, and which rule and cause brought in whom.
pub(super) fn derived(derived: &DerivedAnswer, search: Search<'_>) -> Vec<String> {
    let rows = |kind: &str| {
        let files = derived.files.iter().filter(|file| file.kind == kind);
        words::count(files.map(|file| file.rows).sum())
    };
    let mut said = vec![format!(
        " records     {} attach records, {} payments · {} windows of {} rogue cells",
        rows("attach"),
        rows("payments"),
        rows("cells"),
        search.cells
    )];
    let Brought { new_lines, more_facts, by, losses, .. } = &derived.brought;
    said.push(format!(
        " found       {} new lines · {} with new facts",
        words::count(*new_lines),
        words::count(*more_facts)
    ));
    said.extend(causes(by));
    let brings = |loss: &&RuleLosses| by.iter().any(|brought| brought.rule == loss.rule);
    said.extend(losses.iter().filter(brings).map(|loss| {
        let [lines, payments, won] = [loss.lines, loss.payments, loss.amount_won].map(words::count);
        let word = match loss.fact {
            Certainty::Confirmed => "losses      ",
            Certainty::Possible => "  with those that are possible   ",
        };
        format!(" {word}{lines} lines in {payments} payments, {won}원   ({})", loss.rule)
    }));
    said
}

/// One line for each rule: for which causes, how many lines.
fn causes(by: &[BroughtBy]) -> Vec<String> {
    let mut said: Vec<(&str, Vec<String>)> = Vec::new();
    for BroughtBy { rule, cause, new_lines, more_facts } in by {
        let text = format!("{} {}", cause_words(*cause), words::count(new_lines + more_facts));
        match said.last_mut().filter(|(last, _)| last == rule) {
            Some((_, causes)) => causes.push(text),
            None => said.push((rule, vec![text])),
        }
    }
    let line =
        |(rule, causes): (&str, Vec<String>)| format!("   {rule:<18} {}", causes.join(" · "));
    said.into_iter().map(line).collect()
}

fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::NewCell => "new cell",
        Cause::LongerWindow => "longer window",
        Cause::ReadsMore => "window reads more",
        Cause::SurerWindow => "window is certain",
        Cause::RulesChanged => "rules changed",
        Cause::NewRecords => "new records",
        Cause::Evidence => "evidence",
    }
}
