//! Signed orders to the carrier's other systems: JSON by POST, at least once.
//!
//! Every order says who made it and when: `Simrecall-Signature: t=<unix seconds>,v1=<hex HMAC-SHA-256 of t.body>`, under a secret that
//! both sides keep in a file. The receiver refuses what is signed wrongly or long ago, and drops an order whose id it has seen:
//! an order may come twice, since an answer that was lost says nothing of what was done.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use simrecall_core::problem::Blame;
use ureq::Agent;
use ureq::http::header::{CONTENT_TYPE, HeaderName};
use ureq::http::{Request, Uri};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::web::{self, WebError};

/// Where the signature is.
pub const SIGNATURE: HeaderName = HeaderName::from_static("simrecall-signature");
/// Where the order's id is, besides in its body.
pub const ORDER: HeaderName = HeaderName::from_static("simrecall-order");
/// How long the receiver may take, from the name look-up to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes; it is thrown away.
const LIMIT: u64 = 64 << 10;
/// The shortest secret, in characters: as long as what HMAC-SHA-256 makes of it.
const SHORTEST: usize = 32;

/// A system of the carrier's that takes orders.
pub struct Webhook {
    web: Agent,
    address: String,
    secret_file: PathBuf,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// 2xx: the receiver has it.
    Taken,
    /// 400, 409, 413, 422: it does not take this order as it is; others it may.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// Any other answer: it takes no order at all, until somebody has looked at where they go or at what they are signed with.
    Astray {
        /// The HTTP status.
        status: u16,
    },
    /// It has not said that it has it: again, later, the same bytes.
    Later(Later),
}

/// Why an order has to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// It answers, and cannot now: 5xx, or 408, 425, 429.
    Status(u16),
    /// No answer. It may have taken the order.
    Web(WebError),
}

/// Why an order was not sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The address is not https (or http to this machine), or has a login or a fragment in it.
    #[error("the address for orders is not one such as https://billing.carrier.example/simrecall")]
    Address,
    /// The file with the secret is not there, or its secret has less than 32 characters.
    #[error("the file with the secret for orders cannot be used; it needs 32 characters or more")]
    SecretFile,
    /// The request could not be put together.
    #[error("the order could not be made into a request")]
    Request,
}

impl WebhookError {
    /// A word for it that never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "webhook_address",
            Self::SecretFile => "webhook_secret_file",
            Self::Request => "webhook_request",
        }
    }

    /// Whose side it is on.
    pub const fn blame(self) -> Blame {
        match self {
            Self::Address | Self::SecretFile => Blame::Configuration,
            Self::Request => Blame::Ours,
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Webhook {
    /// A receiver at an address. The secret is read from its file at every order, so that it can be renewed meanwhile.
    ///
    /// # Errors
    /// [`WebhookError::Address`] if the address is none that may be used.
    pub fn new(address: &str, secret_file: &Path, roots_pem: &[u8]) -> Result<Self, WebhookError> {
        let uri: Uri = address.parse().map_err(|_| WebhookError::Address)?;
        if address.contains(['#', '@']) || !web::is_safe(&uri) {
            return Err(WebhookError::Address);
        }
        Ok(Self {
            web: web::agent(roots_pem, PATIENCE),
            address: address.to_owned(),
            secret_file: secret_file.to_owned(),
        })
    }

    /// The same, for whoever has less time.
    #[must_use]
    pub fn with_patience(mut self, roots_pem: &[u8], patience: Duration) -> Self {
        self.web = web::agent(roots_pem, patience);
        self
    }

    /// Sends one order: its id, and its body as JSON, which says the id too. Repeated, it is to be the same bytes; the
    /// signature is as new as `now`.
    ///
    /// # Errors
    /// When nothing was sent; what the receiver said, or did not say, is a [`Delivery`].
    pub fn send(
        &self,
        id: Uuid,
        body: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<Delivery, WebhookError> {
        let request = Request::post(&self.address)
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE, sign(self.secret()?.as_bytes(), now, &body))
            .header(ORDER, id.to_string())
            .body(body)
            .map_err(|_| WebhookError::Request)?;
        let answer = web::ask(&self.web, request, LIMIT);
        Ok(match answer.map(|answer| answer.status().as_u16()) {
            Ok(200..=299) => Delivery::Taken,
            Ok(status @ (400 | 409 | 413 | 422)) => Delivery::Refused { status },
            Ok(status @ (408 | 425 | 429 | 500..=599)) => Delivery::Later(Later::Status(status)),
            Ok(status) => Delivery::Astray { status },
            Err(error) => Delivery::Later(Later::Web(error)),
        })
    }

    fn secret(&self) -> Result<Zeroizing<String>, WebhookError> {
        let text = fs::read_to_string(&self.secret_file).map(Zeroizing::new);
        let text = text.map_err(|_| WebhookError::SecretFile)?;
        let secret = Zeroizing::new(text.trim().to_owned());
        let is_long = secret.chars().count() >= SHORTEST;
        if is_long { Ok(secret) } else { Err(WebhookError::SecretFile) }
    }
}

/// The signature's header for a body that is sent at a moment.
pub fn sign(secret: &[u8], now: DateTime<Utc>, body: &[u8]) -> String {
    let at = now.timestamp();
    let mut text = format!("t={at},v1=");
    for byte in tag(secret, &at.to_string(), body) {
        for half in [byte >> 4, byte & 0xF] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text
}

fn tag(secret: &[u8], at: &str, body: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length; there is no other error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests;
