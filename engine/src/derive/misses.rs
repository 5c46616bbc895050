//! How near a line's cards came to rogue cells.

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::derive::{Micros, Span};

use super::explain::Card;
use super::search::windows;
use super::watch::{Pass, Shown};
use crate::problem::{Problem, Result};
use crate::records::{AttachRow, Meter, read_attach};

/// Near misses that are shown.
const SHOWN: usize = 5;

/// What the records say of a line's cards at rogue cells.
#[derive(Debug, Clone, Serialize)]
pub struct Misses {
    /// Attach records that were read.
    pub rows: u64,
    /// Of those, records of the line's cards at a cell that was rogue at some time.
    pub at_rogue_cells: u64,
    /// Those that came nearest to the time the cell was rogue.
    pub nearest: Vec<Miss>,
}

/// One record at a cell that was rogue at some time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Miss {
    /// By how many seconds it missed the window; 0 if it lies in it.
    pub seconds: i64,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when, if the record says so.
    pub to: Option<DateTime<Utc>>,
    /// The cell.
    pub cell: String,
    /// When the cell became rogue.
    pub rogue_from: DateTime<Utc>,
    /// When that ended.
    pub rogue_to: DateTime<Utc>,
    /// Whether the card was the line's at that time.
    pub was_the_lines: bool,
}

impl fmt::Debug for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Miss(***)")
    }
}

/// Looks through attach records for these cards.
pub(super) fn misses(
    attach: &[PathBuf],
    cells: &Path,
    cards: &[Card],
    shown: &mut Shown<'_>,
) -> Result<Misses> {
    // Bad rows do not matter here: nothing is made of what is found.
    let (windows, _) = windows(cells, u64::MAX)?;
    let meter = Meter::of(attach)?;
    let wanted = |cell: &[u8]| windows.of(cell).is_some();
    let hit = |found: &mut Vec<Miss>, row: &AttachRow<'_>| {
        let of_line: Vec<&Card> = cards.iter().filter(|card| card.imsi == row.imsi).collect();
        let Some(cell) = windows.of(row.cell).filter(|_| !of_line.is_empty()) else {
            return Ok(());
        };
        let was_the_lines = of_line.iter().any(|card| card.held.contains(row.start));
        let misses = cell.iter().map(|window| miss(row, window.span, was_the_lines));
        found.extend(misses.min());
        Ok(())
    };
    let read = || read_attach(attach, &wanted, Vec::new, hit, &meter);
    let count = || (meter.bytes(), meter.rows());
    let done = shown.read(Pass::Attach, meter.bytes_in_all(), &count, read);
    let (found, _) = done.ok_or_else(|| Problem::ours("records", "the reading fell over"))??;
    let mut nearest: Vec<Miss> = found.into_iter().flatten().collect();
    nearest.sort_unstable();
    nearest.dedup();
    let at_rogue_cells = u64::try_from(nearest.len()).unwrap_or(u64::MAX);
    nearest.truncate(SHOWN);
    Ok(Misses { rows: meter.rows(), at_rogue_cells, nearest })
}

fn miss(row: &AttachRow<'_>, rogue: Span, was_the_lines: bool) -> Miss {
    let to = row.end.map_or(row.start.next(), |end| end.max(row.start.next()));
    let micros = apart(Span { from: row.start, to }, rogue);
    Miss {
        seconds: micros.div_euclid(1_000_000),
        from: row.start.utc(),
        to: row.end.map(Micros::utc),
        cell: String::from_utf8_lossy(row.cell).into_owned(),
        rogue_from: rogue.from.utc(),
        rogue_to: rogue.to.utc(),
        was_the_lines,
    }
}

/// How much time lies between two spans.
fn apart(one: Span, other: Span) -> i64 {
    let before = one.from.0.saturating_sub(other.to.0);
    let after = other.from.0.saturating_sub(one.to.0);
    before.max(after).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_between_spans_is_counted_from_their_nearest_ends() {
        let span = |from, to| Span { from: Micros(from), to: Micros(to) };
        assert_eq!(apart(span(0, 10), span(25, 30)), 15);
        assert_eq!(apart(span(25, 30), span(0, 10)), 15);
        assert_eq!(apart(span(0, 10), span(9, 30)), 0);
        assert_eq!(apart(span(0, 10), span(10, i64::MAX)), 0);
    }
}
