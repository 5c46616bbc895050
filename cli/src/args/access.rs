//! What can be typed of what staff may see and do.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum HoneyVerb {
    /// Lay out numbers that are allotted to nobody, and codes that no page shows
    Add {
        /// A number of a range that is not sold; - reads them from standard input, one a line
        #[arg(long = "number")]
        numbers: Vec<String>,
        /// How many codes to make up; they are shown now and never again
        #[arg(long, default_value_t = 0)]
        codes: u32,
        /// Who lays them out
        #[arg(long)]
        by: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlarmVerb {
    /// Those that nobody has closed, oldest first
    List {
        /// All of them, youngest first
        #[arg(long)]
        all: bool,
    },
    /// Close one, having looked; whoever was paused by it may sign in again
    Close {
        /// The alarm
        alarm: String,
        /// Who has looked; not whom it is about
        #[arg(long)]
        by: String,
    },
}
