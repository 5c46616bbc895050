//! What every request goes through, whoever sends it: host, address, pace, body, where it came from; and what every answer
//! carries.

use axum::body::Body;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{Method, Request, StatusCode};
use simrecall_portal::{Pace, Peer, Setup, paths};

use crate::stage::{Answer, FETCH_SITE, FORM, JSON, ORIGIN as OURS, SITE, Stage, form, roomy};

/// Answers that anybody may keep.
const KEPT: [&str; 3] = ["/ko/", "/api/v1/incident", "/api/v1/register.json"];

fn assert_headers(answer: &Answer, path: &str) {
    let header = |name| answer.header(name);
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
    assert!(header("permissions-policy").contains("geolocation=()"), "{path}");
    assert!(header("strict-transport-security").starts_with("max-age=31536000"), "{path}");
    assert_eq!(header("x-request-id").len(), 16, "{path}");
    let policy = header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "form-action 'self';",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    let is_kept = KEPT.contains(&path) && answer.status.is_success();
    let cache = if is_kept { "public, max-age=60" } else { "no-store" };
    assert_eq!(header("cache-control"), cache, "{path}");
    assert!(answer.headers.get("etag").is_none() && answer.headers.get("server").is_none());
}

/// A browser loads every text the carrier sent, so it comes small to whoever can unpack it.
#[test]
fn the_register_comes_small() {
    let stage = Stage::open();
    let browser = stage.browser();
    let get = || browser.request(&Method::GET, "/api/v1/register.json");
    let plain = browser.send(get().body(Body::empty()).unwrap());
    let small = get().header("accept-encoding", "gzip, br").body(Body::empty()).unwrap();
    let small = browser.send(small);
    assert_eq!((plain.status, small.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!((plain.header("content-encoding"), small.header("content-encoding")), ("", "gzip"));
    assert_eq!(
        (plain.header("vary"), small.header("vary")),
        ("accept-encoding", "accept-encoding")
    );
    assert!(small.body.starts_with(&[0x1f, 0x8b]) && small.body.len() < plain.body.len() / 2);
}

#[test]
fn every_answer_carries_the_headers() {
    let stage = Stage::open();
    let mut answers = 0;
    for path in paths() {
        let path = path.replace("{lang}", "ko").replace("{*path}", "none.js");
        let browser = stage.browser();
        for method in [Method::GET, Method::HEAD] {
            let answer = browser.send(browser.request(&method, &path).body(Body::empty()).unwrap());
            assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.status);
            assert_headers(&answer, &path);
        }
        let answer = if path.starts_with("/api/") {
            browser.json(&path, &serde_json::json!({}))
        } else {
            browser.post(&path, &[])
        };
        // Nothing is done for nobody; only who has no session has ended it already.
        let ended = path == "/api/v1/proof/finish";
        assert_eq!(answer.status.is_success(), ended, "POST {path}");
        assert!(!answer.status.is_server_error(), "POST {path}");
        assert_headers(&answer, &path);
        answers += 3;
    }
    assert!(answers > 100, "{answers}");
    // A second walk, for those who have a session.
    let browser = stage.browser();
    browser.walk_in(simrecall_tests::town::LEAKED);
    for page in ["answer", "notices", "replace", "protect", "claim"] {
        let answer = browser.get(&format!("/ko/{page}"));
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert_headers(&answer, page);
    }
}

#[test]
fn another_host_is_not_answered() {
    let stage = Stage::open();
    let ask = |uri: &str, hosts: &[&str]| {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        stage.ask(request.body(Body::empty()).unwrap())
    };
    assert_eq!(ask("/ko/", &[SITE]).status, StatusCode::OK);
    for hosts in [&[][..], &["evil.example"], &["agency.hanbit.example"], &[SITE, SITE], &[""]] {
        let answer = ask("/ko/", hosts);
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{hosts:?}");
        assert_headers(&answer, "421");
        assert!(!answer.text().contains("hanbit.example"), "it names no host of ours");
    }
    assert_eq!(ask("https://evil.example/ko/", &[SITE]).status, StatusCode::MISDIRECTED_REQUEST);
}

#[test]
fn tricks_with_paths_lead_nowhere() {
    let stage = Stage::open();
    for path in [
        "/xx/answer",
        "/KO/",
        "/ko",
        "//ko/",
        "/ko//answer",
        "/ko/answer/",
        "/ko%2Fanswer",
        "/ko/../en/",
        "/ko/%2e%2e/en/",
        "/a/../../etc/passwd",
        "/a/%2e%2e%2fportal.css",
        "/a/",
        "/ko/answer%00",
        "/ko/prove/%0d%0aset-cookie:a=b",
        "/.git/config",
        "/api/v1",
        "/api/v1/answer/",
        "/metrics",
        "/healthz",
    ] {
        let answer = stage.browser().get(path);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_headers(&answer, path);
    }
    let unknown = stage.browser().get("/xx/answer");
    assert!(
        unknown.text().contains("처음 화면으로") && unknown.text().contains("To the first page")
    );
}

#[test]
fn nobody_is_believed_about_where_they_are_from() {
    let slow = Setup { pace: pace(1, 5), ..roomy() };
    let stage = Stage::with(&slow, "[\"sms\"]", "");
    let from = |stage: &Stage, peer: &str, list: &str| {
        let request = Request::builder().uri("/ko/").header(HOST, SITE);
        let request = request.extension(Peer(peer.parse().unwrap()));
        let request = request.header("x-forwarded-for", list).body(Body::empty()).unwrap();
        stage.ask(request)
    };
    let ok = |stage: &Stage, peer: &str, list: &dyn Fn(usize) -> String| {
        let asked = (0..40).map(|no| from(stage, peer, &list(no)).status);
        asked.filter(|status| *status == StatusCode::OK).count()
    };
    // No proxy is declared: whatever the list says, it is one network.
    let passed = ok(&stage, "203.0.113.1", &|no| format!("198.51.100.{no}"));
    assert!(passed <= 7, "{passed}");
    let refused = from(&stage, "203.0.113.1", "198.51.100.200");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");

    let stage = Stage::with(&slow, "[\"sms\"]", "proxies = [\"10.0.0.0/24\"]");
    // What the client wrote itself stands to the left of what the proxy adds.
    let passed = ok(&stage, "10.0.0.1", &|no| format!("198.51.100.{no}, 203.0.113.2"));
    assert!(passed <= 7, "{passed}");
    let passed = ok(&stage, "10.0.0.1", &|no| format!("203.0.113.2, 198.51.100.{no}"));
    assert!(passed >= 38, "each of them is a network of its own: {passed}");
    // A list that cannot be read is the proxy's own.
    let passed = ok(&stage, "10.0.0.1", &|no| format!("somebody{no}"));
    assert!(passed <= 7, "{passed}");
}

fn pace(per_second: u32, at_once: u32) -> Pace {
    let some = |count| std::num::NonZeroU32::new(count).unwrap();
    Pace { per_second: some(per_second), at_once: some(at_once) }
}

#[test]
fn bodies_have_a_size_and_a_kind() {
    let stage = Stage::open();
    let browser = stage.browser();
    let post = |path: &str, kind: Option<&str>, body: Body| {
        let request = browser.request(&Method::POST, path).header(FETCH_SITE, "same-origin");
        let request = match kind {
            Some(kind) => request.header(CONTENT_TYPE, kind),
            None => request,
        };
        browser.send(request.body(body).unwrap()).status
    };
    let long = || Body::from(format!("text={}", "a".repeat(64 * 1_024)));
    assert_eq!(post("/ko/real", Some(FORM), long()), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post("/api/v1/match", Some(JSON), long()), StatusCode::PAYLOAD_TOO_LARGE);
    for kind in [None, Some("text/plain"), Some(JSON), Some("multipart/form-data; boundary=a")] {
        let status = post("/ko/real", kind, Body::from("text=a"));
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind:?}");
    }
    for kind in [None, Some("text/plain"), Some(FORM)] {
        let status = post("/api/v1/match", kind, Body::from("{\"text\":\"a\"}"));
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind:?}");
    }
    for document in
        ["", "{", "[]", "null", "{\"text\":1}", "{\"text\":\"a\",\"more\":1}", "\u{fffd}"]
    {
        let status = post("/api/v1/match", Some(JSON), Body::from(document));
        assert_eq!(status, StatusCode::BAD_REQUEST, "{document}");
    }
    let said = browser.request(&Method::POST, "/ko/real").header(CONTENT_TYPE, FORM);
    let said = said.header(FETCH_SITE, "same-origin").header("content-length", "99999999");
    let said = browser.send(said.body(Body::empty()).unwrap());
    assert_eq!(
        said.status,
        StatusCode::PAYLOAD_TOO_LARGE,
        "what says that it is too long is not read"
    );
}

#[test]
fn other_methods_are_refused_by_name() {
    let stage = Stage::open();
    let browser = stage.browser();
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for (path, there) in [
            ("/ko/", "GET,HEAD"),
            ("/ko/claim", "GET,HEAD,POST"),
            ("/ko/real/code", "POST"),
            ("/api/v1/claims", "GET,HEAD,POST"),
            ("/api/v1/proof/finish", "POST"),
        ] {
            let answer = browser.send(browser.request(&method, path).body(Body::empty()).unwrap());
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.header("allow"), there, "{method} {path}");
            assert_headers(&answer, path);
        }
        let nowhere = browser.request(&method, "/nowhere").body(Body::empty()).unwrap();
        assert_eq!(browser.send(nowhere).status, StatusCode::NOT_FOUND, "{method}");
    }
    // What a place does not take it says before it looks at what was brought.
    for (method, path, there) in [
        (Method::POST, "/ko/answer", "GET,HEAD"),
        (Method::POST, "/api/v1/answer", "GET,HEAD"),
        (Method::GET, "/ko/prove/login", "POST"),
        (Method::HEAD, "/api/v1/match", "POST"),
    ] {
        let answer = browser.send(browser.request(&method, path).body(Body::empty()).unwrap());
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.header("allow"), there, "{method} {path}");
    }
    let head = browser.request(&Method::HEAD, "/ko/").body(Body::empty()).unwrap();
    let head = browser.send(head);
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
}

/// Every pair of headers a browser may send, with the right token, a wrong one and none.
#[test]
fn only_a_page_of_ours_changes_anything() {
    let stage = Stage::open();
    let mut tried = 0;
    for site in [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none")] {
        for origin in [None, Some(OURS), Some("null"), Some("https://evil.example")] {
            for token in ["right", "wrong", "none"] {
                let browser = stage.browser();
                let asked = browser.post(
                    "/ko/prove/email",
                    &[("number", "010-9999-9999"), ("address", "nobody@town.example")],
                );
                assert_eq!(asked.status, StatusCode::SEE_OTHER);
                let right = browser.get("/ko/prove/code").token();
                let token = match token {
                    "right" => right.clone(),
                    "wrong" => right.chars().rev().collect(),
                    _ => String::new(),
                };
                let fields = [("token", token.as_str())];
                let mut request = browser.form("/ko/finish");
                for (name, value) in [(FETCH_SITE, site), (ORIGIN, origin)] {
                    if let Some(value) = value {
                        request = request.header(name, value);
                    }
                }
                let status = browser.send(request.body(form(&fields)).unwrap()).status;
                let ours = match (site, origin) {
                    (Some(site), _) => site == "same-origin",
                    (None, Some(origin)) => origin == OURS,
                    (None, None) => token == right,
                };
                let expected = if ours { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
                assert_eq!(status, expected, "{site:?} {origin:?} {token}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 60);
}

/// An old browser that says nothing of where it comes from, on its first page: it has no key yet that a token could belong to.
#[test]
fn whoever_shows_nothing_is_told_so() {
    let stage = Stage::open();
    let browser = stage.browser();
    let fields = [("number", "010-2000-0001"), ("address", "kim@town.example"), ("token", "")];
    let request = browser.form("/en/prove/email").body(form(&fields)).unwrap();
    let answer = browser.send(request);
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("Begin again"), "{}", answer.text());
    assert!(browser.cookie.borrow().is_none());
}

#[test]
fn programs_hear_of_problems_in_documents() {
    let stage = Stage::open();
    let browser = stage.browser();
    let answer = browser.get("/api/v1/answer");
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], "urn:simrecall:problem:session_missing");
    assert_eq!((&problem["status"], &problem["code"]), (&403.into(), &"session_missing".into()));
    let request = format!("urn:simrecall:request:{}", answer.header("x-request-id"));
    assert_eq!(problem["instance"], request);
    let page = browser.request(&Method::GET, "/ko/nowhere").header("accept", "application/json");
    let page = browser.send(page.body(Body::empty()).unwrap());
    assert_eq!(page.json()["code"], "not_found");
    // Nobody names the request but we.
    let named = browser.request(&Method::GET, "/ko/").header("x-request-id", "mine");
    let named = browser.send(named.body(Body::empty()).unwrap());
    assert_ne!(named.header("x-request-id"), "mine");
}
