//! Our client against a code service that follows CAMARA One Time Password SMS 1.1.1.

use serde_json::json;
use simrecall_core::identity::Msisdn;
use simrecall_gateway::otp::{AuthenticationId, Checked, OtpError, OtpService};
use simrecall_gateway::web::WebError;
use simrecall_tests::CodeService;
use uuid::Uuid;

const MESSAGE: &str = "[안심통신] 확인 번호 {{code}}. 누구에게도 알려 주지 마십시오.";

struct Stage {
    peer: CodeService,
    service: OtpService,
}

impl Stage {
    fn set() -> Self {
        let peer = CodeService::start().unwrap();
        let service = OtpService::new(&peer.root(), &peer.token_file(), b"").unwrap();
        Self { peer, service }
    }

    fn send(&self) -> Result<AuthenticationId, OtpError> {
        self.service.send_code(&number(), MESSAGE, Uuid::from_u128(1))
    }

    fn check(&self, id: &AuthenticationId, code: &str) -> Result<Checked, OtpError> {
        self.service.validate_code(id, code, Uuid::from_u128(2))
    }
}

fn number() -> Msisdn {
    Msisdn::parse("010-1234-5678").unwrap()
}

/// Another code than this one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[test]
fn the_code_that_reached_the_telephone_is_right_once() {
    let stage = Stage::set();
    let id = stage.send().unwrap();
    let [message] = stage.peer.messages().unwrap().try_into().unwrap();
    assert_eq!(message.number, "+821012345678");
    assert_eq!(message.text, MESSAGE.replace("{{code}}", &message.code));
    assert_eq!(stage.check(&id, wrong(&message.code)), Ok(Checked::Wrong));
    assert_eq!(stage.check(&id, &message.code), Ok(Checked::Right));
    assert_eq!(stage.check(&id, &message.code), Ok(Checked::Expired), "it counts once");
    let asked = stage.peer.asked().unwrap();
    let (first, correlator) = &asked[0];
    assert_eq!(first, "/v1/send-code");
    assert_eq!(correlator.as_deref(), Some("00000000-0000-0000-0000-000000000001"));
}

#[test]
fn three_wrong_codes_use_it_up() {
    let stage = Stage::set();
    let id = stage.send().unwrap();
    let code = stage.peer.messages().unwrap()[0].code.clone();
    let tries: Vec<_> = (0..3).map(|_| stage.check(&id, wrong(&code)).unwrap()).collect();
    assert_eq!(tries, [Checked::Wrong, Checked::Wrong, Checked::UsedUp]);
    assert_eq!(stage.check(&id, &code), Ok(Checked::UsedUp), "the right one comes too late");
}

#[test]
fn an_old_code_and_one_nobody_sent_prove_nothing() {
    let stage = Stage::set();
    let id = stage.send().unwrap();
    let code = stage.peer.messages().unwrap()[0].code.clone();
    stage.peer.expire().unwrap();
    assert_eq!(stage.check(&id, &code), Ok(Checked::Expired));
    let unknown = AuthenticationId::parse("ea0840f3-3663-4149-bd10-c7c6b8912105").unwrap();
    assert_eq!(stage.check(&unknown, &code), Ok(Checked::Expired));
}

#[test]
fn a_code_belongs_to_its_own_request() {
    let stage = Stage::set();
    let (first, second) = (stage.send().unwrap(), stage.send().unwrap());
    let messages = stage.peer.messages().unwrap();
    if messages[0].code != messages[1].code {
        assert_eq!(stage.check(&first, &messages[1].code), Ok(Checked::Wrong));
    }
    assert_eq!(stage.check(&second, &messages[1].code), Ok(Checked::Right));
}

#[test]
fn what_the_service_says_of_a_number_is_told_apart() {
    for (why, error) in [
        ("PHONE_NUMBER_BLOCKED", OtpError::Blocked),
        ("PHONE_NUMBER_NOT_ALLOWED", OtpError::NotAllowed),
    ] {
        let stage = Stage::set();
        stage.peer.refuse("+821012345678", why).unwrap();
        assert_eq!(stage.send(), Err(error));
        assert_eq!(stage.peer.messages().unwrap(), []);
    }
    let stage = Stage::set();
    let sent: Vec<_> = (0..6).map(|_| stage.send().err()).collect();
    assert_eq!(sent[..5], [None; 5]);
    assert_eq!(sent[5], Some(OtpError::TooManyCodes));
}

#[test]
fn a_token_it_does_not_know_is_our_configuration() {
    let stage = Stage::set();
    std::fs::write(stage.peer.token_file(), "another-token").unwrap();
    assert_eq!(stage.send(), Err(OtpError::Unauthenticated));
    let root = stage.peer.root().replace("/v1", "/v0");
    let lost = OtpService::new(&root, &stage.peer.token_file(), b"").unwrap();
    std::fs::write(stage.peer.token_file(), "token-of-the-carrier").unwrap();
    assert_eq!(lost.send_code(&number(), MESSAGE, Uuid::nil()), Err(OtpError::NotThere));
}

#[test]
fn nothing_malformed_of_ours_goes_out() {
    let stage = Stage::set();
    assert_eq!(
        stage.service.send_code(&number(), "확인 번호", Uuid::nil()),
        Err(OtpError::Message)
    );
    let id = stage.send().unwrap();
    let typed = ["", "12345678901", "\" or 1"];
    let said: Vec<_> = typed.iter().map(|code| stage.check(&id, code)).collect();
    assert_eq!(said, [Ok(Checked::Wrong); 3]);
    assert_eq!(stage.peer.refusals().unwrap(), ["ONE_TIME_PASSWORD_SMS.INVALID_OTP"]);
}

#[test]
fn whatever_goes_wrong_denies() {
    let stage = Stage::set();
    let id = stage.send().unwrap();
    let code = stage.peer.messages().unwrap()[0].code.clone();
    for (status, error) in [
        (200, OtpError::Strange { status: 200 }),
        (302, OtpError::Strange { status: 302 }),
        (429, OtpError::Busy),
        (500, OtpError::Failing { status: 500 }),
        (503, OtpError::Failing { status: 503 }),
    ] {
        stage.peer.answer_next(status, &json!({ "verified": true })).unwrap();
        assert_eq!(stage.check(&id, &code), Err(error));
    }
    stage.peer.hang_up_next().unwrap();
    assert!(matches!(stage.check(&id, &code), Err(OtpError::Web(_))));
}

#[test]
fn a_service_that_is_gone_denies() {
    let stage = Stage::set();
    let id = stage.send().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::copy(stage.peer.token_file(), &token_file).unwrap();
    let service = OtpService::new(&stage.peer.root(), &token_file, b"").unwrap();
    drop(stage);
    let checked = service.validate_code(&id, "123456", Uuid::nil());
    assert_eq!(checked, Err(OtpError::Web(WebError::Unreachable)));
}
