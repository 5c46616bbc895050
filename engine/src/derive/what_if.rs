//! What another rule set would find: both are asked in one reading, and nothing is made.

use std::path::{Path, PathBuf};

use serde::Serialize;
use simrecall_core::derive::Rules;

use super::ask::Ask;
use super::line::{Found as LineFound, Line, lines};
use super::manifest::Earlier;
use super::search::{Found, windows};
use super::shuffle::PARTITIONS;
use super::watch::{Pass, Shown, Watch};
use super::{Inputs, rules};
use crate::cohort::{Ground, Maker};
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::staff::hex;

/// Which rule sets are compared, and how.
#[derive(Debug, Clone, Copy)]
pub struct WhatIf<'a> {
    /// One rule set, to compare with that of the last derivation; or two.
    pub rules: &'a [PathBuf],
    /// The registry snapshot that says whose line it was; the last one when absent.
    pub registry: Option<i32>,
    /// How many bad rows to accept, over all files.
    pub accept_rejects: u64,
    /// Who asks.
    pub by: &'a str,
}

/// Two rule sets over the same records.
#[derive(Debug, Clone, Serialize)]
pub struct WhatIfAnswer {
    /// The last derivation's rules, or the first that were named.
    pub one: SetAnswer,
    /// The others.
    pub other: SetAnswer,
    /// Lines that both find, with the same facts.
    pub same: u64,
    /// Lines that both find, with other facts.
    pub differ: u64,
    /// Lines that only the first finds.
    pub only_one: u64,
    /// Lines that only the other finds.
    pub only_other: u64,
}

/// What one rule set finds.
#[derive(Debug, Clone, Serialize)]
pub struct SetAnswer {
    /// The rule set's name.
    pub rules: String,
    /// SHA-256 of what it says.
    pub sha256: String,
    /// Lines of which it says something.
    pub lines: u64,
    /// Of those, lines of which something is confirmed.
    pub confirmed: u64,
    /// Lines that lost money, or may have.
    pub losing: u64,
    /// Cards that no line had at the time.
    pub unresolved: u64,
}

/// Compares two rule sets over the same records. Evidence from outside is left aside: it stays whatever the rules.
pub fn what_if(
    home: &Home,
    code: &str,
    inputs: &Inputs<'_>,
    asked: &WhatIf<'_>,
    watch: &mut dyn Watch,
) -> Result<WhatIfAnswer> {
    let maker = Maker { by: asked.by, expect_change: false, known: None };
    let ground = Ground::open(home, code, maker, asked.registry)?;
    let sets = both(&ground, asked.rules)?;
    let (windows, cells) = windows(inputs.cells, asked.accept_rejects)?;
    let ask = Ask::new(home, &ground.keys, &ground.snapshot, &windows, &sets);
    let mut shown = Shown::new(home, watch);
    let found = Found::search(&ask, inputs, (cells, asked.accept_rejects), &mut shown)?;
    let [one, other] = &sets;
    let unresolved = |set: usize| found.resolved.unresolved.get(set).copied().unwrap_or(0);
    let mut answer = WhatIfAnswer {
        one: SetAnswer::empty(one, unresolved(0)),
        other: SetAnswer::empty(other, unresolved(1)),
        same: 0,
        differ: 0,
        only_one: 0,
        only_other: 0,
    };
    let all = u64::try_from(PARTITIONS).unwrap_or(u64::MAX);
    for (no, done) in (0..=u8::MAX).zip(0..) {
        shown.part(Pass::Merge, done, all);
        lines(&ask, &found.resolved.findings, no)?.into_iter().for_each(|line| answer.add(line));
    }
    Ok(answer)
}

/// The last derivation's rules and the ones that were named, or the two that were.
fn both(ground: &Ground<'_>, files: &[PathBuf]) -> Result<[Rules; 2]> {
    let read = |path: &PathBuf| rules(Some(Path::new(path)));
    match files {
        [one, other] => Ok([read(one)?, read(other)?]),
        [other] => {
            let earlier = Earlier::latest(ground.home, ground.incident.id)?.ok_or_else(|| {
                let what = format!("nothing was derived for {} yet", ground.incident.code);
                Problem::state("derivation", what).hint("name two rule sets: --rules A --rules B")
            })?;
            Ok([earlier.rules, read(other)?])
        }
        _ => Err(Problem::input("rules", "one rule set or two are compared")
            .hint("--rules FILE, once or twice")),
    }
}

impl WhatIfAnswer {
    fn add(&mut self, line: Line) {
        let mut sets = line.by_set.into_iter();
        let (one, other) = (sets.next().flatten(), sets.next().flatten());
        self.one.add(one.as_ref());
        self.other.add(other.as_ref());
        let counted = match (&one, &other) {
            (Some(one), Some(other)) if one.facts == other.facts => &mut self.same,
            (Some(_), Some(_)) => &mut self.differ,
            (Some(_), None) => &mut self.only_one,
            (None, Some(_)) => &mut self.only_other,
            (None, None) => return,
        };
        *counted += 1;
    }
}

impl SetAnswer {
    fn empty(rules: &Rules, unresolved: u64) -> Self {
        let sha256 = hex(&rules.sha256());
        Self { rules: rules.id.clone(), sha256, lines: 0, confirmed: 0, losing: 0, unresolved }
    }

    fn add(&mut self, found: Option<&LineFound>) {
        let Some(found) = found else { return };
        self.lines += 1;
        self.confirmed += u64::from(!found.facts.confirmed().is_empty());
        self.losing += u64::from(!found.lost.is_empty());
    }
}
