//! Which facts are true of which line, in which revision.

mod certainty;
mod facts;
mod revision;

pub use certainty::{Certainty, ParseCertaintyError};
pub use facts::{FactSet, Item, ItemSet, ParseItemError};
pub use revision::{Diff, Exposure, OutOfOrder, RevisionHash, RevisionHasher};
