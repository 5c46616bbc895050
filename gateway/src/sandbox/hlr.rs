//! A real OsmoHLR (Debian's `osmo-hlr`) on a loopback address of its own, with a database of its own.
//!
//! Its three ports are fixed in its source, so that each one that runs needs another address: one of 127.77.0.0/16, held by a
//! lock file across all programs of this machine. A small shell holds the HLR: when we end, in whatever way, so does it.

mod address;

use std::io::{self, BufRead as _, BufReader};
use std::net::IpAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use self::address::Address;

/// What to type when there is none.
const INSTALL: &str =
    "osmo-hlr is missing; install it with: apt-get install -y osmo-hlr libosmocore-utils";
/// How long it may take to start. It takes a tenth of a second on an idle machine.
const START: Duration = Duration::from_secs(30);
/// How many addresses are tried when others listen there without holding the lock.
const ADDRESSES: usize = 8;
/// Holds the HLR, says its process id, and ends it when the pipe from us closes; ends itself when the HLR does.
const GUARD: &str = r#"
exec 3<&0
"$@" </dev/null 2>&1 3<&- &
hlr=$!
echo "guard: process $hlr"
{ read -r _ <&3; kill -KILL "$hlr"; } >/dev/null 2>&1 &
wait "$hlr"
kill "$!"
"#;

/// A running OsmoHLR; dropping it ends it. Its database stays in the folder.
#[derive(Debug)]
pub struct HlrProcess {
    address: Address,
    folder: PathBuf,
    running: Option<Running>,
    log: Arc<Mutex<String>>,
}

#[derive(Debug)]
struct Running {
    guard: Child,
    pid: u32,
    /// Closed, it ends the HLR.
    hold: Option<ChildStdin>,
}

impl HlrProcess {
    /// Starts one whose files are in this folder, and waits until it can be asked. A database that is there is used.
    ///
    /// # Errors
    /// When it is not installed (the message holds the install line) or does not start (the message holds its log).
    pub fn start(folder: &Path) -> io::Result<Self> {
        let version = Command::new("osmo-hlr").arg("--version").stdout(Stdio::null()).status();
        version.map_err(|error| io::Error::new(error.kind(), INSTALL))?;
        let mut failed = io::Error::other("no loopback address is free for an HLR");
        for _ in 0..ADDRESSES {
            let address = Address::hold()?;
            let mut hlr =
                Self { address, folder: folder.to_owned(), running: None, log: Arc::default() };
            match hlr.restart() {
                Ok(()) => return Ok(hlr),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Where CTRL, VTY and GSUP listen.
    pub fn address(&self) -> IpAddr {
        self.address.ip()
    }

    /// Everything it has logged, of all starts.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it at once, as a power failure would. Nothing happens if it is not running.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it again on the same database and address, and waits until it can be asked.
    ///
    /// # Errors
    /// When it does not start; the message holds its log.
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill();
        let config = self.folder.join("hlr.cfg");
        fs::write(&config, configuration(self.address()))?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "guard", "osmo-hlr", "-c"]).arg(&config);
        command.arg("-l").arg(self.folder.join("hlr.db")).arg("-T");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Ctrl-C goes to the whole group of the terminal: the guard must outlive it to end the HLR.
        let mut guard = command.process_group(0).spawn()?;
        let hold = guard.stdin.take();
        let output = guard.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
        let mut running = Running { guard, pid: 0, hold };
        running.pid = self.await_start(output)?;
        self.running = Some(running);
        Ok(())
    }

    /// Lets it do nothing at all until [`HlrProcess::go_on`]; its connections stay open.
    ///
    /// # Errors
    /// When it is not running.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal("STOP")
    }

    /// Ends what [`HlrProcess::freeze`] began.
    ///
    /// # Errors
    /// When it is not running.
    pub fn go_on(&self) -> io::Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> io::Result<()> {
        let pid = self.running.as_ref().map(|running| running.pid.to_string());
        let pid = pid.ok_or_else(|| io::Error::other("the HLR is not running"))?;
        // The shell's own `kill`, which needs no package.
        let script = format!("kill -{name} {pid}");
        let status = Command::new("/bin/sh").args(["-c", &script]).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other("the HLR is gone")) }
    }

    /// Follows its log in a thread, and waits for the two lines that matter here.
    fn await_start(&self, output: ChildStdout) -> io::Result<u32> {
        let (say, heard) = channel();
        let log = Arc::clone(&self.log);
        thread::Builder::new().name("hlr-log".into()).spawn(move || follow(output, &log, &say))?;
        let until = Instant::now() + START;
        let mut pid = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match heard.recv_timeout(left) {
                Ok(Heard::Process(id)) => pid = Some(id),
                Ok(Heard::Ready) => return pid.ok_or_else(|| self.failed()),
                Err(_) => return Err(self.failed()),
            }
        }
    }

    fn failed(&self) -> io::Error {
        io::Error::other(format!("osmo-hlr did not start: {}", self.log().trim()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.hold.take());
        let _status = self.guard.wait();
    }
}

enum Heard {
    Process(u32),
    Ready,
}

fn follow(output: ChildStdout, log: &Mutex<String>, say: &Sender<Heard>) {
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        let heard = if let Some(id) = line.strip_prefix("guard: process ") {
            id.parse().ok().map(Heard::Process)
        } else {
            line.contains("CTRL at 127.").then_some(Heard::Ready)
        };
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_str(&line);
        log.push('\n');
        drop(log);
        // Nobody listens once it has started.
        let _started = heard.map(|heard| say.send(heard));
    }
}

fn configuration(ip: IpAddr) -> String {
    format!(
        "log stderr\n logging filter all 1\n logging color 0\n logging print category 1\n \
         logging timestamp 0\n logging level main notice\nline vty\n bind {ip}\nctrl\n bind {ip}\n\
         hlr\n store-imei\n gsup\n  bind ip {ip}\n"
    )
}
