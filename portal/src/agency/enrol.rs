//! Terminals that bring their key, and people who bring a passkey.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::id::TerminalId;
use simrecall_engine::terminal::Needs;

use super::answer::answer;
use super::kind::{Place, RouteKind, place};
use super::layers::{At, Brought, ByKey, Seated};
use super::session::Answered;
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    let off = RouteKind::post("/api/terminals/{terminal}/off").may(Act::SwitchTerminalOff);
    vec![
        place(RouteKind::get("/api/terminal").needs(Needs::Key).polled(), shown),
        place(RouteKind::post("/api/terminal").needs(Needs::Key), bring),
        place(RouteKind::post("/api/passkey/begin").needs(Needs::Terminal), begin),
        place(RouteKind::post("/api/passkey").needs(Needs::Terminal), enrol),
        place(RouteKind::get("/api/terminals").may(Act::SwitchTerminalOff), terminals),
        place(off, switch_off),
    ]
}

/// A code, as somebody typed it.
#[derive(Deserialize)]
struct Typed {
    code: String,
}

async fn shown(State(agency): State<Arc<Agency>>, ByKey(came): ByKey) -> Response {
    answer(agency.work(Work::Reads, move |door| door.terminal_shown(&came)).await)
}

async fn bring(
    State(agency): State<Arc<Agency>>,
    ByKey(came): ByKey,
    Brought(typed): Brought<Typed>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.bring_key(&came, &typed.code)).await)
}

async fn begin(
    State(agency): State<Arc<Agency>>,
    At(terminal): At,
    Brought(typed): Brought<Typed>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| door.begin_enrolment(&terminal, &typed.code));
    answer(done.await)
}

async fn enrol(
    State(agency): State<Arc<Agency>>,
    At(terminal): At,
    Brought(Answered { id, credential }): Brought<Answered>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.enrol(&terminal, id, credential)).await)
}

async fn terminals(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Reads, move |door| door.terminals(&seat)).await)
}

async fn switch_off(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(terminal): Path<TerminalId>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| door.switch_off(&seat, terminal)).await;
    answer(done.map(|()| json!({})))
}
