//! What can be typed of orders to other systems.

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args as ClapArgs, Subcommand};
use simrecall_core::order::Kind;

#[derive(Debug, Subcommand)]
pub(crate) enum OrdersVerb {
    /// Send what is due, each to the system that takes it; can be cut at any moment, and run several times at once
    Send {
        /// Go on until ctrl-C
        #[arg(long)]
        follow: bool,
    },
    /// How orders stand; nothing of what they say is opened
    List,
    /// Put back what a system refused, now that it is mended there
    Retry(OrdersRetry),
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("which").required(true).args(["order", "kind"])))]
pub(crate) struct OrdersRetry {
    /// One order, by its name
    pub(crate) order: Option<String>,
    /// All of a kind
    #[arg(long, value_parser = kind, requires = "since")]
    pub(crate) kind: Option<Kind>,
    /// That were refused since then, as 2025-09-04T15:33:20+09:00
    #[arg(long, requires = "kind")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Who puts them back
    #[arg(long)]
    pub(crate) by: String,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| format!("one of {}", Kind::ALL.map(Kind::name).join(", ")))
}
