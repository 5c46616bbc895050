//! What a person asks for their lines: a new card, and a lock to one handset.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Serialize;
use simrecall_core::access::Unlock;
use simrecall_core::id::LineId;
use simrecall_core::notice::Language;
use simrecall_engine::protection::payments::OwnPayments;
use simrecall_engine::replacement::customer::{OwnOffer, OwnVisit};
use simrecall_engine::replacement::release::OwnHold;
use simrecall_engine::selfcheck::{Door, OwnCase, OwnLine, OwnProtection, Visit};
use simrecall_engine::{Problem, Result};

use super::own::shown;
use crate::admission::Work;
use crate::call::Call;
use crate::form::{Filled, settled};
use crate::layers::Brought;
use crate::pages::Page;
use crate::state::Portal;

/// What the page of new cards shows.
#[derive(Debug, Serialize)]
struct Replacements {
    lines: Vec<OwnLine>,
    cases: Vec<OwnCase>,
    visits: Vec<OwnVisit>,
    offers: Vec<OwnOffer>,
}

/// What the page of locks and blocks shows.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "as the page names it")]
struct Protections {
    lines: Vec<OwnLine>,
    protections: Vec<OwnProtection>,
    undo_allowed: bool,
    payments: Vec<OwnPayments>,
    lift_allowed: bool,
    holds: Vec<OwnHold>,
    release_allowed: bool,
}

fn replacements(language: Language, door: &Door, visit: &Visit) -> Result<Replacements> {
    let visits = door.visits(visit, language)?;
    let wanted = visits.iter().any(|one| one.changeable);
    Ok(Replacements {
        lines: door.lines(visit)?,
        cases: door.replacements(visit)?,
        visits,
        offers: if wanted { door.offers(visit)? } else { Vec::new() },
    })
}

fn protections(door: &Door, visit: &Visit) -> Result<Protections> {
    let undo_allowed = visit.may(Unlock::Unprotect);
    let (lines, protections) = (door.lines(visit)?, door.protections(visit)?);
    let (payments, lift_allowed) = (door.payments(visit)?, visit.may(Unlock::LiftBlock));
    let (holds, release_allowed) = (door.holds(visit)?, visit.may(Unlock::ReleaseHold));
    Ok(Protections {
        lines,
        protections,
        undo_allowed,
        payments,
        lift_allowed,
        holds,
        release_allowed,
    })
}

pub(super) async fn replace(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let language = call.manner.language.unwrap_or(Language::Korean);
    let view =
        portal.visit(Work::Reads, &call, move |door, visit| replacements(language, door, visit));
    let view = view.await;
    shown(&portal, &call, Page::Replace, view)
}

pub(super) async fn protect(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let view = portal.visit(Work::Reads, &call, protections).await;
    shown(&portal, &call, Page::Protect, view)
}

/// Applies for the lines that were chosen, books or changes a visit, has a code for a call shown, asks for a parcel or activates the card in it, takes an
/// application back, or stops one that is not theirs.
pub(super) async fn apply(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let form = typed.clone();
    let language = call.manner.language.unwrap_or(Language::Korean);
    let done = portal.visit(Work::Writes, &call, move |door, visit| {
        if let Some(line) = form.some("cancel") {
            return door.cancel(visit, line_id(&line)?);
        }
        if let Some(line) = form.some("not_me") {
            return door.not_me(visit, line_id(&line)?);
        }
        if let Some(line) = form.some("call") {
            return door.show_call_code(visit, line_id(&line)?);
        }
        if let Some(line) = form.some("parcel") {
            return door.want_parcel(visit, line_id(&line)?);
        }
        if let Some(line) = form.some("shop") {
            return door.rather_shop(visit, line_id(&line)?);
        }
        if let Some(line) = form.some("send_code") {
            return door.activation_code(visit, line_id(&line)?, language);
        }
        if let Some(line) = form.some("activate") {
            let typed = (form.one("code"), form.one("digits"));
            return door.activate(visit, line_id(&line)?, (&typed.0, &typed.1));
        }
        if let Some(line) = form.some("visit") {
            return door.choose(visit, line_id(&line)?, &form.one("at"));
        }
        let lines: Result<Vec<LineId>> = form.all("line").map(line_id).collect();
        door.apply(visit, &lines?).map(drop)
    });
    let done = done.await;
    let filled = Filled { page: Page::Replace, call: &call, typed: &typed };
    let view = move |door: &Door, visit: &Visit| replacements(language, door, visit);
    settled(&portal, filled, "replace", done, view).await
}

/// Asks for a line to be tied to its handset, unties one, has its small payments unblocked, or agrees that a hold of their own ends.
pub(super) async fn lock(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let form = typed.clone();
    let done = portal.visit(Work::Writes, &call, move |door, visit| {
        if let Some(line) = form.some("lift") {
            return door.lift_payments(visit, line_id(&line)?);
        }
        if let Some(line) = form.some("release") {
            return door.release_hold(visit, line_id(&line)?);
        }
        match form.some("undo") {
            Some(line) => door.unprotect(visit, line_id(&line)?),
            None => door.protect(visit, line_id(&form.one("line"))?, form.some("imei").as_deref()),
        }
    });
    let done = done.await;
    let filled = Filled { page: Page::Protect, call: &call, typed: &typed };
    settled(&portal, filled, "protect", done, protections).await
}

/// The line that a form names; whose it is, the engine says.
pub(crate) fn line_id(text: &str) -> Result<LineId> {
    serde_json::from_value(text.into()).map_err(|_| Problem::input("line", "no line was chosen"))
}
