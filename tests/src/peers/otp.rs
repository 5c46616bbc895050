//! A code service after CAMARA One Time Password SMS, run by node.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::peer::Peer;

/// The only token it takes.
const TOKEN: &str = "token-of-the-carrier";

#[derive(Serialize)]
struct Options {
    token: &'static str,
    tries: u32,
    codes: u32,
}

/// A running code service on a loopback port; dropping it ends it. A code may be tried three times, and a number is sent
/// five.
#[derive(Debug)]
pub struct CodeService {
    peer: Peer,
    token_file: PathBuf,
}

/// A message that reached a telephone.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct CodeMessage {
    /// The number in E.164, with its plus.
    pub number: String,
    /// What the person reads.
    pub text: String,
    /// The code in it.
    pub code: String,
}

impl std::fmt::Debug for CodeMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeMessage(***)")
    }
}

/// One line of the log.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Asked { path: String, correlator: Option<String> },
    Sent(CodeMessage),
    Refused { code: String },
    Error { code: String },
}

impl CodeService {
    /// A code service that answers by its standard.
    ///
    /// # Errors
    /// When node is missing (the message says what to run) or does not start.
    pub fn start() -> Result<Self> {
        let peer = Peer::start("otp.mjs", None, &Options { token: TOKEN, tries: 3, codes: 5 })?;
        let token_file = peer.folder().join("token");
        fs::write(&token_file, format!("{TOKEN}\n"))?;
        Ok(Self { peer, token_file })
    }

    /// The root of its addresses.
    pub fn root(&self) -> String {
        format!("http://{}/v1", self.peer.address())
    }

    /// A file with the token it takes.
    pub fn token_file(&self) -> PathBuf {
        self.token_file.clone()
    }

    /// Its log, which is also the telephone that codes reach: one JSON object a line.
    pub fn log_file(&self) -> PathBuf {
        self.peer.log_file()
    }

    /// What reached telephones so far, in order.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn messages(&self) -> Result<Vec<CodeMessage>> {
        let events = self.peer.events()?.into_iter().filter_map(|event| match event {
            Event::Sent(message) => Some(message),
            Event::Asked { .. } | Event::Refused { .. } | Event::Error { .. } => None,
        });
        Ok(events.collect())
    }

    /// The operations that were asked for so far, each with its correlator.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn asked(&self) -> Result<Vec<(String, Option<String>)>> {
        let events = self.peer.events()?.into_iter().filter_map(|event| match event {
            Event::Asked { path, correlator } => Some((path, correlator)),
            Event::Sent(_) | Event::Refused { .. } | Event::Error { .. } => None,
        });
        Ok(events.collect())
    }

    /// With what codes it refused so far, and where it failed itself.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn refusals(&self) -> Result<Vec<String>> {
        let events = self.peer.events()?.into_iter().filter_map(|event| match event {
            Event::Refused { code } | Event::Error { code } => Some(code),
            Event::Asked { .. } | Event::Sent(_) => None,
        });
        Ok(events.collect())
    }

    /// Refuses a number from now on, for a reason of the standard such as `PHONE_NUMBER_BLOCKED`.
    ///
    /// # Errors
    /// When the peer does not answer.
    pub fn refuse(&self, number: &str, why: &str) -> Result<()> {
        self.peer.steer(&json!({ "numbers": { number: why } }))
    }

    /// Ends every code it has sent.
    ///
    /// # Errors
    /// When the peer does not answer.
    pub fn expire(&self) -> Result<()> {
        self.peer.steer(&json!({ "expire": true }))
    }

    /// Answers the next request with this instead.
    ///
    /// # Errors
    /// When the peer does not answer.
    pub fn answer_next(&self, status: u16, body: &Value) -> Result<()> {
        self.peer.steer(&json!({ "next": { "status": status, "body": body } }))
    }

    /// Hangs up on the next request.
    ///
    /// # Errors
    /// When the peer does not answer.
    pub fn hang_up_next(&self) -> Result<()> {
        self.peer.steer(&json!({ "next": "hang up" }))
    }
}
