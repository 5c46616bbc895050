//! `fake`, as typed.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum FakeVerb {
    /// Keep a fake that somebody reported; who reported it is not kept
    Add {
        /// A file with the message alone; - reads standard input
        #[arg(long)]
        text: PathBuf,
        /// The number or address it came from, if known
        #[arg(long, default_value = "")]
        sender: String,
        /// When it was seen, such as 2025-09-12T10:00:00+09:00
        #[arg(long)]
        seen_at: DateTime<Utc>,
        /// Who records it
        #[arg(long)]
        by: String,
    },
    /// The campaigns so far, the one with most reports first
    List,
    /// What customers reported and nobody looked at yet; that you looked is in the journal
    Reports {
        /// Who looks
        #[arg(long)]
        by: String,
    },
    /// Take a customer's report over, or drop it
    Accept {
        /// The report's name, as `fake reports` shows it
        report: String,
        /// Drop it: it is no fake of us
        #[arg(long)]
        dismiss: bool,
        /// Who does
        #[arg(long)]
        by: String,
    },
    /// Write senders.csv, hosts.csv and phrases.csv for the spam filter and for KISA's 118
    Export {
        /// The folder; older lists give way
        #[arg(long)]
        out: PathBuf,
        /// Who hands them on
        #[arg(long)]
        by: String,
    },
}
