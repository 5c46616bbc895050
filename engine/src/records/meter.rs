//! How far the reading is.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::problem::{self, Result};

/// What progress is drawn from, while other threads read.
#[derive(Debug, Default)]
pub struct Meter {
    read: AtomicU64,
    rows: AtomicU64,
    in_all: u64,
}

impl Meter {
    /// For reading these files, of whatever kind, once.
    pub fn of(files: &[PathBuf]) -> Result<Self> {
        let mut meter = Self::default();
        for path in files {
            let found = fs::metadata(path).map_err(|error| problem::file(path, error))?;
            meter.in_all += found.len();
        }
        Ok(meter)
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes there are to read.
    pub const fn bytes_in_all(&self) -> u64 {
        self.in_all
    }

    /// Rows seen so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}
