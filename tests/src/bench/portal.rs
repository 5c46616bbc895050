//! The portal's first page beside nginx, and what becomes of people when five times as many come as can be served.

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use simrecall_portal::{ServeOptions, serve};

use super::child::{self, Server, Step};
use super::mail::Sink;
use super::report::{Goal, Side};
use super::requests::{Load, Tally, once, run};
use super::{Bench, middle, ready, say, world};
use crate::Backend;
use crate::parts::find;

/// The host name people type; any browser takes it for this machine.
const HOST: &str = "public.localhost";
const PAGE: &str = "/ko/";
/// Connections to each of the two servers.
const CONNECTIONS: usize = 64;
/// How often each is measured.
const ROUNDS: usize = 5;
/// How long each is measured.
const LENGTH: Duration = Duration::from_secs(3);
/// How many times more people come than can be served.
const RUSH: f64 = 5.0;
/// How long whoever is let in may wait, in seconds.
const PATIENCE: f64 = 1.0;

/// All of it, against one server.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let home = bench.room("portal")?;
    let store = bench.database(Backend::Sqlite, &home)?;
    child::run(&Step::Import { home: home.clone(), store, people: 100 }, &[])?;
    child::run(&Step::Plan { home: home.clone() }, &[])?;
    let sink = Sink::start()?;
    configure(&home, sink.address())?;
    let server = Server::start(&Step::Portal { home })?;
    let address: SocketAddr =
        server.address.parse().with_context(|| format!("the server said: {}", server.address))?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        first_page(bench, &server, address).await?;
        rush(bench, &server, address).await
    })?;
    ready::measure(bench, HOST, address, server.peak_kib()?)
}

/// One proxy in front, and codes over the mail sink. Nobody is turned away for asking too often: what is measured is the server.
fn configure(home: &Path, mail: &str) -> Result<()> {
    let path = home.join("simrecall.toml");
    let config = fs::read_to_string(&path)?;
    let code = world::CODE;
    let more = format!(
        "\n[routes.relay]\nkind = \"smtp\"\naddress = \"{mail}\"\nhelo = \"bench.example\"\nstarttls = \"none\"\n\
         \n[portal]\nincident = \"{code}\"\nhost = \"{HOST}\"\nbrand = \"hanbit\"\nproxies = [\"127.0.0.1\"]\nmail_route = \"relay\"\n\
         listen = \"127.0.0.1:0\"\nops_listen = \"127.0.0.1:0\"\n\
         \n[portal.limits]\nall_an_hour = 100000000\n",
    );
    Ok(fs::write(path, config + &more)?)
}

/// In a process of its own: serves until its input ends.
pub(super) fn serve_people(home: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let options = ServeOptions {
        dir: home.to_owned(),
        clock: world::clock()?,
        listen: None,
        ops_listen: None,
    };
    let ended = async {
        // It ends with whoever started it.
        let _read =
            tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await;
    };
    let told = |at: &simrecall_portal::Addresses| say(&at.listen.to_string());
    runtime.block_on(serve(&options, told, ended))?;
    Ok(())
}

/// The same page, byte for byte, from both, in turns; the middle of all rounds counts.
async fn first_page(bench: &mut Bench, server: &Server, ours: SocketAddr) -> Result<()> {
    let (status, page) = once(ours, &get(0)).await?;
    ensure!(status == 200, "the first page was answered with {status}");
    let nginx = Nginx::start(&bench.room("nginx")?, &page)?;
    ensure!(
        once(nginx.address, &get(0)).await? == (200, page.clone()),
        "nginx serves another page"
    );
    let (mut portal, mut theirs) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        for (address, rates) in [(ours, &mut portal), (nginx.address, &mut theirs)] {
            let load = Load { address, connections: CONNECTIONS, length: LENGTH, per_second: None };
            let tally = run(load, get).await?;
            ensure!(tally.statuses() == [200], "{:?}", tally.statuses());
            rates.push(tally.rate(200));
        }
    }
    let what = format!("first page, {} bytes, {CONNECTIONS} connections", page.len());
    let sides = (Side::rate("pages", middle(portal)), Side::rate("nginx", middle(theirs)));
    bench.report.compare(&what, (&sides.0, &sides.1), Goal::None, server.peak_kib()?);
    Ok(())
}

/// Codes by mail: first as many as can be asked for, then five times as many.
async fn rush(bench: &mut Bench, server: &Server, address: SocketAddr) -> Result<()> {
    let calm = Load { address, connections: 8, length: LENGTH * 2, per_second: None };
    let capacity = run(calm, ask).await?;
    only(&capacity, &[200])?;
    let rate = capacity.rate(200);
    let load =
        Load { address, connections: 1_000, length: LENGTH * 3, per_second: Some(rate * RUSH) };
    let rushed = run(load, |no| ask(1_000_000 + no)).await?;
    only(&rushed, &[200, 503])?;
    let peak = server.peak_kib()?;
    let what = format!("codes asked for, {rate:.0}/s at ease, {:.0}/s in the rush", rate * RUSH);
    bench.report.note(&what, &Side::rate("served in the rush", rushed.rate(200)), peak);
    let turned = Side::rate("turned away with 503", rushed.rate(503));
    bench.report.note(&what, &turned, peak);
    let sides = (Side::seconds("99 of 100 in", rushed.p99(200)), Side::seconds("limit", PATIENCE));
    bench.report.compare(&what, (&sides.0, &sides.1), Goal::AtMost(1.0), peak);
    Ok(())
}

/// Whoever is not served is told to come again, and nothing else goes wrong.
fn only(tally: &Tally, statuses: &[u16]) -> Result<()> {
    let odd = tally.statuses().into_iter().find(|status| !statuses.contains(status));
    match odd {
        Some(status) => bail!("{} requests were answered with {status}", tally.count(status)),
        None => Ok(()),
    }
}

fn get(no: u64) -> Vec<u8> {
    format!("GET {PAGE} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-For: {}\r\n\r\n", network(no))
        .into_bytes()
}

/// Somebody else each time, from somewhere else.
fn ask(no: u64) -> Vec<u8> {
    let body = format!(
        "{{\"way\":\"email\",\"phoneNumber\":\"010{:08}\",\"email\":\"p{no}@mail.example\",\"language\":\"ko\"}}",
        10_000_000 + no % 80_000_000
    );
    format!(
        "POST /api/v1/proof/send-code HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-For: {}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        network(no),
        body.len()
    )
    .into_bytes()
}

/// An address of a network of sixteen million.
fn network(no: u64) -> Ipv4Addr {
    // An odd factor scatters neighbours and meets nobody twice within the network.
    let host = u32::try_from(no.wrapping_mul(10_368_889) & 0x00ff_ffff).unwrap_or(0);
    Ipv4Addr::from(0x0a00_0000 | host)
}

/// nginx with one page; it ends when this is dropped.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    fn start(room: &Path, page: &[u8]) -> Result<Self> {
        let program = find("nginx", &["/usr/sbin".into()], "nginx-light")?;
        let folder = room.join("page/ko");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("index.html"), page)?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        fs::write(room.join("nginx.conf"), config(room, address)?)?;
        let mut command = Command::new(program);
        command.arg("-p").arg(room).arg("-c").arg(room.join("nginx.conf"));
        command.args(["-e", "stderr"]).stdin(Stdio::null()).stdout(Stdio::null());
        let nginx = Self { child: command.spawn().context("starting nginx")?, address };
        for _ in 0..200 {
            if TcpStream::connect(address).is_ok() {
                return Ok(nginx);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("nginx did not start")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with a master that is asked to quit, not with one that is killed.
        let quit = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).status();
        if !quit.is_ok_and(|status| status.success()) {
            let _killed = self.child.kill();
        }
        let _status = self.child.wait();
    }
}

/// As many workers as processors, everything it writes in our own room, connections that stay open as ours do.
fn config(room: &Path, address: SocketAddr) -> Result<String> {
    // Started by root it would serve as somebody who may not read our room.
    let user = if fs::metadata("/proc/self")?.uid() == 0 { "user root;\n" } else { "" };
    let room = room.display();
    let temps: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {room}/{name};\n"))
        .concat();
    Ok(format!(
        "{user}daemon off;\nworker_processes auto;\npid {room}/nginx.pid;\nevents {{ worker_connections 4096; }}\n\
         http {{\naccess_log off;\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 100000000;\n{temps}\
         types {{ text/html html; }}\nserver {{ listen {address}; root {room}/page; }}\n}}\n"
    ))
}
