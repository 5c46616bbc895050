//! How many cards there are, where, and what became of them.
//!
//! Cards come in lots and are counted by agency and product. A card's move and its counters change in one transaction, under the
//! lock of the count's row, and the database itself refuses counters that do not add up, that fall below nothing, or that promise
//! more than is there. Whoever changes several things takes the count first, then the case, then the card.

use chrono::{DateTime, NaiveDate, Utc};
use simrecall_core::coded;
use simrecall_core::id::{AgencyId, CardId, LotId};

use crate::tx::forward;

coded! {
    /// How a lot comes to its agency.
    LotKind {
        /// From the supplier.
        Supplied = 1 "supplied",
        /// From another agency.
        Transfer = 2 "transfer",
    }
}

coded! {
    /// Where a lot is.
    LotState {
        /// On its way.
        InTransit = 1 "in_transit",
        /// There, and counted.
        Received = 2 "received",
    }
}

/// Cards that travel together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Its name, random.
    pub id: LotId,
    /// Where it goes.
    pub agency: AgencyId,
    /// What is in it.
    pub product: String,
    /// What the sender calls it.
    pub supplier_ref: String,
    /// How it comes.
    pub kind: LotKind,
    /// Whom it comes from, if it is a transfer.
    pub from_agency: Option<AgencyId>,
    /// The local day it is expected on.
    pub expected_on: NaiveDate,
    /// How many cards are announced.
    pub count_expected: i64,
    /// How many of them stock knows; counted here, not by the caller.
    pub cards: i64,
    /// Where it is.
    pub state: LotState,
    /// How many were counted when it came.
    pub counted: Option<i64>,
    /// When it was announced.
    pub at: DateTime<Utc>,
    /// When it came.
    pub received_at: Option<DateTime<Utc>>,
}

/// What became of a lot that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// So many cards are available now.
    pub came: i64,
    /// So many are lost.
    pub lost: i64,
}

/// What became of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// The cards are on their way.
    Sent,
    /// Not all of them are available at the giver, of that product; how many are. Nothing was moved.
    NotThere(i64),
    /// The giver has promised so many that only these are free. Nothing was moved.
    Promised(i64),
}

/// The cards of one product at one agency. `received + moved_in` is the sum of all the others, `held` aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockCount {
    /// Where.
    pub agency: AgencyId,
    /// What.
    pub product: String,
    /// Came from the supplier.
    pub received: i64,
    /// Came from other agencies.
    pub moved_in: i64,
    /// Can be taken.
    pub available: i64,
    /// Are somebody's, and not active yet.
    pub reserved: i64,
    /// Were activated here.
    pub active: i64,
    /// Were active once.
    pub retired: i64,
    /// Are put aside.
    pub quarantined: i64,
    /// Do not work.
    pub defective: i64,
    /// Are gone.
    pub lost: i64,
    /// Went to other agencies.
    pub moved_out: i64,
    /// How many of the available are promised for days.
    pub held: i64,
}

impl StockCount {
    /// How many whoever walks in can be given.
    pub const fn unheld(&self) -> i64 {
        self.available - self.held
    }
}

/// A counter that is not what its rows say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// Where.
    pub agency: AgencyId,
    /// What; empty where desks are counted.
    pub product: String,
    /// The day and hour, where places are counted.
    pub when: Option<(NaiveDate, Option<i16>)>,
    /// Which counter.
    pub counter: &'static str,
    /// What it says.
    pub kept: i64,
    /// What the rows say.
    pub counted: i64,
}

forward! { stock:
    /// Announces a lot, in transit and without cards whatever it says.
    pub fn add_lot(lot: &Lot) -> ();
    /// Changes when a lot is expected and how many cards. Whether it is still on its way.
    pub fn expect_lot(id: LotId, expected_on: NaiveDate, count_expected: i64) -> bool;
    /// One lot.
    pub fn lot(id: LotId) -> Option<Lot>;
    /// The lots of an agency, or of all, that are on their way, by the day they are expected on.
    pub fn coming_lots(agency: Option<AgencyId>) -> Vec<Lot>;
    /// The lots an agency got or sends, oldest first.
    pub fn lots_of(agency: AgencyId) -> Vec<Lot>;
    /// Takes a lot in: its cards become available, but those that are missing become lost. `None`: it is not on its way, and nothing
    /// was changed.
    pub fn receive_lot(id: LotId, missing: &[CardId], counted: i64, at: DateTime<Utc>) -> Option<Receipt>;
    /// Sends cards that are available at `lot.from_agency` on their way as this lot: all of them or none, and none that is promised.
    pub fn transfer_cards(lot: &Lot, cards: &[CardId], at: DateTime<Utc>) -> Transfer;
    /// Some cards that are available, as many as `limit`.
    pub fn available_cards(agency: AgencyId, product: &str, limit: i64) -> Vec<CardId>;
    /// The count of one product at one agency; none before the first card came.
    pub fn stock_count(agency: AgencyId, product: &str) -> Option<StockCount>;
    /// The same, keeping everybody else from changing it until the transaction ends: for whoever looks first and changes then.
    pub fn lock_stock(agency: AgencyId, product: &str) -> Option<StockCount>;
    /// All counts, by agency and product.
    pub fn stock_counts() -> Vec<StockCount>;
}

forward! { stock_recount:
    /// Counts cards, lots, promises and places again, places from this day on; every counter that says something else.
    pub fn recount_stock(from: NaiveDate) -> Vec<Drift>;
}
