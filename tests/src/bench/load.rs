//! Loading sealed rows, against the databases' own tools loading the same rows in clear.

use std::cell::Cell;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Error, Result};
use simrecall_store::registry::SnapshotContent;

use super::child::{self, Measured, Step};
use super::report::{Goal, Side};
use super::{Bench, name, plain, rows, world};
use crate::Backend;

/// Rows in all: as many subscribers as lines.
const ROWS: u32 = 1_000_000;
const FEW: u32 = 100_000;

/// Loads on both databases and compares.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let (few, many) = (bench.scaled(FEW), bench.scaled(ROWS));
    for backend in Backend::ALL {
        let small = load_new(bench, backend, few)?;
        let large = load_new(bench, backend, many)?;
        let (rows, indexes) = plain::load(bench, backend, many / 2)?;
        bench.report.compare(
            &format!("load of {many} sealed rows, {}", name(backend)),
            (
                &Side::seconds("rows", large.seconds("rows")?),
                &Side::seconds(plain::tool(backend), rows),
            ),
            Goal::AtMost(2.0),
            large.peak_kib,
        );
        bench.report.compare(
            &format!("their indexes, {}", name(backend)),
            (
                &Side::seconds("indexes", large.seconds("indexes")?),
                &Side::seconds("the same on its tables", indexes),
            ),
            Goal::None,
            large.peak_kib,
        );
        world::flat(bench, &format!("load, {}", name(backend)), &small, &large);
    }
    Ok(())
}

fn load_new(bench: &mut Bench, backend: Backend, rows: u64) -> Result<Measured> {
    let home = bench.room(&format!("load-{}-{rows}", name(backend).to_lowercase()))?;
    let store = bench.database(backend, &home)?;
    child::run(&Step::Load { home, store, people: rows / 2 }, &[])
}

/// In a process of its own: loads people, each with a line.
pub(super) fn load(dir: &Path, store: &str, people: u64) -> Result<Measured> {
    let mut measured = Measured::default();
    let home = world::found(dir, store)?;
    let incident = home.store.read(|tx| tx.incidents())?;
    let incident = incident.first().context("an installation without an incident")?.id;
    let keys = home.keys.incident(incident)?;
    let no = home.store.write(|tx| tx.begin_snapshot(incident, home.now()))?;
    let (began, ended) = (Instant::now(), Cell::new(Instant::now()));
    let made = timed((0..people).map(|n| rows::subscriber(&keys, n)), &ended);
    let subscribers = home.store.load_subscribers::<Error>(&keys, no, made)?;
    let mut seconds = (ended.get() - began).as_secs_f64();
    let mut indexes = ended.get().elapsed().as_secs_f64();
    let began = Instant::now();
    let made = timed((0..people).map(|n| rows::line(&keys, n)), &ended);
    let lines = home.store.load_lines::<Error>(&keys, no, made)?;
    seconds += (ended.get() - began).as_secs_f64();
    indexes += ended.get().elapsed().as_secs_f64();
    measured.seconds.extend([("rows".to_owned(), seconds), ("indexes".to_owned(), indexes)]);
    let content = SnapshotContent { sha256: [7; 32], subscribers, lines };
    home.store.write(|tx| tx.finish_snapshot(incident, no, &content))?;
    Ok(measured)
}

/// Notes when the rows were last asked for: then all of them are in the table, and indexes and the commit follow.
fn timed<T>(mut rows: impl Iterator<Item = T>, ended: &Cell<Instant>) -> impl Iterator<Item = T> {
    std::iter::from_fn(move || {
        let row = rows.next();
        if row.is_none() {
            ended.set(Instant::now());
        }
        row
    })
}
