//! The other side of a look: who waits, the oldest one, and its images.

use std::fmt;

use chrono::{DateTime, Datelike as _, Utc};
use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::limit::Count;
use simrecall_core::access::view::{Owner, View};
use simrecall_core::id::LookId;
use simrecall_core::replacement::documents::Person;
use simrecall_core::terminal::look::{Event, LASTS, State, is_stranger, step};
use simrecall_store::look::{Look, image_row};
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::Table;
use simrecall_store::{StoreError, Tx};
use zeroize::Zeroizing;

use super::{AT_ONCE, allowed, digits, involved, is_open, lapse, look_id};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::found::holder_of;
use crate::selfcheck::unopened;
use crate::terminal::view::{may, not_shown, permit_of};
use crate::terminal::{AgencyDoor, Seat, alarm, limit};

/// How many wait for whoever asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LooksWaiting {
    /// How many.
    pub waiting: usize,
    /// How long the oldest one has waited, in seconds.
    pub oldest_seconds: i64,
}

/// A look that was given to somebody.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LookTaken {
    /// Its name.
    pub look: LookId,
    /// The four digits that have to be on the images.
    pub digits: String,
    /// What kind of person comes.
    pub person: Option<&'static str>,
    /// The holder's name as the registry has it; none if the number is nobody's.
    pub holder: Option<String>,
    /// The year they were born in, if it is known.
    pub birth_year: Option<i32>,
    /// Its images, by number.
    pub images: Vec<i16>,
    /// Until when to answer.
    pub until: DateTime<Utc>,
}

impl fmt::Debug for LookTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LookTaken({}, ***)", self.look)
    }
}

impl AgencyDoor {
    /// How many looks wait that this person may take.
    pub fn looks_waiting(&self, seat: &Seat) -> Result<LooksWaiting> {
        allowed(seat, Act::TakeLook)?;
        let (now, post) = (self.now(), alarm::post(seat));
        let waiting = self.home().store.read(|tx| {
            let mut waiting = LooksWaiting::default();
            for look in tx.looks_in(State::Asked, AT_ONCE)? {
                let is_ready = is_open(&look, now) && !tx.look_images(look.id)?.is_empty();
                if is_ready && is_stranger(&post, &involved(tx, &look)?) {
                    waiting.waiting += 1;
                    let waits = (now - look.asked_at).num_seconds();
                    waiting.oldest_seconds = waiting.oldest_seconds.max(waits);
                }
            }
            Ok(waiting)
        })?;
        Ok(waiting)
    }

    /// Gives the oldest look to whoever asks; the one they have, if they have one; none if nobody waits for them.
    pub fn take_look(&self, seat: &Seat) -> Result<Option<LookTaken>> {
        allowed(seat, Act::TakeLook)?;
        may(seat, View::Look, Owner::Taken)?;
        let (home, now, post) = (self.home(), self.now(), alarm::post(seat));
        let taken = home.store.write(|tx| {
            seat.still(tx, now)?;
            let own = tx.look_taken_by(seat.staff.id)?.filter(|look| is_open(look, now));
            if let Some(look) = own.filter(|look| is_taken_at(look, seat)) {
                return Ok(Some(look));
            }
            for look in tx.looks_in(State::Asked, AT_ONCE)? {
                if step(look.state, Event::Take, (look.asked_at, now)).is_err() {
                    lapse(tx, home, &look)?;
                    continue;
                }
                let is_ready = !tx.look_images(look.id)?.is_empty();
                if !is_ready || !is_stranger(&post, &involved(tx, &look)?) {
                    continue;
                }
                limit::count(tx, home, seat, (Count::LookTaken, None))?;
                if !tx.take_look(look.id, &post, now)? {
                    return Err(StoreError::Busy);
                }
                let body = json!({
                    "look": look.id, "case": look.case, "terminal": seat.terminal.id,
                });
                home.journal(tx, ("look.taken", seat.actor()), Some(look.incident), body)?;
                return Ok(Some(look));
            }
            Ok(None)
        })?;
        taken.map(|look| self.opened(seat, &look)).transpose()
    }

    /// What the registry knows of whom a look is of; one entry, before it is opened.
    fn opened(&self, seat: &Seat, look: &Look) -> Result<LookTaken> {
        let home = self.home();
        let images = home.store.read(|tx| tx.look_images(look.id))?;
        let (mut holder, mut birth_year) = (None, None);
        let subject = subject(look);
        let asked = (View::Look, look.incident, subject.as_str());
        let request = permit_of(seat, asked, (&["name", "birth_date"], 1));
        let mut permit = home.permit(&request)?;
        if let Some(case) = as_case(home, look)
            && let Ok((subscriber, _)) = holder_of(home, &case)
        {
            let keys = home.keys.incident(look.incident).map_err(problem::keys)?;
            let opened = subscriber.open(&mut permit, &keys).map_err(unopened)?;
            holder = Some(opened.record.name.expose().to_owned());
            birth_year = opened.record.birth_date.map(|day| day.year());
        }
        Ok(LookTaken {
            look: look.id,
            digits: digits(look),
            person: look.person.map(Person::name),
            holder,
            birth_year,
            images,
            until: look.asked_at + LASTS,
        })
    }

    /// One image of the look that somebody took; one entry each, before it is opened.
    pub fn look_image(&self, seat: &Seat, look: &str, no: i16) -> Result<Zeroizing<Vec<u8>>> {
        allowed(seat, Act::TakeLook)?;
        may(seat, View::Look, Owner::Taken)?;
        let look = self.taken_by(seat, look)?;
        let home = self.home();
        let sealed = home.store.read(|tx| tx.look_image(look.id, no))?.ok_or_else(not_shown)?;
        let keys = home.keys.incident(look.incident).map_err(problem::keys)?;
        let subject = subject(&look);
        let asked = (View::Look, look.incident, subject.as_str());
        let (id, now) = (look.id, home.now());
        // That it was opened is on record together with who was let: a yes asks for it.
        let seen = |tx: &mut Tx<'_>| tx.see_look_image(id, no, now);
        let mut permit = home.permit_with(&permit_of(seat, asked, (&["image"], 1)), seen)?;
        let opened = permit.open(&keys, Table::LookImage, &image_row(look.id, no), &sealed);
        opened.map_err(|error| Problem::ours("sealed", "an image does not open").caused_by(error))
    }

    /// The look that somebody took here and has not answered.
    pub(super) fn taken_by(&self, seat: &Seat, look: &str) -> Result<Look> {
        let id = look_id(look)?;
        let look = self.home().store.read(|tx| tx.look(id))?;
        let look = look.filter(|look| is_taken_at(look, seat)).ok_or_else(not_shown)?;
        if look.state == State::Taken && is_open(&look, self.now()) {
            return Ok(look);
        }
        Err(super::late())
    }
}

/// What a look is of, as the journal names it.
fn subject(look: &Look) -> String {
    match look.case {
        Some(case) => format!("case {case}"),
        None => format!("look {}", look.id),
    }
}

/// Whether this very person took it at this very terminal.
pub(super) fn is_taken_at(look: &Look, seat: &Seat) -> bool {
    let post = alarm::post(seat);
    look.taken.is_some_and(|(by, _)| by.staff == post.staff && by.terminal == post.terminal)
}

/// Whom a look is of, as a case names them: its case, or one that a walk-in would have.
fn as_case(home: &Home, look: &Look) -> Option<ReplacementCase> {
    let (line, holder) = look.of?;
    let id = look.case.unwrap_or(simrecall_core::id::CaseId::from_bytes([0; 16]));
    Some(ReplacementCase::applied(look.incident, line, id, holder, home.now()))
}
