//! The day's sheet of an agency: how many came, how far they are, and which cards went.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use simrecall_core::incident::IncidentState;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::{local_day, midnight};
use simrecall_store::stock::LotState;

use super::{AgencyDoor, Seat};
use crate::problem::Result;

/// So many of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountRow {
    /// Which.
    pub state: &'static str,
    /// How many.
    pub count: i64,
}

/// Cards of a product, over the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardsRow {
    /// Which.
    pub product: String,
    /// How many came.
    pub came: i64,
    /// What is left that can be given out.
    pub left: i64,
}

/// A day in figures. Nobody is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayShown {
    /// The local day.
    pub day: NaiveDate,
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// How many cases came to each state here today.
    pub cases: Vec<CountRow>,
    /// Orders that were made here today, by where they are.
    pub orders: Vec<CountRow>,
    /// Cards of this agency that came to work today, and do.
    pub used: i64,
    /// Cards by product.
    pub cards: Vec<CardsRow>,
}

impl AgencyDoor {
    /// Today's sheet of their agency.
    pub fn day(&self, seat: &Seat) -> Result<DayShown> {
        let (agency, now) = (Self::agency_of(seat)?.id, self.now());
        let day = local_day(now);
        let from = midnight(day).unwrap_or(now);
        let until = day.succ_opt().and_then(midnight).unwrap_or(now);
        let is_today = |at: &DateTime<Utc>| (from..until).contains(at);
        let shown = self.home().store.read(|tx| {
            let mut cases: Vec<CountRow> = Vec::new();
            for incident in tx.incidents()? {
                if incident.state != IncidentState::Open {
                    continue;
                }
                for one in tx.count_case_events(incident.id, from, until)? {
                    if one.agency == Some(agency) {
                        add(&mut cases, one.to.name(), one.count);
                    }
                }
            }
            let orders = tx.count_swap_orders(agency, from, until)?;
            let lots = tx.lots_of(agency)?;
            let came = |product: &str| {
                let of_product = lots.iter().filter(|lot| {
                    lot.agency == agency
                        && lot.product == product
                        && lot.state == LotState::Received
                        && lot.received_at.as_ref().is_some_and(is_today)
                });
                of_product.filter_map(|lot| lot.counted).sum()
            };
            let counts = tx.stock_counts()?.into_iter().filter(|one| one.agency == agency);
            let cards = counts.map(|one| CardsRow {
                came: came(&one.product),
                left: one.available,
                product: one.product,
            });
            let used = tx.count_cards_in(agency, CardState::Active, from, until)?;
            Ok(DayShown {
                day,
                as_of: now,
                orders: orders
                    .into_iter()
                    .map(|(state, count)| CountRow { state: state.name(), count })
                    .collect(),
                used: used.into_iter().map(|(_, count)| count).sum(),
                cards: cards.collect(),
                cases,
            })
        })?;
        Ok(shown)
    }
}

fn add(rows: &mut Vec<CountRow>, state: &'static str, count: i64) {
    match rows.iter_mut().find(|row| row.state == state) {
        Some(row) => row.count += count,
        None => rows.push(CountRow { state, count }),
    }
}
