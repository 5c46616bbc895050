//! A shop with a real HLR behind it, and phones that attach there.

use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use axum::body::Body;
use chrono::{DateTime, TimeDelta, Utc};
use http::Request;
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use serde_json::Value;
use simrecall_engine::Clock;
use simrecall_engine::swap::Pace;
use simrecall_engine::terminal::follow::{self, Followed};
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr, Provisioning as _};
use simrecall_portal::Peer;
use simrecall_tests::counter::{imsi, key, number};
use simrecall_tests::office::{Desk, HOST_NAME, Office, SITE};
use simrecall_tests::phone::{Attach, Domain, Phone, Switch};
use simrecall_tests::shop::{Customer, Shop};
use simrecall_tests::{Backend, Guard, HlrServer};

/// It is half past nine on a Thursday.
const START: &str = "2025-09-11T09:30:00+09:00";
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// A clock that stands: nothing runs out unless a test says so.
pub(crate) const PACE: Pace = Pace {
    command: Duration::from_secs(2),
    lease: Pace::LEASE,
    look_every: Duration::from_millis(1),
    attach_within: TimeDelta::minutes(10),
    stay: false,
};

static SWITCHES: AtomicU32 = AtomicU32::new(500);

pub(crate) struct Counter {
    pub(crate) shop: Shop,
    pub(crate) hlr: OsmoHlr,
    clock: Clock,
    server: HlrServer,
    url: String,
    _folder: tempfile::TempDir,
    _database: Guard,
}

impl Counter {
    pub(crate) fn open(backend: Backend, customers: u32) -> Self {
        let (url, database) = backend.fresh().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let start: DateTime<Utc> = START.parse().unwrap();
        let clock = Clock::still(start);
        let dir = folder.path().join("home");
        let shop = Shop::open(&dir, &url, clock.clone(), customers).unwrap();
        let server = HlrServer::start().unwrap();
        let mut settings = HlrSettings::new(server.address());
        settings.patience = LONG;
        let hlr = OsmoHlr::new(settings).unwrap();
        Self { shop, hlr, clock, server, url, _folder: folder, _database: database }
    }

    /// A customer with a case, whose old card works.
    pub(crate) fn customer(&self, no: u32) -> Customer {
        let old = imsi(1, no).unwrap();
        self.hlr.create(&old).unwrap();
        self.hlr.set_key(&old, &key(1, no)).unwrap();
        self.hlr.set_number(&old, Some(&number(no).unwrap())).unwrap();
        self.shop.customer(no).unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// Takes one order, if there is one.
    pub(crate) fn follow(&self) -> Option<Followed> {
        follow::take(self.shop.home(), &self.hlr, &PACE).unwrap()
    }

    /// The same with its surface opened again, logged in to the database as a role. Everybody else goes on as the owner.
    pub(crate) fn in_role(mut self, role: &str) -> Self {
        let config = self.shop.home().dir.join("simrecall.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        let url = self.url.replacen("://simrecall@", &format!("://{role}@"), 1);
        assert_ne!(url, self.url);
        std::fs::write(&config, text.replace(&self.url, &url)).unwrap();
        self.shop.office = Office::reopen(self.shop.home()).unwrap();
        std::fs::write(&config, text).unwrap();
        self
    }

    fn try_attach(&self, series: u8, customer: &Customer) -> Attach {
        let imsi = imsi(series.into(), customer.no).unwrap();
        let name = format!("MSC-{}", SWITCHES.fetch_add(1, Ordering::Relaxed));
        let mut switch = Switch::connect(self.server.address(), &name, LONG).unwrap();
        Phone::new(imsi, key(series, customer.no)).attach(&mut switch, Domain::Cs).unwrap()
    }

    /// The customer puts the new card in.
    pub(crate) fn attach(&self, customer: &Customer) {
        let attach = self.try_attach(2, customer);
        assert!(matches!(attach, Attach::Attached { .. }), "{attach:?}");
    }

    pub(crate) fn old_works(&self, customer: &Customer) -> bool {
        matches!(self.try_attach(1, customer), Attach::Attached { .. })
    }

    /// How many entries of a kind the journal has.
    pub(crate) fn entries(&self, kind: &str) -> usize {
        let count = format!("SELECT count(*) FROM journal_entry WHERE kind = '{kind}'");
        self.by_hand(&count).parse().unwrap()
    }

    /// What the database says itself, with its own command line.
    pub(crate) fn by_hand(&self, sql: &str) -> String {
        let output = match self.url.strip_prefix("sqlite:") {
            Some(path) => Command::new("sqlite3").args(["-bail", path, sql]).output(),
            None => Command::new("psql")
                .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, &self.url])
                .output(),
        };
        let output = output.unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// So many ask the very same at once, each with a proof of its own and the cookie that the desk has now; what each was told, and
    /// the cookie it was given.
    pub(crate) fn at_once(
        &self,
        desk: &Desk,
        many: usize,
        (method, path): (&str, &str),
        body: &Value,
    ) -> Vec<(u16, Value)> {
        let body = body.to_string();
        let cookie = desk.browser.cookie.clone().unwrap();
        let one = |_| {
            let claims = desk.browser.claims(method, path, body.as_bytes()).unwrap();
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .header(HOST, HOST_NAME)
                .header(ORIGIN, SITE)
                .header(CONTENT_TYPE, "application/json")
                .header(COOKIE, format!("__Host-simrecall-staff={cookie}"))
                .header("dpop", desk.browser.sign(&claims).unwrap())
                .body(Body::from(body.clone()))
                .unwrap();
            request.extensions_mut().insert(Peer(desk.from));
            request
        };
        let requests: Vec<Request<Body>> = (0..many).map(one).collect();
        let barrier = Barrier::new(many);
        thread::scope(|scope| {
            let ask = |request| {
                let (barrier, shop) = (&barrier, &self.shop);
                scope.spawn(move || {
                    barrier.wait();
                    let answer = shop.office.send(request).unwrap();
                    (answer.status.as_u16(), answer.json())
                })
            };
            let asking: Vec<_> = requests.into_iter().map(ask).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        })
    }
}
