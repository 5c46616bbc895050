//! A place: offered, booked, changed, left. Whoever books takes nothing that is somebody's who has waited longer.

use chrono::NaiveDate;
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::replacement::booking::{Diary, Slot};
use simrecall_core::replacement::eligible::Reason;
use simrecall_core::replacement::phase::Opening;
use simrecall_core::replacement::{Event, local_day, step};
use simrecall_store::StoreError;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};

use super::line::{self, Rules};
use super::notices::Letters;
use super::places::{Counter, local_hour};
use super::shown::{CaseAnswer, case_id, found, one};
use super::step::{Hand, go, moved, wrong};
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::{agency, incident, staff};

/// How many free hours are named where one is full.
const NEXT: usize = 5;
/// How often a booking makes way for those before it and begins again.
const ROUNDS: usize = 20;

/// A visit somebody wants.
#[derive(Debug, Clone, Copy)]
pub struct Booking<'a> {
    /// The case.
    pub case: &'a str,
    /// The agency, by its code.
    pub agency: &'a str,
    /// The product; the programme's own when none is named.
    pub product: Option<&'a str>,
    /// The local day.
    pub day: NaiveDate,
    /// The hour, from 0 to 23.
    pub hour: u8,
    /// Who books it.
    pub by: &'a str,
}

/// A day on which something is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreeDay {
    /// The day.
    pub day: NaiveDate,
    /// How many visits it still takes.
    pub places: u32,
    /// Its free hours.
    pub hours: Vec<u8>,
}

/// Books a visit, or another one instead.
pub fn book(home: &Home, code: &str, booking: &Booking<'_>) -> Result<CaseAnswer> {
    let member = staff::may(home, booking.by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, code)?.id;
    let case = found(home, incident, case_id(booking.case)?)?;
    let counter = counter(home, booking.agency, booking.product)?;
    let actor = member.id.to_string();
    let hand = Hand {
        by: Some(member.id),
        actor: &actor,
        agency: Some(counter.agency.id),
        terminal: None,
    };
    take(home, (&case, &counter), (booking.day, booking.hour), &hand)?;
    one(home, incident, case.id)
}

/// Puts a case in line at an agency, at its place by tier and time.
pub fn wait(
    home: &Home,
    code: &str,
    (case, agency, product): (&str, &str, Option<&str>),
    by: &str,
) -> Result<CaseAnswer> {
    let member = staff::may(home, by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, code)?.id;
    let case = found(home, incident, case_id(case)?)?;
    let counter = counter(home, agency, product)?;
    let actor = member.id.to_string();
    let hand = Hand {
        by: Some(member.id),
        actor: &actor,
        agency: Some(counter.agency.id),
        terminal: None,
    };
    queue(home, (&case, &counter), &hand)?;
    one(home, incident, case.id)
}

/// Takes a case back for whoever asked.
pub fn cancel(home: &Home, code: &str, case: &str, by: &str) -> Result<CaseAnswer> {
    let member = staff::may(home, by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, code)?.id;
    let case = found(home, incident, case_id(case)?)?;
    let actor = member.id.to_string();
    let hand = Hand { by: Some(member.id), actor: &actor, agency: None, terminal: None };
    go(home, (&case, Event::Cancel, PlaceChange::Leave), &hand, "replacement.cancelled")?;
    one(home, incident, case.id)
}

/// The days from today on that still take visits at an agency.
pub fn free(home: &Home, agency: &str, product: Option<&str>) -> Result<Vec<FreeDay>> {
    let counter = counter(home, agency, product)?;
    offers(home, &counter)
}

/// The same, of a counter.
pub(crate) fn offers(home: &Home, counter: &Counter) -> Result<Vec<FreeDay>> {
    let now = local_hour(home.now());
    let ahead = home.config.replacement.days_ahead;
    let diary = home.store.read(|tx| counter.look(tx, (now.0, ahead)))?;
    let offers = diary.offers(now.0).into_iter().map(|offer| FreeDay {
        day: offer.day,
        places: offer.places,
        hours: offer
            .hours
            .into_iter()
            .map(|(hour, _)| hour)
            .filter(|hour| (offer.day, *hour) > now)
            .collect(),
    });
    Ok(offers.filter(|offer| !offer.hours.is_empty()).collect())
}

/// An agency where somebody can be served, with a product.
pub(crate) fn counter(home: &Home, code: &str, product: Option<&str>) -> Result<Counter> {
    let agency = agency::by_code(home, code)?;
    let product = product.unwrap_or(&home.config.replacement.product).to_owned();
    let counter = Counter { agency, product };
    if counter.is_open() {
        return Ok(counter);
    }
    Err(Problem::state("agency_closed", format!("{} serves no customers", counter.agency.code))
        .hint("choose another agency"))
}

/// Books an hour for a case. Those who wait at that agency are served first, in the same transaction.
pub(crate) fn take(
    home: &Home,
    (case, counter): (&ReplacementCase, &Counter),
    slot: Slot,
    hand: &Hand<'_>,
) -> Result<()> {
    let rules = Rules::read(home)?;
    region_open(&rules, home, counter)?;
    check(home, counter, slot)?;
    step(case.state, Event::Book).map_err(|error| wrong(case).caused_by(error))?;
    let ahead = home.config.replacement.days_ahead;
    for _ in 0..ROUNDS {
        let mut letters = Letters::for_line(home, counter)?;
        letters.add(home, std::slice::from_ref(case))?;
        let body = serde_json::json!({
            "case": case.id, "lines": [case.line], "agency": counter.agency.id, "day": slot.0,
        });
        let entry = home.entry("replacement.booked", hand.actor, Some(case.incident), body)?;
        let mut full: Option<Diary> = None;
        let done = home.store.write(|tx| {
            let allotted = counter.allot(tx, home, &letters)?;
            if allotted.again {
                return Ok(None);
            }
            // Those before them may have been they themselves.
            let now = tx.replacement(case.incident, case.id)?;
            let now = now.ok_or(StoreError::NotFound("case"))?;
            let place = PlaceChange::Book(counter.place(slot));
            let done = moved(tx, home, (&now, Event::Book, place), hand)?;
            if done == Moved::Done {
                letters.visit(tx, home, &now)?;
                tx.journal(&entry)?;
            } else {
                full = Some(counter.diary(tx, (local_day(home.now()), ahead))?);
            }
            Ok(Some(done))
        })?;
        if let Some(done) = done {
            return super::step::refused(done, case).map_err(|problem| match &full {
                Some(diary) => named(problem, diary, slot),
                None => problem,
            });
        }
    }
    Err(Problem::state("database_busy", "many wait at this agency").hint("run it again"))
}

/// Names the next free hours.
fn named(problem: Problem, diary: &Diary, slot: Slot) -> Problem {
    let next = diary.next_free(slot, NEXT);
    if next.is_empty() {
        return problem
            .hint("nothing is free there; wait in line, and a visit is offered when cards come");
    }
    next.into_iter()
        .fold(problem, |problem, (day, hour)| problem.detail(format!("free: {day} {hour:02}:00")))
}

/// Puts a case in line.
pub(crate) fn queue(
    home: &Home,
    (case, counter): (&ReplacementCase, &Counter),
    hand: &Hand<'_>,
) -> Result<()> {
    region_open(&Rules::read(home)?, home, counter)?;
    let place = PlaceChange::Wait(counter.agency.id, counter.product.clone());
    go(home, (case, Event::Queue, place), hand, "replacement.queued")
}

fn region_open(rules: &Rules, home: &Home, counter: &Counter) -> Result<()> {
    let reason = match rules.phases.opening(&counter.agency.region, home.now()) {
        Opening::Open => return Ok(()),
        Opening::On(day) => Reason::RegionNotOpen { opens: Some(day) },
        Opening::NotSet => Reason::RegionNotOpen { opens: None },
    };
    line::refuse(&[reason])
}

/// An hour that is to come, within the days that are offered, and in which the agency is open.
fn check(home: &Home, counter: &Counter, slot: Slot) -> Result<()> {
    let now = local_hour(home.now());
    let ahead = i64::from(home.config.replacement.days_ahead);
    if slot <= now || (slot.0 - now.0).num_days() > ahead + 1 {
        return Err(Problem::input("hour", "that hour is over, or too far ahead"));
    }
    if counter.hours(slot.0).any(|hour| hour == slot.1) {
        return Ok(());
    }
    Err(Problem::input("closed", "the agency is closed then")
        .hint("see its free hours: simrecall case free AGENCY"))
}
