//! A sender in a process of its own, so that it can be killed.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};

use simrecall_tests::program;

use super::{Network, Stage, wait_until};

/// `simrecall wave send` that runs. Dropping it kills it.
pub(crate) struct Sending {
    child: Child,
    log: std::path::PathBuf,
}

impl Sending {
    /// Starts it; what it says goes into the stage's log folder, its temporary files into another.
    pub(crate) fn start(stage: &Stage) -> Self {
        Self::verb(stage, &["wave", "send", &stage.wave.0.to_string()])
    }

    /// Starts any verb.
    pub(crate) fn verb(stage: &Stage, words: &[&str]) -> Self {
        let logs = stage.folder.path().join("logs");
        let temporary = stage.folder.path().join("temporary");
        for folder in [&logs, &temporary] {
            fs::create_dir_all(folder).unwrap();
        }
        let log = logs.join("simrecall.log");
        let out = File::options().append(true).create(true).open(&log).unwrap();
        let child = Command::new(program::simrecall().unwrap())
            .arg("--home")
            .arg(stage.dir())
            .arg("-vv")
            .args(words)
            .env("TMPDIR", temporary)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// Kills it as soon as so many messages have arrived at the SMSC.
    pub(crate) fn kill_at(mut self, network: &Network, submits: u64) {
        wait_until("a sender to submit", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended too early, {status}: {}", self.said());
            }
            network.submits() >= submits
        });
        // SIGKILL: it has no chance to put anything in order.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it run to its end, which must be a good one.
    pub(crate) fn finish(mut self) {
        let mut ended = None;
        wait_until("a sender to finish", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        assert!(ended.unwrap().success(), "{}", self.said());
    }

    fn said(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap();
        let from = text.len().saturating_sub(3_000);
        text.get(from..).unwrap_or(&text).to_owned()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        // It has ended already, unless a test failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
