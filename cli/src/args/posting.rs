//! `posting`, as typed.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum PostingVerb {
    /// Record the ground in law on which people may be told by posting; nothing is published before
    Start(PostingStart),
    /// Look at every page as anybody can, and write down what is there; run it each day
    Observe {
        /// Its code
        #[arg(long)]
        incident: String,
        /// This posting only
        #[arg(long, value_name = "NO")]
        posting: Option<i32>,
    },
    /// Every posting: its ground, its days, each day nobody can prove
    List {
        /// Its code
        #[arg(long)]
        incident: String,
    },
    /// Close a posting that stood as long as was asked
    Close {
        /// Its number, as posting list prints it
        posting: i32,
        /// Its code
        #[arg(long)]
        incident: String,
        /// Why it is closed before its days are over, or with days nobody can prove
        #[arg(long)]
        reason: Option<String>,
        /// Who closes it: privacy or legal
        #[arg(long)]
        by: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PostingStart {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// `contact_unknown` or another ground of the law, or a rule with one ground (see: simrecall law show)
    #[arg(long)]
    pub(crate) ground: String,
    /// The rule, where a ground is that of more than one
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// What was tried to reach them, and where that is written down
    #[arg(long)]
    pub(crate) reason: String,
    /// This wave only; every wave with people on the posting rung when absent
    #[arg(long)]
    pub(crate) wave: Option<i32>,
    /// The address of the folder the pages are published in; the route's own folder when absent
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Who records it: privacy or legal
    #[arg(long)]
    pub(crate) by: String,
}
