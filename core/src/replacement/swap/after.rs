//! What to do when a command did not succeed.

use super::{Direction, Truth};

/// So many looks at which the same command was due are enough for a ticket.
pub const LOOKS: u32 = 5;

/// How a command failed. What succeeded is [`Truth::after`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// The register said no: surely not done.
    Refused,
    /// Silence, or a connection that was cut: done or not.
    Unknown,
}

/// How a swap goes on after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Course {
    /// Look at the truth anew, and go on as before.
    Look,
    /// Turn back, then look at the truth anew.
    TurnBack,
    /// Leave it to a person, with [`super::Reason::NoProgress`].
    Ticket,
}

/// What to do now. `looks` counts the looks in a row at which this command was due, this one included; another command is progress,
/// and starts again from 1. Whoever meets [`super::Next::TurnBack`] turns back without asking here.
///
/// A refusal before the pivot turns back: nothing was lost yet, and the old card works again. After the pivot, and on the way back,
/// the only way out is through. What is not known is looked at, never guessed.
pub fn after_failure(direction: Direction, truth: &Truth, answer: Answer, looks: u32) -> Course {
    if looks >= LOOKS {
        return Course::Ticket;
    }
    match (direction, answer) {
        (Direction::Forward, Answer::Refused) if !truth.is_past_pivot() => Course::TurnBack,
        (Direction::Forward | Direction::Back, Answer::Refused | Answer::Unknown) => Course::Look,
    }
}
