use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::cohort::Item;

fn items(of: &[Item]) -> ItemSet {
    of.iter().copied().collect()
}

fn facts(possible: &[Item], confirmed: &[Item]) -> FactSet {
    FactSet::new(items(possible), items(confirmed))
}

fn known(lines: &[FactSet]) -> Known<'_> {
    Known { revision: RevisionNo(3), is_ours: true, is_silent: false, lines }
}

const IMSI: &[Item] = &[Item::Imsi];
const NONE: &[Item] = &[];

#[rstest]
#[case(true, false, NONE, NONE, Standing::NotFound)]
#[case(true, false, IMSI, NONE, Standing::Possibly)]
#[case(true, false, NONE, IMSI, Standing::Leaked)]
#[case(false, false, NONE, NONE, Standing::NotOurs)]
#[case(true, true, NONE, NONE, Standing::Ask)]
#[case(true, true, NONE, IMSI, Standing::Ask)]
#[case(false, true, NONE, NONE, Standing::Ask)]
fn how_a_person_stands(
    #[case] is_ours: bool,
    #[case] is_silent: bool,
    #[case] possible: &[Item],
    #[case] confirmed: &[Item],
    #[case] expected: Standing,
) {
    let lines = [FactSet::EMPTY, facts(possible, confirmed)];
    let known = Known { is_ours, is_silent, ..known(&lines) };
    assert_eq!(standing(&known), expected);
}

#[test]
fn what_is_certain_on_one_line_is_certain_of_the_person() {
    let lines = [facts(&[Item::Imsi, Item::Name], &[]), facts(&[], &[Item::Imsi])];
    let expected = Seen {
        revision: RevisionNo(3),
        standing: Standing::Leaked,
        possible: items(&[Item::Name]),
        confirmed: items(&[Item::Imsi]),
    };
    assert_eq!(seen(&known(&lines)), expected);
}

#[test]
fn what_did_not_leak_is_what_leaked_of_others_and_not_of_them() {
    let touched = facts(&[Item::Location], &[Item::Imsi, Item::Imei, Item::Name]);
    let lines = [facts(&[Item::Name], &[Item::Imsi])];
    let mine = seen(&known(&lines));
    assert_eq!(not_leaked(touched, &mine), items(&[Item::Imei, Item::Location]));
    let silent = seen(&Known { is_silent: true, ..known(&lines) });
    assert_eq!(not_leaked(touched, &silent), ItemSet::EMPTY);
    let stranger = seen(&Known { is_ours: false, ..known(&[]) });
    assert_eq!(not_leaked(touched, &stranger), ItemSet::EMPTY);
}

#[test]
fn another_revision_with_the_same_facts_changes_nothing() {
    let lines = [facts(&[], IMSI)];
    let before = seen(&known(&lines));
    let now = seen(&Known { revision: RevisionNo(4), ..known(&lines) });
    assert_eq!(changed(&before, &now), None);
}

#[test]
fn a_change_says_what_came_and_what_went() {
    let (then, today) = ([facts(&[Item::Imsi], &[Item::Name])], [facts(&[], &[Item::Imsi])]);
    let (before, now) = (seen(&known(&then)), seen(&known(&today)));
    let change = changed(&before, &now).unwrap();
    assert_eq!(change.before, before);
    assert_eq!(change.added, facts(&[], &[Item::Imsi]));
    assert_eq!(change.removed, facts(&[], &[Item::Name]));
}

#[test]
fn a_standing_alone_can_change() {
    let before = seen(&known(&[]));
    let now = seen(&Known { is_silent: true, ..known(&[]) });
    let change = changed(&before, &now).unwrap();
    assert_eq!((change.added, change.removed), (FactSet::EMPTY, FactSet::EMPTY));
}

#[test]
fn codes_and_names_are_kept_for_ever() {
    assert_eq!(
        Standing::ALL.map(|one| (one.code(), one.name())),
        [(1, "leaked"), (2, "possibly"), (3, "not_found"), (4, "not_ours"), (5, "ask")]
    );
    for standing in Standing::ALL {
        assert_eq!(Standing::from_code(standing.code()), Some(standing));
        assert_eq!(serde_json::to_value(standing).unwrap(), standing.name());
    }
    assert_eq!(Standing::from_code(6), None);
}

fn any_facts() -> impl Strategy<Value = FactSet> {
    let set = || prop::collection::vec(prop::sample::select(Item::ALL.to_vec()), 0..6);
    (set(), set()).prop_map(|(possible, confirmed)| facts(&possible, &confirmed))
}

proptest! {
    #[test]
    fn neither_silence_nor_a_stranger_lets_facts_shine_through(
        lines in prop::collection::vec(any_facts(), 0..4),
        others in prop::collection::vec(any_facts(), 0..4),
        is_ours in any::<bool>(),
    ) {
        let silent = |lines| seen(&Known { is_ours, is_silent: true, ..known(lines) });
        prop_assert_eq!(silent(&lines), silent(&others));
        let stranger = |lines| seen(&Known { is_ours: false, ..known(lines) });
        prop_assert_eq!(stranger(&lines), stranger(&others));
    }

    #[test]
    fn the_order_of_lines_says_nothing(lines in prop::collection::vec(any_facts(), 0..5)) {
        let turned: Vec<_> = lines.iter().rev().copied().collect();
        prop_assert_eq!(seen(&known(&lines)), seen(&known(&turned)));
    }

    #[test]
    fn items_are_named_by_exactly_one_of_the_three_lists(
        lines in prop::collection::vec(any_facts(), 0..4),
        of_others in any_facts(),
    ) {
        let touched = lines.iter().fold(of_others, |all, line| all.union(*line));
        let mine = seen(&known(&lines));
        let not = not_leaked(touched, &mine);
        prop_assert!(mine.possible.intersection(mine.confirmed).is_empty());
        prop_assert!(not.intersection(mine.possible.union(mine.confirmed)).is_empty());
        let all = not.union(mine.possible).union(mine.confirmed);
        prop_assert_eq!(all, touched.possible().union(touched.confirmed()));
    }
}
