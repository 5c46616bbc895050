//! Holds: somebody said "this was not me", and nothing is swapped on the line until somebody else has looked.

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::StaffId;
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::parcel::End;
use simrecall_core::replacement::{Event, step};
use simrecall_store::line_hold::LineHold;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::Field;
use simrecall_store::{StoreError, Tx};

use super::start::line_of;
use super::{ELSEWHERE, case_of};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::parcel::over;
use crate::staff;
use crate::terminal::honey;

/// What became of a line that was held, or is not any more.
#[derive(Debug, Clone, Serialize)]
pub struct HoldAnswer {
    /// The case it was said over.
    pub case: String,
    /// Where the case is now. One that is being swapped goes back as soon as its worker sees the hold.
    pub state: &'static str,
    /// Whether the line is held.
    pub held: bool,
}

/// What became of a number whose hold was ended.
#[derive(Debug, Clone, Serialize)]
pub struct NumberCleared {
    /// The number, masked.
    pub number: String,
    /// Whether it is held.
    pub held: bool,
}

/// Holds the line of a case, whatever becomes of the case. `reason` is a word, such as `not_me`.
pub fn hold(home: &Home, code: &str, case: &str, (reason, by): (&str, &str)) -> Result<HoldAnswer> {
    let member = staff::may(home, by, Act::HoldLine)?;
    let case = case_of(home, code, case)?;
    let plain = |sign: char| sign.is_ascii_lowercase() || matches!(sign, '_' | '-');
    if reason.is_empty() || reason.len() > 40 || !reason.chars().all(plain) {
        return Err(Problem::input(
            "reason",
            "a reason is a word such as not_me, and names nobody",
        ));
    }
    let number = number_key(home, &case, member.id)?;
    let now = home.now();
    let row = LineHold {
        number,
        raised_at: now,
        by: Some(member.id),
        reason: reason.to_owned(),
        case: Some((case.incident, case.id)),
        cleared: None,
        owner_agreed_at: None,
    };
    let actor = member.id.to_string();
    let body = serde_json::json!({ "case": case.id, "reason": reason });
    let entry = home.entry("line.held", &actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        if tx.raise_line_hold(&row)? {
            tx.journal(&entry)?;
        }
        let case = reread(tx, &case)?;
        // One that is being swapped is turned by whoever works at it, who knows how far it is.
        if case.state.is_swapping() || step(case.state, Event::Hold).is_err() {
            return Ok(());
        }
        if let Some(card) = tx.reserved_card(case.incident, case.id)?
            && card.lease.is_some()
        {
            tx.release_card(card.id, (case.incident, case.id), CardState::Available, now)?;
        }
        if let Some(parcel) = tx.open_parcel(case.incident, case.id)? {
            over::end(tx, home, &parcel, End::Held)?;
        }
        let case = reread(tx, &case)?;
        moved(tx, &case, Event::Hold, (member.id, now))
    });
    settled(done)?;
    answer(home, &case, number)
}

/// Ends the hold on a case's line: by somebody else than who raised it, and than who verified the customer.
pub fn clear(home: &Home, code: &str, case: &str, by: &str) -> Result<HoldAnswer> {
    let member = staff::may(home, by, Act::ClearLine)?;
    let case = case_of(home, code, case)?;
    let events = home.store.read(|tx| tx.case_events(case.incident, case.id))?;
    let verified = |one: &&simrecall_store::replacement::CaseEvent| {
        one.event == Some(Event::Verify) && one.by == Some(member.id)
    };
    if events.iter().any(|one| verified(&one)) {
        return Err(same_person("who verified the customer does not clear the line"));
    }
    let number = number_key(home, &case, member.id)?;
    may_clear(&live_holds(home, &number)?, member.id)?;
    let now = home.now();
    let actor = member.id.to_string();
    let body = serde_json::json!({ "case": case.id });
    let entry = home.entry("line.cleared", &actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        if !tx.clear_line_hold(&number, member.id, now)? {
            return Err(StoreError::State(ELSEWHERE));
        }
        tx.journal(&entry)?;
        let case = reread(tx, &case)?;
        // What its owner said may stand beside what somebody else said: the line is free when both have ended.
        if tx.line_is_held(&number)? || step(case.state, Event::Clear).is_err() {
            return Ok(());
        }
        moved(tx, &case, Event::Clear, (member.id, now))
    });
    settled(done)?;
    answer(home, &case, number)
}

/// Ends a hold that was raised on a number alone: by a caller, or over somebody who had no case. By somebody else than who raised it.
pub fn clear_number(home: &Home, number: &str, by: &str) -> Result<NumberCleared> {
    let member = staff::may(home, by, Act::ClearLine)?;
    let number = Msisdn::parse(number)
        .map_err(|error| Problem::input("number", "this is no mobile number").caused_by(error))?;
    honey::touched_at_desk(home, &member, &number)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let index = service.blind(Field::Msisdn, number.expose());
    let live = live_holds(home, &index)?;
    if let Some((_, case)) = live.iter().find_map(|one| one.case) {
        return Err(Problem::state("has_case", "this hold was raised over a case")
            .detail(format!("case {case}"))
            .hint("clear it by the case: simrecall case clear CASE"));
    }
    may_clear(&live, member.id)?;
    let actor = member.id.to_string();
    let entry = home.entry("line.cleared", &actor, None, serde_json::json!({}))?;
    let (by, now) = (member.id, home.now());
    let cleared = home.store.write(|tx| {
        let cleared = tx.clear_line_hold(&index, by, now)?;
        if cleared {
            tx.journal(&entry)?;
        }
        Ok(cleared)
    })?;
    if cleared {
        return Ok(NumberCleared { number: number.masked(), held: false });
    }
    Err(Problem::state("conflict", "somebody else has just changed this").hint("try again"))
}

/// The holds that are on a line; refused if there is none.
fn live_holds(home: &Home, number: &[u8; 16]) -> Result<Vec<LineHold>> {
    let mut holds = home.store.read(|tx| tx.line_holds(number))?;
    holds.retain(|one| one.cleared.is_none());
    if holds.is_empty() {
        return Err(Problem::state("not_held", "the line is not held"));
    }
    Ok(holds)
}

/// Whether somebody may end one of these holds at least; why not, what only the owner can say first.
fn may_clear(live: &[LineHold], by: StaffId) -> Result<()> {
    let disagrees = |one: &LineHold| one.is_owners() && one.owner_agreed_at.is_none();
    if live.iter().any(|one| one.by != Some(by) && !disagrees(one)) {
        return Ok(());
    }
    if live.iter().any(disagrees) {
        let what = "the customer raised this hold, and has not agreed that it ends";
        return Err(Problem::state("owner_disagrees", what)
            .hint("they agree on their own page, with a fresh proof; nobody does it for them"));
    }
    Err(same_person("who raised a hold does not clear it"))
}

/// The line's number as holds and swaps know it: from an open swap, else from the registry.
fn number_key(home: &Home, case: &ReplacementCase, by: StaffId) -> Result<[u8; 16]> {
    let (incident, id) = (case.incident, case.id);
    let swaps = home.store.read(|tx| tx.swaps_of(incident, id))?;
    if let Some(swap) = swaps.last() {
        return Ok(swap.number);
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let line = line_of(home, case, &by.to_string())?;
    Ok(service.blind(Field::Msisdn, line.number.expose()))
}

fn answer(home: &Home, case: &ReplacementCase, number: [u8; 16]) -> Result<HoldAnswer> {
    let (case, held) = home.store.read(|tx| Ok((reread(tx, case)?, tx.line_is_held(&number)?)))?;
    Ok(HoldAnswer { case: case.id.to_string(), state: case.state.name(), held })
}

fn reread(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
) -> std::result::Result<ReplacementCase, StoreError> {
    tx.replacement(case.incident, case.id)?.ok_or(StoreError::NotFound("replacement_case"))
}

fn moved(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    event: Event,
    (by, at): (StaffId, chrono::DateTime<chrono::Utc>),
) -> std::result::Result<(), StoreError> {
    let to = step(case.state, event).map_err(|_| StoreError::State(ELSEWHERE))?;
    let (by, place) = (Some(by), PlaceChange::Leave);
    match tx.move_case(&CaseMove { case, event, to, place, by, agency: None, at })? {
        Moved::Done => Ok(()),
        Moved::Elsewhere | Moved::DayFull | Moved::HourFull => Err(StoreError::State(ELSEWHERE)),
    }
}

fn settled(done: std::result::Result<(), StoreError>) -> Result<()> {
    if super::moved_on(done)? {
        return Ok(());
    }
    Err(Problem::state("conflict", "somebody else has just changed this").hint("try again"))
}

fn same_person(what: &str) -> Problem {
    Problem::state("same_person", what).hint("ask a colleague to look")
}
