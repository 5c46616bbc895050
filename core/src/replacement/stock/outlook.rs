//! When an agency's cards run out, and from where some could come.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::replacement::day::later;

/// So far ahead anybody looks, in days.
const HORIZON: u64 = 365;
/// What an agency keeps for itself before it gives, in days.
const OWN: u64 = 7;

/// What an agency has of a product, and what it will need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelf {
    /// Cards in the drawer.
    pub available: u32,
    /// How many of them are promised for a day.
    pub held: u32,
    /// Swaps of the last seven days.
    pub swaps: u32,
    /// Visits by day.
    pub booked: BTreeMap<NaiveDate, u32>,
    /// Cards on their way by the day they should come.
    pub lots: BTreeMap<NaiveDate, u32>,
}

/// Cards that one agency could lend another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer<A> {
    /// Who gives.
    pub from: A,
    /// Who gets.
    pub to: A,
    /// How many; never none.
    pub cards: u32,
}

impl Shelf {
    /// The first day on which what is there and what has come by then no longer covers the need. None: not within a year.
    ///
    /// A day needs the mean of the last seven days' swaps, or its booked visits if these are more: a booked visit is one of the day's
    /// swaps, not one besides. A lot counts from its day on; one that is overdue counts no more.
    pub fn runs_out(&self, today: NaiveDate) -> Option<NaiveDate> {
        let mut cards = u64::from(self.available) * 7;
        for day in (0..HORIZON).map(|days| later(today, days)) {
            cards += self.lots.get(&day).map_or(0, |lot| u64::from(*lot) * 7);
            match cards.checked_sub(self.need(day)) {
                Some(left) => cards = left,
                None => return Some(day),
            }
        }
        None
    }

    /// What a day needs, in sevenths of a card: a mean is seldom whole.
    fn need(&self, day: NaiveDate) -> u64 {
        let booked = self.booked.get(&day).map_or(0, |visits| u64::from(*visits) * 7);
        booked.max(u64::from(self.swaps))
    }

    /// How many cards it needs for its own next seven days.
    pub fn own(&self, today: NaiveDate) -> u64 {
        (0..OWN).map(|days| self.need(later(today, days))).sum::<u64>().div_ceil(7)
    }

    /// How many cards it could give: never what it promised, never what its own days need.
    pub fn spare(&self, today: NaiveDate) -> u32 {
        let own = u32::try_from(self.own(today)).unwrap_or(u32::MAX);
        self.available.saturating_sub(own.max(self.held))
    }

    /// How many cards its own next seven days lack, with what will have come by then.
    pub fn lack(&self, today: NaiveDate) -> u32 {
        let coming = self.lots.range(today..later(today, OWN)).map(|(_, lot)| u64::from(*lot));
        let lack = self.own(today).saturating_sub(u64::from(self.available) + coming.sum::<u64>());
        u32::try_from(lack).unwrap_or(u32::MAX)
    }
}

/// Which transfers would help: from the agency that lasts longest to the one that runs out first, until nobody lacks anything for
/// seven days or nobody has anything to spare.
pub fn propose<A: Ord + Clone>(today: NaiveDate, shelves: &BTreeMap<A, Shelf>) -> Vec<Transfer<A>> {
    let mut shelves = shelves.clone();
    let mut transfers = Vec::new();
    while let Some(transfer) = best(today, &shelves) {
        if let Some(giver) = shelves.get_mut(&transfer.from) {
            giver.available = giver.available.saturating_sub(transfer.cards);
        }
        if let Some(taker) = shelves.get_mut(&transfer.to) {
            taker.available = taker.available.saturating_add(transfer.cards);
        }
        transfers.push(transfer);
    }
    transfers
}

/// The most pressing transfer. It leaves the giver without anything to spare, or the taker without a lack: so they come to an end.
fn best<A: Ord + Clone>(today: NaiveDate, shelves: &BTreeMap<A, Shelf>) -> Option<Transfer<A>> {
    // What lasts beyond the horizon lasts longest.
    let lasts = |shelf: &Shelf| shelf.runs_out(today).unwrap_or(NaiveDate::MAX);
    let (to, taker) = shelves
        .iter()
        .filter(|(_, shelf)| shelf.lack(today) > 0)
        .min_by_key(|(agency, shelf)| (lasts(shelf), Reverse(shelf.lack(today)), *agency))?;
    let (from, giver) = shelves
        .iter()
        .filter(|(_, shelf)| shelf.spare(today) > 0)
        .max_by_key(|(agency, shelf)| (lasts(shelf), shelf.spare(today), Reverse(*agency)))?;
    let cards = giver.spare(today).min(taker.lack(today));
    Some(Transfer { from: from.clone(), to: to.clone(), cards })
}
