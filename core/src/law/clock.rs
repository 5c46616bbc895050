//! By when, and how it stands.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{Anchor, Duty, PackId, RuleId, Scope, Standing};

/// One duty with the time it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// The version of the statute.
    pub pack: PackId,
    /// The rule.
    pub rule: RuleId,
    /// What must be done.
    pub duty: Duty,
    /// How far the rule can be relied on.
    pub standing: Standing,
    /// What it is about.
    pub scope: Scope,
    /// What it counts from.
    pub anchor: Anchor,
    /// The number of the knowledge time it counts from; none if it has not started or counts from an act.
    pub knowledge: Option<i32>,
    /// Whether this is the clock that counts; false for what another reading of the same facts would say, and for rules
    /// that are not in force.
    pub counts: bool,
    /// The moment it counts from.
    pub from: Option<DateTime<Utc>>,
    /// The last moment; none if it has not started or has no outer limit.
    pub due: Option<DateTime<Utc>>,
    /// How it stands.
    pub state: ClockState,
    /// How long from its start to the act, or to now.
    #[serde(serialize_with = "seconds_of")]
    pub elapsed: Option<TimeDelta>,
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClockState {
    /// The moment it counts from has not come.
    NotStarted,
    /// Time is left.
    Running {
        /// How much.
        #[serde(serialize_with = "seconds")]
        left: TimeDelta,
    },
    /// Done in time.
    Met {
        /// When.
        at: DateTime<Utc>,
        /// How much time was left; none if there is no outer limit.
        #[serde(serialize_with = "seconds_of")]
        spare: Option<TimeDelta>,
    },
    /// Done too late, or not done and too late.
    Late {
        /// By how much, to the act or to now.
        #[serde(serialize_with = "seconds")]
        by: TimeDelta,
        /// When it was done, if it was.
        done: Option<DateTime<Utc>>,
    },
    /// Another rule forbids it for now.
    Blocked {
        /// Until when; none while it is not known.
        until: Option<DateTime<Utc>>,
    },
    /// The delay is excused.
    Excused {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Started, with no outer limit.
    Open,
    /// Not in force: shown and never counted.
    Pending,
}

/// A time in which a rule forbids to tell people of one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// The rule.
    pub rule: RuleId,
    /// Whom it covers: ISO 3166-1.
    pub country: String,
    /// From when.
    pub from: DateTime<Utc>,
    /// The first moment people may be told; none while law enforcement has not been notified.
    pub until: Option<DateTime<Utc>>,
}

impl Block {
    /// Whether it forbids to tell people at this moment.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

fn seconds<S: serde::Serializer>(span: &TimeDelta, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(span.num_seconds())
}

#[expect(clippy::ref_option, reason = "serde hands out a reference to the field")]
fn seconds_of<S: serde::Serializer>(span: &Option<TimeDelta>, to: S) -> Result<S::Ok, S::Error> {
    span.map(|span| span.num_seconds()).serialize(to)
}
