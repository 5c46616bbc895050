//! Style is a test: what a reader could check by hand is checked here, over every file of the tree.

// `cfg(test)` tells clippy that everything inside may unwrap.
#[cfg(test)]
mod tidy {
    mod members;
    mod names;
    mod text;
    mod tree;
}
