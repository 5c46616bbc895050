//! One step in a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use simrecall_engine::sample::SamplePlan;

use super::{derive, inserts, load, machine, mail, portal, pump, say, send, spring, world};
use crate::tables::Tables;

/// What a process is started for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Step {
    /// Makes an installation and imports a sample into it.
    Import { home: PathBuf, store: String, people: u64 },
    /// Plans, signs and releases its wave.
    Plan { home: PathBuf },
    /// Sends the wave.
    Send { home: PathBuf },
    /// Writes the rows of a send without its rules.
    Inserts { store: String, messages: u64, group: u64 },
    /// Pushes encoded messages through one connection.
    Pump { address: String, messages: u64, octets: usize },
    /// Loads generated rows.
    Load { home: PathBuf, store: String, people: u64 },
    /// Sends mails.
    Mail { address: String, mails: u64, connections: u8, built: Built },
    /// Makes an installation with a registry, and the network's records.
    Records { home: PathBuf, store: String, plan: Box<SamplePlan> },
    /// Derives who was exposed.
    Derive { home: PathBuf, tables: Tables },
    /// Takes another engine's answer in, after a derivation.
    Compare { home: PathBuf, answer: PathBuf },
    /// Lives through a spring in which cards are scarce.
    Spring { home: PathBuf, store: String, lines: u64, picture: PathBuf },
    /// Is a short message centre until its input ends.
    Smsc { log: PathBuf },
    /// Serves the pages until its input ends.
    Portal { home: PathBuf },
}

/// When mails are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Built {
    /// Before the clock starts: only the wire is measured, as `smtp-source` sends one message it made once.
    Before,
    /// Each when its turn comes, as the sender does.
    Then,
}

/// What a step came to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Seconds, by what took them.
    pub(super) seconds: BTreeMap<String, f64>,
    /// How many of what.
    pub(super) counts: BTreeMap<String, u64>,
    /// Where the records are.
    pub(super) tables: Option<Tables>,
    /// The most memory the process had, in KiB.
    pub(super) peak_kib: u64,
}

impl Measured {
    /// Notes how long something took.
    pub(super) fn took(&mut self, what: &str, since: std::time::Instant) {
        self.seconds.insert(what.to_owned(), since.elapsed().as_secs_f64());
    }

    /// Notes how many there were.
    pub(super) fn count(&mut self, what: &str, count: u64) {
        self.counts.insert(what.to_owned(), count);
    }

    /// How long something took.
    pub(super) fn seconds(&self, what: &str) -> Result<f64> {
        self.seconds.get(what).copied().with_context(|| format!("{what} was not timed"))
    }

    /// How many there were.
    pub(super) fn counted(&self, what: &str) -> Result<u64> {
        self.counts.get(what).copied().with_context(|| format!("{what} was not counted"))
    }
}

/// Runs a step to its end in a process of its own. `overrides` go over the installation's configuration.
pub(super) fn run(step: &Step, overrides: &[(&str, &str)]) -> Result<Measured> {
    let mut child = spawn(step, overrides)?;
    drop(child.stdin.take());
    let mut said = String::new();
    child.stdout.take().context("a step without output")?.read_to_string(&mut said)?;
    let status = child.wait()?;
    let last = said.lines().last().unwrap_or_default();
    ensure!(status.success(), "{step:?} ended with {status}: {last}");
    serde_json::from_str(last).with_context(|| format!("{step:?} said {last}"))
}

/// A server in a process of its own; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    /// What it said first: where it listens.
    pub(super) address: String,
}

impl Server {
    /// Starts one and waits until it says where it listens.
    pub(super) fn start(step: &Step) -> Result<Self> {
        let mut child = spawn(step, &[])?;
        let input = child.stdin.take();
        let mut output: BufReader<ChildStdout> =
            BufReader::new(child.stdout.take().context("a server without output")?);
        let mut address = String::new();
        output.read_line(&mut address)?;
        ensure!(!address.trim().is_empty(), "{step:?} did not start");
        Ok(Self { child, input, address: address.trim().to_owned() })
    }
}

impl Server {
    /// The most memory it has had so far.
    pub(super) fn peak_kib(&self) -> Result<u64> {
        machine::peak_kib_of(&self.child.id().to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _status = self.child.wait();
    }
}

/// The other side: carries a step out and says what it came to.
pub(super) fn carry_out(step: &Step) -> Result<()> {
    let mut measured = match step {
        Step::Import { home, store, people } => world::import(home, store, *people)?,
        Step::Plan { home } => world::plan(home)?,
        Step::Send { home } => send::send(home)?,
        Step::Inserts { store, messages, group } => inserts::insert(store, *messages, *group)?,
        Step::Pump { address, messages, octets } => pump::pump(address, *messages, *octets)?,
        Step::Load { home, store, people } => load::load(home, store, *people)?,
        Step::Mail { address, mails, connections, built } => {
            mail::send(address, *mails, *connections, *built)?
        }
        Step::Records { home, store, plan } => derive::make(home, store, plan)?,
        Step::Derive { home, tables } => derive::derive(home, tables)?,
        Step::Compare { home, answer } => derive::compare(home, answer)?,
        Step::Spring { home, store, lines, picture } => spring::run(home, store, *lines, picture)?,
        Step::Smsc { log } => return send::serve(log),
        Step::Portal { home } => return portal::serve_people(home),
    };
    measured.peak_kib = machine::peak_kib()?;
    say(&serde_json::to_string(&measured)?);
    Ok(())
}

fn spawn(step: &Step, overrides: &[(&str, &str)]) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--step").arg(serde_json::to_string(step)?);
    command.envs(overrides.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().context("starting a step")
}
