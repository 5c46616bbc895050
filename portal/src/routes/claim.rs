//! A claim for money that somebody else paid with the line: written down, looked over, handed in.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Serialize;
use simrecall_engine::Result;
use simrecall_engine::selfcheck::{Door, NewClaim, OwnClaim, OwnLine, Visit};

use super::lines::line_id;
use super::own::shown;
use crate::admission::Work;
use crate::body::Typed;
use crate::call::Call;
use crate::form::{Filled, settled};
use crate::layers::Brought;
use crate::pages::Page;
use crate::state::Portal;

/// What the pages of claims show.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "as the page names it")]
pub(super) struct Claims {
    lines: Vec<OwnLine>,
    claims: Vec<OwnClaim>,
    /// The one that is written down and not handed in yet.
    draft: Option<OwnClaim>,
    undo_allowed: bool,
}

fn claims(door: &Door, visit: &Visit) -> Result<Claims> {
    let (lines, claims) = (door.lines(visit)?, door.claims(visit)?);
    let drafts = claims.iter().filter(|claim| claim.state == "draft");
    let draft = drafts.max_by_key(|claim| claim.created_at).cloned();
    Ok(Claims { lines, claims, draft, undo_allowed: true })
}

pub(super) async fn claim(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let view = portal.visit(Work::Reads, &call, claims).await;
    shown(&portal, &call, Page::Claim, view)
}

/// The draft as it would be handed in.
pub(super) async fn check(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let view = portal.visit(Work::Reads, &call, claims).await;
    shown(&portal, &call, Page::ClaimCheck, view)
}

/// Writes a claim down, or takes one back.
pub(super) async fn draft(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let (form, withdraws) = (typed.clone(), typed.some("withdraw"));
    let next = if withdraws.is_some() { "claim" } else { "claim/check" };
    let done = portal.visit(Work::Writes, &call, move |door, visit| match withdraws {
        Some(id) => door.withdraw_claim(visit, &id),
        None => write(door, visit, &form),
    });
    let done = done.await;
    let filled = Filled { page: Page::Claim, call: &call, typed: &typed };
    settled(&portal, filled, next, done, claims).await
}

fn write(door: &Door, visit: &Visit, form: &Typed) -> Result<()> {
    let id = form.some("id");
    let claim = NewClaim {
        line: line_id(&form.one("line"))?,
        day: &form.one("day"),
        amount: &form.one("amount"),
        merchant: &form.one("merchant"),
        note: &form.one("note"),
        id: id.as_deref(),
    };
    door.draft_claim(visit, &claim).map(drop)
}

/// Hands the claim in.
pub(super) async fn submit(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let id = typed.one("id");
    let done =
        portal.visit(Work::Writes, &call, move |door, visit| door.submit_claim(visit, &id)).await;
    let filled = Filled { page: Page::ClaimCheck, call: &call, typed: &typed };
    settled(&portal, filled, "claim", done.map(drop), claims).await
}
