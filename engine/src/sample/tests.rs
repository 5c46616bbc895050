//! Exact counts, the same bytes for the same seed, and lists our own reader takes.

mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use simrecall_core::subscriber::Service;

use super::*;
use crate::csv_rows::find_duplicates;
use crate::csv_rows::{ExposureRow, LineRow, Parsed, Reject, Row, Rows, SubscriberRow};

fn read<T: Row>(path: &Path) -> (Vec<T>, Vec<Reject>) {
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    for parsed in Rows::<T>::open(path).unwrap() {
        let Parsed { row, rejects: found, .. } = parsed.unwrap();
        rows.extend(row);
        rejects.extend(found);
    }
    (rows, rejects)
}

fn clean<T: Row>(path: &Path) -> Vec<T> {
    let (rows, rejects) = read(path);
    assert_eq!(rejects, [], "{}", path.display());
    rows
}

#[test]
fn the_story_has_its_real_size() {
    let dir = tempfile::tempdir().unwrap();
    let plan = SamplePlan::kt_story(7);
    let files = write(&plan, dir.path()).unwrap();
    let subscribers = clean::<SubscriberRow>(&files.subscribers);
    let lines = clean::<LineRow>(&files.lines);
    assert_eq!(files.counts.subscribers, u64::try_from(subscribers.len()).unwrap());
    assert_eq!(files.counts.lines, u64::try_from(lines.len()).unwrap());
    assert!(find_duplicates(&files.subscribers, &["subscriber"]).unwrap().is_empty());
    assert!(find_duplicates(&files.lines, &["line", "held_from"]).unwrap().is_empty());
    let mut periods: BTreeMap<&str, Vec<&LineRow>> = BTreeMap::new();
    for line in &lines {
        periods.entry(line.line_ref.as_str()).or_default().push(line);
    }
    let mut before: BTreeSet<String> = BTreeSet::new();
    for ((path, stage), counts) in
        files.exposures.iter().zip(&plan.stages).zip(&files.counts.stages)
    {
        let exposures = clean::<ExposureRow>(path);
        assert_eq!(u64::try_from(exposures.len()).unwrap(), stage.lines);
        assert_eq!((counts.lines, counts.people), (stage.lines, stage.people));
        let mut people = BTreeSet::new();
        for row in &exposures {
            let at = row.exposed_at;
            let held =
                |line: &&&LineRow| line.held_from <= at && line.held_to.is_none_or(|to| at < to);
            let line =
                periods[row.line_ref.as_str()].iter().find(held).expect("held when it leaked");
            people.insert(line.subscriber_ref.as_str());
            assert_eq!((row.msisdn.as_ref(), &row.imsi), (Some(&line.msisdn), &line.imsi));
        }
        assert_eq!(u64::try_from(people.len()).unwrap(), stage.people);
        let now: BTreeSet<String> = exposures.into_iter().map(|row| row.line_ref).collect();
        assert!(now.is_superset(&before), "each list holds the one before");
        before = now;
    }
    check_variety(&files.counts, &subscribers, &lines);
}

fn check_variety(counts: &SampleCounts, subscribers: &[SubscriberRow], lines: &[LineRow]) {
    for (what, count) in [
        ("children", counts.children),
        ("companies", counts.companies),
        ("data only", counts.data_only),
        ("recycled", counts.recycled),
    ] {
        assert!(count > 10, "{count} {what}");
    }
    let known: BTreeSet<&str> = subscribers.iter().map(|s| s.subscriber_ref.as_str()).collect();
    let named = subscribers.iter().flat_map(|s| s.guardian_ref.iter().chain(&s.contact_ref));
    assert!(named.into_iter().all(|reference| known.contains(reference.as_str())));
    let languages: BTreeSet<_> = subscribers.iter().map(|s| s.language).collect();
    let brands: BTreeSet<_> = subscribers.iter().map(|s| s.brand.as_str()).collect();
    assert_eq!((languages.len(), brands.len()), (5, BRANDS.len()));
    assert!(subscribers.iter().any(|s| s.email.is_none() && s.address.is_none()));
    assert!(lines.iter().any(|line| line.service == Service::Data));
    check_recycled(counts.recycled, lines);
}

/// A number has two holders only one after the other, and never more than two.
fn check_recycled(expected: u64, lines: &[LineRow]) {
    let mut by_number: BTreeMap<&str, Vec<&LineRow>> = BTreeMap::new();
    // A line whose card was changed is there once for each card.
    let mut seen = BTreeSet::new();
    for line in lines.iter().rev().filter(|line| seen.insert(&line.line_ref)) {
        by_number.entry(line.msisdn.expose()).or_default().push(line);
    }
    let mut shared = 0;
    for mut holders in by_number.into_values().filter(|holders| holders.len() > 1) {
        holders.sort_by_key(|line| line.held_from);
        let [old, new] = holders.as_slice() else { panic!("{} holders", holders.len()) };
        assert!(old.held_to.unwrap() < new.held_from);
        assert_ne!(old.subscriber_ref, new.subscriber_ref);
        shared += 1;
    }
    assert_eq!(shared, expected);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let plans = [SamplePlan::sized(1, 500), SamplePlan::sized(2, 500)];
    let bytes = |plan: &SamplePlan, at: usize| {
        let files = write(plan, dirs[at].path()).unwrap();
        [files.subscribers, files.lines, files.exposures[0].clone()].map(|p| fs::read(p).unwrap())
    };
    assert_eq!(bytes(&plans[0], 0), bytes(&plans[0], 1));
    assert_ne!(bytes(&plans[0], 0), bytes(&plans[1], 1));
}

#[test]
fn bad_rows_come_as_ordered_and_cost_no_line() {
    let dir = tempfile::tempdir().unwrap();
    let plan = SamplePlan { bad_rows: 13, ..SamplePlan::sized(3, 400) };
    let files = write(&plan, dir.path()).unwrap();
    let (rows, rejects) = read::<ExposureRow>(&files.exposures[0]);
    assert_eq!(rows.len(), 400);
    let bad: BTreeSet<u64> = rejects.iter().map(|reject| reject.row).collect();
    assert_eq!(bad.len(), 13);
    assert_eq!(files.counts.stages[0].bad_rows, 13);
    let codes: BTreeSet<&str> = rejects.iter().map(|reject| reject.code).collect();
    let expected = [
        "cell.formula",
        "imei.check_digit",
        "items.word",
        "msisdn.length",
        "row.columns",
        "time.form",
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected, "{rejects:?}");
}

#[test]
fn every_size_comes_out_exactly() {
    for lines in [1, 2, 7, 8, 9, 33, 1_000] {
        let dir = tempfile::tempdir().unwrap();
        let plan = SamplePlan::sized(lines, lines);
        let files = write(&plan, dir.path()).unwrap();
        let made = files.counts.stages[0];
        assert_eq!((made.lines, made.people), (plan.stages[0].lines, plan.stages[0].people));
    }
    let too_many = SamplePlan::sized(1, 80_000_000);
    assert!(too_many.check().is_err());
    let stages = vec![Stage { lines: 10, people: 10 }, Stage { lines: 20, people: 10 }];
    assert!(SamplePlan { stages, ..SamplePlan::sized(1, 1) }.check().is_err());
}
