//! Second looks: asked for at a counter, answered elsewhere.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::hours::Kind;
use simrecall_core::access::view::View;

use super::answer::{answer, document, refusal};
use super::kind::{Place, RouteKind, place};
use super::layers::{Brought, Seated};
use super::state::Agency;
use crate::admission::Work;
use crate::layers::Document;

pub(super) fn places() -> Vec<Place> {
    let asks = |kind: RouteKind| kind.may(Act::ServeCustomer);
    let looks = |kind: RouteKind| kind.may(Act::TakeLook).when(Kind::Looks);
    vec![
        place(asks(RouteKind::post("/api/walk-in")).when(Kind::Begins), walk_in),
        place(asks(RouteKind::post("/api/cases/{case}/look")).when(Kind::Ends), ask),
        place(
            asks(RouteKind::put("/api/looks/{look}/images/{no}")).image().when(Kind::Ends),
            put_image,
        ),
        place(asks(RouteKind::get("/api/looks/{look}")).polled(), state),
        place(looks(RouteKind::get("/api/looks")).polled(), waiting),
        place(looks(RouteKind::post("/api/looks/take")).shows(View::Look), take),
        place(looks(RouteKind::get("/api/looks/{look}/images/{no}")).shows(View::Look), image),
        place(looks(RouteKind::post("/api/looks/{look}/answer")), decide),
    ]
}

/// A number that somebody says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    number: String,
}

/// Nothing but that it is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Yes or no.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    approve: bool,
    #[serde(default)]
    reason: String,
}

async fn walk_in(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Brought(Said { number }): Brought<Said>,
) -> Response {
    let asked = agency.work(Work::Writes, move |door| door.walk_in(&seat, &number)).await;
    answer(asked.map(|look| {
        json!({ "sent": true, "look": look.look, "digits": look.digits, "until": look.until })
    }))
}

async fn ask(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<String>,
    Brought(Nothing {}): Brought<Nothing>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.ask_look(&seat, &case)).await)
}

async fn put_image(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path((look, no)): Path<(String, i16)>,
    Extension(Document(bytes)): Extension<Document>,
) -> Response {
    let done =
        agency.work(Work::Writes, move |door| door.put_look_image(&seat, &look, no, &bytes)).await;
    answer(done.map(|()| json!({ "done": true })))
}

async fn state(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(look): Path<String>,
) -> Response {
    answer(agency.work(Work::Reads, move |door| door.look_state(&seat, &look)).await)
}

async fn waiting(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Reads, move |door| door.looks_waiting(&seat)).await)
}

async fn take(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Brought(Nothing {}): Brought<Nothing>,
) -> Response {
    match agency.work(Work::Writes, move |door| door.take_look(&seat)).await {
        Ok(Some(taken)) => document(StatusCode::OK, &taken),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => refusal(&problem),
    }
}

async fn image(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path((look, no)): Path<(String, i16)>,
) -> Response {
    match agency.work(Work::Writes, move |door| door.look_image(&seat, &look, no)).await {
        Ok(bytes) => {
            let kind = HeaderValue::from_static("image/jpeg");
            ([(CONTENT_TYPE, kind)], bytes.to_vec()).into_response()
        }
        Err(problem) => refusal(&problem),
    }
}

async fn decide(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(look): Path<String>,
    Brought(Decided { approve, reason }): Brought<Decided>,
) -> Response {
    let done =
        agency.work(Work::Writes, move |door| door.answer_look(&seat, &look, (approve, &reason)));
    answer(done.await)
}
