//! A real OsmoHLR: every call of ours, and what it does by itself that a swap has to know.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod attach;
mod calls;
mod doubt;
mod facts;
mod stage;
