//! What a proof unlocks, and what a compromised channel takes away: one table, asked again at every use.
//!
//! The channel that leaked must not be the channel that proves: whoever could read a short message or answer a call from a
//! machine proves nothing by it.

mod table;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::incident::Channel;

/// How old a proof may be at most where what it unlocks is worth a fresh one.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);

/// How somebody proves who they are. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A number and an address, and the code that was mailed there.
    Email = 1,
    /// A number, and the code that the carrier sent to it.
    Sms = 2,
    /// A login at the carrier.
    Login = 3,
    /// A clerk at a counter saw them.
    Agency = 4,
}

/// A word that names no way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a way to prove who one is; one of {}", Way::ALL.map(Way::name).join(", "))]
pub struct ParseWayError;

impl Way {
    /// All ways, in code order.
    pub const ALL: [Self; 4] = [Self::Email, Self::Sms, Self::Login, Self::Agency];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }

    /// The word for it in files, JSON and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Login => "login",
            Self::Agency => "agency",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Result<Self, ParseWayError> {
        Self::ALL.into_iter().find(|way| way.name() == name).ok_or(ParseWayError)
    }

    /// The channel it relies on by its nature; a login relies on what it says of itself, a counter on none.
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::Email => Some(Channel::Email),
            Self::Sms => Some(Channel::Sms),
            Self::Login | Self::Agency => None,
        }
    }
}

/// As whom somebody is proved. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// The one the contract is with.
    Holder = 1,
    /// Speaks for a child.
    Guardian = 2,
    /// Speaks for a company.
    Company = 3,
    /// Has the line in their hands now, and nothing more is known of them.
    LineUser = 4,
}

impl Capacity {
    /// All of them, in code order.
    pub const ALL: [Self; 4] = [Self::Holder, Self::Guardian, Self::Company, Self::LineUser];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|capacity| capacity.code() == code)
    }

    /// The word for it in JSON and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Guardian => "guardian",
            Self::Company => "company",
            Self::LineUser => "line_user",
        }
    }
}

/// Something that is open to a proof only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlock {
    /// See which items leaked.
    Items,
    /// See when the line met what leaked it.
    Moment,
    /// Ask for a new card, or take that back.
    Apply,
    /// Tie a line to its handset.
    Protect,
    /// Untie it.
    Unprotect,
    /// Ask for money back.
    Claim,
    /// Read one's own notices as they were sent.
    Notices,
    /// Have the card in a parcel take the place of the old one.
    Activate,
    /// Have small payments unblocked.
    LiftBlock,
    /// Choose one of the benefits that a carrier offers.
    Choose,
    /// Agree that a hold ends which they raised themselves: staff end none without that.
    ReleaseHold,
}

impl Unlock {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Items,
        Self::Moment,
        Self::Apply,
        Self::Protect,
        Self::Unprotect,
        Self::Claim,
        Self::Notices,
        Self::Activate,
        Self::LiftBlock,
        Self::Choose,
        Self::ReleaseHold,
    ];

    /// The word for it in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Moment => "moment",
            Self::Apply => "apply",
            Self::Protect => "protect",
            Self::Unprotect => "unprotect",
            Self::Claim => "claim",
            Self::Notices => "notices",
            Self::Activate => "activate",
            Self::LiftBlock => "lift_block",
            Self::Choose => "choose",
            Self::ReleaseHold => "release_hold",
        }
    }
}

/// Who somebody is, and how that was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// How.
    pub way: Way,
    /// As whom.
    pub capacity: Capacity,
    /// The channels the proof went over; that of the way counts whether or not it is named here.
    pub relies: BTreeSet<Channel>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What was asked for stays locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The proof went over a channel that an attacker could read or write.
    #[error("the proof went over {}, which proves nothing in an open incident", .0.name())]
    Compromised(Channel),
    /// Such a proof never unlocks it.
    #[error("this proof does not unlock it")]
    NotUnlocked,
    /// It asks for a fresher proof.
    #[error("the proof is older than {} minutes", FRESH.num_minutes())]
    TooOld,
}

/// The first channel a proof relies on that proves nothing, if there is one.
///
/// Messages and calls from machines stand for each other: who takes over a line has both, so either of them named refuses both.
pub fn refused(relies: &BTreeSet<Channel>, compromised: &BTreeSet<Channel>) -> Option<Channel> {
    relies.iter().copied().find(|channel| is_named(*channel, compromised))
}

/// Whether a proof unlocks something now.
///
/// A proof from the future counts as too old where age counts: then a clock was set back, and nobody knows its age.
pub fn may(
    proven: &Proven,
    unlock: Unlock,
    compromised: &BTreeSet<Channel>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let by_nature = proven.way.channel().filter(|channel| is_named(*channel, compromised));
    if let Some(channel) = by_nature.or_else(|| refused(&proven.relies, compromised)) {
        return Err(Refusal::Compromised(channel));
    }
    if !table::unlocks(proven.way, proven.capacity, unlock) {
        return Err(Refusal::NotUnlocked);
    }
    let age = now - proven.at;
    let is_fresh = TimeDelta::zero() <= age && age <= FRESH;
    if table::asks_for_fresh(unlock) && !is_fresh {
        return Err(Refusal::TooOld);
    }
    Ok(())
}

fn is_named(channel: Channel, compromised: &BTreeSet<Channel>) -> bool {
    let named = |one| compromised.contains(&one);
    match channel {
        Channel::Sms | Channel::Ars => named(Channel::Sms) || named(Channel::Ars),
        Channel::Email | Channel::Letter | Channel::App => named(channel),
    }
}

#[cfg(test)]
mod tests;
