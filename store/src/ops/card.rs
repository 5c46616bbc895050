//! Queries on single cards.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use simrecall_core::id::{AgencyId, CardId, CaseId, IncidentId, LotId};
use simrecall_core::replacement::card::{State as CardState, moves};

use super::Conn;
use super::booking::{give_place_back, use_place};
use super::stock::{Delta, IDS, count_of, lock_stock, lot, shift};
use crate::card::{Card, CardMove, NewCard, Reservation, Reserved};
use crate::error::StoreError;
use crate::lease::LeaseToken;
use crate::schema::{card, lot};
use crate::stock::LotState;
use crate::types::{At, Id};

/// All columns but the record.
#[derive(Queryable, Selectable)]
#[diesel(table_name = card)]
struct CardRow {
    id: Id,
    imsi_ix: Id,
    product: String,
    lot: Id,
    agency: Id,
    state: i16,
    keyed: bool,
    incident: Option<Id>,
    case_id: Option<Id>,
    lease_token: Option<Id>,
    lease_until: Option<At>,
    changed_at: At,
}

#[derive(Insertable)]
#[diesel(table_name = card)]
struct NewRow<'a> {
    id: Id,
    imsi_ix: Id,
    product: &'a str,
    lot: Id,
    agency: Id,
    state: i16,
    keyed: bool,
    sealed: &'a [u8],
    changed_at: At,
}

pub(crate) fn add_cards(
    conn: &mut Conn,
    of: LotId,
    cards: &[NewCard],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let known = lot(conn, of)?.ok_or(StoreError::NotFound("lot"))?;
    let coming = lot::table.find(Id::from(of)).filter(lot::state.eq(LotState::InTransit.code()));
    let grown = diesel::update(coming).set(lot::cards.eq(lot::cards + count_of(cards.len())?));
    if grown.execute(conn)? == 0 {
        return Err(StoreError::State("the lot is not on its way"));
    }
    for some in cards.chunks(IDS) {
        let row = |new: &'_ NewCard| NewRow {
            id: new.id.into(),
            imsi_ix: Id(new.imsi),
            product: known.product.as_str(),
            lot: of.into(),
            agency: known.agency.into(),
            state: CardState::InTransit.code(),
            keyed: false,
            sealed: &[],
            changed_at: at.into(),
        };
        let rows: Vec<NewRow<'_>> =
            some.iter().map(|new| NewRow { sealed: &new.sealed, ..row(new) }).collect();
        diesel::insert_into(card::table).values(rows).execute(conn)?;
    }
    Ok(())
}

pub(crate) fn card(conn: &mut Conn, id: CardId) -> Result<Option<Card>, StoreError> {
    let row: Option<CardRow> =
        card::table.find(Id::from(id)).select(CardRow::as_select()).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn cards_of(conn: &mut Conn, ids: &[CardId]) -> Result<Vec<Card>, StoreError> {
    let mut found = Vec::new();
    for some in ids.chunks(IDS) {
        let these: Vec<Id> = some.iter().copied().map(Id::from).collect();
        let rows: Vec<CardRow> =
            card::table.filter(card::id.eq_any(these)).select(CardRow::as_select()).load(conn)?;
        for row in rows {
            found.push(read(row)?);
        }
    }
    found.sort_unstable_by_key(|card| card.id);
    Ok(found)
}

pub(crate) fn cards_by_imsi(conn: &mut Conn, imsis: &[[u8; 16]]) -> Result<Vec<Card>, StoreError> {
    let mut found = Vec::new();
    for some in imsis.chunks(IDS) {
        let these: Vec<Id> = some.iter().copied().map(Id).collect();
        let rows: Vec<CardRow> = card::table
            .filter(card::imsi_ix.eq_any(these))
            .select(CardRow::as_select())
            .load(conn)?;
        for row in rows {
            found.push(read(row)?);
        }
    }
    found.sort_unstable_by_key(|card| card.id);
    Ok(found)
}

pub(crate) fn sealed_card(conn: &mut Conn, id: CardId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(card::table.find(Id::from(id)).select(card::sealed).first(conn).optional()?)
}

pub(crate) fn reserved_card(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
) -> Result<Option<Card>, StoreError> {
    let row: Option<CardRow> = card::table
        .filter(card::incident.eq(Some(Id::from(incident))))
        .filter(card::case_id.eq(Some(Id::from(case))))
        .filter(card::state.eq(CardState::Reserved.code()))
        .select(CardRow::as_select())
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

fn read(row: CardRow) -> Result<Card, StoreError> {
    let case = row.incident.zip(row.case_id);
    let lease = row.lease_token.zip(row.lease_until);
    Ok(Card {
        id: row.id.into(),
        imsi: row.imsi_ix.0,
        product: row.product,
        lot: row.lot.into(),
        agency: row.agency.into(),
        state: CardState::from_code(row.state).ok_or(StoreError::Damaged("card"))?,
        keyed: row.keyed,
        case: case.map(|(incident, case)| (incident.into(), case.into())),
        lease: lease.map(|(token, until)| (LeaseToken(token.0), until.into())),
        changed_at: row.changed_at.into(),
    })
}

pub(crate) fn reserve_card(
    conn: &mut Conn,
    asked: &Reservation<'_>,
) -> Result<Reserved, StoreError> {
    let count = lock_stock(conn, asked.agency, asked.product)?;
    let Some(found) = card(conn, asked.card)? else {
        return Ok(Reserved::Unknown);
    };
    if let Some(refused) = refusal(asked, &found) {
        return Ok(refused);
    }
    if found.state == CardState::Reserved {
        return extend(conn, asked, &found);
    }
    if let Some(other) = reserved_card(conn, asked.incident, asked.case)? {
        return Ok(Reserved::HasAnother(other.id));
    }
    let count = count.ok_or(StoreError::NotFound("count of that product there"))?;
    let mut delta = Delta::moving(CardState::Available, CardState::Reserved, 1);
    let case = (asked.incident, asked.case);
    if use_place(conn, case, asked.agency, asked.product)? {
        delta.held = -1;
    } else if count.unheld() < 1 {
        return Ok(Reserved::Promised);
    }
    let there = card::table
        .find(Id::from(asked.card))
        .filter(card::state.eq(CardState::Available.code()))
        .filter(card::agency.eq(Id::from(asked.agency)));
    let taken = diesel::update(there).set((
        card::state.eq(CardState::Reserved.code()),
        card::incident.eq(Some(Id::from(asked.incident))),
        card::case_id.eq(Some(Id::from(asked.case))),
        card::lease_token.eq(asked.until.map(|_| Id(asked.token.0))),
        card::lease_until.eq(asked.until.map(At::from)),
        card::changed_at.eq(At::from(asked.now)),
    ));
    if taken.execute(conn)? == 0 {
        // Whoever moves a card has its count's lock, and we have it.
        return Err(StoreError::Busy);
    }
    shift(conn, asked.agency, asked.product, delta)?;
    Ok(Reserved::Yes)
}

/// Why this card cannot be the case's, whatever is promised.
fn refusal(asked: &Reservation<'_>, found: &Card) -> Option<Reserved> {
    if found.agency != asked.agency {
        return Some(Reserved::Elsewhere(found.agency));
    }
    if found.product != asked.product {
        return Some(Reserved::OtherProduct);
    }
    match found.state {
        CardState::Available => None,
        CardState::Reserved if found.case == Some((asked.incident, asked.case)) => None,
        CardState::Reserved => Some(Reserved::OtherCase(found.lease.map(|(_, until)| until))),
        CardState::InTransit
        | CardState::Active
        | CardState::Retired
        | CardState::Quarantined
        | CardState::Defective
        | CardState::Lost => Some(Reserved::NotAvailable(found.state)),
    }
}

fn extend(conn: &mut Conn, asked: &Reservation<'_>, found: &Card) -> Result<Reserved, StoreError> {
    if let (Some((_, until)), Some(asked_until)) = (found.lease, asked.until) {
        diesel::update(card::table.find(Id::from(found.id)))
            .set(card::lease_until.eq(Some(At::from(until.max(asked_until)))))
            .execute(conn)?;
    }
    Ok(Reserved::Again)
}

pub(crate) fn keep_card(
    conn: &mut Conn,
    id: CardId,
    incident: IncidentId,
    case: CaseId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let theirs = card::table
        .find(Id::from(id))
        .filter(card::state.eq(CardState::Reserved.code()))
        .filter(card::incident.eq(Some(Id::from(incident))))
        .filter(card::case_id.eq(Some(Id::from(case))))
        .filter(
            card::lease_until
                .is_null()
                .or(card::lease_until.gt(Some(At::from(now))).assume_not_null()),
        );
    let kept = diesel::update(theirs)
        .set((card::lease_token.eq(None::<Id>), card::lease_until.eq(None::<At>)));
    Ok(kept.execute(conn)? == 1)
}

pub(crate) fn release_card(
    conn: &mut Conn,
    id: CardId,
    case: (IncidentId, CaseId),
    to: CardState,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    match to {
        CardState::Available | CardState::Quarantined | CardState::Lost => {}
        CardState::InTransit
        | CardState::Reserved
        | CardState::Active
        | CardState::Retired
        | CardState::Defective => {
            return Err(StoreError::State("a card is not given back to there"));
        }
    }
    let Some(found) = locked(conn, id)? else {
        return Ok(false);
    };
    if found.state != CardState::Reserved || found.case != Some(case) {
        return Ok(false);
    }
    give_back(conn, &found, case, to, at)?;
    Ok(true)
}

pub(crate) fn release_expired(
    conn: &mut Conn,
    id: CardId,
    now: DateTime<Utc>,
) -> Result<Option<(IncidentId, CaseId)>, StoreError> {
    let Some(found) = locked(conn, id)? else {
        return Ok(None);
    };
    let is_over = found.lease.is_some_and(|(_, until)| until <= now);
    let Some(case) = found.case.filter(|_| is_over) else {
        return Ok(None);
    };
    give_back(conn, &found, case, CardState::Available, now)?;
    Ok(Some(case))
}

/// A card, with its count locked, so that it stays as it was read.
fn locked(conn: &mut Conn, id: CardId) -> Result<Option<Card>, StoreError> {
    let Some(seen) = card(conn, id)? else {
        return Ok(None);
    };
    lock_stock(conn, seen.agency, &seen.product)?;
    let now = card(conn, id)?;
    // It went to another agency meanwhile: the lock is on the wrong count.
    if now.as_ref().is_some_and(|now| now.agency != seen.agency) {
        return Err(StoreError::Busy);
    }
    Ok(now)
}

/// Takes a reserved card back, whose count is locked.
fn give_back(
    conn: &mut Conn,
    found: &Card,
    case: (IncidentId, CaseId),
    to: CardState,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if found.keyed && to == CardState::Available {
        return Err(StoreError::State("a key of the card was written: it is not given to anybody"));
    }
    put(conn, found, to, None, at)?;
    let delta = Delta::moving(CardState::Reserved, to, 1);
    shift(conn, found.agency, &found.product, delta)?;
    give_place_back(conn, case, found.agency, &found.product)
}

pub(crate) fn expired_cards(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Card>, StoreError> {
    let rows: Vec<CardRow> = card::table
        .filter(card::lease_until.le(Some(At::from(now))).assume_not_null())
        .order((card::lease_until, card::id))
        .limit(limit)
        .select(CardRow::as_select())
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn move_card(conn: &mut Conn, step: &CardMove<'_>) -> Result<bool, StoreError> {
    if step.to == CardState::Reserved
        || step.to == CardState::InTransit
        || (step.from == CardState::Reserved && step.to != CardState::Active)
        || !moves(step.from).iter().any(|(_, to)| *to == step.to)
    {
        return Err(StoreError::State("a card does not go there that way"));
    }
    let Some(found) = locked(conn, step.card)?.filter(|card| card.state == step.from) else {
        return Ok(false);
    };
    if found.keyed && step.to == CardState::Available {
        return Err(StoreError::State("a key of the card was written: it is not given to anybody"));
    }
    let mut delta = Delta::moving(step.from, step.to, 1);
    if step.from == CardState::InTransit {
        let came = lot(conn, found.lot)?.ok_or(StoreError::NotFound("lot"))?;
        delta = delta.came(came.kind, 1);
        super::stock::lock_or_make(conn, found.agency, &found.product)?;
    }
    if step.from == CardState::Available && promised(conn, found.agency, &found.product)? {
        return Err(StoreError::State("all cards that are available there are promised"));
    }
    put(conn, &found, step.to, step.sealed, step.at)?;
    shift(conn, found.agency, &found.product, delta)?;
    Ok(true)
}

/// Whether one card less would break a promise.
fn promised(conn: &mut Conn, agency: AgencyId, product: &str) -> Result<bool, StoreError> {
    Ok(lock_stock(conn, agency, product)?.is_none_or(|count| count.unheld() < 1))
}

#[expect(clippy::option_option, reason = "none leaves a column as it is, some of none empties it")]
#[derive(AsChangeset)]
#[diesel(table_name = card)]
struct Put<'a> {
    state: i16,
    changed_at: At,
    incident: Option<Option<Id>>,
    case_id: Option<Option<Id>>,
    lease_token: Option<Option<Id>>,
    lease_until: Option<Option<At>>,
    sealed: Option<&'a [u8]>,
}

/// Writes where a card is; whose it became stays with it, unless it is anybody's again.
fn put(
    conn: &mut Conn,
    found: &Card,
    to: CardState,
    sealed: Option<&[u8]>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let nobody = (to == CardState::Available).then_some(None);
    let row = Put {
        state: to.code(),
        changed_at: at.into(),
        incident: nobody,
        case_id: nobody,
        lease_token: Some(None),
        lease_until: Some(None),
        sealed,
    };
    let there = card::table.find(Id::from(found.id)).filter(card::state.eq(found.state.code()));
    match diesel::update(there).set(row).execute(conn)? {
        1 => Ok(()),
        // Whoever moves a card has its count's lock, and we have it.
        _ => Err(StoreError::Busy),
    }
}

pub(crate) fn mark_keyed(
    conn: &mut Conn,
    id: CardId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let fresh = card::table
        .find(Id::from(id))
        .filter(card::state.eq(CardState::Reserved.code()))
        .filter(card::keyed.eq(false));
    let marked =
        diesel::update(fresh).set((card::keyed.eq(true), card::changed_at.eq(At::from(at))));
    Ok(marked.execute(conn)? == 1)
}

pub(crate) fn count_cards_in(
    conn: &mut Conn,
    agency: AgencyId,
    state: CardState,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(card::table
        .filter(card::agency.eq(Id::from(agency)))
        .filter(card::state.eq(state.code()))
        .filter(card::changed_at.ge(At::from(from)))
        .filter(card::changed_at.lt(At::from(until)))
        .group_by(card::product)
        .select((card::product, count_star()))
        .order(card::product)
        .load(conn)?)
}
