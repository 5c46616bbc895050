//! Independent peers: servers that share no line with ours, each with its own record of what reached it.

mod mail;
mod smsc;

pub use mail::{Mail, SmtpSink};
pub use smsc::{SmppServer, SmscOptions, Submitted};
