//! What customers do with their own case: choose where and when, change it, take it back, say "this was not me", show that they stand at
//! a counter.

use serde::Serialize;
use simrecall_core::access::{Capacity, Unlock};
use simrecall_core::id::LineId;
use simrecall_core::notice::Language;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::{Event, State, step};
use simrecall_core::subscriber::LineRecord;
use simrecall_store::StoreError;
use simrecall_store::agency::AgencyKind;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::line_hold::{LineHold, NOT_ME};
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};

use super::CUSTOMER;
use super::book::{counter, offers, queue, take};
use super::call_code::CallShown;
use super::check_in::{self, CheckIn, Picture};
use super::code;
use super::line::{Rules, number_index};
use super::notices::Letters;
use super::parcel;
use super::parcel::activate::Activation;
use super::places::Counter;
use super::step::{Hand, moved};
use super::visit::words;
use crate::agency;
use crate::problem::{Problem, Result};
use crate::selfcheck::{Door, Known, Visit};

/// How many free hours of an agency are offered at once.
const HOURS: usize = 12;
/// How many agencies are offered at once, those with the most places first.
const AGENCIES: usize = 40;

/// An agency somebody can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnOffer {
    /// Its code: chosen by itself, somebody waits in line there.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The next hours that are free there.
    pub hours: Vec<OwnHour>,
}

/// A free hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnHour {
    /// What [`Door::choose`] takes.
    pub value: String,
    /// The day.
    pub date: String,
    /// From when on, as `10:00`.
    pub hour: String,
}

/// Where a case of theirs stands, and what they may do.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a button of the page, by itself")]
pub struct OwnVisit {
    /// The line.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// Where they wait or are booked.
    pub agency: Option<String>,
    /// Where that is.
    pub address: Option<String>,
    /// The day they are booked for.
    pub date: Option<String>,
    /// From when on, as `10:00`.
    pub hour: Option<String>,
    /// What to check in with: the case is found by it, and by nothing else.
    pub check_in: Option<CheckIn>,
    /// Whether a code for a call can be shown: where staff answer calls at terminals.
    pub callable: bool,
    /// What to read out when they call, while it is shown.
    pub call: Option<CallShown>,
    /// What to show at the counter, while they are checked in there.
    pub code: Option<String>,
    /// The same, to scan.
    pub qr: Option<Picture>,
    /// What to bring: one of each.
    pub bring: Vec<String>,
    /// Whether they may choose another place and hour.
    pub changeable: bool,
    /// Whether they may stop it.
    pub stoppable: bool,
    /// Whether the card is to come, or comes, by parcel: then nobody visits anything.
    pub home: bool,
    /// Whether they may ask for it to come by parcel.
    pub parcel: bool,
    /// Whether a parcel is on its way, or there, and they may choose a shop instead.
    pub shop: bool,
    /// What is left to do before the parcel's card takes over.
    pub activation: Option<Activation>,
}

impl std::fmt::Debug for OwnVisit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnVisit").field("line", &self.line).finish_non_exhaustive()
    }
}

/// A code that shows that somebody stands at a counter now.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Presence {
    /// Six digits.
    pub code: String,
    /// For how many more seconds it is shown.
    pub seconds: i64,
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Presence(***)")
    }
}

impl Door {
    /// The agencies that serve customers, with the hours that are free there now.
    pub fn offers(&self, visit: &Visit) -> Result<Vec<OwnOffer>> {
        visit.asked(Unlock::Apply)?;
        let home = &self.inner.home;
        let mut found = Vec::new();
        for agency in agency::all(home)? {
            let product = home.config.replacement.product.clone();
            let counter = Counter { agency, product };
            if !counter.is_open() {
                continue;
            }
            let days = offers(home, &counter)?;
            let places: u32 = days.iter().map(|day| day.places).sum();
            let (code, name) = (counter.agency.code, counter.agency.name);
            let hours = days.iter().flat_map(|day| day.hours.iter().map(|hour| (day.day, *hour)));
            let hour = |(day, hour): (chrono::NaiveDate, u8)| OwnHour {
                value: format!("{code} {day} {hour}"),
                date: day.to_string(),
                hour: format!("{hour:02}:00"),
            };
            let hours = hours.take(HOURS).map(hour).collect();
            found.push((std::cmp::Reverse(places), OwnOffer { code, name, hours }));
        }
        found.sort_by(|(a, one), (b, other)| (a, &one.code).cmp(&(b, &other.code)));
        Ok(found.into_iter().map(|(_, offer)| offer).take(AGENCIES).collect())
    }

    /// Where each open case of theirs stands.
    pub fn visits(&self, visit: &Visit, language: Language) -> Result<Vec<OwnVisit>> {
        let known = visit.asked(Unlock::Apply)?;
        let home = &self.inner.home;
        let own = self.own_lines(known)?;
        let lines: Vec<LineId> = own.keys().copied().collect();
        let incident = self.inner.incident;
        let cases = home.store.read(|tx| tx.replacements_of(incident, &lines))?;
        let rules = Rules::read(home)?;
        let mut visits = Vec::new();
        let theirs = cases.iter().filter(|case| case.person == known.person);
        for case in theirs.filter(|case| case.state.is_open()) {
            let Some(record) = own.get(&case.line) else { continue };
            let agency = match case.agency {
                Some(id) => home.store.read(|tx| tx.agency(id))?,
                None => None,
            };
            let person = case.person_type.unwrap_or(Person::Adult);
            let bring = words(&rules, person, language);
            let home_bound = agency.as_ref().is_some_and(|one| one.kind == AgencyKind::Warehouse);
            let (name, address) = agency.map(|one| (one.name, one.address)).unzip();
            let is_returned = case.state == State::Returned;
            let shown = !home_bound;
            let code = self.presence(visit, case.line).ok().map(|presence| presence.code);
            let qr = code.as_deref().map(check_in::picture).transpose()?;
            visits.push(OwnVisit {
                line: case.line,
                number: record.msisdn.masked(),
                agency: name.filter(|_| shown),
                address: address.filter(|_| shown),
                date: case.day.map(|day| day.to_string()),
                hour: case.hour.map(|hour| format!("{hour:02}:00")),
                check_in: self.check_in(case, shown)?,
                callable: home.config.agency.is_some(),
                call: self.call_shown(case)?,
                code,
                qr,
                bring: bring.iter().map(|group| group.join(" / ")).collect(),
                changeable: step(case.state, Event::Book).is_ok() || is_returned,
                stoppable: step(case.state, Event::Hold).is_ok(),
                home: home_bound && !is_returned,
                parcel: !home_bound && self.offers_parcels(known, case),
                shop: step(case.state, Event::ReturnParcel).is_ok(),
                activation: self.activation(visit, case, record)?,
            });
        }
        Ok(visits)
    }

    /// What to check in with, where cases are served at terminals.
    fn check_in(&self, case: &ReplacementCase, shown: bool) -> Result<Option<CheckIn>> {
        let home = &self.inner.home;
        let may = shown && home.config.agency.is_some() && step(case.state, Event::CheckIn).is_ok();
        may.then(|| check_in::shown(home, &self.inner.service, case)).transpose()
    }

    /// Chooses what [`Door::offers`] offered: an agency, a day and an hour; or an agency alone, to wait in line there.
    pub fn choose(&self, visit: &Visit, line: LineId, at: &str) -> Result<()> {
        let unread = || Problem::input("agency", "no agency and hour were chosen");
        let mut parts = at.split_whitespace();
        let agency = parts.next().ok_or_else(unread)?;
        let Some(day) = parts.next() else { return self.wait_at(visit, line, agency) };
        let day = day.parse().map_err(|_| unread())?;
        let hour = parts.next().and_then(|hour| hour.parse().ok()).ok_or_else(unread)?;
        self.book(visit, line, (agency, day, hour))
    }

    /// Books a visit for a line of theirs, or another one instead.
    pub fn book(
        &self,
        visit: &Visit,
        line: LineId,
        (agency, day, hour): (&str, chrono::NaiveDate, u8),
    ) -> Result<()> {
        let (mut case, _) = self.open_case(visit, line)?;
        let counter = counter(&self.inner.home, agency, None)?;
        let hand =
            Hand { by: None, actor: CUSTOMER, agency: Some(counter.agency.id), terminal: None };
        // Whoever would rather not have a parcel is in line before they are booked.
        if case.state == State::Returned {
            queue(&self.inner.home, (&case, &counter), &hand)?;
            (case, _) = self.open_case(visit, line)?;
        }
        take(&self.inner.home, (&case, &counter), (day, hour), &hand)
    }

    /// Whether a parcel may be asked for at all; whether one goes to them, they learn when they ask.
    fn offers_parcels(&self, known: &Known, case: &ReplacementCase) -> bool {
        known.proven.capacity == Capacity::Holder
            && matches!(case.person_type, None | Some(Person::Adult))
            && step(case.state, Event::Queue).is_ok()
            && parcel::are_sent(&self.inner.home)
    }

    /// Puts a line's case in line at an agency.
    pub fn wait_at(&self, visit: &Visit, line: LineId, agency: &str) -> Result<()> {
        let (case, _) = self.open_case(visit, line)?;
        let counter = counter(&self.inner.home, agency, None)?;
        let hand =
            Hand { by: None, actor: CUSTOMER, agency: Some(counter.agency.id), terminal: None };
        queue(&self.inner.home, (&case, &counter), &hand)
    }

    /// The code to show at the counter: only while they are at a counter and the swap has not begun.
    pub fn presence(&self, visit: &Visit, line: LineId) -> Result<Presence> {
        let (case, _) = self.open_case(visit, line)?;
        let not_there = || {
            Problem::state("not_checked_in", "a code is shown once you are checked in at a counter")
        };
        if !case.state.takes_proofs() {
            return Err(not_there());
        }
        let home = &self.inner.home;
        let agency = code::counter_of(home, &case)?.ok_or_else(not_there)?;
        let (code, seconds) = code::shown(home, &self.inner.service, (&case, agency));
        Ok(Presence { code, seconds })
    }

    /// "This was not me": the line is held until somebody of ours has looked, whatever becomes of the case.
    pub fn not_me(&self, visit: &Visit, line: LineId) -> Result<()> {
        let (case, record) = self.open_case(visit, line)?;
        let home = &self.inner.home;
        let now = self.now();
        let hold = LineHold {
            number: number_index(&self.inner.service, &record.msisdn),
            raised_at: now,
            by: None,
            reason: NOT_ME.to_owned(),
            case: Some((case.incident, case.id)),
            cleared: None,
            owner_agreed_at: None,
        };
        let mut letters = Letters::none();
        letters.add(home, std::slice::from_ref(&case))?;
        let body = serde_json::json!({ "case": case.id, "lines": [line], "reason": "not_me" });
        let entry = home.entry("line.held", CUSTOMER, Some(case.incident), body)?;
        home.store.write(|tx| {
            if tx.raise_line_hold(&hold)? {
                tx.journal(&entry)?;
            }
            let now = tx.replacement(case.incident, case.id)?;
            let now = now.ok_or(StoreError::NotFound("case"))?;
            // One that is being swapped is turned by whoever works at it, who sees the hold.
            if now.state.is_swapping() || step(now.state, Event::Hold).is_err() {
                return Ok(());
            }
            let hand = Hand { by: None, actor: CUSTOMER, agency: None, terminal: None };
            match moved(tx, home, (&now, Event::Hold, PlaceChange::Leave), &hand)? {
                Moved::Done => {
                    letters.write(tx, home, &now, (CaseNoticeKind::Held, now.version + 1))
                }
                Moved::Elsewhere | Moved::DayFull | Moved::HourFull => Err(StoreError::Busy),
            }
        })?;
        Ok(())
    }

    /// The open case of a line of theirs, and the line.
    pub(crate) fn open_case(
        &self,
        visit: &Visit,
        line: LineId,
    ) -> Result<(ReplacementCase, LineRecord)> {
        let known = visit.asked(Unlock::Apply)?;
        let record = self.own_line(known, line)?;
        let incident = self.inner.incident;
        let cases = self.inner.home.store.read(|tx| tx.replacements_of(incident, &[line]))?;
        let mut theirs = cases.into_iter().filter(|case| case.person == known.person);
        let open = theirs.find(|case| case.state.is_open());
        open.map(|case| (case, record)).ok_or_else(super::not_open)
    }
}
