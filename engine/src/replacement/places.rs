//! Places at an agency: what is offered, what is promised to whom, by the order of the line.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Timelike as _, Utc};
use simrecall_core::id::{CaseId, IncidentId};
use simrecall_core::law::Zone;
use simrecall_core::replacement::booking::{Day, Diary, Hour, Slot};
use simrecall_core::replacement::{Event, State, local_day};
use simrecall_store::agency::{Agency, AgencyKind};
use simrecall_store::replacement::{Moved, Place, PlaceChange, ReplacementCase};
use simrecall_store::stock::StockCount;
use simrecall_store::{StoreError, Tx};

use super::notices::Letters;
use super::shown::place;
use super::step::{Hand, moved};
use crate::home::Home;
use crate::stock::look::small;

/// Every day that rows may speak of, around today.
const AROUND: Days = Days::new(500);

/// An agency and a product: one drawer, one line of people.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    pub(crate) agency: Agency,
    pub(crate) product: String,
}

/// What was given away.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allotted {
    /// Cases that are booked now.
    pub(crate) booked: Vec<(IncidentId, CaseId)>,
    /// How many more cards are promised for days to come.
    pub(crate) held: u32,
    /// Somebody who is next was not made ready for: once more.
    pub(crate) again: bool,
}

impl Counter {
    /// Whether somebody can be booked here at all.
    pub(crate) fn is_open(&self) -> bool {
        self.agency.kind == AgencyKind::Shop && self.agency.closed_at.is_none()
    }

    /// The whole hours it is open on a day.
    pub(crate) fn hours(&self, day: NaiveDate) -> impl Iterator<Item = u8> {
        let weekday = day.weekday().num_days_from_monday();
        let is_day = self.is_open() && self.agency.weekdays & (1 << weekday) != 0;
        let (opens, closes) = (self.agency.opens_minute, self.agency.closes_minute);
        (0..24_u8).filter(move |hour| {
            let begins = i16::from(*hour) * 60;
            is_day && opens <= begins && begins + 60 <= closes
        })
    }

    /// Its days and hours as rows have them, under the lock of its count: for whoever changes them.
    pub(crate) fn diary(
        &self,
        tx: &mut Tx<'_>,
        range: (NaiveDate, u32),
    ) -> Result<Diary, StoreError> {
        let count = tx.lock_stock(self.agency.id, &self.product)?;
        self.read(tx, count, range)
    }

    /// The same for whoever only looks.
    pub(crate) fn look(
        &self,
        tx: &mut Tx<'_>,
        range: (NaiveDate, u32),
    ) -> Result<Diary, StoreError> {
        let count = tx.stock_count(self.agency.id, &self.product)?;
        self.read(tx, count, range)
    }

    fn read(
        &self,
        tx: &mut Tx<'_>,
        count: Option<StockCount>,
        (from, ahead): (NaiveDate, u32),
    ) -> Result<Diary, StoreError> {
        let (id, product) = (self.agency.id, self.product.as_str());
        let available = count.map_or(0, |count| small(count.available));
        let (first, last) = (
            from.checked_sub_days(AROUND).unwrap_or(from),
            from.checked_add_days(AROUND).unwrap_or(from),
        );
        let rows = tx.agency_days(id, product, first, last)?;
        let days = rows
            .into_iter()
            .map(|row| (row.day, Day { held: small(row.held), booked: small(row.booked) }));
        let days: BTreeMap<NaiveDate, Day> = days.collect();
        let desks = u32::try_from(self.agency.desks).unwrap_or(0);
        let mut hours: BTreeMap<Slot, Hour> = BTreeMap::new();
        for day in (0..=u64::from(ahead)).filter_map(|n| from.checked_add_days(Days::new(n))) {
            let taken = tx.agency_hours(id, day)?;
            for hour in self.hours(day) {
                let booked = taken.iter().find(|one| one.hour == i16::from(hour));
                let booked = booked.map_or(0, |one| small(one.booked));
                // Desks that were taken away send nobody home who is booked.
                let desks = desks.max(booked.div_ceil(12));
                hours.insert((day, hour), Hour { desks, booked });
            }
        }
        Diary::read(available, days, hours).map_err(|_| StoreError::Damaged("agency_day"))
    }

    /// Those who wait here, in order.
    pub(crate) fn line(
        &self,
        tx: &mut Tx<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<ReplacementCase>, StoreError> {
        let mut line = tx.replacements_at(self.agency.id, &self.product, &[State::Waiting])?;
        line.sort_by_cached_key(|case| place(case, now));
        Ok(line)
    }

    /// Promises cards for the coming days and gives the places to those who wait, by order, with the notice of their visit in the same
    /// transaction: nobody is called for a card that is not there.
    pub(crate) fn allot(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        letters: &Letters,
    ) -> Result<Allotted, StoreError> {
        let config = &home.config.replacement;
        let tomorrow = local_day(home.now()).succ_opt().unwrap_or(NaiveDate::MAX);
        let mut diary = self.diary(tx, (tomorrow, config.days_ahead))?;
        let mut done =
            Allotted { held: self.hold(tx, &mut diary, tomorrow, config)?, ..Allotted::default() };
        if diary.next_free((tomorrow, 0), 1).is_empty() {
            return Ok(done);
        }
        let hand = Hand { by: None, actor: "", agency: Some(self.agency.id), terminal: None };
        for case in self.line(tx, home.now())? {
            let Some(slot) = diary.next_free((tomorrow, 0), 1).pop() else { break };
            if !letters.has(&case) {
                done.again = true;
                break;
            }
            let place = PlaceChange::Book(self.place(slot));
            match moved(tx, home, (&case, Event::Book, place), &hand)? {
                Moved::Done => {}
                Moved::Elsewhere | Moved::DayFull | Moved::HourFull => {
                    return Err(StoreError::Busy);
                }
            }
            diary.book(slot).map_err(|_| StoreError::Damaged("agency_hour"))?;
            letters.visit(tx, home, &case)?;
            done.booked.push((case.incident, case.id));
        }
        Ok(done)
    }

    /// Promises what is free for the days from one on, by their desks.
    fn hold(
        &self,
        tx: &mut Tx<'_>,
        diary: &mut Diary,
        from: NaiveDate,
        config: &crate::config::ReplacementConfig,
    ) -> Result<u32, StoreError> {
        let before = diary.clone();
        let keep = u64::from(diary.available()) * u64::from(config.walk_in_percent) / 100;
        diary.allot(from, u32::try_from(keep).unwrap_or(u32::MAX));
        let mut held = 0;
        let last = from.checked_add_days(Days::new(config.days_ahead.into())).unwrap_or(from);
        for day in from.iter_days().take_while(|day| *day <= last) {
            let more = diary.day(day).held - before.day(day).held;
            if more == 0 {
                continue;
            }
            if !tx.hold_places(self.agency.id, &self.product, day, more.into())? {
                return Err(StoreError::Busy);
            }
            held += more;
        }
        Ok(held)
    }

    /// An hour as rows name it.
    pub(crate) fn place(&self, (day, hour): Slot) -> Place {
        let (agency, product) = (self.agency.id, self.product.clone());
        Place { agency, product, day, hour: i16::from(hour) }
    }
}

/// The day and hour it is in the agencies.
pub(crate) fn local_hour(now: DateTime<Utc>) -> Slot {
    let local = now.with_timezone(&Zone::Seoul.tz());
    (local.date_naive(), u8::try_from(local.hour()).unwrap_or(0))
}
