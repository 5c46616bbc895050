//! Mail: builds messages, hands them to a relay over SMTP, and reads what comes back.
//!
//! | part | does |
//! |---|---|
//! | [`build`] | one message with a text and an HTML side, named after its attempt |
//! | [`connect`] | a route of several pipelining connections (RFC 5321, RFC 2920, RFC 3207, RFC 4954) |
//! | [`bounces`] | reads delivery status reports (RFC 3464) out of a maildir |
//!
//! The provider id of a mail is its Message-ID without angle brackets: `w3.c12.p881.t1@host`. It is the same for every
//! try to hand over the same attempt, so that a mail handed over twice can be recognised as one.
//!
//! SMTP has exactly one moment of doubt: after the final dot went out and before its reply came in. Connections lost
//! in between give [`Outcome::InDoubt`](crate::Outcome::InDoubt); lost at any earlier moment,
//! [`Outcome::NotAccepted`](crate::Outcome::NotAccepted).

mod message;
mod reply;
mod sender;
mod session;
mod settings;
mod wire;

pub mod bounces;

pub use message::{BuildError, Mail, MailParts, at_host, build, return_path};
pub use sender::connect;
pub use settings::{Login, MailSettings, Starttls, Trust};

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
