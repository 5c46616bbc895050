//! CAMARA SIM Swap 2.1 as a bank's system meets it: the whole surface over a real database, each case of the standard's own list.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod stage;

use chrono::TimeDelta;
use http::StatusCode;
use http::header::{ALLOW, HOST, WWW_AUTHENTICATE};
use rstest::rstest;
use serde_json::{Value, json};
use simrecall_tests::Backend;
use simrecall_tests::town::{LEAKED, NEW_HOLDER, NOT_FOUND, OLD_HOLDER};

use crate::stage::{Answer, BOTH, CHECKS, CONSENTED, DATES, Stage, international};

fn refused(answer: &Answer, status: StatusCode, code: &str) {
    let body = answer.json();
    assert_eq!((answer.status, body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(body["status"], status.as_u16());
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert_eq!(body.as_object().unwrap().len(), 3, "status, code, message and nothing else");
    assert!(!answer.text().contains("010") && !answer.text().contains("8210"));
}

#[rstest]
fn a_change_is_told_with_its_time_and_within_any_age(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let number = json!({ "phoneNumber": international(LEAKED) });
    let never = stage.dates(&number);
    assert_eq!(never.json(), json!({ "latestSimChange": null, "monitoredPeriod": 10 }));
    assert_eq!(stage.checks(&number).json(), json!({ "swapped": false }));

    stage.swap(LEAKED);
    stage.clock.advance(TimeDelta::hours(3));
    assert_eq!(
        stage.dates(&number).json(),
        json!({ "latestSimChange": "2025-09-11T00:30:00.000Z" })
    );
    for (hours, swapped) in [(1, false), (2, false), (3, true), (240, true), (2_400, true)] {
        let asked = json!({ "phoneNumber": international(LEAKED), "maxAge": hours });
        assert_eq!(stage.checks(&asked).json(), json!({ "swapped": swapped }), "{hours}");
    }
    assert_eq!(stage.checks(&number).json(), json!({ "swapped": true }), "240 hours by default");
    let other = json!({ "phoneNumber": international(NOT_FOUND) });
    assert_eq!(stage.checks(&other).json(), json!({ "swapped": false }));
}

/// The standard counts a new subscription as a change; whoever had the number before is not told of.
#[test]
fn a_new_holder_has_a_new_card() {
    let stage = Stage::open(Backend::Sqlite);
    assert_eq!(OLD_HOLDER.number, NEW_HOLDER.number);
    let number = json!({ "phoneNumber": international(NEW_HOLDER) });
    let told = stage.dates(&number).json();
    assert!(told["latestSimChange"].is_string(), "{told}");
    assert_eq!(stage.checks(&number).json(), json!({ "swapped": true }));
}

#[rstest]
#[case(json!(1), StatusCode::OK, "")]
#[case(json!(240), StatusCode::OK, "")]
// Ten days are watched: beyond that, no would be a guess.
#[case(json!(241), StatusCode::BAD_REQUEST, "OUT_OF_RANGE")]
#[case(json!(2_400), StatusCode::BAD_REQUEST, "OUT_OF_RANGE")]
#[case(json!(0), StatusCode::BAD_REQUEST, "OUT_OF_RANGE")]
#[case(json!(-1), StatusCode::BAD_REQUEST, "OUT_OF_RANGE")]
#[case(json!(2_401), StatusCode::BAD_REQUEST, "OUT_OF_RANGE")]
#[case(json!(100_000), StatusCode::BAD_REQUEST, "OUT_OF_RANGE")]
#[case(json!(u64::MAX), StatusCode::BAD_REQUEST, "OUT_OF_RANGE")]
#[case(json!("24"), StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")]
#[case(json!(1.5), StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")]
#[case(json!(true), StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")]
#[case(json!(null), StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")]
fn an_age_is_1_to_2400_hours_and_within_what_is_watched(
    #[case] hours: Value,
    #[case] status: StatusCode,
    #[case] code: &str,
) {
    let stage = Stage::open(Backend::Sqlite);
    let asked = json!({ "phoneNumber": international(NOT_FOUND), "maxAge": hours });
    let answer = stage.checks(&asked);
    if status == StatusCode::OK {
        assert_eq!(answer.json(), json!({ "swapped": false }));
    } else {
        refused(&answer, status, code);
    }
}

#[test]
fn a_number_is_named_or_consented_to_never_both() {
    let stage = Stage::open(Backend::Sqlite);
    let (named, none) = (json!({ "phoneNumber": international(LEAKED) }), json!({}));
    for operation in ["check", "retrieve-date"] {
        let missing = stage.post(operation, BOTH, &none);
        refused(&missing, StatusCode::UNPROCESSABLE_ENTITY, "MISSING_IDENTIFIER");
        let needless = stage.post(operation, CONSENTED, &named);
        refused(&needless, StatusCode::UNPROCESSABLE_ENTITY, "UNNECESSARY_IDENTIFIER");
        assert_eq!(stage.post(operation, CONSENTED, &none).status, StatusCode::OK);
    }
    stage.swap(LEAKED);
    assert_eq!(stage.post("check", CONSENTED, &none).json(), json!({ "swapped": true }));
}

#[test]
fn a_number_of_nobody_is_not_found() {
    let stage = Stage::open(Backend::Sqlite);
    // By the standard these are numbers: of nobody here, of another country, and of no mobile line.
    for number in ["+821099999999", "+14155550100", "+8221234567", "+12345"] {
        let answer = stage.checks(&json!({ "phoneNumber": number }));
        refused(&answer, StatusCode::NOT_FOUND, "IDENTIFIER_NOT_FOUND");
    }
    for text in [
        "01020000001",
        "+0123456",
        "+1234",
        "+1234567890123456",
        "+82 1020000001",
        "",
        "+82a1020000001",
    ] {
        let answer = stage.dates(&json!({ "phoneNumber": text }));
        refused(&answer, StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
    }
    for value in [json!(821_020_000_001_u64), json!(null), json!(["+821020000001"])] {
        let answer = stage.dates(&json!({ "phoneNumber": value }));
        refused(&answer, StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
    }
}

#[rstest]
#[case("")]
#[case("{")]
#[case("[]")]
#[case("[null,null]")]
#[case("\"+821020000001\"")]
#[case("{\"phoneNumber\":\"+821020000001\",\"phoneNumber\":\"+821020000001\"}")]
#[case("{\"phoneNumber\":\"+821020000001\",\"unknown\":1}")]
#[case("{\"phone_number\":\"+821020000001\"}")]
#[case("{\"phoneNumber\":\"+821020000001\"} x")]
fn a_malformed_body_is_refused(#[case] body: &str) {
    let stage = Stage::open(Backend::Sqlite);
    for operation in ["check", "retrieve-date"] {
        let answer = stage.send(operation, BOTH, body.to_owned(), &[]);
        refused(&answer, StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
    }
}

#[test]
fn an_age_belongs_to_check_alone() {
    let stage = Stage::open(Backend::Sqlite);
    let answer = stage.dates(&json!({ "phoneNumber": international(LEAKED), "maxAge": 24 }));
    refused(&answer, StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
    let long = format!("{{\"phoneNumber\":\"+82{}\"}}", "1".repeat(70_000));
    refused(&stage.send("check", BOTH, long, &[]), StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
}

#[test]
fn a_token_is_known_and_for_this() {
    let stage = Stage::open(Backend::Sqlite);
    let asked = json!({ "phoneNumber": international(LEAKED) });
    for token in ["", "Bearer", "Bearer ", "Bearer nobody", "Basic c2ltcmVjYWxs", "Bearer a b"] {
        let answer = stage.with_authorization("check", token, &asked);
        refused(&answer, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
        assert_eq!(answer.headers[WWW_AUTHENTICATE], "Bearer");
    }
    // Who is not known learns nothing of the form.
    let answer = stage.with_authorization("check", "Bearer nobody", &json!([]));
    refused(&answer, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
    refused(&stage.post("check", DATES, &asked), StatusCode::FORBIDDEN, "PERMISSION_DENIED");
    let dates = stage.post("retrieve-date", CHECKS, &asked);
    refused(&dates, StatusCode::FORBIDDEN, "PERMISSION_DENIED");
    assert_eq!(stage.post("check", CHECKS, &asked).status, StatusCode::OK);
    assert_eq!(stage.post("retrieve-date", DATES, &asked).status, StatusCode::OK);
}

#[test]
fn a_correlator_comes_back_with_every_answer() {
    let stage = Stage::open(Backend::Sqlite);
    let asked = json!({ "phoneNumber": international(LEAKED) });
    let with = |value: &str, token: &str| {
        stage.send("check", token, asked.to_string(), &[("x-correlator", value)])
    };
    let name = "b4333c46-49c0-4f62-80d7-f0ef930f1c46:/<{a_b.c;d}>";
    assert_eq!(with(name, BOTH).headers["x-correlator"], name);
    assert_eq!(with(name, "nobody").headers["x-correlator"], name);
    assert!(!stage.checks(&asked).headers.contains_key("x-correlator"), "none is invented");
    for bad in ["a b", "a,b", "유심", &"a".repeat(257)] {
        let answer = with(bad, BOTH);
        refused(&answer, StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
        assert!(!answer.headers.contains_key("x-correlator"));
    }
}

#[test]
fn what_is_not_there_is_refused_in_the_same_form() {
    let stage = Stage::open(Backend::Sqlite);
    refused(&stage.post("nothing", BOTH, &json!({})), StatusCode::NOT_FOUND, "NOT_FOUND");
    let get = stage.get("check");
    refused(&get, StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED");
    assert_eq!(get.headers[ALLOW], "POST");
    let form = stage.send("check", BOTH, "{}".to_owned(), &[("content-type", "text/plain")]);
    refused(&form, StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE");
    let strange =
        stage.send("check", BOTH, "{}".to_owned(), &[(HOST.as_str(), "check.hanbit.example")]);
    refused(&strange, StatusCode::MISDIRECTED_REQUEST, "NOT_FOUND");
}

#[test]
fn a_client_keeps_its_pace_and_takes_nobody_elses() {
    let stage = Stage::slow();
    let asked = json!({ "phoneNumber": international(LEAKED) });
    let first: Vec<_> = (0..5).map(|_| stage.post("check", CHECKS, &asked)).collect();
    assert!(first[..4].iter().all(|answer| answer.status == StatusCode::OK));
    refused(&first[4], StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS");
    assert_eq!(first[4].headers["retry-after"], "1");
    assert_eq!(stage.post("check", BOTH, &asked).status, StatusCode::OK);
}

#[test]
fn a_file_of_tokens_is_read_strictly() {
    for (file, what) in [
        ("[[token]]\nsha256 = \"0f\"\nclient = \"a\"\nscopes = []", "token 1: sha256"),
        ("[[token]]\nclient = \"a\"\nscopes = []", "line 1"),
        ("x = 821020000001", "line 1"),
    ] {
        let problem = Stage::refused(file);
        assert_eq!(problem.code, "tokens", "{problem}");
        assert!(problem.what.contains(what) && !problem.what.contains("8210"), "{problem}");
    }
}
