//! Swaps on a real OsmoHLR and on both databases: whatever is cut, repeated, frozen or held, the number ends at one card, and never two
//! cards attach.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod back;
mod cost;
mod cut;
mod network;
mod races;
mod stage;
mod watching;
mod whole;
