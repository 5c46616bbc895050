//! `law`, as typed.

use chrono::NaiveDate;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum LawVerb {
    /// The rule packs: what each law asks, by when, of whom
    Show {
        /// A pack or a statute, such as kr-pipa-2026 or kr-pipa; all of them when absent
        #[arg(long)]
        pack: Option<String>,
        /// Only what is in force on this day, such as 2026-09-11
        #[arg(long)]
        on: Option<NaiveDate>,
    },
}
