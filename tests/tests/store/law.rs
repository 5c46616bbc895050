//! Knowledge times, selections, and what two people decide; holds against erasing.

use std::collections::BTreeSet;

use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::{IncidentState, KnowledgeTime, Selection};
use simrecall_core::law::Anchor;
use simrecall_store::StoreError;
use simrecall_store::hold::HoldRelease;
use simrecall_store::law::{About, BlockChange, BlockDecision, Determination, Recorded};
use simrecall_tests::Backend;

use crate::law_stage::{
    act, agreement, block_decision, determination, employ, excuse, numbered, selection, staff,
};
use crate::stage::{Stage, at, by_hand, incident, knowledge, stage};

fn opened(backend: Backend) -> Stage {
    let stage = stage(backend);
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
    employ(&stage.store);
    stage
}

#[rstest]
fn knowledge_times_read_back_in_the_order_they_were_added(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = opened(backend);
    let id = incident(1).id;
    let anchors = BTreeSet::from([Anchor::KrLeakKnown, Anchor::EuAware]);
    let narrow = KnowledgeTime { anchors, revision: Some(RevisionNo(2)), no: 99, ..knowledge(-5) };
    let add = |time| stage.store.write(|tx| tx.add_knowledge(id, time)).unwrap();
    assert_eq!([add(&knowledge(3)), add(&narrow)], [1, 2]);
    let times = stage.store.read(|tx| tx.knowledge_times(id)).unwrap();
    assert_eq!(times, [numbered(1, knowledge(3)), numbered(2, narrow)]);
    assert_eq!(stage.store.read(|tx| tx.knowledge_times(incident(2).id)).unwrap(), []);
}

#[rstest]
fn selections_are_only_ever_added(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = opened(backend);
    let (store, id) = (&stage.store, incident(1).id);
    store.write(|tx| tx.add_knowledge(id, &knowledge(0))).unwrap();
    store.write(|tx| tx.add_knowledge(id, &knowledge(9))).unwrap();
    let late = Selection { revision: Some(RevisionNo(1)), ..selection(2) };
    assert_eq!(store.write(|tx| tx.select(id, &selection(1))).unwrap(), 1);
    assert_eq!(store.write(|tx| tx.select(id, &late)).unwrap(), 2);
    let missing = store.write(|tx| tx.select(id, &selection(3))).unwrap_err();
    assert!(missing.is_not_found(), "{missing}");
    store.write(|tx| tx.agree(id, About::Selection, 2, &agreement(2, StaffRole::Privacy))).unwrap();
    let agreed = vec![agreement(2, StaffRole::Privacy)];
    let all = store.read(|tx| tx.selections(id)).unwrap();
    let first = Recorded { no: 1, row: selection(1), agreed: vec![] };
    assert_eq!(all, [first, Recorded { no: 2, row: late, agreed }]);
}

#[rstest]
fn a_selection_of_an_older_schema_stands_for_every_awareness_anchor(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = opened(backend);
    let (store, id) = (&stage.store, incident(1).id);
    let narrow = KnowledgeTime {
        anchors: BTreeSet::from([Anchor::KrLeakKnown, Anchor::KrNewFactConfirmed]),
        ..knowledge(1)
    };
    store.write(|tx| tx.add_knowledge(id, &knowledge(0))).unwrap();
    store.write(|tx| tx.add_knowledge(id, &narrow)).unwrap();
    for no in [1, 2] {
        let copy = format!(
            "INSERT INTO clock_selection (incident, no, anchor, knowledge, reason, by_staff, at)
             SELECT incident, {no}, '', {no}, 'selected when the incident was opened', incident, at
             FROM knowledge_time WHERE no = {no}"
        );
        by_hand(&stage.url, &copy).unwrap();
    }
    let all = store.read(|tx| tx.selections(id)).unwrap();
    let of = |no| all.iter().filter(move |kept| kept.no == no).map(|kept| kept.row.anchor);
    let awareness = Anchor::ALL.into_iter().filter(|anchor| anchor.is_awareness());
    assert_eq!(of(1).collect::<Vec<_>>(), awareness.collect::<Vec<_>>());
    assert_eq!(of(2).collect::<Vec<_>>(), [Anchor::KrLeakKnown]);
}

#[rstest]
fn two_people_of_different_roles_agree(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = opened(backend);
    let (store, id) = (&stage.store, incident(1).id);
    assert_eq!(store.write(|tx| tx.add_excuse(id, &excuse())).unwrap(), 1);
    let agree = |no, one| store.write(|tx| tx.agree(id, About::Excuse, no, &one));
    let is_agreed = || store.read(|tx| tx.excuses(id)).unwrap()[0].is_agreed();
    assert!(!is_agreed());
    agree(1, agreement(1, StaffRole::Legal)).unwrap();
    // The same person again, in another role too, adds nothing.
    assert!(agree(1, agreement(1, StaffRole::Privacy)).unwrap_err().is_conflict());
    agree(1, agreement(2, StaffRole::Legal)).unwrap();
    assert!(!is_agreed());
    agree(1, agreement(3, StaffRole::Privacy)).unwrap();
    assert!(is_agreed());
    assert!(agree(2, agreement(1, StaffRole::Legal)).unwrap_err().is_not_found());
    // Who agrees to one thing has not agreed to another of the same number.
    assert_eq!(store.read(|tx| tx.agreements(id, About::Suppression)).unwrap(), []);
    let all = store.read(|tx| tx.agreements(id, About::Excuse)).unwrap();
    assert_eq!(
        all.iter().map(|(no, one)| (*no, one.staff)).collect::<Vec<_>>(),
        [(1, staff(1)), (1, staff(2)), (1, staff(3))]
    );
}

#[rstest]
fn what_was_decided_reads_back(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = opened(backend);
    let (store, id) = (&stage.store, incident(1).id);
    let lift = BlockDecision { change: BlockChange::Lift, until: None, ..block_decision() };
    let other = Determination { holds: true, ..determination() };
    let numbers = store.write(|tx| {
        Ok([
            tx.decide_block(id, &block_decision())?,
            tx.decide_block(id, &lift)?,
            tx.determine(id, &determination())?,
            tx.determine(id, &other)?,
            tx.add_act(id, &act())?,
            tx.add_excuse(id, &excuse())?,
        ])
    });
    assert_eq!(numbers.unwrap(), [1, 2, 1, 2, 1, 1]);
    let recorded = |no, row| Recorded { no, row, agreed: vec![] };
    let decisions = store.read(|tx| tx.block_decisions(id)).unwrap();
    assert_eq!(decisions, [recorded(1, block_decision()), recorded(2, lift)]);
    let found = store.read(|tx| tx.determinations(id)).unwrap();
    let of = |no, row| Recorded { no, row, agreed: vec![] };
    assert_eq!(found, [of(1, determination()), of(2, other)]);
    let acts = store.read(|tx| tx.acts(id)).unwrap();
    assert_eq!(acts, [Recorded { no: 1, row: act(), agreed: vec![] }]);
    let excuses = store.read(|tx| tx.excuses(id)).unwrap();
    assert_eq!(excuses, [Recorded { no: 1, row: excuse(), agreed: vec![] }]);
}

#[rstest]
fn what_is_held_is_not_erased(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = opened(backend);
    let (store, id) = (&stage.store, incident(1).id);
    let erase = || store.write(|tx| tx.set_incident_state(id, IncidentState::Erasing));
    let hold = |reason| store.write(|tx| tx.add_hold(id, reason, staff(1), at(1)));
    let agree = |no, n, role| {
        let one = agreement(n, role);
        store.write(|tx| tx.agree(id, About::HoldRelease, no, &one)).unwrap();
    };
    let end = HoldRelease { at: at(9), by: staff(2), reason: "the case is closed".to_owned() };
    let release = |no| store.write(|tx| tx.release_hold(id, no, &end));
    assert_eq!([hold("a court's order").unwrap(), hold("an audit").unwrap()], [1, 2]);
    assert!(store.read(|tx| tx.is_held(id)).unwrap());
    assert_eq!(erase(), Err(StoreError::Held));
    let by_hand = by_hand(&stage.url, "UPDATE incident SET state = 3").unwrap_err();
    assert!(by_hand.contains("the incident is under a preservation hold"), "{by_hand}");
    // Closing and opening again is no erasing.
    for state in [IncidentState::Closed, IncidentState::Open] {
        store.write(|tx| tx.set_incident_state(id, state)).unwrap();
    }
    agree(1, 1, StaffRole::Legal);
    assert!(matches!(release(1), Err(StoreError::State(_))));
    agree(1, 2, StaffRole::Privacy);
    release(1).unwrap();
    assert!(matches!(release(1), Err(StoreError::State(_))));
    assert_eq!(erase(), Err(StoreError::Held));
    for (n, role) in [(1, StaffRole::Legal), (2, StaffRole::Privacy)] {
        agree(2, n, role);
    }
    release(2).unwrap();
    let holds = store.read(|tx| tx.holds(id)).unwrap();
    assert_eq!(holds.iter().map(|kept| kept.no).collect::<Vec<_>>(), [1, 2]);
    assert!(holds.iter().all(|kept| kept.row.released.as_ref() == Some(&end)));
    assert!(!store.read(|tx| tx.is_held(id)).unwrap());
    erase().unwrap();
    assert!(matches!(hold("too late"), Err(StoreError::State(_))));
}

#[rstest]
fn a_release_cannot_be_taken_back(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = opened(backend);
    let (store, id) = (&stage.store, incident(1).id);
    store.write(|tx| tx.add_hold(id, "a court's order", staff(1), at(1))).unwrap();
    for (n, role) in [(1, StaffRole::Legal), (2, StaffRole::Privacy)] {
        let one = agreement(n, role);
        store.write(|tx| tx.agree(id, About::HoldRelease, 1, &one)).unwrap();
    }
    let end = HoldRelease { at: at(9), by: staff(2), reason: "the case is closed".to_owned() };
    store.write(|tx| tx.release_hold(id, 1, &end)).unwrap();
    for set in [
        "released_at = NULL, released_by = NULL, release_reason = NULL",
        "release_reason = 'another'",
    ] {
        let refused = by_hand(&stage.url, &format!("UPDATE hold SET {set}")).unwrap_err();
        assert!(refused.contains("hold rows are immutable"), "{refused}");
    }
}
