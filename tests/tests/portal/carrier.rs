//! A town whose cards go home: a login, a warehouse with one card, somebody who takes orders to ship, and a real HLR.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde_json::{Value, json};
use simrecall_core::id::{CardId, LotId};
use simrecall_core::identity::{Iccid, Imsi, Msisdn};
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::local_day;
use simrecall_core::replacement::parcel::End;
use simrecall_engine::drill::CODE;
use simrecall_engine::orders::{self, Pass};
use simrecall_engine::replacement::notices::notify;
use simrecall_engine::replacement::parcel::ship;
use simrecall_engine::replacement::shown;
use simrecall_engine::swap::{self, Pace};
use simrecall_engine::{Clock, Home, agency};
use simrecall_gateway::hlr::{HlrSettings, MilenageKey, OsmoHlr, Provisioning as _};
use simrecall_store::card::NewCard;
use simrecall_store::parcel::Parcel;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{Field, Table};
use simrecall_store::stock::{Lot, LotKind, LotState};
use simrecall_tests::peers::LoginOptions;
use simrecall_tests::phone::{Attach, Domain, Phone, Switch};
use simrecall_tests::town::LEAKED;
use simrecall_tests::{HlrServer, LoginServer};
use tempfile::TempDir;

use crate::stage::{Answer, Browser, ORIGIN, Stage, roomy};

pub(crate) const LEAD: &str = "security.lead";
pub(crate) const HOME: &str = "04524,서울 중구 세종대로 110";
pub(crate) const BEFORE: &str = "2025-08-10T00:00:00+09:00";
pub(crate) const AGENCIES: &str = "code,name,kind,region,address,desks,opens,closes,weekdays
jongno,종로점,shop,seoul,서울 종로구 종로 1,1,09:00,18:00,mon-sun
depot,창고,warehouse,seoul,경기 이천시 1,0,00:00,24:00,mon-sun
";
pub(crate) const NEW_IMSI: &str = "450080099900001";
/// The card of LEAKED in the town's registry.
pub(crate) const OLD_IMSI: &str = "450080000000001";

pub(crate) fn iccid() -> Iccid {
    (0..10).find_map(|last| Iccid::parse(&format!("898205000000123456{last}")).ok()).unwrap()
}

pub(crate) fn digits() -> String {
    let printed = iccid();
    let from = printed.expose().len() - 6;
    printed.expose().chars().skip(from).collect()
}

/// A town with a login, a warehouse with one card, and somebody who takes orders to ship.
pub(crate) struct Carrier {
    pub(crate) stage: Stage,
    server: LoginServer,
    pub(crate) orders: Receiver<Value>,
    _folder: TempDir,
}

impl Carrier {
    pub(crate) fn open() -> Self {
        Self::that(&["pwd"])
    }

    /// Whose login goes over these.
    pub(crate) fn that(amr: &[&str]) -> Self {
        let options = LoginOptions::new(&format!("{ORIGIN}/login/callback"))
            .with(LEAKED.reference, json!({ "phone_number": "+82 10 2000 0001" }));
        let server = LoginServer::start(&options).unwrap();
        server.strength("1", amr).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (secret, signing) = (folder.path().join("login.secret"), folder.path().join("orders"));
        std::fs::write(&secret, LoginOptions::SECRET).unwrap();
        std::fs::write(&signing, "a secret of at least thirty-two characters").unwrap();
        let (url, orders) = taker();
        let more = format!(
            "registry_max_age = \"10000d\"\nlimits = {{ network_an_hour = 100000 }}\n[portal.login]\nissuer = \"{}\"\nclient_id = \"simrecall\"\n\
             client_secret_file = \"{}\"\nbinds = \"subscriber\"\nrelies = [\"app\"]\nmethods = {{ mail = [\"email\"] }}\n\
             [parcels]\nwarehouse = \"depot\"\n[[orders.receivers]]\nkinds = [\"card.*\"]\nurl = \"{url}\"\nsecret_file = \"{}\"\n",
            server.issuer(),
            secret.display(),
            signing.display(),
        );
        let stage = Stage::with(&roomy(), "[\"sms\", \"ars\"]", &more);
        let homes = [(LEAKED, HOME, LEAKED.mail)];
        stage.town.settle(BEFORE.parse().unwrap(), &homes).unwrap();
        stage.town.settle(stage.clock.now(), &homes).unwrap();
        let carrier = Self { stage, server, orders, _folder: folder };
        carrier.furnish();
        // The provider's clock is the machine's: the parcel is sent more than a day before that.
        carrier.at(Clock::machine().now() - TimeDelta::hours(30));
        carrier
    }

    pub(crate) fn home(&self) -> &Home {
        self.stage.town.home()
    }

    pub(crate) fn at(&self, moment: DateTime<Utc>) {
        self.stage.clock.advance(moment - self.stage.clock.now());
    }

    /// Agencies, and one card in the warehouse.
    pub(crate) fn furnish(&self) {
        let (home, list) = (self.home(), self.home().dir.join("agencies.csv"));
        std::fs::write(&list, AGENCIES).unwrap();
        agency::import(home, &list, LEAD).unwrap();
        let service = home.keys.service().unwrap();
        let (printed, now) = (iccid(), home.now());
        let id = CardId::from_bytes(service.blind(Field::Iccid, printed.expose()));
        let key = key(2);
        let record = json!({
            "iccid": printed.expose(), "imsi": NEW_IMSI,
            "k": key.expose_k().as_str(), "opc": key.expose_opc().as_str(),
        });
        let sealed = service.seal(Table::Card, id.as_bytes(), record.to_string().as_bytes());
        let card =
            NewCard { id, imsi: service.blind(Field::Imsi, NEW_IMSI), sealed: sealed.unwrap() };
        home.store
            .write(|tx| {
                let depot = tx.agency_by_code("depot")?.unwrap();
                let lot = Lot {
                    id: LotId::from_bytes([2; 16]),
                    agency: depot.id,
                    product: "usim".to_owned(),
                    supplier_ref: "LOT-1".to_owned(),
                    kind: LotKind::Supplied,
                    from_agency: None,
                    expected_on: local_day(now),
                    count_expected: 1,
                    cards: 0,
                    state: LotState::InTransit,
                    counted: None,
                    at: now,
                    received_at: None,
                };
                tx.add_lot(&lot)?;
                tx.add_cards(lot.id, std::slice::from_ref(&card), now)?;
                tx.receive_lot(lot.id, &[], 1, now).map(drop)
            })
            .unwrap();
    }

    pub(crate) fn case(&self) -> ReplacementCase {
        let rows = shown::list(self.home(), CODE, None).unwrap();
        let id = rows[0].id.parse().map(simrecall_core::id::CaseId).unwrap();
        let incident = simrecall_engine::incident::show(self.home(), CODE).unwrap().incident.id;
        self.home().store.read(|tx| tx.replacement(incident, id)).unwrap().unwrap()
    }

    pub(crate) fn state(&self) -> &'static str {
        self.case().state.name()
    }

    pub(crate) fn parcel(&self) -> Option<Parcel> {
        let case = self.case();
        self.home().store.read(|tx| tx.open_parcel(case.incident, case.id)).unwrap()
    }

    pub(crate) fn card(&self, of: &Parcel) -> CardState {
        self.home().store.read(|tx| tx.card(of.card)).unwrap().unwrap().state
    }

    pub(crate) fn ended(&self, of: &Parcel) -> Option<End> {
        let parcel = self.home().store.read(|tx| tx.parcel(of.id)).unwrap().unwrap();
        parcel.ended.map(|(_, end)| end)
    }

    /// Applied for, asked for by parcel, sent, taken over, and everybody told.
    pub(crate) fn shipped(&self) -> Parcel {
        let browser = self.stage.browser();
        browser.walk_in(LEAKED);
        let line = browser.get("/ko/replace").value_of("line");
        assert_eq!(browser.post("/ko/replace", &[("line", &line)]).status, StatusCode::SEE_OTHER);
        let asked = browser.post("/ko/replace", &[("parcel", &line)]);
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        assert_eq!(self.state(), "waiting");
        let page = browser.get("/ko/replace");
        assert!(page.text().contains("택배 발송을 기다리고"), "{}", page.text());
        assert!(!page.text().contains("이천시"), "the warehouse is nobody's visit");
        assert_eq!(ship::ship(self.home(), 5, LEAD).unwrap().shipped, 1);
        self.told();
        let sent = orders::send(self.home(), Pass::Once, &mut orders::Unwatched).unwrap();
        assert_eq!(sent.receivers[0].taken, 1, "{sent:?}");
        self.told();
        self.parcel().unwrap()
    }

    pub(crate) fn told(&self) {
        notify(self.home(), CODE).unwrap();
    }

    /// A browser that came back from the login just now.
    pub(crate) fn logged_in(&self) -> Browser<'_> {
        self.at(Clock::machine().now());
        let browser = self.stage.browser();
        let begun = browser.post("/ko/prove/login", &[]);
        let back = self.server.log_in(begun.location(), LEAKED.reference).unwrap();
        let back = browser.get(back.strip_prefix(ORIGIN).unwrap());
        assert_eq!(back.location(), "/ko/answer", "{}", back.text());
        browser
    }

    /// The code that is mailed when it is asked for.
    pub(crate) fn code(&self, browser: &Browser<'_>, line: &str) -> String {
        let before = self.stage.codes(LEAKED.mail).len();
        let asked = browser.post("/ko/replace", &[("send_code", line)]);
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        self.stage.code(LEAKED.mail, before + 1)
    }

    /// Logs in and gives both proofs.
    pub(crate) fn activated(&self) {
        let browser = self.logged_in();
        let page = browser.get("/ko/replace");
        let line = page.value_of("send_code");
        let code = self.code(&browser, &line);
        let done = activate(&browser, &line, &code, &digits());
        assert_eq!(
            (done.status, done.location()),
            (StatusCode::SEE_OTHER, "/ko/replace"),
            "{}",
            done.text()
        );
        assert_eq!(self.state(), "verified");
        assert!(browser.get("/ko/replace").text().contains("본인 확인이 끝났습니다"));
    }

    /// Why the swap does not begin.
    pub(crate) fn not_yet(&self, hlr: &OsmoHlr) -> &'static str {
        swap::activate(self.home(), hlr, &self.case(), &PACE).unwrap_err().code
    }
}

pub(crate) fn activate(browser: &Browser<'_>, line: &str, code: &str, digits: &str) -> Answer {
    browser.post("/ko/replace", &[("activate", line), ("code", code), ("digits", digits)])
}

pub(crate) fn key(series: u8) -> MilenageKey {
    MilenageKey::from_bytes([series; 16], [series ^ 0x5A; 16])
}

/// A system that takes every order, on a port of its own: its address, and what it was asked for.
pub(crate) fn taker() -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/orders", listener.local_addr().unwrap());
    let (taken, orders) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Some(order) = stream.ok().and_then(|stream| one_order(&stream)) else { continue };
            if taken.send(order).is_err() {
                return;
            }
        }
    });
    (url, orders)
}

pub(crate) fn one_order(mut stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(said) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = said.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").ok()?;
    serde_json::from_slice(&body).ok()
}

/// A real HLR that serves the old card.
pub(crate) fn network() -> (HlrServer, OsmoHlr, Phone, Phone) {
    let server = HlrServer::start().unwrap();
    let mut settings = HlrSettings::new(server.address());
    settings.patience = Duration::from_secs(20);
    let hlr = OsmoHlr::new(settings).unwrap();
    let (old, new) = (Imsi::parse(OLD_IMSI).unwrap(), Imsi::parse(NEW_IMSI).unwrap());
    hlr.create(&old).unwrap();
    hlr.set_key(&old, &key(1)).unwrap();
    hlr.set_number(&old, Some(&number())).unwrap();
    (server, hlr, Phone::new(old, key(1)), Phone::new(new, key(2)))
}

pub(crate) fn number() -> Msisdn {
    Msisdn::parse(LEAKED.number).unwrap()
}

pub(crate) fn attach(server: &HlrServer, phone: &mut Phone, name: &str) -> Attach {
    let mut switch = Switch::connect(server.address(), name, Duration::from_secs(20)).unwrap();
    phone.attach(&mut switch, Domain::Cs).unwrap()
}

pub(crate) fn works(attach: &Attach) -> bool {
    matches!(attach, Attach::Attached { number: Some(told), .. } if told == number().expose())
}

/// Nobody stays: whoever looks next goes on.
pub(crate) const PACE: Pace = Pace {
    command: Duration::from_secs(2),
    lease: Pace::LEASE,
    look_every: Duration::from_secs(2),
    attach_within: TimeDelta::minutes(10),
    stay: false,
};
