//! The store's contract: the same tests on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]
#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of `Tx<'_>` is not general enough to stand for the closure"
)]

mod access;
mod benefits;
mod cards;
mod cases;
mod claims;
mod cohort;
mod country;
mod customers;
mod derivation;
mod end;
mod figures;
mod filing;
mod immutable;
mod incident;
mod journal;
mod law;
mod law_stage;
mod ledger;
mod ledger_random;
mod ledger_stage;
mod migrations;
mod pages;
mod people;
mod places;
mod portal_role;
mod registry;
mod replacement_stage;
mod sharing;
mod stage;
mod stock_random;
mod swaps;
mod terminal_role;
mod visit;
mod words;
