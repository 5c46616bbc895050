//! Independent peers: programs that share no line with ours. Servers keep their own record of what reached them.

mod authenticator;
mod duckdb;
mod hlr;
mod login;
mod mail;
mod orders;
mod otp;
mod packages;
mod peer;
mod schemathesis;
mod smsc;

pub use authenticator::{Authenticator, Browser, Claims, ath};
pub use duckdb::DuckDb;
pub use hlr::HlrServer;
pub use login::{LoginOptions, LoginServer};
pub use mail::{Mail, SmtpSink};
pub use orders::{OrderTaker, TakenOrder};
pub use otp::{CodeMessage, CodeService};
pub use schemathesis::{Fuzz, fuzz};
pub use smsc::{SmppServer, SmscOptions, Submitted};
