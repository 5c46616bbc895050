//! Calls: whoever answers sees a case by the code that the caller's own page shows, and holds a line for anybody who says "not me".

use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::limit::Count;
use simrecall_core::access::view::{Owner, View};
use simrecall_core::identity::Msisdn;
use simrecall_store::line_hold::LineHold;
use simrecall_store::seal::{DomainKeys, Tag};

use super::look::allowed;
use super::{AgencyDoor, Seat, honey, limit, view};
use crate::problem::{Problem, Result};
use crate::replacement::line::number_index;

/// The case of somebody who calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallShown {
    /// How it stands.
    pub state: &'static str,
    /// Where they are booked, as customers call it.
    pub place: Option<String>,
}

/// What a code is kept as.
pub(crate) fn kept(service: &DomainKeys, code: &str) -> [u8; 32] {
    service.tag(Tag::ProofCode, &[b"call", code.as_bytes()])
}

impl AgencyDoor {
    /// The case whose customer reads this code out; one that fits nothing is counted before that is said.
    pub fn call(&self, seat: &Seat, code: &str) -> Result<CallShown> {
        allowed(seat, Act::TakeCall)?;
        view::may(seat, View::Call, Owner::Calling)?;
        let home = self.home();
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let kept = kept(self.service(), &digits);
        let shown = home.store.write(|tx| {
            let now = home.now();
            seat.still(tx, now)?;
            // Whoever has guessed so often is told nothing, right or wrong.
            limit::is_left(tx, home, seat, Count::WrongCode)?;
            let found = tx.call_code(&kept, now)?;
            let case = match found {
                Some(found) => tx.replacement(found.case.0, found.case.1)?,
                None => None,
            };
            let Some(case) = case else {
                let typed = kept.first_chunk::<16>().copied().unwrap_or_default();
                limit::count(tx, home, seat, (Count::LookUp, Some(&typed)))?;
                limit::count(tx, home, seat, (Count::WrongCode, None))?;
                return Ok(None);
            };
            limit::count(tx, home, seat, (Count::LookUp, Some(case.id.as_bytes())))?;
            view::granted(tx, home, seat, (View::Call, Some((case.incident, case.id))))?;
            let agency = case.agency.filter(|_| case.day.is_some());
            let place = agency.map(|id| tx.agency(id)).transpose()?.flatten();
            Ok(Some(CallShown { state: case.state.name(), place: place.map(|one| one.name) }))
        })?;
        shown.ok_or_else(|| {
            Problem::input("call_code", "no page shows this code now")
                .hint("their page shows another one after ten minutes")
        })
    }

    /// Holds a line for a caller who says that something was not them: by number, and the answer is the same for every number.
    /// `reference`: the call's own, which names nobody.
    pub fn hold_for_caller(&self, seat: &Seat, number: &str, reference: &str) -> Result<()> {
        allowed(seat, Act::TakeCall)?;
        allowed(seat, Act::HoldLine)?;
        let home = self.home();
        let number = Msisdn::parse(number).map_err(|error| {
            Problem::input("number", "this is no mobile number").caused_by(error)
        })?;
        let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
        if !(4..=40).contains(&reference.len()) || !reference.chars().all(plain) {
            return Err(Problem::input("reference", "write the reference of the call"));
        }
        let index = number_index(self.service(), &number);
        let body = json!({ "reference": reference, "terminal": seat.terminal.id });
        let entry = home.entry("line.held", seat.actor(), None, body)?;
        let hold = LineHold {
            number: index,
            raised_at: home.now(),
            by: Some(seat.staff.id),
            reason: "caller".to_owned(),
            case: None,
            cleared: None,
            owner_agreed_at: None,
        };
        let held = home.store.write(|tx| {
            seat.still(tx, home.now())?;
            limit::count(tx, home, seat, (Count::Hold, None))?;
            honey::touched(tx, home, seat, &index)?;
            tx.raise_line_hold(&hold)?;
            tx.journal(&entry).map(drop)
        });
        honey::heard(home, (seat, &index), held)?;
        Ok(())
    }
}
