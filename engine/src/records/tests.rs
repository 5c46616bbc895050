//! Files good and bad, as text, gzipped, several at once.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use simrecall_core::cohort::{Certainty, Item, ItemSet};
use simrecall_core::derive::Span;
use tempfile::TempDir;

use super::kind::{Kind, Room, Value};
use super::*;
use crate::csv_rows::{Cells as ListCells, Encoding, Row};

pub(super) const ATTACH: &str = "imsi,imei,cell,start,end\n";
const PAYMENTS: &str = "msisdn,at,amount_won,method\n";
const CELLS: &str = "cell,from,to,reads,certainty\n";
/// 2025-09-01T00:00:00Z
pub(super) const NOON: i64 = 1_756_684_800_000_000;

/// An attach record as a test writes it down.
pub(super) type Seen = (String, Option<String>, String, i64, Option<i64>);

pub(super) fn write(dir: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// Reads attach records of all cells but `ordinary`; rows in order.
pub(super) fn attach(files: &[PathBuf]) -> Result<(Vec<Seen>, Vec<FileFacts>)> {
    let watch = Meter::of(files)?;
    let keep = |seen: &mut Vec<Seen>, row: &AttachRow<'_>| {
        let cell = String::from_utf8(row.cell.to_vec()).unwrap();
        let end = row.end.map(|end| end.0);
        seen.push((row.imsi.to_owned(), row.imei.map(str::to_owned), cell, row.start.0, end));
        Ok(())
    };
    let (seen, facts) = read_attach(files, &|cell| cell != b"ordinary", Vec::new, keep, &watch)?;
    assert_eq!(watch.bytes(), watch.bytes_in_all());
    assert_eq!(watch.rows(), facts.iter().map(|file| file.rows).sum::<u64>());
    let mut seen = seen.concat();
    seen.sort();
    Ok((seen, facts))
}

/// Place and reason of what was refused of a file.
pub(super) fn rejects(path: &Path) -> Vec<String> {
    let listed = fs::read_to_string(crate::csv_rows::rejects_path(path)).unwrap_or_default();
    let place = |line: &str| line.split(",\"").next().unwrap().to_owned();
    listed.lines().skip(1).map(place).collect()
}

fn seen(imsi: &str, imei: Option<&str>, cell: &str, start: i64, end: Option<i64>) -> Seen {
    let micros = |seconds| NOON + seconds * 1_000_000;
    (imsi.to_owned(), imei.map(str::to_owned), cell.to_owned(), micros(start), end.map(micros))
}

#[test]
fn a_record_is_read_however_it_is_written() {
    let dir = TempDir::new().unwrap();
    let plain = format!(
        "{ATTACH}450081234567890,490154203237518,450-08-1-1,2025-09-01T00:00:00Z,2025-09-01T09:00:30.5+09:00\n\
         450081234567891,,450-08-1-2,2025-09-01T00:00:01Z,\n\
         450081234567892,4901542032375123,450-08-1-2,2025-09-01T00:00:01Z,2025-09-01T00:00:01Z\n\
         450081234567893,,ordinary,2025-09-01T00:00:02Z,\n"
    );
    let quoted: String = plain
        .lines()
        .map(|line| {
            line.split(',').map(|cell| format!("\" {cell}\"")).collect::<Vec<_>>().join(",")
        })
        .flat_map(|line| [line, "\r\n\r\n".to_owned()])
        .collect();
    let mut twice = gzip(&plain.as_bytes()[..100]);
    twice.extend(gzip(&plain.as_bytes()[100..]));
    let files = [
        ("plain.csv", plain.clone().into_bytes()),
        ("marked.csv", format!("\u{feff}{}", plain.replace('\n', "\r\n")).into_bytes()),
        ("quoted.csv", quoted.into_bytes()),
        ("no-last-line-end.csv", plain.trim_end().as_bytes().to_vec()),
        ("packed.csv.gz", gzip(plain.as_bytes())),
        ("packed-twice.csv", twice),
    ];
    let mut half = seen("450081234567890", Some("490154203237518"), "450-08-1-1", 0, Some(30));
    half.4 = half.4.map(|end| end + 500_000);
    let expected = [
        half,
        seen("450081234567891", None, "450-08-1-2", 1, None),
        seen("450081234567892", Some("490154203237518"), "450-08-1-2", 1, Some(1)),
    ];
    for (name, bytes) in files {
        let path = write(&dir, name, &bytes);
        let (found, facts) = attach(&[path]).unwrap();
        assert_eq!(found, expected, "{name}");
        let facts = &facts[0];
        assert_eq!((facts.name.as_str(), facts.rows, facts.bad_rows), (name, 4, 0));
        let sha256: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
        assert_eq!(facts.sha256, sha256, "{name}");
        assert_eq!(facts.first, Some(Micros(NOON)));
        assert_eq!(facts.last, Some(Micros(NOON + 2_000_000)), "of all rows, wanted or not");
        let hour = Span { from: Micros(NOON), to: Micros(NOON + 3_600_000_000) };
        assert_eq!(facts.hours, [hour]);
        settle([facts], 0).unwrap();
    }
}

#[test]
fn a_bad_cell_is_listed_with_its_place_and_the_rest_is_read() {
    let dir = TempDir::new().unwrap();
    let table = [
        (",,c,2025-09-01T00:00:00Z,", "imsi,cell.empty"),
        ("45008123456789,,c,2025-09-01T00:00:00Z,", "imsi,imsi.length"),
        ("850081234567890,,c,2025-09-01T00:00:00Z,", "imsi,imsi.country"),
        ("450081234567890,,,2025-09-01T00:00:00Z,", "cell,cell.empty"),
        ("450081234567890,,=c,2025-09-01T00:00:00Z,", "cell,cell.formula"),
        ("450081234567890,,a b,2025-09-01T00:00:00Z,", "cell,reference.form"),
        ("450081234567890,,c,,", "start,cell.empty"),
        ("450081234567890,,c,2025-09-01,", "start,time.form"),
        ("450081234567890,,c,2025-09-01T00:00:00,", "start,time.form"),
        ("450081234567890,,c,2025-09-01T00:00:00Z,soon", "end,time.form"),
        ("450081234567890,,c,2025-09-01T00:00:00Z,2025-08-31T23:59:59Z", "end,end.order"),
        ("450081234567890,,c,2025-09-01T00:00:00Z", ",row.columns"),
        ("450081234567890,,c\0,2025-09-01T00:00:00Z,", ",row.nul"),
        // Not wanted, and still looked at.
        ("45008123456789,,ordinary,2025-09-01T00:00:00Z,", "imsi,imsi.length"),
    ];
    for (row, place) in table {
        let good = "450081234567890,,c,2025-09-01T00:00:00Z,";
        let path = write(&dir, "attach.csv", format!("{ATTACH}{row}\n{good}\n"));
        let (found, facts) = attach(std::slice::from_ref(&path)).unwrap();
        assert_eq!(found, [seen("450081234567890", None, "c", 0, None)], "{row}");
        assert_eq!(rejects(&path), [format!("2,{place}")], "{row}");
        assert_eq!((facts[0].rows, facts[0].bad_rows), (2, 1));
    }
}

#[test]
fn a_wrong_imei_is_counted_and_keeps_its_row() {
    let dir = TempDir::new().unwrap();
    let row = "450081234567890,490154203237519,c,2025-09-01T00:00:00Z,\n";
    let path = write(&dir, "attach.csv", format!("{ATTACH}{row}"));
    let (found, facts) = attach(std::slice::from_ref(&path)).unwrap();
    assert_eq!(found, [seen("450081234567890", None, "c", 0, None)]);
    assert_eq!(rejects(&path), ["2,imei,imei.check_digit"]);
    assert_eq!(facts[0].bad_rows, 1);
    assert!(settle(&facts, 0).is_err() && settle(&facts, 1).is_ok());
}

#[test]
fn another_encoding_is_refused_in_plain_words() {
    let dir = TempDir::new().unwrap();
    let mut bytes = ATTACH.as_bytes().to_vec();
    bytes.extend_from_slice(b"450081234567890,,\xb0\xa1,2025-09-01T00:00:00Z,\n");
    let path = write(&dir, "attach.csv", bytes);
    let (found, facts) = attach(std::slice::from_ref(&path)).unwrap();
    assert_eq!(found, []);
    assert_eq!(rejects(&path), ["2,cell,cell.encoding"]);
    let problem = settle(&facts, 0).unwrap_err();
    assert!(problem.details[0].contains("not UTF-8 (CP949?)"), "{:?}", problem.details);
}

#[test]
fn a_wrong_header_is_refused_before_any_file_is_read() {
    let dir = TempDir::new().unwrap();
    let row = "450081234567890,,c,2025-09-01T00:00:00Z,\n";
    let good = write(&dir, "good.csv", format!("{ATTACH}{row}"));
    let bad = write(&dir, "bad.csv", format!("imsi,cell,start,end\n{row}"));
    let files = [good, bad];
    let hit = |(): &mut (), _: &AttachRow<'_>| panic!("read");
    let problem =
        read_attach(&files, &|_| true, || (), hit, &Meter::default()).map(|_| ()).unwrap_err();
    assert_eq!(problem.code, "header");
    assert!(problem.what.contains("bad.csv"));
    assert_eq!(problem.details, ["column imei is missing"]);
    assert!(problem.hint.unwrap().contains("imsi,imei,cell,start,end"));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let dir = TempDir::new().unwrap();
    let row = "450081234567890,,c,2025-09-01T00:00:00Z,\n";
    let path = write(&dir, "attach.csv", format!("{ATTACH}{row}"));
    let add = |(): &mut (), _: &AttachRow<'_>| {
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(format!("{row}{row}").as_bytes()).unwrap();
        Ok(())
    };
    let files = [path.clone()];
    let result = read_attach(&files, &|_| true, || (), add, &Meter::default());
    assert_eq!(result.map(|_| ()).unwrap_err().code, "file_changed");
}

#[test]
fn what_is_damaged_or_no_file_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let packed = gzip(format!("{ATTACH}{}", "x\n".repeat(1000)).as_bytes());
    let files = [
        (write(&dir, "cut.csv.gz", &packed[..packed.len() - 9]), "file"),
        (write(&dir, "empty.csv", ""), "header"),
        (write(&dir, "sealed.parquet", "PARE and so on"), "parquet.encrypted"),
        (write(&dir, "cut.parquet", "PAR1 and so on"), "parquet"),
        (dir.path().to_owned(), "file"),
        (dir.path().join("missing.csv"), "file"),
    ];
    for (path, code) in files {
        let hit = |(): &mut (), _: &AttachRow<'_>| Ok(());
        let files = [path.clone()];
        let result = read_attach(&files, &|_| true, || (), hit, &Meter::default());
        let problem = result.map(|_| ()).unwrap_err();
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(problem.what.contains(&path.display().to_string()), "{problem:?}");
    }
    let listed: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).collect();
    assert!(!listed.iter().any(|path| path.to_string_lossy().contains("rejects")), "{listed:?}");
}

#[test]
fn files_are_read_side_by_side_and_reported_in_their_order() {
    let dir = TempDir::new().unwrap();
    let mut files = Vec::new();
    let mut expected = Vec::new();
    for file in 0..9_i64 {
        let mut text = ATTACH.to_owned();
        for row in 0..(9 - file) * 7 {
            let imsi = format!("4500800000{file:02}{row:03}");
            let hour = file.to_string();
            text += &[&imsi, ",,c,2025-09-01T0", &hour, ":00:00Z,\n"].concat();
            expected.push(seen(&imsi, None, "c", file * 3_600, None));
        }
        files.push(write(&dir, &format!("attach-{file}.csv"), text));
    }
    let (found, facts) = attach(&files).unwrap();
    assert_eq!(found, expected);
    let names: Vec<&str> = facts.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names[0], "attach-0.csv");
    assert!(names.is_sorted());
    let all = Span { from: Micros(NOON), to: Micros(NOON + 9 * 3_600_000_000) };
    assert_eq!(hours_of(&facts), [all]);
    files.push(dir.path().join("..").join(dir.path().file_name().unwrap()).join("attach-3.csv"));
    assert_eq!(attach(&files).unwrap_err().code, "file.twice");
}

#[test]
fn the_first_problem_of_a_caller_ends_the_reading() {
    let dir = TempDir::new().unwrap();
    let row = "450081234567890,,c,2025-09-01T00:00:00Z,\n";
    let text = format!("{ATTACH}{}", row.repeat(10_000));
    let files: Vec<PathBuf> =
        (0..4).map(|n| write(&dir, &format!("attach-{n}.csv"), &text)).collect();
    let watch = Meter::of(&files).unwrap();
    let full = |(): &mut (), _: &AttachRow<'_>| Err(Problem::state("full", "no room is left"));
    let problem = read_attach(&files, &|_| true, || (), full, &watch).map(|_| ()).unwrap_err();
    assert_eq!(problem.code, "full");
    assert!(watch.rows() < 40_000);
}

#[test]
fn bad_rows_are_settled_over_all_files() {
    let dir = TempDir::new().unwrap();
    let bad = "450081234567890,,c,soon,\n";
    let files = [
        write(&dir, "attach-1.csv", format!("{ATTACH}{bad}{bad}")),
        write(&dir, "attach-2.csv", ATTACH),
        write(&dir, "attach-3.csv", format!("{ATTACH}{bad}")),
    ];
    let (_, facts) = attach(&files).unwrap();
    settle(&facts, 3).unwrap();
    for accept in [0, 2, 4] {
        let problem = settle(&facts, accept).unwrap_err();
        assert_eq!(
            problem.what,
            "attach-1.csv and 1 more: 3 of 3 rows rejected; nothing was derived"
        );
        assert_eq!(problem.details.len(), 3);
        assert!(problem.details[2].starts_with("attach-3.csv row 2 "), "{:?}", problem.details);
        let hint = problem.hint.unwrap();
        assert!(hint.contains("attach-1.csv.rejects.csv") && hint.contains("--accept-rejects 3"));
    }
    let problem = settle(&facts[1..2], 1).unwrap_err();
    assert!(problem.what.contains("no row is bad"), "{problem}");
}

#[test]
fn payments_are_read_and_those_that_count_are_shown() {
    let dir = TempDir::new().unwrap();
    let path = write(
        &dir,
        "payments.csv",
        format!(
            "{PAYMENTS}010-1234-5678,2025-09-01T00:00:00Z,11000,ars\n\
             01012345679,2025-09-01T00:00:01Z,0,ars\n\
             821012345680,2025-09-01T00:00:02Z,1000000000000,ars\n\
             +1 415 555 0123,2025-09-01T00:00:03Z,5,ars\n\
             01012345681,2025-09-01T00:00:04Z,5,pass\n\
             01012345682,2025-09-01T00:00:05Z,\"11,000\",ars\n\
             01012345683,2025-09-01T00:00:06Z,-5,ars\n\
             01012345684,2025-09-01T00:00:07Z,1000000000001,ars\n\
             1012345685,2025-09-01T00:00:08Z,5,ars\n\
             01012345686,2025-09-01T00:00:09Z,5,\n"
        ),
    );
    let keep = |seen: &mut Vec<(String, i64, u64)>, row: &PaymentRow<'_>| {
        assert_eq!(row.method, "ars");
        seen.push((row.msisdn.to_owned(), row.at.0 - NOON, row.amount_won));
        Ok(())
    };
    let files = [path.clone()];
    let (found, facts) =
        read_payments(&files, &|method| method == b"ars", Vec::new, keep, &Meter::default())
            .unwrap();
    let expected = [
        ("821012345678", 0, 11_000),
        ("821012345679", 1_000_000, 0),
        ("821012345680", 2_000_000, 1_000_000_000_000),
        ("14155550123", 3_000_000, 5),
    ];
    assert_eq!(found.concat(), expected.map(|(number, at, won)| (number.to_owned(), at, won)));
    assert_eq!((facts[0].rows, facts[0].bad_rows), (10, 5));
    assert_eq!(
        rejects(&path),
        [
            "7,amount_won,amount.form",
            "8,amount_won,amount.form",
            "9,amount_won,amount.form",
            "10,msisdn,msisdn.leading_zero",
            "11,method,cell.empty"
        ]
    );
}

#[test]
fn windows_are_read_with_care() {
    let dir = TempDir::new().unwrap();
    let (from, to) = ("2025-09-01T00:00:00Z", "2025-09-01T00:00:01Z");
    let path = write(
        &dir,
        "cells.csv",
        format!(
            "{CELLS}c1,{from},{to},imsi;imei,confirmed\n\
             c1,{from},,location; call_record,possible\n\
             c2,{from},{from},imsi,confirmed\n\
             c2,{from},{to},auth_key,confirmed\n\
             c2,{from},{to},colour,confirmed\n\
             c2,{from},{to},,confirmed\n\
             c2,{from},{to},imsi,sure\n"
        ),
    );
    let (windows, facts) = read_cells(&path).unwrap();
    let window = |to: i64, reads: [Item; 2], certainty: Certainty| Window {
        cell: "c1".to_owned(),
        span: Span { from: Micros(NOON), to: Micros(to) },
        reads: reads.into_iter().collect::<ItemSet>(),
        certainty,
    };
    let expected = [
        window(NOON + 1_000_000, [Item::Imsi, Item::Imei], Certainty::Confirmed),
        window(i64::MAX, [Item::Location, Item::CallRecord], Certainty::Possible),
    ];
    assert_eq!(windows, expected);
    assert_eq!((facts.rows, facts.bad_rows), (7, 5));
    assert_eq!(
        rejects(&path),
        [
            "4,to,to.order",
            "5,reads,reads.item",
            "6,reads,items.word",
            "7,reads,cell.empty",
            "8,certainty,cell.word"
        ]
    );
}

/// What the careful reading makes of a row, and whether it has nothing to say.
fn with_care<K: Kind>(cells: &[&str]) -> Option<K::Careful> {
    let fields = cells.iter().map(|cell| cell.as_bytes());
    let mut cells = ListCells::new(2, K::Careful::COLUMNS, fields, Encoding::Utf8);
    let row = K::Careful::read(&mut cells);
    let (rejects, usable) = cells.finish();
    row.filter(|_| usable && rejects.is_empty())
}

fn check_quick<K: Kind>(cells: &[&str]) -> bool
where
    for<'a> K::Row<'a>: PartialEq<K::Row<'a>>,
{
    let values: Vec<Value<'_>> = cells.iter().map(|cell| Value::Text(cell.as_bytes())).collect();
    let mut room = Room::default();
    let careful = with_care::<K>(cells);
    let Some(quick) = K::quick(&values, &mut room) else { return false };
    let careful = careful.as_ref().map(K::view);
    assert!(careful.is_some_and(|careful| careful == quick), "{cells:?}");
    true
}

#[test]
fn plain_rows_are_read_quickly() {
    let time = "2025-09-01T09:00:00+09:00";
    for cells in [
        ["450081234567890", "490154203237518", "450-08-1-1", time, time],
        ["450081234567890", "4901542032375100", "x", time, ""],
        ["450081234567890", "", "x", time, ""],
    ] {
        assert!(check_quick::<Attach>(&cells), "{cells:?}");
    }
    for cells in [["01012345678", time, "11000", "ars"], ["821012345678", time, "0", "sms"]] {
        assert!(check_quick::<Payment>(&cells), "{cells:?}");
    }
}

proptest! {
    #[test]
    fn what_is_read_quickly_is_what_care_reads(
        imsi in "[ ]?[1-8]?45008[0-9]{9,10}x?",
        imei in "(490154203237518|[0-9]{14,17}|0{15,16}|)",
        cell in "[=+a0-9][a0-9 é-]{0,70}|",
        start in "2025-0[0-9]-[0-3][0-9]T[0-2][0-9]:00:00(\\.[0-9]{1,10})?(Z|\\+09:00|)",
        end in "(2025-0[1-9]-1[0-9]T1[0-9]:00:00Z)?",
    ) {
        check_quick::<Attach>(&[&imsi, &imei, &cell, &start, &end]);
    }

    #[test]
    fn payments_too(
        msisdn in "(0|82|\\+82|)(10|11|2)[0-9]{7,9}[ ]?",
        at in "2025-0[0-9]-[0-3][0-9]T[0-2][0-9]:00:00(Z|z|\\+09:00|)",
        amount in "[0-9]{0,14}|-[0-9]|\\+[0-9]|[0-9] |１",
        method in "[a-z=@ ]{0,4}|[a-z]{60,70}",
    ) {
        check_quick::<Payment>(&[&msisdn, &at, &amount, &method]);
    }
}
