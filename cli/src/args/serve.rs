//! `serve`, as typed.

use std::net::SocketAddr;

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Where people are listened to, if not where `[portal]` says; a port of 0 takes one that is free
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where health and figures are asked for, if not where `[portal]` says
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) ops_listen: Option<SocketAddr>,
}
