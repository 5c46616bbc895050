//! Signing in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::SET_COOKIE;
use serde::Deserialize;
use serde_json::{Value, json};
use simrecall_core::access::hours::Kind;
use simrecall_core::id::ChallengeId;
use simrecall_engine::terminal::Needs;

use super::answer::{answer, refusal, with_cookie};
use super::cookie;
use super::kind::{Place, RouteKind, place};
use super::layers::{At, Brought, Seated};
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    let sign_in = |path| RouteKind::post(path).needs(Needs::Terminal).when(Kind::SignsIn);
    vec![
        place(sign_in("/api/sign-in/begin"), begin),
        place(sign_in("/api/sign-in"), sign_in_with),
        place(RouteKind::get("/api/session").needs(Needs::Cookie).polled(), shown),
        place(RouteKind::post("/api/sign-out"), sign_out),
    ]
}

/// A passkey's answer to a question.
#[derive(Deserialize)]
pub(super) struct Answered {
    pub(super) id: ChallengeId,
    pub(super) credential: Value,
}

async fn begin(State(agency): State<Arc<Agency>>, At(terminal): At) -> Response {
    answer(agency.work(Work::Writes, move |door| door.begin_sign_in(&terminal)).await)
}

async fn sign_in_with(
    State(agency): State<Arc<Agency>>,
    At(terminal): At,
    Brought(brought): Brought<Answered>,
) -> Response {
    let Answered { id, credential } = brought;
    let done = agency.work(Work::Writes, move |door| door.sign_in(&terminal, id, credential));
    match done.await {
        Ok(signed_in) => with_cookie(&signed_in.shown, &signed_in),
        Err(problem) => refusal(&problem),
    }
}

async fn shown(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    headers: HeaderMap,
) -> Response {
    let cookie = cookie::read(&headers).unwrap_or_default();
    answer(Ok(agency.door().shown(&seat, cookie)))
}

async fn sign_out(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    let done = agency.work(Work::Writes, move |door| door.sign_out(&seat)).await;
    let mut response = answer(done.map(|()| json!({})));
    if let Some(cookie) = cookie::take().filter(|_| response.status().is_success()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
