//! A carrier's system that takes signed orders, run by node.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::peer::Peer;

/// What orders to it are signed with.
const SECRET: &str = "a-secret-that-both-sides-keep-in-a-file";

#[derive(Serialize)]
struct Options {
    secret: &'static str,
}

/// A running system on a loopback port; dropping it ends it. It takes every order that is signed rightly, unless it is told otherwise.
#[derive(Debug)]
pub struct OrderTaker {
    peer: Peer,
    secret_file: PathBuf,
}

/// An order that reached it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TakenOrder {
    /// Its name.
    pub id: String,
    /// What it asks for.
    pub kind: String,
    /// All of it, as it came.
    pub body: String,
    /// What was answered.
    pub status: u16,
    /// Whether the signature was right.
    pub signed: bool,
    /// Whether it had been taken over before.
    pub again: bool,
}

impl OrderTaker {
    /// A system that takes every order.
    ///
    /// # Errors
    /// When node is missing (the message says what to run) or does not start.
    pub fn start() -> Result<Self> {
        let peer = Peer::start("orders.mjs", None, &Options { secret: SECRET })?;
        let secret_file = peer.folder().join("secret");
        fs::write(&secret_file, format!("{SECRET}\n"))?;
        Ok(Self { peer, secret_file })
    }

    /// Where it takes orders.
    pub fn url(&self) -> String {
        format!("http://{}/orders", self.peer.address())
    }

    /// A file with the secret.
    pub fn secret_file(&self) -> PathBuf {
        self.secret_file.clone()
    }

    /// A receiver of these kinds in simrecall.toml.
    pub fn config(&self, kinds: &[&str]) -> String {
        format!(
            "[[orders.receivers]]\nkinds = {kinds:?}\nurl = \"{}\"\nsecret_file = \"{}\"\n",
            self.url(),
            self.secret_file.display()
        )
    }

    /// Answers orders of a kind so from now on; `*` stands for all others.
    ///
    /// # Errors
    /// When it does not listen.
    pub fn answer(&self, kind: &str, status: u16) -> Result<()> {
        self.peer.steer(&json!({ "answers": { kind: status } }))
    }

    /// Answers every so-manieth order with 503.
    ///
    /// # Errors
    /// When it does not listen.
    pub fn falter(&self, every: u32) -> Result<()> {
        self.peer.steer(&json!({ "every": every }))
    }

    /// What reached it so far, in order.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn orders(&self) -> Result<Vec<TakenOrder>> {
        self.peer.events()
    }
}
