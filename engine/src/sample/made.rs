//! What was made.

use std::path::PathBuf;

use serde::Serialize;

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleFiles {
    /// `subscribers.csv`.
    pub subscribers: PathBuf,
    /// `lines.csv`.
    pub lines: PathBuf,
    /// `exposure-r1.csv` and so on. With records they are the known answer, by the built-in rules.
    pub exposures: Vec<PathBuf>,
    /// The network's records, if the plan has any.
    pub records: Option<RecordFiles>,
    /// How many of what.
    pub counts: SampleCounts,
}

/// The network's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordFiles {
    /// `attach-1.csv` and so on.
    pub attach: Vec<PathBuf>,
    /// `cells-r1.csv` and so on: what is known of rogue cells at each stage.
    pub cells: Vec<PathBuf>,
    /// `payments-1.csv`.
    pub payments: Vec<PathBuf>,
}

/// How many of what there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SampleCounts {
    /// Rows of `subscribers.csv`.
    pub subscribers: u64,
    /// Rows of `lines.csv`.
    pub lines: u64,
    /// Exposed people and lines, and bad rows, of each list.
    pub stages: Vec<StageCounts>,
    /// Exposed people under 14.
    pub children: u64,
    /// Exposed companies.
    pub companies: u64,
    /// Exposed people without any telephone number of their own to reach them at.
    pub data_only: u64,
    /// Exposed lines given up since, their number now somebody else's.
    pub recycled: u64,
    /// What the records have in them, if there are any.
    pub records: Option<RecordCounts>,
}

/// How many of what there are in one exposure list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StageCounts {
    /// Usable rows.
    pub lines: u64,
    /// People who hold them.
    pub people: u64,
    /// Rows with something wrong, usable ones included.
    pub bad_rows: u64,
    /// Of the lines, those of which nothing is confirmed.
    pub possible: u64,
    /// Of the lines, those that lost money.
    pub losses: u64,
    /// Cards that met a rogue cell and were no line's.
    pub unresolved: u64,
}

/// How many of what there are in the records. Rows may count under several heads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// Attach rows.
    pub attach: u64,
    /// Rows of payments.
    pub payments: u64,
    /// Rows of each list of cells.
    pub windows: Vec<u64>,
    /// Attach rows at a rogue cell in, or within two minutes of, a confirmed window.
    pub in_window: u64,
    /// Attach rows within ten minutes of a window, or at a suspected cell.
    pub near_window: u64,
    /// Attach rows at a rogue cell, but farther from any window.
    pub off_window: u64,
    /// Attach rows of an ordinary cell within the time of a rogue one's window.
    pub ordinary: u64,
    /// Attach rows that end or begin exactly where a rule, a window or two touching windows have their bound.
    pub at_a_bound: u64,
    /// Attach rows inside a window only by grace for clocks that differ.
    pub skewed: u64,
    /// Attach rows of cards that no line had, at a rogue cell.
    pub strangers: u64,
    /// Attach rows of exposed lines that are there twice, or in overlapping parts.
    pub repeated: u64,
    /// Attach rows without an IMEI.
    pub without_imei: u64,
    /// Attach rows without an end.
    pub without_end: u64,
    /// Lines whose card was changed within the period.
    pub sim_changes: u64,
    /// Encounters under the card a line had before the change, and after it.
    pub under_either_card: [u64; 2],
    /// Payments that make a loss.
    pub lossy: u64,
    /// Payments that may be a loss.
    pub perhaps_lossy: u64,
    /// Payments of a method that counts, one microsecond or less outside the reach of any loss rule.
    pub just_outside: u64,
    /// Payments within reach by a method that does not count.
    pub other_method: u64,
    /// Payments that are listed a second time.
    pub repeated_payments: u64,
    /// Payments within reach on a number that changed hands after the encounter.
    pub recycled_payments: u64,
}
