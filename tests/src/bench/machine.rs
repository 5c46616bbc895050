//! The machine a measurement was made on.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::parts::run;

/// How often the disk is asked to sync.
const SYNCS: u32 = 50;

/// What to know about it before believing a figure.
pub(super) fn lines(folder: &Path) -> Result<Vec<String>> {
    let cpus = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name")?;
    let memory = field("/proc/meminfo", "MemTotal")?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let versions = [("sqlite3", "--version"), ("psql", "--version")]
        .into_iter()
        .map(|(program, word)| version(program, word))
        .collect::<Result<Vec<_>>>()?;
    Ok(vec![
        format!("machine   {cpus} × {model}, {memory} memory, Linux {}", kernel.trim()),
        format!("load      {} before the start (1, 5, 15 minutes)", load.trim()),
        format!("disk      {:.2} ms for a write of 4 KiB and fdatasync", sync_millis(folder)?),
        format!("tools     sqlite3 {} · {}", short(&versions, 0), short(&versions, 1)),
    ])
}

/// The most memory this process has had.
pub(super) fn peak_kib() -> Result<u64> {
    peak_kib_of("self")
}

/// The most memory another process has had, by its id.
pub(super) fn peak_kib_of(process: &str) -> Result<u64> {
    let peak = field(&format!("/proc/{process}/status"), "VmHWM")?;
    let number = peak.split_whitespace().next().context("VmHWM is empty")?;
    Ok(number.parse()?)
}

fn field(file: &str, name: &str) -> Result<String> {
    let text = fs::read_to_string(file)?;
    let found = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    });
    found.with_context(|| format!("{file} has no {name}"))
}

fn version(program: &str, word: &str) -> Result<String> {
    let output = run(Command::new(program).arg(word))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn short(versions: &[String], at: usize) -> &str {
    let text = versions.get(at).map(String::as_str).unwrap_or_default();
    if at == 0 { text.split(' ').next().unwrap_or_default() } else { text }
}

fn sync_millis(folder: &Path) -> Result<f64> {
    use std::io::Write as _;
    let mut file = tempfile::tempfile_in(folder)?;
    let began = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    Ok(began.elapsed().as_secs_f64() * 1_000.0 / f64::from(SYNCS))
}
