//! Mails through our sender, and through Postfix's `smtp-source`, to the same `smtp-sink`.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use simrecall_engine::Clock;
use simrecall_gateway::mail::{self, Mail, MailParts, MailSettings};
use simrecall_gateway::{Event, Outcome, Submission};

use super::child::{self, Built, Measured, Step};
use super::report::{Goal, Side};
use super::{Bench, middle, real};
use crate::account::Unprivileged;
use crate::parts::{find, run};

const MAILS: u32 = 20_000;
/// How often each is measured.
const ROUNDS: usize = 5;
/// Connections at once, on both sides.
const CONNECTIONS: [u8; 2] = [1, 8];

/// Sends the same number of mails of the same size with both, in turns; the middle of all rounds counts, since a second
/// of somebody else's work shows in a run this short.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let mails = bench.scaled(MAILS);
    let octets = built(0)?.bytes().len();
    for connections in CONNECTIONS {
        let (mut wire, mut whole, mut theirs, mut peak_kib) = (vec![], vec![], vec![], 0);
        for _ in 0..ROUNDS {
            let sink = Sink::start()?;
            for (built, seconds) in [(Built::Before, &mut wire), (Built::Then, &mut whole)] {
                let address = sink.address.clone();
                let sent = child::run(&Step::Mail { address, mails, connections, built }, &[])?;
                seconds.push(sent.seconds("mail")?);
                peak_kib = sent.peak_kib;
            }
            theirs.push(source(&sink.address, mails, connections, octets)?);
        }
        let rate = |seconds| real(mails) / middle(seconds);
        let theirs = Side::rate("smtp-source -d", rate(theirs));
        let what = format!("{mails} mails of {octets} octets, {connections} connection(s)");
        let ours = Side::rate("the same mails", rate(wire));
        bench.report.compare(&what, (&ours, &theirs), Goal::AtLeast(2.0), peak_kib);
        let ours = Side::rate("each put together on its way", rate(whole));
        bench.report.compare(&what, (&ours, &theirs), Goal::None, peak_kib);
    }
    Ok(())
}

/// How long `smtp-source` takes.
fn source(address: &str, mails: u64, connections: u8, octets: usize) -> Result<f64> {
    let mut command = Command::new(find("smtp-source", &["/usr/sbin".into()], "postfix")?);
    command.arg("-d").args(["-s", &connections.to_string(), "-m", &mails.to_string()]);
    command.args(["-l", &octets.to_string()]).arg(address);
    let began = Instant::now();
    run(&mut command)?;
    Ok(began.elapsed().as_secs_f64())
}

/// In a process of its own: builds and sends mails, each answered.
pub(super) fn send(address: &str, mails: u64, connections: u8, when: Built) -> Result<Measured> {
    let mut measured = Measured::default();
    let before = if when == Built::Before { mails } else { 0 };
    let mut ready = (0..before).map(built).collect::<Result<Vec<_>>>()?.into_iter();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let began = Instant::now();
    let settings = MailSettings { connections, ..MailSettings::new(address, "bench.example") };
    runtime.block_on(async {
        let mut route = mail::connect(settings).await?;
        let (mut next, mut open, mut answered) = (0, 0, 0);
        while answered < mails {
            while next < mails && open < route.window {
                let message = ready.next().map_or_else(|| built(next), Ok)?;
                route.submissions.send(Submission { tag: next, message }).await?;
                next += 1;
                open += 1;
            }
            let mut events = Vec::new();
            if route.events.recv_many(&mut events, 1_000).await == 0 {
                bail!("the route ended");
            }
            for event in events {
                if let Event::Result { outcome, .. } = event {
                    ensure!(matches!(outcome, Outcome::Accepted { .. }), "refused: {outcome:?}");
                    open -= 1;
                    answered += 1;
                }
            }
        }
        route.finish();
        ensure!(route.close(Duration::from_secs(5)).await, "the route did not close");
        Ok(())
    })?;
    measured.took("mail", began);
    Ok(measured)
}

fn built(n: u64) -> Result<Mail> {
    let text =
        "개인정보 유출 사실을 알려 드립니다. 유심을 무료로 교체하실 수 있습니다.\r\n".repeat(5);
    let html = format!("<html><body><p>{text}</p></body></html>");
    let parts = MailParts {
        reference: &format!("w1.c1.p{n}.t1"),
        message: &format!("w1.c1.p{n}"),
        host: "bounces.carrier.example",
        from: "privacy@carrier.example",
        to: &format!("person{n}@mail.example"),
        subject: "개인정보 유출 안내",
        text: &text,
        html: Some(&html),
        date: Clock::machine().now(),
    };
    Ok(mail::build(&parts)?)
}

/// A sink that throws everything away; it ends when this is dropped.
pub(super) struct Sink {
    child: Child,
    address: String,
}

impl Sink {
    pub(super) fn start() -> Result<Self> {
        let program = find("smtp-sink", &["/usr/sbin".into()], "postfix")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(program);
        let user = Unprivileged::choose(&["nobody"])?;
        command.args(user.name().map(|name| ["-u", name]).into_iter().flatten());
        command.args(["-m", "512", &address, "1024"]).current_dir("/");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let sink = Self { child, address };
        for _ in 0..200 {
            if TcpStream::connect(&sink.address).is_ok() {
                return Ok(sink);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("smtp-sink did not start")
    }

    /// Where it listens.
    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}
