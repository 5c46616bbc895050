//! OpenID Connect: the carrier's own login says who somebody is (code flow with PKCE; OpenID Connect Core 1.0, RFC 7636,
//! RFC 9207).
//!
//! What must be remembered between going and coming back is a [`Kept`], which the caller seals in the browser's session.
//! Nothing a browser brings is believed but what the provider signed, and only signatures by a key the provider publishes.

mod claims;
mod discovery;
mod error;
mod provider;
mod token;
mod wire;

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::claims::{Claims, Email, Phone};
pub use self::discovery::Discovery;
pub use self::error::LoginError;
pub use self::provider::Provider;

/// How this installation is known to the provider, and what it asks for.
#[derive(Debug, Clone)]
pub struct LoginSettings {
    /// The provider's name, exactly as it says it: `https://id.carrier.example`. https, or http to this machine.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; none for a public client.
    pub client_secret: Option<SecretString>,
    /// Where the provider sends the browser back to: `https://check.carrier.example/login/callback`.
    pub redirect_uri: String,
    /// What is asked for beside `openid`: `phone`, `email`.
    pub scopes: Vec<String>,
    /// The strengths of login that are enough, best first; empty takes any.
    pub acr: Vec<String>,
    /// How long ago somebody may have logged in, in seconds.
    pub max_age: u32,
    /// How long the provider may take for everything that one login needs of it at a time. Somebody is waiting.
    pub patience: Duration,
}

/// A login that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where to send the browser. Holds nothing about a person, and the state in clear: it is for that browser alone.
    pub url: String,
    /// What to remember until it comes back.
    pub kept: Kept,
}

/// What binds the browser that comes back to the one that went. To be sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What the provider gives back unchanged.
    pub state: String,
    /// What the provider signs.
    pub nonce: String,
    /// What shows that whoever redeems the code is who asked for it.
    pub pkce_verifier: String,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(***)")
    }
}

/// What the browser brought back: the parameters of the callback, as they came.
#[derive(Clone, Copy, Default)]
pub struct Back<'a> {
    /// `code`.
    pub code: Option<&'a str>,
    /// `state`.
    pub state: Option<&'a str>,
    /// `iss` (RFC 9207).
    pub iss: Option<&'a str>,
    /// `error`, when the provider or the person said no.
    pub error: Option<&'a str>,
}

impl fmt::Debug for Back<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Back(***)")
    }
}
