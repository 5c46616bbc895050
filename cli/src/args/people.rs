//! People who work here, and the terminals they work at, as typed: `staff`, `terminal`.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Subcommand};
use simrecall_core::access::StaffRole;

#[derive(Debug, Subcommand)]
pub(crate) enum StaffVerb {
    /// Add a person, and make their signing key if they sign with one
    ///
    /// A clerk or supervisor has no other role and needs no key: staff post says where they work, staff invite gives them a passkey.
    Add(StaffAdd),
    /// Give a person the code with which they enrol a passkey, at a terminal where they are posted
    ///
    /// It is said once, taken for 24 hours at /ko/enrol of staff's page, and used once. For a clerk's first passkey one person of security is enough; anything
    /// else takes two people of security, privacy and legal, neither of them the one it is for.
    Invite(StaffInvite),
    /// Say where a clerk or supervisor works from now on; they are signed out
    Post(StaffPost),
    /// End a person's work here, at once: they are signed out, and their keys sign no more
    Revoke {
        /// Their name
        name: String,
        /// Who ends it, of security or privacy
        #[arg(long)]
        by: String,
    },
    /// Everyone added so far
    List,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct StaffAdd {
    /// Such as security.lead
    pub(crate) name: String,
    /// What they answer for: security, privacy, legal, messaging, audit, clerk, supervisor or agent; more than one if given again
    #[arg(long, required = true, value_parser = StaffRole::parse)]
    pub(crate) role: Vec<StaffRole>,
    /// Where to write the private key (a new file, readable by its owner only); none for who signs with passkeys alone
    #[arg(long)]
    pub(crate) key_out: Option<PathBuf>,
    /// Who adds them; only the very first person needs nobody
    #[arg(long)]
    pub(crate) by: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("why").args(["another", "lost"])))]
pub(crate) struct StaffInvite {
    /// Their name
    pub(crate) name: String,
    /// For one more passkey
    #[arg(long)]
    pub(crate) another: bool,
    /// For a new passkey: those they have end now
    #[arg(long)]
    pub(crate) lost: bool,
    /// Who gives it out; twice for two
    #[arg(long, required = true)]
    pub(crate) by: Vec<String>,
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("place").args(["agency", "centre"]).required(true)))]
pub(crate) struct StaffPost {
    /// Their name
    pub(crate) name: String,
    /// The agency, by its code
    #[arg(long)]
    pub(crate) agency: Option<String>,
    /// The customer centre
    #[arg(long)]
    pub(crate) centre: bool,
    /// Who posts them, of security
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TerminalVerb {
    /// Expect a terminal: say the code with which a browser brings its key, within 15 minutes
    ///
    /// At that browser open /ko/terminal of staff's page and type the code. The page shows what its key is called; somebody else of
    /// security or privacy reads it there and types: terminal admit ID "THUMBPRINT" --by NAME.
    Enrol(TerminalEnrol),
    /// Let staff work at a terminal whose own page shows this thumbprint; somebody else than who expected it says so
    Admit {
        /// The terminal
        terminal: String,
        /// What its page shows, in quotes if it is copied with its spaces
        #[arg(allow_hyphen_values = true)]
        thumbprint: String,
        /// Who looked, of security or privacy
        #[arg(long)]
        by: String,
    },
    /// Switch a terminal off, for good and at once
    Off {
        /// The terminal
        terminal: String,
        /// Who switches it off
        #[arg(long)]
        by: String,
    },
    /// Every terminal there ever was: awaited (no key yet), pending (to be admitted), on, or off
    List,
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("place").args(["agency", "centre"]).required(true)))]
pub(crate) struct TerminalEnrol {
    /// The agency it stands in, by its code
    #[arg(long)]
    pub(crate) agency: Option<String>,
    /// The customer centre
    #[arg(long)]
    pub(crate) centre: bool,
    /// A network it calls from, such as 203.0.113.0/24; more than one if given again, anywhere if not given
    #[arg(long)]
    pub(crate) network: Vec<String>,
    /// Who expects it, of security
    #[arg(long)]
    pub(crate) by: String,
}
