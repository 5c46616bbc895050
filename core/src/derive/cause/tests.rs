use rstest::rstest;

use super::*;
use crate::cohort::Certainty::{Confirmed, Possible};
use crate::cohort::Item;
use crate::derive::{LeakNo, Window, merge};

const MINUTE: i64 = 60_000_000;

const fn span(from: i64, to: i64) -> Span {
    Span { from: Micros(from * MINUTE), to: Micros(to * MINUTE) }
}

fn window(cell: &str, from: i64, to: i64, reads: &[Item], certainty: Certainty) -> Window {
    let reads = reads.iter().copied().collect();
    Window { cell: cell.to_owned(), span: span(from, to), reads, certainty }
}

/// A card at cell `a` in minutes 100 to 105, under the rules that ship, unless the case says otherwise.
struct Case {
    then: Vec<Window>,
    now: Vec<Window>,
    then_grace: &'static str,
    new: FactSet,
}

fn why(case: Case) -> Cause {
    let text = Rules::builtin().text().replace("grace = \"2m\"", case.then_grace);
    let (then, now) = (Windows::new(case.then), Windows::new(case.now));
    let (then_rules, rules) = (Rules::parse(&text).unwrap(), Rules::builtin());
    let mut met = Vec::new();
    rules.encounters(now.of(b"a").unwrap(), span(100, 105), &mut met);
    merge(&mut met);
    let met = met.iter().find(|met| met.rule == LeakNo(0)).unwrap();
    let earlier = Basis { windows: &then, rules: &then_rules };
    cause(earlier, Basis { windows: &now, rules: &rules }, met, case.new)
}

const IMSI: &[Item] = &[Item::Imsi];
const BOTH: &[Item] = &[Item::Imsi, Item::Imei];
const SAME: &str = "grace = \"2m\"";
const NARROW: &str = "grace = \"0s\"";

#[rstest]
#[case::nothing_changed(vec![window("a", 90, 110, BOTH, Confirmed)], SAME, Cause::NewRecords)]
#[case::no_window(vec![], SAME, Cause::NewCell)]
#[case::only_another_cell(vec![window("b", 90, 110, BOTH, Confirmed)], SAME, Cause::NewCell)]
#[case::another_cell_and_narrow(vec![window("b", 90, 110, BOTH, Confirmed)], NARROW, Cause::NewCell)]
#[case::ended_before(vec![window("a", 50, 90, BOTH, Confirmed)], SAME, Cause::LongerWindow)]
#[case::ended_within_grace(vec![window("a", 90, 99, BOTH, Confirmed)], SAME, Cause::NewRecords)]
#[case::ended_within_new_grace(vec![window("a", 90, 99, BOTH, Confirmed)], NARROW, Cause::LongerWindow)]
#[case::read_less(vec![window("a", 90, 110, IMSI, Confirmed)], SAME, Cause::ReadsMore)]
#[case::was_possible(vec![window("a", 90, 110, BOTH, Possible)], SAME, Cause::SurerWindow)]
#[case::read_less_and_possible(vec![window("a", 90, 110, IMSI, Possible)], SAME, Cause::ReadsMore)]
#[case::read_less_and_ended(vec![window("a", 50, 90, IMSI, Confirmed)], SAME, Cause::LongerWindow)]
#[case::in_two_windows(
    vec![window("a", 90, 110, IMSI, Confirmed), window("a", 100, 101, &[Item::Imei], Confirmed)],
    SAME,
    Cause::NewRecords
)]
fn the_cause_of_a_leak(
    #[case] then: Vec<Window>,
    #[case] then_grace: &'static str,
    #[case] cause: Cause,
) {
    let now = vec![window("a", 90, 110, BOTH, Confirmed)];
    let new = Confirmed.of(BOTH.iter().copied().collect());
    assert_eq!(why(Case { then, now, then_grace, new }), cause);
}

/// The window ended a minute before the card came: only the grace makes it an encounter.
#[test]
fn rules_that_changed() {
    let windows = vec![window("a", 90, 99, BOTH, Confirmed)];
    let new = Confirmed.of(BOTH.iter().copied().collect());
    let case = Case { then: windows.clone(), now: windows, then_grace: NARROW, new };
    assert_eq!(why(case), Cause::RulesChanged);
}

/// Only what is new is asked about: of a window that reads more, the items it read before came with a new record.
#[test]
fn only_what_is_new_is_asked_about() {
    let then = vec![window("a", 90, 110, IMSI, Confirmed)];
    let now = vec![window("a", 90, 110, BOTH, Confirmed)];
    let new = |items: &[Item]| Confirmed.of(items.iter().copied().collect());
    let ask = |new| why(Case { then: then.clone(), now: now.clone(), then_grace: SAME, new });
    assert_eq!(ask(new(IMSI)), Cause::NewRecords);
    assert_eq!(ask(new(&[Item::Imei])), Cause::ReadsMore);
}

/// What the rules of then do not have.
const NOTHING: &str = "# ";

#[rstest]
#[case::nothing_changed(vec![window("a", 90, 110, IMSI, Confirmed)], NOTHING, Cause::NewRecords)]
#[case::cell(vec![], NOTHING, Cause::NewCell)]
#[case::window(vec![window("a", 50, 90, IMSI, Confirmed)], NOTHING, Cause::LongerWindow)]
#[case::certainty(vec![window("a", 90, 110, IMSI, Possible)], NOTHING, Cause::SurerWindow)]
#[case::items_do_not_matter(vec![window("a", 90, 110, &[], Confirmed)], NOTHING, Cause::NewRecords)]
#[case::method(vec![window("a", 90, 110, IMSI, Confirmed)], "\"ars\", ", Cause::RulesChanged)]
#[case::method_and_window(vec![window("a", 50, 90, IMSI, Confirmed)], "\"ars\", ", Cause::RulesChanged)]
fn the_cause_of_a_loss(#[case] then: Vec<Window>, #[case] lacks: &str, #[case] cause: Cause) {
    let text = Rules::builtin().canonical().replace(lacks, "");
    let (then_rules, rules) = (Rules::parse(&text).unwrap(), Rules::builtin());
    let (then, now) = (Windows::new(then), Windows::new([window("a", 90, 110, IMSI, Confirmed)]));
    let mut met = Vec::new();
    rules.encounters(now.of(b"a").unwrap(), span(100, 105), &mut met);
    let met = met.iter().find(|met| met.rule == LeakNo(0)).unwrap();
    let payment = Payment { method: "ars", at: Micros(107 * MINUTE) };
    let new = Confirmed.of(ItemSet::EMPTY.with(Item::PaymentLoss));
    let (earlier, now) =
        (Basis { windows: &then, rules: &then_rules }, Basis { windows: &now, rules: &rules });
    assert_eq!(cause_of_loss(earlier, now, met, payment, new), cause);
}

#[test]
fn words_are_as_stored() {
    for one in Cause::ALL {
        assert_eq!(serde_json::to_string(&one).unwrap(), format!("{:?}", one.name()));
    }
}
