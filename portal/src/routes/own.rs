//! What a proved person reads: what leaked of theirs, and what they were sent.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use simrecall_engine::Result;

use super::see_other;
use crate::admission::Work;
use crate::call::Call;
use crate::pages::Page;
use crate::state::Portal;

pub(super) async fn answer(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Writes, &call, |door, visit| door.answer(visit)).await;
    let response = shown(&portal, &call, Page::Answer, answer);
    portal.floor.wait(call.asked).await;
    response
}

pub(super) async fn notices(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let notices = portal.visit(Work::Reads, &call, |door, visit| door.notices(visit)).await;
    let response = shown(&portal, &call, Page::Notices, notices);
    portal.floor.wait(call.asked).await;
    response
}

/// A page of somebody's own. Whoever has no session yet is led to where one shows who one is.
pub(super) fn shown<V: Serialize>(
    portal: &Arc<Portal>,
    call: &Call,
    page: Page,
    view: Result<V>,
) -> Response {
    match view {
        Ok(view) => portal.page(page, call, view),
        Err(problem) if problem.code == "session_missing" && !call.manner.document => {
            see_other(&call.path("prove"))
        }
        Err(problem) => portal.problem(&call.manner, &problem),
    }
}
