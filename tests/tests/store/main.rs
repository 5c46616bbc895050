//! The store's contract: the same tests on SQLite and on PostgreSQL.

mod cohort;
mod immutable;
mod incident;
mod journal;
mod ledger;
mod ledger_random;
mod ledger_stage;
mod migrations;
mod registry;
mod sharing;
mod stage;
