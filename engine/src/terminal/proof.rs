//! Whether a request was signed by a terminal of ours: a JWT in the form of RFC 9449, with the body's hash.

use std::net::IpAddr;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use simrecall_core::terminal::possession::{Asked, NotHeld, ONCE, Said, holds, window};
use simrecall_store::seal::Tag;
use simrecall_store::staff_session::CookieHash;
use simrecall_store::terminal::{Terminal, TerminalKey, TerminalState};

use super::door::{AgencyDoor, Seat};
use crate::network::Block;
use crate::problem::{Problem, Result};

/// The longest proof, in bytes.
const LONGEST: usize = 4_096;

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// What its `DPoP` header says; none if it has none, or several.
    pub proof: Option<&'a str>,
    /// Its method.
    pub method: &'a str,
    /// Its path with its query.
    pub target: &'a str,
    /// Its body.
    pub body: &'a [u8],
    /// The value of its session's cookie.
    pub cookie: Option<&'a str>,
    /// Where it came from.
    pub from: IpAddr,
}

/// What a route needs to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: a page, which holds no data.
    Nothing,
    /// A key, known or not.
    Key,
    /// A terminal that is on.
    Terminal,
    /// The same as a seat, for a page that was loaded anew: it has its cookie, and is told its hash.
    Cookie,
    /// Somebody signed in at a terminal that is on.
    Seat,
}

/// Who came.
#[derive(Debug, Clone)]
pub struct Came {
    /// The key that signed.
    pub key: TerminalKey,
    /// The terminal whose key it is, if it is one's.
    pub terminal: Option<Terminal>,
    /// Who sits there, if that was asked for.
    pub seat: Option<Seat>,
}

/// Why a request goes no further.
#[derive(Debug)]
pub enum Turned {
    /// Its number is too old: it is to be signed again, and nothing has happened.
    UseNonce,
    /// Anything else.
    Refused(Problem),
}

impl From<Problem> for Turned {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// Whatever is wrong with who came, and from where: one answer.
pub(crate) fn signed_out() -> Problem {
    Problem::state(crate::problem::SIGNED_OUT, "nobody is signed in here")
}

#[derive(Deserialize)]
struct Head {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    jti: String,
    nonce: Option<String>,
    bdh: String,
    ath: Option<String>,
}

struct Proof {
    key: TerminalKey,
    claims: Claims,
}

/// Reads a proof whose signature fits the key it names.
fn read(proof: &str) -> Option<Proof> {
    if proof.len() > LONGEST {
        return None;
    }
    let (signed, signature) = proof.rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let head: Head = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
    let is_form = head.typ == "dpop+jwt" && head.alg == "ES256";
    if !is_form || head.jwk.kty != "EC" || head.jwk.crv != "P-256" {
        return None;
    }
    let point = point(&head.jwk)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed(&point))
        .verify(signed.as_bytes(), &signature)
        .ok()?;
    let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    Some(Proof { key: TerminalKey { point, thumbprint: thumbprint(&point) }, claims })
}

fn point(jwk: &Jwk) -> Option<[u8; 64]> {
    let half = |text: &str| <[u8; 32]>::try_from(URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    let both = [half(&jwk.x)?, half(&jwk.y)?].concat();
    both.try_into().ok()
}

/// A point on P-256 as SEC 1 writes it.
pub(crate) fn uncompressed(point: &[u8; 64]) -> Vec<u8> {
    [&[4][..], point].concat()
}

/// What a key is called: SHA-256 of its JWK's members in order, by RFC 7638.
fn thumbprint(point: &[u8; 64]) -> [u8; 32] {
    let (x, y) = point.split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)).into()
}

/// The hash a cookie is found by; in base64url it is what a proof names as `ath`.
pub(crate) fn cookie_hash(cookie: &str) -> CookieHash {
    CookieHash(Sha256::digest(cookie).into())
}

/// A hash as a proof has it.
pub(crate) fn encoded(hash: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(hash)
}

impl AgencyDoor {
    /// Judges who came. The number to sign the next request with is there as soon as a key has signed this one.
    pub fn come(
        &self,
        request: &Signed<'_>,
        needs: Needs,
    ) -> (Option<String>, std::result::Result<Came, Turned>) {
        let Some(proof) = request.proof.and_then(read) else {
            return (None, Err(signed_out().into()));
        };
        let numbers = self.nonces(&proof.key);
        let came = self.judge(request, &proof, &numbers, needs);
        let [now, _] = numbers;
        (Some(now), came)
    }

    fn judge(
        &self,
        request: &Signed<'_>,
        proof: &Proof,
        [now, before]: &[String; 2],
        needs: Needs,
    ) -> std::result::Result<Came, Turned> {
        let url = format!("{}{}", self.origin(), request.target);
        let body = encoded(&Sha256::digest(request.body).into());
        let session = request.cookie.map(|cookie| encoded(&cookie_hash(cookie).0));
        let Claims { htm, htu, jti, nonce, bdh, ath } = &proof.claims;
        let said = Said {
            method: htm,
            url: htu,
            name: jti,
            nonce: nonce.as_deref(),
            body: bdh,
            session: ath.as_deref(),
        };
        // A cookie binds where somebody works; a terminal that asks who it is may have an old one.
        let asked = Asked {
            method: request.method,
            url: &url,
            body: &body,
            session: match needs {
                Needs::Seat => session.as_deref(),
                Needs::Cookie => session.as_deref().filter(|_| ath.is_some()),
                Needs::Nothing | Needs::Key | Needs::Terminal => ath.as_deref(),
            },
            nonces: [now, before],
        };
        holds(&said, &asked).map_err(|error| match error {
            NotHeld::UseNonce => Turned::UseNonce,
            NotHeld::Other => signed_out().into(),
        })?;
        let terminal = self.terminal_of(&proof.key)?;
        let came = Came { key: proof.key, terminal, seat: None };
        match needs {
            Needs::Nothing | Needs::Key => Ok(came),
            Needs::Terminal => {
                self.at_work(&came, request, jti)?;
                Ok(came)
            }
            Needs::Cookie | Needs::Seat => {
                let terminal = self.at_work(&came, request, jti)?;
                let cookie = request.cookie.ok_or_else(signed_out)?;
                let seat = self.seat(terminal, cookie)?;
                Ok(Came { seat: Some(seat), ..came })
            }
        }
    }

    /// The terminal that came, if staff may work at it from there and it asks this for the first time.
    fn at_work(&self, came: &Came, request: &Signed<'_>, jti: &str) -> Result<Terminal> {
        let terminal = came.terminal.clone().filter(|one| one.state == TerminalState::On);
        let terminal = terminal.ok_or_else(signed_out)?;
        let from = request.from.to_canonical();
        let mut blocks = terminal.networks.iter().filter_map(|text| Block::parse(text));
        if !terminal.networks.is_empty() && !blocks.any(|block| block.has(from)) {
            return Err(signed_out());
        }
        let hash: [u8; 32] = Sha256::digest(jti).into();
        let name = hash.first_chunk::<16>().copied().unwrap_or_default();
        let until = self.now() + ONCE;
        let is_first = self.home().store.write(|tx| tx.note_request(terminal.id, &name, until))?;
        if is_first { Ok(terminal) } else { Err(signed_out()) }
    }

    fn terminal_of(&self, key: &TerminalKey) -> Result<Option<Terminal>> {
        Ok(self.home().store.read(|tx| tx.terminal_by_key(&key.thumbprint))?)
    }

    /// The numbers that are right for a key now: of this window, and of the one before.
    fn nonces(&self, key: &TerminalKey) -> [String; 2] {
        let now = window(self.now());
        [now, now - 1].map(|window| {
            let parts: [&[u8]; 2] = [&key.thumbprint, &window.to_be_bytes()];
            encoded(&self.service().tag(Tag::Nonce, &parts))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_called_as_rfc_7638_says() {
        // The key of RFC 7515, appendix A.3; its thumbprint worked out with OpenSSL from the JWK's text.
        let jwk = Jwk {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".to_owned(),
            y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".to_owned(),
        };
        assert_eq!(
            encoded(&thumbprint(&point(&jwk).unwrap())),
            "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
        );
    }

    #[test]
    fn what_is_no_proof_is_none() {
        for text in ["", ".", "..", "a.b.c", "e30.e30.", &"a".repeat(5_000)] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
