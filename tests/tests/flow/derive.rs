//! A sample whose answer is known, derived on both databases.

use std::path::PathBuf;

use rstest::rstest;
use simrecall_core::derive::Cause;
use simrecall_engine::Clock;
use simrecall_engine::cohort::{self, ImportOptions};
use simrecall_engine::derive::{self, DerivedAnswer, Inputs, Options, Unwatched};
use simrecall_engine::drill::CODE;
use simrecall_engine::sample::{RecordFormat, RecordsPlan, SampleFiles, SamplePlan};
use simrecall_tests::Backend;

use super::support::{Office, SECURITY, kst};

/// Three revisions, with everything a network's records may have.
fn plan(format: RecordFormat) -> SamplePlan {
    let story = SamplePlan::small_story(20_250_904);
    let records = story.records.clone().unwrap();
    let records = RecordsPlan { format, files: 3, strangers: 7, possible_permille: 120, ..records };
    SamplePlan { records: Some(records), ..story }
}

fn office(backend: Backend) -> Office {
    Office::open(backend, Clock::drill(kst("2025-09-11T09:30")), None, None)
}

const OPTIONS: Options<'static> = Options {
    rules: None,
    registry: None,
    accept_rejects: 0,
    removes: 0,
    expect_change: true,
    known: None,
    by: SECURITY,
};

/// Derives from the records and the cells known by a stage.
fn derived(
    office: &Office,
    files: &SampleFiles,
    attach: &[PathBuf],
    stage: usize,
) -> DerivedAnswer {
    let records = files.records.as_ref().unwrap();
    let inputs = Inputs { attach, cells: &records.cells[stage], payments: &records.payments };
    derive::derive(office.home(), CODE, &inputs, &OPTIONS, &mut Unwatched).unwrap()
}

/// The hash of a known answer, imported.
fn known(office: &Office, files: &SampleFiles, stage: usize) -> String {
    let options =
        ImportOptions { accept_rejects: 0, expect_change: true, known: None, by: SECURITY };
    cohort::import(office.home(), CODE, &files.exposures[stage], &options).unwrap().sha256
}

#[rstest]
#[case::sqlite(Backend::Sqlite, RecordFormat::Parquet)]
#[case::postgres(Backend::Postgres, RecordFormat::CsvGz)]
fn the_records_say_what_the_lists_say(#[case] backend: Backend, #[case] format: RecordFormat) {
    let plan = plan(format);
    println!("seed {}", plan.seed);
    let office = office(backend);
    let (_, files) = office.scene.take_sample(&plan).unwrap();
    let mut attach = files.records.as_ref().unwrap().attach.clone();
    for stage in 0..3 {
        let answer = derived(&office, &files, &attach, stage);
        assert_eq!(answer.made.lines, plan.stages[stage].lines, "stage {stage}");
        assert_eq!(answer.silent_cells, Vec::<String>::new());
        // The order of the files changes nothing.
        attach.reverse();
        let again = derived(&office, &files, &attach, stage);
        assert!(again.made.no_change, "{again:#?}");
        assert_eq!(again.derivation_sha256, answer.derivation_sha256);
        assert_eq!(answer.made.sha256, known(&office, &files, stage), "stage {stage}: {answer:#?}");
        if stage > 0 {
            let new = answer.brought.by.iter().filter(|by| by.cause == Cause::NewCell);
            assert!(new.map(|by| by.new_lines).sum::<u64>() > 0, "{answer:#?}");
        }
    }
}

#[test]
fn nothing_of_the_records_is_left_in_clear() {
    let office = office(Backend::Sqlite);
    let (_, files) = office.scene.take_sample(&plan(RecordFormat::Csv)).unwrap();
    let attach = &files.records.as_ref().unwrap().attach;
    let met = derived(&office, &files, attach, 2).records;
    let text = std::fs::read_to_string(&attach[0]).unwrap();
    let cards: Vec<&str> =
        text.lines().skip(1).filter_map(|row| row.split(',').next()).take(500).collect();
    assert!(met > 500 && cards.len() == 500);
    let dir = std::fs::read_dir(&office.home().dir).unwrap();
    for entry in dir.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let found = cards.iter().find(|card| text.contains(**card));
        assert_eq!(found, None, "{}", entry.path().display());
    }
}
