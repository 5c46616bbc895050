//! One search of the records, for every rule set asked.

use std::path::Path;

use simrecall_core::derive::{Micros, Windows};

use super::ask::Ask;
use super::resolve::{self, Resolved};
use super::watch::Shown;
use super::{FileAnswer, Inputs, losses, read};
use crate::intake::Tally;
use crate::problem::{Problem, Result};
use crate::records::{self, FileFacts, settle};
use crate::staff::hex;

/// What the records say, by each rule set.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) resolved: Resolved,
    pub(super) attach: Vec<FileFacts>,
    pub(super) payments: Vec<FileFacts>,
    pub(super) cells: FileFacts,
    /// Rogue cells that no record names.
    pub(super) silent: Vec<String>,
    /// Attach records that met a rogue cell.
    pub(super) records: u64,
}

impl Found {
    /// Reads everything once.
    pub(super) fn search(
        ask: &Ask<'_>,
        inputs: &Inputs<'_>,
        (cells, accept_rejects): (FileFacts, u64),
        shown: &mut Shown<'_>,
    ) -> Result<Self> {
        let read::Attached { seen, files: attach, silent } =
            read::attach(ask, inputs.attach, shown)?;
        stop_early(&attach, accept_rejects)?;
        let resolved = resolve::resolve(ask, &seen, shown)?;
        let records = seen.rows();
        drop(seen);
        let read::Payments { paid, files: payments } =
            read::payments(ask, inputs.payments, resolved.payable, shown)?;
        settle(attach.iter().chain([&cells]).chain(&payments), accept_rejects)?;
        losses::losses(ask, &paid, &resolved.numbers, &resolved.findings, shown)?;
        Ok(Self { resolved, attach, payments, cells, silent, records })
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = (&'static str, &FileFacts)> {
        let attach = self.attach.iter().map(|file| ("attach", file));
        let payments = self.payments.iter().map(|file| ("payments", file));
        attach.chain([("cells", &self.cells)]).chain(payments)
    }

    pub(super) fn files(&self) -> Vec<FileAnswer> {
        let answer = |(kind, file): (&str, &FileFacts)| FileAnswer {
            kind: kind.to_owned(),
            name: file.name.clone(),
            sha256: hex(&file.sha256),
            rows: file.rows,
            bad_rows: file.bad_rows,
        };
        self.kinds().map(answer).collect()
    }

    /// When the last record begins.
    pub(super) fn last(&self) -> Option<Micros> {
        self.attach.iter().chain(&self.payments).filter_map(|file| file.last).max()
    }

    pub(super) fn tally(&self) -> Tally {
        self.kinds().fold(Tally::default(), |sum, (_, file)| Tally {
            rows: sum.rows + file.rows,
            bad_rows: sum.bad_rows + file.bad_rows,
            unresolved: 0,
        })
    }

    /// Cards that no line had, by the first rule set.
    pub(super) fn unresolved(&self) -> u64 {
        self.resolved.unresolved.first().copied().unwrap_or(0)
    }
}

/// Reads the windows of rogue cells; a file with more bad rows than are accepted ends it before the long reading begins.
pub(super) fn windows(path: &Path, accept_rejects: u64) -> Result<(Windows, FileFacts)> {
    let (found, facts) = records::read_cells(path)?;
    stop_early(std::slice::from_ref(&facts), accept_rejects)?;
    let windows = Windows::new(found);
    if windows.is_empty() {
        let what = format!("{} names no window of a rogue cell", facts.name);
        return Err(
            Problem::input("cells", what).hint("one row a window: cell,from,to,reads,certainty")
        );
    }
    Ok((windows, facts))
}

/// Refuses as soon as more rows are bad than are accepted.
fn stop_early(files: &[FileFacts], accept_rejects: u64) -> Result<()> {
    let bad: u64 = files.iter().map(|file| file.bad_rows).sum();
    if bad > accept_rejects { settle(files, accept_rejects) } else { Ok(()) }
}
