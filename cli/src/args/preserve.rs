//! `preserve`, as typed.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum PreserveVerb {
    /// Hold an incident: nothing of it is erased and its key is not destroyed
    Add {
        /// Its code
        #[arg(long)]
        incident: String,
        /// The order or the dispute, and where that is written down
        #[arg(long)]
        reason: String,
        /// Who holds it: privacy or legal
        #[arg(long)]
        by: String,
    },
    /// Let go of a hold; others may still stand
    Release {
        /// Its number
        no: i32,
        /// Its code
        #[arg(long)]
        incident: String,
        /// Why nothing needs to be kept for it any more
        #[arg(long)]
        reason: String,
        /// Who lets go: privacy or legal
        #[arg(long)]
        by: String,
    },
    /// The holds of an incident, released ones too
    List {
        /// Its code
        #[arg(long)]
        incident: String,
    },
}
