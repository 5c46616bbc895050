//! The machine of a protection: a line is tied to a handset, so that a copy of its card works in no other.
//!
//! Its owner unties it always, staff never: an attacker who talks staff into it would win. For a swap its owner loosens it for a
//! few minutes; it comes back by itself, tied to the new card.

use chrono::{DateTime, TimeDelta, Utc};

use crate::identity::Imei;

/// How long a swap may loosen a protection at most.
pub const SWAP_AT_MOST: TimeDelta = TimeDelta::minutes(15);

/// Where a protection is, with what has to be known there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The line works in every handset.
    Off,
    /// Asked for; the network has not said yes yet.
    Requested {
        /// The handset that was named; without one, the network takes the one the line is in.
        imei: Option<Imei>,
    },
    /// The line works in that handset alone.
    On {
        /// The handset.
        imei: Imei,
    },
    /// Untied for a while, to move to another handset.
    Suspended {
        /// The handset it comes back to.
        imei: Imei,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The network saw the line in another handset, and refused it.
    Tripped {
        /// The handset it is tied to.
        imei: Imei,
        /// When.
        at: DateTime<Utc>,
    },
}

/// What happens to a protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Its owner asks for it.
    Request {
        /// The handset, if they name one.
        imei: Option<Imei>,
    },
    /// Staff ask for it, for an exposed line whose owner has not.
    Enroll {
        /// The handset, if it is known.
        imei: Option<Imei>,
    },
    /// The network ties the line.
    Confirm {
        /// To this handset.
        imei: Imei,
    },
    /// Its owner unties it for a while.
    Suspend {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The while is over.
    Resume,
    /// The line got a new card, and the handset stays: whatever it was but off, it is as it should be for the new card.
    Rebind,
    /// The network saw the line elsewhere.
    Trip {
        /// When.
        at: DateTime<Utc>,
    },
    /// It was looked at, and the line stays tied.
    Keep,
    /// Its owner unties it.
    Undo,
}

/// Who makes something happen to a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Whoever proved that the line is theirs.
    Owner,
    /// The network, or time.
    Network,
    /// Staff: they may have a line tied, and never untie one.
    Staff,
}

/// A state without what belongs to it. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKind {
    /// See [`State::Off`].
    Off = 1,
    /// See [`State::Requested`].
    Requested = 2,
    /// See [`State::On`].
    On = 3,
    /// See [`State::Suspended`].
    Suspended = 4,
    /// See [`State::Tripped`].
    Tripped = 5,
}

/// A protection cannot go from where it is to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IllegalMove {
    /// Not from this state.
    #[error("a protection that is {} cannot be {done}", from.name())]
    From {
        /// Where it is.
        from: StateKind,
        /// What it would be after.
        done: &'static str,
    },
    /// The network confirms another handset than its owner named.
    #[error("the network confirms another handset than the one that was asked for")]
    OtherHandset,
}

impl StateKind {
    /// All states, in code order.
    pub const ALL: [Self; 5] =
        [Self::Off, Self::Requested, Self::On, Self::Suspended, Self::Tripped];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word for it in JSON and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Requested => "requested",
            Self::On => "on",
            Self::Suspended => "suspended",
            Self::Tripped => "tripped",
        }
    }
}

impl State {
    /// The state of that kind with what was kept beside it: the handset, and the moment that belongs to it (the end of a suspension, the
    /// time it tripped). None if something is missing; what a state has no use for is left out.
    pub fn of(kind: StateKind, imei: Option<Imei>, moment: Option<DateTime<Utc>>) -> Option<Self> {
        match kind {
            StateKind::Off => Some(Self::Off),
            StateKind::Requested => Some(Self::Requested { imei }),
            StateKind::On => imei.map(|imei| Self::On { imei }),
            StateKind::Suspended => {
                imei.zip(moment).map(|(imei, until)| Self::Suspended { imei, until })
            }
            StateKind::Tripped => imei.zip(moment).map(|(imei, at)| Self::Tripped { imei, at }),
        }
    }

    /// Which state it is.
    pub const fn kind(&self) -> StateKind {
        match self {
            Self::Off => StateKind::Off,
            Self::Requested { .. } => StateKind::Requested,
            Self::On { .. } => StateKind::On,
            Self::Suspended { .. } => StateKind::Suspended,
            Self::Tripped { .. } => StateKind::Tripped,
        }
    }

    /// As stored.
    pub const fn code(&self) -> i16 {
        self.kind().code()
    }

    /// The word for it in JSON and messages.
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// The handset, if one is known.
    pub const fn imei(&self) -> Option<&Imei> {
        match self {
            Self::Off => None,
            Self::Requested { imei } => imei.as_ref(),
            Self::On { imei } | Self::Suspended { imei, .. } | Self::Tripped { imei, .. } => {
                Some(imei)
            }
        }
    }

    /// The moment that belongs to it: the end of a suspension, the time it tripped.
    pub const fn moment(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Off | Self::Requested { .. } | Self::On { .. } => None,
            Self::Suspended { until, .. } => Some(*until),
            Self::Tripped { at, .. } => Some(*at),
        }
    }
}

impl Event {
    /// What a protection is once it has happened, as a word for messages.
    pub const fn done(&self) -> &'static str {
        match self {
            Self::Request { .. } => "requested",
            Self::Enroll { .. } => "enrolled",
            Self::Confirm { .. } => "confirmed",
            Self::Suspend { .. } => "suspended",
            Self::Resume => "resumed",
            Self::Rebind => "rebound",
            Self::Trip { .. } => "tripped",
            Self::Keep => "kept",
            Self::Undo => "undone",
        }
    }

    /// Who makes it happen.
    pub const fn by(&self) -> Actor {
        match self {
            Self::Request { .. } | Self::Suspend { .. } | Self::Keep | Self::Undo => Actor::Owner,
            Self::Confirm { .. } | Self::Resume | Self::Rebind | Self::Trip { .. } => {
                Actor::Network
            }
            Self::Enroll { .. } => Actor::Staff,
        }
    }
}

/// What a swap that begins now does to a protection, by the word of its owner, who proved to be there: one that is on is loosened, so
/// that the new card is let into the handset. Every other stays as it is.
pub fn at_swap(state: &State, now: DateTime<Utc>) -> Option<Event> {
    match state {
        State::On { .. } => Some(Event::Suspend { until: now + SWAP_AT_MOST }),
        State::Off | State::Requested { .. } | State::Suspended { .. } | State::Tripped { .. } => {
            None
        }
    }
}

/// What the end of a swap does to a protection: it is tied to the new card, unless it was off; after a swap that was rolled back, what
/// the swap had loosened is as it was. `before` is the state at the swap's start.
pub fn after_swap(before: &State, state: &State, completed: bool) -> Option<Event> {
    if completed {
        return (*state != State::Off).then_some(Event::Rebind);
    }
    let ours = before.kind() == StateKind::On && state.kind() == StateKind::Suspended;
    ours.then_some(Event::Resume)
}

/// Whether a suspension comes back now: its time is over, and no swap runs that it was made for; then it waits for the swap's end.
pub fn is_over(state: &State, swap_open: bool, now: DateTime<Utc>) -> bool {
    match state {
        State::Suspended { until, .. } => !swap_open && *until <= now,
        State::Off | State::Requested { .. } | State::On { .. } | State::Tripped { .. } => false,
    }
}

/// The state after an event.
pub fn step(from: &State, event: &Event) -> Result<State, IllegalMove> {
    let to = match event {
        Event::Request { imei } | Event::Enroll { imei } => {
            (*from == State::Off).then(|| State::Requested { imei: imei.clone() })
        }
        Event::Confirm { imei } => confirmed(from, imei)?,
        Event::Suspend { until } => {
            tied(from, StateKind::On).map(|imei| State::Suspended { imei, until: *until })
        }
        Event::Resume => tied(from, StateKind::Suspended).map(|imei| State::On { imei }),
        Event::Rebind => rebound(from),
        Event::Trip { at } => {
            tied(from, StateKind::On).map(|imei| State::Tripped { imei, at: *at })
        }
        Event::Keep => tied(from, StateKind::Tripped).map(|imei| State::On { imei }),
        Event::Undo => (*from != State::Off).then_some(State::Off),
    };
    to.ok_or(IllegalMove::From { from: from.kind(), done: event.done() })
}

/// The handset of a protection that is in that state.
fn tied(from: &State, kind: StateKind) -> Option<Imei> {
    from.imei().filter(|_| from.kind() == kind).cloned()
}

fn confirmed(from: &State, imei: &Imei) -> Result<Option<State>, IllegalMove> {
    match from {
        State::Requested { imei: Some(named) } if named != imei => Err(IllegalMove::OtherHandset),
        State::Requested { .. } => Ok(Some(State::On { imei: imei.clone() })),
        State::Off | State::On { .. } | State::Suspended { .. } | State::Tripped { .. } => Ok(None),
    }
}

fn rebound(from: &State) -> Option<State> {
    match from {
        State::Off => None,
        // Asked for and not confirmed yet: now of the new card.
        State::Requested { imei } => Some(State::Requested { imei: imei.clone() }),
        State::On { imei } | State::Suspended { imei, .. } | State::Tripped { imei, .. } => {
            Some(State::On { imei: imei.clone() })
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
