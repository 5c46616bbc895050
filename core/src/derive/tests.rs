//! What holds of every derivation, over small worlds of one line: cells a and b, whole seconds, few rules.

mod world;

use proptest::prelude::*;

use super::*;
use crate::cohort::{Certainty, Item, ItemSet};
use world::{Outcome, World, a_rule_set, a_world, derive, oracle, relaxed, second};

proptest! {
    #[test]
    fn derivation_is_what_the_rules_say_of_each_moment(world in a_world()) {
        let Outcome { facts, first, .. } = derive(&world);
        prop_assert_eq!((facts, first), oracle(&world));
    }

    #[test]
    fn what_is_added_takes_nothing_away(world in a_world(), more in a_world()) {
        let both = World {
            windows: [world.windows.clone(), more.windows].concat(),
            records: [world.records.clone(), more.records].concat(),
            payments: [world.payments.clone(), more.payments].concat(),
            rules: world.rules.clone(),
        };
        let (before, after) = (derive(&world), derive(&both));
        prop_assert!(before.facts.minus(after.facts).is_empty());
        prop_assert!(before.first.is_none_or(|first| after.first.is_some_and(|now| now <= first)));
    }

    #[test]
    fn a_wider_rule_takes_nothing_away(world in a_world(), by in 0..9_u8, much in 0..9_u32) {
        let wider = World { rules: relaxed(&world.rules, by, much), ..world.clone() };
        let (before, after) = (derive(&world), derive(&wider));
        prop_assert!(before.facts.minus(after.facts).is_empty());
        prop_assert!(before.first.is_none_or(|first| after.first.is_some_and(|now| now <= first)));
    }

    #[test]
    fn a_surer_window_takes_nothing_away(world in a_world(), which in any::<prop::sample::Index>()) {
        let mut surer = world.clone();
        let at = which.index(surer.windows.len().max(1));
        if let Some(window) = surer.windows.get_mut(at) {
            window.certainty = Certainty::Confirmed;
        }
        prop_assert!(derive(&world).facts.minus(derive(&surer).facts).is_empty());
    }

    #[test]
    fn order_duplicates_and_division_do_not_show(
        (world, other) in a_world().prop_flat_map(|world| {
            let twice = |n: usize| prop::collection::vec(any::<bool>(), n);
            let records = twice(world.records.len());
            let cuts = prop::collection::vec(1..10_i64, world.records.len());
            (Just(world.clone()), (Just(world), records, cuts).prop_map(|(world, twice, cuts)| {
                world.divided(&twice, &cuts)
            })).prop_flat_map(|(world, other)| {
                let World { windows, records, payments, rules } = other;
                let windows = [windows.clone(), windows].concat();
                let shuffled = (
                    Just(windows).prop_shuffle(),
                    Just(records).prop_shuffle(),
                    Just(payments).prop_shuffle(),
                );
                (Just(world), shuffled.prop_map(move |(windows, records, payments)| {
                    World { windows, records, payments, rules: rules.clone() }
                }))
            })
        }),
    ) {
        prop_assert_eq!(derive(&world), derive(&other));
    }

    #[test]
    fn a_window_in_two_parts_finds_the_same(world in a_world(), at in 0..28_i64) {
        let mut parted = world.clone();
        parted.windows = world.windows.iter().flat_map(|window| {
            let cut = second(at).clamp(window.span.from, window.span.to);
            let Window { cell, span, reads, certainty } = window.clone();
            let part = move |from, to| {
                Window { cell: cell.clone(), span: Span { from, to }, reads, certainty }
            };
            [part(span.from, cut), part(cut, span.to)]
        }).collect();
        let (whole, parted) = (derive(&world), derive(&parted));
        prop_assert_eq!((whole.facts, whole.first), (parted.facts, parted.first));
    }

    #[test]
    fn merged_encounters_have_the_losses_of_their_parts(world in a_world()) {
        prop_assert_eq!(derive(&world).facts, world::derive_unmerged(&world));
    }

    #[test]
    fn a_cause_names_what_changed(world in a_world(), then in a_world(), which in 0..3_u8) {
        let earlier = match which {
            0 => World { rules: then.rules, ..world.clone() },
            1 => World { windows: then.windows, ..world.clone() },
            _ => World { windows: then.windows, rules: then.rules, ..world.clone() },
        };
        let had = derive(&earlier).facts;
        for (cause, new) in world::causes(&earlier, &world) {
            prop_assert!(new.minus(had).is_empty() || cause != Cause::NewRecords);
            let possible = match which {
                0 => matches!(cause, Cause::RulesChanged | Cause::NewRecords),
                1 => cause != Cause::RulesChanged,
                _ => true,
            };
            prop_assert!(possible && cause != Cause::Evidence, "{cause:?}");
        }
    }

    #[test]
    fn the_same_basis_brings_nobody_in(world in a_world()) {
        for (cause, _) in world::causes(&world, &world) {
            prop_assert_eq!(cause, Cause::NewRecords);
        }
    }

    #[test]
    fn rules_read_back_from_what_is_hashed(rules in a_rule_set()) {
        let read = Rules::parse(&rules.canonical()).unwrap();
        prop_assert_eq!(read.canonical(), rules.canonical());
        prop_assert_eq!(read.sha256(), rules.sha256());
        prop_assert_eq!((read.leak, read.loss), (rules.leak, rules.loss));
    }
}

#[test]
fn a_payment_loss_is_a_fact_of_its_own() {
    let rules = Rules::builtin();
    let loss = ItemSet::EMPTY.with(Item::PaymentLoss);
    assert_eq!(rules.lost(LossNo(0)), Certainty::Confirmed.of(loss));
    assert_eq!(rules.lost(LossNo(1)), Certainty::Possible.of(loss));
    assert!(rules.lost(LossNo(2)).is_empty());
}
