//! Calls at the customer centre.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::hours::Kind;
use simrecall_core::access::view::View;

use super::answer::answer;
use super::kind::{Place, RouteKind, place};
use super::layers::{Brought, Seated};
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    let calls = |path| RouteKind::post(path).may(Act::TakeCall);
    vec![
        place(calls("/api/calls").when(Kind::Looks).shows(View::Call), call),
        // Whoever hears "that was not me" stops it, at any hour.
        place(calls("/api/holds"), hold),
    ]
}

/// What a caller reads out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadOut {
    code: String,
}

/// Whose line to hold, and over which call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToHold {
    number: String,
    reference: String,
}

async fn call(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Brought(ReadOut { code }): Brought<ReadOut>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.call(&seat, &code)).await)
}

async fn hold(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Brought(ToHold { number, reference }): Brought<ToHold>,
) -> Response {
    let done = agency
        .work(Work::Writes, move |door| door.hold_for_caller(&seat, &number, &reference))
        .await;
    answer(done.map(|()| json!({ "done": true })))
}
