//! Pages in Chromium. The customer's: the real server before a small town whose people were told, and a sandbox that keeps the
//! mails with their codes. The agency's: in `agency`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod agency;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use simrecall_engine::Clock;
use simrecall_gateway::sandbox::mail::{MailPlan, MailReceiver};
use simrecall_gateway::sandbox::smsc::{Smsc, SmscPlan};
use simrecall_portal::{ServeOptions, pages, serve};
use simrecall_tests::peers::LoginOptions;
use simrecall_tests::town::{self, Ground, LEAKED, NOT_FOUND, POSSIBLY, Town, Townsperson};
use simrecall_tests::{Backend, CodeService, Guard, LoginServer};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A name below `localhost`: every browser takes it for this machine.
const HOST: &str = "public.localhost";
/// Tests ask more often than people.
const PATIENT: &str = "limits = { network_an_hour = 10000, codes_an_hour = 1000, codes_a_day = 1000, failures_a_day = 1000 }";

/// What the town is wired to.
struct Network {
    smsc: Smsc,
    mail: MailReceiver,
    mails: PathBuf,
}

impl Network {
    fn start(runtime: &Runtime, folder: &Path) -> Self {
        let mails = folder.join("mails.jsonl");
        let smsc = SmscPlan {
            listen: "127.0.0.1:0".to_owned(),
            log: folder.join("smsc.jsonl"),
            ..SmscPlan::default()
        };
        let plan = MailPlan { reply_delay_ms: 5, keep: Some(mails.clone()), ..MailPlan::default() };
        let log = folder.join("mail.jsonl");
        let (smsc, mail) = runtime.block_on(async {
            let smsc = Smsc::start(smsc).await.unwrap();
            (smsc, MailReceiver::start("127.0.0.1:0", plan, &log, None).await.unwrap())
        });
        Self { smsc, mail, mails }
    }
}

/// A town whose first list is published, and its host name, which any browser takes for this machine.
fn town(dir: &Path, network: &Network, clock: &Clock, how: &How<'_>) -> (Town, Guard) {
    let (store, database) = Backend::Sqlite.fresh().unwrap();
    let town = Town::build(&Ground {
        dir,
        store: &store,
        smsc: &network.smsc.address.to_string(),
        mail: &network.mail.address().to_string(),
        compromised: how.compromised,
        statute: None,
        portal: how.portal,
        clock,
    })
    .unwrap();
    let wave = town.publish(1).unwrap();
    if how.is_told {
        town.tell(wave).unwrap();
    }
    let path = dir.join("simrecall.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("check.hanbit.example", HOST)).unwrap();
    (town, database)
}

/// What is different in a town.
struct How<'a> {
    compromised: &'a str,
    portal: &'a str,
    is_told: bool,
}

fn people() -> serde_json::Value {
    let of = |who: Townsperson| serde_json::json!({ "number": who.number, "mail": who.mail });
    serde_json::json!({
        "leaked": of(LEAKED),
        "told": of(LEAKED),
        "possibly": of(POSSIBLY),
        "not_found": of(NOT_FOUND),
        "stranger": { "number": LEAKED.number, "mail": "stranger@elsewhere.example" },
    })
}

/// Serves a page and lets a script walk through it.
fn walk(runtime: &Runtime, options: ServeOptions, script: &str, more: &[(&str, String)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let served = runtime.spawn(async move {
        let announce = move |addresses: &simrecall_portal::Addresses| {
            tell.send(addresses.url.clone()).unwrap();
        };
        serve(&options, announce, async { stopped.await.unwrap_or_default() }).await
    });
    let Ok(url) = told.recv() else { panic!("{:?}", runtime.block_on(served)) };
    let ran = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(root.join("browser").join(script))
        .env("PORTAL", &url)
        .env("PEOPLE", people().to_string())
        .env("SCREENS", root.join("../target/screens"))
        .envs(more.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap();
    stop.send(()).unwrap();
    runtime.block_on(served).unwrap().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}

/// What the walks need of this machine.
fn need_chromium() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(
        Path::new("/usr/bin/chromium").exists() && root.join("node_modules/axe-core").exists(),
        "Chromium or a package is missing; run: scripts/setup.sh test"
    );
    assert!(
        pages::asset::named("check.js").is_some(),
        "the server has no modules for the browser; run: scripts/wasm.sh build && cargo test --all-features"
    );
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

#[test]
fn a_customer_finds_the_way_in_chromium() {
    need_chromium();
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let network = Network::start(&runtime, folder.path());
    let clock = town::clock().unwrap();
    let dir = folder.path().join("home");
    // The carrier has a service for codes by message, and messages are what leaked.
    let portal = format!(
        "{PATIENT}\notp = {{ url = \"http://127.0.0.1:9/otp\", token_file = \"smsc.password\" }}"
    );
    let how = How { compromised: "[\"sms\", \"ars\"]", portal: &portal, is_told: true };
    let _town = town(&dir, &network, &clock, &how);
    let (listen, ops_listen) = (Some(loopback(0)), Some(loopback(0)));
    let options = ServeOptions { dir, clock, listen, ops_listen };
    let mails = network.mails.display().to_string();
    walk(&runtime, options, "flow.test.mjs", &[("MAILS", mails)]);
}

/// Where nothing leaked that a proof relies on: the carrier's login, a code by message.
#[test]
fn a_customer_logs_in_or_is_sent_a_message_in_chromium() {
    need_chromium();
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let network = Network::start(&runtime, folder.path());
    // The provider is told where the page is before it is there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = format!("http://{HOST}:{port}");
    let options = LoginOptions::new(&format!("{origin}/login/callback"))
        .with(LEAKED.reference, serde_json::json!({}))
        .with("P-NOBODY", serde_json::json!({}));
    let (login, messages) = (LoginServer::start(&options).unwrap(), CodeService::start().unwrap());
    let secret = folder.path().join("login.secret");
    fs::write(&secret, LoginOptions::SECRET).unwrap();
    let portal = format!(
        "{PATIENT}\norigin = \"{origin}\"\notp = {{ url = \"{}\", token_file = \"{}\" }}\n\
         login = {{ issuer = \"{}\", client_id = \"simrecall\", client_secret_file = \"{}\", binds = \"subscriber\" }}",
        messages.root(),
        messages.token_file().display(),
        login.issuer(),
        secret.display(),
    );
    // The provider's tokens are of now.
    let clock = Clock::machine();
    let dir = folder.path().join("home");
    let how = How { compromised: "[]", portal: &portal, is_told: false };
    let _town = town(&dir, &network, &clock, &how);
    let (listen, ops_listen) = (Some(loopback(port)), Some(loopback(0)));
    let options = ServeOptions { dir, clock, listen, ops_listen };
    let log = messages.log_file().display().to_string();
    let more = [("MESSAGES", log), ("ISSUER", login.issuer())];
    walk(&runtime, options, "proof.test.mjs", &more);
}
