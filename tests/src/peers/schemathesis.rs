//! Schemathesis, from the Python package of that name: reads a description and imagines requests.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Whom to imagine requests of.
#[derive(Debug)]
pub struct Fuzz<'a> {
    /// Where the server is, without the last slash.
    pub url: &'a str,
    /// Headers of every request, `Host` among them.
    pub headers: &'a [(&'a str, &'a str)],
    /// Paths that are left alone.
    pub without: &'a [&'a str],
}

/// Sends requests, the same in each run, and holds every answer against `/api/v1/openapi.json`. How many, and what counts as
/// a fault, is in `peers/schemathesis.toml`. Gives what it says of itself.
///
/// # Errors
/// When it is missing (the message says what to run), or finds an answer that is not described.
pub fn fuzz(fuzz: &Fuzz<'_>) -> Result<String> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = home.join(".venv/bin/python");
    ensure!(
        home.join(".venv/bin/schemathesis").is_file() && python.exists(),
        "the Python package schemathesis is missing; run: scripts/setup.sh test"
    );
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(python);
    // Started by its interpreter: the program of that name holds the path it was installed at.
    command.args(["-m", "schemathesis.cli", "--no-color", "--config-file"]);
    command.arg(home.join("peers/schemathesis.toml")).arg("run");
    for path in fuzz.without {
        command.args(["--exclude-path", path]);
    }
    for (name, value) in fuzz.headers {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    command.args(["--url", fuzz.url]).arg(format!("{}/api/v1/openapi.json", fuzz.url));
    let output = command.current_dir(folder.path()).output().context("starting schemathesis")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}
