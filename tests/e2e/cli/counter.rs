//! The three programs around a counter: the agency's page, logged in to PostgreSQL as its own role; whoever follows orders, with a real
//! HLR; and the command line, which says codes and admits. A clerk serves one customer between them.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use simrecall_core::id::SwapOrderId;
use simrecall_core::identity::Imsi;
use simrecall_engine::Clock;
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr, Provisioning as _};
use simrecall_tests::counter::{imsi, key, number};
use simrecall_tests::office::{Desk, Office, PRIVACY, SECURITY, SITE};
use simrecall_tests::phone::{Attach, Domain, Phone, Switch};
use simrecall_tests::shop::{CLERK, SHOP, Shop};
use simrecall_tests::{Backend, Cluster, HlrServer};

use crate::stage::{Said, said};
use crate::surface::{bring_key, browser, follow, serve_staff, until};

const GRANTS: &str = include_str!("../../../migrations/roles/terminal.sql");
/// The shop, open whenever this runs.
const OPEN: &str = "code,name,kind,region,address,desks,opens,closes,weekdays
A1,One,shop,seoul,1 First Street,4,00:00,24:00,mon-sun
";

/// The command in a home, not started yet.
fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simrecall"));
    command.env_remove("SIMRECALL_HOME").env_remove("RUST_LOG").stdin(Stdio::null());
    command.arg("--home").arg(home);
    command
}

fn run(home: &Path, words: &[&str]) -> Said {
    let mut command = command(home);
    command.args(words);
    said(command)
}

fn json_of(home: &Path, words: &[&str]) -> Value {
    run(home, &[words, &["--json"]].concat()).with(0).json()
}

/// One customer's HLR rows: the old card works, and the new one tries.
struct Network {
    server: HlrServer,
    hlr: OsmoHlr,
}

impl Network {
    fn start() -> Self {
        let server = HlrServer::start().unwrap();
        let hlr = OsmoHlr::new(HlrSettings::new(server.address())).unwrap();
        let old = imsi(1, 1).unwrap();
        hlr.create(&old).unwrap();
        hlr.set_key(&old, &key(1, 1)).unwrap();
        hlr.set_number(&old, Some(&number(1).unwrap())).unwrap();
        Self { server, hlr }
    }

    fn holder(&self) -> Option<Imsi> {
        self.hlr.holder(&number(1).unwrap()).unwrap()
    }

    fn attach(&self, series: u8) -> Attach {
        let name = format!("MSC-{series}");
        let patience = std::time::Duration::from_secs(20);
        let mut switch = Switch::connect(self.server.address(), &name, patience).unwrap();
        let imsi = imsi(series.into(), 1).unwrap();
        Phone::new(imsi, key(series, 1)).attach(&mut switch, Domain::Cs).unwrap()
    }

    /// `[hlr]` of whoever follows.
    fn section(&self) -> String {
        let at = self.server.address();
        format!("\n[hlr]\nctrl = \"{at}:4259\"\nvty = \"{at}:4258\"\nlook_every = \"100ms\"\n")
    }
}

/// A browser becomes a terminal and its clerk gets a passkey, by what the command said; then they sign in.
fn sit(home: &Path, office: &Office) -> (Desk, String) {
    let enrolled = json_of(home, &["terminal", "enrol", "--agency", SHOP, "--by", SECURITY]);
    let terminal = enrolled["terminal"].as_str().unwrap().to_owned();
    let mut desk = browser(SITE);
    let shown = bring_key(office, &mut desk, &enrolled["code"]);
    let thumbprint = shown["thumbprint"].as_str().unwrap();
    let invited = json_of(home, &["staff", "invite", CLERK, "--by", SECURITY]);
    let code = invited["code"].as_str().unwrap();
    // Nobody works at a terminal that is not admitted, and who expected it does not admit it.
    assert!(office.bring_passkey(&mut desk, code).is_err());
    run(home, &["terminal", "admit", &terminal, thumbprint, "--by", SECURITY]).with(1);
    run(home, &["terminal", "admit", &terminal, thumbprint, "--by", PRIVACY]).with(0);
    office.bring_passkey(&mut desk, code).unwrap();
    assert!(office.bring_passkey(&mut desk, code).is_err(), "a code is used once");
    office.sign_in(&mut desk).unwrap().well().unwrap();
    (desk, terminal)
}

/// What the page shows of an order.
fn order(office: &Office, desk: &mut Desk, id: SwapOrderId) -> Value {
    office.get(desk, &format!("/api/orders/{id}")).unwrap().well().unwrap()
}

#[test]
fn three_programs_change_one_card() {
    let folder = tempfile::tempdir().unwrap();
    let (url, _database) = Backend::Postgres.fresh().unwrap();
    let dir = folder.path().join("home");
    let network = Network::start();
    let mut shop = Shop::open(&dir, &url, Clock::machine(), 1).unwrap();
    let config = dir.join("simrecall.toml");
    let text = std::fs::read_to_string(&config).unwrap() + &network.section();
    std::fs::write(&config, text).unwrap();
    let list = dir.join("open.csv");
    std::fs::write(&list, OPEN).unwrap();
    run(&dir, &["agency", "import", list.to_str().unwrap(), "--by", SECURITY]).with(0);
    Cluster::shared().unwrap().run_sql(&url, &[GRANTS.to_owned()]).unwrap();
    let mut page = command(&dir);
    let role = url.replacen("://simrecall@", "://simrecall_terminal@", 1);
    assert_ne!(role, url);
    page.env("SIMRECALL_STORE__URL", role);
    let mut surface = serve_staff(page);
    shop.office = Office::at(shop.home(), surface.listen).unwrap();
    let (mut desk, terminal) = sit(&dir, &shop.office);

    // Nobody follows yet: the order waits.
    let customer = shop.customer(1).unwrap();
    shop.scanned(&mut desk, &customer).unwrap();
    let id = SwapOrderId::from_bytes([1; 16]);
    assert_eq!(shop.ordered(&mut desk, id, &customer).unwrap()["state"], "confirmed");
    let figures = |words: &str| {
        let mut all = ask(&surface.ops, "/metrics");
        all.retain(|c| c != '\r');
        assert!(all.lines().any(|line| line == words), "{words} in:\n{all}");
    };
    assert!(ask(&surface.ops, "/healthz").ends_with("alive\n"));
    assert!(ask(&surface.ops, "/readyz").ends_with("ready\n"));
    for words in [
        "simrecall_rows_read 1",
        "simrecall_staff_signed_in 1",
        "simrecall_terminals_on 1",
        "simrecall_orders_waiting 1",
        "simrecall_looks_waiting 0",
        "simrecall_alarms_open 0",
        "simrecall_request_seconds_count{route=\"/api/check-in\",class=\"2xx\"} 1",
    ] {
        figures(words);
    }

    // One takes it and is killed while the new card is waited for; another goes on from there.
    let (follower, _) = follow(command(&dir));
    let new = imsi(2, 1).unwrap();
    until(|| network.holder().as_ref() == Some(&new), "the number at the new card");
    until(
        || order(&shop.office, &mut desk, id)["state"] == "started",
        "an order that became a swap",
    );
    follower.signal("-KILL");
    drop(follower);
    let (mut follower, words) = follow(command(&dir));
    // The register admits the new card once all of it is done.
    until(|| matches!(network.attach(2), Attach::Attached { .. }), "a phone with the new card");
    until(|| order(&shop.office, &mut desk, id)["attached"] == true, "a swap that is complete");
    assert!(matches!(network.attach(1), Attach::Refused(_)), "the old card is out");
    figures("simrecall_orders_waiting 0");
    // What nobody has a reason to name rings, and whoever runs the page sees it.
    run(&dir, &["honey", "add", "--number", "010-9999-0001", "--by", SECURITY]).with(0);
    run(&dir, &["case", "clear", "--number", "010-9999-0001", "--by", PRIVACY]).with(1);
    figures("simrecall_alarms_open 1");
    assert_eq!(shop.counter.case(customer.case).unwrap().state.name(), "completed");
    assert_eq!(follower.stop("-TERM"), Some(0));
    words.until("no new order is taken; those that run end first");
    assert!(!words.all().contains(number(1).unwrap().expose()), "{}", words.all());

    // Off at once, and for good.
    run(&dir, &["terminal", "off", &terminal, "--by", PRIVACY]).with(0);
    let refused = shop.office.get(&mut desk, "/api/queue").unwrap();
    assert_eq!((refused.status.as_u16(), refused.code()), (401, "signed_out".to_owned()));
    assert_eq!(surface.program.stop("-TERM"), Some(0));
}

/// What a listener of this machine says.
fn ask(address: &str, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// A follower that has nothing to follow says so, and what it lacks.
#[test]
fn who_follows_needs_a_register_and_ends_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    run(dir, &["init"]).with(0);
    run(dir, &["swap", "run", "--follow"]).with(1).complains(&["simrecall.toml names no HLR"]);
    run(dir, &["swap", "run", "--follow", "--card", "1"]).with(2);
    let network = Network::start();
    let config = dir.join("simrecall.toml");
    let text = std::fs::read_to_string(&config).unwrap() + &network.section();
    std::fs::write(&config, text).unwrap();
    for signal in ["-INT", "-TERM"] {
        let (mut follower, words) = follow(command(dir));
        assert_eq!(follower.stop(signal), Some(0));
        words.until("no new order is taken; those that run end first");
    }
}
