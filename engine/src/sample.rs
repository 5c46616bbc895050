//! Synthetic registries and exposure lists of any size, the same for the same seed, written in constant memory.
//!
//! Nobody in them exists. Korean numbers begin with 0100 or 0101, which are given to no subscriber, as long as twenty million
//! of them are enough; mail hosts end in `.example`.
//!
//! A plan has stages, one for each revision of the exposure list. Each stage names how many lines are exposed by then and
//! how many people hold them, exactly; its list holds all lines of the stages before it too. The first list knows that IMSIs
//! leaked, later ones that IMEIs and numbers did as well. The registry has, besides the holders: guardians of children,
//! contacts of companies, people who were given a number that an exposed person has given up since, and bystanders.

mod dice;
mod lines;
mod names;
mod people;
mod sheets;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Result};
use people::People;
use sheets::Sheets;

/// The brands in the registry: the carrier's own first, then two virtual operators.
pub const BRANDS: [&str; 3] = ["hanbit", "sori", "dalbit"];

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
}

/// How far an exposure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Exposed lines, those of earlier stages included.
    pub lines: u64,
    /// The people who hold them, those of earlier stages included.
    pub people: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleFiles {
    /// `subscribers.csv`.
    pub subscribers: PathBuf,
    /// `lines.csv`.
    pub lines: PathBuf,
    /// `exposure-r1.csv` and so on.
    pub exposures: Vec<PathBuf>,
    /// How many of what.
    pub counts: SampleCounts,
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
}

impl SamplePlan {
    /// The incident this system was first built around, at its real size: three revisions within six weeks.
    pub fn kt_story(seed: u64) -> Self {
        let stages = vec![
            Stage { lines: 5_561, people: 4_170 },
            Stage { lines: 20_030, people: 15_003 },
            Stage { lines: 22_227, people: 16_647 },
        ];
        Self { seed, stages, bystanders: 3_000, recycled_permille: 8, bad_rows: 0 }
    }

    /// One list of so many lines, with four lines to three people.
    pub fn sized(seed: u64, lines: u64) -> Self {
        let people = (lines.saturating_mul(3) / 4).max(1);
        let stages = vec![Stage { lines: lines.max(1), people }];
        Self { seed, stages, bystanders: people / 10, recycled_permille: 8, bad_rows: 0 }
    }

    /// Refuses what cannot be made.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Problem::input("sample", what));
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
        Ok(())
    }
}

/// Writes a sample into a folder, which is made if need be. Files of those names are replaced.
pub fn write(plan: &SamplePlan, folder: &Path) -> Result<SampleFiles> {
    plan.check()?;
    let mut sheets = Sheets::create(plan, folder)?;
    for person in People::new(plan) {
        sheets.add(&person)?;
    }
    sheets.finish()
}

#[cfg(test)]
mod tests;
