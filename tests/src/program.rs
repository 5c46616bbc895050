//! The `simrecall` command itself, for tests that run it, watch it and kill it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};

use crate::parts::run;

/// The path of the command, built from the sources as they are: a stale one would test yesterday.
///
/// # Errors
/// When it does not build; the message holds the compiler's words.
pub fn simrecall() -> Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build(&[]).map_err(|error| format!("{error:#}")));
    built.as_deref().map_err(|error| anyhow!("{error}"))
}

/// Builds the command with more of cargo's own words, such as `--features`, and returns its path; the next build without them
/// takes its place, so copy what must stay.
///
/// # Errors
/// As [`simrecall`].
pub fn build(words: &[&str]) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the tests have no folder above")?;
    let mut command = Command::new(cargo);
    let folder = folder_of_programs()?;
    // The same members and features as the run of the tests has, so that nothing is compiled a second time.
    command.args(["build", "--locked", "--quiet", "--all-features"]).args(words);
    // Built as this test was: cargo names the folder after the profile, but for the one called dev.
    if let Some(profile) = folder.file_name().filter(|name| *name != "debug") {
        command.arg("--profile").arg(profile);
    }
    run(command.current_dir(root)).context("building the simrecall command")?;
    Ok(folder.join("simrecall"))
}

/// A test binary lies in `deps`, beside which cargo puts the programs.
fn folder_of_programs() -> Result<PathBuf> {
    let this = env::current_exe()?;
    let deps = this.parent().context("a test binary without a folder")?;
    Ok(deps.parent().context("a test binary outside of cargo's target folder")?.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_built_and_runs() {
        let output = run(Command::new(simrecall().unwrap()).arg("--help")).unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("simrecall"));
    }
}
