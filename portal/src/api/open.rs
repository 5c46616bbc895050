//! What anybody may ask.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::schema::{Checked, Matched, Open, Reach, Reported, Text};
use super::{Sent, read, said};
use crate::admission::Work;
use crate::call::Call;
use crate::routes::{FOR_A_MINUTE, accepted, accepts};
use crate::state::Portal;

/// What happened, which list answers come from, and which ways of proof are open.
#[utoipa::path(get, path = "/api/v1/incident", responses((status = 200, body = Open)))]
pub(super) async fn incident(State(portal): State<Arc<Portal>>) -> Response {
    let public = portal.known();
    ([(CACHE_CONTROL, FOR_A_MINUTE)], axum::Json(&public.public)).into_response()
}

/// Everything the carrier said, word for word, without names.
#[utoipa::path(get, path = "/api/v1/register.json", responses((status = 200, body = serde_json::Value)))]
pub(super) async fn register(
    State(portal): State<Arc<Portal>>,
    call: Call,
    headers: HeaderMap,
) -> Response {
    let small = accepts(accepted(&headers), "gzip");
    let here = Arc::clone(&portal);
    let read = portal.work(Work::Reads, move |door| {
        let register = door.register_json()?;
        if small { here.packed.of(&register) } else { Ok(Bytes::from_owner(register)) }
    });
    match read.await {
        Ok(register) => {
            let json = HeaderValue::from_static("application/json");
            let vary = HeaderValue::from_static("accept-encoding");
            let says = [(CACHE_CONTROL, FOR_A_MINUTE), (CONTENT_TYPE, json), (VARY, vary)];
            let mut response = (says, Body::from(register)).into_response();
            if small {
                let gzip = HeaderValue::from_static("gzip");
                response.headers_mut().insert(CONTENT_ENCODING, gzip);
            }
            response
        }
        Err(problem) => portal.problem(&call.manner, &problem),
    }
}

/// Whether a text is word for word one of the carrier's.
#[utoipa::path(
    post, path = "/api/v1/match", request_body = Text,
    responses((status = 200, body = Matched))
)]
pub(super) async fn text(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let Text { text, sender } = match read(&sent) {
        Ok(read) => read,
        Err(trouble) => return portal.trouble(&call.manner, &trouble),
    };
    let answer = portal.work(Work::Reads, move |door| door.real(&text, sender.as_deref())).await;
    said(&portal, &call, answer)
}

/// Whether a message with this code went to this number or address.
#[utoipa::path(
    post, path = "/api/v1/code-check", request_body = Reach,
    responses((status = 200, body = Checked))
)]
pub(super) async fn code(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let Reach { number, code } = match read(&sent) {
        Ok(read) => read,
        Err(trouble) => return portal.trouble(&call.manner, &trouble),
    };
    let answer = portal.work(Work::Writes, move |door| door.real_code(&number, &code)).await;
    let response = said(&portal, &call, answer);
    portal.floor.wait(call.asked).await;
    response
}

/// Keeps a report of a fake for staff.
#[utoipa::path(
    post, path = "/api/v1/fake-reports", request_body = Reported,
    responses((status = 202, description = "kept for staff"))
)]
pub(super) async fn report(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let Reported { text, sender } = match read(&sent) {
        Ok(read) => read,
        Err(trouble) => return portal.trouble(&call.manner, &trouble),
    };
    match portal.work(Work::Writes, move |door| door.report_fake(&text, &sender)).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(problem) => portal.problem(&call.manner, &problem),
    }
}
