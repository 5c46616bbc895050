//! From where: a key, somebody who admits it, and a proof with each request.

use axum::body::Body;
use chrono::TimeDelta;
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use http::{Request, StatusCode};
use rstest::rstest;
use serde_json::json;
use simrecall_engine::terminal::device;
use simrecall_portal::agency::{Brings, kinds};
use simrecall_tests::Backend;
use simrecall_tests::office::{
    Answer, CLERK, CLERK_ELSEWHERE, Desk, HOST_NAME, JONGNO, MAPO, PRIVACY, SECURITY, SITE,
    SUPERVISOR, SUPERVISOR_ELSEWHERE,
};
use simrecall_tests::peers::{Browser, Claims, ath};

use crate::stage::Stage;

const SESSION: (&str, &str) = ("GET", "/api/session");

/// One body for all causes.
fn assert_out(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(String::from_utf8_lossy(&answer.body), r#"{"code":"signed_out"}"#);
}

#[rstest]
fn a_terminal_comes_in_by_two_people(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut desk = office.stranger().unwrap();
    let shown = office.get(&mut desk, "/api/terminal").unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["agency"]), (&json!("unknown"), &json!(null)));
    let wrong = office.post(&mut desk, "/api/terminal", &json!({ "code": "AAAA" })).unwrap();
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::BAD_REQUEST, "terminal_code"));

    let (terminal, thumbprint) = office.pending(&mut desk, Some(JONGNO), &[]).unwrap();
    let shown = office.get(&mut desk, "/api/terminal").unwrap().well().unwrap();
    assert_eq!((&shown["state"], &shown["agency"]["code"]), (&json!("pending"), &json!(JONGNO)));
    assert_eq!(shown["open"], true);
    assert_out(&office.post(&mut desk, "/api/sign-in/begin", &json!({})).unwrap());

    let refused = |thumbprint: &str, by| {
        device::admit(stage.home(), &terminal, thumbprint, by).unwrap_err().code
    };
    assert_eq!(refused(&thumbprint, SECURITY), "self");
    assert_eq!(refused("another", PRIVACY), "thumbprint");
    assert_eq!(refused(&thumbprint, "messaging.lead"), "not_allowed");
    // Written down as the page shows it: in groups.
    let (one, two) = thumbprint.split_at(4);
    device::admit(stage.home(), &terminal, &format!(" {one} {two}\n"), PRIVACY).unwrap();
    assert_eq!(refused(&thumbprint, PRIVACY), "terminal_state");
    let shown = office.get(&mut desk, "/api/terminal").unwrap().well().unwrap();
    assert_eq!(shown["state"], "on");
    office.post(&mut desk, "/api/sign-in/begin", &json!({})).unwrap().well().unwrap();
    let counts = ["terminal.enrolled", "terminal.key_brought", "terminal.admitted"];
    assert_eq!(counts.map(|kind| stage.entries(kind)), [1, 1, 1]);
}

#[rstest]
fn a_code_of_a_terminal_is_used_once_and_not_for_long(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let enrolled = device::enrol(stage.home(), Some(JONGNO), &[], SECURITY).unwrap();
    let code = json!({ "code": enrolled.code });
    let bring = |desk: &mut Desk| office.post(desk, "/api/terminal", &code).unwrap();
    let mut desk = office.stranger().unwrap();
    bring(&mut desk).well().unwrap();
    assert_eq!(bring(&mut desk).code(), "terminal_code");
    assert_eq!(bring(&mut office.stranger().unwrap()).code(), "terminal_code");

    let late = device::enrol(stage.home(), None, &[], SECURITY).unwrap();
    stage.pass(TimeDelta::minutes(15));
    let late = json!({ "code": late.code });
    let answer = office.post(&mut office.stranger().unwrap(), "/api/terminal", &late).unwrap();
    assert_eq!(answer.code(), "terminal_code");
    // One browser is one terminal.
    let again = device::enrol(stage.home(), None, &[], SECURITY).unwrap();
    let answer = office.post(&mut desk, "/api/terminal", &json!({ "code": again.code })).unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, "exists"));
}

#[rstest]
fn a_cookie_is_nothing_in_another_browser(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    office.get(&mut clerk, "/api/session").unwrap().well().unwrap();

    // The same agency's other terminal, another agency's, one nobody knows.
    let desks = [
        office.desk(Some(JONGNO)).unwrap(),
        office.desk(Some(MAPO)).unwrap(),
        office.desk(None).unwrap(),
        office.stranger().unwrap(),
    ];
    for mut desk in desks {
        desk.browser.cookie.clone_from(&clerk.browser.cookie);
        assert_out(&office.get(&mut desk, "/api/session").unwrap());
    }
    let bare = Request::get("/api/session")
        .header(HOST, HOST_NAME)
        .header(
            COOKIE,
            format!("__Host-simrecall-staff={}", clerk.browser.cookie.as_ref().unwrap()),
        )
        .body(Body::empty());
    assert_out(&office.send(bare.unwrap()).unwrap());
    office.get(&mut clerk, "/api/session").unwrap().well().unwrap();
}

/// Changes what a proof says.
type Lie = fn(&mut Claims);

#[test]
fn a_proof_is_over_its_request_alone() {
    let lies: [(&str, Lie); 9] = [
        ("method", |claims| claims.method = "PUT".to_owned()),
        ("path", |claims| claims.url = format!("{SITE}/api/terminal")),
        ("query", |claims| claims.url.push_str("?a=b")),
        ("host", |claims| claims.url = claims.url.replace(HOST_NAME, "evil.example")),
        ("plain", |claims| claims.url = claims.url.replace("https:", "http:")),
        ("body", |claims| claims.body = ath("another body")),
        ("no session", |claims| claims.session = None),
        ("other session", |claims| claims.session = Some(ath("another cookie"))),
        ("no name", |claims| claims.name = String::new()),
    ];
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut desk = office.seat(Some(JONGNO), SUPERVISOR).unwrap();
    let path = "/api/terminals/11111111-1111-4111-8111-111111111111/off";
    let place = ("POST", path);
    for (lie, tell) in lies {
        let mut claims = desk.browser.claims("POST", path, b"{}").unwrap();
        tell(&mut claims);
        let answer = office.ask_with(&mut desk, place, b"{}", &claims).unwrap();
        assert_eq!(answer.code(), "signed_out", "{lie}");
        assert_out(&answer);
        let honest = office.ask_once(&mut desk, place, b"{}").unwrap();
        assert_eq!(honest.code(), "terminal", "{lie}");
    }
}

#[test]
fn a_page_that_was_loaded_anew_learns_what_it_signs_over() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut claims = clerk.browser.claims("GET", "/api/session", b"").unwrap();
    let right = claims.session.take();
    let shown = office.ask_with(&mut clerk, SESSION, b"", &claims).unwrap().well().unwrap();
    assert_eq!(shown["ath"].as_str(), right.as_deref());
    claims.session = Some(ath("another cookie"));
    claims.name = "0123456789abcdef".to_owned();
    assert_out(&office.ask_with(&mut clerk, SESSION, b"", &claims).unwrap());
}

#[rstest]
fn a_request_is_taken_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let claims = clerk.browser.claims("GET", "/api/session", b"").unwrap();
    office.ask_with(&mut clerk, SESSION, b"", &claims).unwrap().well().unwrap();
    assert_out(&office.ask_with(&mut clerk, SESSION, b"", &claims).unwrap());
    // As long as its number is right, and after that its number is not.
    stage.pass(TimeDelta::seconds(239));
    stage.office.home().store.write(|tx| tx.purge_terminal_requests(stage.clock.now())).unwrap();
    let again = office.ask_with(&mut clerk, SESSION, b"", &claims).unwrap();
    assert_ne!(again.status, StatusCode::OK);
    // Another terminal may call its request the same.
    let mut other = office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    let mut theirs = other.browser.claims("GET", "/api/session", b"").unwrap();
    theirs.name.clone_from(&claims.name);
    office.ask_with(&mut other, SESSION, b"", &theirs).unwrap().well().unwrap();
}

#[test]
fn a_body_that_was_changed_on_its_way_is_refused() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let claims = clerk.browser.claims("POST", "/api/sign-out", b"{}").unwrap();
    let place = ("POST", "/api/sign-out");
    assert_out(&office.ask_with(&mut clerk, place, b"{ }", &claims).unwrap());
    office.get(&mut clerk, "/api/session").unwrap().well().unwrap();
}

#[test]
fn a_number_is_of_one_terminal_and_of_two_windows() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let other = office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    let mine = clerk.browser.nonce.clone();
    let stale = |desk: &mut Desk| {
        let answer = office.ask_once(desk, SESSION, b"").unwrap();
        (answer.status.as_u16(), answer.code())
    };
    clerk.browser.nonce = other.browser.nonce;
    assert_eq!(stale(&mut clerk), (401, "use_nonce".to_owned()));
    clerk.browser.nonce = None;
    assert_eq!(stale(&mut clerk), (401, "use_nonce".to_owned()));
    // The town's clock stands at the start of a window.
    stage.pass(TimeDelta::seconds(239));
    clerk.browser.nonce.clone_from(&mine);
    assert_eq!(stale(&mut clerk), (200, String::new()));
    stage.pass(TimeDelta::seconds(1));
    clerk.browser.nonce = mine;
    assert_eq!(stale(&mut clerk), (401, "use_nonce".to_owned()));
    // The answer brought the right one.
    assert_eq!(stale(&mut clerk), (200, String::new()));
}

#[test]
fn what_is_no_proof_is_refused() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let claims = clerk.browser.claims("GET", "/api/session", b"").unwrap();
    let good = clerk.browser.sign(&claims).unwrap();
    let stranger = Browser::new(SITE).unwrap().sign(&claims).unwrap();
    let cookie = format!("__Host-simrecall-staff={}", clerk.browser.cookie.as_ref().unwrap());
    let send = |proofs: &[&str]| {
        let mut request =
            Request::get("/api/session").header(HOST, HOST_NAME).header(COOKIE, &cookie);
        for proof in proofs {
            request = request.header("dpop", *proof);
        }
        office.send(request.body(Body::empty()).unwrap()).unwrap()
    };
    let (head, rest) = good.split_once('.').unwrap();
    let (said, signature) = rest.split_once('.').unwrap();
    let (their_head, _) = stranger.split_once('.').unwrap();
    for proofs in [
        &[][..],
        &[""],
        &["e30.e30.AAAA"],
        // Twice is as good as wrongly.
        &[good.as_str(), good.as_str()],
        // Another key signed, or says so.
        &[stranger.as_str()],
        &[&format!("{their_head}.{said}.{signature}")],
        &[&format!("{head}.{said}.")],
        &[&format!("{head}.{said}.{signature}A")],
    ] {
        let answer = send(proofs);
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{proofs:?}");
    }
    send(&[&good]).well().unwrap();
}

#[rstest]
fn a_terminal_that_is_off_is_off_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut other = office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    let all = device::list(stage.home()).unwrap();
    let at = |code: &str| {
        let found = all.iter().find(|one| one.agency.as_deref() == Some(code)).unwrap();
        found.terminal.to_string()
    };
    device::switch_off(stage.home(), &at(JONGNO), PRIVACY).unwrap();
    assert_out(&office.get(&mut clerk, "/api/session").unwrap());
    assert_out(&office.post(&mut clerk, "/api/sign-in/begin", &json!({})).unwrap());
    let shown = office.get(&mut clerk, "/api/terminal").unwrap().well().unwrap();
    assert_eq!(shown["state"], "off");
    assert_eq!(stage.by_hand("SELECT count(*) FROM staff_session"), "1");
    assert_eq!(
        device::switch_off(stage.home(), &at(JONGNO), PRIVACY).unwrap_err().code,
        "terminal_state"
    );
    office.get(&mut other, "/api/session").unwrap().well().unwrap();

    // A supervisor switches off what is of their own agency.
    let off = format!("/api/terminals/{}/off", at(MAPO));
    let mut stranger = office.seat(Some(JONGNO), SUPERVISOR).unwrap();
    let refused = office.post(&mut stranger, &off, &json!({})).unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, "terminal"));
    let refused = office.post(&mut other, &off, &json!({})).unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "not_allowed"));
    let mut theirs = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    office.post(&mut theirs, &off, &json!({})).unwrap().well().unwrap();
    assert_out(&office.get(&mut other, "/api/session").unwrap());
    assert_eq!(stage.entries("terminal.off"), 2);
}

#[test]
fn a_terminal_calls_from_its_networks() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let mut desk = office.stranger().unwrap();
    let networks = ["203.0.113.0/24".to_owned(), "2001:db8::/32".to_owned()];
    let (terminal, thumbprint) = office.pending(&mut desk, Some(JONGNO), &networks).unwrap();
    device::admit(stage.home(), &terminal, &thumbprint, PRIVACY).unwrap();
    assert_out(&office.post(&mut desk, "/api/sign-in/begin", &json!({})).unwrap());
    for (from, is_let) in [
        ("203.0.113.9", true),
        ("2001:db8::1", true),
        ("::ffff:203.0.113.9", true),
        ("203.0.114.1", false),
    ] {
        desk.from = from.parse().unwrap();
        let answer = office.post(&mut desk, "/api/sign-in/begin", &json!({})).unwrap();
        assert_eq!(answer.status.is_success(), is_let, "{from}");
    }
    let wrong = device::enrol(stage.home(), None, &["shop".to_owned()], SECURITY).unwrap_err();
    assert_eq!(wrong.code, "network");
}

#[test]
fn every_place_asks_for_what_its_kind_says_and_for_the_same_host_and_page() {
    let stage = Stage::open(Backend::Sqlite);
    let office = &stage.office;
    let id = "11111111-1111-4111-8111-111111111111";
    for kind in kinds() {
        let path = kind.path.split('/').map(|part| match part {
            "{wave}" | "{n}" => "1",
            part if part.starts_with('{') => id,
            part => part,
        });
        let path = path.collect::<Vec<_>>().join("/");
        if !path.starts_with("/api/") {
            continue;
        }
        let ask = |host: &str, origin: &str, content: &str| {
            let request = Request::builder()
                .method(kind.method.name())
                .uri(&path)
                .header(HOST, host)
                .header(ORIGIN, origin)
                .header(CONTENT_TYPE, content);
            let answer = office.send(request.body(Body::from("{}")).unwrap()).unwrap();
            (answer.status.as_u16(), answer.code())
        };
        let content = match kind.brings {
            Brings::Nothing => continue,
            Brings::Json => "application/json",
            Brings::Jpeg => "image/jpeg",
        };
        let said = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(ask(HOST_NAME, SITE, content), said(401, "signed_out"), "{path}");
        assert_eq!(ask("check.hanbit.example", SITE, content), said(421, "misdirected"), "{path}");
        assert_eq!(ask(HOST_NAME, "https://evil.example", content), said(403, "strange"), "{path}");
        assert_eq!(ask(HOST_NAME, SITE, "text/plain"), said(415, "media_type"), "{path}");
    }
    let mut desk = office.stranger().unwrap();
    assert_eq!(office.get(&mut desk, "/api/nothing").unwrap().status, StatusCode::NOT_FOUND);
    let wrong = office.ask(&mut desk, ("PUT", "/api/session"), b"{}").unwrap();
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn answers_say_what_a_browser_may_do() {
    let stage = Stage::open(Backend::Sqlite);
    let mut desk = stage.office.stranger().unwrap();
    let answer = stage.office.get(&mut desk, "/api/terminal").unwrap();
    let said = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert!(said("content-security-policy").contains("img-src 'self' data: blob:;"));
    assert!(said("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(said("permissions-policy").starts_with("camera=(self)"));
    assert!(said("strict-transport-security").contains("max-age"));
    assert_eq!(said("cache-control"), "no-store");
    // What counts down on a page goes by the installation's clock, whatever the machine's says.
    let date = chrono::DateTime::parse_from_rfc2822(&said("date")).unwrap();
    assert_eq!(date.timestamp(), stage.home().now().timestamp());
    let long = vec![b' '; 70_000];
    let answer = stage.office.ask(&mut desk, ("POST", "/api/terminal"), &long).unwrap();
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
