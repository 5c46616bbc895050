//! The customer's page in Chromium: the real server before a small town whose people were told, and a sandbox that keeps the
//! mails with their codes.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use simrecall_engine::Clock;
use simrecall_gateway::sandbox::mail::{MailPlan, MailReceiver};
use simrecall_gateway::sandbox::smsc::{Smsc, SmscPlan};
use simrecall_portal::{ServeOptions, pages, serve};
use simrecall_tests::Backend;
use simrecall_tests::town::{self, Ground, LEAKED, NOT_FOUND, POSSIBLY, Town, Townsperson};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

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

/// A town that was told its first list, and its host name, which any browser takes for this machine.
fn town(dir: &Path, network: &Network, store: &str, clock: &Clock) -> Town {
    let town = Town::build(&Ground {
        dir,
        store,
        smsc: &network.smsc.address.to_string(),
        mail: &network.mail.address().to_string(),
        compromised: "[\"sms\", \"ars\"]",
        statute: None,
        portal: PATIENT,
        clock,
    })
    .unwrap();
    let wave = town.publish(1).unwrap();
    town.tell(wave).unwrap();
    let path = dir.join("simrecall.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("check.hanbit.example", "public.localhost")).unwrap();
    town
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

#[test]
fn a_customer_finds_the_way_in_chromium() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(
        Path::new("/usr/bin/chromium").exists() && root.join("node_modules/axe-core").exists(),
        "Chromium or a package is missing; run: scripts/setup.sh test"
    );
    assert!(
        pages::asset::named("check.js").is_some(),
        "the server has no modules for the browser; run: scripts/wasm.sh build && cargo test --all-features"
    );
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let network = Network::start(&runtime, folder.path());
    let (store, _database) = Backend::Sqlite.fresh().unwrap();
    let clock = town::clock().unwrap();
    let dir = folder.path().join("home");
    let _town = town(&dir, &network, &store, &clock);

    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let any = || Some("127.0.0.1:0".parse().unwrap());
    let options = ServeOptions { dir, clock, listen: any(), ops_listen: any() };
    let served = runtime.spawn(async move {
        let announce = move |addresses: &simrecall_portal::Addresses| {
            tell.send(addresses.url.clone()).unwrap();
        };
        serve(&options, announce, async { stopped.await.unwrap_or_default() }).await
    });
    let Ok(url) = told.recv() else { panic!("{:?}", runtime.block_on(served)) };
    let ran = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(root.join("browser/flow.test.mjs"))
        .env("PORTAL", &url)
        .env("MAILS", &network.mails)
        .env("PEOPLE", people().to_string())
        .env("SCREENS", root.join("../target/screens"))
        .output()
        .unwrap();
    stop.send(()).unwrap();
    runtime.block_on(served).unwrap().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}
