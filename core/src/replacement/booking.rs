//! Days and hours of an agency: what is promised, what is booked, what is free.
//!
//! Two promises can be kept whatever comes in whichever order: no day is booked beyond the cards that are held for it, and no more
//! cards are held than are in the drawer.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// How many visits a desk takes in an hour: about five minutes each.
pub const PER_DESK: u32 = 12;

/// A day of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// Cards that are kept for this day's visits and are not yet taken.
    pub held: u32,
    /// Visits to come.
    pub booked: u32,
}

/// An hour of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hour {
    /// Desks that are open.
    pub desks: u32,
    /// Visits, those that came included: they took their time.
    pub booked: u32,
}

/// An hour: the day, and the whole hour from 0 to 23.
pub type Slot = (NaiveDate, u8);

/// One agency's days for one product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diary {
    available: u32,
    days: BTreeMap<NaiveDate, Day>,
    hours: BTreeMap<Slot, Hour>,
}

/// A day on which something is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The day.
    pub day: NaiveDate,
    /// How many visits it still takes.
    pub places: u32,
    /// Its free hours, each with how many visits it still takes by its desks.
    pub hours: Vec<(u8, u32)>,
}

/// Why something cannot be booked or moved. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookingFault {
    /// Every card of that day is spoken for.
    #[error("that day is full")]
    DayFull,
    /// Every desk of that hour is taken.
    #[error("that hour is full")]
    HourFull,
    /// No desk is open then.
    #[error("the agency is closed then")]
    Closed,
    /// Nobody is booked then.
    #[error("nobody is booked then")]
    NotBooked,
    /// The cards that are there are promised to others, or there are none.
    #[error("{free} cards are free, and {wanted} are wanted")]
    Promised {
        /// How many nobody was promised.
        free: u32,
        /// How many were wanted.
        wanted: u32,
    },
    /// More than anybody can count.
    #[error("more cards than can be counted")]
    TooMany,
    /// Rows that cannot be: more held than there are, or more booked than held or than the desks take.
    #[error("more is promised than there is")]
    Broken,
}

impl Diary {
    /// Read back from rows.
    pub fn read(
        available: u32,
        days: BTreeMap<NaiveDate, Day>,
        hours: BTreeMap<Slot, Hour>,
    ) -> Result<Self, BookingFault> {
        let diary = Self { available, days, hours };
        let days = diary.days.values().all(|day| day.booked <= day.held);
        let hours = diary.hours.values().all(|hour| hour.booked <= hour.takes());
        let held = diary.held() <= u64::from(available);
        if days && hours && held { Ok(diary) } else { Err(BookingFault::Broken) }
    }

    /// Cards in the drawer.
    pub const fn available(&self) -> u32 {
        self.available
    }

    /// A day's figures.
    pub fn day(&self, day: NaiveDate) -> Day {
        self.days.get(&day).copied().unwrap_or_default()
    }

    /// An hour's figures.
    pub fn hour(&self, slot: Slot) -> Hour {
        self.hours.get(&slot).copied().unwrap_or_default()
    }

    fn held(&self) -> u64 {
        self.days.values().map(|day| u64::from(day.held)).sum()
    }

    /// Cards that nobody was promised: what a walk-in may get.
    pub fn free(&self) -> u32 {
        u32::try_from(u64::from(self.available).saturating_sub(self.held())).unwrap_or(0)
    }

    /// Opens desks for an hour; fewer than its visits need are refused.
    pub fn open(&mut self, slot: Slot, desks: u32) -> Result<(), BookingFault> {
        let hour = Hour { desks, booked: self.hour(slot).booked };
        if hour.booked > hour.takes() {
            return Err(BookingFault::HourFull);
        }
        self.hours.insert(slot, hour);
        Ok(())
    }

    /// Holds cards for a day.
    pub fn hold(&mut self, day: NaiveDate, cards: u32) -> Result<(), BookingFault> {
        let free = self.free();
        if cards > free {
            return Err(BookingFault::Promised { free, wanted: cards });
        }
        self.days.entry(day).or_default().held += cards;
        Ok(())
    }

    /// Holds what is free for the coming days, the nearest first, each up to what its desks take; `keep` cards stay for walk-ins.
    pub fn allot(&mut self, from: NaiveDate, keep: u32) {
        let mut free = self.free().saturating_sub(keep);
        let mut takes: BTreeMap<NaiveDate, u32> = BTreeMap::new();
        for ((day, _), hour) in self.hours.range((from, 0)..) {
            let sum = takes.entry(*day).or_default();
            *sum = sum.saturating_add(hour.takes().saturating_sub(hour.booked));
        }
        for (day, takes) in takes {
            let entry = self.days.entry(day).or_default();
            // Who is booked already has a place among the desks.
            let more = takes.saturating_sub(entry.held - entry.booked).min(free);
            entry.held += more;
            free -= more;
        }
    }

    /// Books a visit.
    pub fn book(&mut self, slot: Slot) -> Result<(), BookingFault> {
        let (mut day, mut hour) = (self.day(slot.0), self.hour(slot));
        if hour.desks == 0 {
            return Err(BookingFault::Closed);
        }
        if day.booked >= day.held {
            return Err(BookingFault::DayFull);
        }
        if hour.booked >= hour.takes() {
            return Err(BookingFault::HourFull);
        }
        day.booked += 1;
        hour.booked += 1;
        self.set(slot, day, hour);
        Ok(())
    }

    /// Takes a visit back that has not come; its card stays held for the day.
    pub fn unbook(&mut self, slot: Slot) -> Result<(), BookingFault> {
        let (mut day, mut hour) = (self.day(slot.0), self.hour(slot));
        day.booked = day.booked.checked_sub(1).ok_or(BookingFault::NotBooked)?;
        hour.booked = hour.booked.checked_sub(1).ok_or(BookingFault::NotBooked)?;
        self.set(slot, day, hour);
        Ok(())
    }

    /// Takes a card out of the drawer for a visit that was booked for that day: its promise is kept.
    pub fn take_booked(&mut self, day: NaiveDate) -> Result<(), BookingFault> {
        let mut entry = self.day(day);
        entry.booked = entry.booked.checked_sub(1).ok_or(BookingFault::NotBooked)?;
        entry.held -= 1;
        self.available -= 1;
        self.days.insert(day, entry);
        Ok(())
    }

    /// Takes a card out of the drawer for somebody without a booking: only one that nobody was promised.
    pub fn take_free(&mut self) -> Result<(), BookingFault> {
        self.leave(1)
    }

    /// Puts a card back whose visit was booked for that day: the promise stands again.
    pub fn put_back_booked(&mut self, day: NaiveDate) -> Result<(), BookingFault> {
        let mut entry = self.day(day);
        self.arrive(1)?;
        entry.held += 1;
        entry.booked += 1;
        self.days.insert(day, entry);
        Ok(())
    }

    /// Cards come into the drawer: a lot, a transfer, one that was put back.
    pub fn arrive(&mut self, cards: u32) -> Result<(), BookingFault> {
        self.available = self.available.checked_add(cards).ok_or(BookingFault::TooMany)?;
        Ok(())
    }

    /// Cards leave the drawer, for another agency or a walk-in: never those that were promised.
    pub fn leave(&mut self, cards: u32) -> Result<(), BookingFault> {
        let free = self.free();
        if cards > free {
            return Err(BookingFault::Promised { free, wanted: cards });
        }
        self.available -= cards;
        Ok(())
    }

    /// Cards are missing, which nobody can refuse. What nobody was promised goes first, then what is held and not booked, then booked
    /// places, the latest days first. What comes back are the days with how many of their visits lost their card: these go back in
    /// line, and [`Diary::free_hour`] gives their hours back.
    pub fn lose(&mut self, cards: u32) -> Result<Vec<(NaiveDate, u32)>, BookingFault> {
        let left = self
            .available
            .checked_sub(cards)
            .ok_or(BookingFault::Promised { free: self.available, wanted: cards })?;
        let mut short = cards.saturating_sub(self.free());
        self.available = left;
        for day in self.days.values_mut().rev() {
            let empty = (day.held - day.booked).min(short);
            day.held -= empty;
            short -= empty;
        }
        let mut displaced = Vec::new();
        for (date, day) in self.days.iter_mut().rev() {
            let visits = day.booked.min(short);
            if visits > 0 {
                (day.held, day.booked, short) =
                    (day.held - visits, day.booked - visits, short - visits);
                displaced.push((*date, visits));
            }
        }
        Ok(displaced)
    }

    /// Gives back the hour of a visit whose day has lost its card.
    pub fn free_hour(&mut self, slot: Slot) -> Result<(), BookingFault> {
        let mut hour = self.hour(slot);
        hour.booked = hour.booked.checked_sub(1).ok_or(BookingFault::NotBooked)?;
        self.hours.insert(slot, hour);
        Ok(())
    }

    /// A day is over, and all before it: what was held for them is free. How many visits did not come.
    pub fn end(&mut self, day: NaiveDate) -> u32 {
        let missed = self.days.range(..=day).map(|(_, day)| day.booked).sum();
        self.days.retain(|date, _| *date > day);
        self.hours.retain(|(date, _), _| *date > day);
        missed
    }

    /// The days from one on that still take visits, with their free hours.
    pub fn offers(&self, from: NaiveDate) -> Vec<Offer> {
        let days = self.days.range(from..).filter(|(_, day)| day.booked < day.held);
        let offer = |(date, day): (&NaiveDate, &Day)| {
            let hours = self.hours.range((*date, 0)..=(*date, u8::MAX));
            let free = hours.map(|((_, hour), of)| (*hour, of.takes().saturating_sub(of.booked)));
            let hours: Vec<_> = free.filter(|(_, free)| *free > 0).collect();
            Offer { day: *date, places: day.held - day.booked, hours }
        };
        days.map(offer).filter(|offer| !offer.hours.is_empty()).collect()
    }

    /// The next hours from one on that still take a visit, so many at most: what a full one is answered with.
    pub fn next_free(&self, from: Slot, most: usize) -> Vec<Slot> {
        let offers = self.offers(from.0).into_iter();
        let slots = offers.flat_map(|offer| {
            let day = offer.day;
            offer.hours.into_iter().map(move |(hour, _)| (day, hour))
        });
        slots.filter(|slot| *slot >= from).take(most).collect()
    }

    fn set(&mut self, slot: Slot, day: Day, hour: Hour) {
        self.days.insert(slot.0, day);
        self.hours.insert(slot, hour);
    }
}

impl Hour {
    /// How many visits its desks take.
    pub const fn takes(&self) -> u32 {
        self.desks.saturating_mul(PER_DESK)
    }
}

#[cfg(test)]
mod tests;
