//! Brings a database to the schema this program was built with.

use diesel::backend::Backend;
use diesel::migration::{Migration as _, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::StoreError;

pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Whether migrations are missing; refuses a database that has more of them than we know.
pub(crate) fn pending<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    known: &EmbeddedMigrations,
) -> Result<bool, StoreError> {
    let ours = MigrationSource::<DB>::migrations(known).map_err(|e| failed(&*e))?;
    let ours: Vec<String> = ours.iter().map(|m| m.name().version().to_string()).collect();
    let applied = harness.applied_migrations().map_err(|e| failed(&*e))?;
    let stranger = applied.iter().map(ToString::to_string).find(|have| !ours.contains(have));
    match stranger {
        Some(version) => Err(StoreError::Newer(version)),
        None => Ok(applied.len() < ours.len()),
    }
}

/// Runs what is missing; the caller holds the lock.
pub(crate) fn run<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    known: EmbeddedMigrations,
) -> Result<(), StoreError> {
    harness.run_pending_migrations(known).map(drop).map_err(|e| failed(&*e))
}

/// Takes every migration back, newest first.
pub(crate) fn revert_all<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    known: EmbeddedMigrations,
) -> Result<(), StoreError> {
    harness.revert_all_migrations(known).map(drop).map_err(|e| failed(&*e))
}

fn failed(error: &(dyn std::error::Error + Send + Sync)) -> StoreError {
    let message = error.to_string();
    if message.contains("database is locked") {
        StoreError::Busy
    } else {
        StoreError::Migration(message)
    }
}
