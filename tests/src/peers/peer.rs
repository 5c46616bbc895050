//! A server that runs under node, with its log.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;

use super::packages;

/// A running server on a loopback port; dropping it ends it.
#[derive(Debug)]
pub(super) struct Peer {
    node: Child,
    address: SocketAddr,
    folder: TempDir,
}

#[derive(Serialize)]
struct Settings<'a, S> {
    log: PathBuf,
    #[serde(flatten)]
    options: &'a S,
}

impl Peer {
    /// Starts one of `peers/`, which says its port on its first line.
    pub(super) fn start(
        script: &str,
        package: Option<&str>,
        options: &impl Serialize,
    ) -> Result<Self> {
        let mut node = packages::node(script, package)?;
        let folder = tempfile::tempdir()?;
        let settings = Settings { log: folder.path().join("log.jsonl"), options };
        let mut node = node
            .arg(serde_json::to_string(&settings)?)
            // The peer ends when this pipe closes, however the test ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let port = first_line(&mut node)?;
        let port = port.parse().with_context(|| format!("{script} did not name its port"))?;
        Ok(Self { node, address: (Ipv4Addr::LOCALHOST, port).into(), folder })
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A folder that goes when the peer goes.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Its log: one JSON object a line, written before the network hears of the event.
    pub(super) fn log_file(&self) -> PathBuf {
        self.folder.path().join("log.jsonl")
    }

    /// What it has logged so far.
    pub(super) fn events<E: DeserializeOwned>(&self) -> Result<Vec<E>> {
        let text = fs::read_to_string(self.log_file()).context("reading a peer's log")?;
        // The last line may be half written while the peer runs.
        let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
        let lines = whole.lines();
        lines
            .map(|line| serde_json::from_str(line).context("an odd line in a peer's log"))
            .collect()
    }

    /// Tells it how to behave from now on.
    pub(super) fn steer(&self, how: &Value) -> Result<()> {
        let answer = ureq::post(format!("http://{}/peer", self.address))
            .header("content-type", "application/json")
            .send(how.to_string())?;
        ensure!(answer.status() == 204, "the peer did not understand: {}", answer.status());
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.node.stdin.take());
        let _status = self.node.wait();
    }
}

fn first_line(child: &mut Child) -> Result<String> {
    let stdout = child.stdout.take().context("the peer has no stdout")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
