use proptest::prelude::*;

use super::*;

fn any_items() -> impl Strategy<Value = ItemSet> {
    (0..1_i32 << Item::ALL.len()).prop_map(|bits| ItemSet::from_bits(bits).unwrap())
}

fn any_facts() -> impl Strategy<Value = FactSet> {
    (any_items(), any_items()).prop_map(|(possible, confirmed)| FactSet::new(possible, confirmed))
}

#[test]
fn items_read_back_and_keep_their_bits() {
    for (bit, item) in Item::ALL.into_iter().enumerate() {
        assert_eq!(Item::parse(item.code()), Ok(item));
        assert_eq!(serde_json::to_value(item).unwrap(), item.code());
        assert_eq!(ItemSet::EMPTY.with(item).bits(), 1 << bit);
    }
    assert_eq!(Item::parse("IMSI"), Err(ParseItemError));
}

#[test]
fn bits_that_mean_nothing_are_refused() {
    assert_eq!(ItemSet::from_bits(1 << Item::ALL.len()), None);
    assert_eq!(ItemSet::from_bits(-1), None);
}

proptest! {
    #[test]
    fn a_set_is_its_items(items in any_items()) {
        prop_assert_eq!(items.iter().collect::<ItemSet>(), items);
        prop_assert_eq!(ItemSet::from_bits(items.bits()), Some(items));
        let listed: Vec<_> = items.iter().collect();
        for item in Item::ALL {
            prop_assert_eq!(items.contains(item), listed.contains(&item));
        }
    }

    #[test]
    fn an_item_is_never_both_possible_and_confirmed(a in any_facts(), b in any_facts()) {
        for facts in [a, b, a.union(b), a.minus(b)] {
            prop_assert!(facts.possible().intersection(facts.confirmed()).is_empty());
        }
    }

    #[test]
    fn union_is_commutative_associative_and_idempotent(
        a in any_facts(), b in any_facts(), c in any_facts(),
    ) {
        prop_assert_eq!(a.union(b), b.union(a));
        prop_assert_eq!(a.union(b).union(c), a.union(b.union(c)));
        prop_assert_eq!(a.union(a), a);
        prop_assert_eq!(a.union(FactSet::EMPTY), a);
    }

    #[test]
    fn what_was_said_once_is_not_owed_again(a in any_facts(), b in any_facts()) {
        prop_assert!(a.minus(a).is_empty());
        prop_assert_eq!(a.minus(FactSet::EMPTY), a);
        prop_assert!(a.minus(a.union(b)).is_empty());
        // Telling what is owed leaves nothing owed, and tells nothing else.
        let owed = a.minus(b);
        prop_assert!(a.minus(b.union(owed)).is_empty());
        prop_assert!(owed.minus(a).is_empty());
    }

    #[test]
    fn confirmed_covers_possible_and_not_the_reverse(items in any_items()) {
        let (possible, confirmed) =
            (FactSet::new(items, ItemSet::EMPTY), FactSet::new(ItemSet::EMPTY, items));
        prop_assert!(possible.minus(confirmed).is_empty());
        prop_assert_eq!(confirmed.minus(possible), confirmed);
        prop_assert_eq!(possible.union(confirmed), confirmed);
    }
}
