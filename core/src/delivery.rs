//! How an attempt and a notice move, and what may still change.

mod rung;
mod outcome;

pub use outcome::OutcomeKind;
pub use rung::Rung;
