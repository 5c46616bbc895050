//! The carrier's own service sends a code by SMS and says whether a code is right: CAMARA One Time Password SMS 1.1.1.
//!
//! We never see the code on its way out; we learn only what the service says to the one that was typed. Whatever goes
//! wrong denies: a service that is silent has proved nothing.

mod answer;
mod error;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use simrecall_core::identity::Msisdn;
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::http::{HeaderValue, Request, Response, Uri};
use uuid::Uuid;

pub use self::error::OtpError;
use crate::web;

/// How long the service may take, from the name look-up to the last byte. Somebody is waiting at a form.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of this service is larger, in bytes.
const LIMIT: u64 = 64 << 10;
/// The longest message, in characters (`Message.maxLength`).
const MESSAGE: usize = 160;
/// Where the service puts the code.
const PLACE: &str = "{{code}}";
/// The longest code the service takes, in characters (`Code.maxLength`).
const CODE: usize = 10;
/// The longest id the service gives, in characters (`AuthenticationId.maxLength`).
const ID: usize = 36;

/// The service's name for one code it has sent. Whoever has it may try codes, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticationId(String);

impl AuthenticationId {
    /// Reads back what [`AuthenticationId::expose`] gave: 1 to 36 characters.
    pub fn parse(text: &str) -> Option<Self> {
        (1..=ID).contains(&text.chars().count()).then(|| Self(text.to_owned()))
    }

    /// The id in clear, to be kept until a code is typed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthenticationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticationId(***)")
    }
}

/// What the service says to a code that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is the code that was sent. It counts once.
    Right,
    /// It is another.
    Wrong,
    /// The code is no longer valid, or the service does not know of it any more.
    Expired,
    /// Too many codes were tried; a new one must be sent.
    UsedUp,
}

/// The carrier's service for codes by SMS.
pub struct OtpService {
    web: Agent,
    root: String,
    token_file: PathBuf,
}

impl fmt::Debug for OtpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtpService").field("root", &self.root).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendCode<'a> {
    phone_number: String,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidateCode<'a> {
    authentication_id: &'a str,
    code: &'a str,
}

impl OtpService {
    /// The service under `root`, such as `https://api.carrier.example/one-time-password-sms/v1`: https, or http to this
    /// machine. The bearer token is read from its file at every call, so that it can be renewed meanwhile.
    ///
    /// # Errors
    /// [`OtpError::Address`] if the root is no such address.
    pub fn new(root: &str, token_file: &Path, roots_pem: &[u8]) -> Result<Self, OtpError> {
        let uri: Uri = root.parse().map_err(|_| OtpError::Address)?;
        let plain = uri.query().is_none() && !root.contains(['#', '@']);
        if !plain || !web::is_safe(&uri) {
            return Err(OtpError::Address);
        }
        Ok(Self {
            web: web::agent(roots_pem, PATIENCE),
            root: root.trim_end_matches('/').to_owned(),
            token_file: token_file.to_owned(),
        })
    }

    /// Whether the service would take a message: at most 160 characters, with `{{code}}` on one line of it.
    pub fn takes(message: &str) -> bool {
        message.chars().count() <= MESSAGE && message.contains(PLACE)
    }

    /// Has a code sent to a number. `message` is what the person reads, with `{{code}}` where the code goes.
    ///
    /// What goes wrong may tell something of the number ([`OtpError::is_about_the_number`]): whoever typed it must not
    /// see a difference.
    pub fn send_code(
        &self,
        number: &Msisdn,
        message: &str,
        correlator: Uuid,
    ) -> Result<AuthenticationId, OtpError> {
        if !Self::takes(message) {
            return Err(OtpError::Message);
        }
        let body = SendCode { phone_number: format!("+{}", number.expose()), message };
        answer::sent(&self.ask("send-code", &body, correlator)?)
    }

    /// Asks whether this is the code that was sent.
    pub fn validate_code(
        &self,
        id: &AuthenticationId,
        code: &str,
        correlator: Uuid,
    ) -> Result<Checked, OtpError> {
        // What the service would call malformed is a wrong code to us.
        if !(1..=CODE).contains(&code.chars().count()) {
            return Ok(Checked::Wrong);
        }
        let body = ValidateCode { authentication_id: id.expose(), code };
        answer::checked(&self.ask("validate-code", &body, correlator)?)
    }

    fn ask(
        &self,
        operation: &str,
        body: &impl Serialize,
        correlator: Uuid,
    ) -> Result<Response<Vec<u8>>, OtpError> {
        let body = serde_json::to_vec(body).map_err(|_| OtpError::Request)?;
        let request = Request::post(format!("{}/{operation}", self.root))
            .header(AUTHORIZATION, self.bearer()?)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header("x-correlator", correlator.to_string())
            .body(body)
            .map_err(|_| OtpError::Request)?;
        web::ask(&self.web, request, LIMIT).map_err(OtpError::Web)
    }

    fn bearer(&self) -> Result<HeaderValue, OtpError> {
        let text = fs::read_to_string(&self.token_file).map_err(|_| OtpError::TokenFile)?;
        let token = text.trim();
        if token.is_empty() || !token.chars().all(|sign| sign.is_ascii_graphic()) {
            return Err(OtpError::TokenFile);
        }
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.map_err(|_| OtpError::TokenFile)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
