//! Orders of swaps: put, signed, looked at, given up; and a supervisor's signature.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use simrecall_core::access::Act;
use simrecall_core::access::hours::Kind;
use simrecall_core::id::{CaseId, SwapOrderId};
use simrecall_engine::Result;
use simrecall_engine::terminal::SignedIn;
use simrecall_engine::terminal::order::{Asking, OrderShown};

use super::answer::{answer, refusal, with_cookie};
use super::kind::{Place, RouteKind, place};
use super::layers::{Brought, Seated};
use super::session::Answered;
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    let orders = |kind: RouteKind| kind.may(Act::SwitchLine);
    let signs = |kind: RouteKind| kind.may(Act::Countersign).when(Kind::Ends);
    vec![
        place(orders(RouteKind::put("/api/orders/{id}")).when(Kind::Begins), put),
        place(orders(RouteKind::get("/api/orders/{id}")).polled(), shown),
        place(
            orders(RouteKind::post("/api/orders/{id}/assertion")).when(Kind::Ends).again(),
            confirm,
        ),
        place(orders(RouteKind::post("/api/orders/{id}/give-up/begin")), begin_give_up),
        place(orders(RouteKind::post("/api/orders/{id}/give-up")).again(), give_up),
        place(signs(RouteKind::get("/api/countersigns")).polled(), unsigned),
        place(signs(RouteKind::post("/api/orders/{id}/countersign/begin")), begin_countersign),
        place(signs(RouteKind::post("/api/orders/{id}/countersign")).again(), countersign),
    ]
}

#[derive(Deserialize)]
struct Order {
    case: CaseId,
    card: String,
    digits: String,
}

#[derive(Deserialize)]
struct Assertion {
    credential: Value,
}

/// What a passkey led to, with what requests are signed over from now on.
#[derive(Serialize)]
pub(super) struct After<T> {
    #[serde(flatten)]
    said: T,
    ath: String,
}

/// Answers with the new cookie, if there is one.
pub(super) fn after<T: Serialize>(done: Result<(T, Option<SignedIn>)>) -> Response {
    match done {
        Ok((said, Some(signed_in))) => {
            let ath = signed_in.shown.ath.clone();
            with_cookie(&After { said, ath }, &signed_in)
        }
        Ok((said, None)) => answer(Ok(said)),
        Err(problem) => refusal(&problem),
    }
}

async fn put(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(id): Path<SwapOrderId>,
    Brought(Order { case, card, digits }): Brought<Order>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| {
        door.put_order(&seat, id, &Asking { case, card: &card, digits: &digits })
    });
    answer(done.await)
}

async fn shown(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(id): Path<SwapOrderId>,
) -> Response {
    answer(agency.work(Work::Reads, move |door| door.order(&seat, id)).await)
}

/// An order after a passkey, and who is signed in by which cookie then.
type Stepped = (OrderShown, Option<SignedIn>);

async fn confirm(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(id): Path<SwapOrderId>,
    Brought(Assertion { credential }): Brought<Assertion>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| -> Result<Stepped> {
        let stepped = door.confirm_order(&seat, id, credential)?;
        Ok((stepped.order, stepped.signed_in))
    });
    after(done.await)
}

async fn begin_give_up(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(id): Path<SwapOrderId>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.begin_give_up(&seat, id)).await)
}

async fn give_up(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(order): Path<SwapOrderId>,
    Brought(Answered { id, credential }): Brought<Answered>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| -> Result<Stepped> {
        let stepped = door.give_up(&seat, order, (id, credential))?;
        Ok((stepped.order, stepped.signed_in))
    });
    after(done.await)
}

async fn unsigned(State(agency): State<Arc<Agency>>, Seated(seat): Seated) -> Response {
    answer(agency.work(Work::Reads, move |door| door.unsigned_orders(&seat)).await)
}

async fn begin_countersign(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(id): Path<SwapOrderId>,
) -> Response {
    answer(agency.work(Work::Writes, move |door| door.begin_countersign(&seat, id)).await)
}

async fn countersign(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(order): Path<SwapOrderId>,
    Brought(Answered { id, credential }): Brought<Answered>,
) -> Response {
    let done = agency
        .work(Work::Writes, move |door| door.countersign(&seat, order, (id, credential)))
        .await;
    after(done.map(|signed_in| (json!({ "signed": true }), Some(signed_in))))
}
