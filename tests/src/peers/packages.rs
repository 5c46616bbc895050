//! Peers that run under node, and the packages they need.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::parts::{find, run};

/// A command that runs one of `peers/`, with the npm package it needs, if any, in place.
///
/// The packages are pinned by `package-lock.json`; a clone has them after `make setup`.
///
/// # Errors
/// When node or the package is missing; the message says what to run.
pub(super) fn node(peer: &str, package: Option<&str>) -> Result<Command> {
    let program = find("node", &[], "nodejs npm")?;
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Some(package) = package {
        install(home, package)?;
    }
    let mut node = Command::new(program);
    node.arg(home.join("peers").join(peer)).current_dir(home);
    Ok(node)
}

fn install(home: &Path, package: &str) -> Result<()> {
    let there: PathBuf = home.join("node_modules").join(package).join("package.json");
    if there.is_file() {
        return Ok(());
    }
    let npm = find("npm", &[], "npm")?;
    let done = run(Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(home));
    done.map(drop)
        .with_context(|| format!("the npm package {package} is missing; run `make setup`"))
}
