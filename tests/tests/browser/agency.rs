//! The agency's page in Chromium: an agency, its people, a drawer of cards, an HLR that serves the old ones, whoever follows orders,
//! and a customer with their own page in their hand.

mod desk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use simrecall_core::id::LotId;
use simrecall_core::identity::Msisdn;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::notices::notify;
use simrecall_engine::swap::Pace;
use simrecall_engine::terminal::follow;
use simrecall_engine::{Clock, Home};
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr, Provisioning as _};
use simrecall_portal::{ServeOptions, StaffAddresses, serve, serve_agency};
use simrecall_store::stock::{Lot, LotKind, LotState};
use simrecall_tests::HlrServer;
use simrecall_tests::counter::{card, iccid, imsi, key};
use simrecall_tests::office::{JONGNO, Office};
use simrecall_tests::phone::{Attach, Domain, Phone, Switch};
use simrecall_tests::town::{LEAKED, POSSIBLY, START, Town, Townsperson};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::{Guard, How, Network, PATIENT, loopback, need_chromium, runtime, town};

/// The page's own host: every browser takes it for this machine.
const HOST: &str = "agency.localhost";
/// Who comes: their registry's place and their new card are numbered alike.
const CUSTOMERS: [(u32, Townsperson); 2] = [(1, LEAKED), (2, POSSIBLY)];
/// How long a switch waits for the HLR.
const PATIENCE: Duration = Duration::from_secs(20);
/// How soon whoever follows orders looks again.
const PACE: Pace = Pace {
    command: Duration::from_secs(5),
    lease: Pace::LEASE,
    look_every: Duration::from_millis(200),
    attach_within: TimeDelta::minutes(10),
    stay: true,
};

/// An agency at work.
struct Shop {
    town: Town,
    hlr: Arc<HlrServer>,
    port: u16,
    folder: PathBuf,
    /// How many customers have put their new card in.
    inserted: Arc<AtomicUsize>,
    /// How often somebody put an old card into a handset.
    looked: AtomicUsize,
    _database: Guard,
}

impl Shop {
    fn open(folder: &Path, network: &Network, clock: &Clock) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let portal = format!(
            "{PATIENT}\n[agency]\nhost = \"{HOST}\"\norigin = \"http://{HOST}:{port}\"\nlisten = \"127.0.0.1:{port}\"\n"
        );
        let how = How { compromised: "[\"sms\", \"ars\"]", portal: &portal, is_told: true };
        let (town, database) = town(&folder.join("home"), network, clock, &how);
        drop(Office::open(town.home()).unwrap());
        let hlr = Arc::new(HlrServer::start().unwrap());
        let (folder, inserted, looked) = (folder.to_owned(), Arc::default(), AtomicUsize::new(0));
        let shop = Self { town, hlr, port, folder, inserted, looked, _database: database };
        shop.fill_drawer();
        for (no, who) in CUSTOMERS {
            let (register, old) = (shop.register(), imsi(0, no).unwrap());
            register.create(&old).unwrap();
            register.set_key(&old, &key(1, no)).unwrap();
            register.set_number(&old, Some(&Msisdn::parse(who.number).unwrap())).unwrap();
        }
        shop
    }

    fn home(&self) -> &Home {
        self.town.home()
    }

    fn register(&self) -> OsmoHlr {
        OsmoHlr::new(HlrSettings::new(self.hlr.address())).unwrap()
    }

    /// A card for everybody, received and free.
    fn fill_drawer(&self) {
        let (home, now) = (self.home(), self.home().now());
        let lot = Lot {
            id: LotId::from_bytes([2; 16]),
            agency: home.store.read(|tx| tx.agency_by_code(JONGNO)).unwrap().unwrap().id,
            product: home.config.replacement.product.clone(),
            supplier_ref: "LOT-1".to_owned(),
            kind: LotKind::Supplied,
            from_agency: None,
            expected_on: now.date_naive(),
            count_expected: 2,
            cards: 0,
            state: LotState::InTransit,
            counted: None,
            at: now,
            received_at: None,
        };
        let service = home.keys.service().unwrap();
        let cards: Vec<_> = CUSTOMERS.iter().map(|(no, _)| card(&service, *no).unwrap()).collect();
        let put = home.store.write(|tx| {
            tx.add_lot(&lot)?;
            tx.add_cards(lot.id, &cards, now)?;
            tx.receive_lot(lot.id, &[], 2, now)
        });
        put.unwrap();
    }

    /// Whoever follows orders, whoever sends what customers are told, and the handsets of those who have put their new card in.
    fn work(&self, stop: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
        let (home, hlr, ends) = (self.home().clone(), self.register(), Arc::clone(stop));
        let follower = thread::spawn(move || {
            follow::follow(&home, &hlr, (&PACE, 2), &ends, &|_| {});
        });
        let (server, ends) = (Arc::clone(&self.hlr), Arc::clone(stop));
        let inserted = Arc::clone(&self.inserted);
        let handsets = thread::spawn(move || {
            let cards = CUSTOMERS.map(|(no, _)| (imsi(2, no).unwrap(), key(2, no)));
            let (mut attached, mut turn) = (0, 0);
            while !ends.load(Ordering::Acquire) {
                let next =
                    cards.get(attached).filter(|_| attached < inserted.load(Ordering::Acquire));
                if let Some((imsi, key)) = next.cloned() {
                    turn += 1;
                    let switch =
                        Switch::connect(server.address(), &format!("MSC-{turn}"), PATIENCE);
                    let done = Phone::new(imsi, key).attach(&mut switch.unwrap(), Domain::Cs);
                    let is_in = matches!(done, Ok(Attach::Attached { number: Some(_), .. }));
                    attached += usize::from(is_in);
                }
                thread::sleep(Duration::from_millis(300));
            }
        });
        let (home, ends) = (self.home().clone(), Arc::clone(stop));
        let courier = thread::spawn(move || {
            while !ends.load(Ordering::Acquire) {
                notify(&home, CODE).unwrap();
                thread::sleep(Duration::from_millis(300));
            }
        });
        vec![follower, handsets, courier]
    }

    /// Answers what the walk asks, until it ends.
    fn attend(&self, walk: &mut Child) -> bool {
        loop {
            for entry in fs::read_dir(&self.folder).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "ask") {
                    let asked = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
                    let said = self.answer(&asked).to_string();
                    fs::remove_file(&path).unwrap();
                    let (draft, there) =
                        (path.with_extension("draft"), path.with_extension("said"));
                    fs::write(&draft, said).unwrap();
                    fs::rename(draft, there).unwrap();
                }
            }
            if let Some(status) = walk.try_wait().unwrap() {
                return status.success();
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Serves both pages and lets a script walk between them.
fn walk(runtime: &Runtime, shop: &Shop, mails: &Path, script: &str) {
    let (dir, clock) = (shop.folder.join("home"), shop.home().clock.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let options = ServeOptions {
        dir: dir.clone(),
        clock: clock.clone(),
        listen: Some(loopback(0)),
        ops_listen: Some(loopback(0)),
    };
    let public = runtime.spawn(async move {
        let announce =
            move |there: &simrecall_portal::Addresses| tell.send(there.url.clone()).unwrap();
        serve(&options, announce, async { stopped.await.unwrap_or_default() }).await
    });
    let portal = told.recv().unwrap();
    let (stop_staff, staff_stopped) = oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let options = ServeOptions { dir, clock, listen: None, ops_listen: Some(loopback(0)) };
    let staff = runtime.spawn(async move {
        let announce = move |there: &StaffAddresses| tell.send(there.url.clone()).unwrap();
        serve_agency(&options, announce, async { staff_stopped.await.unwrap_or_default() }).await
    });
    let url = told.recv().unwrap();
    assert_eq!(url, format!("http://{HOST}:{}/", shop.port));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ended = Arc::new(AtomicBool::new(false));
    let workers = shop.work(&ended);
    let mut script = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(root.join("browser").join(script))
        .env("AGENCY", url)
        .env("PORTAL", portal)
        .env("MAILS", mails)
        .env("PEOPLE", people().to_string())
        .env("DESK", &shop.folder)
        .env("SCREENS", root.join("../target/screens"))
        .stdout(Stdio::inherit())
        .spawn()
        .unwrap();
    let well = shop.attend(&mut script);
    ended.store(true, Ordering::Release);
    stop.send(()).unwrap();
    stop_staff.send(()).unwrap();
    runtime.block_on(public).unwrap().unwrap();
    runtime.block_on(staff).unwrap().unwrap();
    for worker in workers {
        worker.join().unwrap();
    }
    assert!(well, "the walk failed; what it said stands above");
}

fn people() -> Value {
    let one = |(no, who): (u32, Townsperson)| {
        json!({
            "number": who.number, "mail": who.mail, "digits": who.number.rsplit('-').next(),
            "card": iccid(no).unwrap().expose(),
        })
    };
    CUSTOMERS.map(one).to_vec().into()
}

/// Opens an agency and lets a script walk through its day.
fn in_chromium(script: &str) {
    need_chromium();
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let network = Network::start(&runtime, folder.path());
    // It runs: what a page counts down must go down.
    let start: DateTime<Utc> = START.parse().unwrap();
    let shop = Shop::open(folder.path(), &network, &Clock::drill(start));
    walk(&runtime, &shop, &network.mails, script);
}

#[test]
fn a_clerk_changes_a_card_in_chromium() {
    in_chromium("agency.test.mjs");
}

#[test]
fn a_swap_goes_back_in_chromium() {
    in_chromium("agency_back.test.mjs");
}

#[test]
fn other_people_look_and_sign_in_chromium() {
    in_chromium("agency_others.test.mjs");
}

/// Scanners and cameras before the page's own modules; nothing is served.
#[test]
fn a_scanner_is_told_from_a_hand_in_chromium() {
    need_chromium();
    let (folder, root) = (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")));
    let reader = root.join("../target/npm/reader/node_modules/zxing-wasm/dist");
    let ran = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(root.join("browser/agency_scan.test.mjs"))
        .env("FILES", root.join("../portal/pages/agency/assets"))
        .env("READER", reader)
        .env("FOLDER", folder.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}

/// What the page makes of answers, before answers that are written by hand; nothing is served.
#[test]
fn the_page_follows_one_customer_in_chromium() {
    need_chromium();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ran = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(root.join("browser/agency_pane.test.mjs"))
        .arg(root.join("browser/agency_states.test.mjs"))
        .env("FILES", root.join("../portal/pages/agency/assets"))
        .env("WORDS", root.join("../portal/pages/agency/words/ko.toml"))
        .env("SCREENS", root.join("../target/screens"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}
