//! `clock`, as typed.

use chrono::{DateTime, Utc};
use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ClockVerb {
    /// Every clock of an incident, soonest first
    List {
        /// Its code
        #[arg(long)]
        incident: String,
    },
    /// Choose the knowledge time that the clocks of an anchor count from; the earliest counts until somebody does
    Select(ClockSelect),
    /// Excuse a clock for as long as an obstacle lasts; the same command by somebody of another role confirms it
    Excuse(ClockExcuse),
    /// Record something that was done and that no other command shows, such as a report by telephone
    Done(ClockDone),
    /// Make a silence longer: an agency wants it
    Extend(Silence),
    /// End a silence: an urgent need; the same command by somebody of another role confirms it
    Lift(Silence),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ClockSelect {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// Such as `kr.leak_known` (see: simrecall law show)
    #[arg(long)]
    pub(crate) anchor: String,
    /// The number of a knowledge time, as incident show prints it
    #[arg(long, value_name = "NO")]
    pub(crate) knowledge: i32,
    /// For the clocks of this revision only
    #[arg(long)]
    pub(crate) revision: Option<i32>,
    /// Why this one, for the journal and for whoever asks in two years
    #[arg(long)]
    pub(crate) reason: String,
    /// Who chooses: privacy or legal
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ClockExcuse {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// The rule, as clock list prints it
    #[arg(long)]
    pub(crate) rule: String,
    /// Which of the rule's clocks, as clock list prints it: incident, r2 or fact:4
    #[arg(long, default_value = "incident")]
    pub(crate) scope: String,
    /// When the obstacle ends or ended; without it when `kr.obstacle_ended` is recorded as a fact
    #[arg(long, value_parser = super::moment)]
    pub(crate) until: Option<DateTime<Utc>>,
    /// What the obstacle is, and where that is written down
    #[arg(long)]
    pub(crate) reason: String,
    /// Who answers for it: privacy or legal
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ClockDone {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// The rule, as clock list prints it
    #[arg(long)]
    pub(crate) rule: String,
    /// Which of the rule's clocks, as clock list prints it: incident, r2 or fact:4
    #[arg(long, default_value = "incident")]
    pub(crate) scope: String,
    /// When it was done
    #[arg(long, value_parser = super::moment)]
    pub(crate) at: DateTime<Utc>,
    /// What was done, how, and what shows it
    #[arg(long)]
    pub(crate) what: String,
    /// Who answers for it: privacy or legal
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Silence {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// The rule that asks for the silence, as clock list prints it
    #[arg(long)]
    pub(crate) rule: String,
    /// Until when, for a longer one
    #[arg(long, value_parser = super::moment)]
    pub(crate) until: Option<DateTime<Utc>>,
    /// Why, and on whose word
    #[arg(long)]
    pub(crate) reason: String,
    /// Who answers for it: privacy or legal
    #[arg(long)]
    pub(crate) by: String,
}
