//! What to make.

use serde::{Deserialize, Serialize};

use super::lines;
use crate::problem::{Problem, Result};

/// Rogue cells a sample can have.
const CELLS: u64 = 100_000;
/// Files attach records can be divided over.
const FILES: u64 = 1_000;

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplePlan {
    /// The same seed gives the same files.
    pub seed: u64,
    /// One for each exposure list, growing.
    pub stages: Vec<Stage>,
    /// People in the registry who are not exposed.
    pub bystanders: u64,
    /// Of a thousand first lines, how many were given up since, their number given to somebody else.
    pub recycled_permille: u64,
    /// Bad rows in each exposure list: five of six are extra rows nobody can use, the sixth is a usable row with a wrong
    /// IMEI.
    pub bad_rows: u64,
    /// The network's records, whose known answer the exposure lists are then.
    pub records: Option<RecordsPlan>,
}

/// How far an exposure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Exposed lines, those of earlier stages included.
    pub lines: u64,
    /// The people who hold them, those of earlier stages included.
    pub people: u64,
}

/// Records to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordsPlan {
    /// Attach rows, over all files.
    pub attach: u64,
    /// Rows of payments.
    pub payments: u64,
    /// Files the attach rows are divided over.
    pub files: u64,
    /// The files' form; windows of cells are always CSV.
    pub format: RecordFormat,
    /// Rogue cells for each stage, those of earlier stages included.
    pub cells: Vec<u64>,
    /// Lines that lost money for each stage, those of earlier stages included.
    pub losses: Vec<u64>,
    /// Cards no line of the registry had (roamers') that met a rogue cell by the last stage.
    pub strangers: u64,
    /// Of a thousand exposed lines, how many were only near a window, or at a suspected one.
    pub possible_permille: u64,
}

/// The form of record files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordFormat {
    /// Comma-separated values.
    Csv,
    /// The same, compressed.
    CsvGz,
    /// Parquet, with times in whole microseconds.
    Parquet,
}

impl RecordFormat {
    /// What the files' names end in.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvGz => "csv.gz",
            Self::Parquet => "parquet",
        }
    }
}

impl SamplePlan {
    /// The incident this system was first built around, at its real size: three revisions within six weeks, from records
    /// of 2, then 4, then 20 rogue cells.
    pub fn kt_story(seed: u64) -> Self {
        let stages = vec![
            Stage { lines: 5_561, people: 4_170 },
            Stage { lines: 20_030, people: 15_003 },
            Stage { lines: 22_227, people: 16_647 },
        ];
        let records = RecordsPlan {
            attach: 300_000,
            payments: 40_000,
            files: 2,
            format: RecordFormat::Csv,
            cells: vec![2, 4, 20],
            losses: vec![278, 362, 368],
            strangers: 0,
            possible_permille: 2,
        };
        let records = Some(records);
        Self { seed, stages, bystanders: 3_000, recycled_permille: 8, bad_rows: 0, records }
    }

    /// The same story, of a few hundred people.
    pub fn small_story(seed: u64) -> Self {
        let stages = [(240, 180), (800, 600), (900, 680)];
        let stages = stages.map(|(lines, people)| Stage { lines, people }).to_vec();
        let story = Self::kt_story(seed);
        let records = story.records.map(|records| RecordsPlan {
            attach: 8_000,
            payments: 1_000,
            losses: vec![12, 16, 17],
            possible_permille: 30,
            ..records
        });
        Self { stages, bystanders: 100, recycled_permille: 40, records, ..story }
    }

    /// One list of so many lines, with four lines to three people; no records.
    pub fn sized(seed: u64, lines: u64) -> Self {
        let people = (lines.saturating_mul(3) / 4).max(1);
        let stages = vec![Stage { lines: lines.max(1), people }];
        let bystanders = people / 10;
        Self { seed, stages, bystanders, recycled_permille: 8, bad_rows: 0, records: None }
    }

    /// Refuses what cannot be made.
    pub fn check(&self) -> Result<()> {
        let mut before = Stage { lines: 0, people: 0 };
        for stage in &self.stages {
            let people = stage.people.saturating_sub(before.people);
            let lines = stage.lines.saturating_sub(before.lines);
            if people == 0 || lines < people {
                return wrong("each stage needs more people than the one before, with a line each");
            }
            if lines > people.saturating_mul(3) {
                return wrong("a stage can have three times as many lines as people, not more");
            }
            before = *stage;
        }
        if self.stages.is_empty() {
            return wrong("a sample needs one stage at least");
        }
        if self.stages.iter().any(|stage| self.bad_rows > stage.lines) {
            return wrong("there can be as many bad rows as lines, not more");
        }
        if lines::numbers_needed(self) > lines::NUMBERS {
            return wrong("there are not so many telephone numbers behind 010");
        }
        self.records.as_ref().map_or(Ok(()), |records| records.check(&self.stages))
    }
}

impl RecordsPlan {
    /// So many attach rows of so many rogue cells, for one list of so many lines: everything that can happen to a line
    /// happens to some.
    pub fn sized(attach: u64, cells: u64, lines: u64) -> Self {
        Self {
            attach,
            payments: attach / 50,
            files: 4,
            format: RecordFormat::Csv,
            cells: vec![cells],
            losses: vec![lines / 60],
            strangers: lines / 200,
            possible_permille: 40,
        }
    }

    /// How many lines a stage adds to those that lost money: of its own lines, and of lines exposed before it.
    pub(super) fn losses_of(&self, stages: &[Stage], stage: usize) -> (u64, u64) {
        let before = stage.checked_sub(1);
        let at = |list: &[u64], at: usize| list.get(at).copied().unwrap_or(0);
        let lost = before.map_or(0, |before| at(&self.losses, before));
        let lines = before.and_then(|before| stages.get(before)).map_or(0, |stage| stage.lines);
        let new = at(&self.losses, stage).saturating_sub(lost);
        // Few of many, so that there is always one who has not lost any yet.
        let late = (new / 2).min(lines / 20);
        (new - late, late)
    }

    fn check(&self, stages: &[Stage]) -> Result<()> {
        if self.cells.len() != stages.len() || self.losses.len() != stages.len() {
            return wrong("records need a count of rogue cells and one of losses for each stage");
        }
        if !self.cells.iter().is_sorted_by(|one, next| one < next) || self.cells.first() == Some(&0)
        {
            return wrong("each stage needs more rogue cells than the one before");
        }
        if self.cells.last().is_some_and(|cells| *cells > CELLS) {
            return wrong("a sample can have 100,000 rogue cells, not more");
        }
        if self.files == 0 || self.files > FILES {
            return wrong("attach records can be divided over 1 to 1,000 files");
        }
        let (mut lost, mut lines) = (0, 0);
        for (losses, stage) in self.losses.iter().zip(stages) {
            if losses.checked_sub(lost).is_none_or(|new| new > stage.lines - lines) {
                return wrong("losses grow from stage to stage, by at most one for each new line");
            }
            (lost, lines) = (*losses, stage.lines);
        }
        Ok(())
    }
}

fn wrong<T>(what: &str) -> Result<T> {
    Err(Problem::input("sample", what))
}
