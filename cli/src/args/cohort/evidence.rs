//! `cohort evidence`, as typed.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// Who evidence is from.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Source {
    /// The police
    Police,
    /// A customer
    Customer,
    /// A claim for damages
    Claim,
    /// Somebody else
    #[default]
    Other,
}

/// Counted, looked at, or taken back.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct EvidenceArgs {
    #[command(subcommand)]
    pub(crate) act: Option<EvidenceAct>,
    /// Its code
    #[arg(long, required = true)]
    pub(crate) incident: Option<String>,
    /// Why you look: `customer_request`, authority or audit
    #[arg(long, requires = "by")]
    pub(crate) purpose: Option<String>,
    /// Who looks
    #[arg(long, requires = "purpose")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceAct {
    /// Take back a list that was wrong; it counts no more once two people of different roles did
    ///
    /// It is out at the next derivation. Revisions that are there stay as they are.
    Withdraw {
        /// Its code
        #[arg(long)]
        incident: String,
        /// The list's number, as `cohort add` gave it
        #[arg(long, value_name = "NO")]
        list: i32,
        /// Why it was wrong; names nobody
        #[arg(long)]
        reason: String,
        /// Who takes it back
        #[arg(long)]
        by: String,
    },
}
