//! Proof for programs, shaped like CAMARA's one-time password: send a code, validate it. What binds the two is the cookie.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use simrecall_core::notice::Language;
use simrecall_engine::Problem;
use simrecall_engine::selfcheck::Ask;

use super::schema::{Code, SendCode, SendWay, SentCode};
use super::{Sent, done, read};
use crate::admission::Work;
use crate::call::Call;
use crate::cookie;
use crate::routes::with_key;
use crate::state::Portal;

/// Sends a code to the address that is named, or to the line. It says the same whoever asks, and looks nobody up.
#[utoipa::path(
    post, path = "/api/v1/proof/send-code", request_body = SendCode,
    responses((status = 200, body = SentCode, description = "a code is on its way, if there is an address to send it to"))
)]
pub(super) async fn send_code(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let asked: SendCode = match read(&sent) {
        Ok(read) => read,
        Err(trouble) => return portal.trouble(&call.manner, &trouble),
    };
    let work = match asked.way {
        SendWay::Email => Work::Writes,
        SendWay::Sms => Work::Abroad,
    };
    let caller = call.caller();
    let asked = portal.work(work, move |door| {
        let SendCode { way, phone_number, email, language } = &asked;
        let language = language.as_deref().map_or(Ok(Language::Korean), Language::parse);
        let language = language.map_err(|error| Problem::input("language", error.to_string()))?;
        let (number, before) = (phone_number.as_str(), caller.key.as_ref());
        let ask = match way {
            SendWay::Email => {
                let address = email.as_deref().unwrap_or_default();
                Ask::Email { number, address, language, before }
            }
            SendWay::Sms => Ask::Sms { number, language, before },
        };
        door.ask(&ask, &caller.browser())
    });
    match asked.await {
        Ok(asked) => {
            let minutes = SentCode { minutes: asked.minutes };
            with_key(axum::Json(minutes).into_response(), &asked.session)
        }
        Err(problem) => portal.problem(&call.manner, &problem),
    }
}

/// Trades a right code for a session that proves who one is.
#[utoipa::path(
    post, path = "/api/v1/proof/validate-code", request_body = Code,
    responses((status = 204, description = "proved; the cookie is the session"))
)]
pub(super) async fn validate_code(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    let Code { code } = match read(&sent) {
        Ok(read) => read,
        Err(trouble) => return portal.trouble(&call.manner, &trouble),
    };
    let response = match portal.redeem(&call, code).await {
        Ok(key) => with_key(StatusCode::NO_CONTENT.into_response(), &key),
        Err(problem) => portal.problem(&call.manner, &problem),
    };
    portal.floor.wait(call.asked).await;
    response
}

/// Ends the session.
#[utoipa::path(
    post, path = "/api/v1/proof/finish", request_body = super::schema::Nothing,
    responses((status = 204, description = "the session is over"))
)]
pub(super) async fn finish(
    State(portal): State<Arc<Portal>>,
    call: Call,
    Extension(sent): Sent,
) -> Response {
    if let Err(trouble) = read::<super::schema::Nothing>(&sent) {
        return portal.trouble(&call.manner, &trouble);
    }
    let ended = match call.caller().key {
        Some(key) => portal.work(Work::Writes, move |door| door.finish(&key)).await,
        None => Ok(()),
    };
    let mut response = done(&portal, &call, ended);
    if let Some(cookie) = cookie::take().filter(|_| response.status().is_success()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
