//! The answer that comes with records, against the most naive reading of them: every record with every window.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::cohort::{Certainty, FactSet, Item, ItemSet};

use super::*;
use crate::records::{FileFacts, Meter, read_attach, read_payments};

type Time = DateTime<Utc>;
type Spans = Vec<(Time, Time)>;

/// What the built-in rules say, rule by rule: how sure, and grace in minutes.
const LEAKS: [(Certainty, i64); 2] = [(Certainty::Confirmed, 2), (Certainty::Possible, 10)];

/// A line's facts, first moment, and encounters by how sure they are.
#[derive(Default)]
struct Found {
    facts: FactSet,
    at: Option<Time>,
    met: BTreeMap<Certainty, Spans>,
}

struct Naive {
    lines: Vec<LineRow>,
    windows: BTreeMap<String, Vec<(Time, Time, ItemSet, Certainty)>>,
    found: BTreeMap<String, Found>,
    strangers: BTreeSet<String>,
}

fn table(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let split = |row: &str| row.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(split).collect()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

impl Naive {
    fn read(files: &SampleFiles, stage: usize) -> Self {
        let records = files.records.as_ref().unwrap();
        let lines = clean::<LineRow>(&files.lines);
        let (windows, found, strangers) = Default::default();
        let mut naive = Self { lines, windows, found, strangers };
        for row in table(&records.cells[stage]) {
            let items = row[3].split(';').map(|word| Item::parse(word).unwrap()).collect();
            let certainty = Certainty::parse(&row[4]).unwrap();
            let window = (time(&row[1]), time(&row[2]), items, certainty);
            naive.windows.entry(row[0].clone()).or_default().push(window);
        }
        for row in records.attach.iter().flat_map(|file| table(file)) {
            naive.attach(&row);
        }
        for row in records.payments.iter().flat_map(|file| table(file)) {
            naive.pay(&row[0], time(&row[1]), &row[3]);
        }
        naive
    }

    fn attach(&mut self, row: &[String]) {
        let (start, end) = (time(&row[3]), (!row[4].is_empty()).then(|| time(&row[4])));
        for (from, to, reads, sure) in self.windows.get(&row[2]).cloned().unwrap_or_default() {
            for (certainty, grace) in LEAKS {
                let instant = start + TimeDelta::microseconds(1);
                let gone = end.unwrap_or(start + minutes(30)).max(instant);
                let (first, last) =
                    (start.max(from - minutes(grace)), gone.min(to + minutes(grace)));
                if sure >= certainty && first < last {
                    self.meet(&row[0], (first, last), certainty.of(reads), certainty);
                }
            }
        }
    }

    fn meet(&mut self, imsi: &str, span: (Time, Time), facts: FactSet, certainty: Certainty) {
        let of = |line: &&LineRow| line.imsi.as_ref().is_some_and(|own| own.expose() == imsi);
        let mut known = TimeDelta::zero();
        for line in self.lines.iter().filter(of) {
            let from = span.0.max(line.held_from);
            let to = line.held_to.map_or(span.1, |to| span.1.min(to));
            if from < to {
                known += to - from;
                let found = self.found.entry(line.line_ref.clone()).or_default();
                found.facts = found.facts.union(facts);
                found.at = Some(found.at.map_or(from, |at| at.min(from)));
                found.met.entry(certainty).or_default().push((from, to));
            }
        }
        if known < span.1 - span.0 {
            self.strangers.insert(imsi.to_owned());
        }
    }

    fn pay(&mut self, number: &str, at: Time, method: &str) {
        let number = simrecall_core::identity::Msisdn::parse(number).unwrap();
        let of = |line: &&LineRow| {
            line.msisdn == number && line.held_from <= at && line.held_to.is_none_or(|to| at < to)
        };
        for line in self.lines.iter().filter(of).filter(|_| ["ars", "sms"].contains(&method)) {
            let Some(found) = self.found.get_mut(&line.line_ref) else { continue };
            for (certainty, spans) in &found.met {
                let near =
                    |(from, to): &(Time, Time)| *from - minutes(2) <= at && at < *to + minutes(10);
                if spans.iter().any(near) {
                    let lost = certainty.of(ItemSet::EMPTY.with(Item::PaymentLoss));
                    found.facts = found.facts.union(lost);
                }
            }
        }
    }
}

fn answers(path: &Path) -> BTreeMap<String, (FactSet, Option<Time>)> {
    let rows = clean::<ExposureRow>(path).into_iter();
    rows.map(|row| (row.line_ref.clone(), (row.facts(), Some(row.exposed_at)))).collect()
}

fn check(plan: &SamplePlan) -> SampleFiles {
    let dir = tempfile::tempdir().unwrap();
    let files = write(plan, dir.path()).unwrap();
    for (stage, list) in files.exposures.iter().enumerate() {
        let naive = Naive::read(&files, stage);
        let found: BTreeMap<_, _> = naive
            .found
            .iter()
            .map(|(line, found)| (line.clone(), (found.facts, found.at)))
            .collect();
        for (line, answer) in &answers(list) {
            assert_eq!(found.get(line), Some(answer), "seed {} stage {stage} {line}", plan.seed);
        }
        assert_eq!(found, answers(list), "seed {} stage {stage}", plan.seed);
        let counts = files.counts.stages[stage];
        assert_eq!(counts.unresolved, u64::try_from(naive.strangers.len()).unwrap());
        let lost = |found: &&Found| found.facts.confirmed().contains(Item::PaymentLoss);
        let losses = naive.found.values().filter(lost).count();
        assert_eq!(counts.losses, u64::try_from(losses).unwrap());
    }
    files
}

fn one_list(seed: u64) -> SamplePlan {
    let records = RecordsPlan { payments: 900, ..RecordsPlan::sized(6_000, 7, 1_200) };
    let records = Some(RecordsPlan { possible_permille: 200, ..records });
    SamplePlan { recycled_permille: 60, records, ..SamplePlan::sized(seed, 1_200) }
}

fn three_lists(seed: u64) -> SamplePlan {
    let stages = [(150, 120), (500, 380), (620, 470)];
    let stages = stages.map(|(lines, people)| Stage { lines, people }).to_vec();
    let records = RecordsPlan {
        payments: 600,
        files: 3,
        cells: vec![2, 4, 9],
        losses: vec![12, 20, 22],
        strangers: 9,
        ..RecordsPlan::sized(4_000, 9, 1)
    };
    SamplePlan { stages, records: Some(records), ..SamplePlan::sized(seed, 1) }
}

#[test]
fn the_answer_is_what_the_rules_say() {
    for seed in 1..4 {
        check(&one_list(seed));
    }
}

#[test]
fn so_is_that_of_each_stage() {
    for seed in 1..4 {
        let plan = three_lists(seed);
        let files = check(&plan);
        for (stage, counts) in files.counts.stages.iter().enumerate() {
            assert_eq!((counts.lines, counts.people), {
                let Stage { lines, people } = plan.stages[stage];
                (lines, people)
            });
            assert_eq!(counts.losses, plan.records.as_ref().unwrap().losses[stage]);
        }
    }
}

#[test]
fn everything_that_can_happen_happens() {
    let counts = check(&SamplePlan { seed: 5, ..one_list(5) }).counts;
    let stage = counts.stages[0];
    let records = counts.records.unwrap();
    let json = serde_json::to_value(&records).unwrap();
    for (what, count) in json.as_object().unwrap() {
        let least =
            count.as_u64().or_else(|| count.as_array()?.iter().map(|n| n.as_u64()).min()?);
        assert!(least.is_some_and(|count| count > 0), "{what}: {records:#?}");
    }
    assert!(stage.possible > 0 && stage.losses > 0 && stage.unresolved > 0, "{stage:?}");
    assert_eq!((records.attach, records.payments), (6_000, 900));
}

#[test]
fn counts_are_those_of_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let files = write(&three_lists(8), dir.path()).unwrap();
    let (records, counts) = (files.records.unwrap(), files.counts.records.unwrap());
    let as_u64 = |n: usize| u64::try_from(n).unwrap();
    let rows: Vec<_> = records.attach.iter().map(|file| table(file)).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|file| file.len().abs_diff(rows[0].len()) <= 1), "evenly divided");
    let rows = rows.concat();
    let empty = |column: usize| as_u64(rows.iter().filter(|row| row[column].is_empty()).count());
    assert_eq!(as_u64(rows.len()), counts.attach);
    assert_eq!((empty(1), empty(4)), (counts.without_imei, counts.without_end));
    assert_eq!(as_u64(table(&records.payments[0]).len()), counts.payments);
    let windows: Vec<_> = records.cells.iter().map(|file| as_u64(table(file).len())).collect();
    assert_eq!(windows, counts.windows);
}

/// Every row as our own reader sees it, in an order of its own.
fn seen(plan: &SamplePlan) -> (Vec<String>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let records = write(plan, dir.path()).unwrap().records.unwrap();
    let ending = plan.records.as_ref().unwrap().format.ending();
    let mut all = records.attach.iter().chain(&records.payments);
    assert!(all.all(|file| file.to_str().unwrap().ends_with(&format!(".{ending}"))));
    let keep = |seen: &mut Vec<String>, row: String| seen.push(row);
    let attach = read_attach(
        &records.attach,
        &|_| true,
        Vec::new,
        |seen, row| {
            keep(
                seen,
                format!("{:?} {:?} {:?}", (row.imsi, row.imei), row.cell, (row.start, row.end)),
            );
            Ok(())
        },
        &Meter::of(&records.attach).unwrap(),
    );
    let payments = read_payments(
        &records.payments,
        &|_| true,
        Vec::new,
        |seen, row| {
            keep(seen, format!("{:?} {:?}", (row.msisdn, row.at), (row.amount_won, row.method)));
            Ok(())
        },
        &Meter::of(&records.payments).unwrap(),
    );
    let sorted = |seen: Vec<Vec<String>>, files: &[FileFacts]| {
        assert_eq!(files.iter().map(|file| file.bad_rows).sum::<u64>(), 0);
        let mut all = seen.concat();
        all.sort();
        all
    };
    let ((attach, files), (payments, paid)) = (attach.unwrap(), payments.unwrap());
    (sorted(attach, &files), sorted(payments, &paid))
}

#[test]
fn every_form_says_the_same() {
    let with = |format| {
        let mut plan = three_lists(9);
        plan.records.as_mut().unwrap().format = format;
        seen(&plan)
    };
    let plain = with(RecordFormat::Csv);
    assert_eq!((plain.0.len(), plain.1.len()), (4_000, 600));
    assert!(plain == with(RecordFormat::CsvGz), "compressed");
    assert!(plain == with(RecordFormat::Parquet), "Parquet");
}

#[test]
fn the_same_seed_gives_the_same_records() {
    let dirs = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let bytes = |seed: u64, at: usize| {
        let files = write(&three_lists(seed), dirs[at].path()).unwrap();
        let records = files.records.unwrap();
        let all = [records.attach, records.cells, records.payments, files.exposures].concat();
        all.into_iter().chain([files.lines]).map(|path| fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    let first = bytes(1, 0);
    assert_eq!(first, bytes(1, 1));
    assert_ne!(first, bytes(2, 2));
}

#[test]
fn what_cannot_be_made_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut plan = three_lists(1);
    let with = |change: &dyn Fn(&mut RecordsPlan)| {
        let mut plan = plan.clone();
        change(plan.records.as_mut().unwrap());
        plan.check()
    };
    assert!(with(&|_| ()).is_ok());
    assert!(with(&|records| records.cells = vec![4, 4, 9]).is_err());
    assert!(with(&|records| records.cells = vec![0, 4, 9]).is_err());
    assert!(with(&|records| records.losses = vec![3]).is_err());
    assert!(with(&|records| records.losses = vec![30, 20, 22]).is_err());
    assert!(with(&|records| records.losses = vec![151, 152, 153]).is_err());
    assert!(with(&|records| records.files = 0).is_err());
    plan.records.as_mut().unwrap().attach = 10;
    assert_eq!(write(&plan, dir.path()).unwrap_err().code, "sample");
}
