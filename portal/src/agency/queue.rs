//! Today's queue, the repairs and the day's sheet.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::hours::Kind;
use simrecall_core::access::view::View;

use super::answer::answer;
use super::kind::{Place, RouteKind, place};
use super::layers::Seated;
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    let get = |path| RouteKind::get(path).when(Kind::Looks).may(Act::ServeCustomer);
    let miss = RouteKind::post("/api/queue/{label}/no-show");
    vec![
        // Pages fetch it by themselves when it is another one.
        place(get("/api/queue").shows(View::Queue).polled(), shown),
        place(get("/api/queue/version").polled(), version),
        place(miss.when(Kind::Ends).may(Act::ServeCustomer), no_show),
        place(get("/api/repairs").shows(View::Queue), repairs),
        place(get("/api/day").when(Kind::Ends), day),
    ]
}

async fn shown(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Writes, move |door| door.queue(&seat)).await)
}

async fn version(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    let version = agency.work(Work::Reads, move |door| door.queue_version(&seat)).await;
    answer(version.map(|version| json!({ "version": version })))
}

async fn no_show(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(label): Path<String>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| door.no_show(&seat, &label)).await;
    answer(done.map(|()| json!({})))
}

async fn repairs(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Writes, move |door| door.repairs(&seat)).await)
}

async fn day(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Reads, move |door| door.day(&seat)).await)
}
