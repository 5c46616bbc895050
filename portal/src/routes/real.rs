//! Is this text real: the one question that anybody may ask. The browser answers it by itself where it can; this is for
//! those where it cannot.

use std::sync::Arc;

use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use simrecall_engine::Result;

use super::see_other;
use crate::admission::Work;
use crate::body::Typed;
use crate::call::Call;
use crate::form::{Filled, again};
use crate::layers::Brought;
use crate::pages::Page;
use crate::state::Portal;

/// What the address says after a report.
const REPORTED: &str = "reported=yes";

/// What the page shows.
#[derive(Debug, Serialize)]
struct View {
    /// Whether a report was just kept.
    reported: bool,
}

/// The form; after a report, with thanks.
pub(super) async fn real(
    State(portal): State<Arc<Portal>>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Response {
    let reported = query.as_deref() == Some(REPORTED);
    portal.page(Page::Real, &call, View { reported })
}

/// Holds a text against everything released. The text is in no address, so the answer is the page itself.
pub(super) async fn text(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let (text, sender) = (typed.one("text"), typed.some("sender"));
    let answer = portal.work(Work::Reads, move |door| door.real(&text, sender.as_deref()));
    let answer = answer.await;
    answered(&portal, &call, &typed, answer)
}

/// Looks a code up that a message showed.
pub(super) async fn code(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let (number, code) = (typed.one("number"), typed.one("code"));
    let answer = portal.work(Work::Writes, move |door| door.real_code(&number, &code)).await;
    let response = answered(&portal, &call, &typed, answer);
    portal.floor.wait(call.asked).await;
    response
}

fn answered<V: Serialize>(
    portal: &Arc<Portal>,
    call: &Call,
    typed: &Typed,
    answer: Result<V>,
) -> Response {
    match answer {
        Ok(answer) => {
            // The page offers to report what was typed.
            let filled = Filled { page: Page::RealAnswer, call, typed };
            portal.form(StatusCode::OK, filled, &[], answer)
        }
        Err(problem) => again(
            portal,
            Filled { page: Page::Real, call, typed },
            &problem,
            View { reported: false },
        ),
    }
}

/// Keeps a report of a fake for staff.
pub(super) async fn report(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let (text, sender) = (typed.one("text"), typed.one("sender"));
    let kept = portal.work(Work::Writes, move |door| door.report_fake(&text, &sender)).await;
    match kept {
        Ok(()) => see_other(&call.path(&format!("real?{REPORTED}"))),
        Err(problem) => {
            let filled = Filled { page: Page::Real, call: &call, typed: &typed };
            again(&portal, filled, &problem, View { reported: false })
        }
    }
}
