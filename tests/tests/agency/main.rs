//! The agency's surface, asked in process: who works there, and from where.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod again;
mod approvals;
mod counter;
mod cut;
mod door;
mod figures;
mod fraud;
mod limits;
mod looks;
mod matrix;
mod orders;
mod shop;
mod staff;
mod stage;
mod visitor;
mod words;
