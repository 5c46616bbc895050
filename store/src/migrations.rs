//! Brings a database to the schema this program was built with.

use diesel::RunQueryDsl as _;
use diesel::backend::Backend;
use diesel::migration::{Migration as _, MigrationSource};
use diesel::query_builder::SqlQuery;
use diesel::query_dsl::LoadQuery;
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

/// Whether there is a list of migrations.
#[derive(diesel::QueryableByName)]
pub(crate) struct IsThere {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_there: bool,
}

/// A migration that was applied.
#[derive(diesel::QueryableByName)]
pub(crate) struct Applied {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

/// Refuses a schema that is not exactly the one we know. It reads the list of migrations and nothing else: asking Diesel for it would
/// make the table where there is none.
pub(crate) fn check<C>(
    conn: &mut C,
    known: &EmbeddedMigrations,
    is_migrated: &str,
) -> Result<(), StoreError>
where
    C: diesel::connection::LoadConnection,
    C::Backend: 'static,
    for<'q> SqlQuery: LoadQuery<'q, C, IsThere> + LoadQuery<'q, C, Applied>,
{
    let there: Vec<IsThere> = diesel::sql_query(is_migrated).load(conn)?;
    if !there.iter().any(|found| found.is_there) {
        return Err(StoreError::NoSchema);
    }
    let list = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    let applied: Vec<Applied> = diesel::sql_query(list).load(conn)?;
    let ours = MigrationSource::<C::Backend>::migrations(known).map_err(|e| failed(&*e))?;
    let mut ours: Vec<String> = ours.iter().map(|m| m.name().version().to_string()).collect();
    ours.sort_unstable();
    if let Some(stranger) = applied.iter().find(|have| !ours.contains(&have.version)) {
        return Err(StoreError::Newer(stranger.version.clone()));
    }
    let newest = |versions: Option<&String>| versions.cloned().unwrap_or_default();
    if applied.len() < ours.len() {
        let found = newest(applied.last().map(|last| &last.version));
        return Err(StoreError::Older { found, needed: newest(ours.last()) });
    }
    Ok(())
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
