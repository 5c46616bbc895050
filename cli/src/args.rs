//! What can be typed.

mod access;
mod brand;
mod clock;
mod cohort;
mod customer;
mod fake;
mod filing;
mod incident;
mod law;
mod orders;
mod people;
mod posting;
mod practice;
mod preserve;
mod register;
mod replacement;
mod serve;
mod suppress;
mod swap;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use self::access::{AlarmVerb, HoneyVerb};
pub(crate) use self::brand::BrandVerb;
pub(crate) use self::clock::{ClockDone, ClockExcuse, ClockSelect, ClockVerb, Silence};
pub(crate) use self::cohort::{
    CohortVerb, Derive, Engine, EvidenceAct, EvidenceArgs, Explain, KnownAt, Source, WhatIf,
};
pub(crate) use self::customer::{
    BenefitVerb, ClaimVerb, Decide, OneClaim, OneLine, ProtectionVerb, Verdict,
};
pub(crate) use self::fake::FakeVerb;
pub(crate) use self::filing::{FilingRender, FilingVerb};
pub(crate) use self::incident::{Answer, Determine, FactAdd, FactVerb, IncidentVerb};
pub(crate) use self::law::LawVerb;
pub(crate) use self::orders::{OrdersRetry, OrdersVerb};
pub(crate) use self::people::{StaffAdd, StaffInvite, StaffVerb, TerminalVerb};
pub(crate) use self::posting::{PostingStart, PostingVerb};
pub(crate) use self::practice::{Drill, RecordForm, Sample, Sandbox};
pub(crate) use self::preserve::PreserveVerb;
pub(crate) use self::register::RegisterVerb;
pub(crate) use self::replacement::{
    AgencyVerb, CaseAt, CaseBook, CaseBy, CaseOpen, CaseVerb, CaseVerify, KpiArgs, OneCard,
    StockImport, StockVerb,
};
pub(crate) use self::serve::{Serve, Surface};
pub(crate) use self::suppress::SuppressVerb;
pub(crate) use self::swap::{
    LineClear, LineHold, SwapRepair, SwapReverse, SwapRun, SwapShow, SwapVerb,
};

/// From "we know" to "everyone affected has been told, provably".
///
/// Exit codes: 0 done, 1 refused or no, 2 usage, 3 cannot reach, 4 a defect of ours.
#[derive(Debug, Parser)]
#[command(name = "simrecall", version, max_term_width = 100)]
pub(crate) struct Args {
    /// The installation: configuration, keys, database
    #[arg(long, global = true, env = "SIMRECALL_HOME", default_value = ".")]
    pub(crate) home: PathBuf,
    /// Answers as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// More of what happens, on standard error (-vv for more still)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a new installation in the home folder
    Init(Init),
    /// Configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Incidents: what happened, when it was known
    #[command(subcommand)]
    Incident(IncidentVerb),
    /// Clocks: what the law asks, by when, and how it stands
    #[command(subcommand)]
    Clock(ClockVerb),
    /// The law: rule packs and their versions
    #[command(subcommand)]
    Law(LawVerb),
    /// Filings: reports to authorities, from the ledger as of an instant
    #[command(subcommand)]
    Filing(FilingVerb),
    /// Preservation: what must be kept is not erased
    #[command(subcommand)]
    Preserve(PreserveVerb),
    /// Staff: who works here, in which role, with which keys, and where
    #[command(subcommand)]
    Staff(StaffVerb),
    /// The registry: who held which line from when to when
    #[command(subcommand)]
    Registry(RegistryVerb),
    /// The cohort: which lines leaked what, in numbered revisions
    #[command(subcommand)]
    Cohort(CohortVerb),
    /// Waves: tell everyone what is true of them and not yet told
    #[command(subcommand)]
    Wave(WaveVerb),
    /// The public posting: its ground in law, and the evidence that it stood
    #[command(subcommand)]
    Posting(PostingVerb),
    /// Suppressions: legal reasons to tell somebody nothing
    #[command(subcommand)]
    Suppress(SuppressVerb),
    /// Brands that tell their people themselves: lists out, results back
    #[command(subcommand)]
    Brand(BrandVerb),
    /// Notices: what one person was told
    #[command(subcommand)]
    Notice(NoticeVerb),
    /// The register: what we said, word for word; is this text or code ours
    #[command(subcommand)]
    Register(RegisterVerb),
    /// Fakes: texts that only look like ours, by campaign
    #[command(subcommand)]
    Fake(FakeVerb),
    /// Claims: money that customers ask back
    #[command(subcommand)]
    Claim(ClaimVerb),
    /// Benefits: what people choose of what their carrier offers them
    #[command(subcommand)]
    Benefit(BenefitVerb),
    /// Agencies: where cards are kept and handed out
    #[command(subcommand)]
    Agency(AgencyVerb),
    /// Stock: cards from a supplier's batch to somebody's hands
    #[command(subcommand)]
    Stock(StockVerb),
    /// Cases: one new card for one line, from the call to the counter
    #[command(subcommand)]
    Case(CaseVerb),
    /// Swaps: a line's number goes from the old card to the new one
    #[command(subcommand)]
    Swap(SwapVerb),
    /// The figures of a day, as carriers published them
    Kpi(KpiArgs),
    /// Orders: what other systems are asked to do
    #[command(subcommand)]
    Orders(OrdersVerb),
    /// Honey: numbers and codes that nobody has a reason to name
    #[command(subcommand)]
    Honey(HoneyVerb),
    /// Alarms: what staff did that somebody should look at
    #[command(subcommand)]
    Alarm(AlarmVerb),
    /// Protections: lines that are tied to a handset; numbers whose small payments are blocked
    #[command(subcommand)]
    Protection(ProtectionVerb),
    /// Terminals: the browsers that staff work at; expected by one person, admitted by another
    #[command(subcommand)]
    Terminal(TerminalVerb),
    /// Keys: back up, try a backup, put one back
    #[command(subcommand)]
    Key(KeyVerb),
    /// Recount everything from the rows and check the journal
    ///
    /// Changes nothing but the journal: that texts were opened to be checked is entered there, and new entries get their
    /// numbers. Can run at any time, beside a sender.
    Verify,
    /// The customer's page: am I affected, what leaked, what do I do; or the page that staff work at
    ///
    /// Answers for the incident that simrecall.toml names under portal, until ctrl-C or a request to terminate. The agency's page is a
    /// process of its own: --surface agency.
    Serve(Serve),
    /// A local SMSC and mail receiver, for drills
    Sandbox(Sandbox),
    /// A synthetic registry and exposure lists, for drills
    Sample(Sample),
    /// The KT story of 2025 in one command, with invented people
    Drill(Drill),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// `sqlite:PATH` or `postgres://…`
    #[arg(long, default_value = "sqlite:simrecall.db")]
    pub(crate) store: String,
    /// Turn it to `simrecall sandbox` on its usual ports, with the sample's brands and an incident file to practise on
    #[arg(long)]
    pub(crate) sandbox: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Read simrecall.toml and say what is wrong with it
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegistryVerb {
    /// Take a snapshot from the carrier's lists
    Import {
        /// Its code
        #[arg(long)]
        incident: String,
        /// CSV: `subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact`
        #[arg(long)]
        subscribers: PathBuf,
        /// CSV: `line,subscriber,msisdn,imsi,iccid,service,held_from,held_to`
        #[arg(long)]
        lines: PathBuf,
        /// The moment the lists describe
        #[arg(long)]
        as_of: DateTime<Utc>,
        #[command(flatten)]
        rejects: AcceptRejects,
        /// Who imports
        #[arg(long)]
        by: String,
    },
}

#[derive(Debug, Clone, Copy, ClapArgs)]
pub(crate) struct AcceptRejects {
    /// Take a list with exactly this many refused rows; they stay in every total as unresolved
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) accept_rejects: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WaveVerb {
    /// Work out what everyone is owed and freeze it as a draft
    Plan {
        /// Its code
        #[arg(long)]
        incident: String,
        /// The revision to tell; the last one when absent
        #[arg(long)]
        revision: Option<i32>,
        /// Who plans
        #[arg(long)]
        by: String,
    },
    /// Send one of each notice to staff handsets
    Test {
        /// Its number
        wave: i32,
        /// A staff member's number
        #[arg(long, required = true)]
        to: Vec<String>,
        /// Who tests
        #[arg(long)]
        by: String,
    },
    /// Sign what the wave would do
    Approve {
        /// Its number
        wave: i32,
        /// Your staff name
        #[arg(long = "as", value_name = "NAME")]
        staff: String,
        /// Your private key file
        #[arg(long)]
        key: PathBuf,
    },
    /// Let it go, once enough people have signed
    Release {
        /// Its number
        wave: i32,
        /// Who releases
        #[arg(long)]
        by: String,
    },
    /// Send, take receipts, go down the ladder; ctrl-C drains
    Send {
        /// Its number
        wave: i32,
        /// When to stop by itself
        #[arg(long, value_enum, default_value_t = Until::Complete)]
        until: Until,
    },
    /// Stop submitting within one batch
    Pause {
        /// Its number
        wave: i32,
        /// Who pauses
        #[arg(long)]
        by: String,
        /// For the journal
        #[arg(long, default_value = "not said")]
        why: String,
    },
    /// Go on with exactly the rest
    Resume {
        /// Its number
        wave: i32,
        /// Who resumes
        #[arg(long)]
        by: String,
    },
    /// Send slower than was approved, or as approved again; a sender at work follows
    #[command(group(ArgGroup::new("pace").required(true)))]
    Pace {
        /// Its number
        wave: i32,
        /// Messages a second over each route, from 1 to the pace that was approved
        #[arg(long, group = "pace")]
        per_second: Option<u32>,
        /// Take the slower pace back
        #[arg(long, group = "pace")]
        as_approved: bool,
        /// Who sets it
        #[arg(long)]
        by: String,
    },
    /// Give up what was not started; what was sent stays on record
    Cancel {
        /// Its number
        wave: i32,
        /// Who cancels
        #[arg(long)]
        by: String,
    },
    /// The same numbers the sender shows
    Status {
        /// Its number
        wave: i32,
    },
    /// Settle what is in doubt in all waves after a restore, so that sending may go on
    Reconcile {
        /// The carrier's complete records as JSON lines, one accepted submission each: destination,
        /// reference, `message_id`. What they do not show was not sent
        #[arg(long)]
        records: Option<PathBuf>,
        /// Who answers for it
        #[arg(long)]
        by: String,
    },
}

/// When `wave send` stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Until {
    /// When everyone is told or posted
    Complete,
    /// When nothing can be submitted now and no receipt is expected soon
    Idle,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NoticeVerb {
    /// Look at every notice in every language: what the law asks for, and what must not stand there
    Lint {
        /// Its code
        #[arg(long)]
        incident: String,
    },
    /// One text at its longest, as an invented person would get it
    Preview {
        /// Its code
        #[arg(long)]
        incident: String,
        /// possible, confirmed, supplement, correction, `all_clear`, `loss_found`, `remedy_visit`, `remedy_ready`,
        /// `remedy_done`
        #[arg(long)]
        kind: String,
        /// ko, en, zh-Hans, vi or ja
        #[arg(long)]
        language: String,
        /// sms, lms, email, letter or posting
        #[arg(long, default_value = "lms")]
        rung: String,
        /// The brand that speaks; the first one when absent
        #[arg(long)]
        brand: Option<String>,
    },
    /// What a person was told: text, times, receipts
    Show {
        /// Its code
        #[arg(long)]
        incident: String,
        /// The carrier's reference for them
        #[arg(long)]
        person: String,
        /// Why you look, for the journal: `customer_request`, authority or audit
        #[arg(long)]
        purpose: String,
        /// Who looks
        #[arg(long)]
        by: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyVerb {
    /// Write every key, encrypted to two recipients
    Backup {
        /// An age recipient (age1…); exactly two
        #[arg(long, required = true)]
        recipient: Vec<String>,
        /// The file to write
        #[arg(long)]
        out: PathBuf,
        /// Who backs up
        #[arg(long)]
        by: String,
    },
    /// Show that one recipient can open the backup and that it fits this database
    RestoreCheck {
        /// The backup
        file: PathBuf,
        /// A file with an age identity
        #[arg(long)]
        identity: PathBuf,
    },
    /// Put back what the keys folder lacks, or make it again when it is gone
    Restore {
        /// The backup
        file: PathBuf,
        /// A file with an age identity
        #[arg(long)]
        identity: PathBuf,
    },
}

/// Reads a moment: with its offset, with or without seconds.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let exact = text.parse::<DateTime<Utc>>();
    let exact = exact.or_else(|_| {
        let parsed = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z");
        parsed.map(|moment| moment.with_timezone(&Utc))
    });
    exact.map_err(|_| "not a moment with its offset, such as 2025-09-05T03:00+09:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_an_offset() {
        let three = moment("2025-09-05T03:00:00+09:00").unwrap();
        assert_eq!(moment("2025-09-05T03:00+09:00"), Ok(three));
        assert_eq!(moment("2025-09-04T18:00:00Z"), Ok(three));
        assert!(moment("2025-09-05T03:00").is_err());
        assert!(moment("2025-09-05").is_err());
    }
}
