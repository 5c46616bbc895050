//! From rows of a list to exposures: whose line was it at the time?

use std::collections::{BTreeMap, VecDeque};

use simrecall_core::cohort::Exposure;
use simrecall_core::id::{LineId, SnapshotNo};
use simrecall_store::cohort::NewExposure;
use simrecall_store::registry::{Holding, LineKey};
use simrecall_store::seal::{Field, IncidentKeys};

use crate::csv_rows::{ExposureRow, Rows};
use crate::home::Home;
use crate::intake::Intake;
use crate::problem::{self, Problem, Result};

/// Rows looked up in the registry at once.
const LOOK_UP: usize = 1_000;

/// The exposures of a list, in its order; rows that resolve to no line are refused on the way.
pub(super) struct Resolved<'a> {
    home: &'a Home,
    keys: &'a IncidentKeys,
    snapshot: SnapshotNo,
    rows: Rows<ExposureRow>,
    intake: &'a mut Intake,
    ready: VecDeque<NewExposure>,
    ended: bool,
}

impl<'a> Resolved<'a> {
    pub(super) fn of(
        home: &'a Home,
        keys: &'a IncidentKeys,
        snapshot: SnapshotNo,
        rows: Rows<ExposureRow>,
        intake: &'a mut Intake,
    ) -> Self {
        Self { home, keys, snapshot, rows, intake, ready: VecDeque::new(), ended: false }
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
        let ids: Vec<LineId> = rows.iter().map(|row| self.keys.line_id(&row.line_ref)).collect();
        let holdings = self.holdings(&ids)?;
        for (row, line) in rows.into_iter().zip(ids) {
            let held = holdings.get(&line).map(Vec::as_slice).unwrap_or_default();
            if let Some(exposure) = self.resolve(&row, line, held)? {
                self.ready.push_back(exposure);
            }
        }
        Ok(())
    }

    fn holdings(&self, ids: &[LineId]) -> Result<BTreeMap<LineId, Vec<Holding>>> {
        let incident = self.keys.incident();
        let found = self.home.store.read(|tx| tx.holders_of(incident, self.snapshot, ids));
        let mut by_line: BTreeMap<LineId, Vec<Holding>> = BTreeMap::new();
        for holding in found.map_err(problem::store)? {
            by_line.entry(holding.line).or_default().push(holding);
        }
        Ok(by_line)
    }

    fn resolve(
        &mut self,
        row: &ExposureRow,
        line: LineId,
        held: &[Holding],
    ) -> Result<Option<NewExposure>> {
        if held.is_empty() {
            self.intake.refuse(
                row.row_no,
                "line",
                "line.unknown",
                "the registry has no such line",
            )?;
            return Ok(None);
        }
        let at = row.exposed_at;
        let holding =
            held.iter().find(|held| held.held_from <= at && held.held_to.is_none_or(|to| at < to));
        let Some(holding) = holding else {
            self.intake.refuse(
                row.row_no,
                "exposed_at",
                "line.unheld",
                "the registry has no holder of this line at that time",
            )?;
            return Ok(None);
        };
        if !self.number_fits(row, holding)? {
            self.intake.refuse(
                row.row_no,
                "msisdn",
                "msisdn.other",
                "this is not the line's number in the registry; are the columns shifted?",
            )?;
            return Ok(None);
        }
        let exposure =
            Exposure { holder: holding.holder, line, facts: row.facts(), exposed_at: at };
        Ok(Some(NewExposure { exposure, record: record(row)? }))
    }

    /// Whether the row's number, if it has one, is the line's: a list whose columns are shifted shows here.
    fn number_fits(&self, row: &ExposureRow, holding: &Holding) -> Result<bool> {
        let Some(number) = &row.msisdn else { return Ok(true) };
        let key = LineKey::Msisdn(self.keys.blind(Field::Msisdn, number.expose()));
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
