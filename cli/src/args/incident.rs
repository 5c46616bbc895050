//! `incident`, as typed.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use simrecall_core::incident::Channel;

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentVerb {
    /// Open an incident from a file (see docs/OPERATIONS.md)
    Open {
        /// TOML: code, title, compromised channels, knowledge times, words per language
        file: PathBuf,
        /// Who opens it
        #[arg(long)]
        by: String,
    },
    /// What is known of an incident
    Show {
        /// Its code, such as HB-2025-09
        code: String,
    },
    /// Name a channel that turned out to be compromised: nothing that came over it proves anything from now on
    Compromise {
        /// Its code
        code: String,
        /// sms, ars, email, letter or app
        #[arg(long, value_parser = Channel::parse)]
        channel: Channel,
        /// How that is known, in a line; names no person
        #[arg(long)]
        why: String,
        /// Who names it
        #[arg(long)]
        by: String,
    },
    /// Knowledge times: who knew what when
    #[command(subcommand)]
    Fact(FactVerb),
    /// Say whether something holds that nobody can count; until then it is taken to hold, and the duty runs
    Determine(Determine),
}

#[derive(Debug, Subcommand)]
pub(crate) enum FactVerb {
    /// Record a moment at which it can be said that you knew, and see which clocks it starts
    Add(FactAdd),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct FactAdd {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// When, such as 2025-09-05T03:00+09:00
    #[arg(long, value_parser = super::moment)]
    pub(crate) at: DateTime<Utc>,
    /// What was known then; names no person
    #[arg(long)]
    pub(crate) what: String,
    /// What shows it: a document's name or number, never a person's data
    #[arg(long)]
    pub(crate) evidence: String,
    /// Who knew it: a team or an office
    #[arg(long)]
    pub(crate) who: String,
    /// Which clocks it could start, by anchor (see: simrecall law show); without it every clock of awareness
    #[arg(long, value_delimiter = ',')]
    pub(crate) anchor: Vec<String>,
    /// The revision whose people it concerns; without it all of them
    #[arg(long)]
    pub(crate) revision: Option<i32>,
    /// Who records it
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Determine {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// What: `external_access`, `intrusion`, `high_risk`, `cpni`, `contact_unknown` or `none_leaked`
    #[arg(long)]
    pub(crate) trigger: String,
    /// Whether it holds; that it does not takes two people of different roles, each with the same command
    #[arg(long, value_enum)]
    pub(crate) holds: Answer,
    /// Since when that is known
    #[arg(long, value_parser = super::moment)]
    pub(crate) at: DateTime<Utc>,
    /// Who found it: a team or an office
    #[arg(long)]
    pub(crate) who: String,
    /// Why, and what shows it
    #[arg(long)]
    pub(crate) why: String,
    /// Who records it
    #[arg(long)]
    pub(crate) by: String,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// It does
    Yes,
    /// It does not
    No,
}
