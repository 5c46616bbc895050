//! What a swap shows while it works, and how long it waits for what.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use simrecall_core::replacement::swap::{Command, Direction, Outcome, Reason, Truth};

use crate::config::HlrConfig;

/// A moment of a swap. Nothing in it is anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "point", rename_all = "snake_case")]
pub enum Point {
    /// Somebody works at it now.
    Taken,
    /// The register was looked at.
    Looked {
        /// What it says.
        truth: Truth,
    },
    /// A command is about to be sent; that has committed.
    Intended {
        /// Its number, from 1.
        no: i32,
        /// Which.
        command: Command,
    },
    /// The register has answered, or will not.
    Answered {
        /// Its number, from 1.
        no: i32,
        /// Which.
        command: Command,
        /// What became of it.
        outcome: Outcome,
    },
    /// What became of a command has committed.
    Settled {
        /// Its number, from 1.
        no: i32,
        /// Which.
        command: Command,
        /// What became of it.
        outcome: Outcome,
    },
    /// The register could not be looked at.
    Unseen {
        /// The stable word of what went wrong.
        why: &'static str,
        /// How often in a row.
        misses: i32,
    },
    /// It goes this way from here on.
    Turned {
        /// Where to.
        direction: Direction,
    },
    /// Nothing is left to do but to see the new card.
    Waiting {
        /// When the old card gets the number back.
        until: DateTime<Utc>,
    },
    /// The new card works, and all of it has committed.
    Completed,
    /// The old card works again, and all of it has committed.
    RolledBack,
    /// A person decides.
    Ticket {
        /// Why.
        reason: Reason,
    },
    /// The old card's row was deleted: nothing is left to do.
    Tidied,
}

/// Somebody who watches a swap.
pub trait Watch {
    /// Called at each point, in order.
    fn see(&mut self, point: &Point);

    /// Lets this much time pass before the register is looked at again.
    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn see(&mut self, _: &Point) {}
}

/// How long a swap waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long a command may take: the register's patience.
    pub command: Duration,
    /// How long a worker holds a swap without a sign.
    pub lease: TimeDelta,
    /// Between two looks.
    pub look_every: Duration,
    /// How long the new card may take to attach, from when it was admitted.
    pub attach_within: TimeDelta,
    /// Whether to stay until it has; otherwise whoever looks next goes on.
    pub stay: bool,
}

impl Pace {
    /// How long a worker holds a swap without a sign, unless it is said otherwise.
    pub const LEASE: TimeDelta = TimeDelta::seconds(60);

    /// As configured.
    pub fn of(config: &HlrConfig) -> Self {
        Self {
            command: config.patience(),
            lease: Self::LEASE,
            look_every: config.look_every.std(),
            attach_within: config.attach_within.0,
            stay: true,
        }
    }
}
