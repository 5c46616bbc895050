//! What customers asked for, as staff type it: `claim`, `protection`.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ClaimVerb {
    /// The claims that wait for us, oldest first; nothing of them is opened
    List {
        /// Its code
        #[arg(long)]
        incident: String,
        /// Who looks
        #[arg(long)]
        by: String,
    },
    /// One claim; that you looked is in the journal
    Show(OneClaim),
    /// Begin to look at a claim that was handed in
    Take(OneClaim),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OneClaim {
    /// The claim's name, as the list shows it
    pub(crate) claim: String,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// Who looks
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProtectionVerb {
    /// How the protection of a line stands; that you looked is in the journal
    Show(OneLine),
    /// Say for the network that a line is tied to its handset; only what its owner asked for can be confirmed
    Confirm {
        #[command(flatten)]
        line: OneLine,
        /// The handset it is tied to
        #[arg(long)]
        imei: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OneLine {
    /// The line's number
    #[arg(long)]
    pub(crate) number: String,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// Who looks
    #[arg(long)]
    pub(crate) by: String,
}
