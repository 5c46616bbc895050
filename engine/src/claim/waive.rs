//! Money that comes off the next bill instead of being paid.

use serde_json::json;
use simrecall_core::access::Purpose;
use simrecall_core::claim::{Event, StateKind, may_object};
use simrecall_core::identity::Msisdn;
use simrecall_core::order::Kind;
use simrecall_store::StoreError;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::permit::PermitRequest;
use simrecall_store::registry::SealedLine;

use super::desk::With;
use super::review::{ClaimAnswer, Looked, show};
use super::{found_or_decided, wrong_state};
use crate::home::Home;
use crate::orders::{About, draft};
use crate::problem::{self, Problem, Result};
use crate::selfcheck::{is_held, unopened};

/// Takes a granted claim off its owner's bill. Who does neither found nor decided it.
pub fn waive(home: &Home, code: &str, id: &str, by: &str) -> Result<ClaimAnswer> {
    if home.config.orders.receiver(Kind::WaiveBill).is_none() {
        return Err(Problem::configuration("no_receiver", "nobody takes orders for bills")
            .hint("name who does: [[orders.receivers]] kinds = [\"bill.waive\"]"));
    }
    let looked = Looked::at(home, (code, id, by))?;
    let (incident, claim) = (looked.claim.incident, &looked.claim);
    if claim.state == StateKind::Partial && may_object(claim.appeal_until, home.now()) {
        return Err(Problem::state("may_object", "its owner may still object")
            .hint("wait until the time to object is over; claim show says when"));
    }
    let number = number(home, &looked)?;
    let desk = looked.desk(home);
    let with = With { outside: None, tell: Some(CaseNoticeKind::ClaimWaived) };
    let moving = desk.ready(claim, looked.record.clone(), &Event::Waive, with)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let data = json!({ "number": number.expose(), "won": moving.granted() });
    let subject = Some(number.expose());
    let about = About { kind: Kind::WaiveBill, incident: Some(incident), subject };
    let order = draft(home, &service, &about, &data)?;
    let body = json!({ "claim": claim.id, "order": order.id });
    let entry = home.entry("claim.waived", &looked.actor, Some(incident), body)?;
    let letters = desk.letters([&moving])?;
    let moved = home.store.write(|tx| {
        if !moving.write(tx, home, &letters)? {
            return Ok(false);
        }
        let events = tx.claim_events(incident, claim.id)?;
        if found_or_decided(&events).any(|one| one == looked.by) {
            return Err(StoreError::State(OWN));
        }
        if tx.payments_of(incident, claim.id)?.iter().any(|one| one.result.is_none()) {
            return Err(StoreError::State(OPEN));
        }
        tx.put_order(&order)?;
        tx.journal(&entry)?;
        Ok(true)
    });
    match moved {
        Ok(true) => show(home, code, id, by),
        Ok(false) => Err(wrong_state()),
        Err(StoreError::State(OWN)) => {
            Err(Problem::state("same_person", "who found or decided a claim does not waive it")
                .hint("somebody else of privacy or legal does"))
        }
        Err(StoreError::State(OPEN)) => {
            Err(Problem::state("payment_open", "a payment of this claim is under way")
                .hint("take the bank's results in first: simrecall claim paid"))
        }
        Err(error) => Err(error.into()),
    }
}

const OWN: &str = "who found or decided a claim does not waive it";
const OPEN: &str = "a payment of this claim is under way";

/// The line's number, as long as its owner has it.
fn number(home: &Home, looked: &Looked) -> Result<Msisdn> {
    let (claim, now) = (&looked.claim, home.now());
    let incident = claim.incident;
    let parties = home.store.read(|tx| match tx.latest_snapshot(incident)? {
        Some(snapshot) => tx.parties(incident, snapshot.no, &[claim.person]),
        None => Ok(Vec::new()),
    })?;
    let has = |line: &&SealedLine| line.holding.line == claim.line && is_held(&line.holding, now);
    let mut lines = parties.iter().flat_map(|party| &party.lines);
    let line = lines.find(has).ok_or_else(|| {
        Problem::state("other_holder", "its owner does not have the line any more")
            .hint("pay it instead: simrecall claim schedule")
    })?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: looked.actor.clone(),
        incident: Some(incident),
        scope: format!("the bill that claim {} comes off", claim.id),
        fields: vec!["number".to_owned()],
        rows: 1,
    })?;
    let opened = line.open(&mut permit, looked.keys()).map_err(unopened)?;
    Ok(opened.record.msisdn)
}
