//! What the tests that cross rooms share.
//!
//! * [`Backend`] hands a test an empty database, SQLite or PostgreSQL, by the same call.
//! * [`mod@bench`] measures against other people's tools.
//! * [`counter`] is where cards are changed: customers who are verified, and a card in stock for each.
//! * [`shop`] is one of them with cards, and customers who come.
//! * [`office`] is agencies with terminals, and people with passkeys who work at them.
//! * [`peers`] are programs that share no line with ours: an SMSC made of the npm package `smpp`, a login made of
//!   `oidc-provider`, a code service after CAMARA, a system that takes signed orders, Postfix's `smtp-sink`, DuckDB, schemathesis.
//! * [`phone`] attaches at a real OsmoHLR ([`HlrServer`]).
//! * [`program`] builds the `simrecall` command for tests that run it as a user does.
//! * [`spring`] is a season in which cards are scarce.
//! * [`town`] is a handful of people whom the customer's page answers differently.
//! * [`tables`] puts the network's records into engines of other people.
//! * [`postgres`] starts a throw-away PostgreSQL cluster and takes it away again, however the test run ends.
//!
//! Nothing here is skipped in silence: a missing part is an error that says what to install.

mod account;
mod backend;
pub mod bench;
pub mod counter;
pub mod office;
mod parts;
pub mod peers;
pub mod phone;
pub mod postgres;
pub mod program;
pub mod shop;
pub mod spring;
pub mod tables;
pub mod town;

pub use backend::{Backend, Guard, sqlite_url};
pub use peers::{CodeService, DuckDb, HlrServer, LoginServer, SmppServer, SmtpSink};
pub use postgres::Cluster;
