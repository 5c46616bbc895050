//! The agency's page and whoever follows its orders, each as a program of its own.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simrecall_tests::office::{Desk, Office};
use simrecall_tests::peers::{Authenticator, Browser};

/// Longer than anything here takes: whoever was killed while it worked at a swap holds it for a minute.
const LONG: Duration = Duration::from_mins(3);

/// A program that runs until the test ends.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Asks it to end, and says how it did.
    pub(crate) fn stop(&mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.0.wait().unwrap().code()
    }
}

/// `serve --surface agency`, and where it listens.
pub(crate) struct Surface {
    pub(crate) program: Running,
    pub(crate) listen: SocketAddr,
    pub(crate) ops: String,
}

/// Serves staff on ports that are free.
pub(crate) fn serve_staff(mut command: Command) -> Surface {
    command.args(["serve", "--surface", "agency"]);
    command.args(["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let program = Running(child);
    let mut next = |before: &str| {
        let line = lines.next().unwrap().unwrap();
        line.trim_start().strip_prefix(before).unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    next("the agency's page: ");
    let listen = next("listening on ").parse().unwrap();
    let ops = next("health and figures: http://");
    let ops = ops.strip_suffix("/metrics").unwrap().to_owned();
    Surface { program, listen, ops }
}

/// A program whose words on a stream are read as they come.
pub(crate) struct Words(Arc<Mutex<String>>);

impl Words {
    /// Reads what a program says until it ends.
    pub(crate) fn of(stream: impl std::io::Read + Send + 'static) -> Self {
        let said: Arc<Mutex<String>> = Arc::default();
        let all = Arc::clone(&said);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                writeln!(all.lock().unwrap(), "{line}").unwrap();
            }
        });
        Self(said)
    }

    pub(crate) fn all(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn until(&self, words: &str) -> String {
        until(|| self.all().contains(words), &format!("{words:?} in {}", self.all()));
        self.all()
    }
}

/// `swap run --follow`, and what it remarks.
pub(crate) fn follow(mut command: Command) -> (Running, Words) {
    command.args(["swap", "run", "--follow", "--workers", "2"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let said: ChildStderr = child.stderr.take().unwrap();
    let words = Words::of(said);
    let program = Running(child);
    words.until("following what clerks order");
    (program, words)
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(mut is_so: impl FnMut() -> bool, what: &str) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < LONG, "it did not come to {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A browser at a shop's counter that nobody knows.
pub(crate) fn browser(site: &str) -> Desk {
    let browser = Browser::new(site).unwrap();
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Desk { browser, passkey: Authenticator::default(), from }
}

/// Brings a browser's key with the code a command said; what the page shows.
pub(crate) fn bring_key(office: &Office, desk: &mut Desk, code: &Value) -> Value {
    office.post(desk, "/api/terminal", &json!({ "code": code })).unwrap().json()
}
