//! `suppress`, as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use simrecall_engine::suppression::Reason;

#[derive(Debug, Subcommand)]
pub(crate) enum SuppressVerb {
    /// Record a legal reason to tell somebody nothing; it counts once two people have signed it
    Add(SuppressAdd),
    /// Sign it; two of different roles must
    Approve {
        /// Its number, as suppress list prints it
        suppression: i32,
        /// Its code
        #[arg(long)]
        incident: String,
        /// Your staff name: privacy or legal
        #[arg(long = "as", value_name = "NAME")]
        staff: String,
        /// Your private key file
        #[arg(long)]
        key: PathBuf,
    },
    /// End it: the person is owed everything again
    Lift {
        /// Its number, as suppress list prints it
        suppression: i32,
        /// Its code
        #[arg(long)]
        incident: String,
        /// Why, and where that is written down
        #[arg(long)]
        reason: String,
        /// Who lifts it: privacy or legal
        #[arg(long)]
        by: String,
    },
    /// Every suppression of an incident; names nobody
    List {
        /// Its code
        #[arg(long)]
        incident: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SuppressAdd {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// The carrier's reference for the person
    #[arg(long)]
    pub(crate) person: String,
    /// `court_order`, `protected_person`, deceased or other
    #[arg(long, value_parser = Reason::parse)]
    pub(crate) reason: Reason,
    /// Where the reason is written down, such as "order 2025-123 of 12 September"; name nobody
    #[arg(long)]
    pub(crate) note: String,
    /// Who records it: privacy or legal
    #[arg(long)]
    pub(crate) by: String,
}
