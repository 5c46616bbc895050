//! The rules as one query, carried out by engines of other people, say what we say.

mod world;

use std::path::Path;

use simrecall_core::derive::Rules;
use simrecall_engine::cohort::{self, ImportOptions, RevisionAnswer};
use simrecall_engine::csv_rows::{ExposureRow, Rows};
use simrecall_engine::derive_sql::{Dialect, query};
use simrecall_engine::drill::CODE;
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::sample::{self, RecordsPlan, SampleFiles, SamplePlan};
use simrecall_engine::{Clock, Home};
use simrecall_tests::Backend;
use simrecall_tests::tables::{Engine, Tables};

use super::support::{Chance, Office, SECURITY, kst};
use world::{Said, World};

/// The sample's known answer, imported, is what every engine's answer says, imported.
#[test]
fn every_engine_finds_what_the_sample_has_in_it() {
    let seed = 20_250_904;
    println!("seed {seed}");
    let records = RecordsPlan { payments: 2_000, ..RecordsPlan::sized(6_000, 4, 500) };
    let plan = SamplePlan { records: Some(records), ..SamplePlan::sized(seed, 500) };
    let folder = tempfile::tempdir().unwrap();
    let files = sample::write(&plan, folder.path()).unwrap();
    let office = Office::open(Backend::Sqlite, Clock::drill(kst("2025-09-11T09:30")), None, None);
    let tables = taken_in(office.home(), &files);
    let known = imported(office.home(), &files.exposures[0]);
    assert!(!known.no_change && known.lines > 400, "{known:?}");
    let rules = Rules::builtin();
    for engine in [Engine::DuckDb, Engine::Postgres] {
        for dialect in Dialect::ALL {
            let answer = folder.path().join(format!("{engine:?}-{}.csv", dialect.name()));
            engine.answer(&tables, &query(&rules, dialect), &answer).unwrap();
            let found = imported(office.home(), &answer);
            assert!(found.no_change, "{engine:?} {dialect:?}: {found:?}");
            assert_eq!(found.sha256, known.sha256);
        }
    }
}

/// The registry taken in, and the tables of the query.
fn taken_in(home: &Home, files: &SampleFiles) -> Tables {
    let as_of = home.now();
    let lists = RegistryFiles {
        subscribers: &files.subscribers,
        lines: &files.lines,
        as_of,
        accept_rejects: 0,
    };
    registry::import(home, CODE, &lists, SECURITY).unwrap();
    let records = files.records.as_ref().unwrap();
    Tables {
        attach: records.attach.clone(),
        cells: records.cells[0].clone(),
        payments: records.payments.clone(),
        lines: files.lines.clone(),
        as_of,
    }
}

fn imported(home: &Home, list: &Path) -> RevisionAnswer {
    let options =
        ImportOptions { accept_rejects: 0, expect_change: false, known: None, by: SECURITY };
    cohort::import(home, CODE, list, &options).unwrap()
}

/// Worlds where everything happens at a bound or a microsecond beside one, judged by the design's own words.
#[test]
fn every_engine_counts_to_the_microsecond() {
    let rules = [Rules::builtin(), Rules::parse(STRICT).unwrap()];
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..12 {
        println!("seed {seed}");
        let world = World::new(&mut Chance::new(seed));
        let tables = world.written(&folder.path().join(seed.to_string()));
        let engine = if seed % 4 == 3 { Engine::Postgres } else { Engine::DuckDb };
        for (rules, dialect) in rules.iter().zip(Dialect::ALL) {
            let answer = folder.path().join("answer.csv");
            engine.answer(&tables, &query(rules, dialect), &answer).unwrap();
            let said = said(&answer);
            assert!(!said.is_empty());
            assert_eq!(said, world.judged(rules), "seed {seed}, {engine:?}, {dialect:?}");
        }
    }
}

/// Nothing but the moment counts, and two ways to lose.
const STRICT: &str = r#"
id = "strict"
record_without_end = "1m"
[[leak]]
id = "at-it"
windows = ["possible", "confirmed"]
grace = "0s"
fact = "confirmed"
[[leak]]
id = "near-it"
windows = ["confirmed"]
grace = "1m"
fact = "possible"
[[loss]]
id = "at-once"
methods = ["ars"]
leak = ["at-it"]
before = "0s"
after = "0s"
fact = "confirmed"
[[loss]]
id = "later"
methods = ["pass", "ars"]
leak = ["near-it", "at-it"]
before = "1m"
after = "3m"
fact = "possible"
"#;

fn said(answer: &Path) -> Said {
    let mut said = Said::new();
    for parsed in Rows::<ExposureRow>::open(answer).unwrap() {
        let parsed = parsed.unwrap();
        assert_eq!(parsed.rejects, []);
        let row = parsed.row.unwrap();
        let facts = row.facts();
        assert!(said.insert((row.line_ref, row.exposed_at.timestamp_micros(), facts)));
    }
    said
}
