//! Programs of other people that the tests run, and how to get each of them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// The path of `program`, looked for in `PATH` and then in `also`; `package` is what Debian calls its home.
pub(crate) fn find(program: &str, also: &[PathBuf], package: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(also.iter().cloned())
        .map(|folder| folder.join(program))
        .find(|file| fs::metadata(file).is_ok_and(|meta| meta.is_file()))
        .with_context(|| {
            format!("{program} is missing; install it with: apt-get install -y {package}")
        })
}

/// Runs a command to its end and returns its output; a failure carries what it said on stderr.
pub(crate) fn run(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {name}"))?;
    if !output.status.success() {
        bail!(
            "{name} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(output)
}
