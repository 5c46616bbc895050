//! What a proved person asks for, for programs.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use simrecall_core::id::LineId;
use simrecall_engine::Result;
use simrecall_engine::selfcheck::{Door, NewClaim, Visit};

use super::schema::{
    Answer, Apply, Case, Claim, ClaimId, DraftClaim, Line, LineOnly, Lock, Notice, OwnHold,
    Payments, Protection,
};
use super::{Sent, done, read, said};
use crate::admission::Work;
use crate::call::Call;
use crate::routes::line_id;
use crate::state::Portal;

/// What leaked of whoever has the session.
#[utoipa::path(
    get, path = "/api/v1/answer",
    security(("session" = [])),
    responses((status = 200, body = Answer))
)]
pub(super) async fn answer(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Writes, &call, |door, visit| door.answer(visit)).await;
    let response = said(&portal, &call, answer);
    portal.floor.wait(call.asked).await;
    response
}

/// What they were sent, word for word where that can be shown.
#[utoipa::path(
    get, path = "/api/v1/notices",
    security(("session" = [])),
    responses((status = 200, body = Vec<Notice>))
)]
pub(super) async fn notices(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Reads, &call, |door, visit| door.notices(visit)).await;
    let response = said(&portal, &call, answer);
    portal.floor.wait(call.asked).await;
    response
}

/// The lines they hold or use now.
#[utoipa::path(
    get, path = "/api/v1/lines",
    security(("session" = [])),
    responses((status = 200, body = Vec<Line>))
)]
pub(super) async fn lines(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Reads, &call, |door, visit| door.lines(visit)).await;
    said(&portal, &call, answer)
}

/// Their replacements of cards.
#[utoipa::path(
    get, path = "/api/v1/replacements",
    security(("session" = [])),
    responses((status = 200, body = Vec<Case>))
)]
pub(super) async fn replacements(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Reads, &call, |door, visit| door.replacements(visit)).await;
    said(&portal, &call, answer)
}

/// The protection of each of their lines.
#[utoipa::path(
    get, path = "/api/v1/protections",
    security(("session" = [])),
    responses((status = 200, body = Vec<Protection>))
)]
pub(super) async fn protections(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Reads, &call, |door, visit| door.protections(visit)).await;
    said(&portal, &call, answer)
}

/// The small payments of each of their lines that were ever blocked.
#[utoipa::path(
    get, path = "/api/v1/payments",
    security(("session" = [])),
    responses((status = 200, body = Vec<Payments>))
)]
pub(super) async fn payments(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Reads, &call, |door, visit| door.payments(visit)).await;
    said(&portal, &call, answer)
}

/// Asks for small payments to be unblocked.
#[utoipa::path(
    post, path = "/api/v1/payments/lift", request_body = LineOnly,
    security(("session" = [])),
    responses((status = 204, description = "done"))
)]
pub(super) async fn lift(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: LineOnly| {
        door.lift_payments(visit, line_id(&asked.line)?)
    });
    match answer.await {
        Ok(answer) => done(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// The holds they raised on lines of theirs.
#[utoipa::path(
    get, path = "/api/v1/holds",
    security(("session" = [])),
    responses((status = 200, body = Vec<OwnHold>))
)]
pub(super) async fn holds(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Reads, &call, |door, visit| door.holds(visit)).await;
    said(&portal, &call, answer)
}

/// Agrees that a hold ends which they raised themselves.
#[utoipa::path(
    post, path = "/api/v1/holds/release", request_body = LineOnly,
    security(("session" = [])),
    responses((status = 204, description = "done"))
)]
pub(super) async fn release(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: LineOnly| {
        door.release_hold(visit, line_id(&asked.line)?)
    });
    match answer.await {
        Ok(answer) => done(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Their claims.
#[utoipa::path(
    get, path = "/api/v1/claims",
    security(("session" = [])),
    responses((status = 200, body = Vec<Claim>))
)]
pub(super) async fn claims(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let answer = portal.visit(Work::Reads, &call, |door, visit| door.claims(visit)).await;
    said(&portal, &call, answer)
}

/// Applies for new cards; refused whole.
#[utoipa::path(
    post, path = "/api/v1/replacements", request_body = Apply,
    security(("session" = [])),
    responses((status = 200, body = Vec<Case>))
)]
pub(super) async fn apply(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: Apply| {
        let lines: Result<Vec<LineId>> = asked.lines.iter().map(|line| line_id(line)).collect();
        door.apply(visit, &lines?)
    });
    match answer.await {
        Ok(answer) => said(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Takes an application back.
#[utoipa::path(
    post, path = "/api/v1/replacements/cancel", request_body = LineOnly,
    security(("session" = [])),
    responses((status = 204, description = "done"))
)]
pub(super) async fn cancel(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: LineOnly| {
        door.cancel(visit, line_id(&asked.line)?)
    });
    match answer.await {
        Ok(answer) => done(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Asks for a line to be tied to its handset.
#[utoipa::path(
    post, path = "/api/v1/protections", request_body = Lock,
    security(("session" = [])),
    responses((status = 204, description = "done"))
)]
pub(super) async fn protect(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: Lock| {
        door.protect(visit, line_id(&asked.line)?, asked.imei.as_deref())
    });
    match answer.await {
        Ok(answer) => done(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Unties a line.
#[utoipa::path(
    post, path = "/api/v1/protections/undo", request_body = LineOnly,
    security(("session" = [])),
    responses((status = 204, description = "done"))
)]
pub(super) async fn unprotect(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: LineOnly| {
        door.unprotect(visit, line_id(&asked.line)?)
    });
    match answer.await {
        Ok(answer) => done(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Writes a claim down, or over a draft.
#[utoipa::path(
    post, path = "/api/v1/claims", request_body = DraftClaim,
    security(("session" = [])),
    responses((status = 200, body = Claim))
)]
pub(super) async fn draft(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: DraftClaim| {
        let claim = NewClaim {
            line: line_id(&asked.line)?,
            day: &asked.day,
            amount: &asked.amount,
            merchant: &asked.merchant,
            note: &asked.note,
            id: asked.id.as_deref(),
        };
        door.draft_claim(visit, &claim)
    });
    match answer.await {
        Ok(answer) => said(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Hands a claim in.
#[utoipa::path(
    post, path = "/api/v1/claims/submit", request_body = ClaimId,
    security(("session" = [])),
    responses((status = 200, body = Claim))
)]
pub(super) async fn submit(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: ClaimId| {
        door.submit_claim(visit, &asked.id)
    });
    match answer.await {
        Ok(answer) => said(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Takes a claim back.
#[utoipa::path(
    post, path = "/api/v1/claims/withdraw", request_body = ClaimId,
    security(("session" = [])),
    responses((status = 204, description = "done"))
)]
pub(super) async fn withdraw(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: ClaimId| {
        door.withdraw_claim(visit, &asked.id)
    });
    match answer.await {
        Ok(answer) => done(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Objects to how a claim was decided.
#[utoipa::path(
    post, path = "/api/v1/claims/appeal", request_body = ClaimId,
    security(("session" = [])),
    responses((status = 200, body = Claim))
)]
pub(super) async fn appeal(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let answer = asked(&portal, &call, &sent, |door, visit, asked: ClaimId| {
        door.appeal_claim(visit, &asked.id)
    });
    match answer.await {
        Ok(answer) => said(&portal, &call, answer),
        Err(refused) => refused,
    }
}

/// Reads what a program sent and lets the engine do it.
async fn asked<A, T>(
    portal: &Arc<Portal>,
    call: &Call,
    sent: &crate::layers::Document,
    job: impl FnOnce(&Door, &Visit, A) -> Result<T> + Send + 'static,
) -> std::result::Result<Result<T>, Response>
where
    A: serde::de::DeserializeOwned + Send + 'static,
    T: Send + 'static,
{
    let asked: A = read(sent).map_err(|trouble| portal.trouble(&call.manner, &trouble))?;
    Ok(portal.visit(Work::Writes, call, move |door, visit| job(door, visit, asked)).await)
}
