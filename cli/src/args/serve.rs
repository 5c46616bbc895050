//! `serve`, as typed.

use std::net::SocketAddr;

use clap::{Args as ClapArgs, ValueEnum};

/// Whom a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Surface {
    /// Customers, and banks if `[camara]` says so
    Public,
    /// Staff, at terminals; what they order is begun by `swap run --follow`
    Agency,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Whom to serve: each surface is a process, a host name and, on PostgreSQL, a role of its own (`SIMRECALL_STORE__URL` says which)
    #[arg(long, value_enum, default_value_t = Surface::Public)]
    pub(crate) surface: Surface,
    /// Where people are listened to, if not where `[portal]` or `[agency]` says; a port of 0 takes one that is free
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where health and figures are asked for, if not where `[portal]` or `[agency]` says: /healthz, /readyz, /metrics, on this machine alone
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) ops_listen: Option<SocketAddr>,
}
