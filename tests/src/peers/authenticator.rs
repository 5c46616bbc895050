//! A passkey in memory and a browser that holds a terminal's key: both made from the standards' texts, not from our code.
//!
//! W3C Web Authentication Level 3, with attestation `none`; RFC 9449 with a body's hash.

use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// User present.
const UP: u8 = 0x01;
/// User verified.
const UV: u8 = 0x04;
/// A key comes with it.
const AT: u8 = 0x40;

/// A device that holds passkeys, with a finger on it.
#[derive(Debug)]
pub struct Authenticator {
    keys: Vec<Resident>,
    /// Whether it verifies its user; one that was stolen does not.
    pub verifies: bool,
    /// Whether it counts what it signs.
    pub counts: bool,
}

#[derive(Debug)]
struct Resident {
    id: Vec<u8>,
    site: String,
    user: Vec<u8>,
    key: EcdsaKeyPair,
    count: u32,
}

impl Default for Authenticator {
    fn default() -> Self {
        Self { keys: Vec::new(), verifies: true, counts: true }
    }
}

impl Authenticator {
    /// Makes a resident key for a site, as `navigator.credentials.create` would.
    ///
    /// # Errors
    /// When the options ask for something else than ES256 and a resident key.
    pub fn create(&mut self, options: &Value, origin: &str) -> Result<Value> {
        let asks = |at: &str, what: &Value| options.pointer(at) == Some(what);
        ensure!(asks("/pubKeyCredParams", &json!([{ "type": "public-key", "alg": -7 }])), "ES256");
        ensure!(asks("/authenticatorSelection/residentKey", &json!("required")), "a resident key");
        ensure!(asks("/authenticatorSelection/userVerification", &json!("required")), "UV");
        let site = text(options, "/rp/id")?.to_owned();
        let user = URL_SAFE_NO_PAD.decode(text(options, "/user/id")?)?;
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
        let id = chance(32)?;
        let client = client_data("webauthn.create", options, origin)?;
        let resident = Resident { id, site, user, key, count: 0 };
        let mut data = self.head(&resident, AT);
        data.extend([0; 16]);
        data.extend(u16::try_from(resident.id.len())?.to_be_bytes());
        data.extend(&resident.id);
        data.extend(cose(&resident.key)?);
        // { "fmt": "none", "attStmt": {}, "authData": … }
        let mut object = vec![0xA3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xA0\x68authData");
        object.extend(bytes(&data)?);
        let said = json!({
            "id": URL_SAFE_NO_PAD.encode(&resident.id),
            "rawId": URL_SAFE_NO_PAD.encode(&resident.id),
            "type": "public-key",
            "response": {
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "transports": ["internal"],
            },
            "clientExtensionResults": {},
        });
        self.keys.push(resident);
        Ok(said)
    }

    /// Signs with the newest key for a site, as `navigator.credentials.get` would: one of those that are allowed, if any is named.
    ///
    /// # Errors
    /// When it holds no such key.
    pub fn get(&mut self, options: &Value, origin: &str) -> Result<Value> {
        let site = text(options, "/rpId")?.to_owned();
        let allowed = options.pointer("/allowCredentials").and_then(Value::as_array);
        let allowed: Vec<String> = allowed
            .map(|all| all.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect())
            .unwrap_or_default();
        let client = client_data("webauthn.get", options, origin)?;
        let fits = |one: &Resident| {
            let id = URL_SAFE_NO_PAD.encode(&one.id);
            one.site == site && (allowed.is_empty() || allowed.contains(&id))
        };
        let at = self.keys.iter().rposition(fits).context("it holds no such key")?;
        if self.counts
            && let Some(resident) = self.keys.get_mut(at)
        {
            resident.count += 1;
        }
        let resident = self.keys.get(at).context("it holds no such key")?;
        let data = self.head(resident, 0);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature = resident.key.sign(&SystemRandom::new(), &signed)?;
        Ok(json!({
            "id": URL_SAFE_NO_PAD.encode(&resident.id),
            "rawId": URL_SAFE_NO_PAD.encode(&resident.id),
            "type": "public-key",
            "response": {
                "authenticatorData": URL_SAFE_NO_PAD.encode(&data),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": URL_SAFE_NO_PAD.encode(&resident.user),
            },
            "clientExtensionResults": {},
        }))
    }

    fn head(&self, resident: &Resident, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(&resident.site).to_vec();
        data.push(UP | more | if self.verifies { UV } else { 0 });
        data.extend(resident.count.to_be_bytes());
        data
    }
}

fn client_data(kind: &str, options: &Value, origin: &str) -> Result<String> {
    let challenge = text(options, "/challenge")?;
    Ok(format!(
        r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#
    ))
}

/// A public key as COSE writes it: `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
fn cose(key: &EcdsaKeyPair) -> Result<Vec<u8>> {
    let (x, y) = halves(key)?;
    let mut map = vec![0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
    map.extend(bytes(&x)?);
    map.push(0x22);
    map.extend(bytes(&y)?);
    Ok(map)
}

/// A byte string in CBOR.
fn bytes(some: &[u8]) -> Result<Vec<u8>> {
    let mut text = vec![0x59];
    text.extend(u16::try_from(some.len())?.to_be_bytes());
    if let Ok(short @ 24..=255) = u8::try_from(some.len()) {
        text = vec![0x58, short];
    }
    text.extend(some);
    Ok(text)
}

fn halves(key: &EcdsaKeyPair) -> Result<(Vec<u8>, Vec<u8>)> {
    let point = key.public_key().as_ref();
    let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
        anyhow::bail!("the key is no point on P-256");
    };
    Ok((x.to_vec(), y.to_vec()))
}

fn text<'a>(options: &'a Value, at: &str) -> Result<&'a str> {
    options.pointer(at).and_then(Value::as_str).with_context(|| format!("the options lack {at}"))
}

fn chance(length: usize) -> Result<Vec<u8>> {
    let mut some = vec![0; length];
    aws_lc_rs::rand::fill(&mut some)?;
    Ok(some)
}

/// A browser with a key that never leaves it, and at most one cookie.
#[derive(Debug)]
pub struct Browser {
    key: EcdsaKeyPair,
    origin: String,
    /// The number that the last answer gave it.
    pub nonce: Option<String>,
    /// The value of its session's cookie.
    pub cookie: Option<String>,
}

/// What a proof is over; a test changes it to lie.
#[derive(Debug, Clone)]
pub struct Claims {
    /// `htm`
    pub method: String,
    /// `htu`
    pub url: String,
    /// `jti`
    pub name: String,
    /// `nonce`
    pub nonce: Option<String>,
    /// `bdh`
    pub body: String,
    /// `ath`
    pub session: Option<String>,
}

impl Browser {
    /// One that was just installed.
    ///
    /// # Errors
    /// When there is no chance to make a key of.
    pub fn new(origin: &str) -> Result<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(Self { key, origin: origin.to_owned(), nonce: None, cookie: None })
    }

    /// Where its page is.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What an honest proof of this request says.
    ///
    /// # Errors
    /// When there is no chance to make a name of.
    pub fn claims(&self, method: &str, target: &str, body: &[u8]) -> Result<Claims> {
        Ok(Claims {
            method: method.to_owned(),
            url: format!("{}{target}", self.origin),
            name: URL_SAFE_NO_PAD.encode(chance(16)?),
            nonce: self.nonce.clone(),
            body: URL_SAFE_NO_PAD.encode(Sha256::digest(body)),
            session: self.cookie.as_deref().map(ath),
        })
    }

    /// Signs what a proof says.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        let (x, y) = halves(&self.key)?;
        let jwk = json!({
            "kty": "EC", "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        });
        let head = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
        let mut said = json!({
            "htm": claims.method, "htu": claims.url, "jti": claims.name, "iat": 0, "bdh": claims.body,
        });
        if let Some(map) = said.as_object_mut() {
            map.extend(claims.nonce.clone().map(|nonce| ("nonce".to_owned(), json!(nonce))));
            map.extend(claims.session.clone().map(|ath| ("ath".to_owned(), json!(ath))));
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(&said));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// SHA-256 of a cookie's value, as a proof names it.
pub fn ath(cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(cookie))
}
