//! Deriving: who was exposed, from the network's records.
//!
//! Attach records at rogue cells are kept under the blind key of their IMSI (`read`), become lines (`resolve`), meet
//! payments (`losses`) and make a revision (`load`). Between passes rows lie in a file nobody else can read
//! (`shuffle`). Memory holds a part of them at a time, and the result does not depend on the order, the division or the
//! repetition of what was read.

mod ask;
mod because;
mod brought;
mod explain;
mod line;
mod load;
mod losses;
mod make;
mod manifest;
mod met;
mod misses;
mod read;
mod resolve;
mod row;
mod search;
mod shuffle;
mod watch;
mod what_if;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use simrecall_core::derive::Rules;

pub use self::brought::{Brought, BroughtBy, RuleLines, RuleLosses};
pub use self::explain::{
    BecauseAnswer, ExplainAnswer, ExposedAnswer, HeldAnswer, Question, explain,
};
pub use self::misses::{Miss, Misses};
pub use self::watch::{Pass, Progress, Unwatched, Watch};
pub use self::what_if::{SetAnswer, WhatIf, WhatIfAnswer, what_if};
use crate::cohort::{Ground, Known, Maker, RevisionAnswer};
use crate::home::Home;
use crate::intake::file_name;
use crate::problem::{self, Problem, Result};

use ask::Ask;
use make::Making;
pub(crate) use manifest::brought;
use search::{Found, windows};
use watch::Shown;

/// The network's records.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Attach records: `imsi,imei,cell,start,end`.
    pub attach: &'a [PathBuf],
    /// The windows of rogue cells: `cell,from,to,reads,certainty`.
    pub cells: &'a Path,
    /// Payments: `msisdn,at,amount_won,method`.
    pub payments: &'a [PathBuf],
}

/// How to derive.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// A rule set; the one that ships with this version when absent.
    pub rules: Option<&'a Path>,
    /// The registry snapshot that says whose line it was; the last one when absent.
    pub registry: Option<i32>,
    /// How many bad rows to accept, over all files.
    pub accept_rejects: u64,
    /// How many lines lose a fact that the last revision says of them.
    pub removes: u64,
    /// Whether a change of more than 20 % is expected.
    pub expect_change: bool,
    /// When what it adds was known; presumed when staff do not say.
    pub known: Option<Known<'a>>,
    /// Who derives.
    pub by: &'a str,
}

/// A derived revision, as answers show it.
#[derive(Debug, Clone, Serialize)]
pub struct DerivedAnswer {
    /// The revision.
    #[serde(flatten)]
    pub made: RevisionAnswer,
    /// The rule set's name.
    pub rules: String,
    /// SHA-256 of what the rules say.
    pub rules_sha256: String,
    /// SHA-256 of rules, windows, registry and revision.
    pub derivation_sha256: String,
    /// Every file that was read.
    pub files: Vec<FileAnswer>,
    /// How many windows of rogue cells there are.
    pub windows: usize,
    /// Rogue cells that no record names: is each written as in the records?
    pub silent_cells: Vec<String>,
    /// Attach records that met a rogue cell.
    pub records: u64,
    /// What it brings against the last revision, by rule and cause.
    pub brought: Brought,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// attach, cells or payments.
    pub kind: String,
    /// Its name, without the folder.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows after the header.
    pub rows: u64,
    /// Rows with anything wrong.
    pub bad_rows: u64,
}

/// Makes the next revision from the network's records: all of it, or nothing.
pub fn derive(
    home: &Home,
    code: &str,
    inputs: &Inputs<'_>,
    options: &Options<'_>,
    watch: &mut dyn Watch,
) -> Result<DerivedAnswer> {
    let Options { expect_change, known, by, .. } = *options;
    let ground = Ground::open(home, code, Maker { by, expect_change, known }, options.registry)?;
    let sets = [rules(options.rules)?];
    let (windows, cells) = windows(inputs.cells, options.accept_rejects)?;
    let ask = Ask::new(home, &ground.keys, &ground.snapshot, &windows, &sets);
    let mut shown = Shown::new(home, watch);
    let found = Found::search(&ask, inputs, (cells, options.accept_rejects), &mut shown)?;
    let [rules] = &sets;
    Making { ground: &ground, ask: &ask, rules, options }.make(&found, &mut shown)
}

/// Reads a rule set, or gives the one that ships.
pub(crate) fn rules(file: Option<&Path>) -> Result<Rules> {
    let Some(path) = file else { return Ok(Rules::builtin()) };
    let text = std::fs::read_to_string(path).map_err(|error| problem::file(path, error))?;
    Rules::parse(&text).map_err(|error| {
        Problem::input("rules", format!("{} is no rule set", file_name(path)))
            .caused_by(error)
            .hint("see the rules that ship: simrecall cohort rules")
    })
}

#[cfg(test)]
mod tests;
