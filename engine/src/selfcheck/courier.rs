//! Takes codes to the network in the background, so that a request never waits for it and its time says nothing.
//!
//! The queue is in memory: it holds addresses and codes, which have no business on a disk, and a code lives for minutes. Whoever
//! lost theirs in a crash asks again.

mod queue;
mod run;

pub(crate) use queue::{Letter, Queue};
pub use run::run;
