//! The network's records in: which card was at which cell, which cells were rogue, who paid what.
//!
//! Files of CSV, gzipped or not, and of Parquet are told apart by their first bytes. Several files are read side by side, a
//! thread each up to the cores. A row is shown to the caller if its cell (or method) is wanted. Rows are shown in the order
//! of a file, files in any order, so a caller's result must not depend on it.
//!
//! A row that is written plainly, as nearly all are, is checked where it stands. Any other goes the way every list goes
//! ([`crate::csv_rows`]), with the same words for what is wrong. In CSV all rows are checked.
//! In Parquet types are the schema's, so only the rows that are wanted are checked; of the others the cell and the time
//! are looked at, and a wrong time is passed over.
//!
//! A row of CSV is numbered as in every list, the header being row 1; in Parquet the first row is row 1.

mod csv;
mod facts;
mod input;
mod kind;
mod meter;
mod parquet;
mod pool;
mod quick;
mod rows;
mod sink;

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use simrecall_core::derive::{Micros, Window};

pub use facts::{FileFacts, hours_of, settle};
pub use meter::Meter;

use crate::problem::{Problem, Result};
use rows::{Attach, Cells, Payment};
use sink::{Job, check};

/// Windows are held in memory, and there are no more of them.
const WINDOWS_AT_MOST: usize = 1_000_000;

/// A card was at a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AttachRow<'a> {
    /// The card, 15 digits.
    pub imsi: &'a str,
    /// The handset, 15 digits; worked out if the record has an IMEISV, absent if it has none or a wrong one.
    pub imei: Option<&'a str>,
    /// The cell's identity, as the carrier writes it.
    pub cell: &'a [u8],
    /// When it came.
    pub start: Micros,
    /// When it went, if the record says; never before it came.
    pub end: Option<Micros>,
}

/// A number paid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PaymentRow<'a> {
    /// The number in its normal form, as [`simrecall_core::identity::Msisdn::expose`] gives it.
    pub msisdn: &'a str,
    /// When.
    pub at: Micros,
    /// How much, in won.
    pub amount_won: u64,
    /// How, in the carrier's word.
    pub method: &'a str,
}

impl std::fmt::Debug for AttachRow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttachRow").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PaymentRow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaymentRow").finish_non_exhaustive()
    }
}

/// Reads the windows of rogue cells. One without an end reaches to the end of time.
pub fn read_cells(path: &Path) -> Result<(Vec<Window>, FileFacts)> {
    let watch = Meter::default();
    let job = Job::<Cells, _> {
        wanted: &|_| true,
        hit: |windows: &mut Vec<Window>, window: &&Window| {
            if windows.len() == WINDOWS_AT_MOST {
                let what = format!("{} has more than a million windows", path.display());
                return Err(Problem::input("cells.many", what).hint(
                    "windows are held in memory: join those of a cell that overlap or touch",
                ));
            }
            windows.push((*window).clone());
            Ok(())
        },
        watch: &watch,
        stop: &pool::Stop::default(),
        kind: PhantomData,
    };
    let mut windows = Vec::new();
    let facts = job.read(&mut windows, path)?;
    Ok((windows, facts))
}

/// Shows every attach record whose cell `wanted` says yes to. `hit` is called from several threads, each with its own state
/// made by `start`; the states come back with what is known of each file, in the order of `files`.
pub fn read_attach<S: Send>(
    files: &[PathBuf],
    wanted: &(dyn Fn(&[u8]) -> bool + Sync),
    start: impl Fn() -> S + Sync,
    hit: impl Fn(&mut S, &AttachRow<'_>) -> Result<()> + Sync,
    watch: &Meter,
) -> Result<(Vec<S>, Vec<FileFacts>)> {
    let stop = pool::Stop::default();
    let kind = PhantomData;
    let job = Job::<Attach, _> { wanted, hit, watch, stop: &stop, kind };
    pool::each(files, &stop, check::<Attach>, start, |state, path| job.read(state, path))
}

/// Shows every payment whose method `wanted` says yes to, as [`read_attach`] does.
pub fn read_payments<S: Send>(
    files: &[PathBuf],
    wanted: &(dyn Fn(&[u8]) -> bool + Sync),
    start: impl Fn() -> S + Sync,
    hit: impl Fn(&mut S, &PaymentRow<'_>) -> Result<()> + Sync,
    watch: &Meter,
) -> Result<(Vec<S>, Vec<FileFacts>)> {
    let stop = pool::Stop::default();
    let kind = PhantomData;
    let job = Job::<Payment, _> { wanted, hit, watch, stop: &stop, kind };
    pool::each(files, &stop, check::<Payment>, start, |state, path| job.read(state, path))
}

#[cfg(test)]
mod tests;
