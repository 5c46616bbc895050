//! Schemathesis, from the Python package of that name: reads a description and imagines requests.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// What is found not to be a fault: an operation that refuses a document of the right shape, such as a code nobody sent.
const EXCEPT: &str = "positive_data_acceptance";

/// What to imagine requests for.
#[derive(Debug)]
pub struct Fuzz<'a> {
    /// Where the server is, without the last slash.
    pub url: &'a str,
    /// Headers of every request, `Host` among them.
    pub headers: &'a [(&'a str, &'a str)],
    /// Paths that are left alone.
    pub without: &'a [&'a str],
    /// Where chance begins.
    pub seed: u32,
    /// How many requests for each operation.
    pub examples: u32,
}

/// Sends requests and holds every answer against `/api/v1/openapi.json`.
///
/// # Errors
/// When it is missing (the message says what to run), or finds an answer that is not described.
pub fn fuzz(fuzz: &Fuzz<'_>) -> Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = home.join(".venv/bin/schemathesis");
    ensure!(program.is_file(), "the Python package schemathesis is missing; run `make setup`");
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(program);
    command.args(["run", "--no-color", "--continue-on-failure", "--exclude-checks", EXCEPT]);
    command.args(["--generation-deterministic", "--generation-database", "none"]);
    command.args(["--seed", &fuzz.seed.to_string(), "--max-examples", &fuzz.examples.to_string()]);
    // Less than the server takes of one network, so that it is not that which refuses.
    command.args(["--rate-limit", "45/s"]);
    for path in fuzz.without {
        command.args(["--exclude-path", path]);
    }
    for (name, value) in fuzz.headers {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    command.args(["--url", fuzz.url]).arg(format!("{}/api/v1/openapi.json", fuzz.url));
    let output = command.current_dir(folder.path()).output().context("starting schemathesis")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}
