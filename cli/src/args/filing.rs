//! `filing`, as typed.

use chrono::{DateTime, Utc};
use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum FilingVerb {
    /// Render a report from the ledger as of an instant: a numbered draft, as text and to print
    Render(FilingRender),
    /// Record that a report was submitted; refused if it lacks something, or is late and does not say why
    Submit {
        /// Its number, such as HB-2025-09/pipc_leak/1
        number: String,
        /// When
        #[arg(long, value_parser = super::moment)]
        at: DateTime<Utc>,
        /// web, mail, phone, fax or letter
        #[arg(long)]
        channel: String,
        /// Who submitted it: privacy or legal
        #[arg(long)]
        by: String,
    },
    /// Record what the authority answered
    Acknowledge {
        /// Its number
        number: String,
        /// The number on the authority's paper
        #[arg(long)]
        receipt: String,
        /// When it came
        #[arg(long, value_parser = super::moment)]
        at: DateTime<Utc>,
        /// Who records it: privacy or legal
        #[arg(long)]
        by: String,
    },
    /// Every report of an incident, and where it stands
    List {
        /// Its code
        #[arg(long)]
        incident: String,
    },
    /// One report, word for word; writes its files again
    Show {
        /// Its number
        number: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct FilingRender {
    /// `kisa_incident`, `pipc_leak` or `gdpr_33`
    pub(crate) kind: String,
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// The instant it shows: later attempts, outcomes, revisions and knowledge are not in it; now when absent
    #[arg(long, value_parser = super::moment)]
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// Why it comes late; stands in the report
    #[arg(long)]
    pub(crate) late_reason: Option<String>,
    /// The likely consequences for people, for a report that says them; as in the report before when absent
    #[arg(long)]
    pub(crate) consequences: Option<String>,
    /// Who renders it: privacy or legal
    #[arg(long)]
    pub(crate) by: String,
}
