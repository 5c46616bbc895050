//! What is found in records written by hand, and what nothing may change.

mod random;
mod world;

use std::collections::BTreeMap;

use simrecall_core::cohort::{Item, ItemSet};
use simrecall_core::derive::Cause;
use simrecall_core::id::RevisionNo;

use self::world::{BY, Held, World, imsi, items, micro, msisdn, options, second};
use super::*;
use crate::cohort::{Evidence, EvidenceSource, ImportOptions};
use crate::drill::CODE;

const R1: RevisionNo = RevisionNo(1);
const MICRO: i64 = 1_000_000;
const NONE: ItemSet = ItemSet::EMPTY;

/// Line 1 of holder 1, with number 1 and card 1, for ever.
const ALWAYS: Held = Held { line: 1, holder: 1, number: 1, card: 1, from: -90_000, to: None };

/// Cell c1 was rogue from second 6,000 to second 7,000 and read IMSIs.
fn rogue() -> String {
    format!("c1,{},{},imsi,confirmed\n", second(6_000), second(7_000))
}

/// A record of a card at c1, by seconds.
fn seen(card: u8, from: i64, to: Option<i64>) -> String {
    format!("{},,c1,{},{}\n", imsi(card), second(from), to.map(second).unwrap_or_default())
}

/// What is found of the one line of a world.
fn one_line(world: &World, attach: &str, payments: &str) -> Option<(ItemSet, ItemSet, i64)> {
    let files = [world.attach("attach.csv", attach)];
    let payments = [world.payments(payments)];
    world.finds(&files, &world.cells(&rogue()), &payments).remove(&(1, 1))
}

#[test]
fn where_a_record_meets_a_window() {
    let world = World::new();
    world.registry(&[ALWAYS], 86_400);
    let sure = |at: i64| Some((NONE, items(&[Item::Imsi]), at * MICRO));
    let maybe = |at: i64| Some((items(&[Item::Imsi]), NONE, at * MICRO));
    for (what, attach, expected) in [
        ("well within; near is earlier", seen(1, 6_100, Some(6_200)), sure(6_100)),
        ("from long before to long after", seen(1, 0, Some(9_000)), sure(5_400)),
        ("ends where the grace begins", seen(1, 5_500, Some(5_880)), maybe(5_500)),
        ("ends a second into the grace", seen(1, 5_500, Some(5_881)), sure(5_500)),
        ("begins in the last second of the grace", seen(1, 7_119, Some(7_130)), sure(7_119)),
        ("begins where the grace ends", seen(1, 7_120, Some(7_130)), maybe(7_120)),
        ("ends where any grace begins", seen(1, 5_000, Some(5_400)), None),
        ("begins where any grace ends", seen(1, 7_600, Some(7_700)), None),
        ("a moment", seen(1, 6_500, Some(6_500)), sure(6_500)),
        ("no end counts half an hour", seen(1, 4_100, None), sure(5_400)),
        ("no end and too early", seen(1, 3_600, None), None),
        ("a roamer", seen(9, 6_100, Some(6_200)), None),
    ] {
        assert_eq!(one_line(&world, &attach, ""), expected, "{what}");
    }
}

#[test]
fn where_a_payment_is_a_loss() {
    let world = World::new();
    world.registry(&[ALWAYS], 86_400);
    let sure = (true, false);
    let attach = seen(1, 6_100, Some(6_200));
    let near = seen(1, 7_120, Some(7_130));
    for (what, attach, at, method, (is_sure, is_possible)) in [
        ("with it", &attach, 6_150, "ars", sure),
        ("as early as may be", &attach, 5_980, "sms", sure),
        ("a second too early", &attach, 5_979, "ars", (false, false)),
        ("as late as may be", &attach, 6_799, "ars", sure),
        ("a second too late", &attach, 6_800, "ars", (false, false)),
        ("by another method", &attach, 6_150, "pass", (false, false)),
        ("near the window", &near, 7_125, "ars", (false, true)),
    ] {
        let paid = format!("{},{},49000,{method}\n", msisdn(1), second(at));
        let (possible, confirmed, _) = one_line(&world, attach, &paid).unwrap();
        assert_eq!(confirmed.contains(Item::PaymentLoss), is_sure, "{what}");
        assert_eq!(possible.contains(Item::PaymentLoss), is_possible, "{what}");
    }
}

#[test]
fn each_holder_is_exposed_by_their_own_part() {
    let world = World::new();
    let first = Held { to: Some(6_150), ..ALWAYS };
    let second_one = Held { holder: 2, from: 6_150, ..ALWAYS };
    let bystander = Held { line: 3, holder: 3, number: 3, card: 3, ..ALWAYS };
    world.registry(&[first, second_one, bystander], 86_400);
    let files = [world.attach("a.csv", &seen(1, 6_100, Some(6_200)))];
    // The number was recycled: who pays after the change is another.
    let payments = [world.payments(&format!("{},{},1000,ars\n", msisdn(1), second(6_160)))];
    let answer = world.derive(&files, &world.cells(&rogue()), &payments).unwrap();
    let (imsi, lost) = (items(&[Item::Imsi]), items(&[Item::Imsi, Item::PaymentLoss]));
    let expected = BTreeMap::from([
        ((1, 1), (NONE, imsi, 6_100 * MICRO)),
        ((1, 2), (NONE, lost, 6_150 * MICRO)),
    ]);
    assert_eq!(world.says(answer.made.revision), expected);
}

#[test]
fn a_line_keeps_its_loss_through_a_new_card_and_a_new_number() {
    let world = World::new();
    let before = Held { to: Some(6_300), ..ALWAYS };
    let after = Held { number: 2, card: 2, from: 6_300, ..ALWAYS };
    world.registry(&[before, after], 86_400);
    let files = [world.attach("a.csv", &seen(1, 6_100, Some(6_200)))];
    let payments = [world.payments(&format!("{},{},1000,ars\n", msisdn(2), second(6_400)))];
    let answer = world.derive(&files, &world.cells(&rogue()), &payments).unwrap();
    let lost = items(&[Item::Imsi, Item::PaymentLoss]);
    assert_eq!(world.says(R1), BTreeMap::from([((1, 1), (NONE, lost, 6_100 * MICRO))]));
    let losses = &answer.brought.losses;
    assert_eq!(
        (losses[0].rule.as_str(), losses[0].payments, losses[0].amount_won),
        ("paid-at-the-cell", 1, 1_000)
    );
}

#[test]
fn what_comes_after_the_registry_is_nobodys() {
    let world = World::new();
    world.registry(&[ALWAYS], 6_150);
    let rows =
        seen(1, 6_150, Some(6_200)) + &seen(8, 6_100, Some(6_110)) + &seen(8, 6_120, Some(6_130));
    let files = [world.attach("a.csv", &rows)];
    let answer = world.derive(&files, &world.cells(&rogue()), &[]).unwrap();
    assert_eq!((answer.made.lines, answer.made.unresolved), (0, 2), "two different cards");
    let more = rows + &seen(1, 6_140, Some(6_150));
    let files = [world.attach("b.csv", &more)];
    let answer = world.derive(&files, &world.cells(&rogue()), &[]).unwrap();
    assert_eq!(
        (answer.made.lines, answer.made.unresolved),
        (1, 1),
        "one stay, told in two records"
    );
}

#[test]
fn what_a_cell_read_counts_and_not_what_a_record_names() {
    let world = World::new();
    world.registry(&[ALWAYS], 86_400);
    let cells = format!(
        "c1,{0},{1},imsi,confirmed\nc1,{0},{1},imsi;imei;msisdn,possible\nsilent,{0},,imsi,confirmed\n",
        second(6_000),
        second(7_000)
    );
    let files = [world.attach("a.csv", &seen(1, 6_100, Some(6_200)))];
    let answer = world.derive(&files, &world.cells(&cells), &[]).unwrap();
    let possible = items(&[Item::Imei, Item::Msisdn]);
    assert_eq!(world.says(R1)[&(1, 1)], (possible, items(&[Item::Imsi]), 6_100 * MICRO));
    assert_eq!(answer.silent_cells, ["silent"]);
}

#[test]
fn a_revision_says_which_rule_brought_whom_in_and_why() {
    let world = World::new();
    let other = Held { line: 2, holder: 2, number: 2, card: 2, ..ALWAYS };
    world.registry(&[ALWAYS, other], 86_400);
    let rows = seen(1, 6_100, Some(6_200)) + &format!("{},,c2,{},\n", imsi(2), second(6_100));
    let files = [world.attach("a.csv", &rows)];
    let first = world.derive(&files, &world.cells(&rogue()), &[]).unwrap();
    let why = |answer: &DerivedAnswer| -> Vec<(String, Cause, u64, u64)> {
        let by = answer.brought.by.iter();
        by.map(|by| (by.rule.clone(), by.cause, by.new_lines, by.more_facts)).collect()
    };
    assert_eq!(why(&first), [("in-window".to_owned(), Cause::NewCell, 1, 0)]);
    let again = world.derive(&files, &world.cells(&rogue()), &[]).unwrap();
    assert!(again.made.no_change && again.made.revision == R1);
    let wider = rogue().replace("imsi,", "imsi;imei,") + &rogue().replace("c1", "c2");
    let second_one = world.derive(&files, &world.cells(&wider), &[]).unwrap();
    let cause = |cause, new, more| ("in-window".to_owned(), cause, new, more);
    assert_eq!(why(&second_one), [cause(Cause::NewCell, 1, 0), cause(Cause::ReadsMore, 0, 1)]);
    let shown = crate::cohort::diff(&world.home, CODE, 1, 2).unwrap();
    assert_eq!(shown.brought, Some(second_one.brought));
    let files = [files[0].clone(), world.attach("b.csv", &seen(2, 6_950, Some(7_000)))];
    let third = world.derive(&files, &world.cells(&wider), &[]).unwrap();
    assert_eq!(why(&third), [cause(Cause::NewRecords, 0, 1)]);
}

#[test]
fn a_line_loses_a_fact_only_when_it_is_said_how_many_do() {
    let world = World::new();
    world.registry(&[ALWAYS], 86_400);
    let all = [world.attach("a.csv", &seen(1, 6_100, Some(6_200)))];
    let cells = world.cells(&rogue());
    world.derive(&all, &cells, &[]).unwrap();
    let newest = [world.attach("b.csv", &seen(9, 6_100, None))];
    let refused = world.derive(&newest, &cells, &[]).unwrap_err();
    assert_eq!(refused.code, "removes");
    assert!(refused.what.starts_with("1 lines lose a fact"), "{}", refused.what);
    let wrong = Options { removes: 2, ..options() };
    assert_eq!(world.derive_with(&newest, &cells, &[], &wrong).unwrap_err().code, "removes");
    assert_eq!(world.derive_with(&all, &cells, &[], &wrong).unwrap_err().code, "removes");
    let removes = Options { removes: 1, ..options() };
    assert_eq!(world.derive_with(&newest, &cells, &[], &removes).unwrap().made.lines, 0);
    let incident = crate::incident::by_code(&world.home, CODE).unwrap().id;
    let revisions = world.home.store.read(|tx| tx.revisions(incident)).unwrap();
    assert_eq!(revisions.len(), 2, "what was refused left no draft");
}

#[test]
fn other_rules_with_the_same_outcome_are_a_revision_of_their_own() {
    let world = World::new();
    world.registry(&[ALWAYS], 86_400);
    let files = [world.attach("a.csv", &seen(1, 6_100, Some(6_200)))];
    let cells = world.cells(&rogue());
    let first = world.derive(&files, &cells, &[]).unwrap();
    let text = Rules::builtin().text().replace("\"2m\"", "\"3m\"");
    let rules = world.file("rules.toml", &text);
    let with = Options { rules: Some(&rules), ..options() };
    let second_one = world.derive_with(&files, &cells, &[], &with).unwrap();
    assert!(!second_one.made.no_change);
    assert_eq!(second_one.made.sha256, first.made.sha256);
    assert_ne!(second_one.derivation_sha256, first.derivation_sha256);
    let bad = world.file("bad.toml", "id = \"x\"\nsurprise = 1\n");
    let with = Options { rules: Some(&bad), ..options() };
    let refused = world.derive_with(&files, &cells, &[], &with).unwrap_err();
    let source = std::error::Error::source(&refused).unwrap().to_string();
    assert!(refused.code == "rules" && source.starts_with("line "), "{source}");
}

#[test]
fn rule_sets_are_compared_in_one_reading() {
    let world = World::new();
    let other = Held { line: 2, holder: 2, number: 2, card: 2, ..ALWAYS };
    world.registry(&[ALWAYS, other], 86_400);
    let files =
        [world.attach("a.csv", &(seen(1, 6_100, Some(6_200)) + &seen(2, 7_150, Some(7_160))))];
    let cells = world.cells(&rogue());
    let strict = world.file(
        "strict.toml",
        "id = \"strict\"\nrecord_without_end = \"1m\"\n[[leak]]\nid = \"within\"\nwindows = [\"confirmed\"]\ngrace = \"0s\"\nfact = \"confirmed\"\n",
    );
    let inputs = Inputs { attach: &files, cells: &cells, payments: &[] };
    let ask = |rules: &[PathBuf]| {
        let asked = WhatIf { rules, registry: None, accept_rejects: 0, by: BY };
        what_if(&world.home, CODE, &inputs, &asked, &mut Unwatched)
    };
    assert_eq!(ask(std::slice::from_ref(&strict)).unwrap_err().code, "derivation");
    world.derive(&files, &cells, &[]).unwrap();
    let answer = ask(std::slice::from_ref(&strict)).unwrap();
    assert_eq!((answer.one.rules.as_str(), answer.other.rules.as_str()), ("simrecall-1", "strict"));
    assert_eq!((answer.one.lines, answer.one.confirmed, answer.other.lines), (2, 1, 1));
    assert_eq!((answer.same, answer.differ, answer.only_one, answer.only_other), (1, 0, 1, 0));
    let incident = crate::incident::by_code(&world.home, CODE).unwrap().id;
    assert_eq!(world.home.store.read(|tx| tx.revisions(incident)).unwrap().len(), 1);
}

#[test]
fn a_list_of_evidence_keeps_the_reasons_of_the_derivation_below_it() {
    let world = World::new();
    let other = Held { line: 2, holder: 2, number: 2, card: 2, ..ALWAYS };
    world.registry(&[ALWAYS, other], 86_400);
    let cells = world.cells(&rogue());
    let first = [world.attach("a.csv", &seen(1, 6_100, Some(6_200)))];
    world.derive(&first, &cells, &[]).unwrap();
    let list = world.home.dir.join("police.csv");
    let header = "line,msisdn,imsi,imei,items,certainty,exposed_at";
    std::fs::write(&list, format!("{header}\nL2,,,,imsi,confirmed,{}\n", second(6_150))).unwrap();
    let options = ImportOptions { accept_rejects: 0, expect_change: true, known: None, by: BY };
    let police = Evidence { what: "police list", source: EvidenceSource::Police };
    crate::cohort::add(&world.home, CODE, &list, &police, &options).unwrap();
    let more = seen(1, 6_100, Some(6_200)) + &seen(2, 6_100, Some(6_200));
    world.derive(&[world.attach("b.csv", &more)], &cells, &[]).unwrap();
    for revision in [1, 2, 3] {
        let question = Question {
            line: "L1",
            revision: Some(revision),
            purpose: "audit",
            by: "privacy.officer",
            records: None,
        };
        let answer = explain(&world.home, CODE, &question, &mut Unwatched).unwrap();
        let exposed = answer.held[0].exposed.as_ref().unwrap();
        assert!(!exposed.because.is_empty(), "revision {revision}: {answer:?}");
    }
}

#[test]
fn why_a_line_is_in_is_told_under_a_permit() {
    let world = World::new();
    let other = Held { line: 2, holder: 2, number: 2, card: 2, ..ALWAYS };
    world.registry(&[ALWAYS, other], 86_400);
    let rows = seen(1, 6_100, Some(6_200)).replace(",,c1", ",352099001761481,c1")
        + &seen(2, 7_660, Some(7_700));
    let (files, cells) = ([world.attach("a.csv", &rows)], world.cells(&rogue()));
    world
        .derive(
            &files,
            &cells,
            &[world.payments(&format!("{},{},1000,ars\n", msisdn(1), second(6_160)))],
        )
        .unwrap();
    let question = Question {
        line: "L1",
        revision: None,
        purpose: "customer_request",
        by: "privacy.officer",
        records: None,
    };
    let explain = |question: &Question<'_>| explain(&world.home, CODE, question, &mut Unwatched);
    let answer = explain(&question).unwrap();
    let because = &answer.held[0].exposed.as_ref().unwrap().because;
    assert!(answer.is_in && because.len() == 4, "{answer:?}");
    let BecauseAnswer::Met { rule, cell, from, .. } = &because[0] else { panic!("{answer:?}") };
    assert_eq!(
        (rule.as_str(), cell.as_str(), from.to_rfc3339()),
        ("in-window", "c1", second(6_100))
    );
    assert!(!format!("{answer:?}").contains("c1"), "{answer:?}");
    let near =
        explain(&Question { line: "L2", records: Some((&files, &cells)), ..question }).unwrap();
    let misses = near.misses.unwrap();
    assert!(!near.is_in && misses.at_rogue_cells == 1);
    assert_eq!((misses.nearest[0].seconds, misses.nearest[0].was_the_lines), (660, true));
    assert_eq!(explain(&Question { line: "L3", ..question }).unwrap_err().code, "line");
    assert_eq!(explain(&Question { by: BY, ..question }).unwrap_err().code, "not_allowed");
    let incident = crate::incident::by_code(&world.home, CODE).unwrap().id;
    let granted =
        world.home.store.read(|tx| tx.entries_of_kind(incident, "permit.granted", 9)).unwrap();
    assert_eq!(granted.len(), 3, "one for each that asked and may");
}

#[test]
fn bad_rows_and_a_crash_leave_nothing() {
    struct Falls;
    impl Watch for Falls {
        fn see(&mut self, progress: &Progress) {
            assert!(progress.pass != Pass::Losses, "the power went");
        }
    }
    let world = World::new();
    world.registry(&[ALWAYS], 86_400);
    let before = std::fs::read_dir(&world.home.dir).unwrap().count();
    let cells = world.cells(&rogue());
    let files = [world.attach("a.csv", &(seen(1, 6_100, Some(6_200)) + "x,,c1,yesterday,\n"))];
    let refused = world.derive(&files, &cells, &[]).unwrap_err();
    assert_eq!(refused.code, "rejects");
    let accepted = Options { accept_rejects: 2, ..options() };
    assert_eq!(world.derive_with(&files, &cells, &[], &accepted).unwrap_err().code, "rejects");
    let inputs = Inputs { attach: &files, cells: &cells, payments: &[] };
    let one = Options { accept_rejects: 1, ..options() };
    let fell = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        derive(&world.home, CODE, &inputs, &one, &mut Falls)
    }));
    assert!(fell.is_err());
    let incident = crate::incident::by_code(&world.home, CODE).unwrap().id;
    assert!(world.home.store.read(|tx| tx.revisions(incident)).unwrap().is_empty());
    let after = std::fs::read_dir(&world.home.dir).unwrap().count();
    assert_eq!(before, after, "nothing was left in the folder");
    let answer = world.derive_with(&files, &cells, &[], &one).unwrap();
    assert_eq!((answer.made.tally.bad_rows, answer.made.lines), (1, 1));
}

#[test]
fn touching_and_clipped_moments_are_counted_to_the_microsecond() {
    let world = World::new();
    world.registry(&[ALWAYS], 86_400);
    let at = 7_120 * MICRO - 1;
    let rows = format!("{},,c1,{},{}\n", imsi(1), micro(at), micro(at));
    let files = [world.attach("a.csv", &rows)];
    world.derive(&files, &world.cells(&rogue()), &[]).unwrap();
    assert_eq!(world.says(R1)[&(1, 1)], (NONE, items(&[Item::Imsi]), at));
}
