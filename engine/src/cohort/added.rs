//! Adding lines to a revision: a new revision holds what the last one held, and more.

use std::collections::BTreeMap;

use simrecall_core::cohort::Exposure;
use simrecall_core::id::{LineId, RevisionNo, SubscriberId};
use simrecall_store::BucketRange;
use simrecall_store::cohort::NewExposure;
use simrecall_store::seal::IncidentKeys;

use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// Rows read of the last revision at a time.
const PAGE: u64 = 20_000;
/// Lines one list of evidence may have; more than that is a list to import.
const MOST: usize = 100_000;

/// The added lines, by holder and line. Lists of evidence are short: they are kept in memory.
pub(super) struct Added {
    lines: BTreeMap<(SubscriberId, LineId), NewExposure>,
}

impl Added {
    pub(super) fn collect(rows: impl Iterator<Item = Result<NewExposure>>) -> Result<Self> {
        let mut lines = BTreeMap::new();
        for row in rows {
            let row = row?;
            if lines.len() == MOST {
                let what = format!("evidence may add {MOST} lines at most");
                return Err(Problem::input("evidence", what)
                    .hint("import the complete list instead: simrecall cohort import"));
            }
            let key = (row.exposure.holder, row.exposure.line);
            if lines.insert(key, row).is_some() {
                return Err(Problem::state("conflict", "a line is there twice"));
            }
        }
        Ok(Self { lines })
    }

    /// What is added, in order of holder and line.
    pub(super) fn exposures(&self) -> impl Iterator<Item = Exposure> {
        self.lines.values().map(|new| new.exposure)
    }

    /// Loads the last revision's lines with the added facts, then the lines it did not have.
    pub(super) fn load_over(
        mut self,
        home: &Home,
        keys: &IncidentKeys,
        before: Option<RevisionNo>,
        no: RevisionNo,
    ) -> Result<u64> {
        let mut loaded = 0;
        if let Some(before) = before {
            let last = home.store.read(|tx| tx.revision(keys.incident(), before));
            let lines = last.map_err(problem::store)?.map_or(0, |last| last.lines);
            for range in BucketRange::covering(lines, PAGE) {
                let page = home.store.read(|tx| tx.exposures_in(keys.incident(), before, range));
                let merged =
                    page.map_err(problem::store)?.into_iter().map(|old| Ok(self.merge(old)));
                let merged: Vec<Result<NewExposure>> = merged.collect();
                loaded += home.store.load_exposures(keys, no, merged)?;
            }
        }
        let fresh = std::mem::take(&mut self.lines).into_values().map(Ok::<_, Problem>);
        Ok(loaded + home.store.load_exposures(keys, no, fresh)?)
    }

    fn merge(&mut self, old: Exposure) -> NewExposure {
        match self.lines.remove(&(old.holder, old.line)) {
            None => NewExposure { exposure: old, record: None },
            Some(new) => {
                let facts = old.facts.union(new.exposure.facts);
                let exposed_at = old.exposed_at.min(new.exposure.exposed_at);
                NewExposure { exposure: Exposure { facts, exposed_at, ..old }, record: new.record }
            }
        }
    }
}
