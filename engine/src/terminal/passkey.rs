//! Passkeys: registered with user verification, as resident keys, ES256 alone. `webauthn-rs` judges the ceremonies; whether an
//! assertion that was kept is one is judged here, so that another process can do it much later.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simrecall_core::id::{CredentialId, StaffId};
use simrecall_store::credential::{Credential, PasskeyKey};
use simrecall_store::staff::StaffMember;
use webauthn_rs::prelude::{
    COSEAlgorithm, COSEKeyType, DiscoverableAuthentication, ECDSACurve, Passkey,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Url, Uuid, Webauthn, WebauthnBuilder,
};

use super::proof::uncompressed;
use crate::problem::{Problem, Result};

/// ES256 in COSE's numbering.
const ES256: i64 = -7;
/// In authenticator data: the user was there, and was verified.
const PRESENT_AND_VERIFIED: u8 = 0b101;

/// A question to a passkey, as it goes to the browser and as it is remembered.
#[derive(Debug, Clone)]
pub struct Question {
    /// What the browser hands to the authenticator.
    pub public_key: Value,
    /// What the answer is held against.
    pub(crate) state: String,
    /// The random bytes it is answered over.
    pub challenge: [u8; 32],
}

/// A passkey's answer to one question, with all it takes to check it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Which passkey's.
    pub credential: CredentialId,
    /// What the authenticator said of itself.
    pub authenticator_data: Vec<u8>,
    /// What the browser said of the question.
    pub client_data: Vec<u8>,
    /// ES256 over both, as ASN.1.
    pub signature: Vec<u8>,
}

impl Assertion {
    /// SHA-256 over its parts, each led by its length: what the journal names it by.
    pub fn sha256(&self) -> [u8; 32] {
        let parts = [&self.authenticator_data, &self.client_data, &self.signature];
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// A passkey after it answered, as it is to be written down.
#[derive(Debug, Clone)]
pub(crate) struct Used {
    pub(crate) record: String,
    pub(crate) counter: i64,
}

/// The host passkeys are for: its exact name, never its parent.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    webauthn: Webauthn,
}

/// An answer that is none.
fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::input("passkey", "the passkey's answer does not hold").caused_by(error)
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::ours("passkey_state", "a question to a passkey cannot be put").caused_by(error)
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T> {
    serde_json::from_value(answer)
        .map_err(|_| Problem::input("passkey", "the passkey's answer has not the form of one"))
}

impl Site {
    pub(crate) fn new(host: &str, origin: &str) -> Result<Self> {
        let wrong = |error: Box<dyn std::error::Error + Send + Sync>| {
            let what = "agency.origin is no address of agency.host";
            Problem::configuration("config", what).caused_by(error)
        };
        let origin = Url::parse(origin).map_err(|error| wrong(error.into()))?;
        let site = WebauthnBuilder::new(host, &origin).and_then(WebauthnBuilder::build);
        let webauthn = site.map_err(|error| wrong(error.into()))?;
        if origin.domain() == Some(host) {
            return Ok(Self { webauthn });
        }
        Err(Problem::configuration("config", "agency.origin is no address of agency.host"))
    }

    /// Asks for a new passkey of somebody who has these.
    pub(crate) fn ask_new(&self, member: &StaffMember, before: &[PasskeyKey]) -> Result<Question> {
        let known = before.iter().map(|key| key.id.clone()).collect();
        let id = Uuid::from_bytes(*member.id.as_bytes());
        let name = &member.name;
        let (options, state) = self
            .webauthn
            .start_passkey_registration(id, name, name, Some(known))
            .map_err(broken)?;
        let mut public_key = public_key(&options)?;
        if let Some(options) = public_key.as_object_mut() {
            // Nobody types a name at sign-in: the authenticator keeps who it is.
            options.insert(
                "authenticatorSelection".to_owned(),
                json!({
                    "residentKey": "required", "requireResidentKey": true,
                    "userVerification": "required",
                }),
            );
            let algorithms = json!([{ "type": "public-key", "alg": ES256 }]);
            options.insert("pubKeyCredParams".to_owned(), algorithms);
        }
        question(public_key, &state)
    }

    /// Takes a new passkey in.
    pub(crate) fn take_new(&self, answer: Value, state: &str) -> Result<PasskeyKey> {
        let state: PasskeyRegistration = remembered(state)?;
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let passkey =
            self.webauthn.finish_passkey_registration(&answer, &state).map_err(refused)?;
        let point = point(&passkey).ok_or_else(|| {
            Problem::input("passkey", "the passkey signs by another rule than ES256")
        })?;
        let id = passkey.cred_id().clone();
        let record = serde_json::to_string(&passkey).map_err(broken)?;
        Ok(PasskeyKey { id, point, record })
    }

    /// The name of a new passkey, as the browser says it: nothing of it is checked yet.
    pub(crate) fn named(answer: &Value) -> Result<Vec<u8>> {
        let answer: RegisterPublicKeyCredential = read(answer.clone())?;
        Ok(answer.raw_id.as_slice().to_vec())
    }

    /// Asks who signs in.
    pub(crate) fn ask_who(&self) -> Result<Question> {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(broken)?;
        question(public_key(&options)?, &state)
    }

    /// Who says that they answered, and with which key: nothing of it is checked yet.
    pub(crate) fn who(&self, answer: &Value) -> Result<(StaffId, Vec<u8>)> {
        let answer: PublicKeyCredential = read(answer.clone())?;
        let (staff, key) =
            self.webauthn.identify_discoverable_authentication(&answer).map_err(refused)?;
        Ok((StaffId::from_bytes(*staff.as_bytes()), key.to_vec()))
    }

    /// Checks the answer of whoever signs in.
    pub(crate) fn take_who(&self, answer: Value, state: &str, key: &PasskeyKey) -> Result<Used> {
        let state: DiscoverableAuthentication = remembered(state)?;
        let answer: PublicKeyCredential = read(answer)?;
        let mut passkey: Passkey = serde_json::from_str(&key.record).map_err(broken)?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&answer, state, &passkey)
            .map_err(refused)?;
        used(&mut passkey, &result)
    }

    /// Asks one of these passkeys whether its owner means something.
    pub(crate) fn ask_again(&self, keys: &[PasskeyKey]) -> Result<Question> {
        let passkeys = keys.iter().map(|key| serde_json::from_str(&key.record));
        let passkeys: Vec<Passkey> =
            passkeys.collect::<std::result::Result<_, _>>().map_err(broken)?;
        let (options, state) =
            self.webauthn.start_passkey_authentication(&passkeys).map_err(broken)?;
        question(public_key(&options)?, &state)
    }

    /// Checks the answer of somebody who means something. `key` is the passkey the answer names.
    pub(crate) fn take_again(&self, answer: Value, state: &str, key: &PasskeyKey) -> Result<Used> {
        let state: PasskeyAuthentication = remembered(state)?;
        let answer: PublicKeyCredential = read(answer)?;
        let mut passkey: Passkey = serde_json::from_str(&key.record).map_err(broken)?;
        let result =
            self.webauthn.finish_passkey_authentication(&answer, &state).map_err(refused)?;
        used(&mut passkey, &result)
    }
}

fn public_key(options: &impl Serialize) -> Result<Value> {
    let mut options = serde_json::to_value(options).map_err(broken)?;
    let missing = || Problem::ours("passkey_state", "a question to a passkey has no options");
    options.get_mut("publicKey").map(Value::take).ok_or_else(missing)
}

/// What a question remembers: what it asked, and what its ceremony wants to know again.
#[derive(Serialize, Deserialize)]
struct Remembered<T> {
    challenge: String,
    ceremony: T,
}

fn remembered<T: DeserializeOwned>(state: &str) -> Result<T> {
    let read: Remembered<T> = serde_json::from_str(state).map_err(broken)?;
    Ok(read.ceremony)
}

/// The random bytes a question asked to sign.
pub(crate) fn challenge_of(state: &str) -> Result<[u8; 32]> {
    let read: Remembered<Value> = serde_json::from_str(state).map_err(broken)?;
    bytes_of(&read.challenge)
}

fn bytes_of(challenge: &str) -> Result<[u8; 32]> {
    let bytes = URL_SAFE_NO_PAD.decode(challenge).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Problem::ours("passkey_state", "a question to a passkey asks nothing"))
}

fn question(public_key: Value, ceremony: &impl Serialize) -> Result<Question> {
    let challenge = public_key.get("challenge").and_then(Value::as_str).unwrap_or_default();
    let bytes = bytes_of(challenge)?;
    let state = serde_json::to_string(&Remembered { challenge: challenge.to_owned(), ceremony });
    Ok(Question { challenge: bytes, public_key, state: state.map_err(broken)? })
}

fn used(
    passkey: &mut Passkey,
    result: &webauthn_rs::prelude::AuthenticationResult,
) -> Result<Used> {
    // It was asked for; whoever judges an answer again relies on it.
    if !result.user_verified() {
        return Err(Problem::input("passkey", "the passkey did not verify its user"));
    }
    passkey.update_credential(result);
    let record = serde_json::to_string(passkey).map_err(broken)?;
    Ok(Used { record, counter: result.counter().into() })
}

fn point(passkey: &Passkey) -> Option<[u8; 64]> {
    let key = passkey.get_public_key();
    if *passkey.cred_algorithm() != COSEAlgorithm::ES256 {
        return None;
    }
    match &key.key {
        COSEKeyType::EC_EC2(key) if key.curve == ECDSACurve::SECP256R1 => {
            [key.x.as_slice(), key.y.as_slice()].concat().try_into().ok()
        }
        COSEKeyType::EC_EC2(_) | COSEKeyType::EC_OKP(_) | COSEKeyType::RSA(_) => None,
    }
}

/// The passkey an answer names, and the answer's parts; nothing of it is checked.
pub(crate) fn parts(answer: &Value) -> Result<(Vec<u8>, [Vec<u8>; 3])> {
    let answer: PublicKeyCredential = read(answer.clone())?;
    let said = answer.response;
    Ok((answer.raw_id, [said.authenticator_data, said.client_data_json, said.signature]))
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// Whether a passkey's owner, there and verified, answered that challenge at that origin with it. By W3C Web Authentication, §7.2;
/// the count was judged when the answer came.
pub fn is_signed(
    credential: &Credential,
    assertion: &Assertion,
    challenge: &[u8; 32],
    origin: &str,
) -> bool {
    is_answer(credential, assertion, challenge, origin).unwrap_or(false)
}

fn is_answer(
    credential: &Credential,
    assertion: &Assertion,
    challenge: &[u8; 32],
    origin: &str,
) -> Option<bool> {
    let key = credential.passkey()?;
    let said: ClientData = serde_json::from_slice(&assertion.client_data).ok()?;
    let host = Url::parse(origin).ok()?.domain()?.to_owned();
    let (rp, rest) = assertion.authenticator_data.split_first_chunk::<32>()?;
    let flags = rest.first()?;
    let signed =
        [&assertion.authenticator_data[..], &Sha256::digest(&assertion.client_data)].concat();
    let signs = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, uncompressed(&key.point))
        .verify(&signed, &assertion.signature)
        .is_ok();
    Some(
        signs
            && credential.id == assertion.credential
            && said.kind == "webauthn.get"
            && said.challenge == URL_SAFE_NO_PAD.encode(challenge)
            && said.origin == origin
            && !said.cross_origin
            && rp[..] == Sha256::digest(&host)[..]
            && flags & PRESENT_AND_VERIFIED == PRESENT_AND_VERIFIED,
    )
}
