//! What time does to cases: protections come back, days end, cards are given to those who wait, who did not come is told once more.
//!
//! Everything here may be done twice, or by two at once, and is done once.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::Serialize;
use simrecall_core::id::{AgencyId, CaseId, IncidentId};
use simrecall_core::incident::IncidentState;
use simrecall_core::replacement::{Event, State, local_day};
use simrecall_store::StoreError;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};

use super::cases_in;
use super::notices::Letters;
use super::places::Counter;
use super::step::{Hand, moved};
use crate::agency;
use crate::home::Home;
use crate::pages::rows;
use crate::problem::{Problem, Result};
use crate::terminal::{limit, look};

/// How many rows are looked at in one go.
const AT_ONCE: i64 = 1_000;
/// After how long somebody who did not come is told a second time.
const AGAIN: TimeDelta = TimeDelta::days(7);
/// For how long after it a completed case is looked at.
const RECENT: TimeDelta = TimeDelta::days(2);
/// Who acts, as the journal names it.
const ACTOR: &str = "tick";
/// How often a line is begun again for whoever came into it meanwhile.
const ROUNDS: usize = 10_000;

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TickAnswer {
    /// Protections that are as they were again.
    pub protections: u64,
    /// Parcels that ended: declined, held, or not activated for too long.
    pub parcels: u64,
    /// Cards whose lease had run out, and lie there again.
    pub released: u64,
    /// Visits that nobody came to.
    pub missed: u64,
    /// Promises of days that are over, taken back.
    pub freed: i64,
    /// Cards that are promised for days to come.
    pub held: u64,
    /// People who waited and have a visit now.
    pub booked: u64,
    /// People who are told a second time.
    pub told_again: u64,
    /// People who are told that their new card works.
    pub told_done: u64,
    /// Second looks that nobody answered in time.
    pub looks: u64,
    /// Images of second looks that were destroyed.
    pub images: u64,
}

/// Does all that is due. It knows no incident: cards do not either.
pub fn tick(home: &Home) -> Result<TickAnswer> {
    let open = incidents(home)?;
    let protections = super::resume::resume(home, &open)?;
    let parcels = super::parcel::over::sweep(home, &open)?;
    let mut done = TickAnswer { protections, parcels, ..TickAnswer::default() };
    release_expired(home, &mut done)?;
    end_of_day(home, &mut done)?;
    allot_all(home, &mut done)?;
    tell_again(home, &mut done)?;
    tell_completed(home, &mut done)?;
    done.looks = look::lapse_all(home)?;
    done.images = look::destroy_old(home)?;
    limit::purge(home)?;
    if done != TickAnswer::default() {
        let body = serde_json::to_value(&done).unwrap_or_default();
        let entry = home.entry("replacement.tick", ACTOR, None, body)?;
        home.store.write(|tx| tx.journal(&entry).map(|_| ()))?;
    }
    Ok(done)
}

fn incidents(home: &Home) -> Result<Vec<IncidentId>> {
    let all = home.store.read(|tx| tx.incidents())?;
    let open = all.into_iter().filter(|incident| incident.state == IncidentState::Open);
    Ok(open.map(|incident| incident.id).collect())
}

/// Cards that were scanned, and whose customer did not go on.
fn release_expired(home: &Home, done: &mut TickAnswer) -> Result<()> {
    loop {
        let expired = home.store.read(|tx| tx.expired_cards(home.now(), AT_ONCE))?;
        if expired.is_empty() {
            return Ok(());
        }
        let mut went = 0;
        for card in expired {
            let released = home.store.write(|tx| {
                let Some((incident, id)) = tx.release_expired(card.id, home.now())? else {
                    return Ok(false);
                };
                let Some(case) = tx.replacement(incident, id)? else { return Ok(true) };
                if case.state != State::CardReserved {
                    return Ok(true);
                }
                let hand =
                    Hand { by: None, actor: ACTOR, agency: Some(card.agency), terminal: None };
                let step = (&case, Event::Release, PlaceChange::Keep);
                match moved(tx, home, step, &hand)? {
                    Moved::Done => Ok(true),
                    Moved::Elsewhere | Moved::DayFull | Moved::HourFull => Err(StoreError::Busy),
                }
            })?;
            went += u64::from(released);
        }
        done.released += went;
        if went == 0 {
            return Ok(());
        }
    }
}

/// Nobody came to visits of days that are over; what was promised for these days is free.
fn end_of_day(home: &Home, done: &mut TickAnswer) -> Result<()> {
    let today = local_day(home.now());
    for incident in incidents(home)? {
        for case in rows(cases_in(home, incident, State::Booked)) {
            let case = case?;
            if case.day.is_none_or(|day| day >= today) {
                continue;
            }
            let hand = Hand { by: None, actor: ACTOR, agency: case.agency, terminal: None };
            let went = home
                .store
                .write(|tx| moved(tx, home, (&case, Event::Miss, PlaceChange::Leave), &hand))?;
            done.missed += u64::from(went == Moved::Done);
        }
    }
    done.freed += home.store.write(|tx| tx.end_days(today))?;
    Ok(())
}

/// Gives cards to those who wait, at every agency.
fn allot_all(home: &Home, done: &mut TickAnswer) -> Result<()> {
    let counts = home.store.read(|tx| tx.stock_counts())?;
    let agencies = agency::all(home)?;
    for count in counts {
        let Some(agency) = agencies.iter().find(|one| one.id == count.agency) else { continue };
        let counter = Counter { agency: agency.clone(), product: count.product };
        if counter.is_open() {
            let (held, booked) = allot(home, &counter)?;
            done.held += u64::from(held);
            done.booked += u64::try_from(booked.len()).unwrap_or(u64::MAX);
        }
    }
    Ok(())
}

/// Gives the cards of one counter to those who wait there; how many are promised now, and who has a visit.
pub(crate) fn allot(
    home: &Home,
    counter: &Counter,
) -> Result<(u32, BTreeSet<(IncidentId, CaseId)>)> {
    let (mut held, mut booked) = (0, BTreeSet::new());
    for _ in 0..ROUNDS {
        let letters = Letters::for_line(home, counter)?;
        let round = home.store.write(|tx| counter.allot(tx, home, &letters))?;
        held += round.held;
        booked.extend(round.booked);
        if !round.again {
            return Ok((held, booked));
        }
    }
    Err(Problem::state("database_busy", "the line at an agency grows faster than it is served")
        .detail(counter.agency.code.clone()))
}

/// Who did not come a week ago is told once more, when there is a day to offer.
fn tell_again(home: &Home, done: &mut TickAnswer) -> Result<()> {
    let agencies = agency::all(home)?;
    let mut offering: Vec<(AgencyId, String, bool)> = Vec::new();
    for incident in incidents(home)? {
        for case in rows(cases_in(home, incident, State::NoShow)) {
            let case = case?;
            let (Some(id), Some(product)) = (case.agency, case.product.clone()) else { continue };
            if case.changed_at + AGAIN > home.now() {
                continue;
            }
            let known = offering.iter().find(|one| one.0 == id && one.1 == product);
            let offers = if let Some(known) = known {
                known.2
            } else {
                let agency = agencies.iter().find(|one| one.id == id).cloned();
                let counter = agency.map(|agency| Counter { agency, product: product.clone() });
                let free = counter.filter(Counter::is_open).map(|one| offers_of(home, &one));
                let offers = free.transpose()?.unwrap_or(false);
                offering.push((id, product, offers));
                offers
            };
            if offers && !told(home, &case)? {
                let mut letters = Letters::none();
                letters.add(home, std::slice::from_ref(&case))?;
                let kind = (CaseNoticeKind::Missed, case.version);
                home.store.write(|tx| letters.write(tx, home, &case, kind))?;
                done.told_again += 1;
            }
        }
    }
    Ok(())
}

/// Whose card works now is told so, wherever they are reached: whoever did not ask for it hears of it.
fn tell_completed(home: &Home, done: &mut TickAnswer) -> Result<()> {
    for incident in incidents(home)? {
        let since = home.now() - RECENT;
        let done_lately =
            home.store.read(|tx| tx.replacements_since(incident, State::Completed, since))?;
        for case in done_lately {
            // What was brought in from elsewhere may be long over.
            if case.completed_at.is_none_or(|at| at < since) {
                continue;
            }
            let notices = home.store.read(|tx| tx.case_notices(case.incident, case.id))?;
            if notices.iter().any(|one| one.key.kind == CaseNoticeKind::Completed) {
                continue;
            }
            let mut letters = Letters::none();
            letters.add(home, std::slice::from_ref(&case))?;
            let kind = (CaseNoticeKind::Completed, 0);
            home.store.write(|tx| letters.write(tx, home, &case, kind))?;
            done.told_done += 1;
        }
    }
    Ok(())
}

fn offers_of(home: &Home, counter: &Counter) -> Result<bool> {
    Ok(!super::book::offers(home, counter)?.is_empty())
}

/// Whether somebody was told of this missed day already.
fn told(home: &Home, case: &ReplacementCase) -> Result<bool> {
    let notices = home.store.read(|tx| tx.case_notices(case.incident, case.id))?;
    let mut of_day = notices.iter().filter(|one| one.key.kind == CaseNoticeKind::Missed);
    Ok(of_day.any(|one| one.about == case.version))
}
