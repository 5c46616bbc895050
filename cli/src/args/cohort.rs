//! `cohort`, as typed.

mod derive;
mod evidence;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args as ClapArgs, Subcommand};

pub(crate) use self::derive::{Derive, Engine, Explain, WhatIf};
pub(crate) use self::evidence::{EvidenceAct, EvidenceArgs, Source};
use super::AcceptRejects;

/// When what a list adds was known.
#[derive(Debug, ClapArgs)]
pub(crate) struct KnownAt {
    /// When what the list adds was known; presumed to be when its data was cut off
    #[arg(long, value_parser = super::moment)]
    pub(crate) known_at: Option<DateTime<Utc>>,
    /// What was known then
    #[arg(long, requires = "known_at")]
    pub(crate) known_what: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CohortVerb {
    /// Make the next revision from a complete exposure list
    Import {
        /// Its code
        #[arg(long)]
        incident: String,
        /// CSV: `line,msisdn,imsi,imei,items,certainty,exposed_at[,possible]`
        file: PathBuf,
        #[command(flatten)]
        rejects: AcceptRejects,
        /// Take a list that differs from the last revision by more than 20 %
        #[arg(long)]
        expect_change: bool,
        #[command(flatten)]
        known: KnownAt,
        /// Who imports
        #[arg(long)]
        by: String,
    },
    /// Make the next revision from the network's records: attach records, windows of rogue cells, payments
    Derive(Box<Derive>),
    /// Print the rules that ship, to copy and to change
    Rules,
    /// Compare two rule sets over the same records, and make nothing
    WhatIf(WhatIf),
    /// Why a line is in, or is not; that somebody asked is entered in the journal
    Explain(Explain),
    /// Make the next revision by adding people on evidence from outside
    Add {
        /// Its code
        #[arg(long)]
        incident: String,
        /// CSV in the same form, with the added lines only; `line` may be empty where `msisdn` is not
        file: PathBuf,
        /// What the evidence is and where it lies, such as "police list 2025-09-09, file 12"
        #[arg(long)]
        evidence: String,
        /// Who it is from
        #[arg(long, value_enum, default_value_t)]
        source: Source,
        #[command(flatten)]
        rejects: AcceptRejects,
        /// Take evidence that changes more than 20 % of the last revision
        #[arg(long)]
        expect_change: bool,
        #[command(flatten)]
        known: KnownAt,
        /// Who adds them
        #[arg(long)]
        by: String,
    },
    /// What derivations say to the evidence from outside
    ///
    /// Counts it by source. With a purpose, lists what the records should explain and do not, numbers masked; that somebody
    /// looked is entered in the journal.
    Evidence(EvidenceArgs),
    /// A revision's counts, hash and provenance
    Show {
        /// Its code
        #[arg(long)]
        incident: String,
        /// Such as 2; the last one when absent
        #[arg(long)]
        revision: Option<i32>,
    },
    /// What changed between two revisions
    Diff {
        /// Its code
        #[arg(long)]
        incident: String,
        /// The older revision
        #[arg(long)]
        from: i32,
        /// The newer one
        #[arg(long)]
        to: i32,
    },
}
