//! Agencies, cards and cases for the tests of replacements.

use chrono::{NaiveDate, TimeDelta};
use simrecall_core::id::{
    AgencyId, CardId, CaseId, IncidentId, LineId, LotId, StaffId, SubscriberId, SwapId,
};
use simrecall_core::replacement::{Event, State};
use simrecall_store::agency::{Agency, AgencyKind};
use simrecall_store::card::{NewCard, Reservation, Reserved};
use simrecall_store::lease::LeaseToken;
use simrecall_store::replacement::{CaseMove, Moved, Place, PlaceChange, ReplacementCase};
use simrecall_store::stock::{Lot, LotKind, LotState};
use simrecall_store::swap::{NewSwap, Opened};
use simrecall_store::{Store, StoreError, Tx};
use simrecall_tests::Backend;

use crate::stage::{Stage, at, incident, stage};

pub(crate) const PRODUCT: &str = "nano";

pub(crate) fn bytes(n: u32) -> [u8; 16] {
    let mut all = [7; 16];
    all[..4].copy_from_slice(&n.to_be_bytes());
    all
}

pub(crate) fn agency_id(n: u8) -> AgencyId {
    AgencyId::from_bytes([n; 16])
}

pub(crate) fn agency(n: u8) -> Agency {
    Agency {
        id: agency_id(n),
        code: format!("A{n}"),
        name: "Jongno".to_owned(),
        kind: if n == 9 { AgencyKind::Warehouse } else { AgencyKind::Shop },
        region: "seoul".to_owned(),
        address: "Jongno 1".to_owned(),
        desks: 2,
        opens_minute: 9 * 60,
        closes_minute: 18 * 60,
        weekdays: 0b11_1111,
        closed_at: None,
    }
}

pub(crate) fn lot(n: u32, to: u8, from: Option<u8>) -> Lot {
    Lot {
        id: LotId::from_bytes(bytes(n)),
        agency: agency_id(to),
        product: PRODUCT.to_owned(),
        supplier_ref: format!("PO-{n}"),
        kind: if from.is_some() { LotKind::Transfer } else { LotKind::Supplied },
        from_agency: from.map(agency_id),
        expected_on: day(3),
        count_expected: 0,
        cards: 0,
        state: LotState::InTransit,
        counted: None,
        at: at(0),
        received_at: None,
    }
}

pub(crate) fn card_id(n: u32) -> CardId {
    CardId::from_bytes(bytes(n))
}

pub(crate) fn new_card(n: u32) -> NewCard {
    NewCard { id: card_id(n), imsi: bytes(n + 1_000_000), sealed: vec![1] }
}

pub(crate) fn day(n: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 9, 1).unwrap() + TimeDelta::days(n)
}

pub(crate) fn staff(n: u8) -> StaffId {
    StaffId::from_bytes([n; 16])
}

pub(crate) fn token(n: u8) -> LeaseToken {
    LeaseToken([n; 16])
}

pub(crate) fn case(n: u32) -> ReplacementCase {
    let id = incident(1).id;
    let (line, person) = (LineId::from_bytes(bytes(n)), SubscriberId::from_bytes(bytes(n)));
    ReplacementCase::applied(id, line, CaseId::from_bytes(bytes(n)), person, at(n.into()))
}

/// An open incident, agencies 1 and 2, and the warehouse 9.
pub(crate) fn agencies(backend: Backend) -> Stage {
    let stage = stage(backend);
    let put = stage.store.write(|tx| {
        tx.open_incident(&incident(1), at(0))?;
        for n in [1, 2, 9] {
            tx.put_agency(&agency(n))?;
        }
        Ok(())
    });
    put.unwrap();
    stage
}

/// Cards `from` to `to` come to an agency as one lot, and are counted.
pub(crate) fn stock(store: &Store, agency: u8, from: u32, to: u32) {
    let lot = lot(from + 500_000, agency, None);
    let cards: Vec<NewCard> = (from..to).map(new_card).collect();
    let came = store.write(|tx| {
        tx.add_lot(&lot)?;
        tx.add_cards(lot.id, &cards, at(0))?;
        tx.receive_lot(lot.id, &[], i64::from(to - from), at(1))
    });
    assert_eq!(came.unwrap().unwrap().came, i64::from(to - from));
}

/// A case that was applied for; with that number, as it is now.
pub(crate) fn applied(store: &Store, n: u32) -> ReplacementCase {
    assert!(store.write(|tx| tx.apply_for_replacement(&case(n))).unwrap());
    now(store, n)
}

pub(crate) fn now(store: &Store, n: u32) -> ReplacementCase {
    store.read(|tx| tx.replacement(incident(1).id, case(n).id)).unwrap().unwrap()
}

pub(crate) fn place(agency: u8, on: i64, hour: i16) -> PlaceChange {
    let (agency, product) = (agency_id(agency), PRODUCT.to_owned());
    PlaceChange::Book(Place { agency, product, day: day(on), hour })
}

/// Moves a case inside a transaction, whatever core says about it.
pub(crate) fn go_in(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    event: Event,
    to: State,
    place: PlaceChange,
) -> Result<Moved, StoreError> {
    let (by, agency) = (Some(staff(1)), case.agency);
    tx.move_case(&CaseMove { case, event, to, place, by, agency, at: at(100) })
}

pub(crate) fn go(store: &Store, n: u32, event: Event, to: State, place: &PlaceChange) -> Moved {
    let case = now(store, n);
    store.write(|tx| go_in(tx, &case, event, to, place.clone())).unwrap()
}

pub(crate) fn reservation(card: u32, agency: u8, case: u32) -> Reservation<'static> {
    Reservation {
        card: card_id(card),
        agency: agency_id(agency),
        product: PRODUCT,
        incident: incident(1).id,
        case: self::case(case).id,
        token: token(1),
        until: Some(at(600)),
        now: at(0),
    }
}

pub(crate) fn reserve(store: &Store, card: u32, agency: u8, case: u32) -> Reserved {
    store.write(|tx| tx.reserve_card(&reservation(card, agency, case))).unwrap()
}

pub(crate) fn new_swap(n: u8, number: u8, card: u32, case: u32) -> NewSwap {
    NewSwap {
        id: SwapId::from_bytes([n; 16]),
        incident: incident(1).id,
        case: self::case(case).id,
        number: [number; 16],
        card: card_id(card),
        sealed: vec![1],
        planned: false,
        at: at(0),
        lease: None,
    }
}

/// Case 1 with card 1, and swap 1 of number 1, in state swapping.
pub(crate) fn swapping(backend: Backend) -> Stage {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 5);
    applied(store, 1);
    assert_eq!(reserve(store, 1, 1, 1), Reserved::Yes);
    assert_eq!(go(store, 1, Event::Start, State::Swapping, &PlaceChange::Keep), Moved::Done);
    let opened = store.write(|tx| tx.open_swap(&new_swap(1, 1, 1, 1))).unwrap();
    assert_eq!(opened, Opened::Yes);
    stage
}

/// The incident of all of these.
pub(crate) fn here() -> IncidentId {
    incident(1).id
}
