//! All that stands in a report.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{FilingNumber, Since};
use crate::cohort::ItemSet;
use crate::delivery::{Rung, Terminal};
use crate::id::{RevisionNo, WaveNo};
use crate::law::Anchor;

/// All that stands in a report; names no person. Kept with it as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingFacts {
    /// Its number.
    pub number: FilingNumber,
    /// The report it adds to, if one was submitted before.
    pub follows: Option<Follows>,
    /// The instant it shows: what was recorded later is not in it.
    pub as_of: DateTime<Utc>,
    /// Who reports.
    pub filer: Filer,
    /// What happened, in one line.
    pub title: String,
    /// When and how.
    pub leak: Leak,
    /// Each revision of the cohort, oldest first.
    pub revisions: Vec<RevisionFacts>,
    /// Who knew what when, in the order it happened.
    pub knowledge: Vec<KnownFacts>,
    /// Each wave that was let go, oldest first.
    pub waves: Vec<WaveFacts>,
    /// People told, each counted once.
    pub persons_told: u64,
    /// Lines they were told of, each counted once.
    pub lines_told: u64,
    /// What is done about it.
    pub response: Response,
    /// The likely consequences for people, where a report says them; may be empty.
    pub consequences: String,
    /// Why it is late, if it is.
    pub late_reason: Option<String>,
    /// What changed since the report it adds to.
    pub since: Option<Since>,
}

/// The report that another one adds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follows {
    /// The last one that was submitted.
    pub no: i32,
    /// Which of its supplements this is, from 1.
    pub supplement: u32,
}

/// Who reports: an organisation, and a department in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filer {
    /// The organisation.
    pub organisation: String,
    /// Who represents it.
    pub representative: String,
    /// The department in charge.
    pub department: String,
    /// The department's telephone number.
    pub phone: String,
    /// The department's mail address; may be empty.
    #[serde(default)]
    pub email: String,
}

/// When and how it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// When; empty while nobody knows.
    pub occurred: String,
    /// How; empty while nobody knows.
    pub circumstances: String,
    /// Whether both are suspicions.
    pub is_suspected: bool,
    /// Whether somebody got in from outside.
    pub external_access: Determined,
}

/// What staff determined of something that cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Determined {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// Nobody has said so far.
    Open,
}

/// One revision of the cohort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionFacts {
    /// The revision.
    pub no: RevisionNo,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Lines in it.
    pub lines: u64,
    /// People who held them.
    pub persons: u64,
    /// Rows that could not be resolved to a line.
    pub unresolved: u64,
    /// Items confirmed of anybody in it.
    pub confirmed: ItemSet,
    /// Items possible of anybody in it.
    pub possible: ItemSet,
}

/// A moment at which it can be said that the carrier knew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFacts {
    /// Its number within the incident.
    pub no: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who knew.
    pub who: String,
    /// What was known.
    pub what: String,
    /// What shows it.
    pub evidence: String,
    /// What it is a candidate for; empty for every moment of awareness.
    pub anchors: Vec<Anchor>,
    /// The revision whose additions it is about.
    pub revision: Option<RevisionNo>,
    /// What it is to this kind of report.
    pub mark: Mark,
}

/// What a knowledge time is to the clock of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Staff decided that it counts.
    Selected,
    /// It counts, since it is the earliest and nobody has decided.
    Earliest,
    /// It could count.
    Candidate,
    /// It is about something else.
    Other,
}

impl Mark {
    /// Whether the report's clock counts from it.
    pub const fn counts(self) -> bool {
        match self {
            Self::Selected | Self::Earliest => true,
            Self::Candidate | Self::Other => false,
        }
    }
}

/// One wave of notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveFacts {
    /// The wave.
    pub no: WaveNo,
    /// The revision it tells.
    pub revision: RevisionNo,
    /// When it was let go.
    pub released_at: DateTime<Utc>,
    /// Whether it was given up since.
    pub is_cancelled: bool,
    /// People owed a notice in it.
    pub owed: u64,
    /// Lines it leaves out, each with a recorded reason.
    pub left_out: u64,
    /// People told, by rung and by what proves it.
    pub told: Vec<ToldFacts>,
    /// People of whom nobody knows whether the network took their notice.
    pub in_doubt: u64,
    /// People not told so far, those in doubt aside.
    pub open: u64,
}

/// People told in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldFacts {
    /// By which rung.
    pub rung: Rung,
    /// What proves it.
    pub how: Terminal,
    /// How many.
    pub persons: u64,
}

/// What is done about it, in the words people are told in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// What people can do, a sentence each.
    pub self_help: Vec<String>,
    /// What the carrier does, a sentence each.
    pub measures: Vec<String>,
    /// How a loss is made good, a sentence each.
    pub relief: Vec<String>,
    /// People's rights and how to use them, a sentence each.
    pub rights: Vec<String>,
    /// Who takes reports of loss.
    pub desk: ReliefDesk,
}

/// Who takes reports of loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReliefDesk {
    /// The department.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
    /// When it answers; may be empty.
    pub hours: String,
}

impl FilingFacts {
    /// The newest revision.
    pub fn latest(&self) -> Option<&RevisionFacts> {
        self.revisions.last()
    }

    /// The knowledge time its clock counts from.
    pub fn counted_from(&self) -> Option<&KnownFacts> {
        self.knowledge.iter().find(|known| known.mark.counts())
    }

    /// How long the carrier had known at the instant it shows.
    pub fn known_for(&self) -> Option<TimeDelta> {
        self.counted_from().map(|known| self.as_of - known.at)
    }
}
