//! Synthetic registries, exposure lists and network records of any size, the same for the same seed, written in constant
//! memory.
//!
//! Nobody in them exists. Korean numbers begin with 0100 or 0101, which are given to no subscriber, as long as twenty million
//! of them are enough; mail hosts end in `.example`.
//!
//! A plan has stages, one for each revision of the exposure list. Each stage names how many lines are exposed by then and
//! how many people hold them, exactly; its list holds all lines of the stages before it too. The first list knows that IMSIs
//! leaked, later ones that IMEIs and numbers did as well. The registry has, besides the holders: guardians of children,
//! contacts of companies, people who were given a number that an exposed person has given up since, and bystanders.
//!
//! With records, the lists are what the built-in rules must find in them. It is first decided what happens to a line, then
//! records are written that make it so: the answer is known without deriving it.

mod cells;
mod dice;
mod life;
mod lines;
mod made;
mod names;
mod network;
mod noise;
mod parquet;
mod people;
mod plan;
mod record_sheet;
mod rows;
mod sheets;
mod visit;
mod world;

use std::path::Path;

pub use made::{RecordCounts, RecordFiles, SampleCounts, SampleFiles, StageCounts};
pub use plan::{RecordFormat, RecordsPlan, SamplePlan, Stage};

use crate::problem::Result;
use network::Network;
use people::People;
use sheets::Sheets;

/// The brands in the registry: the carrier's own first, then two virtual operators.
pub const BRANDS: [&str; 3] = ["hanbit", "sori", "dalbit"];

/// Writes a sample into a folder, which is made if need be. Files of those names are replaced.
pub fn write(plan: &SamplePlan, folder: &Path) -> Result<SampleFiles> {
    plan.check()?;
    let mut sheets = Sheets::create(plan, folder)?;
    let network = plan.records.as_ref().map(|records| Network::create(plan, records, folder));
    let mut network = network.transpose()?;
    for mut person in People::new(plan) {
        let lives = match &mut network {
            Some(network) => network.live(&mut person)?,
            None => Vec::new(),
        };
        sheets.add(&person, &lives)?;
    }
    let made = network.map(Network::finish).transpose()?;
    sheets.finish(made)
}

#[cfg(test)]
mod tests;
