//! A claim for money that somebody else paid with the line: written down, looked over, handed in. And what the carrier offers besides.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use simrecall_core::access::Unlock;
use simrecall_core::claim;
use simrecall_engine::claim::benefit::OwnBenefits;
use simrecall_engine::selfcheck::{Door, NewClaim, OwnClaim, OwnLine, Visit};
use simrecall_engine::{Problem, Result};

use super::lines::line_id;
use super::own::shown;
use super::see_other;
use crate::admission::Work;
use crate::body::Typed;
use crate::call::Call;
use crate::form::{Filled, settled};
use crate::layers::Brought;
use crate::pages::Page;
use crate::state::Portal;

/// What the page of claims shows.
#[derive(Debug, Serialize)]
struct Offers {
    lines: Vec<OwnLine>,
    claims: Vec<OwnClaim>,
    benefits: Vec<OwnBenefits>,
}

/// A claim that an address names. Its name says nothing of anybody, and only its owner can read it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Named {
    id: Option<String>,
}

type Asked = std::result::Result<Query<Named>, QueryRejection>;

fn claims(door: &Door, visit: &Visit) -> Result<Offers> {
    // Who proved less may claim, and choose nothing.
    let benefits = if visit.may(Unlock::Choose) { door.benefits(visit)? } else { Vec::new() };
    Ok(Offers { lines: door.lines(visit)?, claims: door.claims(visit)?, benefits })
}

/// The draft of that name; without a name, the newest.
fn the_draft(door: &Door, visit: &Visit, id: Option<&str>) -> Result<OwnClaim> {
    let claims = door.claims(visit)?;
    let drafts = claims.into_iter().filter(|claim| claim.state == claim::State::Draft.name());
    let named = drafts.filter(|claim| id.is_none_or(|id| claim.id == id));
    named
        .max_by_key(|claim| claim.created_at)
        .ok_or_else(|| Problem::state("claim_state", "no claim waits to be handed in"))
}

/// The claims there are and the form for one more, or for a draft that is to be changed.
pub(super) async fn claim(State(portal): State<Arc<Portal>>, call: Call, named: Asked) -> Response {
    let id = named.ok().and_then(|Query(named)| named.id);
    let view = portal.visit(Work::Reads, &call, move |door, visit| {
        let draft = match id {
            Some(id) => the_draft(door, visit, Some(&id)).ok(),
            None => None,
        };
        Ok((claims(door, visit)?, draft))
    });
    match view.await {
        Ok((view, draft)) => {
            let typed = draft.as_ref().map(as_typed).unwrap_or_default();
            let filled = Filled { page: Page::Claim, call: &call, typed: &typed };
            portal.form(StatusCode::OK, filled, &[], view)
        }
        Err(problem) => shown::<Offers>(&portal, &call, Page::Claim, Err(problem)),
    }
}

/// A draft as its form has it.
fn as_typed(draft: &OwnClaim) -> Typed {
    Typed::of([
        ("id", draft.id.clone()),
        ("line", draft.line.to_string()),
        ("day", draft.day.clone()),
        ("amount", draft.amount_won.to_string()),
        ("merchant", draft.merchant.clone()),
        ("note", draft.note.clone()),
    ])
}

/// The draft as it would be handed in. If there is none, back to the claims.
pub(super) async fn check(State(portal): State<Arc<Portal>>, call: Call, named: Asked) -> Response {
    let id = named.ok().and_then(|Query(named)| named.id);
    let view = portal
        .visit(Work::Reads, &call, move |door, visit| the_draft(door, visit, id.as_deref()))
        .await;
    match view {
        Err(problem) if problem.code == "claim_state" => see_other(&call.path("claim")),
        view => shown(&portal, &call, Page::ClaimCheck, view),
    }
}

/// Writes a claim down, takes one back, says that what was asked for was given, objects to a decision, or chooses a benefit.
pub(super) async fn draft(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let form = typed.clone();
    let done = portal.visit(Work::Writes, &call, move |door, visit| {
        if let Some(id) = form.some("withdraw") {
            return door.withdraw_claim(visit, &id).map(|()| "claim".to_owned());
        }
        if let Some(id) = form.some("supply") {
            return door.submit_claim(visit, &id).map(|_| "claim".to_owned());
        }
        if let Some(id) = form.some("appeal") {
            return door.appeal_claim(visit, &id).map(|_| "claim".to_owned());
        }
        if let Some(line) = form.some("benefit_line") {
            let chosen = door.choose_benefit(visit, line_id(&line)?, &form.one("benefit"));
            return chosen.map(|()| "claim".to_owned());
        }
        let draft = write(door, visit, &form)?;
        Ok(format!("claim/check?id={}", draft.id))
    });
    let (next, done) = match done.await {
        Ok(next) => (next, Ok(())),
        Err(problem) => (String::new(), Err(problem)),
    };
    let filled = Filled { page: Page::Claim, call: &call, typed: &typed };
    settled(&portal, filled, &next, done, claims).await
}

fn write(door: &Door, visit: &Visit, form: &Typed) -> Result<OwnClaim> {
    let id = form.some("id");
    let claim = NewClaim {
        line: line_id(&form.one("line"))?,
        day: &form.one("day"),
        amount: &form.one("amount"),
        merchant: &form.one("merchant"),
        note: &form.one("note"),
        id: id.as_deref(),
    };
    door.draft_claim(visit, &claim)
}

/// Hands the claim in. If it cannot be, the claims are shown with the reason.
pub(super) async fn submit(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let id = typed.one("id");
    let done =
        portal.visit(Work::Writes, &call, move |door, visit| door.submit_claim(visit, &id)).await;
    let filled = Filled { page: Page::Claim, call: &call, typed: &typed };
    settled(&portal, filled, "claim", done.map(drop), claims).await
}
