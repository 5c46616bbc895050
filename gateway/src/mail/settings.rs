//! How to reach the relay.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

/// How to reach the relay, and how hard to use it.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Host and port.
    pub address: String,
    /// Our name in `EHLO`.
    pub helo: String,
    /// Connections at once, from 1.
    pub connections: u8,
    /// Submissions without a result, per connection: one on the wire, one announced, the rest waiting.
    pub window_per_connection: usize,
    /// Whether to encrypt.
    pub starttls: Starttls,
    /// Whom to log in as. Only with [`Starttls::Required`], or to this machine itself.
    pub login: Option<Login>,
    /// How long the relay may take for one answer, or one write.
    pub reply_timeout: Duration,
    /// The pause before the first new attempt to connect; doubles up to [`MailSettings::retry_at_most`].
    pub retry_after: Duration,
    /// The longest pause between attempts to connect.
    pub retry_at_most: Duration,
    /// Spreads the pauses of several senders.
    pub seed: u64,
}

impl MailSettings {
    /// One connection without encryption or login.
    pub fn new(address: impl Into<String>, helo: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            helo: helo.into(),
            connections: 1,
            window_per_connection: 32,
            starttls: Starttls::None,
            login: None,
            reply_timeout: Duration::from_mins(2),
            retry_after: Duration::from_secs(1),
            retry_at_most: Duration::from_mins(1),
            seed: 0,
        }
    }
}

/// Whether to encrypt the connection (RFC 3207).
#[derive(Debug, Clone)]
pub enum Starttls {
    /// Never.
    None,
    /// If the relay offers it; its certificate must be good then.
    Optional(Trust),
    /// Always; a relay that does not offer it is refused.
    Required(Trust),
}

/// Whose certificate is good.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The name the certificate must have.
    pub server_name: String,
    /// Roots, as PEM.
    pub roots_pem: Vec<u8>,
}

/// A login (AUTH PLAIN).
#[derive(Clone)]
pub struct Login {
    /// The account.
    pub user: String,
    /// Its password.
    pub password: SecretString,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}
