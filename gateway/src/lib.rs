//! The carrier's network: what takes a message and says what became of it.
//!
//! A route takes bytes, an address and a tag; it knows neither persons nor waves nor databases.
//!
//! | room | speaks |
//! |---|---|
//! | [`smsc`] | SMPP 3.4 |
//! | [`mail`] | SMTP, and reads bounces from a maildir |
//! | [`hlr`] | CTRL and VTY to an OsmoHLR: which card has which number |
//! | [`files`] | letters, postings and lists on disk, for rungs with no network |
//! | [`page`] | HTTP, to look at what was published |
//! | [`otp`] | CAMARA One Time Password SMS: the carrier's own service sends a code |
//! | [`login`] | OpenID Connect: the carrier's own login says who somebody is |
//! | [`introspection`] | OAuth 2.0 token introspection: what another system's token stands for |
//! | [`web`] | what went wrong over HTTP |
//! | [`webhook`] | signed orders to the carrier's other systems |
//! | [`sandbox`] | a local SMSC and mail receiver that misbehave on request |

pub mod files;
pub mod hlr;
pub mod introspection;
pub mod login;
pub mod mail;
pub mod otp;
pub mod page;
pub mod route;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod smsc;
pub mod web;
pub mod webhook;

pub use route::{
    Ack, Acked, Event, LinkState, Outcome, Receipt, ReceiptStatus, Route, RouteError, Submission,
};
