//! A login made of the npm package `oidc-provider`, run by node.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::peer::Peer;

/// The login's clients, people and ways.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginOptions {
    /// The one client: RFC 7591 names, beside code flow.
    pub client: Value,
    /// Who can log in, by subject, with the claims the provider knows of them.
    pub people: BTreeMap<String, Value>,
    /// Whether claims are in the token already; else they are told to whoever has the access token.
    pub in_token: bool,
    /// How strong a login is: `1`, `2` or `3`.
    pub acr: String,
    /// By what means people log in.
    pub amr: Vec<String>,
}

impl LoginOptions {
    /// A client `simrecall` with the secret [`LoginOptions::SECRET`] and one address to come back to; nobody to log in.
    pub fn new(redirect_uri: &str) -> Self {
        Self {
            client: json!({
                "client_id": "simrecall",
                "client_secret": Self::SECRET,
                "redirect_uris": [redirect_uri],
                "id_token_signed_response_alg": "RS256",
            }),
            people: BTreeMap::new(),
            in_token: false,
            acr: "1".to_owned(),
            amr: vec!["pwd".to_owned()],
        }
    }

    /// The client's secret.
    pub const SECRET: &str = "a-secret-that-is-long-enough-to-sign-with";

    /// With one more person.
    #[must_use]
    pub fn with(mut self, subject: &str, claims: Value) -> Self {
        self.people.insert(subject.to_owned(), claims);
        self
    }

    /// With something else said of the client, or nothing (`null`).
    #[must_use]
    pub fn client(mut self, name: &str, value: Value) -> Self {
        if let Some(client) = self.client.as_object_mut() {
            client.insert(name.to_owned(), value);
            client.retain(|_, value| !value.is_null());
        }
        self
    }
}

/// A running login on a loopback port; dropping it ends it.
#[derive(Debug)]
pub struct LoginServer(Peer);

/// One line of the log.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Granted {},
    Refused { code: String },
    Error { code: String },
    ServerError { code: String },
}

impl LoginServer {
    /// A login with these people.
    ///
    /// # Errors
    /// When node or its packages are missing (the message says what to run) or node does not start.
    pub fn start(options: &LoginOptions) -> Result<Self> {
        Ok(Self(Peer::start("login.mjs", Some("oidc-provider"), options)?))
    }

    /// Its name, and the root of its addresses.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.0.address())
    }

    /// Goes to the login page as a new browser does, logs in, and returns the address the browser is sent back to.
    /// Somebody the login does not know is one who says no.
    ///
    /// # Errors
    /// When the login does not send the browser anywhere.
    pub fn log_in(&self, url: &str, subject: &str) -> Result<String> {
        let mut browser = Browser::new();
        let mut at = url.to_owned();
        for _ in 0..8 {
            if !at.starts_with(&format!("{}/", self.issuer())) {
                return Ok(at);
            }
            let form = at.contains("/interaction/").then(|| format!("login={subject}"));
            at = browser.go(&self.issuer(), &at, form.as_deref())?;
        }
        bail!("the login sends the browser round in circles")
    }

    /// New keys, and none of the old.
    ///
    /// # Errors
    /// When the peer does not answer.
    pub fn rotate(&self) -> Result<()> {
        self.0.steer(&json!({ "rotate": true }))
    }

    /// How people log in from now on.
    ///
    /// # Errors
    /// When the peer does not answer.
    pub fn strength(&self, acr: &str, amr: &[&str]) -> Result<()> {
        self.0.steer(&json!({ "acr": acr, "amr": amr }))
    }

    /// Spoils tokens from now on; `peers/login.mjs` says how. `null` ends it.
    ///
    /// # Errors
    /// When the peer does not answer.
    pub fn forge(&self, how: &Value) -> Result<()> {
        self.0.steer(&json!({ "forge": how }))
    }

    /// With what codes it refused so far, and where it failed itself.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn refusals(&self) -> Result<Vec<String>> {
        let events = self.0.events()?.into_iter().filter_map(|event| match event {
            Event::Refused { code } | Event::Error { code } | Event::ServerError { code } => {
                Some(code)
            }
            Event::Granted {} => None,
        });
        Ok(events.collect())
    }
}

/// As much of a browser as a login page needs.
struct Browser {
    web: ureq::Agent,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .build();
        Self { web: config.into(), cookies: BTreeMap::new() }
    }

    /// Opens a page, or posts its form; where it leads to.
    fn go(&mut self, origin: &str, url: &str, form: Option<&str>) -> Result<String> {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let answer = match form {
            Some(form) => self
                .web
                .post(url)
                .header("cookie", &cookies)
                .content_type("application/x-www-form-urlencoded")
                .send(form)?,
            None => self.web.get(url).header("cookie", &cookies).call()?,
        };
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let status = answer.status();
        let to = answer.headers().get("location");
        let to =
            to.with_context(|| format!("the login page leads nowhere ({status})"))?.to_str()?;
        Ok(if to.starts_with('/') { format!("{origin}{to}") } else { to.to_owned() })
    }
}
