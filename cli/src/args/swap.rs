//! What can be typed of swaps.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum SwapVerb {
    /// Swap a verified customer's card for the one that is scanned, command by command
    ///
    /// Can be cut at any moment: swap repair goes on from what the network says then.
    ///
    /// With `[agency]` configured a counter's swap begins by an order alone: swap run --follow takes those that clerks signed at their
    /// terminals, oldest first, and needs `[hlr]`. Ctrl-C, or a request to terminate, lets what runs end. Two may follow side by side.
    Run(SwapRun),
    /// The swaps of one case, and what is true of the last at the network now
    Show(SwapShow),
    /// What waits: ends what nobody works at, and shows what a person has to decide
    Repair(SwapRepair),
    /// Take a completed swap back within three days: by two, and the line must be held
    Reverse(SwapReverse),
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("whose").required(true).args(["case", "list", "parcels", "follow"])))]
pub(crate) struct SwapRun {
    /// The case
    #[arg(requires = "card")]
    pub(crate) case: Option<String>,
    /// The number printed on the new card; - reads it from standard input, where nobody else sees it
    #[arg(long)]
    pub(crate) card: Option<String>,
    /// A file of many, one a line: the case, a comma, the card
    #[arg(long, conflicts_with = "card")]
    pub(crate) list: Option<PathBuf>,
    /// All whose card came by parcel, and who have activated it at home
    #[arg(long, conflicts_with = "card")]
    pub(crate) parcels: bool,
    /// What clerks order at their terminals, as they order it, until ctrl-C
    #[arg(long, conflicts_with_all = ["card", "no_wait", "incident", "by"])]
    pub(crate) follow: bool,
    /// How many of many are swapped at a time
    #[arg(long, default_value_t = 4)]
    pub(crate) workers: usize,
    /// Do not wait for the new card to be seen: swap repair looks again
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// The incident's code
    #[arg(long, required_unless_present = "follow", default_value = "")]
    pub(crate) incident: String,
    /// Who serves the customer
    #[arg(long, required_unless_present = "follow", default_value = "")]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SwapShow {
    /// The case
    pub(crate) case: String,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// Who looks
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("way").args(["forward", "back"]).requires("case")))]
pub(crate) struct SwapRepair {
    /// The case a person decides on; without it, everything that waits
    #[arg(requires = "way", requires = "why", requires = "incident")]
    pub(crate) case: Option<String>,
    /// It goes on to the new card
    #[arg(long)]
    pub(crate) forward: bool,
    /// It goes back to the old card
    #[arg(long)]
    pub(crate) back: bool,
    /// Why, in words that name nobody
    #[arg(long)]
    pub(crate) why: Option<String>,
    /// Only look: change nothing
    #[arg(long, conflicts_with = "case")]
    pub(crate) look: bool,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: Option<String>,
    /// Who decides, or looks
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SwapReverse {
    /// The case
    pub(crate) case: String,
    /// Why, in words that name nobody
    #[arg(long)]
    pub(crate) why: String,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// Who decides
    #[arg(long)]
    pub(crate) by: String,
    /// Who else does
    #[arg(long)]
    pub(crate) and: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LineHold {
    /// The case whose line it is
    pub(crate) case: String,
    /// Why, in one word
    #[arg(long, default_value = "not_me")]
    pub(crate) reason: String,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// Who heard it
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("line").required(true).args(["case", "number"])))]
pub(crate) struct LineClear {
    /// The case whose line it is
    #[arg(requires = "incident")]
    pub(crate) case: Option<String>,
    /// The number, of a line that was held without a case; - reads it from standard input
    #[arg(long)]
    pub(crate) number: Option<String>,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: Option<String>,
    /// Who has looked
    #[arg(long)]
    pub(crate) by: String,
}
