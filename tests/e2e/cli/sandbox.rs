//! A network on loopback for a home to talk to.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::stage::Stage;

/// The sandbox as a program of its own, until the test ends.
pub(crate) struct Sandbox(Child);

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a sandbox and points the home's routes at it.
pub(crate) fn sandbox(stage: &Stage) -> Sandbox {
    let dir = stage.text_path("sandbox");
    let mut command =
        stage.command(&["sandbox", "--dir", &dir, "--smsc-port", "0", "--mail-port", "0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let sandbox = Sandbox(child);
    let mut address = || {
        let line = lines.next().unwrap().unwrap();
        line.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).unwrap().to_owned()
    };
    stage.configure("127.0.0.1:2775", &address());
    stage.configure("127.0.0.1:2525", &address());
    stage.configure("starttls = \"required\"", "starttls = \"none\"");
    stage.write("smsc.password", "sandbox\n");
    sandbox
}
