//! A form that comes back: with what was typed, and what is wrong with it in plain words.

use std::sync::Arc;

use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use simrecall_engine::selfcheck::{Door, Visit};
use simrecall_engine::{Problem, Result};

use crate::admission::Work;
use crate::body::Typed;
use crate::call::Call;
use crate::pages::{FieldError, Page};
use crate::routes::see_other;
use crate::state::Portal;
use crate::trouble::{Trouble, field, is_about_session};

/// A form that somebody filled in.
#[derive(Clone, Copy)]
pub(crate) struct Filled<'a> {
    /// Its page.
    pub(crate) page: Page,
    /// Who asks.
    pub(crate) call: &'a Call,
    /// What was typed.
    pub(crate) typed: &'a Typed,
}

/// Shows a form again. Without a session there is nothing to show it with, and for a defect of ours nothing to mend.
pub(crate) fn again(
    portal: &Arc<Portal>,
    filled: Filled<'_>,
    problem: &Problem,
    view: impl Serialize,
) -> Response {
    let trouble = Trouble::from(problem);
    let manner = &filled.call.manner;
    if cannot_come_back(&trouble) || manner.document {
        return portal.problem(manner, problem);
    }
    let errors = [FieldError { field: field(trouble.code), code: trouble.code }];
    let mut response = portal.form(trouble.status, filled, &errors, view);
    if let Some(again) = trouble.again {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(again));
    }
    response
}

/// After something was asked for: on to the page that shows how it stands, or the form again with what is wrong.
pub(crate) async fn settled<V: Serialize + Send + 'static>(
    portal: &Arc<Portal>,
    filled: Filled<'_>,
    next: &str,
    done: Result<()>,
    view: impl FnOnce(&Door, &Visit) -> Result<V> + Send + 'static,
) -> Response {
    let Err(problem) = done else { return see_other(&filled.call.path(next)) };
    if !cannot_come_back(&Trouble::from(&problem))
        && let Ok(view) = portal.visit(Work::Reads, filled.call, view).await
    {
        return again(portal, filled, &problem, view);
    }
    portal.problem(&filled.call.manner, &problem)
}

/// Whether a problem leaves no form to show.
fn cannot_come_back(trouble: &Trouble) -> bool {
    trouble.status == StatusCode::INTERNAL_SERVER_ERROR || is_about_session(trouble.code)
}
