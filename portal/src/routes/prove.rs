//! Showing who one is: which way, to where, and the code that came.
//!
//! Whatever was typed, if it can be a number and an address, the answer is the same bytes in the same time: the engine looks
//! nobody up before a right code.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use http::header::SET_COOKIE;
use simrecall_core::access::Way;
use simrecall_engine::Result;
use simrecall_engine::selfcheck::{Ask, Asked, SessionKey};

use super::see_other;
use crate::admission::Work;
use crate::call::Call;
use crate::cookie;
use crate::form::{Filled, again};
use crate::layers::Brought;
use crate::pages::Page;
use crate::state::Portal;

/// Which way.
pub(super) async fn choose(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    portal.page(Page::Prove, &call, ())
}

pub(super) async fn email(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    ask_page(&portal, &call, Way::Email, Page::ProveEmail)
}

pub(super) async fn sms(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    ask_page(&portal, &call, Way::Sms, Page::ProveSms)
}

/// The form of a way, if that way is open.
fn ask_page(portal: &Arc<Portal>, call: &Call, way: Way, page: Page) -> Response {
    match portal.closed(way) {
        Some(problem) => portal.problem(&call.manner, &problem),
        None => portal.page(page, call, ()),
    }
}

pub(super) async fn by_email(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let (number, address) = (typed.one("number"), typed.one("address"));
    let (caller, language) = (call.caller(), call.language);
    let asked = portal.work(Work::Writes, move |door| {
        let before = caller.key.as_ref();
        let ask = Ask::Email { number: &number, address: &address, language, before };
        door.ask(&ask, &caller.browser())
    });
    let asked = asked.await;
    sent(&portal, &call, &typed, Page::ProveEmail, asked)
}

pub(super) async fn by_sms(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let number = typed.one("number");
    let (caller, language) = (call.caller(), call.language);
    let asked = portal.work(Work::Abroad, move |door| {
        let ask = Ask::Sms { number: &number, language, before: caller.key.as_ref() };
        door.ask(&ask, &caller.browser())
    });
    let asked = asked.await;
    sent(&portal, &call, &typed, Page::ProveSms, asked)
}

/// On to the page that asks for the code: one place, whoever asked.
fn sent(
    portal: &Arc<Portal>,
    call: &Call,
    typed: &crate::body::Typed,
    page: Page,
    asked: Result<Asked>,
) -> Response {
    match asked {
        Ok(asked) => with_key(see_other(&call.path("prove/code")), &asked.session),
        Err(problem) => again(portal, Filled { page, call, typed }, &problem, ()),
    }
}

pub(super) async fn code(State(portal): State<Arc<Portal>>, call: Call) -> Response {
    portal.page(Page::ProveCode, &call, ())
}

pub(super) async fn by_code(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(typed): Brought,
) -> Response {
    let code = typed.one("code");
    let response = match portal.redeem(&call, code).await {
        Ok(key) => with_key(see_other(&call.path("answer")), &key),
        Err(problem) => {
            let filled = Filled { page: Page::ProveCode, call: &call, typed: &typed };
            again(&portal, filled, &problem, ())
        }
    };
    // A right code looks somebody up: the time must not say whom.
    portal.floor.wait(call.asked).await;
    response
}

/// An answer that gives the browser a session's key.
pub(crate) fn with_key(mut response: Response, key: &SessionKey) -> Response {
    if let Some(cookie) = cookie::give(key) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
