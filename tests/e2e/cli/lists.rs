//! Lists that are right, in every form people send them.

use encoding_rs::EUC_KR;

use crate::stage::{CODE, PEOPLE, Stage, exposure, lines, subscribers};

#[test]
fn a_list_becomes_a_revision_and_the_same_list_changes_nothing() {
    let stage = Stage::ready();
    let first = stage.import(exposure(1..=10), &["--json"]).with(0).json();
    assert_eq!((&first["revision"], &first["lines"]), (&1.into(), &10.into()));
    assert_eq!(first["no_change"], false);
    let said = stage.import(exposure(1..=10), &[]).with(0);
    assert!(
        said.out.starts_with("no change: the list says what revision 1 says\n"),
        "{}",
        said.out
    );
    let reordered = stage.import(exposure((1..=10).rev()), &["--json"]).with(0).json();
    assert_eq!((&reordered["no_change"], &reordered["sha256"]), (&true.into(), &first["sha256"]));
    let shown = stage.run(&["cohort", "show", "--incident", CODE, "--json"]).with(0).json();
    assert_eq!((&shown["revision"], &shown["sha256"]), (&1.into(), &first["sha256"]));
}

#[test]
fn the_same_registry_again_changes_nothing() {
    let stage = Stage::ready();
    let again = stage.import_registry(&["--json"]).with(0).json();
    assert_eq!((&again["snapshot"], &again["no_change"]), (&1.into(), &true.into()));
}

#[test]
fn a_change_of_more_than_a_fifth_has_to_be_expected() {
    let stage = Stage::ready();
    stage.import(exposure(1..=10), &[]).with(0);
    stage.import(exposure(1..=12), &[]).with(0);
    let said = stage.import(exposure(1..=6), &[]).with(1);
    said.complains(&[
        "differs from the last revision by more than 20 %; nothing was imported",
        "0 lines added, 6 removed, 0 changed, 6 unchanged",
        "--expect-change",
    ]);
    let shown = stage.run(&["cohort", "show", "--incident", CODE, "--json"]).with(0).json();
    assert_eq!(shown["revision"], 2);
    stage.import(exposure(1..=6), &["--expect-change"]).with(0);
    let words = ["cohort", "diff", "--incident", CODE, "--from", "1", "--to", "3"];
    let said = stage.run(&words).with(0);
    assert_eq!(said.out, "r1 → r3  0 added · 4 removed · 0 changed · 6 unchanged\n");
}

#[test]
fn evidence_adds_lines_and_takes_none_away() {
    let stage = Stage::ready();
    stage.import(exposure(1..=10), &[]).with(0);
    let file = stage.write("police.csv", exposure([11]));
    let words = ["cohort", "add", "--incident", CODE, &file, "--by", "security", "--json"];
    let evidence = ["--evidence", "police list 2025-09-09, file 12"];
    let added = stage.run(&[&words[..], &evidence].concat()).with(0).json();
    assert_eq!(added["lines"], 11);
    assert_eq!(added["provenance"], "police list 2025-09-09, file 12: police.csv");
    let unsaid = stage.run(&[&words[..], &["--evidence", " "]].concat()).with(1);
    assert_eq!(unsaid.json()["code"], "evidence");
}

#[test]
fn evidence_is_counted_by_source_and_taken_back_by_two() {
    let stage = Stage::ready();
    stage.import(exposure(1..=10), &[]).with(0);
    let file = stage.write("police.csv", exposure([3, 11]));
    let add = ["cohort", "add", "--incident", CODE, &file, "--by", "security"];
    let from = ["--evidence", "police list, file 12", "--source", "police"];
    let said = stage.run(&[&add[..], &from].concat()).with(0);
    assert!(said.out.contains(" evidence        list 1, 2 rows\n"), "{said:#?}");
    assert!(said.out.contains(" against         nothing was derived yet"), "{said:#?}");
    let again = stage.run(&[&add[..], &from].concat()).with(0);
    assert!(again.out.contains(" evidence        on record already\n"), "{again:#?}");
    let evidence = ["cohort", "evidence", "--incident", CODE];
    let said = stage.run(&evidence).with(0);
    assert_eq!(said.out, "nothing was derived yet to compare with\n police          2 rows\n");
    stage.run(&["cohort", "evidence"]).with(2);
    let withdraw = ["cohort", "evidence", "withdraw", "--incident", CODE, "--reason", "a slip"];
    let said = stage.run(&[&withdraw[..], &["--list", "1", "--by", "security"]].concat()).with(0);
    assert!(said.out.starts_with("once somebody of privacy gives the same command: list 1"));
    let missing = stage.run(&[&withdraw[..], &["--list", "2", "--by", "security"]].concat());
    missing.with(1).complains(&["there is no list 2 of evidence", "hint: "]);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_read() {
    let stage = Stage::ready();
    let plain = stage.import(exposure(1..=5), &["--json"]).with(0).json();
    let windows = format!("\u{feff}{}", exposure(1..=5).replace('\n', "\r\n"));
    let read = stage.import(windows, &["--json"]).with(0).json();
    assert_eq!((&read["no_change"], &read["sha256"]), (&true.into(), &plain["sha256"]));
}

#[test]
fn a_registry_in_cp949_with_line_breaks_in_its_cells_is_read() {
    let stage = Stage::opened();
    let address = "\"서울특별시 중구 세종대로 110\n3층\"";
    let list = subscribers()
        .replace("김하나", "똠방각하")
        .replace(",,,,\n", &format!(",04524,{address},,\n"));
    let (cp949, _, unmappable) = EUC_KR.encode(&list);
    assert!(!unmappable);
    stage.write("subscribers.csv", cp949);
    stage.write("lines.csv", lines());
    let answer = stage.import_registry(&["--json"]).with(0).json();
    assert_eq!((&answer["subscribers"], &answer["tally"]["bad_rows"]), (&PEOPLE.into(), &0.into()));
    stage.import(exposure(1..=2), &[]).with(0);
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging"]).with(0);
}

#[test]
fn a_list_without_a_registry_waits_for_it() {
    let stage = Stage::opened();
    let said = stage.import(exposure(1..=2), &[]).with(1);
    said.complains(&["has no registry yet", "hint: first: simrecall registry import"]);
}

#[test]
fn a_sample_is_made_and_goes_in() {
    let stage = Stage::opened();
    let out = stage.text_path("sample");
    let words = ["sample", "--lines", "60", "--seed", "7", "--out", &out, "--json"];
    let made = stage.run(&words).with(0).json();
    assert_eq!(made["counts"]["stages"][0]["lines"], 60);
    for name in ["subscribers.csv", "lines.csv"] {
        let text = stage.read(&format!("sample/{name}"));
        stage.write(name, text);
    }
    stage.import_registry(&[]).with(0);
    let list = stage.read("sample/exposure-r1.csv");
    assert_eq!(stage.import(list, &["--json"]).with(0).json()["lines"], 60);
}
