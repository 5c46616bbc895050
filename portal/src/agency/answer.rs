//! What staff's page is answered: JSON, or a stable code. The page has the words.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use simrecall_core::problem::Blame;
use simrecall_engine::terminal::SignedIn;
use simrecall_engine::{Problem, Result};

use super::cookie;
use crate::trouble::{Fault, Trouble};

#[derive(Serialize)]
struct Refusal<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    detail: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u8>,
}

/// The code a request was refused with, for whoever counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused(pub(super) &'static str);

/// What a verb of the door said.
pub(super) fn answer(said: Result<impl Serialize>) -> Response {
    match said {
        Ok(said) => document(StatusCode::OK, &said),
        Err(problem) => refusal(&problem),
    }
}

/// What a verb said that gives the sign-in a new cookie.
pub(super) fn with_cookie(said: &impl Serialize, signed_in: &SignedIn) -> Response {
    let mut response = document(StatusCode::OK, said);
    match cookie::give(&signed_in.cookie) {
        Some(cookie) => {
            response.headers_mut().append(SET_COOKIE, cookie);
            response
        }
        None => code(StatusCode::INTERNAL_SERVER_ERROR, "ours"),
    }
}

/// A problem of the engine's. What is our own fault is logged, and not told.
pub(super) fn refusal(problem: &Problem) -> Response {
    let status = status(problem);
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        let cause = std::error::Error::source(problem).map(ToString::to_string);
        let cause = cause.unwrap_or_default();
        tracing::error!(code = problem.code, %problem, cause, "staff's request failed");
        return code(status, "ours");
    }
    let said = Refusal { code: problem.code, detail: &problem.details, left: problem.left };
    let mut response = refused(status, &said);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(2));
    }
    response
}

/// What a request is refused for before anybody is asked anything.
pub(super) fn fault(fault: Fault) -> Response {
    let trouble = Trouble::from(fault);
    code(trouble.status, trouble.code)
}

/// A request whose number is too old: nothing happened, and it is to be signed again.
pub(super) fn use_nonce() -> Response {
    code(StatusCode::UNAUTHORIZED, "use_nonce")
}

pub(super) fn not_found() -> Response {
    fault(Fault::NotFound)
}

pub(super) fn no_method() -> Response {
    fault(Fault::Method)
}

fn code(status: StatusCode, code: &'static str) -> Response {
    refused(status, &Refusal { code, detail: &[], left: None })
}

fn refused(status: StatusCode, said: &Refusal<'_>) -> Response {
    let mut response = document(status, said);
    response.extensions_mut().insert(Refused(said.code));
    response
}

/// A status and a document.
pub(super) fn document(status: StatusCode, said: &impl Serialize) -> Response {
    match serde_json::to_vec(said) {
        Ok(body) => {
            let kind = HeaderValue::from_static("application/json");
            (status, [(CONTENT_TYPE, kind)], Body::from(body)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a problem is in HTTP.
fn status(problem: &Problem) -> StatusCode {
    match (problem.code, problem.blame) {
        ("signed_out", _) => StatusCode::UNAUTHORIZED,
        ("not_allowed", _) => StatusCode::FORBIDDEN,
        ("limit", _) => StatusCode::TOO_MANY_REQUESTS,
        ("busy" | "database_busy", _) | (_, Blame::Network) => StatusCode::SERVICE_UNAVAILABLE,
        ("not_found" | "code_unknown" | "terminal" | "wave", _) => StatusCode::NOT_FOUND,
        ("passkey" | "code_wrong" | "code_used" | "digits_wrong" | "documents" | "proof", _) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        (_, Blame::Input | Blame::Recipient) => StatusCode::BAD_REQUEST,
        (_, Blame::State) => StatusCode::CONFLICT,
        (_, Blame::Configuration | Blame::Ours) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_one_status() {
        let status = |problem: Problem| status(&problem).as_u16();
        assert_eq!(status(Problem::state("signed_out", "nobody")), 401);
        assert_eq!(status(Problem::state("not_allowed", "no")), 403);
        assert_eq!(status(Problem::state("limit", "too much")), 429);
        assert_eq!(status(Problem::state("case_state", "elsewhere")), 409);
        assert_eq!(status(Problem::input("invite", "unknown")), 400);
        assert_eq!(status(Problem::input("passkey", "no")), 422);
        assert_eq!(status(Problem::new("database", Blame::Network, "gone")), 503);
        assert_eq!(status(Problem::ours("database", "broken")), 500);
    }
}
