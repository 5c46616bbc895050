//! What the relay does to whom.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How the relay behaves. Everything off by default: it takes every mail at once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailPlan {
    /// Decides, with the recipient's address, what becomes of a mail.
    pub seed: u64,
    /// Does not offer PIPELINING.
    pub stepwise: bool,
    /// Milliseconds between the final dot and its answer.
    pub reply_delay_ms: u64,
    /// Of a thousand recipients, how many are unknown (550 5.1.1).
    pub rejected_permille: u32,
    /// Of a thousand recipients, how many are put off once (451 4.3.0).
    pub deferred_permille: u32,
    /// Of a thousand recipients, how many have mails taken that come back later.
    pub bounced_permille: u32,
    /// Recipients with a fate of their own.
    pub recipients: BTreeMap<String, Fate>,
    /// Closes the connection at every n-th final dot, without taking the mail; 0 for never.
    pub drop_before_dot_every: u64,
    /// Takes the mail at every n-th final dot and closes the connection without an answer; 0 for never.
    pub drop_after_dot_every: u64,
    /// Takes the mail at every n-th final dot and then says nothing more; 0 for never.
    pub silent_after_dot_every: u64,
    /// Asks for this login.
    pub login: Option<PlainLogin>,
    /// Sends mails back into this maildir by itself.
    pub bounces: Option<PathBuf>,
    /// Milliseconds until it does.
    pub bounce_after_ms: u64,
    /// Keeps what plain mails say in this file, one JSON object a line: for drills, in which nobody is real.
    pub keep: Option<PathBuf>,
}

/// A login of the sandbox; no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainLogin {
    /// The account.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// What becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is taken.
    Take,
    /// The recipient is unknown.
    Reject,
    /// The recipient is put off the first time, then taken.
    DeferOnce,
    /// The recipient is always put off.
    Defer,
    /// The mail is refused after its final dot (554 5.6.0).
    RejectContent,
    /// It is taken and comes back.
    Bounce,
}

impl MailPlan {
    /// What becomes of a mail to this recipient.
    pub fn fate(&self, recipient: &str) -> Fate {
        if let Some(fate) = self.recipients.get(recipient) {
            return *fate;
        }
        let draw = u32::try_from(draw(self.seed, recipient) % 1000).unwrap_or(0);
        let shares = [
            (self.rejected_permille, Fate::Reject),
            (self.deferred_permille, Fate::DeferOnce),
            (self.bounced_permille, Fate::Bounce),
        ];
        let mut below = 0;
        for (share, fate) in shares {
            below += share;
            if draw < below {
                return fate;
            }
        }
        Fate::Take
    }
}

/// An evenly spread number for a recipient.
pub(super) fn draw(seed: u64, recipient: &str) -> u64 {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(recipient).finalize();
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
