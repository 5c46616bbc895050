//! An installation with a sample in it, one wave planned and released; and what that took.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::id::WaveNo;
use simrecall_engine::cohort::{self, ImportOptions};
use simrecall_engine::posting::{self, NewGround};
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::sample::{self, SamplePlan};
use simrecall_engine::{Clock, Home, incident, staff, wave};

use super::child::{self, Measured, Step};
use super::report::{Goal, Side};
use super::{Bench, name, real, say};
use crate::Backend;

/// The one wave of a world.
pub(super) const WAVE: WaveNo = WaveNo(1);
/// People of a large plan.
const MANY: u32 = 1_000_000;
/// People of a small one.
const FEW: u32 = 100_000;
/// When a world's people are told.
const START: &str = "2025-09-11T09:30:00+09:00";
/// The incident of every world.
pub(super) const CODE: &str = "HB-2025-09";
const INCIDENT: &str = include_str!("incident.toml");
const CONFIG: &str = include_str!("simrecall.toml");
const STAFF: [(&str, StaffRole); 3] = [
    ("security.lead", StaffRole::Security),
    ("privacy.officer", StaffRole::Privacy),
    ("messaging.lead", StaffRole::Messaging),
];

/// An installation ready to send.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) home: PathBuf,
    pub(super) imported: Measured,
    pub(super) planned: Measured,
}

/// Times of planning, and memory of everything that grows with the people.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let (few, many) = (bench.scaled(FEW), bench.scaled(MANY));
    let small = world(bench, Backend::Sqlite, few)?;
    let large = world(bench, Backend::Sqlite, many)?;
    note_plan(bench, few, &small)?;
    note_plan(bench, many, &large)?;
    flat(bench, "import", &small.imported, &large.imported);
    flat(bench, "plan", &small.planned, &large.planned);
    Ok(())
}

/// The world of so many people, made when it is first asked for.
pub(super) fn world(bench: &mut Bench, backend: Backend, people: u64) -> Result<World> {
    let key = (name(backend), people);
    if let Some(world) = bench.worlds.get(&key) {
        return Ok(world.clone());
    }
    say(&format!("          making a world of {people} people on {}", key.0));
    let home = bench.room(&format!("{}-{people}", key.0.to_lowercase()))?;
    let store = bench.database(backend, &home)?;
    let imported = child::run(&Step::Import { home: home.clone(), store, people }, &[])?;
    let planned = child::run(&Step::Plan { home: home.clone() }, &[])?;
    let world = World { home, imported, planned };
    bench.worlds.insert(key, world.clone());
    Ok(world)
}

/// Memory that must not grow with the size.
pub(super) fn flat(bench: &mut Bench, what: &str, small: &Measured, large: &Measured) {
    bench.report.compare(
        &format!("{what}: memory, ten times the size"),
        (&Side::memory("large", large.peak_kib), &Side::memory("small", small.peak_kib)),
        Goal::AtMost(1.5),
        large.peak_kib,
    );
}

fn note_plan(bench: &mut Bench, people: u64, world: &World) -> Result<()> {
    let World { imported, planned, .. } = world;
    let rows = imported.counted("rows")?;
    let import = imported.seconds("registry")? + imported.seconds("cohort")?;
    bench.report.note(
        &format!("import of {rows} CSV rows, SQLite"),
        &Side::rate("rows", real(rows) / import),
        imported.peak_kib,
    );
    let seconds = planned.seconds("plan")?;
    let told = planned.counted("persons")?;
    bench.report.note(
        &format!("plan of {people} people, SQLite, {seconds:.1} s"),
        &Side::rate("people", real(told) / seconds),
        planned.peak_kib,
    );
    Ok(())
}

/// In a process of its own: makes the installation and imports.
pub(super) fn import(dir: &Path, store: &str, people: u64) -> Result<Measured> {
    let mut measured = Measured::default();
    let home = found(dir, store)?;
    let plan = SamplePlan::sized(20_250_910, people * 4 / 3);
    let files = sample::write(&plan, &dir.join("sample"))?;
    let by = "security.lead";
    let began = Instant::now();
    let lists = RegistryFiles {
        subscribers: &files.subscribers,
        lines: &files.lines,
        as_of: home.now(),
        accept_rejects: 0,
    };
    let snapshot = registry::import(&home, CODE, &lists, by)?;
    measured.took("registry", began);
    let began = Instant::now();
    let options = ImportOptions { accept_rejects: 0, expect_change: true, known: None, by };
    let list = files.exposures.first().context("a sample without a list")?;
    let revision = cohort::import(&home, CODE, list, &options)?;
    measured.took("cohort", began);
    measured.count("rows", snapshot.subscribers + snapshot.lines + revision.lines);
    Ok(measured)
}

/// In a process of its own: plans, signs, releases.
pub(super) fn plan(dir: &Path) -> Result<Measured> {
    let mut measured = Measured::default();
    let home = Home::open(dir, clock()?)?;
    let began = Instant::now();
    let planned = wave::plan(&home, CODE, None, "messaging.lead")?;
    measured.took("plan", began);
    measured.count("persons", planned.persons);
    for signer in ["security.lead", "privacy.officer"] {
        wave::approve(&home, planned.wave, signer, &key(dir, signer))?;
    }
    wave::release(&home, planned.wave, "messaging.lead")?;
    ground(&home)?;
    Ok(measured)
}

/// Records why those without a number may be told by posting; without a ground the sender would keep them back.
fn ground(home: &Home) -> Result<()> {
    let new = NewGround {
        ground: "contact_unknown",
        rule: None,
        reason: "no number is known",
        wave: Some(WAVE),
        url: None,
        by: "privacy.officer",
    };
    match posting::start(home, CODE, &new) {
        Err(problem) if problem.code != "nobody_to_post" => Err(problem.into()),
        _ => Ok(()),
    }
}

/// The clock of every world.
pub(super) fn clock() -> Result<Clock> {
    let start: DateTime<Utc> = START.parse()?;
    Ok(Clock::drill(start))
}

/// Makes an installation with its staff and its incident.
pub(super) fn found(dir: &Path, store: &str) -> Result<Home> {
    drop(Home::init(dir, store, clock()?)?);
    let config = CONFIG.replace("STORE_URL", store);
    std::fs::write(dir.join("simrecall.toml"), config)?;
    std::fs::write(dir.join("smsc.password"), "sandbox\n")?;
    let home = Home::open(dir, clock()?)?;
    let mut first = None;
    for (person, role) in STAFF {
        staff::add(&home, person, &[role], &key(dir, person), first)?;
        first = first.or(Some(person));
    }
    let file = dir.join("incident.toml");
    std::fs::write(&file, INCIDENT)?;
    incident::open(&home, &file, "security.lead")?;
    Ok(home)
}

fn key(dir: &Path, person: &str) -> PathBuf {
    dir.join(format!("{person}.key"))
}
