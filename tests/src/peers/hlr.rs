//! Debian's OsmoHLR with files of its own, for one test.

use std::ops::{Deref, DerefMut};

use anyhow::{Context, Result};
use simrecall_gateway::sandbox::hlr::HlrProcess;
use tempfile::TempDir;

/// A running OsmoHLR; dropping it ends it and removes its files.
#[derive(Debug)]
pub struct HlrServer {
    // Ends before its folder goes.
    process: HlrProcess,
    _folder: TempDir,
}

impl HlrServer {
    /// Starts one with an empty database on a loopback address of its own.
    ///
    /// # Errors
    /// When `osmo-hlr` is not installed (the message holds the install line) or does not start.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let process = HlrProcess::start(folder.path()).context("starting an OsmoHLR")?;
        Ok(Self { process, _folder: folder })
    }
}

impl Deref for HlrServer {
    type Target = HlrProcess;

    fn deref(&self) -> &HlrProcess {
        &self.process
    }
}

impl DerefMut for HlrServer {
    fn deref_mut(&mut self) -> &mut HlrProcess {
        &mut self.process
    }
}
