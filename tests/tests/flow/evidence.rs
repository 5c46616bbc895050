//! Evidence from outside: kept, united with every derivation, and held against each.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_engine::cohort::{
    self, AddAnswer, Evidence, EvidenceSource, ImportOptions, Looking, Verdicts, Withdraw,
};
use simrecall_engine::csv_rows::{ExposureRow, LineRow, Row, Rows};
use simrecall_engine::derive::{Inputs, Options, Unwatched, derive};
use simrecall_engine::drill::CODE;
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::sample::{self, RecordsPlan, SampleFiles, SamplePlan};
use simrecall_engine::{Clock, Home};
use simrecall_tests::Backend;
use tempfile::TempDir;

use super::support::{Office, PRIVACY, SECURITY, kst};

const HEADER: &str = "line,msisdn,imsi,imei,items,certainty,exposed_at";

struct World {
    office: Office,
    files: SampleFiles,
    folder: TempDir,
    /// A line the records expose, and when.
    exposed: ExposureRow,
    /// A line they do not expose.
    other: LineRow,
}

impl World {
    fn new(backend: Backend) -> Self {
        let records = RecordsPlan { payments: 200, ..RecordsPlan::sized(2_000, 2, 60) };
        let plan = SamplePlan { records: Some(records), ..SamplePlan::sized(20_250_905, 60) };
        let folder = tempfile::tempdir().unwrap();
        let files = sample::write(&plan, folder.path()).unwrap();
        let office = Office::open(backend, Clock::drill(kst("2025-09-11T09:30")), None, None);
        let home = office.home();
        let lists = RegistryFiles {
            subscribers: &files.subscribers,
            lines: &files.lines,
            as_of: home.now(),
            accept_rejects: 0,
        };
        registry::import(home, CODE, &lists, SECURITY).unwrap();
        let known: Vec<ExposureRow> = rows(&files.exposures[0]);
        let sure = |row: &&ExposureRow| !row.facts().confirmed().is_empty();
        let exposed = known.iter().find(sure).unwrap().clone();
        let is_other = |line: &LineRow| {
            line.held_to.is_none() && known.iter().all(|row| row.line_ref != line.line_ref)
        };
        let other = rows(&files.lines).into_iter().find(is_other).unwrap();
        Self { office, files, folder, exposed, other }
    }

    fn home(&self) -> &Home {
        self.office.home()
    }

    fn derive(&self, removes: u64) -> cohort::RevisionAnswer {
        let records = self.files.records.as_ref().unwrap();
        let inputs = Inputs {
            attach: &records.attach,
            cells: &records.cells[0],
            payments: &records.payments,
        };
        let options = Options {
            rules: None,
            registry: None,
            accept_rejects: 0,
            removes,
            expect_change: true,
            known: None,
            by: SECURITY,
        };
        derive(self.home(), CODE, &inputs, &options, &mut Unwatched).unwrap().made
    }

    fn add(&self, list: &Path) -> AddAnswer {
        let options =
            ImportOptions { accept_rejects: 0, expect_change: true, known: None, by: SECURITY };
        let evidence = Evidence { what: "police list, file 12", source: EvidenceSource::Police };
        cohort::add(self.home(), CODE, list, &evidence, &options).unwrap()
    }

    /// One row for each verdict: the line that is exposed, by its number alone; another line at that time; and when there
    /// are no records.
    fn list(&self) -> PathBuf {
        let at = self.exposed.exposed_at;
        let long_ago = at - TimeDelta::days(300);
        let number = self.exposed.msisdn.as_ref().unwrap().expose();
        let other = &self.other.line_ref;
        let third = &rows::<LineRow>(&self.files.lines)
            .into_iter()
            .rfind(|line| {
                line.held_to.is_none() && line.held_from < long_ago && line.line_ref != *other
            })
            .unwrap();
        let rows = [
            format!(",{number},,,imsi,confirmed,{}", time(at)),
            format!("{other},,,,imsi,confirmed,{}", time(at)),
            format!("{},,,,name,confirmed,{}", third.line_ref, time(long_ago)),
        ];
        let path = self.folder.path().join("police.csv");
        fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
        path
    }
}

#[test]
fn evidence_is_held_against_each_derivation_and_stays() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let derived = world.derive(0);
        let added = world.add(&world.list());
        let each = Verdicts { inside: 1, outside: 1, unexplained: 1 };
        assert_eq!((added.evidence.rows, added.evidence.verdicts), (3, each));
        assert_eq!(added.evidence.against, Some(derived.revision));
        assert!(added.made.lines > derived.lines);
        let again = world.add(&world.list());
        assert!(again.made.no_change);
        assert_eq!(again.evidence.rows, 0, "{backend:?}: it is on record");

        let answer = cohort::evidence(world.home(), CODE, None).unwrap();
        assert_eq!((answer.sources[0].rows, answer.sources[0].verdicts), (3, each));
        assert!(answer.unexplained.is_none());

        let anew = world.derive(0);
        assert!(anew.no_change, "{backend:?}: derived again, it says the same with the evidence");
        assert_eq!(anew.sha256, added.made.sha256);
        let answer = cohort::evidence(world.home(), CODE, None).unwrap();
        assert_eq!(answer.against, Some(derived.revision));
        assert_eq!(answer.sources[0].verdicts, each, "no evidence explains itself");
    }
}

#[test]
fn evidence_that_was_wrong_is_out_once_two_roles_say_so() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let derived = world.derive(0);
        let added = world.add(&world.list());
        let no = added.evidence.list.unwrap();
        let withdraw = |no, by| {
            let withdraw = Withdraw { no, reason: "the police took it back", by };
            cohort::withdraw(world.home(), CODE, &withdraw)
        };
        assert_eq!(withdraw(no + 1, SECURITY).unwrap_err().code, "list");
        let first = withdraw(no, SECURITY).unwrap().decided;
        assert_eq!((first.counts, first.waits_for.as_slice()), (false, ["privacy"].as_slice()));
        assert_eq!(withdraw(no, SECURITY).unwrap_err().code, "agreed");
        let rows = || cohort::evidence(world.home(), CODE, None).unwrap().sources;
        assert_eq!(rows()[0].rows, 3, "one alone takes nothing back");
        assert!(withdraw(no, PRIVACY).unwrap().decided.counts);
        assert!(rows().is_empty());
        // Two lines were in by the evidence alone.
        let anew = world.derive(2);
        assert_eq!((anew.sha256, anew.lines), (derived.sha256, derived.lines), "{backend:?}");
        let again = world.add(&world.list());
        assert_eq!(again.evidence.rows, 3, "it may come back, better founded");
    }
}

#[test]
fn what_nothing_explains_is_shown_for_a_purpose_with_numbers_masked() {
    let world = World::new(Backend::Sqlite);
    world.derive(0);
    world.add(&world.list());
    let look = |purpose, by| cohort::evidence(world.home(), CODE, Some(&Looking { purpose, by }));
    assert_eq!(look("curiosity", PRIVACY).unwrap_err().code, "purpose");
    let shown = look("audit", PRIVACY).unwrap().unexplained.unwrap();
    let [row] = shown.as_slice() else { panic!("{} rows", shown.len()) };
    assert_eq!((row.source, row.confirmed.as_slice()), ("police", ["imsi"].as_slice()));
    assert_eq!(row.note.as_deref(), Some("police list, file 12"));
    let number = row.number.as_deref().unwrap();
    assert!(number.contains('*') && !number.contains(world.other.msisdn.expose()), "{number}");
}

#[test]
fn without_a_derivation_there_is_nothing_to_compare_with() {
    let world = World::new(Backend::Sqlite);
    let added = world.add(&world.list());
    assert_eq!((added.made.lines, added.evidence.rows), (3, 3));
    assert_eq!(added.evidence.against, None);
    let answer = cohort::evidence(world.home(), CODE, None).unwrap();
    assert_eq!((answer.against, answer.sources[0].verdicts), (None, Verdicts::default()));
    world.derive(0);
    let answer = cohort::evidence(world.home(), CODE, None).unwrap();
    let each = Verdicts { inside: 1, outside: 1, unexplained: 1 };
    assert_eq!(answer.sources[0].verdicts, each);
}

fn rows<T: Row>(path: &Path) -> Vec<T> {
    Rows::open(path).unwrap().filter_map(|parsed| parsed.unwrap().row).collect()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339()
}
