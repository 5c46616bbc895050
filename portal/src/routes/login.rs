//! The carrier's own login: off to its page, and back.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;
use simrecall_core::notice::Language;
use simrecall_engine::Problem;
use simrecall_engine::selfcheck::{LoggedIn, LoginBack};

use super::prove::with_key;
use super::see_other;
use crate::admission::Work;
use crate::call::{Call, Checked, caller};
use crate::manner::{Manner, preferred};
use crate::state::Portal;
use crate::trouble::{Fault, Trouble};

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub(super) struct Back {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// To the provider's page. The browser gets a session that knows nothing yet, and takes it there and back.
pub(super) async fn begin(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    let (caller, language) = (call.caller(), call.language);
    let started =
        portal.work(Work::Login, move |door| door.login(&caller.browser(), language.tag()));
    match started.await {
        Ok(start) => with_key(see_other(&start.url), &start.session),
        Err(problem) => portal.problem(&call.manner, &problem),
    }
}

/// Back from the provider's page, which knows nothing of our languages: the one they left in. Before the login is known to be theirs
/// it is the browser's own.
pub(super) async fn back(
    State(portal): State<Arc<Portal>>,
    Extension(manner): Extension<Manner>,
    Extension(checked): Extension<Checked>,
    headers: HeaderMap,
    query: Result<Query<Back>, QueryRejection>,
) -> Response {
    let language = preferred(&headers);
    let manner = Manner { language: Some(language), ..manner };
    let Ok(Query(back)) = query else {
        return portal.trouble(&manner, &Trouble::from(Fault::Malformed));
    };
    let caller = caller(&headers, &checked);
    let proved = portal.work(Work::Login, move |door| {
        let key = caller
            .key
            .as_ref()
            .ok_or_else(|| Problem::state("session_missing", "no login was begun here"))?;
        let back = LoginBack {
            code: back.code.as_deref(),
            state: back.state.as_deref(),
            iss: back.iss.as_deref(),
            error: back.error.as_deref(),
        };
        door.logged_in(key, &caller.browser(), &back)
    });
    let response = match proved.await {
        Ok(LoggedIn { session, language: before }) => {
            let language = Language::parse(&before).unwrap_or(language);
            with_key(see_other(&format!("/{}/answer", language.tag())), &session)
        }
        Err(problem) => portal.problem(&manner, &problem),
    };
    portal.floor.wait(checked.asked).await;
    response
}
