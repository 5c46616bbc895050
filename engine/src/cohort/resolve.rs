//! From rows of a list to exposures: whose line was it at the time?

use std::collections::{BTreeMap, VecDeque};

use simrecall_core::cohort::Exposure;
use simrecall_core::id::{LineId, SnapshotNo};
use simrecall_store::cohort::NewExposure;
use simrecall_store::registry::{Holding, LineKey};
use simrecall_store::seal::{Field, IncidentKeys};

use super::Ground;
use crate::csv_rows::{ExposureRow, Parsed, Row, Rows};
use crate::home::Home;
use crate::intake::Intake;
use crate::problem::{self, Problem, Result};

/// Rows looked up in the registry at once.
const LOOK_UP: usize = 1_000;

/// Why a row is refused: its column, a code, and words.
type Refused = (&'static str, &'static str, &'static str);
const UNKNOWN_LINE: Refused = ("line", "line.unknown", "the registry has no such line");
const UNKNOWN_NUMBER: Refused =
    ("msisdn", "msisdn.unknown", "the registry knows no line by this number");
const UNHELD: Refused =
    ("exposed_at", "line.unheld", "the registry has no holder of this line at that time");
const OTHER_NUMBER: Refused = (
    "msisdn",
    "msisdn.other",
    "this is not the line's number in the registry; are the columns shifted?",
);

/// The exposures of a list, in its order; rows that resolve to no line are refused on the way.
pub(super) struct Resolved<'a> {
    home: &'a Home,
    keys: &'a IncidentKeys,
    snapshot: SnapshotNo,
    rows: Box<dyn Iterator<Item = Result<Parsed<ExposureRow>>> + 'a>,
    intake: &'a mut Intake,
    ready: VecDeque<NewExposure>,
    ended: bool,
}

/// Who held the lines of some rows.
struct Holders {
    by_line: BTreeMap<LineId, Vec<Holding>>,
    by_number: BTreeMap<[u8; 16], Vec<Holding>>,
}

impl<'a> Resolved<'a> {
    pub(super) fn of<R: Row + Into<ExposureRow> + 'a>(
        ground: &'a Ground<'_>,
        rows: Rows<R>,
        intake: &'a mut Intake,
    ) -> Self {
        let exposure = |parsed: Parsed<R>| Parsed {
            row_no: parsed.row_no,
            row: parsed.row.map(Into::into),
            rejects: parsed.rejects,
        };
        Self {
            home: ground.home,
            keys: &ground.keys,
            snapshot: ground.snapshot.no,
            rows: Box::new(rows.map(move |parsed| parsed.map(exposure))),
            intake,
            ready: VecDeque::new(),
            ended: false,
        }
    }

    /// Reads and resolves the next rows.
    fn refill(&mut self) -> Result<()> {
        let mut rows = Vec::with_capacity(LOOK_UP);
        while rows.len() < LOOK_UP {
            let Some(parsed) = self.rows.next() else {
                self.ended = true;
                break;
            };
            rows.extend(self.intake.take(parsed?)?);
        }
        let holders = self.holders(&rows)?;
        for row in rows {
            if let Some(exposure) = self.resolve(&row, self.held(&row, &holders))? {
                self.ready.push_back(exposure);
            }
        }
        Ok(())
    }

    fn holders(&self, rows: &[ExposureRow]) -> Result<Holders> {
        let (named, unnamed): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| !row.line_ref.is_empty());
        let lines: Vec<LineId> = named.iter().map(|row| self.keys.line_id(&row.line_ref)).collect();
        let numbers: Vec<[u8; 16]> = unnamed.iter().filter_map(|row| self.number(row)).collect();
        let incident = self.keys.incident();
        let found = self.home.store.read(|tx| {
            let by_line = tx.holders_of(incident, self.snapshot, &lines)?;
            Ok((by_line, tx.holdings_by_msisdn(incident, self.snapshot, &numbers)?))
        });
        let (lines, numbers) = found.map_err(problem::store)?;
        let mut holders = Holders { by_line: BTreeMap::new(), by_number: BTreeMap::new() };
        for holding in lines {
            holders.by_line.entry(holding.line).or_default().push(holding);
        }
        for keyed in numbers {
            holders.by_number.entry(keyed.key).or_default().push(keyed.holding);
        }
        Ok(holders)
    }

    /// Whoever held the row's line, by its reference, or by its number where that is all that is known.
    fn held<'h>(&self, row: &ExposureRow, holders: &'h Holders) -> &'h [Holding] {
        let held = if row.line_ref.is_empty() {
            self.number(row).and_then(|number| holders.by_number.get(&number))
        } else {
            holders.by_line.get(&self.keys.line_id(&row.line_ref))
        };
        held.map(Vec::as_slice).unwrap_or_default()
    }

    fn number(&self, row: &ExposureRow) -> Option<[u8; 16]> {
        row.msisdn.as_ref().map(|number| self.keys.blind(Field::Msisdn, number.expose()))
    }

    fn resolve(&mut self, row: &ExposureRow, held: &[Holding]) -> Result<Option<NewExposure>> {
        let at = row.exposed_at;
        let then =
            held.iter().find(|held| held.held_from <= at && held.held_to.is_none_or(|to| at < to));
        let refused = match then {
            Some(holding) if self.number_fits(row, holding)? => {
                let Holding { line, holder, .. } = *holding;
                let exposure = Exposure { holder, line, facts: row.facts(), exposed_at: at };
                return Ok(Some(NewExposure { exposure, record: record(row)? }));
            }
            Some(_) => OTHER_NUMBER,
            None if !held.is_empty() => UNHELD,
            None if row.line_ref.is_empty() => UNKNOWN_NUMBER,
            None => UNKNOWN_LINE,
        };
        let (column, code, text) = refused;
        self.intake.refuse(row.row_no, column, code, text)?;
        Ok(None)
    }

    /// Whether the row's number, if it has one, is the line's: a list whose columns are shifted shows here.
    fn number_fits(&self, row: &ExposureRow, holding: &Holding) -> Result<bool> {
        let Some(number) = self.number(row) else { return Ok(true) };
        let key = LineKey::Msisdn(number);
        let incident = self.keys.incident();
        let lines = self.home.store.read(|tx| tx.find_lines(incident, self.snapshot, key));
        Ok(lines.map_err(problem::store)?.iter().any(|line| line.holding.line == holding.line))
    }
}

impl Iterator for Resolved<'_> {
    type Item = Result<NewExposure>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.ended {
            if let Err(problem) = self.refill() {
                self.ended = true;
                return Some(Err(problem));
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

/// What the list says of the line beyond the registry: the device it was in.
fn record(row: &ExposureRow) -> Result<Option<Vec<u8>>> {
    let Some(imei) = &row.imei else { return Ok(None) };
    let record = serde_json::json!({ "imei": imei.expose() });
    serde_json::to_vec(&record).map(Some).map_err(|error| {
        Problem::ours("exposure", "an exposure cannot be written down").caused_by(error)
    })
}
