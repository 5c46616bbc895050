//! Postfix's `smtp-sink`: a mail server that takes everything and keeps it in files.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, process, thread};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::account::Unprivileged;
use crate::parts::find;

/// How often a start is tried again when somebody else took the port that was free a moment before.
const PORT_TRIES: u32 = 5;
/// How many lines the sink's own `Received` header has.
const RECEIVED_LINES: usize = 3;

/// A running `smtp-sink` on a loopback port; dropping it ends it.
#[derive(Debug)]
pub struct SmtpSink {
    guard: Child,
    address: SocketAddr,
    folder: TempDir,
}

/// One mail as the sink kept it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The argument of `MAIL FROM`, with its angle brackets and parameters.
    pub from: String,
    /// The arguments of `RCPT TO`.
    pub to: Vec<String>,
    /// Header and body as received, lines ended by `\n`.
    pub message: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("recipients", &self.to.len())
            .field("bytes", &self.message.len())
            .finish_non_exhaustive()
    }
}

impl SmtpSink {
    /// A sink that keeps every mail in a file of its own.
    ///
    /// # Errors
    /// When postfix is not installed (the message holds the install line) or the sink does not start.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// The same with more of `smtp-sink`'s own options, such as `-r RCPT` (soft refusals) or `-p` (no pipelining).
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(options: &[&str]) -> Result<Self> {
        let program = find("smtp-sink", &["/usr/sbin".into()], "postfix")?;
        for _ in 0..PORT_TRIES {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let folder = tempfile::tempdir()?;
            let guard = spawn(&program, folder.path(), address, options)?;
            let sink = Self { guard, address, folder };
            if answers(address) {
                return Ok(sink);
            }
        }
        bail!("smtp-sink did not start on any of {PORT_TRIES} loopback ports")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every mail it has taken so far, in no particular order; one that is still arriving is left out.
    ///
    /// # Errors
    /// When its files cannot be read.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        let mut mails = Vec::new();
        for entry in fs::read_dir(self.folder.path())? {
            let kept = fs::read(entry?.path())?;
            mails.extend(parse(&String::from_utf8_lossy(&kept)));
        }
        Ok(mails)
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _status = self.guard.wait();
    }
}

/// The sink knows nothing of our end, so a shell holds it: it ends the sink when the pipe from us closes.
fn spawn(program: &Path, folder: &Path, address: SocketAddr, options: &[&str]) -> Result<Child> {
    const SCRIPT: &str = r#""$@" & sink=$!; read -r _; kill "$sink"; wait "$sink""#;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SCRIPT, "guard"]).arg(program).args(["-m", "512"]).args(options);
    command.args(["-h", &host_name(address)]).arg("-d").arg(folder.join("mail."));
    // Started by root it wants another user to become, who then writes the files.
    let user = Unprivileged::choose(&["nobody"])?;
    user.give(folder)?;
    command.args(user.name().map(|name| ["-u", name]).into_iter().flatten());
    command.arg(address.to_string()).arg("1024");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C goes to the whole group of the terminal: the guard must outlive it to end the sink.
    command.process_group(0).spawn().context("starting smtp-sink")
}

/// The name in the greeting, by which we know our own sink from a stranger on the same port.
fn host_name(address: SocketAddr) -> String {
    format!("sink-{}-{}.test", process::id(), address.port())
}

/// Waits for the sink's own greeting; false when it does not come.
fn answers(address: SocketAddr) -> bool {
    let greeted = || {
        let mut line = String::new();
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
        BufReader::new(stream).read_line(&mut line).ok()?;
        Some(line.contains(&host_name(address)))
    };
    for _ in 0..200 {
        if let Some(ours) = greeted() {
            return ours;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// The sink writes its own `X-…-Args` lines, three `Received` lines, what came over the wire, and an empty line at the end.
fn parse(kept: &str) -> Option<Mail> {
    let (head, rest) = kept.strip_suffix("\n\n")?.split_once("\nReceived: ")?;
    let argument =
        |name: &'static str| head.lines().filter_map(move |line| line.strip_prefix(name));
    let own: usize = rest.split_inclusive('\n').take(RECEIVED_LINES).map(str::len).sum();
    Some(Mail {
        from: argument("X-Mail-Args: ").next()?.to_owned(),
        to: argument("X-Rcpt-Args: ").map(str::to_owned).collect(),
        message: format!("{}\n", rest.get(own..)?),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn say(stream: &mut BufReader<TcpStream>, line: &str) -> String {
        stream.get_mut().write_all(line.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_line(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_mail_arrives_as_it_was_sent() {
        let sink = SmtpSink::start().unwrap();
        let mut stream = BufReader::new(TcpStream::connect(sink.address()).unwrap());
        assert!(say(&mut stream, "").starts_with("220 "));
        assert!(say(&mut stream, "HELO test\r\n").starts_with("250 "));
        assert!(say(&mut stream, "MAIL FROM:<a@example.test>\r\n").starts_with("250 "));
        assert!(say(&mut stream, "RCPT TO:<b@example.test>\r\n").starts_with("250 "));
        assert!(say(&mut stream, "DATA\r\n").starts_with("354 "));
        assert!(say(&mut stream, "Subject: hi\r\n\r\nbody\r\n.\r\n").starts_with("250 "));
        let [mail] = sink.mails().unwrap().try_into().unwrap();
        assert_eq!(
            (mail.from.as_str(), mail.to.as_slice()),
            ("<a@example.test>", ["<b@example.test>".to_owned()].as_slice())
        );
        assert_eq!(mail.message, "Subject: hi\n\nbody\n");
    }

    #[test]
    fn options_reach_the_sink() {
        let sink = SmtpSink::start_with(&["-r", "RCPT"]).unwrap();
        let mut stream = BufReader::new(TcpStream::connect(sink.address()).unwrap());
        say(&mut stream, "");
        say(&mut stream, "HELO test\r\n");
        say(&mut stream, "MAIL FROM:<a@example.test>\r\n");
        assert!(say(&mut stream, "RCPT TO:<b@example.test>\r\n").starts_with("450 "));
        assert!(sink.mails().unwrap().is_empty());
    }
}
