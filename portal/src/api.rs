//! The same for programs: JSON in, JSON out, problems as RFC 9457 writes them.
//!
//! A program proves itself as a page does: the session is a cookie, given by `validate-code`. Every POST brings JSON, which
//! no page of another site can send here.

mod ask;
mod open;
mod own;
mod schema;

use std::sync::Arc;

use axum::extract::Extension;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use simrecall_engine::Result;
use utoipa::OpenApi;

use crate::call::Call;
use crate::layers::Document;
use crate::routes::Place;
use crate::state::Portal;
use crate::trouble::{Fault, Trouble};

use schema::{Problems, Session};

pub(crate) use schema::ProblemDocument;

/// The interface, by path.
pub(crate) fn places() -> Vec<Place> {
    vec![
        ("/api/v1/incident", get(open::incident)),
        ("/api/v1/openapi.json", get(openapi)),
        ("/api/v1/register.json", get(open::register)),
        ("/api/v1/match", post(open::text)),
        ("/api/v1/code-check", post(open::code)),
        ("/api/v1/fake-reports", post(open::report)),
        ("/api/v1/proof/send-code", post(ask::send_code)),
        ("/api/v1/proof/validate-code", post(ask::validate_code)),
        ("/api/v1/proof/finish", post(ask::finish)),
        ("/api/v1/answer", get(own::answer)),
        ("/api/v1/notices", get(own::notices)),
        ("/api/v1/lines", get(own::lines)),
        ("/api/v1/replacements", get(own::replacements).post(own::apply)),
        ("/api/v1/replacements/cancel", post(own::cancel)),
        ("/api/v1/protections", get(own::protections).post(own::protect)),
        ("/api/v1/protections/undo", post(own::unprotect)),
        ("/api/v1/payments", get(own::payments)),
        ("/api/v1/payments/lift", post(own::lift)),
        ("/api/v1/holds", get(own::holds)),
        ("/api/v1/holds/release", post(own::release)),
        ("/api/v1/claims", get(own::claims).post(own::draft)),
        ("/api/v1/claims/submit", post(own::submit)),
        ("/api/v1/claims/withdraw", post(own::withdraw)),
        ("/api/v1/claims/appeal", post(own::appeal)),
    ]
}

/// What the interface is, for programs that read descriptions.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "simrecall: the customer's self-check",
        description = "Am I affected, what leaked, what do I do. Nothing about anybody is answered before proof.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        open::incident, open::register, open::text, open::code, open::report, ask::send_code, ask::validate_code, ask::finish,
        own::answer, own::notices, own::lines, own::replacements, own::apply, own::cancel, own::protections, own::protect,
        own::unprotect, own::payments, own::lift, own::holds, own::release, own::claims, own::draft, own::submit, own::withdraw, own::appeal
    ),
    components(schemas(ProblemDocument)),
    modifiers(&Session, &Problems)
)]
struct Description;

async fn openapi() -> Response {
    match Description::openapi().to_json() {
        Ok(text) => {
            ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a POST brings.
pub(crate) type Sent = Extension<Document>;

/// Reads a document strictly: a word that is not known is a mistake to hear of, and so are values without their names, which
/// a struct would be read from too.
fn read<T: DeserializeOwned>(sent: &Document) -> std::result::Result<T, Trouble> {
    let named = sent.0.trim_ascii_start().starts_with(b"{");
    let read = named.then(|| serde_json::from_slice(&sent.0)).and_then(std::result::Result::ok);
    read.ok_or_else(|| Trouble::from(Fault::Malformed))
}

/// An answer, or what went wrong.
fn said<T: Serialize>(portal: &Arc<Portal>, call: &Call, answer: Result<T>) -> Response {
    match answer {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(problem) => portal.problem(&call.manner, &problem),
    }
}

/// It is done, and there is nothing to say.
fn done(portal: &Arc<Portal>, call: &Call, answer: Result<()>) -> Response {
    match answer {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => portal.problem(&call.manner, &problem),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, Utc};
    use serde_json::{Value, to_value};
    use simrecall_core::access::Way;
    use simrecall_core::id::LineId;
    use simrecall_core::selfcheck::Standing;
    use simrecall_engine::register::{CodeAnswer, SentAnswer};
    use simrecall_engine::selfcheck as engine;

    use super::*;

    fn keys(document: &Value) -> BTreeSet<String> {
        document.as_object().unwrap().keys().cloned().collect()
    }

    /// Each shape with a document the engine made.
    fn documents() -> Vec<(&'static str, Value)> {
        let (at, line) = (DateTime::<Utc>::UNIX_EPOCH, LineId::from_bytes([1; 16]));
        let number = "010-****-5678".to_owned();
        let published = engine::Published { revision: 1, at };
        let way = engine::WayAnswer { way: Way::Email, open: true, because: None };
        let answer_line = engine::AnswerLine {
            line,
            number: number.clone(),
            confirmed: Vec::new(),
            possible: Vec::new(),
            moment: None,
        };
        let changed = engine::Changed { at, revision: 1, standing: Standing::NotFound };
        let case =
            engine::OwnCase { line, number: number.clone(), state: "applied", applied_at: at };
        let protection =
            engine::OwnProtection { line, number: number.clone(), state: "off", since: None };
        let sent = SentAnswer { at, wave: 1, kind: "confirmed", language: "ko", rung: "sms" };
        vec![
            ("OpenList", to_value(published).unwrap()),
            ("OpenWay", to_value(way).unwrap()),
            ("AnswerLine", to_value(answer_line).unwrap()),
            ("Changed", to_value(changed).unwrap()),
            ("Line", to_value(engine::OwnLine { line, number }).unwrap()),
            ("Case", to_value(case).unwrap()),
            ("Protection", to_value(protection).unwrap()),
            ("SentMessage", to_value(&sent).unwrap()),
            ("Checked", to_value(CodeAnswer { genuine: true, sent: Some(sent) }).unwrap()),
        ]
    }

    #[test]
    fn what_is_described_is_what_is_sent() {
        let described: std::collections::BTreeMap<_, _> = schema::fields().into_iter().collect();
        for (name, document) in documents() {
            let fields: BTreeSet<String> =
                described[name].iter().map(|field| (*field).to_owned()).collect();
            assert_eq!(keys(&document), fields, "{name}");
        }
    }

    #[test]
    fn a_document_names_its_values() {
        let read = |text: &'static str| read::<schema::Code>(&Document(text.as_bytes().into()));
        assert_eq!(read(" {\"code\": \"123456\"}").unwrap().code, "123456");
        for text in [
            "[\"123456\"]",
            "\"123456\"",
            "",
            "{}",
            "{\"code\": 123456}",
            "{\"code\": \"1\", \"a\": 2}",
        ] {
            assert_eq!(read(text).err(), Some(Trouble::from(Fault::Malformed)), "{text}");
        }
    }

    /// How it ends for whoever is refused is said of each operation.
    #[test]
    fn every_operation_may_be_refused() {
        let description: Value =
            serde_json::from_str(&Description::openapi().to_json().unwrap()).unwrap();
        let places = description["paths"].as_object().unwrap().values();
        let operations: Vec<_> =
            places.flat_map(|place| place.as_object().unwrap().values()).collect();
        assert!(operations.len() > 20, "{}", operations.len());
        for operation in operations {
            for status in ["4XX", "5XX"] {
                let shape = &operation["responses"][status]["content"]["application/problem+json"]
                    ["schema"];
                assert_eq!(shape["$ref"], "#/components/schemas/ProblemDocument", "{operation}");
            }
        }
    }

    #[test]
    fn every_place_is_described() {
        let description: Value =
            serde_json::from_str(&Description::openapi().to_json().unwrap()).unwrap();
        let described = keys(&description["paths"]);
        let places: BTreeSet<String> = places()
            .into_iter()
            .map(|(path, _)| path.to_owned())
            .filter(|path| !path.ends_with("openapi.json"))
            .collect();
        assert_eq!(described, places);
    }
}
