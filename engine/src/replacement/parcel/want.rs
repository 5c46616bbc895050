//! A case waits for a parcel, or would rather not.

use simrecall_core::access::{Act, Capacity, Unlock};
use simrecall_core::id::LineId;
use simrecall_core::replacement::parcel::End;
use simrecall_core::replacement::{Event, step};
use simrecall_store::StoreError;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};

use super::{home, over, please_visit, warehouse};
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::replacement::CUSTOMER;
use crate::replacement::shown::{CaseAnswer, case_id, found, one};
use crate::replacement::step::{Hand, go, moved, refused, wrong};
use crate::selfcheck::{Door, Visit};
use crate::{incident, staff};

/// Puts a case in line for a parcel, by staff.
pub fn want(home: &Home, code: &str, case: &str, by: &str) -> Result<CaseAnswer> {
    let member = staff::may(home, by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, code)?.id;
    let case = found(home, incident, case_id(case)?)?;
    let actor = member.id.to_string();
    wanted(
        home,
        &case,
        &Hand { by: Some(member.id), actor: &actor, agency: None, terminal: None },
    )?;
    one(home, incident, case.id)
}

/// The customer would rather go to a shop: the parcel's card is put aside, by staff.
pub fn unwanted(home: &Home, code: &str, case: &str, by: &str) -> Result<CaseAnswer> {
    let member = staff::may(home, by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, code)?.id;
    let case = found(home, incident, case_id(case)?)?;
    let actor = member.id.to_string();
    let hand = Hand { by: Some(member.id), actor: &actor, agency: None, terminal: None };
    returned(home, &case, &hand)?;
    let parcel = home.store.read(|tx| tx.open_parcel(incident, case.id))?;
    if let Some(parcel) = parcel {
        home.store.write(|tx| over::end(tx, home, &parcel, End::Declined))?;
    }
    one(home, incident, case.id)
}

impl Door {
    /// Waits for a parcel with the card of a line of theirs. It goes where their letters went before the exposure, and nowhere else.
    pub fn want_parcel(&self, visit: &Visit, line: LineId) -> Result<()> {
        let known = visit.asked(Unlock::Apply)?;
        if known.proven.capacity != Capacity::Holder {
            return Err(please_visit());
        }
        let (case, _) = self.open_case(visit, line)?;
        let hand = Hand { by: None, actor: CUSTOMER, agency: None, terminal: None };
        wanted(&self.inner.home, &case, &hand)
    }

    /// They would rather go to a shop than wait for the parcel, or activate its card. It is put aside by staff's side.
    pub fn rather_shop(&self, visit: &Visit, line: LineId) -> Result<()> {
        let (case, _) = self.open_case(visit, line)?;
        let hand = Hand { by: None, actor: CUSTOMER, agency: None, terminal: None };
        returned(&self.inner.home, &case, &hand)
    }
}

fn wanted(home: &Home, case: &ReplacementCase, hand: &Hand<'_>) -> Result<()> {
    step(case.state, Event::Queue).map_err(|error| wrong(case).caused_by(error))?;
    let depot = warehouse(home)?;
    if case.agency == Some(depot.agency.id) && case.day.is_none() {
        return Err(Problem::state("already", "the case waits for a parcel already"));
    }
    home::destination(home, case, hand.actor)?;
    let place = PlaceChange::Wait(depot.agency.id, depot.product);
    let hand = Hand { agency: Some(depot.agency.id), ..*hand };
    go(home, (case, Event::Queue, place), &hand, "replacement.queued")
}

/// The case comes back from its parcel; what was to be said of the parcel is not said any more.
fn returned(home: &Home, case: &ReplacementCase, hand: &Hand<'_>) -> Result<()> {
    step(case.state, Event::ReturnParcel).map_err(|error| wrong(case).caused_by(error))?;
    let body = serde_json::json!({ "case": case.id, "lines": [case.line] });
    let entry = home.entry("parcel.declined", hand.actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        let now = tx.replacement(case.incident, case.id)?.ok_or(StoreError::NotFound("case"))?;
        let done = moved(tx, home, (&now, Event::ReturnParcel, PlaceChange::Leave), hand)?;
        if done == Moved::Done {
            let kinds = [CaseNoticeKind::Shipped];
            tx.drop_case_notices(case.incident, case.id, &kinds, home.now())?;
            tx.journal(&entry)?;
        }
        Ok(done)
    })?;
    refused(done, case)
}
