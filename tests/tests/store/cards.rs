//! Cards: in lots, one by one, for one case each.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use rstest::rstest;
use simrecall_core::replacement::card::{State as CardState, moves};
use simrecall_core::replacement::{Event, State};
use simrecall_store::agency::Agency;
use simrecall_store::card::{CardMove, NewCard, Reservation, Reserved};
use simrecall_store::replacement::{Moved, PlaceChange};
use simrecall_store::stock::{Receipt, Transfer};
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::replacement_stage::{
    PRODUCT, agencies, agency, agency_id, applied, bytes, card_id, case, day, go, here, lot,
    new_card, reservation, reserve, stock, token,
};
use crate::stage::{at, by_hand};
use crate::visit::winners;

fn to(store: &Store, card: u32, from: CardState, to: CardState) -> Result<bool, StoreError> {
    let step = CardMove { card: card_id(card), from, to, sealed: None, at: at(9) };
    store.write(|tx| tx.move_card(&step))
}

fn state(store: &Store, card: u32) -> CardState {
    store.read(|tx| tx.card(card_id(card))).unwrap().unwrap().state
}

/// Nothing has drifted.
fn assert_whole(store: &Store) {
    assert_eq!(store.read(|tx| tx.recount_stock(day(-1000))).unwrap(), []);
}

#[rstest]
fn an_agency_is_written_anew_under_its_code(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let anew = Agency { id: agency_id(7), name: "Mapo".to_owned(), desks: 5, ..agency(1) };
    let id = stage.store.write(|tx| tx.put_agency(&anew)).unwrap();
    assert_eq!(id, agency_id(1));
    let kept = Agency { id, ..anew };
    assert_eq!(stage.store.read(|tx| tx.agency_by_code("A1")).unwrap(), Some(kept.clone()));
    assert_eq!(stage.store.read(|tx| tx.agency(id)).unwrap(), Some(kept.clone()));
    assert_eq!(stage.store.read(|tx| tx.agencies()).unwrap(), [kept, agency(2), agency(9)]);
}

#[rstest]
fn a_lot_comes_once_and_what_is_missing_is_lost(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    let coming = lot(1, 1, None);
    let cards: Vec<NewCard> = (1..=10).map(new_card).collect();
    store.write(|tx| tx.add_lot(&coming)).unwrap();
    assert!(store.write(|tx| tx.expect_lot(coming.id, day(4), 10)).unwrap());
    store.write(|tx| tx.add_cards(coming.id, &cards, at(0))).unwrap();
    assert_eq!(store.read(|tx| tx.coming_lots(Some(agency_id(1)))).unwrap()[0].cards, 10);
    assert_eq!(store.read(|tx| tx.stock_count(agency_id(1), PRODUCT)).unwrap(), None);
    assert_whole(store);
    // One was stolen from the lorry, one is not in the box.
    assert!(to(store, 1, CardState::InTransit, CardState::Lost).unwrap());
    let receive = || store.write(|tx| tx.receive_lot(coming.id, &[card_id(2)], 8, at(5))).unwrap();
    assert_eq!([receive(), receive()], [Some(Receipt { came: 8, lost: 1 }), None]);
    let count = store.read(|tx| tx.stock_count(agency_id(1), PRODUCT)).unwrap().unwrap();
    assert_eq!((count.received, count.available, count.lost), (10, 8, 2));
    assert!(!store.write(|tx| tx.expect_lot(coming.id, day(9), 1)).unwrap());
    assert!(store.read(|tx| tx.coming_lots(None)).unwrap().is_empty());
    let late = store.write(|tx| tx.add_cards(coming.id, &[new_card(50)], at(6)));
    assert!(matches!(late, Err(StoreError::State(_))), "{late:?}");
    assert_whole(store);
}

#[rstest]
fn a_batch_with_one_card_that_is_there_comes_not_at_all(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 4);
    store.write(|tx| tx.add_lot(&lot(1, 2, None))).unwrap();
    let same_imsi = NewCard { imsi: new_card(2).imsi, ..new_card(40) };
    for again in [new_card(3), same_imsi] {
        let batch = [new_card(30), again, new_card(31)];
        let refused = store.write(|tx| tx.add_cards(lot(1, 2, None).id, &batch, at(0)));
        assert!(refused.unwrap_err().is_conflict());
    }
    assert!(store.read(|tx| tx.cards_of(&[card_id(30), card_id(31)])).unwrap().is_empty());
    let known = store.read(|tx| tx.cards_by_imsi(&[new_card(2).imsi, bytes(5)])).unwrap();
    assert_eq!(known.iter().map(|card| card.id).collect::<Vec<_>>(), [card_id(2)]);
    assert_whole(store);
}

#[rstest]
fn a_transfer_sends_all_or_none_and_nothing_that_is_promised(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 6);
    assert!(store.write(|tx| tx.hold_places(agency_id(1), PRODUCT, day(1), 2)).unwrap());
    let send = |n: u32, cards: &[u32]| {
        let ids: Vec<_> = cards.iter().copied().map(card_id).collect();
        store.write(|tx| tx.transfer_cards(&lot(n, 2, Some(1)), &ids, at(3))).unwrap()
    };
    assert_eq!(send(1, &[1, 99]), Transfer::NotThere(1));
    assert_eq!(send(2, &[1, 2, 3, 4]), Transfer::Promised(3));
    assert_eq!(send(3, &[1, 2, 2, 3]), Transfer::Sent);
    assert_eq!(send(4, &[1]), Transfer::NotThere(0));
    assert_whole(store);
    let id = lot(3, 2, Some(1)).id;
    let came = store.write(|tx| tx.receive_lot(id, &[], 3, at(9))).unwrap();
    assert_eq!(came, Some(Receipt { came: 3, lost: 0 }));
    let count = |n| store.read(|tx| tx.stock_count(agency_id(n), PRODUCT)).unwrap().unwrap();
    assert_eq!((count(1).moved_out, count(1).available, count(1).held), (3, 2, 2));
    assert_eq!((count(2).moved_in, count(2).available, count(2).received), (3, 3, 0));
    assert_eq!(store.read(|tx| tx.lots_of(agency_id(1))).unwrap().len(), 2);
    let left = store.read(|tx| tx.available_cards(agency_id(1), PRODUCT, 9)).unwrap();
    assert_eq!(left, [card_id(4), card_id(5)]);
    assert_whole(store);
}

#[rstest]
fn every_wrong_card_has_its_own_refusal(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 6);
    for n in 1..=3 {
        applied(store, n);
    }
    assert_eq!(reserve(store, 99, 1, 1), Reserved::Unknown);
    assert_eq!(reserve(store, 1, 2, 1), Reserved::Elsewhere(agency_id(1)));
    let micro = Reservation { product: "micro", ..reservation(1, 1, 1) };
    assert_eq!(store.write(|tx| tx.reserve_card(&micro)).unwrap(), Reserved::OtherProduct);
    assert_eq!(reserve(store, 1, 1, 1), Reserved::Yes);
    assert_eq!(reserve(store, 1, 1, 2), Reserved::OtherCase(Some(at(600))));
    assert_eq!(reserve(store, 2, 1, 1), Reserved::HasAnother(card_id(1)));
    // The same scan again is the same lease, for longer.
    let longer = Reservation { until: Some(at(900)), token: token(2), ..reservation(1, 1, 1) };
    assert_eq!(store.write(|tx| tx.reserve_card(&longer)).unwrap(), Reserved::Again);
    let kept = store.read(|tx| tx.reserved_card(here(), case(1).id)).unwrap().unwrap();
    assert_eq!(kept.lease, Some((token(1), at(900))));
    assert!(to(store, 3, CardState::Available, CardState::Lost).unwrap());
    assert_eq!(reserve(store, 3, 1, 2), Reserved::NotAvailable(CardState::Lost));
    assert!(store.write(|tx| tx.keep_card(card_id(1), here(), case(1).id, at(800))).unwrap());
    assert!(store.write(|tx| tx.keep_card(card_id(1), here(), case(1).id, at(9_000))).unwrap());
    assert!(!store.write(|tx| tx.keep_card(card_id(1), here(), case(2).id, at(9_000))).unwrap());
    assert_eq!(reserve(store, 1, 1, 2), Reserved::OtherCase(None));
    assert!(to(store, 1, CardState::Reserved, CardState::Active).unwrap());
    assert_eq!(reserve(store, 1, 1, 2), Reserved::NotAvailable(CardState::Active));
    assert!(to(store, 1, CardState::Active, CardState::Available).is_err());
    // Two of the five are left, and both are promised.
    assert!(store.write(|tx| tx.hold_places(agency_id(1), PRODUCT, day(1), 3)).unwrap());
    assert_eq!(reserve(store, 4, 1, 3), Reserved::Promised);
    assert!(matches!(
        to(store, 4, CardState::Available, CardState::Lost),
        Err(StoreError::State(_))
    ));
    assert_whole(store);
}

#[rstest]
fn of_eight_workers_one_gets_the_card(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 3);
    for n in 1..=8 {
        applied(store, n);
    }
    let next = AtomicU32::new(1);
    let got = winners(store, |store| {
        reserve(store, 1, 1, next.fetch_add(1, Ordering::Relaxed)) == Reserved::Yes
    });
    assert_eq!(got, 1);
    let (card, owner) = {
        let card = store.read(|tx| tx.card(card_id(1))).unwrap().unwrap();
        (card.id, card.case.unwrap())
    };
    // Its lease runs out at 600, and one of eight takes it back.
    assert!(store.read(|tx| tx.expired_cards(at(599), 9)).unwrap().is_empty());
    assert_eq!(store.read(|tx| tx.expired_cards(at(600), 9)).unwrap().len(), 1);
    assert_eq!(store.write(|tx| tx.release_expired(card, at(599))).unwrap(), None);
    let back = winners(store, |store| {
        store.write(|tx| tx.release_expired(card, at(600))).unwrap() == Some(owner)
    });
    assert_eq!((back, state(store, 1)), (1, CardState::Available));
    // A lease that ran out is made permanent by nobody.
    assert_eq!(reserve(store, 1, 1, 2), Reserved::Yes);
    assert!(!store.write(|tx| tx.keep_card(card, here(), case(2).id, at(600))).unwrap());
    assert_whole(store);
}

#[rstest]
fn a_key_is_written_once_and_its_card_is_nobodys_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 3);
    applied(store, 1);
    let mark = || store.write(|tx| tx.mark_keyed(card_id(1), at(2))).unwrap();
    assert!(!mark());
    assert_eq!(reserve(store, 1, 1, 1), Reserved::Yes);
    assert_eq!([mark(), mark()], [true, false]);
    let owner = (here(), case(1).id);
    let back = |to| store.write(|tx| tx.release_card(card_id(1), owner, to, at(3)));
    back(CardState::Available).unwrap_err();
    back(CardState::Defective).unwrap_err();
    assert!(back(CardState::Quarantined).unwrap());
    assert!(!back(CardState::Quarantined).unwrap());
    to(store, 1, CardState::Quarantined, CardState::Available).unwrap_err();
    let by = "UPDATE card SET keyed = (1 = 0)";
    assert!(by_hand(&stage.url, by).unwrap_err().contains("card rows are immutable"));
    assert!(to(store, 1, CardState::Quarantined, CardState::Defective).unwrap());
    assert_eq!(go(store, 1, Event::Cancel, State::Cancelled, &PlaceChange::Keep), Moved::Done);
    assert_whole(store);
}

#[rstest]
fn the_database_lets_a_card_go_where_its_machine_does(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    stock(&stage.store, 1, 1, 2);
    applied(&stage.store, 1);
    let path = |to: CardState| match to {
        CardState::InTransit => vec![CardState::InTransit],
        CardState::Available => vec![],
        CardState::Reserved => vec![CardState::Reserved],
        CardState::Active => vec![CardState::Reserved, CardState::Active],
        CardState::Retired => vec![CardState::Reserved, CardState::Active, CardState::Retired],
        CardState::Quarantined => vec![CardState::Reserved, CardState::Quarantined],
        CardState::Defective => {
            vec![CardState::Reserved, CardState::Quarantined, CardState::Defective]
        }
        CardState::Lost => vec![CardState::Lost],
    };
    // The two columns a case has follow the state, so that only the machine can refuse.
    let step = |to: CardState| {
        let owner =
            if matches!(to, CardState::InTransit | CardState::Available) { "NULL" } else { "lot" };
        format!("UPDATE card SET state = {}, incident = {owner}, case_id = {owner};", to.code())
    };
    for from in CardState::ALL {
        let there: String = path(from).into_iter().map(step).collect();
        for to in CardState::ALL {
            let tried = by_hand(&stage.url, &format!("BEGIN; {there} {} ROLLBACK;", step(to)));
            let allowed = from == to || moves(from).iter().any(|(_, target)| *target == to);
            assert_eq!(tried.is_ok(), allowed, "{from:?} to {to:?}: {tried:?}");
        }
    }
}

#[rstest]
fn a_planted_drift_is_found(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 6);
    let next = AtomicU8::new(0);
    let drift = |change: &str| {
        by_hand(&stage.url, change).unwrap();
        let found = store.read(|tx| tx.recount_stock(day(0))).unwrap();
        next.fetch_add(1, Ordering::Relaxed);
        found.into_iter().map(|one| (one.counter, one.kept, one.counted)).collect::<Vec<_>>()
    };
    assert_eq!(
        drift("UPDATE stock_count SET available = available - 1, lost = lost + 1"),
        [("available", 4, 5), ("lost", 1, 0)]
    );
    assert_eq!(
        drift("UPDATE stock_count SET available = 6, lost = 0, received = 6"),
        [("available", 6, 5), ("received", 6, 5)]
    );
    assert_eq!(
        drift("UPDATE stock_count SET available = 5, received = 5, held = 2"),
        [("held", 2, 0)]
    );
    assert_eq!(drift("UPDATE stock_count SET held = 0"), []);
    assert!(store.write(|tx| tx.hold_places(agency_id(1), PRODUCT, day(1), 2)).unwrap());
    assert_eq!(drift("UPDATE agency_day SET booked = 1"), [("booked", 1, 0)]);
    for wrong in [
        "UPDATE agency_day SET booked = 3",
        "UPDATE stock_count SET held = 6",
        "UPDATE stock_count SET available = available - 1",
        "UPDATE stock_count SET available = -1, lost = 6",
    ] {
        by_hand(&stage.url, wrong).expect_err(wrong);
    }
}
