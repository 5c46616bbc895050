//! The carrier's own login, from our page to the provider's and back: the npm package `oidc-provider` says who somebody is,
//! and the page answers them. Whatever goes wrong on the way proves nothing and tells nothing.

use std::net::TcpListener;
use std::path::Path;

use http::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use simrecall_engine::Clock;
use simrecall_tests::LoginServer;
use simrecall_tests::peers::LoginOptions;
use simrecall_tests::town::{LEAKED, NEW_HOLDER};
use tempfile::TempDir;

use crate::stage::{Answer, Browser, ORIGIN, Stage, roomy};

/// In the registry under no such reference.
const STRANGER: &str = "P-NOBODY";
/// Somebody whose number the provider has not looked at.
const UNVERIFIED: &str = "P-UNVERIFIED";

struct Carrier {
    stage: Stage,
    server: LoginServer,
    _folder: TempDir,
}

fn portal_login(issuer: &str, secret_file: &Path, binds: &str) -> String {
    format!(
        "registry_max_age = \"10000d\"\n[portal.login]\nissuer = \"{issuer}\"\nclient_id = \"simrecall\"\n\
         client_secret_file = \"{}\"\nbinds = \"{binds}\"\nrelies = [\"app\"]\nmethods = {{ sms = [\"sms\"] }}\n",
        secret_file.display()
    )
}

impl Carrier {
    fn open() -> Self {
        Self::that("subscriber")
    }

    /// A town whose provider's word stands for a subscriber, or for a line.
    fn that(binds: &str) -> Self {
        let phone = |number: &str, verified: bool| json!({ "phone_number": number, "phone_number_verified": verified });
        let options = LoginOptions::new(&format!("{ORIGIN}/login/callback"))
            .with(LEAKED.reference, phone("+82 10 2000 0001", true))
            .with(NEW_HOLDER.reference, phone("+82 10 2000 0010", true))
            .with(UNVERIFIED, phone("+82 10 2000 0001", false))
            .with(STRANGER, json!({}));
        let server = LoginServer::start(&options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("login.secret");
        std::fs::write(&secret, LoginOptions::SECRET).unwrap();
        let more = portal_login(&server.issuer(), &secret, binds);
        let stage = Stage::with(&roomy(), "[\"sms\", \"ars\"]", &more);
        Self { stage, server, _folder: folder }
    }

    /// Lets the town's clock show what the provider's shows: its tokens count now.
    fn browser(&self) -> Browser<'_> {
        self.stage.clock.advance(Clock::machine().now() - self.stage.clock.now());
        self.stage.browser()
    }

    /// Off to the provider's page; the address it is reached at.
    fn begin(browser: &Browser<'_>) -> String {
        let begun = browser.post("/ko/prove/login", &[]);
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
        begun.location().to_owned()
    }

    /// Logs in there; the path on which the browser comes back.
    fn log_in(&self, browser: &Browser<'_>, subject: &str) -> String {
        let back = self.server.log_in(&Self::begin(browser), subject).unwrap();
        back.strip_prefix(ORIGIN).unwrap().to_owned()
    }

    fn come_back(&self, browser: &Browser<'_>, subject: &str) -> Answer {
        let path = self.log_in(browser, subject);
        browser.get(&path)
    }
}

/// What the one who asks is told, in words of ours and no others; and who is not proved stays so.
#[track_caller]
fn denied(
    carrier: &Carrier,
    browser: &Browser<'_>,
    answer: &Answer,
    status: StatusCode,
    says: &str,
) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.text().contains(says), "no {says:?} in {}", answer.text());
    assert!(answer.text().contains("lang=\"ko\""));
    assert_eq!(answer.header("cache-control"), "no-store");
    let issuer = carrier.server.issuer();
    for inner in [issuer.as_str(), "simrecall", LEAKED.reference, "id_token", "openid"] {
        assert!(!answer.text().contains(inner), "{inner} is told: {}", answer.text());
    }
    assert_eq!(browser.get("/ko/answer").location(), "/ko/prove", "nobody was proved");
}

const AGAIN: &str = "로그인을 마치지 못했습니다";
const SILENT: &str = "본인 확인 서비스에 지금 연결되지 않습니다";
const NOT_OURS: &str = "고객을 찾을 수 없습니다";

#[test]
fn who_logs_in_at_the_carrier_is_answered() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    let page = browser.get("/ko/prove");
    assert!(page.text().contains("action=\"/ko/prove/login\""), "{}", page.text());
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains(&format!("form-action 'self' {};", carrier.server.issuer())),
        "{policy}"
    );
    let there = Carrier::begin(&browser);
    assert!(there.contains("ui_locales=ko") && !there.contains("P-KIM"), "{there}");
    assert_eq!(
        browser.get("/ko/answer").location(),
        "/ko/prove",
        "a login that began proves nothing"
    );
    let before = browser.cookie.borrow().clone();
    let back = carrier.come_back(&browser, LEAKED.reference);
    assert_eq!(
        (back.status, back.location()),
        (StatusCode::SEE_OTHER, "/ko/answer"),
        "{}",
        back.text()
    );
    assert_ne!(*browser.cookie.borrow(), before, "proof gives a new key");
    let answer = browser.get("/ko/answer");
    assert!(answer.text().contains("answer leaked"), "{}", answer.text());
    let answer = browser.get("/api/v1/answer").json();
    let all = json!([
        "items",
        "apply",
        "protect",
        "unprotect",
        "claim",
        "notices",
        "activate",
        "lift_block",
        "choose",
        "release_hold"
    ]);
    assert_eq!((&answer["standing"], &answer["may"]), (&"leaked".into(), &all), "{answer}");
    assert_eq!(carrier.server.refusals().unwrap(), Vec::<String>::new());
}

#[test]
fn the_line_s_user_sees_the_line() {
    let carrier = Carrier::that("phone_number");
    let browser = carrier.browser();
    carrier.come_back(&browser, LEAKED.reference);
    let answer = browser.get("/api/v1/answer").json();
    assert_eq!(answer["standing"], "leaked", "{answer}");
    assert!(answer["lines"][0]["moment"].is_string(), "who has the line sees the moment: {answer}");
    let newer = carrier.browser();
    carrier.come_back(&newer, NEW_HOLDER.reference);
    assert_eq!(newer.get("/api/v1/answer").json()["standing"], "not_found");
    let unverified = carrier.browser();
    carrier.come_back(&unverified, UNVERIFIED);
    assert_eq!(unverified.get("/api/v1/answer").json()["standing"], "not_ours");
}

#[test]
fn somebody_the_registry_does_not_know_is_told_that_and_no_more() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    let back = carrier.come_back(&browser, STRANGER);
    assert_eq!((back.status, back.location()), (StatusCode::SEE_OTHER, "/ko/answer"));
    let answer = browser.get("/ko/answer");
    assert!(
        answer.text().contains(NOT_OURS) && !answer.text().contains("2000"),
        "{}",
        answer.text()
    );
    assert_eq!(browser.get("/ko/protect").status, StatusCode::FORBIDDEN);
}

#[test]
fn a_wrong_state_ends_the_login() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    let path = carrier.log_in(&browser, LEAKED.reference);
    let (before, after) = path.split_once("state=").unwrap();
    let rest = after.split_once('&').map_or("", |(_, rest)| rest);
    let wrong = browser.get(&format!("{before}state=%3Cscript%3E&{rest}"));
    denied(&carrier, &browser, &wrong, StatusCode::UNPROCESSABLE_ENTITY, AGAIN);
    assert!(!wrong.text().contains("%3Cscript") && !wrong.text().contains("&lt;script"));
    let late = browser.get(&path);
    denied(&carrier, &browser, &late, StatusCode::UNPROCESSABLE_ENTITY, AGAIN);
    for nothing in [
        "/login/callback",
        "/login/callback?code=x",
        "/login/callback?state=",
        "/login/callback?error=x&error=y",
    ] {
        let answer = browser.get(nothing);
        assert!(answer.status.is_client_error(), "{nothing}: {}", answer.status);
    }
    // A new login goes through.
    assert_eq!(carrier.come_back(&browser, LEAKED.reference).location(), "/ko/answer");
}

#[test]
fn a_callback_counts_once_and_in_the_browser_that_began() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    let path = carrier.log_in(&browser, LEAKED.reference);
    let fresh = carrier.browser();
    let nobody = fresh.get(&path);
    denied(&carrier, &fresh, &nobody, StatusCode::FORBIDDEN, "먼저 본인 확인을 해 주십시오");
    let other = carrier.browser();
    Carrier::begin(&other);
    let theirs = other.get(&path);
    denied(&carrier, &other, &theirs, StatusCode::UNPROCESSABLE_ENTITY, AGAIN);
    let mut thief = carrier.browser();
    thief.agent = "curl/8".to_owned();
    thief.cookie.replace(browser.cookie.borrow().clone());
    assert_eq!(thief.get(&path).status, StatusCode::FORBIDDEN);
    // None of that has used it up.
    assert_eq!(browser.get(&path).location(), "/ko/answer");
    let replayed = browser.get(&path);
    assert_eq!(replayed.status, StatusCode::FORBIDDEN, "{}", replayed.text());
    assert_eq!(browser.get("/ko/answer").status, StatusCode::OK, "the first one still holds");
}

#[test]
fn who_left_in_one_language_comes_back_in_it() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    let there = browser.post("/vi/prove/login", &[]);
    assert!(there.location().contains("ui_locales=vi"), "{}", there.location());
    let back = carrier.server.log_in(there.location(), LEAKED.reference).unwrap();
    let back = browser.get(back.strip_prefix(ORIGIN).unwrap());
    assert_eq!(back.location(), "/vi/answer", "the browser itself would like Korean");
}

#[test]
fn who_says_no_there_is_asked_again_here() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    let back = carrier.come_back(&browser, "P-WHO-SAYS-NO");
    denied(&carrier, &browser, &back, StatusCode::UNPROCESSABLE_ENTITY, AGAIN);
    assert!(back.text().contains("href=\"/ko/prove\""), "the way on is another proof");
}

#[rstest]
#[case::for_another_client(json!({ "claims": { "aud": "another" } }))]
#[case::of_another_issuer(json!({ "claims": { "iss": "https://id.other.example" } }))]
#[case::unsigned(json!({ "by": "none" }))]
#[case::signed_by_a_stranger(json!({ "by": "stranger" }))]
#[case::changed_after_it_was_signed(json!({ "by": "nobody", "claims": { "sub": "P-JUNG" } }))]
fn a_token_that_is_not_for_us_proves_nothing(#[case] how: Value) {
    let carrier = Carrier::open();
    carrier.server.forge(&how).unwrap();
    let browser = carrier.browser();
    let back = carrier.come_back(&browser, LEAKED.reference);
    denied(&carrier, &browser, &back, StatusCode::SERVICE_UNAVAILABLE, AGAIN);
    carrier.server.forge(&Value::Null).unwrap();
    assert_eq!(carrier.come_back(&browser, LEAKED.reference).location(), "/ko/answer");
}

#[test]
fn a_login_by_a_channel_that_leaked_proves_nothing() {
    let carrier = Carrier::open();
    carrier.server.strength("1", &["pwd", "sms"]).unwrap();
    let browser = carrier.browser();
    let back = carrier.come_back(&browser, LEAKED.reference);
    denied(
        &carrier,
        &browser,
        &back,
        StatusCode::FORBIDDEN,
        "다른 방법으로 본인 확인을 해 주십시오",
    );
    let named = Stage::with(
        &roomy(),
        "[\"app\"]",
        &portal_login("http://127.0.0.1:9", Path::new("none"), "subscriber"),
    );
    let browser = named.browser();
    assert!(!browser.get("/ko/prove").text().contains("/ko/prove/login"), "it is not offered");
    assert_eq!(browser.post("/ko/prove/login", &[]).status, StatusCode::FORBIDDEN);
}

#[test]
fn a_provider_that_is_gone_denies_in_the_reader_s_language() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    let path = carrier.log_in(&browser, LEAKED.reference);
    let cookie = browser.cookie.borrow().clone();
    let Carrier { stage, server, _folder: folder } = carrier;
    drop(server);
    let same = stage.browser();
    same.cookie.replace(cookie);
    let back = same.get(&path);
    assert_eq!(back.status, StatusCode::SERVICE_UNAVAILABLE, "{}", back.text());
    assert!(back.text().contains(SILENT), "{}", back.text());
    assert!(!back.header("retry-after").is_empty());

    // One that nobody ever reached.
    let nobody =
        portal_login("http://127.0.0.1:9", &folder.path().join("login.secret"), "subscriber");
    let stage = Stage::with(&roomy(), "[\"sms\", \"ars\"]", &nobody);
    for (language, says) in
        [("ko", SILENT), ("vi", "Hiện không kết nối được"), ("en", "does not answer now")]
    {
        let answer = stage.browser().post(&format!("/{language}/prove/login"), &[]);
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.text().contains(says), "{language}: {}", answer.text());
        assert!(!answer.text().contains("127.0.0.1") && answer.headers.get("set-cookie").is_none());
    }
    let program = stage.browser();
    let request = program.form("/ko/prove/login").header("accept", "application/json");
    let request = request.header("sec-fetch-site", "same-origin").body(axum::body::Body::empty());
    let answer = program.send(request.unwrap());
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"login_no_answer".into())
    );
    assert!(answer.json()["detail"].is_null(), "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

/// A provider that takes the connection and says nothing: whoever asked for it waits, and nobody else does.
#[test]
fn a_silent_provider_holds_up_nobody_but_those_who_log_in() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", silent.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("login.secret");
    std::fs::write(&secret, "x").unwrap();
    let stage =
        Stage::with(&roomy(), "[\"sms\", \"ars\"]", &portal_login(&issuer, &secret, "subscriber"));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| stage.browser().post("/ko/prove/login", &[]));
        let (held, _) = silent.accept().unwrap();
        let more: Vec<_> =
            (0..8).map(|_| scope.spawn(|| stage.browser().post("/ko/prove/login", &[]))).collect();
        stage.browser().walk_in(LEAKED);
        for denied in more {
            assert_eq!(denied.join().unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
        }
        assert!(!first.is_finished(), "all of them were done before the provider was given up");
        drop((held, silent));
        assert_eq!(first.join().unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
    });
}

#[test]
fn a_login_is_begun_by_a_form_of_ours() {
    let carrier = Carrier::open();
    let browser = carrier.browser();
    assert_eq!(browser.get("/ko/prove/login").status, StatusCode::METHOD_NOT_ALLOWED);
    let foreign = browser.form("/ko/prove/login").header("sec-fetch-site", "cross-site");
    let answer = browser.send(foreign.body(axum::body::Body::empty()).unwrap());
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let posted = browser.request(&Method::POST, "/login/callback?code=x&state=y");
    let answer = browser.send(
        posted.header("sec-fetch-site", "same-origin").body(axum::body::Body::empty()).unwrap(),
    );
    assert!(answer.status.is_client_error());
    let closed = Stage::open();
    let answer = closed.browser().post("/ko/prove/login", &[]);
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text().contains("이 방법은 지금 이용하실 수 없습니다"), "{}", answer.text());
    assert!(!closed.browser().get("/ko/prove").text().contains("prove/login"));
}
