//! Queries on lots and counts.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use simrecall_core::id::{AgencyId, CardId, LotId};
use simrecall_core::replacement::card::State as CardState;

use super::Conn;
use crate::error::StoreError;
use crate::schema::{card, lot, stock_count};
use crate::stock::{Lot, LotKind, LotState, Receipt, StockCount, Transfer};
use crate::types::{At, Id, day_code, day_of};

/// Ids bound to one statement.
pub(super) const IDS: usize = 1_000;
const DAMAGED: StoreError = StoreError::Damaged("lot");

#[derive(Insertable, Queryable)]
#[diesel(table_name = lot, treat_none_as_default_value = false)]
struct LotRow {
    id: Id,
    agency: Id,
    product: String,
    supplier_ref: String,
    kind: i16,
    from_agency: Option<Id>,
    expected_on: i32,
    count_expected: i64,
    cards: i64,
    state: i16,
    counted: Option<i64>,
    at: At,
    received_at: Option<At>,
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = stock_count)]
struct CountRow {
    agency: Id,
    product: String,
    received: i64,
    moved_in: i64,
    available: i64,
    reserved: i64,
    active: i64,
    retired: i64,
    quarantined: i64,
    defective: i64,
    lost: i64,
    moved_out: i64,
    held: i64,
}

/// What changes in a count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Delta {
    pub(super) received: i64,
    pub(super) moved_in: i64,
    available: i64,
    reserved: i64,
    active: i64,
    retired: i64,
    quarantined: i64,
    defective: i64,
    lost: i64,
    moved_out: i64,
    pub(super) held: i64,
}

impl Delta {
    /// So many cards went from one state to another.
    pub(super) fn moving(from: CardState, to: CardState, cards: i64) -> Self {
        let mut delta = Self::default();
        delta.add(from, -cards);
        delta.add(to, cards);
        delta
    }

    fn add(&mut self, state: CardState, cards: i64) {
        match state {
            // On its way it is counted nowhere; its lot is.
            CardState::InTransit => {}
            CardState::Available => self.available += cards,
            CardState::Reserved => self.reserved += cards,
            CardState::Active => self.active += cards,
            CardState::Retired => self.retired += cards,
            CardState::Quarantined => self.quarantined += cards,
            CardState::Defective => self.defective += cards,
            CardState::Lost => self.lost += cards,
        }
    }

    /// So many came, in a lot of that kind.
    pub(super) fn came(mut self, kind: LotKind, cards: i64) -> Self {
        match kind {
            LotKind::Supplied => self.received += cards,
            LotKind::Transfer => self.moved_in += cards,
        }
        self
    }
}

pub(crate) fn add_lot(conn: &mut Conn, new: &Lot) -> Result<(), StoreError> {
    put_lot(conn, new, 0)
}

fn put_lot(conn: &mut Conn, new: &Lot, cards: i64) -> Result<(), StoreError> {
    let row = LotRow {
        id: new.id.into(),
        agency: new.agency.into(),
        product: new.product.clone(),
        supplier_ref: new.supplier_ref.clone(),
        kind: new.kind.code(),
        from_agency: new.from_agency.map(Id::from),
        expected_on: day_code(new.expected_on),
        count_expected: new.count_expected,
        cards,
        state: LotState::InTransit.code(),
        counted: None,
        at: new.at.into(),
        received_at: None,
    };
    diesel::insert_into(lot::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn expect_lot(
    conn: &mut Conn,
    id: LotId,
    expected_on: NaiveDate,
    count_expected: i64,
) -> Result<bool, StoreError> {
    let coming = lot::table.find(Id::from(id)).filter(lot::state.eq(LotState::InTransit.code()));
    let changed = diesel::update(coming)
        .set((lot::expected_on.eq(day_code(expected_on)), lot::count_expected.eq(count_expected)));
    Ok(changed.execute(conn)? == 1)
}

pub(crate) fn lot(conn: &mut Conn, id: LotId) -> Result<Option<Lot>, StoreError> {
    let row: Option<LotRow> = lot::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read_lot).transpose()
}

pub(crate) fn coming_lots(
    conn: &mut Conn,
    agency: Option<AgencyId>,
) -> Result<Vec<Lot>, StoreError> {
    let coming = lot::table.filter(lot::state.eq(LotState::InTransit.code())).order((
        lot::expected_on,
        lot::at,
        lot::id,
    ));
    let rows: Vec<LotRow> = match agency {
        Some(agency) => coming.filter(lot::agency.eq(Id::from(agency))).load(conn)?,
        None => coming.load(conn)?,
    };
    rows.into_iter().map(read_lot).collect()
}

pub(crate) fn lots_of(conn: &mut Conn, agency: AgencyId) -> Result<Vec<Lot>, StoreError> {
    let agency = Id::from(agency);
    let rows: Vec<LotRow> = lot::table
        .filter(lot::agency.eq(agency).or(lot::from_agency.eq(Some(agency)).assume_not_null()))
        .order((lot::at, lot::id))
        .load(conn)?;
    rows.into_iter().map(read_lot).collect()
}

fn read_lot(row: LotRow) -> Result<Lot, StoreError> {
    Ok(Lot {
        id: row.id.into(),
        agency: row.agency.into(),
        product: row.product,
        supplier_ref: row.supplier_ref,
        kind: LotKind::from_code(row.kind).ok_or(DAMAGED)?,
        from_agency: row.from_agency.map(Into::into),
        expected_on: day_of(row.expected_on),
        count_expected: row.count_expected,
        cards: row.cards,
        state: LotState::from_code(row.state).ok_or(DAMAGED)?,
        counted: row.counted,
        at: row.at.into(),
        received_at: row.received_at.map(Into::into),
    })
}

pub(crate) fn receive_lot(
    conn: &mut Conn,
    id: LotId,
    missing: &[CardId],
    counted: i64,
    at: DateTime<Utc>,
) -> Result<Option<Receipt>, StoreError> {
    let Some(known) = lot(conn, id)? else {
        return Ok(None);
    };
    lock_or_make(conn, known.agency, &known.product)?;
    let coming = lot::table.find(Id::from(id)).filter(lot::state.eq(LotState::InTransit.code()));
    let received = diesel::update(coming).set((
        lot::state.eq(LotState::Received.code()),
        lot::counted.eq(Some(counted)),
        lot::received_at.eq(Some(At::from(at))),
    ));
    if received.execute(conn)? == 0 {
        return Ok(None);
    }
    let mut lost = 0;
    for some in missing.chunks(IDS) {
        let these: Vec<Id> = some.iter().copied().map(Id::from).collect();
        lost += land(conn, id, Some(these), CardState::Lost, at)?;
    }
    let came = land(conn, id, None, CardState::Available, at)?;
    let mut delta = Delta::moving(CardState::InTransit, CardState::Available, came);
    delta.add(CardState::Lost, lost);
    shift(conn, known.agency, &known.product, delta.came(known.kind, came + lost))?;
    Ok(Some(Receipt { came, lost }))
}

/// Moves cards of a lot that are on their way: these, or all.
fn land(
    conn: &mut Conn,
    id: LotId,
    these: Option<Vec<Id>>,
    to: CardState,
    at: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let coming = card::table
        .filter(card::lot.eq(Id::from(id)))
        .filter(card::state.eq(CardState::InTransit.code()));
    let set = (card::state.eq(to.code()), card::changed_at.eq(At::from(at)));
    let moved = match these {
        Some(these) => {
            diesel::update(coming.filter(card::id.eq_any(these))).set(set).execute(conn)?
        }
        None => diesel::update(coming).set(set).execute(conn)?,
    };
    count_of(moved)
}

/// A number of rows as a counter counts them.
pub(super) fn count_of(rows: usize) -> Result<i64, StoreError> {
    i64::try_from(rows).map_err(|_| StoreError::State("more rows than can be counted"))
}

pub(crate) fn transfer_cards(
    conn: &mut Conn,
    new: &Lot,
    cards: &[CardId],
    at: DateTime<Utc>,
) -> Result<Transfer, StoreError> {
    let giver = new.from_agency.ok_or(StoreError::State("a transfer comes from an agency"))?;
    let mut ids: Vec<Id> = cards.iter().copied().map(Id::from).collect();
    ids.sort_unstable();
    ids.dedup();
    let Some(count) = lock_stock(conn, giver, &new.product)? else {
        return Ok(Transfer::NotThere(0));
    };
    let theirs = card::table
        .filter(card::agency.eq(Id::from(giver)))
        .filter(card::product.eq(&new.product))
        .filter(card::state.eq(CardState::Available.code()));
    let mut there = 0;
    for some in ids.chunks(IDS) {
        let found: i64 = theirs.filter(card::id.eq_any(some)).count().get_result(conn)?;
        there += found;
    }
    let asked = count_of(ids.len())?;
    if there < asked {
        return Ok(Transfer::NotThere(there));
    }
    if count.unheld() < asked {
        return Ok(Transfer::Promised(count.unheld()));
    }
    put_lot(conn, &Lot { count_expected: asked, ..new.clone() }, asked)?;
    for some in ids.chunks(IDS) {
        diesel::update(card::table.filter(card::id.eq_any(some)))
            .set((
                card::agency.eq(Id::from(new.agency)),
                card::lot.eq(Id::from(new.id)),
                card::state.eq(CardState::InTransit.code()),
                card::changed_at.eq(At::from(at)),
            ))
            .execute(conn)?;
    }
    let mut delta = Delta::moving(CardState::Available, CardState::InTransit, asked);
    delta.moved_out = asked;
    shift(conn, giver, &new.product, delta)?;
    Ok(Transfer::Sent)
}

pub(crate) fn available_cards(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    limit: i64,
) -> Result<Vec<CardId>, StoreError> {
    let ids: Vec<Id> = card::table
        .filter(card::agency.eq(Id::from(agency)))
        .filter(card::product.eq(product))
        .filter(card::state.eq(CardState::Available.code()))
        .order(card::id)
        .limit(limit)
        .select(card::id)
        .load(conn)?;
    Ok(ids.into_iter().map(CardId::from).collect())
}

pub(crate) fn stock_count(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
) -> Result<Option<StockCount>, StoreError> {
    let row: Option<CountRow> =
        stock_count::table.find((Id::from(agency), product)).first(conn).optional()?;
    Ok(row.map(read_count))
}

pub(crate) fn stock_counts(conn: &mut Conn) -> Result<Vec<StockCount>, StoreError> {
    let rows: Vec<CountRow> =
        stock_count::table.order((stock_count::agency, stock_count::product)).load(conn)?;
    Ok(rows.into_iter().map(read_count).collect())
}

fn read_count(row: CountRow) -> StockCount {
    StockCount {
        agency: row.agency.into(),
        product: row.product,
        received: row.received,
        moved_in: row.moved_in,
        available: row.available,
        reserved: row.reserved,
        active: row.active,
        retired: row.retired,
        quarantined: row.quarantined,
        defective: row.defective,
        lost: row.lost,
        moved_out: row.moved_out,
        held: row.held,
    }
}

pub(crate) fn lock_stock(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
) -> Result<Option<StockCount>, StoreError> {
    let there = stock_count::table.find((Id::from(agency), product));
    let row: Option<CountRow> = hold!(there).get_result(conn).optional()?;
    Ok(row.map(read_count))
}

/// The same where the first card of that product comes to an agency.
pub(super) fn lock_or_make(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
) -> Result<(), StoreError> {
    let empty = CountRow {
        agency: agency.into(),
        product: product.to_owned(),
        received: 0,
        moved_in: 0,
        available: 0,
        reserved: 0,
        active: 0,
        retired: 0,
        quarantined: 0,
        defective: 0,
        lost: 0,
        moved_out: 0,
        held: 0,
    };
    diesel::insert_into(stock_count::table).values(empty).on_conflict_do_nothing().execute(conn)?;
    lock_stock(conn, agency, product).map(drop)
}

/// Changes a count that the caller has locked.
pub(super) fn shift(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    by: Delta,
) -> Result<(), StoreError> {
    use stock_count as c;
    let changed = diesel::update(c::table.find((Id::from(agency), product)))
        .set((
            c::received.eq(c::received + by.received),
            c::moved_in.eq(c::moved_in + by.moved_in),
            c::available.eq(c::available + by.available),
            c::reserved.eq(c::reserved + by.reserved),
            c::active.eq(c::active + by.active),
            c::retired.eq(c::retired + by.retired),
            c::quarantined.eq(c::quarantined + by.quarantined),
            c::defective.eq(c::defective + by.defective),
            c::lost.eq(c::lost + by.lost),
            c::moved_out.eq(c::moved_out + by.moved_out),
            c::held.eq(c::held + by.held),
        ))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound("count of that product there")) }
}

/// Changes how much of a count is promised, and nothing else: whoever may only book may do this.
pub(super) fn shift_held(
    conn: &mut Conn,
    agency: AgencyId,
    product: &str,
    by: i64,
) -> Result<(), StoreError> {
    let there = stock_count::table.find((Id::from(agency), product));
    let changed = diesel::update(there).set(stock_count::held.eq(stock_count::held + by));
    match changed.execute(conn)? {
        1 => Ok(()),
        _ => Err(StoreError::NotFound("count of that product there")),
    }
}
