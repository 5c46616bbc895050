//! Lists that are wrong: refused whole, with reasons beside them and no value shown.

use crate::stage::{CODE, EXPOSURE, Said, Stage, exposed, exposure};

/// Nothing of a refused list stays.
#[track_caller]
fn nothing_was_imported(stage: &Stage) {
    let shown = stage.run(&["cohort", "show", "--incident", CODE]).with(1);
    shown.complains(&["HB-2025-09 has no revision yet"]);
}

/// A list of ten good rows and this one; what came of it.
fn import_with(row: &str) -> (Stage, Said) {
    let stage = Stage::ready();
    let said = stage.import(format!("{}{row}\n", exposure(1..=10)), &[]);
    (stage, said)
}

/// The list is refused for this row alone, for this reason.
#[track_caller]
fn refused(row: &str, column: &str, code: &str) {
    let (stage, said) = import_with(row);
    let said = said.with(1);
    said.complains(&[
        "exposure.csv: 1 of 11 rows rejected; nothing was imported",
        "row 12 ",
        "hint: reasons are in ",
        "--accept-rejects 1",
    ]);
    let rejects = stage.read("exposure.csv.rejects.csv");
    let rows: Vec<&str> = rejects.lines().collect();
    assert_eq!(rows[0], "row,column,code,reason");
    assert!(rows[1].starts_with(&format!("12,{column},{code},")), "{rejects}");
    assert_eq!(rows.len(), 2, "{rejects}");
    nothing_was_imported(&stage);
}

fn bad(from: &str, to: &str) -> String {
    let row = exposed(11);
    assert!(row.contains(from), "{row}");
    row.trim_end().replacen(from, to, 1)
}

#[test]
fn a_wrong_header_is_refused_by_name() {
    let stage = Stage::ready();
    let list = exposure(1..=3).replacen("msisdn", "phone", 1);
    let said = stage.import(list, &[]).with(1);
    said.complains(&[
        "exposure.csv has another header than this list needs",
        "column msisdn is missing",
        "column 2 is not known: phone",
        &format!("hint: make the first line read: {EXPOSURE}"),
    ]);
    nothing_was_imported(&stage);
}

#[test]
fn a_missing_column_is_refused_by_name() {
    let stage = Stage::ready();
    let without: String = exposure(1..=3)
        .lines()
        .map(|line| line.split(',').take(6).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    let said = stage.import(without, &[]).with(1);
    said.complains(&["column exposed_at is missing"]);
}

#[test]
fn columns_in_another_order_are_refused_by_name() {
    let stage = Stage::ready();
    let list = exposure(1..=3).replacen("msisdn,imsi", "imsi,msisdn", 1);
    let said = stage.import(list, &[]).with(1);
    said.complains(&["column 2 is imsi where msisdn is expected"]);
}

#[test]
fn a_person_where_the_header_should_be_is_not_shown() {
    let stage = Stage::ready();
    let said = stage.import(exposed(1), &[]).with(1);
    said.complains(&["characters that are no column name"]);
    assert!(!said.err.contains("1000-0001") && !said.err.contains("4500800000"), "{}", said.err);
}

#[test]
fn shifted_cells_are_refused() {
    refused(&bad("L11,", ""), "", "row.columns");
    refused(&bad("imsi;imei", "imsi,imei"), "", "row.columns");
    // The number of another line: whole columns are shifted against each other.
    refused(&bad("010-1000-0011", "010-1000-0012"), "msisdn", "msisdn.other");
}

#[test]
fn a_line_that_stands_twice_is_refused_with_both_places() {
    let (stage, said) = import_with(exposed(2).trim_end());
    said.with(1).complains(&[
        "exposure.csv: 1 rows say a line again; nothing was imported",
        "row 12 ",
        "same as row 3",
    ]);
    nothing_was_imported(&stage);
}

#[test]
fn a_damaged_row_is_refused() {
    refused(&bad("L11", "L\0"), "", "row.nul");
    refused(&format!("L11,\"{}\"", "9".repeat(2_000_000)), "", "row.length");
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_refused() {
    refused(&bad("L11", "=HYPERLINK(1)"), "line", "cell.formula");
}

#[test]
fn cells_that_cannot_be_true_are_refused() {
    refused(&bad("010-1000-0011", "010-1000-001"), "msisdn", "msisdn.length");
    refused(&bad("confirmed", "certain"), "certainty", "cell.word");
    refused(&bad("2025-09-02T15:21:14+09:00", "yesterday"), "exposed_at", "time.form");
    refused(&bad("imsi;imei", "imsi;soul"), "items", "items.word");
    refused(&bad("L11", "L99"), "line", "line.unknown");
}

#[test]
fn a_wrong_imei_never_drops_a_person() {
    let row = bad("356938035643809", "356938035643808");
    refused(&row, "imei", "imei.check_digit");
    let (stage, _) = import_with(&row);
    let list = format!("{}{row}\n", exposure(1..=10));
    let taken = stage.import(list, &["--accept-rejects", "1", "--json"]).with(0).json();
    assert_eq!((&taken["lines"], &taken["unresolved"]), (&11.into(), &0.into()));
    assert_eq!(taken["tally"]["bad_rows"], 1);
}

#[test]
fn accepted_rows_stay_unresolved_in_every_total() {
    let row = bad("L11", "L99");
    let (stage, said) = import_with(&row);
    said.with(1);
    let list = format!("{}{row}\n", exposure(1..=10));
    let too_many = stage.import(&list, &["--accept-rejects", "2"]).with(1);
    too_many.complains(&["1 of 11 rows rejected"]);
    let taken = stage.import(&list, &["--accept-rejects", "1", "--json"]).with(0).json();
    assert_eq!((&taken["lines"], &taken["unresolved"]), (&10.into(), &1.into()));
    let plan = ["wave", "plan", "--incident", CODE, "--by", "messaging", "--json"];
    assert_eq!(stage.run(&plan).with(0).json()["unresolved"], 1);
    let verified = stage.run(&["verify", "--json"]).with(0).json();
    assert_eq!(verified["incidents"][0]["unresolved"], 1);
    let needless = stage.import(exposure(1..=11), &["--accept-rejects", "3"]).with(1);
    needless.complains(&["no row is bad", "hint: leave --accept-rejects out"]);
}

#[test]
fn no_value_of_a_refused_row_is_shown_anywhere() {
    let row = bad("010-1000-0011", "010-8642-97531");
    let (stage, said) = import_with(&row);
    let said = said.with(1);
    let rejects = stage.read("exposure.csv.rejects.csv");
    for text in [&said.err, &said.out, &rejects] {
        assert!(!text.contains("8642") && !text.contains("97531"), "{text}");
        assert!(!text.contains("450080000000011"), "{text}");
    }
}

#[test]
fn a_registry_with_a_bad_row_is_refused_whole() {
    let stage = Stage::opened();
    stage.write("subscribers.csv", crate::stage::subscribers());
    let lines = crate::stage::lines().replacen("voice", "vioce", 1);
    stage.write("lines.csv", lines);
    let said = stage.import_registry(&[]).with(1);
    said.complains(&["lines.csv: 1 of 12 rows rejected; nothing was imported", "row 2 "]);
    let shown = stage.run(&["incident", "show", CODE, "--json"]).with(0).json();
    assert_eq!(shown["snapshots"], 0);
    let taken = stage.import_registry(&["--accept-rejects", "1", "--json"]).with(0).json();
    assert_eq!((&taken["lines"], &taken["tally"]["unresolved"]), (&11.into(), &1.into()));
}
