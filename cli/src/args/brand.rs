//! `brand`, as typed.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BrandVerb {
    /// Write the list of a brand's targets in a released wave, sealed for the brand; again writes the same, flagged
    Export {
        /// Its number
        #[arg(long)]
        wave: i32,
        /// The brand, as the registry and `simrecall.toml` name it
        #[arg(long)]
        brand: String,
        /// The file to write; it holds one JSON object a line once the brand has opened it
        #[arg(long)]
        out: PathBuf,
        /// Who exports
        #[arg(long)]
        by: String,
    },
    /// Take the brand's results: JSON lines with reference, outcome (delivered, failed, mailed, lettered), at and perhaps code
    Results {
        /// Its number
        #[arg(long)]
        wave: i32,
        /// The brand
        #[arg(long)]
        brand: String,
        /// What the brand sent back
        file: PathBuf,
        /// Who takes them
        #[arg(long)]
        by: String,
    },
}
