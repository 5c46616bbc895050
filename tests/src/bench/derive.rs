//! Deriving from the network's records, against DuckDB carrying out the same rules as a query on the same files.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use simrecall_core::derive::Rules;
use simrecall_engine::Home;
use simrecall_engine::cohort::{self, ImportOptions};
use simrecall_engine::derive::{Inputs, Options, Unwatched, derive as derive_from};
use simrecall_engine::derive_sql::{Dialect, query};
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::sample::{self, RecordFormat, RecordsPlan, SampleFiles, SamplePlan};

use super::child::{self, Measured, Step};
use super::report::{Goal, Side};
use super::{Bench, real, say, world};
use crate::Backend;
use crate::tables::{Engine, Tables};

/// Attach records of a large derivation.
const MANY: u32 = 50_000_000;
/// Those of a small one.
const FEW: u32 = 5_000_000;
/// Exposed lines.
const LINES: u32 = 100_000;
const PAYMENTS: u32 = 1_000_000;
const CELLS: u64 = 20;
const CODE: &str = "HB-2025-09";
const BY: &str = "security.lead";

/// Both sizes in both forms.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    for format in [RecordFormat::Parquet, RecordFormat::Csv] {
        // So few are read faster than a hundred thousand lines are sealed and loaded, which a query does not do.
        let small = one(bench, format, FEW, Goal::None)?;
        let large = one(bench, format, MANY, Goal::AtLeast(0.5))?;
        world::flat(bench, &format!("derive from {}", format.ending()), &small, &large);
    }
    Ok(())
}

fn one(bench: &mut Bench, format: RecordFormat, records: u32, goal: Goal) -> Result<Measured> {
    let records = bench.scaled(records);
    let what = format!("{records} records in {}", format.ending());
    say(&format!("          making {what}"));
    let home = bench.room(&format!("derive-{}-{records}", format.ending()))?;
    let store = bench.database(Backend::Sqlite, &home)?;
    let plan = plan(bench, format, records);
    let tables =
        child::run(&Step::Records { home: home.clone(), store, plan: Box::new(plan) }, &[])?;
    let tables = tables.tables.context("records without tables")?;
    let ours = child::run(&Step::Derive { home: home.clone(), tables: tables.clone() }, &[])?;
    let answer = home.join("answer.csv");
    let query = query(&Rules::builtin(), Dialect::Trino);
    let theirs = Engine::DuckDb.answer(&tables, &query, &answer)?;
    let known = home.join("sample/exposure-r1.csv");
    for (whose, answer) in [("DuckDB's", answer), ("the sample's known", known)] {
        let same = child::run(&Step::Compare { home: home.clone(), answer }, &[])?;
        ensure!(same.counted("same")? == 1, "{whose} answer is another one");
    }
    let rows = real(ours.counted("rows")?);
    bench.report.compare(
        &format!("derive {} lines from {what}", ours.counted("lines")?),
        (&Side::rate("rows", rows / ours.seconds("derive")?), &Side::rate("DuckDB", rows / theirs)),
        goal,
        ours.peak_kib,
    );
    // Several gigabytes that nobody needs any more.
    std::fs::remove_dir_all(&home)?;
    Ok(ours)
}

fn plan(bench: &Bench, format: RecordFormat, attach: u64) -> SamplePlan {
    let lines = bench.scaled(LINES);
    let sized = RecordsPlan::sized(attach, CELLS, lines);
    let records = RecordsPlan { payments: bench.scaled(PAYMENTS), format, ..sized };
    SamplePlan { records: Some(records), ..SamplePlan::sized(20_250_910, lines) }
}

/// In a process of its own: an installation with a registry, and records beside it.
pub(super) fn make(dir: &Path, store: &str, plan: &SamplePlan) -> Result<Measured> {
    let home = world::found(dir, store)?;
    let files = sample::write(plan, &dir.join("sample"))?;
    let as_of = home.now();
    let lists = RegistryFiles {
        subscribers: &files.subscribers,
        lines: &files.lines,
        as_of,
        accept_rejects: 0,
    };
    registry::import(&home, CODE, &lists, BY)?;
    let SampleFiles { lines, records, .. } = files;
    let records = records.context("a sample without records")?;
    let cells = records.cells.into_iter().next_back().context("a sample without cells")?;
    let tables = Tables { attach: records.attach, cells, payments: records.payments, lines, as_of };
    Ok(Measured { tables: Some(tables), ..Measured::default() })
}

/// In a process of its own: derives.
pub(super) fn derive(dir: &Path, tables: &Tables) -> Result<Measured> {
    let mut measured = Measured::default();
    let home = Home::open(dir, world::clock()?)?;
    let inputs =
        Inputs { attach: &tables.attach, cells: &tables.cells, payments: &tables.payments };
    let options = Options {
        rules: None,
        registry: None,
        accept_rejects: 0,
        removes: 0,
        expect_change: false,
        known: None,
        by: BY,
    };
    let began = Instant::now();
    let derived = derive_from(&home, CODE, &inputs, &options, &mut Unwatched)?;
    measured.took("derive", began);
    measured.count("lines", derived.made.lines);
    measured.count("rows", derived.made.tally.rows);
    Ok(measured)
}

/// In a process of its own: takes the other engine's answer in, as a list.
pub(super) fn compare(dir: &Path, answer: &Path) -> Result<Measured> {
    let mut measured = Measured::default();
    let home = Home::open(dir, world::clock()?)?;
    let before = cohort::show(&home, CODE, None)?;
    let options = ImportOptions { accept_rejects: 0, expect_change: true, known: None, by: BY };
    let listed = cohort::import(&home, CODE, answer, &options)?;
    measured.count("same", u64::from(listed.sha256 == before.sha256));
    Ok(measured)
}
