//! What customers asked for, as staff type it: `claim`, `benefit`, `protection`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{ArgGroup, Args as ClapArgs, Subcommand, ValueEnum};
use simrecall_core::claim::Reason;

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
    /// Decide a claim that is looked at; its owner is told. An objection is decided by somebody else than what it is against
    Decide(Decide),
    /// Take in losses the carrier found itself: approved at once, and their owners are told
    Import {
        /// reference,number,won,day,merchant,note
        file: PathBuf,
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Who takes it in: give this twice, of two roles
        #[arg(long, required = true)]
        by: Vec<String>,
    },
    /// Set the next day on which claims are paid, for all that was granted
    Schedule {
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Those whose payment failed, too: what was wrong is mended
        #[arg(long)]
        again: bool,
        /// Who sets it
        #[arg(long)]
        by: String,
    },
    /// Write out the payments of a day, sealed for whoever pays them
    Export {
        /// The file, which must not exist: payment,number,won in age
        file: PathBuf,
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// The day, as 2025-10-10
        #[arg(long)]
        pay_on: NaiveDate,
        /// The age recipient of whoever pays
        #[arg(long)]
        to: String,
        /// Who writes it: give this twice, of two roles; neither found nor decided any of the claims
        #[arg(long, required = true)]
        by: Vec<String>,
    },
    /// Take in what became of payments
    Paid {
        /// payment,result,reason
        file: PathBuf,
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Who takes it in
        #[arg(long)]
        by: String,
    },
    /// Take a granted claim off its owner's bill instead of paying it
    Waive(OneClaim),
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenefitVerb {
    /// What is offered, and for how many lines it was chosen
    List {
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Who looks
        #[arg(long)]
        by: String,
    },
    /// Hand choices over to whoever grants them, sealed; from then on they stay
    Export {
        /// The file, which must not exist: number,code in age
        file: PathBuf,
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// The age recipient of whoever grants them
        #[arg(long)]
        to: String,
        /// Those that were handed over before, too: the file was lost
        #[arg(long)]
        again: bool,
        /// Who writes it: give this twice, of two roles
        #[arg(long, required = true)]
        by: Vec<String>,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Decide {
    /// The claim's name, as the list shows it
    pub(crate) claim: String,
    /// How
    pub(crate) verdict: Verdict,
    /// How much is paid back, in won; with part
    #[arg(long, required_if_eq("verdict", "part"))]
    pub(crate) won: Option<u64>,
    /// Why not all, or what for: one word of small letters, such as `not_our_charge`; not with approve
    #[arg(
        long, value_parser = Reason::parse,
        required_if_eq_any([("verdict", "part"), ("verdict", "reject"), ("verdict", "ask")])
    )]
    pub(crate) reason: Option<Reason>,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// Who decides
    #[arg(long)]
    pub(crate) by: String,
}

/// How a claim is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verdict {
    /// All of it is paid back
    Approve,
    /// Part of it is
    Part,
    /// Nothing of it is
    Reject,
    /// Something is asked for first
    Ask,
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
    /// Have an exposed line tied to its handset; the network confirms it
    Bind {
        #[command(flatten)]
        line: OneLine,
        /// The handset, if it is known
        #[arg(long)]
        imei: Option<String>,
    },
    /// Refused: a line's owner alone unties it, on the customer's page
    Unbind(OneLine),
    /// Have small payments blocked on a revision's lines; what its owner lifted stays lifted
    BlockPayments {
        /// The revision
        #[arg(long)]
        revision: i32,
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Who decides it
        #[arg(long)]
        by: String,
    },
    /// Let blocks of small payments go that nobody lifted
    #[command(group(ArgGroup::new("which").required(true).args(["ended", "all"])))]
    ReleasePayments {
        /// Those whose line ended, or is somebody else's, by the newest registry
        #[arg(long)]
        ended: bool,
        /// All that are left, at the end of an incident
        #[arg(long)]
        all: bool,
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Who decides it: give this twice, of two roles
        #[arg(long, required = true)]
        by: Vec<String>,
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
