//! Which facts are true of which line, in which revision.

mod facts;
mod revision;

pub use facts::{FactSet, Item, ItemSet, ParseItemError};
pub use revision::{Diff, Exposure, OutOfOrder, RevisionHash, RevisionHasher};
