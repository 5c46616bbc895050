//! The pages that are the same for everybody, and the end of a visit.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::see_other;
use crate::admission::Work;
use crate::call::Call;
use crate::cookie;
use crate::manner::preferred;
use crate::pages::Page;
use crate::state::Portal;

/// The first pages may be kept for a minute, by anybody.
pub(crate) const FOR_A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");

/// The address alone: on to the language that the browser likes.
pub(super) async fn choose(headers: HeaderMap) -> Response {
    let path = format!("/{}/", preferred(&headers).tag());
    let vary = HeaderValue::from_static("accept-language");
    ([(VARY, vary)], see_other(&path)).into_response()
}

/// The first page: the same bytes for everybody.
pub(super) async fn start(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let page = portal.known().start(call.language);
    ([(CACHE_CONTROL, FOR_A_MINUTE), (CONTENT_TYPE, HTML)], Body::from(page)).into_response()
}

pub(super) async fn help(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    portal.page(Page::Help, &call, ())
}

pub(super) async fn finished(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    portal.page(Page::Finished, &call, ())
}

/// Ends the session, here and in the browser. Whoever has none has finished already.
pub(super) async fn finish(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let caller = call.caller();
    let ended = match caller.key {
        Some(key) => portal.work(Work::Writes, move |door| door.finish(&key)).await,
        None => Ok(()),
    };
    if let Err(problem) = ended {
        return portal.problem(&call.manner, &problem);
    }
    let mut response = see_other(&call.path("finish"));
    if let Some(cookie) = cookie::take() {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    // Not the cookies: that would end the person's visits to the carrier's other sites.
    response.headers_mut().insert(CLEAR, HeaderValue::from_static("\"cache\""));
    response
}
