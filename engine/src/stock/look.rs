//! What is where, what comes, when it runs out, and who could lend some.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::Serialize;
use simrecall_core::id::AgencyId;
use simrecall_core::replacement::stock::{Shelf, Transfer, propose};
use simrecall_core::replacement::{State, local_day, midnight};
use simrecall_store::stock::{Lot, StockCount};

use crate::home::Home;
use crate::problem::Result;
use crate::{agency, incident};

/// How far ahead booked visits are looked at.
const AHEAD: Days = Days::new(60);
/// How many days of swaps a forecast stands on.
const BACK: Days = Days::new(7);

/// An agency's cards of one product, by what became of them.
#[derive(Debug, Clone, Serialize)]
pub struct CountAnswer {
    /// The agency's code.
    pub agency: String,
    /// The product.
    pub product: String,
    /// Came from the supplier.
    pub received: i64,
    /// Came from other agencies.
    pub moved_in: i64,
    /// Can be taken.
    pub available: i64,
    /// Of these, promised for booked days.
    pub held: i64,
    /// Kept for cases.
    pub reserved: i64,
    /// With customers.
    pub active: i64,
    /// Were with customers.
    pub retired: i64,
    /// Put aside.
    pub quarantined: i64,
    /// Of no use.
    pub defective: i64,
    /// Missing.
    pub lost: i64,
    /// Went to other agencies.
    pub moved_out: i64,
}

/// A lot on its way.
#[derive(Debug, Clone, Serialize)]
pub struct ComingAnswer {
    /// Its name.
    pub id: String,
    /// What the sender calls it.
    pub lot: String,
    /// Where it goes.
    pub agency: String,
    /// What is in it.
    pub product: String,
    /// How many cards of it stock knows.
    pub cards: i64,
    /// The day it is expected on.
    pub expected: NaiveDate,
    /// Whether that day is over.
    pub late: bool,
}

/// All stock.
#[derive(Debug, Clone, Serialize)]
pub struct StockAnswer {
    /// What is where.
    pub counts: Vec<CountAnswer>,
    /// What comes, by day.
    pub coming: Vec<ComingAnswer>,
}

/// When an agency's cards run out.
#[derive(Debug, Clone, Serialize)]
pub struct RunOut {
    /// The agency's code.
    pub agency: String,
    /// The product.
    pub product: String,
    /// Cards in the drawer.
    pub available: u32,
    /// Swaps a day, the mean of the last seven days, in hundredths.
    pub per_day_hundredths: u32,
    /// The first day on which what is there and comes no longer covers the need; none within a year.
    pub runs_out: Option<NaiveDate>,
    /// How many cards its next seven days lack.
    pub lacks: u32,
}

/// A transfer that would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Who gives, by code.
    pub from: String,
    /// Who gets, by code.
    pub to: String,
    /// Of which product.
    pub product: String,
    /// How many cards.
    pub cards: u32,
}

/// When stock runs out, and what would help.
#[derive(Debug, Clone, Serialize)]
pub struct Forecast {
    /// As of this day.
    pub day: NaiveDate,
    /// Every agency that has or gets cards, those that run out first in front.
    pub agencies: Vec<RunOut>,
    /// Transfers, the most pressing first.
    pub transfers: Vec<Proposal>,
}

/// What is where and what comes, of one agency or of all.
pub fn show(home: &Home, code: Option<&str>) -> Result<StockAnswer> {
    let only = code.map(|code| agency::by_code(home, code)).transpose()?.map(|one| one.id);
    let codes = agency::codes(home)?;
    let today = local_day(home.now());
    let (counts, coming) = home.store.read(|tx| Ok((tx.stock_counts()?, tx.coming_lots(only)?)))?;
    let counts = counts.into_iter().filter(|count| only.is_none_or(|only| only == count.agency));
    Ok(StockAnswer {
        counts: counts.map(|count| counted(&codes, count)).collect(),
        coming: coming.into_iter().map(|lot| comes(&codes, lot, today)).collect(),
    })
}

fn named(codes: &BTreeMap<AgencyId, String>, id: AgencyId) -> String {
    codes.get(&id).cloned().unwrap_or_default()
}

fn counted(codes: &BTreeMap<AgencyId, String>, count: StockCount) -> CountAnswer {
    CountAnswer {
        agency: named(codes, count.agency),
        product: count.product,
        received: count.received,
        moved_in: count.moved_in,
        available: count.available,
        held: count.held,
        reserved: count.reserved,
        active: count.active,
        retired: count.retired,
        quarantined: count.quarantined,
        defective: count.defective,
        lost: count.lost,
        moved_out: count.moved_out,
    }
}

fn comes(codes: &BTreeMap<AgencyId, String>, lot: Lot, today: NaiveDate) -> ComingAnswer {
    ComingAnswer {
        id: lot.id.to_string(),
        lot: lot.supplier_ref,
        agency: named(codes, lot.agency),
        product: lot.product,
        cards: lot.cards,
        expected: lot.expected_on,
        late: lot.expected_on < today,
    }
}

/// When stock runs out as of today, by an incident's swaps and the visits that are booked, and which transfers would help.
pub fn forecast(home: &Home, incident: &str) -> Result<Forecast> {
    let incident = incident::by_code(home, incident)?;
    let codes = agency::codes(home)?;
    let today = local_day(home.now());
    let mut shelves = shelves(home, incident.id, today)?;
    let mut answer = Forecast { day: today, agencies: Vec::new(), transfers: Vec::new() };
    while let Some((product, of)) = shelves.pop_first() {
        let run_out = |(agency, shelf): (&AgencyId, &Shelf)| RunOut {
            agency: named(&codes, *agency),
            product: product.clone(),
            available: shelf.available,
            per_day_hundredths: shelf.swaps.saturating_mul(100) / 7,
            runs_out: shelf.runs_out(today),
            lacks: shelf.lack(today),
        };
        answer.agencies.extend(of.iter().map(run_out));
        let proposal = |one: Transfer<AgencyId>| Proposal {
            from: named(&codes, one.from),
            to: named(&codes, one.to),
            product: product.clone(),
            cards: one.cards,
        };
        answer.transfers.extend(propose(today, &of).into_iter().map(proposal));
    }
    answer.agencies.sort_by(|a, b| {
        let key = |one: &RunOut| (one.runs_out.unwrap_or(NaiveDate::MAX), one.agency.clone());
        key(a).cmp(&key(b))
    });
    Ok(answer)
}

/// By product and agency, what there is and what will be needed.
fn shelves(
    home: &Home,
    incident: simrecall_core::id::IncidentId,
    today: NaiveDate,
) -> Result<BTreeMap<String, BTreeMap<AgencyId, Shelf>>> {
    let from = today.checked_sub_days(BACK).and_then(midnight).unwrap_or(home.now());
    let to = today.checked_add_days(AHEAD).unwrap_or(NaiveDate::MAX);
    let counts = home.store.read(|tx| tx.stock_counts())?;
    let lots = home.store.read(|tx| tx.coming_lots(None))?;
    let moves = home.store.read(|tx| tx.count_case_events(incident, from, home.now()))?;
    let mut shelves: BTreeMap<String, BTreeMap<AgencyId, Shelf>> = BTreeMap::new();
    for count in counts {
        let days = home.store.read(|tx| tx.agency_days(count.agency, &count.product, today, to))?;
        let completed = moves
            .iter()
            .filter(|one| one.to == State::Completed && one.agency == Some(count.agency));
        let shelf = Shelf {
            available: small(count.available),
            held: small(count.held),
            swaps: small(completed.map(|one| one.count).sum()),
            booked: days.into_iter().map(|day| (day.day, small(day.booked))).collect(),
            lots: BTreeMap::new(),
        };
        shelves.entry(count.product).or_default().insert(count.agency, shelf);
    }
    for lot in lots {
        let shelf = shelves.entry(lot.product).or_default().entry(lot.agency).or_default();
        *shelf.lots.entry(lot.expected_on).or_default() += small(lot.cards);
    }
    Ok(shelves)
}

/// A count of rows as the rules count; none is below nothing.
pub(crate) fn small(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}
