//! Waves that wait for signatures, signed with a passkey.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use simrecall_core::access::Act;
use simrecall_core::id::WaveNo;

use super::answer::{answer, refusal, with_cookie};
use super::kind::{Place, RouteKind, place};
use super::layers::{Brought, Seated};
use super::session::Answered;
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    vec![
        place(RouteKind::get("/api/approvals").may(Act::Approve), waiting),
        place(RouteKind::post("/api/approvals/{wave}/begin").may(Act::Approve), begin),
        place(RouteKind::post("/api/approvals/{wave}").may(Act::Approve).again(), approve),
    ]
}

async fn waiting(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Reads, move |door| door.approvals(&seat)).await)
}

async fn begin(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(wave): Path<i32>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.begin_approval(&seat, WaveNo(wave))).await)
}

async fn approve(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(wave): Path<i32>,
    Brought(Answered { id, credential }): Brought<Answered>,
) -> Response {
    let done =
        agency.work(Work::Writes, move |door| door.approve(&seat, WaveNo(wave), (id, credential)));
    match done.await {
        Ok((waiting, signed_in)) => with_cookie(&waiting, &signed_in),
        Err(problem) => refusal(&problem),
    }
}
