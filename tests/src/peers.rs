//! Independent peers: programs that share no line with ours. Servers keep their own record of what reached them.

mod duckdb;
mod mail;
mod packages;
mod smsc;

pub use duckdb::DuckDb;
pub use mail::{Mail, SmtpSink};
pub use smsc::{SmppServer, SmscOptions, Submitted};
