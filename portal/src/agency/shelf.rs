//! The agency's drawer.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use simrecall_core::access::Act;
use simrecall_core::access::hours::Kind;
use simrecall_engine::terminal::AgencyDoor;
use simrecall_engine::terminal::shelf::Taking;

use super::answer::answer;
use super::kind::{Place, RouteKind, place};
use super::layers::{Brought, Seated};
use super::orders::after;
use super::session::Answered;
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    let takes = |path| RouteKind::post(path).when(Kind::Ends).may(Act::WriteOffCards);
    let moves = |kind: RouteKind| kind.when(Kind::Ends).may(Act::MoveCards);
    vec![
        place(moves(RouteKind::get("/api/stock")).may(Act::ServeCustomer), shown),
        place(moves(RouteKind::post("/api/stock/receive")).may(Act::ServeCustomer), receive),
        place(takes("/api/step-up/begin"), begin),
        place(takes("/api/stock/transfer").again(), transfer),
        place(takes("/api/stock/defective").again(), defective),
        place(takes("/api/stock/lost").again(), lost),
    ]
}

#[derive(Deserialize)]
struct Arrival {
    lot: String,
    cards: i64,
    #[serde(default)]
    missing: Vec<String>,
}

/// What is to be done, before a passkey is asked for it.
#[derive(Deserialize)]
struct About {
    about: Taking,
}

#[derive(Deserialize)]
struct Transfer {
    to: String,
    product: String,
    cards: u32,
    step_up: Answered,
}

#[derive(Deserialize)]
struct OneCard {
    iccid: String,
    step_up: Answered,
}

async fn shown(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Reads, move |door| door.shelf(&seat)).await)
}

async fn receive(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Brought(Arrival { lot, cards, missing }): Brought<Arrival>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| door.receive(&seat, (&lot, cards), &missing));
    answer(done.await)
}

async fn begin(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Brought(About { about }): Brought<About>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.begin_taking(&seat, &about)).await)
}

async fn transfer(
    agency: State<Arc<Agency>>,
    seat: Seated,
    Brought(Transfer { to, product, cards, step_up }): Brought<Transfer>,
) -> Response {
    take(agency, seat, Taking::Transfer { to, product, cards }, step_up).await
}

async fn defective(
    agency: State<Arc<Agency>>,
    seat: Seated,
    Brought(OneCard { iccid, step_up }): Brought<OneCard>,
) -> Response {
    take(agency, seat, Taking::Defective { iccid }, step_up).await
}

async fn lost(
    agency: State<Arc<Agency>>,
    seat: Seated,
    Brought(OneCard { iccid, step_up }): Brought<OneCard>,
) -> Response {
    take(agency, seat, Taking::Lost { iccid }, step_up).await
}

async fn take(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    taking: Taking,
    Answered { id, credential }: Answered,
) -> Response {
    let done = move |door: &AgencyDoor| door.take_away(&seat, &taking, (id, credential));
    let done = agency.work(Work::Writes, done).await;
    after(done.map(|(taken, signed_in)| (taken, Some(signed_in))))
}
