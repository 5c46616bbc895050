//! How an entry becomes a leaf, and leaves a tree.

mod frontier;
mod leaf;

pub use frontier::{Frontier, ParseFrontierError};
pub use leaf::{Leaf, LeafHash};
