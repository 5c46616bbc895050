use std::path::Path;

use ureq::http::Response;

use super::answer::{checked, sent};
use super::*;
use crate::web::WebError;

fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap()
}

fn error(status: u16, code: &str) -> Response<Vec<u8>> {
    answer(status, &format!(r#"{{"status":{status},"code":"{code}","message":"for people"}}"#))
}

#[test]
fn only_an_id_of_the_right_length_is_one() {
    let id = sent(&answer(200, r#"{"authenticationId":"ea0840f3-3663-4149-bd10-c7c6b8912105"}"#));
    assert_eq!(id.unwrap().expose(), "ea0840f3-3663-4149-bd10-c7c6b8912105");
    let long = format!(r#"{{"authenticationId":"{}"}}"#, "x".repeat(37));
    for body in ["", "{}", "[]", r#"{"authenticationId":""}"#, r#"{"authenticationId":7}"#, &long] {
        assert_eq!(sent(&answer(200, body)), Err(OtpError::Strange { status: 200 }), "{body}");
    }
    let created = answer(201, r#"{"authenticationId":"a"}"#);
    assert_eq!(sent(&created), Err(OtpError::Strange { status: 201 }));
}

#[test]
fn nothing_but_204_is_right() {
    assert_eq!(checked(&answer(204, "")), Ok(Checked::Right));
    for status in [200, 202, 302] {
        assert_eq!(checked(&answer(status, "{}")), Err(OtpError::Strange { status }));
    }
}

#[test]
fn every_code_of_the_standard_has_a_meaning() {
    let own = |code: &str| format!("ONE_TIME_PASSWORD_SMS.{code}");
    for (status, code, said) in [
        (400, own("INVALID_OTP"), Ok(Checked::Wrong)),
        (400, own("VERIFICATION_EXPIRED"), Ok(Checked::Expired)),
        (400, own("VERIFICATION_FAILED"), Ok(Checked::UsedUp)),
        (404, "NOT_FOUND".to_owned(), Ok(Checked::Expired)),
        (400, "INVALID_ARGUMENT".to_owned(), Err(OtpError::Malformed)),
        (400, "OUT_OF_RANGE".to_owned(), Err(OtpError::Malformed)),
        (401, "UNAUTHENTICATED".to_owned(), Err(OtpError::Unauthenticated)),
        (403, "PERMISSION_DENIED".to_owned(), Err(OtpError::Forbidden)),
        (404, String::new(), Err(OtpError::NotThere)),
        (429, "QUOTA_EXCEEDED".to_owned(), Err(OtpError::Busy)),
        (429, "TOO_MANY_REQUESTS".to_owned(), Err(OtpError::Busy)),
        (503, "UNAVAILABLE".to_owned(), Err(OtpError::Failing { status: 503 })),
        (400, "SOMETHING_ELSE".to_owned(), Err(OtpError::Strange { status: 400 })),
    ] {
        assert_eq!(checked(&error(status, &code)), said, "{status} {code}");
    }
    for (status, code, said) in [
        (403, own("MAX_OTP_CODES_EXCEEDED"), OtpError::TooManyCodes),
        (403, own("PHONE_NUMBER_NOT_ALLOWED"), OtpError::NotAllowed),
        (403, own("PHONE_NUMBER_BLOCKED"), OtpError::Blocked),
        (403, "PERMISSION_DENIED".to_owned(), OtpError::Forbidden),
        (404, "NOT_FOUND".to_owned(), OtpError::NotThere),
        (429, "TOO_MANY_REQUESTS".to_owned(), OtpError::Busy),
    ] {
        assert_eq!(sent(&error(status, &code)), Err(said), "{status} {code}");
    }
}

#[test]
fn only_what_depends_on_the_number_is_about_it() {
    for error in [OtpError::TooManyCodes, OtpError::NotAllowed, OtpError::Blocked] {
        assert!(error.is_about_the_number());
    }
    for error in [OtpError::Busy, OtpError::Web(WebError::TimedOut), OtpError::Malformed] {
        assert!(!error.is_about_the_number());
    }
}

#[test]
fn addresses_in_clear_or_with_extras_are_refused() {
    let service = |root: &str| OtpService::new(root, Path::new("token"), b"").map(drop);
    assert_eq!(service("https://api.carrier.example/one-time-password-sms/v1"), Ok(()));
    assert_eq!(service("http://127.0.0.1:9091"), Ok(()));
    for root in [
        "http://api.carrier.example",
        "api.carrier.example",
        "https://a:b@c.example",
        "https://c.example/?x",
    ] {
        assert_eq!(service(root), Err(OtpError::Address), "{root}");
    }
}

#[test]
fn a_message_needs_its_code_and_160_characters() {
    assert!(OtpService::takes("[안심통신] 인증번호 {{code}}"));
    assert!(!OtpService::takes("[안심통신] 인증번호"));
    assert!(OtpService::takes(&format!("{{{{code}}}}{}", "가".repeat(152))));
    assert!(!OtpService::takes(&format!("{{{{code}}}}{}", "가".repeat(153))));
}

#[test]
fn a_missing_token_denies_before_anything_goes_out() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    let service = OtpService::new("http://127.0.0.1:1", &file, b"").unwrap();
    let id = AuthenticationId::parse("a").unwrap();
    let check = |code: &str| service.validate_code(&id, code, Uuid::nil());
    assert_eq!(check("123456"), Err(OtpError::TokenFile));
    for text in ["", " \n", "two words"] {
        fs::write(&file, text).unwrap();
        assert_eq!(check("123456"), Err(OtpError::TokenFile));
    }
    fs::write(&file, "secret\n").unwrap();
    assert_eq!(check("123456"), Err(OtpError::Web(WebError::Unreachable)));
    assert_eq!(check(""), Ok(Checked::Wrong));
    assert_eq!(check("12345678901"), Ok(Checked::Wrong));
    assert!(!format!("{service:?} {id:?}").contains("secret"));
}
