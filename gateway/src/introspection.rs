//! The carrier's authorisation server says what a bearer token stands for: OAuth 2.0 Token Introspection, RFC 7662.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::http::{HeaderValue, Request, StatusCode, Uri};
use zeroize::Zeroizing;

use crate::web::{self, WebError};

/// How long the server may take. A bank waits for our answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// No answer of this kind is larger, in bytes.
const LIMIT: u64 = 64 << 10;

/// What an active token stands for.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is (`client_id`).
    pub client: String,
    /// What it may be used for (`scope`).
    pub scopes: Vec<String>,
    /// The number of whoever consented to it, as the server wrote it; only a three-legged token has one.
    pub number: Option<String>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("client", &self.client).finish_non_exhaustive()
    }
}

/// Why nobody knows what a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntrospectionError {
    /// The address is not https (or http to this machine).
    #[error(
        "the address of the introspection endpoint is not one such as https://id.carrier.example/introspect"
    )]
    Address,
    /// The file with our secret is not there, or holds none.
    #[error("the file with the secret for token introspection cannot be used")]
    SecretFile,
    /// No answer.
    #[error("no answer to token introspection")]
    Web(#[source] WebError),
    /// It does not know us.
    #[error("token introspection refuses our client name and secret")]
    Unauthenticated,
    /// Something the standard does not know.
    #[error("token introspection answers against its standard ({status})")]
    Strange {
        /// The HTTP status.
        status: u16,
    },
}

/// An introspection endpoint.
pub struct Introspection {
    web: Agent,
    address: String,
    client_id: String,
    secret_file: PathBuf,
    number_member: String,
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("address", &self.address).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Answer {
    active: bool,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    client_id: String,
    #[serde(flatten)]
    more: serde_json::Map<String, serde_json::Value>,
}

impl Introspection {
    /// The endpoint at `address`. `number_member` is where its answer has the number of a three-legged token.
    ///
    /// # Errors
    /// [`IntrospectionError::Address`].
    pub fn new(
        address: &str,
        (client_id, secret_file): (&str, &Path),
        number_member: &str,
        roots_pem: &[u8],
    ) -> Result<Self, IntrospectionError> {
        let uri: Uri = address.parse().map_err(|_| IntrospectionError::Address)?;
        if !web::is_safe(&uri) || address.contains(['#', '@']) {
            return Err(IntrospectionError::Address);
        }
        Ok(Self {
            web: web::agent(roots_pem, PATIENCE),
            address: address.to_owned(),
            client_id: client_id.to_owned(),
            secret_file: secret_file.to_owned(),
            number_member: number_member.to_owned(),
        })
    }

    /// What a token stands for; none if it is not active.
    pub fn ask(&self, token: &str) -> Result<Option<Token>, IntrospectionError> {
        let body = format!("token={}&token_type_hint=access_token", url_text(token));
        let request = Request::post(&self.address)
            .header(AUTHORIZATION, self.basic()?)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body.into_bytes())
            .map_err(|_| IntrospectionError::Address)?;
        let answer = web::ask(&self.web, request, LIMIT).map_err(IntrospectionError::Web)?;
        let strange = IntrospectionError::Strange { status: answer.status().as_u16() };
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err(IntrospectionError::Unauthenticated),
            _ => return Err(strange),
        }
        let answer: Answer = serde_json::from_slice(answer.body()).map_err(|_| strange)?;
        if !answer.active {
            return Ok(None);
        }
        let number = answer.more.get(&self.number_member).and_then(|number| number.as_str());
        Ok(Some(Token {
            client: answer.client_id,
            scopes: answer.scope.split_ascii_whitespace().map(str::to_owned).collect(),
            number: number.map(str::to_owned),
        }))
    }

    fn basic(&self) -> Result<HeaderValue, IntrospectionError> {
        let text = fs::read_to_string(&self.secret_file).map(Zeroizing::new);
        let text = text.map_err(|_| IntrospectionError::SecretFile)?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(IntrospectionError::SecretFile);
        }
        // RFC 6749 §2.3.1: both are written as in a form before they are put together.
        let pair = format!("{}:{}", url_text(&self.client_id), url_text(secret));
        let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)));
        let mut value = value.map_err(|_| IntrospectionError::SecretFile)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// A value as a form writes it.
fn url_text(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// A server that takes one request and answers so.
    fn server(status: &str, body: &str) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/introspect", listener.local_addr().unwrap());
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            let mut some = [0; 4_096];
            while !asked.ends_with(b"access_token") {
                let count = stream.read(&mut some).unwrap();
                assert!(count > 0, "the request broke off");
                asked.extend_from_slice(&some[..count]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(asked).unwrap()
        });
        (address, served)
    }

    fn ask(status: &str, body: &str) -> (Result<Option<Token>, IntrospectionError>, String) {
        let (address, served) = server(status, body);
        let secret = tempfile::NamedTempFile::new().unwrap();
        fs::write(secret.path(), "p&ss wörd\n").unwrap();
        let endpoint =
            Introspection::new(&address, ("simrecall", secret.path()), "phone_number", &[])
                .unwrap();
        let said = endpoint.ask("abc+/=");
        (said, served.join().unwrap())
    }

    #[test]
    fn an_active_token_says_whose_it_is_and_what_for() {
        let body = r#"{"active":true,"client_id":"bank-a","scope":"sim-swap:check openid","phone_number":"+821012345678","exp":1}"#;
        let (said, asked) = ask("200 OK", body);
        let token = said.unwrap().unwrap();
        assert_eq!((token.client.as_str(), token.scopes.len()), ("bank-a", 2));
        assert_eq!(token.number.as_deref(), Some("+821012345678"));
        assert!(asked.contains("token=abc%2B%2F%3D&token_type_hint=access_token"), "{asked}");
        let pair = STANDARD.encode("simrecall:p%26ss+w%C3%B6rd");
        assert!(asked.contains(&format!("Basic {pair}")), "{asked}");
        assert!(!format!("{token:?}").contains("8210"));
    }

    #[test]
    fn a_token_that_is_not_active_stands_for_nothing() {
        let (said, _) =
            ask("200 OK", r#"{"active":false,"client_id":"bank-a","scope":"sim-swap"}"#);
        assert_eq!(said, Ok(None));
    }

    #[test]
    fn anything_else_denies() {
        let strange = |status| IntrospectionError::Strange { status };
        for (status, body, expected) in [
            ("401 Unauthorized", "{}", IntrospectionError::Unauthenticated),
            ("500 Internal Server Error", "{}", strange(500)),
            ("200 OK", "<html>", strange(200)),
            ("200 OK", r#"{"active":"true"}"#, strange(200)),
        ] {
            assert_eq!(ask(status, body).0, Err(expected), "{status} {body}");
        }
    }

    #[test]
    fn a_secret_goes_nowhere_in_clear() {
        for address in ["http://id.carrier.example/x", "ftp://127.0.0.1/", "https://a@b/x", "x"] {
            let made = Introspection::new(address, ("a", Path::new("b")), "c", &[]);
            assert_eq!(made.err(), Some(IntrospectionError::Address), "{address}");
        }
    }
}
