//! One call for an empty database on either backend.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::postgres::Cluster;

/// The two databases every contract is kept on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file in a temporary folder.
    Sqlite,
    /// A database in the test binary's own cluster.
    Postgres,
}

impl Backend {
    /// Both, for tests that loop.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// The URL of an empty database, good for as long as the guard lives.
    ///
    /// # Errors
    /// When the temporary folder or the cluster cannot be made, or PostgreSQL is not installed.
    pub fn fresh(self) -> Result<(String, Guard)> {
        match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir()?;
                Ok((sqlite_url(folder.path()), Guard { folder: Some(folder) }))
            }
            Self::Postgres => Ok((Cluster::shared()?.fresh_database()?, Guard { folder: None })),
        }
    }

    /// The URL of a copy of the database at `url`, which nobody may be using: an older state to come back to.
    ///
    /// # Errors
    /// When the file or the database cannot be copied.
    pub fn copy(self, url: &str) -> Result<(String, Guard)> {
        match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir()?;
                copy_file(Path::new(url.trim_start_matches("sqlite:")), folder.path())?;
                Ok((sqlite_url(folder.path()), Guard { folder: Some(folder) }))
            }
            Self::Postgres => Ok((Cluster::shared()?.copy_database(url)?, Guard { folder: None })),
        }
    }
}

/// Keeps a fresh database in place; its files go when this is dropped.
#[derive(Debug)]
#[must_use = "the database goes away with its guard"]
pub struct Guard {
    folder: Option<TempDir>,
}

impl Guard {
    /// The folder that holds the SQLite file; none on PostgreSQL, whose cluster owns the files.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }
}

/// The URL of the SQLite database `simrecall.db` in `folder`.
pub fn sqlite_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("simrecall.db").display())
}

/// A database file with the log of what was not moved into it yet.
fn copy_file(file: &Path, folder: &Path) -> Result<()> {
    for end in ["", "-wal"] {
        let mut from = file.as_os_str().to_owned();
        from.push(end);
        let to = folder.join(format!("simrecall.db{end}"));
        if end.is_empty() || fs::exists(&from)? {
            fs::copy(&from, &to).with_context(|| format!("copying to {}", to.display()))?;
        }
    }
    Ok(())
}
