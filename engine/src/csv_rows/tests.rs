//! Lists good and bad, through the same door as real ones.

use std::fs;
use std::io::Write;

use encoding_rs::EUC_KR;
use simrecall_core::cohort::{FactSet, Item, ItemSet};
use simrecall_core::notice::Language;
use simrecall_core::subscriber::{Service, SubscriberKind};
use tempfile::NamedTempFile;

use super::*;

const EXPOSURE: &str = "line,msisdn,imsi,imei,items,certainty,exposed_at\n";
const SUBSCRIBER: &str =
    "subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact\n";
const LINE: &str = "line,subscriber,msisdn,imsi,iccid,service,held_from,held_to\n";

fn file(bytes: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

fn read<T: Row>(text: &str) -> (Vec<T>, Vec<Reject>) {
    read_bytes(text.as_bytes())
}

fn read_bytes<T: Row>(bytes: &[u8]) -> (Vec<T>, Vec<Reject>) {
    let file = file(bytes);
    let parsed: Vec<Parsed<T>> =
        Rows::open(file.path()).unwrap().map(|parsed| parsed.unwrap()).collect();
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    for parsed in parsed {
        rows.extend(parsed.row);
        rejects.extend(parsed.rejects);
    }
    (rows, rejects)
}

fn places(rejects: &[Reject]) -> Vec<(u64, &str, &str)> {
    rejects.iter().map(|reject| (reject.row, reject.column, reject.code)).collect()
}

#[test]
fn an_exposure_row_is_read() {
    let text = format!(
        "\u{feff}{EXPOSURE}L1,+82 10-1234-5678,450081234567890,490154203237518,imsi;imei,confirmed,2025-09-01T09:00:00+09:00\r\n\
         L2,,,4901542032375101,auth_key,possible,2025-09-01T00:00:00Z"
    );
    let (rows, rejects) = read::<ExposureRow>(&text);
    assert_eq!(rejects, []);
    assert_eq!(rows[0].row_no, 2);
    assert_eq!(rows[0].msisdn.as_ref().unwrap().expose(), "821012345678");
    assert_eq!(rows[0].facts().confirmed(), [Item::Imsi, Item::Imei].into_iter().collect());
    assert_eq!(rows[1].facts().possible(), ItemSet::EMPTY.with(Item::AuthKey));
    assert_eq!(rows[0].imei, rows[1].imei, "the check digit of an IMEISV is worked out");
    assert_eq!(rows[0].exposed_at, rows[1].exposed_at);
}

#[test]
fn a_list_may_say_what_is_possible_besides() {
    let header = EXPOSURE.replace('\n', ",possible\n");
    let rest = "2025-09-01T00:00:00Z";
    let (imsi, imei) = (ItemSet::EMPTY.with(Item::Imsi), ItemSet::EMPTY.with(Item::Imei));
    let table = [
        ("imsi,confirmed", "imei", FactSet::new(imei, imsi)),
        ("imsi,confirmed", "imei;imsi", FactSet::new(imei, imsi)),
        ("imsi,confirmed", "", FactSet::new(ItemSet::EMPTY, imsi)),
        ("imsi,possible", "imei", FactSet::new(imsi.union(imei), ItemSet::EMPTY)),
        (",confirmed", "imei", FactSet::new(imei, ItemSet::EMPTY)),
        (",", "imei", FactSet::new(imei, ItemSet::EMPTY)),
    ];
    for (said, possible, facts) in table {
        let (rows, rejects) =
            read::<ExposureRow>(&format!("{header}L1,,,,{said},{rest},{possible}\n"));
        assert_eq!(rejects, []);
        assert_eq!(rows[0].facts(), facts, "{said} and {possible}");
    }
    let table = [
        (",confirmed", "", "items", "cell.empty"),
        ("imsi,", "imei", "certainty", "cell.empty"),
        ("imsi,confirmed", "colour", "possible", "items.word"),
        ("colour,confirmed", "imei", "items", "items.word"),
    ];
    for (said, possible, column, code) in table {
        let (rows, rejects) =
            read::<ExposureRow>(&format!("{header}L1,,,,{said},{rest},{possible}\n"));
        assert!(rows.is_empty());
        assert_eq!(places(&rejects), [(2, column, code)], "{said} and {possible}");
    }
}

#[test]
fn evidence_may_know_the_number_alone() {
    let rest = "imsi,confirmed,2025-09-01T00:00:00Z";
    let text =
        format!("{EXPOSURE}L1,,,,{rest}\n,010-1234-5678,,,{rest}\n,,,,{rest}\n,010-1,,,{rest}\n");
    let (rows, rejects) = read::<EvidenceRow>(&text);
    let read: Vec<(&str, bool)> =
        rows.iter().map(|row| (row.0.line_ref.as_str(), row.0.msisdn.is_some())).collect();
    assert_eq!(read, [("L1", false), ("", true)]);
    assert_eq!(
        places(&rejects),
        [(4, "line", "cell.empty"), (5, "msisdn", "msisdn.length"), (5, "line", "cell.empty")]
    );
}

#[test]
fn a_bad_imei_never_drops_a_person() {
    let text = format!(
        "{EXPOSURE}L1,010-1234-5678,,490154203237519,imsi,confirmed,2025-09-01T00:00:00Z\n"
    );
    let (rows, rejects) = read::<ExposureRow>(&text);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].imei, None);
    assert_eq!(places(&rejects), [(2, "imei", "imei.check_digit")]);
}

#[test]
fn every_other_bad_cell_drops_its_row_with_its_place() {
    let rest = "imsi,confirmed,2025-09-01T00:00:00Z";
    let table = [
        (format!(",010-1234-5678,,,{rest}"), (2, "line", "cell.empty")),
        (format!("L1,010-1234-567,,,{rest}"), (2, "msisdn", "msisdn.length")),
        (format!("L1,,45008,,{rest}"), (2, "imsi", "imsi.length")),
        (format!("=1+1,,,,{rest}"), (2, "line", "cell.formula")),
        (format!("@x,,,,{rest}"), (2, "line", "cell.formula")),
        (format!("L 1,,,,{rest}"), (2, "line", "reference.form")),
        ("L1,,,,colour,confirmed,2025-09-01T00:00:00Z".to_owned(), (2, "items", "items.word")),
        ("L1,,,,imsi,sure,2025-09-01T00:00:00Z".to_owned(), (2, "certainty", "cell.word")),
        ("L1,,,,imsi,confirmed,2025-09-01".to_owned(), (2, "exposed_at", "time.form")),
        ("L1,,,,imsi,confirmed,0205-09-01T00:00:00Z".to_owned(), (2, "exposed_at", "time.form")),
        (format!("L1,,,{rest}"), (2, "", "row.columns")),
        (format!("L1,,,,,{rest}"), (2, "", "row.columns")),
        (format!("L1\0,,,,{rest}"), (2, "", "row.nul")),
    ];
    for (row, place) in table {
        let good = format!("L9,,,,{rest}");
        let (rows, rejects) = read::<ExposureRow>(&format!("{EXPOSURE}{row}\n{good}\n"));
        assert_eq!(rows.len(), 1, "{row}");
        assert_eq!(rows[0].row_no, 3);
        assert_eq!(places(&rejects), [place], "{row}");
        let shown = format!("{rejects:?}");
        assert!(!shown.contains("1234-567") && !shown.contains("colour"), "{shown}");
    }
}

#[test]
fn a_number_with_a_plus_is_no_formula() {
    let text = format!("{EXPOSURE}L1,+821012345678,,,imsi,confirmed,2025-09-01T00:00:00Z\n");
    assert_eq!(read::<ExposureRow>(&text).0.len(), 1);
}

#[test]
fn a_registry_is_read_from_both_encodings() {
    let text = format!(
        "{SUBSCRIBER}S1,person,똠방각하,2015-03-04,ko,hanbit,hong@mail.example,04524,\"서울 가온구\n새봄로 12, 3호\",S2,\n\
         S3,company,가온물류 주식회사,,ko,hanbit,,,,,S4\n"
    );
    let (cp949, _, unmappable) = EUC_KR.encode(&text);
    assert!(!unmappable);
    for bytes in [text.as_bytes(), &cp949] {
        let (rows, rejects) = read_bytes::<SubscriberRow>(bytes);
        assert_eq!(rejects, []);
        assert_eq!(rows[0].name.expose(), "똠방각하");
        assert_eq!(rows[0].language, Language::Korean);
        assert_eq!(rows[0].guardian_ref.as_deref(), Some("S2"));
        let address: Vec<&str> = rows[0].address.as_ref().unwrap().lines().collect();
        assert_eq!(address, ["서울 가온구", "새봄로 12, 3호"]);
        assert_eq!((rows[1].row_no, rows[1].kind), (3, SubscriberKind::Company));
        assert_eq!(rows[1].contact_ref.as_deref(), Some("S4"));
    }
}

#[test]
fn formulas_hide_in_no_name_or_address() {
    let row = |name: &str, address: &str| {
        format!("{SUBSCRIBER}S1,person,\"{name}\",,ko,hanbit,,04524,\"{address}\",,\n")
    };
    for (name, address, column) in [
        ("=cmd|'/C calc'!A0", "x", "name"),
        (" +x", "x", "name"),
        ("x", "-1 street", "address"),
        ("\t=x", "x", "name"),
    ] {
        let (rows, rejects) = read::<SubscriberRow>(&row(name, address));
        assert!(rows.is_empty());
        assert_eq!(places(&rejects), [(2, column, "cell.formula")]);
    }
}

#[test]
fn half_an_address_is_refused() {
    let text = format!(
        "{SUBSCRIBER}S1,person,홍길동,,ko,hanbit,,04524,,,\nS2,person,홍길동,,ko,hanbit,,,x,,\n"
    );
    let (rows, rejects) = read::<SubscriberRow>(&text);
    assert!(rows.is_empty());
    assert_eq!(
        places(&rejects),
        [(2, "address", "postal.address"), (3, "postcode", "postal.postcode")]
    );
}

#[test]
fn a_line_is_held_from_before_to_after() {
    let text = format!(
        "{LINE}L1,S1,010-1234-5678,450081234567890,8982300000000000004,voice,2020-01-01T00:00:00+09:00,\n\
         L2,S1,010-1234-5679,,,data,2020-01-01T00:00:00+09:00,2019-01-01T00:00:00+09:00\n"
    );
    let (rows, rejects) = read::<LineRow>(&text);
    let codes = places(&rejects);
    assert!(codes.contains(&(3, "held_to", "held_to.order")), "{codes:?}");
    if let Some(first) = rows.first() {
        assert_eq!((first.service, first.held_to), (Service::Voice, None));
    }
}

#[test]
fn a_wrong_header_names_every_column() {
    let refused = |header: &str| {
        let file = file(format!("{header}\n").as_bytes());
        let problem = Rows::<ExposureRow>::open(file.path()).unwrap_err();
        assert_eq!(problem.code, "header");
        problem.details.join("; ")
    };
    assert_eq!(refused(""), "the file is empty");
    assert_eq!(
        refused("line,msisdn,imsi,imei,items,exposed_at,colour"),
        "column certainty is missing; column 7 is not known: colour"
    );
    assert_eq!(
        refused("line,imsi,msisdn,imei,items,certainty,exposed_at"),
        "column 2 is imsi where msisdn is expected; column 3 is msisdn where imsi is expected"
    );
    let data = refused("L1,010-1234-5678,,,imsi,confirmed,2025-09-01T00:00:00Z");
    assert!(
        !data.contains("1234") && data.contains("column 2 is not known: 13 characters"),
        "{data}"
    );
}

#[test]
fn a_row_of_one_gigabyte_is_refused_by_its_number_and_not_held() {
    let file = NamedTempFile::new().unwrap();
    let mut out = File::create(file.path()).unwrap();
    out.write_all(EXPOSURE.as_bytes()).unwrap();
    // A sparse gigabyte of NULs, then a good row.
    out.set_len(1_000_000_000).unwrap();
    std::io::Seek::seek(&mut out, std::io::SeekFrom::End(0)).unwrap();
    out.write_all(b"\nL1,,,,imsi,confirmed,2025-09-01T00:00:00Z\n").unwrap();
    drop(out);
    let rows = Rows::<ExposureRow>::open(file.path()).unwrap();
    let parsed: Vec<Parsed<ExposureRow>> = rows.map(|parsed| parsed.unwrap()).collect();
    assert_eq!(places(&parsed[0].rejects), [(2, "", "row.length")]);
    assert_eq!(parsed[1].row.as_ref().unwrap().row_no, 3);
    assert_eq!(parsed.len(), 2);
}

#[test]
fn rejects_stand_beside_the_file_until_it_is_clean() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("exposure.csv");
    let reject =
        Reject { row: 7, column: "imei", code: "imei.check_digit", text: "a, b".to_owned() };
    let mut rejects = Rejects::beside(&path);
    rejects.write(&reject).unwrap();
    assert_eq!(rejects.count(), 1);
    let listed = rejects.finish().unwrap().unwrap();
    assert_eq!(listed, dir.path().join("exposure.csv.rejects.csv"));
    assert_eq!(
        fs::read_to_string(&listed).unwrap(),
        "row,column,code,reason\n7,imei,imei.check_digit,\"a, b\"\n"
    );
    let mut given_up = Rejects::beside(&path);
    given_up.write(&reject).unwrap();
    drop(given_up);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");
    assert_eq!(Rejects::beside(&path).finish().unwrap(), None);
    assert!(!listed.exists());
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let row = "L1,,,,imsi,confirmed,2025-09-01T00:00:00Z\n";
    let file = file(format!("{EXPOSURE}{row}").as_bytes());
    let mut rows = Rows::<ExposureRow>::open(file.path()).unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(file.path())
        .unwrap()
        .write_all(row.as_bytes())
        .unwrap();
    let last = rows.by_ref().last().unwrap();
    assert_eq!(last.unwrap_err().code, "file_changed");
    assert!(rows.next().is_none());
}

#[test]
fn duplicates_are_found_in_row_order() {
    let text = "line,held_from,x\nA,1,\nB,1,\nA,2,\nA,1,\n,,\n,,\nB,1,\nA,1,\n";
    let file = file(text.as_bytes());
    let found = |columns: &[&str]| {
        let found = find_duplicates(file.path(), columns).unwrap();
        found.iter().map(|d| (d.row, d.first_row)).collect::<Vec<_>>()
    };
    assert_eq!(found(&["line", "held_from"]), [(5, 2), (8, 3), (9, 2)]);
    assert_eq!(found(&["line"]), [(4, 2), (5, 2), (8, 3), (9, 2)]);
    assert_eq!(find_duplicates(file.path(), &["colour"]).unwrap_err().code, "header");
}

#[test]
fn keys_that_do_not_fit_at_once_take_several_readings() {
    let mut text = String::from("line\n");
    for n in 0..450_000 {
        text.push_str(&(n % 449_990).to_string());
        text.push('\n');
    }
    let file = file(text.as_bytes());
    let found = find_duplicates(file.path(), &["line"]).unwrap();
    assert_eq!(found.len(), 10);
    assert_eq!(found[0], Duplicate { row: 449_992, first_row: 2 });
}
