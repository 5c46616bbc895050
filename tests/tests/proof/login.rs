//! Our login against the npm package `oidc-provider`: what proves who somebody is, and every way in which it does not.

use std::net::TcpListener;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};
use simrecall_engine::Clock;
use simrecall_gateway::login::{Back, Begun, Claims, Kept, LoginError, LoginSettings, Provider};
use simrecall_gateway::web::WebError;
use simrecall_tests::LoginServer;
use simrecall_tests::peers::LoginOptions;

const CALLBACK: &str = "http://127.0.0.1:1/login/callback";

struct Stage {
    server: LoginServer,
    settings: LoginSettings,
    provider: Provider,
}

/// The parameters a browser came back with.
#[derive(Clone, Default)]
struct Came {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

impl Came {
    fn read(url: &str) -> Self {
        let mut came = Self::default();
        let (at, query) = url.split_once('?').unwrap();
        assert_eq!(at, CALLBACK);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = value.replace("%3A", ":").replace("%2F", "/");
            match name {
                "code" => came.code = Some(value),
                "state" => came.state = Some(value),
                "iss" => came.iss = Some(value),
                "error" => came.error = Some(value),
                _ => {}
            }
        }
        came
    }

    fn back(&self) -> Back<'_> {
        Back {
            code: self.code.as_deref(),
            state: self.state.as_deref(),
            iss: self.iss.as_deref(),
            error: self.error.as_deref(),
        }
    }
}

fn options() -> LoginOptions {
    LoginOptions::new(CALLBACK)
        .with(
            "SUB-0001",
            json!({
                "phone_number": "+82 10 1234 5678", "phone_number_verified": true,
                "email": "kim@example.com", "email_verified": true,
            }),
        )
        .with(
            "SUB-0002",
            json!({ "phone_number": "+82 10 8765 4321", "phone_number_verified": false }),
        )
        .with("SUB-0003", json!({ "phone_number": "114", "email": "nobody" }))
}

fn settings(server: &LoginServer) -> LoginSettings {
    LoginSettings {
        issuer: server.issuer(),
        client_id: "simrecall".to_owned(),
        client_secret: Some(SecretString::from(LoginOptions::SECRET)),
        redirect_uri: CALLBACK.to_owned(),
        scopes: vec!["phone".to_owned(), "email".to_owned()],
        acr: Vec::new(),
        max_age: 600,
        patience: Duration::from_secs(10),
    }
}

fn now() -> DateTime<Utc> {
    Clock::machine().now()
}

impl Stage {
    fn set(options: &LoginOptions) -> Self {
        let server = LoginServer::start(options).unwrap();
        let settings = settings(&server);
        let provider = Provider::discover(settings.clone(), b"").unwrap();
        Self { server, settings, provider }
    }

    /// The same server, with other settings of ours.
    fn known_as(&self, change: impl FnOnce(&mut LoginSettings)) -> Provider {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Provider::discover(settings, b"").unwrap()
    }

    fn come_back(&self, begun: &Begun, subject: &str) -> Came {
        Came::read(&self.server.log_in(&begun.url, subject).unwrap())
    }

    fn begin(&self, subject: &str) -> (Kept, Came) {
        let begun = self.provider.begin(Some("ko"));
        let came = self.come_back(&begun, subject);
        (begun.kept, came)
    }

    fn log_in(&self, subject: &str) -> Result<Claims, LoginError> {
        let (kept, came) = self.begin(subject);
        self.provider.finish(&kept, &came.back(), now())
    }
}

#[rstest]
#[case::in_the_token(true)]
#[case::told_to_whoever_has_the_token(false)]
fn a_login_says_who_somebody_is(#[case] in_token: bool) {
    let stage = Stage::set(&LoginOptions { in_token, ..options() });
    let claims = stage.log_in("SUB-0001").unwrap();
    assert_eq!(claims.subject, "SUB-0001");
    let phone = claims.phone.clone().unwrap();
    assert_eq!((phone.number.expose(), phone.verified), ("821012345678", true));
    let email = claims.email.clone().unwrap();
    assert_eq!((email.address.expose(), email.verified), ("kim@example.com", true));
    assert_eq!(
        (claims.acr.as_deref(), claims.amr.as_slice()),
        (Some("1"), ["pwd".to_owned()].as_slice())
    );
    assert!((now() - claims.auth_time).abs() < TimeDelta::minutes(1));
    let shown = format!("{claims:?} {:?}", stage.provider);
    for secret in ["SUB-0001", "821012345678", "kim@", LoginOptions::SECRET] {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
    assert_eq!(stage.server.refusals().unwrap(), Vec::<String>::new());
}

#[test]
fn what_the_provider_has_not_verified_is_not_verified() {
    let stage = Stage::set(&options());
    let phone = stage.log_in("SUB-0002").unwrap().phone.unwrap();
    assert_eq!((phone.number.expose(), phone.verified), ("821087654321", false));
    let claims = stage.log_in("SUB-0003").unwrap();
    assert_eq!((claims.phone, claims.email), (None, None), "no number and no address are none");
}

#[test]
fn only_what_was_asked_for_is_told() {
    let stage = Stage::set(&options());
    let provider = stage.known_as(|settings| settings.scopes.clear());
    let begun = provider.begin(None);
    let came = stage.come_back(&begun, "SUB-0001");
    let claims = provider.finish(&begun.kept, &came.back(), now()).unwrap();
    assert_eq!((claims.phone, claims.email), (None, None));
}

#[rstest]
fn signatures_only_the_provider_can_make_are_taken(
    #[values("RS256", "PS256", "ES256", "EdDSA")] algorithm: &str,
) {
    let client = options().client("id_token_signed_response_alg", json!(algorithm));
    assert_eq!(
        Stage::set(&client).log_in("SUB-0001").map(|claims| claims.subject),
        Ok("SUB-0001".to_owned())
    );
}

#[rstest]
fn other_signatures_are_not(#[values("HS256", "RS512")] algorithm: &str) {
    let client = options().client("id_token_signed_response_alg", json!(algorithm));
    assert_eq!(Stage::set(&client).log_in("SUB-0001"), Err(LoginError::Algorithm));
}

#[test]
fn a_client_without_a_secret_or_with_it_in_the_body_gets_in_too() {
    let public = options().client("token_endpoint_auth_method", json!("none"));
    let stage = Stage::set(&public.client("client_secret", Value::Null));
    let provider = stage.known_as(|settings| settings.client_secret = None);
    let begun = provider.begin(None);
    let came = stage.come_back(&begun, "SUB-0001");
    assert!(provider.finish(&begun.kept, &came.back(), now()).is_ok());
}

#[test]
fn a_wrong_secret_is_our_configuration() {
    let stage = Stage::set(&options());
    let provider = stage.known_as(|settings| {
        settings.client_secret = Some(SecretString::from("another-secret"));
    });
    let begun = provider.begin(None);
    let came = stage.come_back(&begun, "SUB-0001");
    assert_eq!(provider.finish(&begun.kept, &came.back(), now()), Err(LoginError::Client));
}

#[test]
fn another_browser_or_provider_on_the_way_back_is_seen_before_the_code_is_used() {
    let stage = Stage::set(&options());
    let (kept, came) = stage.begin("SUB-0001");
    let said = |came: &Came| stage.provider.finish(&kept, &came.back(), now());
    let other = |state: &str| Came { state: Some(state.to_owned()), ..came.clone() };
    let longer = format!("{}x", kept.state);
    for state in ["", "another", &longer] {
        assert_eq!(said(&other(state)), Err(LoginError::State), "{state}");
    }
    assert_eq!(said(&Came { state: None, ..came.clone() }), Err(LoginError::State));
    let iss = Some("https://id.other.example".to_owned());
    assert_eq!(said(&Came { iss, ..came.clone() }), Err(LoginError::Issuer));
    assert_eq!(said(&Came { iss: None, ..came.clone() }), Err(LoginError::Issuer));
    assert_eq!(said(&Came { code: None, ..came.clone() }), Err(LoginError::Strange));
    assert!(said(&came).is_ok(), "nothing of that has used the code up");
}

#[test]
fn a_code_counts_once_and_for_its_own_browser() {
    let stage = Stage::set(&options());
    let (kept, came) = stage.begin("SUB-0001");
    assert!(stage.provider.finish(&kept, &came.back(), now()).is_ok());
    assert_eq!(
        stage.provider.finish(&kept, &came.back(), now()),
        Err(LoginError::Code),
        "replayed"
    );
    // Somebody else's code in this browser: its state would fit, the proof of who asked does not.
    let (mine, _) = stage.begin("SUB-0001");
    let (_, theirs) = stage.begin("SUB-0002");
    let slipped = Came { state: Some(mine.state.clone()), ..theirs };
    assert_eq!(stage.provider.finish(&mine, &slipped.back(), now()), Err(LoginError::Code));
    let made_up = Came { code: Some("made-up".to_owned()), ..slipped };
    assert_eq!(stage.provider.finish(&mine, &made_up.back(), now()), Err(LoginError::Code));
}

#[test]
fn a_token_that_answers_another_question_is_refused() {
    let stage = Stage::set(&options());
    let (mut kept, came) = stage.begin("SUB-0001");
    kept.nonce = "another".to_owned();
    assert_eq!(stage.provider.finish(&kept, &came.back(), now()), Err(LoginError::Nonce));
}

#[test]
fn who_says_no_is_not_logged_in() {
    let stage = Stage::set(&options());
    assert_eq!(stage.log_in("nobody"), Err(LoginError::Declined));
}

#[test]
fn a_token_counts_only_now() {
    let stage = Stage::set(&options());
    for (later, error) in
        [(TimeDelta::hours(2), LoginError::Expired), (TimeDelta::minutes(-2), LoginError::Expired)]
    {
        let (kept, came) = stage.begin("SUB-0001");
        let said = stage.provider.finish(&kept, &came.back(), now() + later);
        assert_eq!(said, Err(error), "{later}");
    }
}

#[test]
fn a_login_of_long_ago_or_too_weak_is_not_enough() {
    let stage = Stage::set(&options());
    let long_ago = (now() - TimeDelta::minutes(20)).timestamp();
    stage.server.forge(&json!({ "claims": { "auth_time": long_ago } })).unwrap();
    assert_eq!(stage.log_in("SUB-0001"), Err(LoginError::TooOld));
    stage.server.forge(&json!({ "claims": { "auth_time": null } })).unwrap();
    assert_eq!(stage.log_in("SUB-0001"), Err(LoginError::TooOld));
    stage.server.forge(&Value::Null).unwrap();
    let strict = stage.known_as(|settings| settings.acr = vec!["3".to_owned(), "2".to_owned()]);
    let log_in = || {
        let begun = strict.begin(None);
        let came = stage.come_back(&begun, "SUB-0001");
        strict.finish(&begun.kept, &came.back(), now())
    };
    assert_eq!(log_in(), Err(LoginError::TooWeak));
    stage.server.strength("2", &["pwd", "otp"]).unwrap();
    let claims = log_in().unwrap();
    assert_eq!((claims.acr.as_deref(), claims.amr.len()), (Some("2"), 2));
}

#[rstest]
#[case::for_another(json!({ "claims": { "aud": "another" } }), LoginError::Audience)]
#[case::for_us_and_another(json!({ "claims": { "aud": ["simrecall", "another"] } }), LoginError::Audience)]
#[case::asked_by_another(json!({ "claims": { "azp": "another" } }), LoginError::Audience)]
#[case::of_another_provider(json!({ "claims": { "iss": "https://id.other.example" } }), LoginError::Issuer)]
#[case::without_nonce(json!({ "claims": { "nonce": null } }), LoginError::Nonce)]
#[case::with_another_access_token(json!({ "access": "another" }), LoginError::AccessToken)]
#[case::unsigned(json!({ "by": "none" }), LoginError::Algorithm)]
#[case::signed_with_our_secret(json!({ "by": "secret" }), LoginError::Algorithm)]
#[case::signed_with_the_public_key_as_a_secret(json!({ "by": "public" }), LoginError::Algorithm)]
#[case::signed_by_a_stranger(json!({ "by": "stranger" }), LoginError::Key)]
#[case::signed_by_an_impostor(json!({ "by": "impostor" }), LoginError::Signature)]
#[case::changed_after_it_was_signed(json!({ "by": "nobody", "claims": { "sub": "SUB-0002" } }), LoginError::Signature)]
#[case::with_the_data_of_another(json!({ "told": { "sub": "SUB-0002" } }), LoginError::Subject)]
fn a_forged_token_proves_nothing(#[case] how: Value, #[case] error: LoginError) {
    let stage = Stage::set(&options());
    stage.server.forge(&how).unwrap();
    assert_eq!(stage.log_in("SUB-0001"), Err(error));
    stage.server.forge(&Value::Null).unwrap();
    assert!(stage.log_in("SUB-0001").is_ok(), "it was the forgery that was refused");
}

#[test]
fn a_token_made_again_in_the_right_way_is_right() {
    let stage = Stage::set(&options());
    stage.server.forge(&json!({})).unwrap();
    assert!(
        stage.log_in("SUB-0001").is_ok(),
        "the forger can sign, so each refusal has its one reason"
    );
}

#[test]
fn new_keys_are_fetched_when_they_are_met() {
    let stage = Stage::set(&options());
    assert!(stage.log_in("SUB-0001").is_ok());
    stage.server.rotate().unwrap();
    assert!(stage.log_in("SUB-0001").is_ok());
    assert!(stage.log_in("SUB-0002").is_ok());
}

#[test]
fn the_way_to_the_provider_asks_for_all_of_it() {
    let stage = Stage::set(&options());
    let strict = stage.known_as(|settings| settings.acr = vec!["2".to_owned()]);
    let (one, two) = (strict.begin(Some("ko")), strict.begin(Some("ko")));
    for part in [
        "response_type=code",
        "client_id=simrecall",
        "code_challenge_method=S256",
        "max_age=600",
        "scope=openid+phone+email",
        "acr_values=2",
        "ui_locales=ko",
        "state=",
        "nonce=",
        "code_challenge=",
    ] {
        assert!(one.url.contains(part), "{part} is missing");
    }
    assert!(!one.url.contains(&one.kept.pkce_verifier));
    assert_ne!(one.kept, two.kept);
    assert_eq!(strict.origin(), stage.server.issuer());
    let sealed = serde_json::to_string(&one.kept).unwrap();
    assert_eq!(serde_json::from_str::<Kept>(&sealed).unwrap(), one.kept);
    assert_eq!(format!("{:?}", one.kept), "Kept(***)");
}

#[test]
fn a_provider_that_is_gone_or_is_not_the_one_named_is_refused() {
    let stage = Stage::set(&options());
    let (kept, came) = stage.begin("SUB-0001");
    let discover = |issuer: &str| {
        let settings = LoginSettings { issuer: issuer.to_owned(), ..stage.settings.clone() };
        Provider::discover(settings, b"").map(drop)
    };
    let here = stage.server.issuer();
    assert_eq!(discover(&here), Ok(()));
    assert_eq!(discover(&here.replace("127.0.0.1", "localhost")), Err(LoginError::Strange));
    assert_eq!(discover("http://id.carrier.example"), Err(LoginError::Address));
    assert_eq!(discover("id.carrier.example"), Err(LoginError::Address));
    let Stage { server, provider, .. } = stage;
    drop(server);
    let gone = LoginError::Web(WebError::Unreachable);
    assert_eq!(provider.finish(&kept, &came.back(), now()), Err(gone));
}

/// A provider whose host takes the connection and says nothing.
#[test]
fn a_provider_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let stage = Stage::set(&options());
    let settings = LoginSettings {
        issuer: format!("http://{}", silent.local_addr().unwrap()),
        patience: Duration::from_millis(200),
        ..stage.settings
    };
    let said = Provider::discover(settings, b"").map(drop);
    assert_eq!(said, Err(LoginError::Web(WebError::TimedOut)));
}
