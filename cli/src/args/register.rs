//! `register`, as typed.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum RegisterVerb {
    /// Write the register of everything released as a page and a file for programs
    Export {
        /// Its code
        #[arg(long)]
        incident: String,
        /// The folder for index.html and register.json; older ones give way
        #[arg(long)]
        out: PathBuf,
        /// Who publishes it: messaging or privacy
        #[arg(long)]
        by: String,
    },
    /// Say whether a text is ours, and where it differs if it is not
    ///
    /// Ends with 0 when the text is ours word for word, with 1 when it is not.
    Match {
        /// A file with the message alone; - reads standard input
        file: PathBuf,
        /// The number or address it came from
        #[arg(long)]
        sender: Option<String>,
    },
    /// Say whether a message with this code was sent to this number
    ///
    /// Ends with 0 when it was, with 1 when it was not. Every look-up is in the journal and counts against the limits.
    Code {
        /// Its code
        #[arg(long)]
        incident: String,
        /// The number or mail address the message came to
        #[arg(long)]
        number: String,
        /// The code in the message, such as 7K2-M9Q-X4T
        #[arg(long)]
        code: String,
        /// Who asks
        #[arg(long)]
        by: String,
    },
}
