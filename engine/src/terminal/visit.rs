//! From the door to the card: checked in, proved, a card scanned, changed, and gone again.
//!
//! Everything here is asked for by somebody at a terminal: each write asks again, inside, whether they still may.

use simrecall_core::access::limit::Count;
use simrecall_core::id::CaseId;
use simrecall_core::notice::Language;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::{Event, State, local_day, step};
use simrecall_core::terminal::order;
use simrecall_store::alarm::AlarmKind;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::swap_order::OrderEnd;
use simrecall_store::{StoreError, Tx};

use super::case::{CaseShown, find, is_here};
use super::follow::ended_in;
use super::{AgencyDoor, Seat, alarm, honey, limit};
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::replacement::check_in;
use crate::replacement::places::local_hour;
use crate::replacement::step::{NO_GATE, go_gated, moved, refused, wrong};
use crate::replacement::visit::{come, go_away, prove};
use crate::swap;

/// What a transaction says of a case that has an order which somebody signed.
const ORDERED: &str = "an order of the case is signed";

/// What was found of what somebody showed to check in with.
enum Found {
    /// A case.
    Case(Box<ReplacementCase>),
    /// The same, at this counter already.
    Here(Box<ReplacementCase>),
    /// Nothing.
    Nothing,
}

impl AgencyDoor {
    /// Checks a customer in, by what their own page shows: typed or scanned.
    pub fn check_in(&self, seat: &Seat, code: &str, language: Language) -> Result<CaseShown> {
        let (home, agency) = (self.home(), Self::agency_of(seat)?);
        let index = check_in::read(self.service(), code);
        let case = match self.find_by_code(seat, index.as_ref())? {
            Found::Nothing => return Err(self.unknown_code(seat, index.as_ref())?),
            Found::Here(case) => return self.case_shown(seat, &case, language),
            Found::Case(case) => *case,
        };
        let subject = *case.id.as_bytes();
        let gate = |tx: &mut Tx<'_>| {
            seat.still(tx, home.now())?;
            limit::count(tx, home, seat, (Count::LookUp, Some(&subject))).map(drop)
        };
        let today = local_day(home.now());
        let is_elsewhere = case.day.is_some_and(|day| day != today)
            || case.day.is_some() && case.agency != Some(agency.id);
        if is_elsewhere || step(case.state, Event::CheckIn).is_err() {
            // Whoever looks is counted, whatever the answer.
            home.store.write(gate)?;
            return Err(if is_elsewhere { other_place() } else { wrong(&case) });
        }
        let clerk = self.clerk(seat, case, &gate)?;
        come(home, &clerk)?;
        self.case_shown(seat, &clerk.case, language)
    }

    fn find_by_code(&self, seat: &Seat, index: Option<&[u8; 16]>) -> Result<Found> {
        let Some(index) = index else { return Ok(Found::Nothing) };
        let (agency, now) = (Self::agency_of(seat)?, self.now());
        Ok(self.home().store.read(|tx| {
            let Some((_, id)) = tx.check_in_case(index)? else { return Ok(Found::Nothing) };
            let Some(case) = find(tx, id)? else { return Ok(Found::Nothing) };
            let events = tx.case_events(case.incident, case.id)?;
            let here = is_here(&case, &events, (agency, now)) && case.state != State::FraudHold;
            Ok(if here { Found::Here(Box::new(case)) } else { Found::Case(Box::new(case)) })
        })?)
    }

    /// A code that fits nothing: it is counted, and one that nobody has a reason to name alarms, though the answer is the same.
    fn unknown_code(&self, seat: &Seat, index: Option<&[u8; 16]>) -> Result<Problem> {
        let (home, now) = (self.home(), self.now());
        let counted = home.store.write(|tx| {
            seat.still(tx, now)?;
            limit::count(tx, home, seat, (Count::WrongCode, None))?;
            limit::count(tx, home, seat, (Count::LookUp, index))?;
            // Last: it may end their session.
            index.map_or(Ok(false), |index| honey::touched(tx, home, seat, index))
        });
        match index {
            Some(index) => honey::heard(home, (seat, index), counted)?,
            None => counted?,
        };
        Ok(Problem::input("code_unknown", "no case has this code")
            .hint("have the customer open their page again; a code has ten letters"))
    }

    /// The code that their page shows now: they are there.
    pub fn present(
        &self,
        seat: &Seat,
        id: CaseId,
        (code, language): (&str, Language),
    ) -> Result<CaseShown> {
        let home = self.home();
        let gate = |tx: &mut Tx<'_>| seat.still(tx, home.now());
        let clerk = self.clerk(seat, self.case_here(seat, id)?, &gate)?;
        prove::present(home, &clerk, code)?;
        self.case_shown(seat, &clerk.case, language)
    }

    /// What they have shown, by the names of the kinds of documents. Never their numbers.
    pub fn papers(
        &self,
        seat: &Seat,
        id: CaseId,
        (person, shown, language): (Option<Person>, &[&str], Language),
    ) -> Result<CaseShown> {
        let home = self.home();
        let gate = |tx: &mut Tx<'_>| seat.still(tx, home.now());
        let clerk = self.clerk(seat, self.case_here(seat, id)?, &gate)?;
        prove::papers(home, &clerk, (person, shown))?;
        self.case_shown(seat, &clerk.case, language)
    }

    /// The new card, scanned. The same card again is kept for longer.
    pub fn card(
        &self,
        seat: &Seat,
        id: CaseId,
        (iccid, language): (&str, Language),
    ) -> Result<CaseShown> {
        let (home, agency) = (self.home(), Self::agency_of(seat)?);
        let gate = |tx: &mut Tx<'_>| seat.still(tx, home.now());
        let clerk = self.clerk(seat, self.case_here(seat, id)?, &gate)?;
        let (_, card) = swap::scanned(home, iccid)?;
        if card.state == CardState::Lost {
            // Said to be gone, and here it is: that is heard of, whatever is answered.
            let about = (AlarmKind::LostCard, Some((clerk.case.incident, clerk.case.id)));
            home.store.write(|tx| {
                seat.still(tx, home.now())?;
                alarm::raise(tx, home, &alarm::post(seat), about)
            })?;
        }
        swap::keep(home, (&clerk.case, &card, agency.id), &clerk.hand(), &gate)?;
        let mut shown = self.case_shown(seat, &clerk.case, language)?;
        let printed = iccid.trim();
        let last4 = printed.get(printed.len().saturating_sub(4)..).map(str::to_owned);
        if let Some(kept) = &mut shown.card {
            kept.last4 = last4;
        }
        Ok(shown)
    }

    /// Another card instead: the first one lies there again if its pack is `sealed`, else somebody looks at it.
    pub fn other_card(
        &self,
        seat: &Seat,
        id: CaseId,
        (sealed, language): (bool, Language),
    ) -> Result<CaseShown> {
        let (home, case) = (self.home(), self.case_here(seat, id)?);
        step(case.state, Event::Release).map_err(|error| wrong(&case).caused_by(error))?;
        let clerk = self.clerk(seat, case, NO_GATE)?;
        let case = &clerk.case;
        let to = if sealed { CardState::Available } else { CardState::Quarantined };
        let body = serde_json::json!({
            "case": case.id, "to": to.name(), "terminal": seat.terminal.id,
        });
        let entry = home.entry("card.given_back", seat.actor(), Some(case.incident), body)?;
        let done = home.store.write(|tx| {
            seat.still(tx, home.now())?;
            no_order(tx, home, case, seat)?;
            let Some(card) = tx.reserved_card(case.incident, case.id)? else {
                return Ok(Moved::Elsewhere);
            };
            let key = (case.incident, case.id);
            // One that came with a shipment, or whose lease is over, is not this counter's to give back.
            if !tx.release_card(card.id, key, to, home.now())? {
                return Ok(Moved::Elsewhere);
            }
            let now = tx.replacement(case.incident, case.id)?;
            let now = now.ok_or(StoreError::NotFound("case"))?;
            let done = moved(tx, home, (&now, Event::Release, PlaceChange::Keep), &clerk.hand())?;
            if done == Moved::Done {
                tx.journal(&entry)?;
                Ok(done)
            } else {
                Err(StoreError::Busy)
            }
        });
        refused(done.map_err(ordered)?, case)?;
        self.case_shown(seat, case, language)
    }

    /// The customer goes; what was kept for them lies there again, and they are in line.
    pub fn leave(&self, seat: &Seat, id: CaseId) -> Result<()> {
        let home = self.home();
        let case = self.case_here(seat, id)?;
        let (key, now) = (case.clone(), home.now());
        let last = home.store.read(|tx| tx.last_swap_order(key.incident, key.id))?;
        if last.is_some_and(|one| one.state == order::State::Confirmed) {
            return Err(ordered(StoreError::State(ORDERED)));
        }
        let gate = |tx: &mut Tx<'_>| {
            seat.still(tx, now)?;
            no_order(tx, home, &key, seat)
        };
        let clerk = self.clerk(seat, case, &gate)?;
        go_away(home, &clerk)
    }

    /// Nobody came to a visit whose hour is over. `label`: what the queue calls it today.
    pub fn no_show(&self, seat: &Seat, label: &str) -> Result<()> {
        let (home, now) = (self.home(), self.now());
        let case = self.labelled(seat, label)?;
        let over = case.hour.is_some_and(|hour| {
            (local_day(now), i16::from(local_hour(now).1)) > (case.day.unwrap_or_default(), hour)
        });
        step(case.state, Event::Miss).map_err(|error| wrong(&case).caused_by(error))?;
        if !over {
            return Err(Problem::state("too_early", "their hour is not over yet"));
        }
        let gate = |tx: &mut Tx<'_>| seat.still(tx, now);
        let clerk = self.clerk(seat, case, &gate)?;
        let step = (&clerk.case, Event::Miss, PlaceChange::Leave);
        let kind = ("replacement.missed", clerk.gate);
        go_gated(home, step, &clerk.hand(), kind)
    }
}

/// Ends an order of the case that nobody signed; one that was signed keeps the case where it is.
fn no_order(
    tx: &mut Tx<'_>,
    home: &Home,
    case: &ReplacementCase,
    seat: &Seat,
) -> std::result::Result<(), StoreError> {
    // Nobody signs it between looking and ending.
    tx.lock_case_row(case.incident, case.id)?;
    let last = tx.last_swap_order(case.incident, case.id)?;
    let Some(open) = last.filter(|one| one.state.is_open()) else { return Ok(()) };
    if open.state != order::State::Made {
        return Err(StoreError::State(ORDERED));
    }
    let (id, event, at) = (open.order.facts.id, order::Event::GiveUp, home.now());
    let end = OrderEnd { id, from: open.state, event, token: None, code: "case_moved", at };
    ended_in(tx, home, (&open, &end), ("order.refused", seat.actor())).map(drop)
}

fn ordered(error: StoreError) -> Problem {
    if error == StoreError::State(ORDERED) {
        return Problem::state("ordered", ORDERED).hint("give the order up first");
    }
    error.into()
}

fn other_place() -> Problem {
    Problem::state("other_place", "they have a place on another day, or elsewhere")
        .hint("have them change it on their page")
}
