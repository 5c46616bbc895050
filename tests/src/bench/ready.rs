//! How long a first visit takes on a slow phone and a slow network, as Chromium pretends them: `ready.mjs`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use simrecall_portal::pages::asset;

use super::report::Side;
use super::{Bench, middle};
use crate::parts::{find, run};

/// How often each page is visited, each time by a browser that keeps nothing.
const ROUNDS: u8 = 5;

/// One visit; milliseconds since the address was typed.
#[derive(Debug, Deserialize)]
struct Visit {
    path: String,
    /// There was something to read.
    read: f64,
    /// The script had run.
    script: f64,
    /// A text could be checked in the browser.
    check: Option<f64>,
    /// What came over the wire.
    bytes: f64,
}

/// The page where people begin, and the page where they check a text, by a server that is running.
pub(super) fn measure(bench: &mut Bench, host: &str, address: SocketAddr, peak: u64) -> Result<()> {
    ensure!(
        asset::named("matcher.js").is_some(),
        "the server has no modules for the browser; run: make bench"
    );
    let node = find("node", &[], "nodejs")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench/ready.mjs");
    let mut command = Command::new(node);
    command.arg(script).env("PORTAL", format!("http://{host}:{}", address.port()));
    command.env("ROUNDS", ROUNDS.to_string());
    let said = run(&mut command).context("Chromium's visits; run: scripts/setup.sh test")?;
    let lines = String::from_utf8(said.stdout)?;
    let visits: Vec<Visit> =
        lines.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("a visit")?;
    for path in ["/ko/", "/ko/real"] {
        let theirs = || visits.iter().filter(|visit| visit.path == path);
        let bytes = middle(theirs().map(|visit| visit.bytes).collect());
        let what =
            format!("{path} at 1.6 Mbit/s, 150 ms, a sixth of the processor, {bytes:.0} bytes");
        let mut note = |name: &str, times: Vec<f64>| {
            if !times.is_empty() {
                bench.report.note(&what, &Side::seconds(name, middle(times) / 1_000.0), peak);
            }
        };
        note("to read", theirs().map(|visit| visit.read).collect());
        note("script has run", theirs().map(|visit| visit.script).collect());
        note("a text can be checked", theirs().filter_map(|visit| visit.check).collect());
    }
    Ok(())
}
