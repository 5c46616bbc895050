//! The command as people and programs use it: what it prints, where, and how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod answers;
mod bad_lists;
mod brand;
mod cards;
mod counter;
mod customers;
mod demo;
mod derive;
mod end;
mod filing;
mod keys;
mod law;
mod lists;
mod orders;
mod page;
mod register;
mod sandbox;
mod stage;
mod surface;
mod terminals;
mod waves;
