//! Counts stock and places again, from the rows they count.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use simrecall_core::id::AgencyId;
use simrecall_core::replacement::card::State as CardState;

use super::Conn;
use super::stock::stock_counts;
use crate::error::StoreError;
use crate::schema::{agency_day, agency_hour, card, lot, replacement_case};
use crate::stock::{Drift, LotKind};
use crate::types::{Id, day_code, day_of};

/// Agency and product.
type Place = (Id, String);
/// Agency, product, day and hour of a counter, where it has them; its name.
type Key = (AgencyId, String, Option<(NaiveDate, Option<i16>)>, &'static str);

pub(crate) fn recount_stock(conn: &mut Conn, from: NaiveDate) -> Result<Vec<Drift>, StoreError> {
    let mut kept: BTreeMap<Key, i64> = BTreeMap::new();
    let mut counted: BTreeMap<Key, i64> = BTreeMap::new();
    keep_counts(conn, &mut kept)?;
    count_cards(conn, &mut counted)?;
    count_lots(conn, &mut counted)?;
    keep_days(conn, from, &mut kept, &mut counted)?;
    keep_hours(conn, from, &mut kept)?;
    count_cases(conn, from, &mut counted)?;
    let keys: std::collections::BTreeSet<&Key> = kept.keys().chain(counted.keys()).collect();
    let drift = |key: &Key| {
        let of = |counters: &BTreeMap<Key, i64>| counters.get(key).copied().unwrap_or(0);
        let (agency, product, when, counter) = key.clone();
        let (kept, counted) = (of(&kept), of(&counted));
        (kept != counted).then_some(Drift { agency, product, when, counter, kept, counted })
    };
    Ok(keys.into_iter().filter_map(drift).collect())
}

fn keep_counts(conn: &mut Conn, kept: &mut BTreeMap<Key, i64>) -> Result<(), StoreError> {
    for count in stock_counts(conn)? {
        for (counter, n) in [
            ("received", count.received),
            ("moved_in", count.moved_in),
            ("moved_out", count.moved_out),
            ("held", count.held),
            (CardState::Available.name(), count.available),
            (CardState::Reserved.name(), count.reserved),
            (CardState::Active.name(), count.active),
            (CardState::Retired.name(), count.retired),
            (CardState::Quarantined.name(), count.quarantined),
            (CardState::Defective.name(), count.defective),
            (CardState::Lost.name(), count.lost),
        ] {
            kept.insert((count.agency, count.product.clone(), None, counter), n);
        }
    }
    Ok(())
}

/// Cards by what became of them; those on their way are counted nowhere.
fn count_cards(conn: &mut Conn, counted: &mut BTreeMap<Key, i64>) -> Result<(), StoreError> {
    let kind = (card::agency, card::product, card::state);
    let rows: Vec<(Id, String, i16, i64)> = card::table
        .filter(card::state.ne(CardState::InTransit.code()))
        .group_by(kind)
        .select((card::agency, card::product, card::state, count_star()))
        .load(conn)?;
    for (agency, product, state, n) in rows {
        let state = CardState::from_code(state).ok_or(StoreError::Damaged("card"))?;
        counted.insert((agency.into(), product, None, state.name()), n);
    }
    Ok(())
}

/// What came: a lot's cards without those that are still on their way; what went: all cards of the lots an agency sent.
fn count_lots(conn: &mut Conn, counted: &mut BTreeMap<Key, i64>) -> Result<(), StoreError> {
    let coming: Vec<(Id, i64)> = card::table
        .filter(card::state.eq(CardState::InTransit.code()))
        .group_by(card::lot)
        .select((card::lot, count_star()))
        .load(conn)?;
    let coming: BTreeMap<Id, i64> = coming.into_iter().collect();
    let lots: Vec<(Id, Id, String, i16, Option<Id>, i64)> = lot::table
        .select((lot::id, lot::agency, lot::product, lot::kind, lot::from_agency, lot::cards))
        .load(conn)?;
    for (id, agency, product, kind, from, cards) in lots {
        let counter = match LotKind::from_code(kind).ok_or(StoreError::Damaged("lot"))? {
            LotKind::Supplied => "received",
            LotKind::Transfer => "moved_in",
        };
        let came = cards - coming.get(&id).copied().unwrap_or(0);
        *counted.entry((agency.into(), product.clone(), None, counter)).or_default() += came;
        if let Some(from) = from {
            *counted.entry((from.into(), product, None, "moved_out")).or_default() += cards;
        }
    }
    Ok(())
}

/// What is booked for each day, as kept; what is promised for all days, counted.
fn keep_days(
    conn: &mut Conn,
    from: NaiveDate,
    kept: &mut BTreeMap<Key, i64>,
    counted: &mut BTreeMap<Key, i64>,
) -> Result<(), StoreError> {
    let held: Vec<(Place, i64)> = agency_day::table
        .group_by((agency_day::agency, agency_day::product))
        .select((
            (agency_day::agency, agency_day::product),
            diesel::dsl::sql::<BigInt>("CAST(sum(held) AS bigint)"),
        ))
        .load(conn)?;
    for ((agency, product), n) in held {
        counted.insert((agency.into(), product, None, "held"), n);
    }
    let booked: Vec<(Id, String, i32, i64)> = agency_day::table
        .filter(agency_day::day.ge(day_code(from)))
        .select((agency_day::agency, agency_day::product, agency_day::day, agency_day::booked))
        .load(conn)?;
    for (agency, product, day, n) in booked {
        kept.insert((agency.into(), product, Some((day_of(day), None)), "booked"), n);
    }
    Ok(())
}

fn keep_hours(
    conn: &mut Conn,
    from: NaiveDate,
    kept: &mut BTreeMap<Key, i64>,
) -> Result<(), StoreError> {
    let hours: Vec<(Id, i32, i16, i64)> = agency_hour::table
        .filter(agency_hour::day.ge(day_code(from)))
        .select((agency_hour::agency, agency_hour::day, agency_hour::hour, agency_hour::booked))
        .load(conn)?;
    for (agency, day, hour, n) in hours {
        let when = Some((day_of(day), Some(hour)));
        kept.insert((agency.into(), String::new(), when, "booked"), n);
    }
    Ok(())
}

/// Cases by the day and the hour they are booked for; one whose card is reserved waits at a desk, and for no other card.
fn count_cases(
    conn: &mut Conn,
    from: NaiveDate,
    counted: &mut BTreeMap<Key, i64>,
) -> Result<(), StoreError> {
    type Row = (Option<Id>, Option<String>, Option<i32>, Option<i16>, bool);
    let rows: Vec<Row> = replacement_case::table
        .filter(replacement_case::day.ge(day_code(from)).assume_not_null())
        .select((
            replacement_case::agency,
            replacement_case::product,
            replacement_case::day,
            replacement_case::hour,
            replacement_case::place_used,
        ))
        .load(conn)?;
    for row in rows {
        let (Some(agency), Some(product), Some(day), Some(hour), used) = row else { continue };
        let (agency, day) = (AgencyId::from(agency), day_of(day));
        if !used {
            *counted.entry((agency, product, Some((day, None)), "booked")).or_default() += 1;
        }
        let at_desk = (agency, String::new(), Some((day, Some(hour))), "booked");
        *counted.entry(at_desk).or_default() += 1;
    }
    Ok(())
}
