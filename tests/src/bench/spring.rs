//! The spring of 2025 at a hundredth of its size: who is served when, and how long it takes to give cards to those who wait.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use simrecall_core::replacement::{State, local_day};

use super::child::{self, Measured, Step};
use super::report::{Goal, Side};
use super::{Bench, name, real, say};
use crate::Backend;
use crate::spring::{DAYS, Day, Size, Spring, chart};

/// A hundredth of 25 million lines.
const LINES: u32 = 250_000;
/// Lines to a shop: a hundredth of 2,600 shops.
const LINES_A_SHOP: u32 = 9_600;
/// How long each is open.
const HOURS: u32 = 11;

/// Both sizes, so that what grows with the people is seen.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let large = bench.scaled(LINES);
    let small = one(bench, large / 10)?;
    let large = one(bench, large)?;
    let per_case = |measured: &Measured| -> Result<f64> {
        Ok(measured.seconds("all_ticks")? * 1e6 / real(measured.counted("asked")?))
    };
    let (ours, other) = (per_case(&large)?, per_case(&small)?);
    let side =
        |what: &str, micros: f64| Side { value: micros, shown: format!("{what} {micros:.0} µs") };
    bench.report.compare(
        "spring: giving a card to somebody who waits, ten times the size",
        (&side("large", ours), &side("small", other)),
        Goal::AtMost(2.0),
        large.peak_kib,
    );
    super::world::flat(bench, "spring", &small, &large);
    Ok(())
}

fn one(bench: &mut Bench, lines: u64) -> Result<Measured> {
    let home = bench.room(&format!("spring-{lines}"))?;
    let store = bench.database(Backend::Sqlite, &home)?;
    let picture = Path::new("target").join(format!("spring-{lines}.svg"));
    let measured = child::run(&Step::Spring { home, store, lines, picture: picture.clone() }, &[])?;
    let (asked, swapped) = (measured.counted("asked")?, measured.counted("swapped")?);
    let what = format!(
        "spring of {lines} lines, {}: {asked} asked, {swapped} swapped",
        name(Backend::Sqlite)
    );
    let longest = Side::seconds("the longest tick", measured.seconds("longest_tick")?);
    bench.report.note(&what, &longest, measured.peak_kib);
    say(&format!("          chart: {}", picture.display()));
    Ok(measured)
}

/// In a process of its own: every day of it.
pub(super) fn run(dir: &Path, store: &str, lines: u64, picture: &Path) -> Result<Measured> {
    let lines = u32::try_from(lines)?;
    let size = Size { lines, shops: lines.div_ceil(LINES_A_SHOP), hours: HOURS };
    let began = Instant::now();
    let mut spring = Spring::begin(&dir.join("home"), store, size)?;
    let days = (0..DAYS).map(|day| spring.day(day)).collect::<Result<Vec<Day>>>()?;
    let mut waiting = 0_usize;
    spring.each(State::Waiting, |_| {
        waiting += 1;
        Ok(())
    })?;
    ensure!(waiting == 0, "{waiting} people starve");
    let (home, incident) = (&spring.home, spring.incident());
    let wrong = home.store.read(|tx| {
        Ok((tx.recount_stock(local_day(home.now()))?.len(), tx.case_drift(incident)?.len()))
    })?;
    ensure!(wrong == (0, 0), "{wrong:?} counts are not what their rows say");
    fs::create_dir_all(picture.parent().context("a folder")?)?;
    fs::write(picture, chart(&days)?)?;

    let mut measured = Measured::default();
    measured.took("all", began);
    let ticks: Vec<Duration> = days.iter().map(|day| day.tick).collect();
    let seconds = |time: Duration| time.as_secs_f64();
    measured.seconds.insert("all_ticks".to_owned(), seconds(ticks.iter().sum()));
    let longest = ticks.iter().max().copied().unwrap_or_default();
    measured.seconds.insert("longest_tick".to_owned(), seconds(longest));
    measured.count("asked", u64::try_from(spring.asked())?);
    measured.count("swapped", days.last().map_or(0, |day| day.swapped));
    Ok(measured)
}
