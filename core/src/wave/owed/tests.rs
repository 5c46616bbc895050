use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::cohort::{Item, ItemSet};

const NOTHING: FactSet = FactSet::EMPTY;

fn line(n: u8) -> LineId {
    LineId::from_bytes([n; 16])
}

fn possible(items: &[Item]) -> FactSet {
    FactSet::new(items.iter().copied().collect(), ItemSet::EMPTY)
}

fn confirmed(items: &[Item]) -> FactSet {
    FactSet::new(ItemSet::EMPTY, items.iter().copied().collect())
}

fn lines(facts: &[FactSet]) -> BTreeMap<LineId, FactSet> {
    (1..).map(line).zip(facts.iter().copied()).collect()
}

/// Records an owed notice as told in a wave.
fn tell(told: &mut Vec<Telling>, owed: &Owed) {
    let wave = WaveNo(i32::try_from(told.len()).unwrap() + 1);
    let Some(kind) = owed.kind else { return };
    told.extend(owed.facts.iter().map(|(line, facts)| Telling {
        wave,
        line: *line,
        kind,
        facts: *facts,
    }));
}

fn told(facts: &[FactSet]) -> Told {
    let kind = NoticeKind::Confirmed;
    Told::of(lines(facts).into_iter().map(|(line, facts)| Telling {
        wave: WaveNo(1),
        line,
        kind,
        facts,
    }))
}

const IMSI: &[Item] = &[Item::Imsi];
const BOTH: &[Item] = &[Item::Imsi, Item::Imei];

#[rstest]
#[case::nothing_ever(&[], &[], None, &[])]
#[case::first_possible(&[], &[possible(IMSI)], Some(NoticeKind::Possible), &[possible(IMSI)])]
#[case::first_confirmed(&[], &[confirmed(IMSI)], Some(NoticeKind::Confirmed), &[confirmed(IMSI)])]
#[case::mixed(
    &[], &[possible(IMSI), confirmed(IMSI)],
    Some(NoticeKind::Confirmed), &[possible(IMSI), confirmed(IMSI)]
)]
#[case::all_known(&[confirmed(IMSI)], &[confirmed(IMSI)], None, &[])]
#[case::confirmed_covers_possible(&[confirmed(IMSI)], &[confirmed(BOTH)],
    Some(NoticeKind::Supplement), &[confirmed(&[Item::Imei])])]
#[case::possible_does_not_cover_confirmed(&[possible(IMSI)], &[confirmed(IMSI)],
    Some(NoticeKind::Supplement), &[confirmed(IMSI)])]
#[case::another_line(&[confirmed(IMSI)], &[confirmed(IMSI), possible(IMSI)],
    Some(NoticeKind::Supplement), &[NOTHING, possible(IMSI)])]
#[case::one_goes(&[confirmed(BOTH)], &[confirmed(IMSI)],
    Some(NoticeKind::Correction), &[confirmed(IMSI)])]
#[case::one_is_less_certain(&[confirmed(IMSI)], &[possible(IMSI)],
    Some(NoticeKind::Correction), &[possible(IMSI)])]
#[case::one_goes_and_one_comes(&[confirmed(IMSI)], &[confirmed(&[Item::Imei]), possible(IMSI)],
    Some(NoticeKind::Correction), &[confirmed(&[Item::Imei]), possible(IMSI)])]
#[case::loss_found(
    &[confirmed(IMSI)], &[confirmed(&[Item::Imsi, Item::PaymentLoss])],
    Some(NoticeKind::LossFound), &[confirmed(&[Item::PaymentLoss])])]
#[case::loss_and_more(
    &[confirmed(IMSI)], &[confirmed(&[Item::Imsi, Item::Imei, Item::PaymentLoss])],
    Some(NoticeKind::Supplement), &[confirmed(&[Item::Imei, Item::PaymentLoss])])]
#[case::loss_possible(
    &[confirmed(IMSI)], &[confirmed(IMSI).union(possible(&[Item::PaymentLoss]))],
    Some(NoticeKind::Supplement), &[possible(&[Item::PaymentLoss])])]
#[case::loss_first(&[], &[confirmed(&[Item::PaymentLoss])],
    Some(NoticeKind::Confirmed), &[confirmed(&[Item::PaymentLoss])])]
#[case::all_go(&[confirmed(IMSI), possible(IMSI)], &[], Some(NoticeKind::AllClear), &[])]
#[case::all_go_of_known_lines(&[confirmed(IMSI)], &[NOTHING], Some(NoticeKind::AllClear), &[])]
fn what_is_owed_follows_from_what_was_told(
    #[case] before: &[FactSet],
    #[case] now: &[FactSet],
    #[case] kind: Option<NoticeKind>,
    #[case] facts: &[FactSet],
) {
    let owed = owed(&lines(now), &told(before));
    assert_eq!(owed.kind, kind);
    let said: Vec<_> = owed.facts.iter().filter(|(_, facts)| !facts.is_empty()).collect();
    let expected = lines(facts);
    let expected: Vec<_> = expected.iter().filter(|(_, facts)| !facts.is_empty()).collect();
    assert_eq!(said, expected);
}

#[test]
fn a_fact_that_goes_and_comes_back_is_told_each_time_under_a_new_hash() {
    let (with, without) = (lines(&[confirmed(BOTH)]), lines(&[confirmed(IMSI)]));
    let mut tellings = Vec::new();
    let mut hashes = Vec::new();
    let mut kinds = Vec::new();
    for now in [&with, &without, &with, &without, &BTreeMap::new(), &with] {
        let owed = owed(now, &Told::of(tellings.iter().copied()));
        kinds.push(owed.kind.unwrap());
        hashes.push(owed.facts_hash);
        tell(&mut tellings, &owed);
    }
    assert_eq!(
        kinds,
        [
            NoticeKind::Confirmed,
            NoticeKind::Correction,
            NoticeKind::Supplement,
            NoticeKind::Correction,
            NoticeKind::AllClear,
            NoticeKind::Confirmed,
        ]
    );
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 6);
}

#[test]
fn the_same_facts_after_the_same_past_have_the_same_hash() {
    let now = lines(&[confirmed(IMSI), possible(BOTH)]);
    let one = owed(&now, &Told::default());
    assert_eq!(one.facts_hash, owed(&now, &Told::of([])).facts_hash);
    assert_ne!(one.facts_hash, owed(&lines(&[confirmed(IMSI)]), &Told::default()).facts_hash);
}

#[test]
fn a_notice_has_one_id_for_each_incident_person_and_hash() {
    let (incident, person) = (IncidentId::from_bytes([1; 16]), SubscriberId::from_bytes([2; 16]));
    let id = notice_id(incident, person, &[3; 32]);
    assert_eq!(id, notice_id(incident, person, &[3; 32]));
    assert_eq!(id.0.get_version_num(), 8);
    assert_ne!(id, notice_id(IncidentId::from_bytes([9; 16]), person, &[3; 32]));
    assert_ne!(id, notice_id(incident, SubscriberId::from_bytes([9; 16]), &[3; 32]));
    assert_ne!(id, notice_id(incident, person, &[9; 32]));
}

fn any_facts() -> impl Strategy<Value = FactSet> {
    let items = 0..1 << Item::ALL.len();
    (items.clone(), items).prop_map(|(possible, confirmed)| {
        FactSet::new(ItemSet::from_bits(possible).unwrap(), ItemSet::from_bits(confirmed).unwrap())
    })
}

fn any_lines() -> impl Strategy<Value = BTreeMap<LineId, FactSet>> {
    prop::collection::btree_map((1..6_u8).prop_map(line), any_facts(), 0..5)
}

proptest! {
    #[test]
    fn after_each_notice_everything_true_is_known_and_nothing_is_owed(
        revisions in prop::collection::vec(any_lines(), 1..6),
    ) {
        let mut tellings = Vec::new();
        for now in &revisions {
            let notice = owed(now, &Told::of(tellings.iter().copied()));
            tell(&mut tellings, &notice);
            let told = Told::of(tellings.iter().copied());
            prop_assert_eq!(owed(now, &told).kind, None);
            for (line, facts) in told.lines() {
                let stands = now.get(line).copied().unwrap_or_default();
                prop_assert!(facts.minus(stands).is_empty());
            }
        }
    }

    #[test]
    fn while_facts_only_grow_no_fact_is_told_twice(
        revisions in prop::collection::vec(any_lines(), 1..6),
    ) {
        let mut now = BTreeMap::new();
        let mut tellings = Vec::new();
        for revision in &revisions {
            for (line, facts) in revision {
                let line: &mut FactSet = now.entry(*line).or_default();
                *line = line.union(*facts);
            }
            let told = Told::of(tellings.iter().copied());
            let owed = owed(&now, &told);
            for (line, facts) in &owed.facts {
                let known = told.of_line(*line);
                prop_assert!(facts.confirmed().intersection(known.confirmed()).is_empty());
                prop_assert!(facts.possible().intersection(known.possible()).is_empty());
            }
            tell(&mut tellings, &owed);
        }
    }

    #[test]
    fn the_order_in_which_tellings_are_read_does_not_matter(
        (sorted, shuffled) in prop::collection::vec((1..5, 1..4_u8, any_facts()), 0..12)
            .prop_map(|rows| {
                let tell = |(wave, n, facts)| Telling {
                    wave: WaveNo(wave), line: line(n), kind: NoticeKind::Supplement, facts,
                };
                rows.into_iter().map(tell).collect::<Vec<_>>()
            })
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        prop_assert_eq!(Told::of(sorted), Told::of(shuffled));
    }
}

#[test]
fn an_item_is_withdrawn_once_it_stands_for_no_line() {
    let withdrawn =
        |before: &[FactSet], now: &[FactSet]| owed(&lines(now), &told(before)).withdrawn;
    let imei = ItemSet::EMPTY.with(Item::Imei);
    assert_eq!(withdrawn(&[confirmed(BOTH)], &[confirmed(IMSI)]), imei);
    assert_eq!(withdrawn(&[possible(BOTH)], &[]), imei.with(Item::Imsi));
    // Less certain is not gone, and another line still has it.
    assert_eq!(withdrawn(&[confirmed(IMSI)], &[possible(IMSI)]), ItemSet::EMPTY);
    assert_eq!(withdrawn(&[confirmed(IMSI), confirmed(IMSI)], &[confirmed(IMSI)]), ItemSet::EMPTY);
    assert_eq!(withdrawn(&[confirmed(IMSI)], &[confirmed(BOTH)]), ItemSet::EMPTY);
}
