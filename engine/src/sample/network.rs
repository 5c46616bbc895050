//! The network's files, written while the people pass: what happened to each, among what happens every day.

use std::path::Path;

use super::cells::Window;
use super::life::Life;
use super::noise::Noise;
use super::people::{People, Person, share};
use super::record_sheet::{RecordSheet, TextSheet};
use super::rows::{Attach, Payment, Record, cell as cell_text, korean_time};
use super::world::World;
use super::{RecordCounts, RecordFiles, RecordsPlan, SamplePlan};
use crate::problem::{Problem, Result};

/// All files of records.
pub(super) struct Network<'a> {
    records: &'a RecordsPlan,
    world: World<'a>,
    noise: Noise<'a>,
    /// What will have been written in the end.
    needed: Needed,
    lines: u64,
    filled: Filled,
    files: RecordFiles,
    attach: Vec<RecordSheet<Attach>>,
    payments: RecordSheet<Payment>,
    counts: RecordCounts,
}

/// What was made of records.
pub(super) struct Recorded {
    pub(super) files: RecordFiles,
    pub(super) counts: RecordCounts,
    /// Cards that met a rogue cell and were no line's, at each stage.
    pub(super) unresolved: Vec<u64>,
}

/// Rows that must be written, whatever is asked for, and over how many lines.
#[derive(Debug, Clone, Copy, Default)]
struct Needed {
    lines: u64,
    attach: u64,
    payments: u64,
}

/// Rows of every day so far.
#[derive(Debug, Clone, Copy, Default)]
struct Filled {
    attach: u64,
    payments: u64,
}

impl<'a> Network<'a> {
    /// Begins the files, and writes the lists of cells.
    pub(super) fn create(
        plan: &'a SamplePlan,
        records: &'a RecordsPlan,
        folder: &Path,
    ) -> Result<Self> {
        let needed = Needed::count(plan, records)?;
        let world = World::new(plan, records);
        let attach = (1..=records.files)
            .map(|number| RecordSheet::create(folder, &format!("attach-{number}"), records.format));
        let mut network = Self {
            records,
            noise: Noise::new(plan, world.cells, needed.lines, records.attach),
            world,
            needed,
            lines: 0,
            filled: Filled::default(),
            files: RecordFiles { attach: Vec::new(), cells: Vec::new(), payments: Vec::new() },
            attach: attach.collect::<Result<_>>()?,
            payments: RecordSheet::create(folder, "payments-1", records.format)?,
            counts: RecordCounts::default(),
        };
        for stage in 0..plan.stages.len() {
            network.write_cells(folder, stage)?;
        }
        Ok(network)
    }

    /// Writes what happens to a person, and a share of what happens to anybody.
    pub(super) fn live(&mut self, person: &mut Person) -> Result<Vec<Life>> {
        let lives = self.world.live(person);
        let days = lives.iter().fold(0, |days, life| days | life.days);
        let lines = person.lines.iter().chain(person.companion.as_ref().map(|(_, line)| line));
        for (life, line) in lives.iter().zip(lines) {
            for row in &life.records {
                self.add_attach(row)?;
            }
            for row in &life.payments {
                self.add_payment(row)?;
            }
            self.lines += 1;
            self.fill(line.number, days)?;
        }
        Ok(lives)
    }

    pub(super) fn finish(mut self) -> Result<Recorded> {
        for sheet in self.attach {
            self.files.attach.push(sheet.finish()?);
        }
        self.files.payments.push(self.payments.finish()?);
        let World { counts, unresolved, .. } = self.world;
        let RecordCounts { attach, payments, windows, without_imei, without_end, .. } = self.counts;
        let counts =
            RecordCounts { attach, payments, windows, without_imei, without_end, ..counts };
        Ok(Recorded { files: self.files, counts, unresolved })
    }

    /// Ordinary rows, evenly over the lines.
    fn fill(&mut self, number: u64, days: u32) -> Result<()> {
        let Needed { lines, attach, payments } = self.needed;
        let due = share(self.lines, self.records.attach - attach, lines);
        while self.filled.attach < due {
            let row = self.noise.attach(self.filled.attach);
            self.add_attach(&row)?;
            self.filled.attach += 1;
        }
        let due = share(self.lines, self.records.payments - payments, lines);
        while self.filled.payments < due {
            let row = self.noise.payment(self.filled.payments, number, days);
            self.add_payment(&row)?;
            self.filled.payments += 1;
        }
        Ok(())
    }

    /// Rows go round the files.
    fn add_attach(&mut self, row: &Attach) -> Result<()> {
        let at = usize::try_from(self.counts.attach % self.records.files).unwrap_or(0);
        self.counts.attach += 1;
        self.counts.without_imei += u64::from(row.imei.is_none());
        self.counts.without_end += u64::from(row.end.is_none());
        self.attach.get_mut(at).map_or(Ok(()), |sheet| sheet.add(row))
    }

    fn add_payment(&mut self, row: &Payment) -> Result<()> {
        self.counts.payments += 1;
        self.payments.add(row)
    }

    fn write_cells(&mut self, folder: &Path, stage: usize) -> Result<()> {
        let cells = self.world.cells;
        let path = folder.join(format!("cells-r{}.csv", stage + 1));
        let mut sheet = TextSheet::create::<CellRow>(path, false)?;
        let mut rows = 0;
        for cell in 0..cells.known(stage) {
            for day in 0..cells.days() {
                for window in cells.windows(&cells.slot(cell, day), stage).into_iter().flatten() {
                    sheet.add(&CellRow { cell: cells.rogue(cell), window })?;
                    rows += 1;
                }
            }
        }
        self.counts.windows.push(rows);
        self.files.cells.push(sheet.finish()?);
        Ok(())
    }
}

impl Needed {
    /// Lets everything happen once without writing it down.
    fn count(plan: &SamplePlan, records: &RecordsPlan) -> Result<Self> {
        let mut world = World::new(plan, records);
        let mut needed = Self::default();
        let rows = |rows: usize| u64::try_from(rows).unwrap_or(0);
        for mut person in People::new(plan) {
            for life in world.live(&mut person) {
                needed.lines += 1;
                needed.attach += rows(life.records.len());
                needed.payments += rows(life.payments.len());
            }
        }
        if needed.attach > records.attach || needed.payments > records.payments {
            let what = format!(
                "so many lines need {} attach rows and {} payments at least",
                needed.attach, needed.payments
            );
            return Err(
                Problem::input("sample", what).hint("ask for more of them, or for fewer lines")
            );
        }
        Ok(needed)
    }
}

/// A window of one cell.
struct CellRow {
    cell: u32,
    window: Window,
}

impl Record for CellRow {
    const COLUMNS: &'static str = "cell,from,to,reads,certainty\n";

    fn write(&self, line: &mut Vec<u8>) {
        cell_text(line, self.cell);
        line.push(b',');
        korean_time(line, self.window.from);
        line.push(b',');
        korean_time(line, self.window.to);
        for (item, between) in self.window.reads.iter().zip([b','].into_iter().chain([b';'; 16])) {
            line.push(between);
            line.extend_from_slice(item.code().as_bytes());
        }
        line.push(b',');
        line.extend_from_slice(self.window.certainty.code().as_bytes());
        line.push(b'\n');
    }
}
