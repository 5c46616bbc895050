//! Measurements, as ratios against other people's tools in the same run.
//!
//! Every measured piece runs in a process of its own, so that its peak memory (`VmHWM`) is its own; servers are other
//! processes still. `bench send plan load mail derive swap terminal spring portal` chooses parts, `--scale 0.1` makes everything smaller.
//!
//! | file | does |
//! |---|---|
//! | `child` | runs one step in a process of its own |
//! | `world` | an installation with a sample, planned and released |
//! | `send`, `inserts`, `pump` | durable send, and what it is compared with |
//! | `load`, `rows`, `plain` | bulk load, and the databases' own tools |
//! | `derive` | who was exposed, and DuckDB on the same records |
//! | `swap` | swaps of cards, and the bare commands on the same HLR |
//! | `terminal` | a busy day at an agency's terminals, and one command of the same HLR |
//! | `spring` | a season in which cards are scarce, at a hundredth of its size |
//! | `mail` | our mail sender and `smtp-source` |
//! | `portal`, `requests` | the first page and nginx, a rush of people |
//! | `ready` | a first visit on a slow phone |
//! | `report`, `machine` | the table, and where it was made |

mod child;
mod derive;
mod inserts;
mod load;
mod machine;
mod mail;
mod plain;
mod portal;
mod pump;
mod ready;
mod report;
mod requests;
mod rows;
mod send;
mod spring;
mod sql;
mod swap;
mod terminal;
mod world;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use tempfile::TempDir;

use crate::postgres::{Cluster, Durability};
use crate::{Backend, sqlite_url};
use child::Step;
use report::Report;
use world::World;

/// Everything is measured when no part is named.
#[derive(Debug, Parser)]
#[command(
    name = "bench",
    about = "Measures simrecall against other people's tools, as ratios in one run"
)]
struct Words {
    /// Which parts to measure.
    parts: Vec<Part>,
    /// A share of the real sizes: 0.1 is a tenth.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// One step in JSON: how this program calls itself.
    #[arg(long, hide = true)]
    step: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Durable sending with receipts.
    Send,
    /// Working out what a million people are owed.
    Plan,
    /// Loading a million sealed rows.
    Load,
    /// Twenty thousand mails.
    Mail,
    /// Deriving a cohort from fifty million records.
    Derive,
    /// Swapping cards on a real HLR.
    Swap,
    /// A busy day at twenty terminals.
    Terminal,
    /// A spring in which cards are scarce.
    Spring,
    /// The first page beside nginx and on a slow phone, and five times as many people as can be served.
    Portal,
}

/// Runs the program with the words of the command line.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Words::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &Words) -> Result<()> {
    if let Some(step) = &words.step {
        let step: Step = serde_json::from_str(step).context("a step that is not understood")?;
        return child::carry_out(&step);
    }
    let mut bench = Bench::new(words.scale)?;
    for line in machine::lines(bench.folder.path())? {
        say(&line);
    }
    let chosen = |part: Part| words.parts.is_empty() || words.parts.contains(&part);
    if chosen(Part::Load) {
        load::measure(&mut bench)?;
    }
    if chosen(Part::Mail) {
        mail::measure(&mut bench)?;
    }
    if chosen(Part::Send) {
        send::measure(&mut bench)?;
    }
    if chosen(Part::Plan) {
        world::measure(&mut bench)?;
    }
    if chosen(Part::Derive) {
        derive::measure(&mut bench)?;
    }
    if chosen(Part::Swap) {
        swap::measure(&mut bench)?;
    }
    if chosen(Part::Terminal) {
        terminal::measure(&mut bench)?;
    }
    if chosen(Part::Spring) {
        spring::measure(&mut bench)?;
    }
    if chosen(Part::Portal) {
        portal::measure(&mut bench)?;
    }
    say(&bench.report.to_string());
    Ok(())
}

/// What the parts share: a folder, a cluster that syncs to disk, installations, the table.
struct Bench {
    report: Report,
    scale: f64,
    worlds: BTreeMap<(&'static str, u64), World>,
    cluster: Option<Cluster>,
    folder: TempDir,
}

impl Bench {
    fn new(scale: f64) -> Result<Self> {
        anyhow::ensure!(scale > 0.0 && scale <= 10.0, "a scale is above 0 and 10 at most");
        let folder = tempfile::Builder::new().prefix("simrecall-bench-").tempdir()?;
        let report = Report::default();
        Ok(Self { report, scale, worlds: BTreeMap::new(), cluster: None, folder })
    }

    /// A size, scaled, in whole hundreds.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rounded positive size"
    )]
    fn scaled(&self, size: u32) -> u64 {
        ((f64::from(size) * self.scale / 100.0).round() as u64 * 100).max(100)
    }

    /// A new folder below the bench's own.
    fn room(&self, name: &str) -> Result<std::path::PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// An empty database, as durable as in production.
    fn database(&mut self, backend: Backend, folder: &Path) -> Result<String> {
        match backend {
            Backend::Sqlite => Ok(sqlite_url(folder)),
            Backend::Postgres => self.cluster()?.fresh_database(),
        }
    }

    fn cluster(&mut self) -> Result<&Cluster> {
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start(Durability::Full)?);
        }
        self.cluster.as_ref().context("the cluster that was just started")
    }
}

/// The name of a backend in the table.
const fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SQLite",
        Backend::Postgres => "PostgreSQL",
    }
}

/// Says something at once.
fn say(line: &str) {
    // Whoever closed our output does not want to hear more.
    let _gone = writeln!(std::io::stdout().lock(), "{line}");
}

/// A count as a number to divide by.
fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The middle of several measurements of the same: one of them may have met somebody else's work.
fn middle(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
}
