//! How many cards an agency has of a product: counts that cannot go wrong, when they run out, and who could lend some.

mod outlook;

use serde::{Deserialize, Serialize};

pub use outlook::{Shelf, Transfer, propose};

use super::card::{self, Event, IllegalMove, State};

/// An agency's cards of one product, by what became of them. What came in is what is there or went out:
/// `received + moved_in = available + reserved + active + retired + quarantined + defective + lost + moved_out`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Came from a supplier.
    pub received: u32,
    /// Came from another agency.
    pub moved_in: u32,
    /// In the drawer.
    pub available: u32,
    /// Kept for cases.
    pub reserved: u32,
    /// With customers.
    pub active: u32,
    /// Were with customers.
    pub retired: u32,
    /// Being looked at.
    pub quarantined: u32,
    /// Of no use.
    pub defective: u32,
    /// Missing.
    pub lost: u32,
    /// Left for another agency.
    pub moved_out: u32,
}

/// Counts that hold the equation. There is no way to change them but a card's own moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts(Figures);

/// Where a card that arrives comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum From {
    /// A supplier.
    Supplier,
    /// Another agency.
    Agency,
}

/// Counts that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StockFault {
    /// What came in is not what is there or went out.
    #[error("{came} cards came in, and {accounted} are accounted for")]
    Unequal {
        /// How many came in.
        came: u64,
        /// How many are there or went out.
        accounted: u64,
    },
    /// A card does not move like that.
    #[error(transparent)]
    Card(#[from] IllegalMove),
    /// There are not so many.
    #[error("{there} cards are {}, and {wanted} are wanted", of.name())]
    TooFew {
        /// In which state.
        of: State,
        /// How many there are.
        there: u32,
        /// How many were wanted.
        wanted: u32,
    },
    /// More than anybody can count.
    #[error("more cards than can be counted")]
    TooMany,
}

impl Counts {
    /// Figures read back from a row.
    pub fn read(figures: Figures) -> Result<Self, StockFault> {
        let (came, accounted) = (figures.came(), figures.accounted());
        if came == accounted {
            Ok(Self(figures))
        } else {
            Err(StockFault::Unequal { came, accounted })
        }
    }

    /// The figures.
    pub const fn figures(&self) -> &Figures {
        &self.0
    }

    /// The counts after so many cards moved, each from that state by that event. `from` says where cards that are received come
    /// from. A card that is lost on its way was never counted here.
    pub fn after(
        &self,
        at: State,
        event: Event,
        from: From,
        cards: u32,
    ) -> Result<Self, StockFault> {
        let to = card::step(at, event)?;
        let mut figures = self.0;
        if (at, to) == (State::InTransit, State::Lost) {
            return Ok(*self);
        }
        match figures.bin(at) {
            Some(bin) => {
                let there = *bin;
                let fault = StockFault::TooFew { of: at, there, wanted: cards };
                *bin = there.checked_sub(cards).ok_or(fault)?;
            }
            None => add(figures.came_from(from), cards)?,
        }
        match figures.bin(to) {
            Some(bin) => add(bin, cards)?,
            None => add(&mut figures.moved_out, cards)?,
        }
        Ok(Self(figures))
    }
}

fn add(count: &mut u32, cards: u32) -> Result<(), StockFault> {
    *count = count.checked_add(cards).ok_or(StockFault::TooMany)?;
    Ok(())
}

impl Figures {
    fn came(&self) -> u64 {
        u64::from(self.received) + u64::from(self.moved_in)
    }

    fn accounted(&self) -> u64 {
        let there = [self.available, self.reserved, self.active, self.retired];
        let gone = [self.quarantined, self.defective, self.lost, self.moved_out];
        there.into_iter().chain(gone).map(u64::from).sum()
    }

    /// The count of a state; a card on its way is in nobody's.
    const fn bin(&mut self, of: State) -> Option<&mut u32> {
        match of {
            State::InTransit => None,
            State::Available => Some(&mut self.available),
            State::Reserved => Some(&mut self.reserved),
            State::Active => Some(&mut self.active),
            State::Retired => Some(&mut self.retired),
            State::Quarantined => Some(&mut self.quarantined),
            State::Defective => Some(&mut self.defective),
            State::Lost => Some(&mut self.lost),
        }
    }

    const fn came_from(&mut self, from: From) -> &mut u32 {
        match from {
            From::Supplier => &mut self.received,
            From::Agency => &mut self.moved_in,
        }
    }
}

#[cfg(test)]
mod tests;
