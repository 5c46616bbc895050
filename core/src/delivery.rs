//! How an attempt and a notice move, and what may still change.
//!
//! Everything learnt about an attempt is a row that is only ever added. An [`AttemptState`] is what those rows amount
//! to, in whatever order they came: receipts overtake results, come twice, or come a week after patience ended.
//! A [`TargetState`] is what a target's attempts amount to, and [`decide`] says what to do about it.

mod attempt;
mod chunk;
mod decide;
mod heard;
mod outcome;
mod rung;
mod standing;
#[cfg(test)]
mod states;
mod tally;
mod target;

pub use attempt::{AttemptState, Event, IllegalMove, Intent};
pub use chunk::ChunkKind;
pub use decide::{Next, Policy, TargetView, decide};
pub use heard::Heard;
pub use outcome::OutcomeKind;
pub use rung::{Rung, RungSet};
pub use standing::Standing;
pub use tally::Tally;
pub use target::{AttemptView, TargetState, Terminal};
