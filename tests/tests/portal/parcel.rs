//! A card that came by parcel, activated at home: on the page, over a real login, at a real HLR; and each thing without which it is not.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use rstest::rstest;
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
use simrecall_engine::replacement::{shown, tick::tick};
use simrecall_engine::swap::{self, Ended, Pace, Unwatched};
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

const LEAD: &str = "security.lead";
const HOME: &str = "04524,서울 중구 세종대로 110";
const BEFORE: &str = "2025-08-10T00:00:00+09:00";
const AGENCIES: &str = "code,name,kind,region,address,desks,opens,closes,weekdays
jongno,종로점,shop,seoul,서울 종로구 종로 1,1,09:00,18:00,mon-sun
depot,창고,warehouse,seoul,경기 이천시 1,0,00:00,24:00,mon-sun
";
const NEW_IMSI: &str = "450080099900001";
/// The card of LEAKED in the town's registry.
const OLD_IMSI: &str = "450080000000001";

fn iccid() -> Iccid {
    (0..10).find_map(|last| Iccid::parse(&format!("898205000000123456{last}")).ok()).unwrap()
}

fn digits() -> String {
    let printed = iccid();
    let from = printed.expose().len() - 6;
    printed.expose().chars().skip(from).collect()
}

/// A town with a login, a warehouse with one card, and somebody who takes orders to ship.
struct Carrier {
    stage: Stage,
    server: LoginServer,
    orders: Receiver<Value>,
    _folder: TempDir,
}

impl Carrier {
    fn open() -> Self {
        Self::that(&["pwd"])
    }

    /// Whose login goes over these.
    fn that(amr: &[&str]) -> Self {
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

    fn home(&self) -> &Home {
        self.stage.town.home()
    }

    fn at(&self, moment: DateTime<Utc>) {
        self.stage.clock.advance(moment - self.stage.clock.now());
    }

    /// Agencies, and one card in the warehouse.
    fn furnish(&self) {
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

    fn case(&self) -> ReplacementCase {
        let rows = shown::list(self.home(), CODE, None).unwrap();
        let id = rows[0].id.parse().map(simrecall_core::id::CaseId).unwrap();
        let incident = simrecall_engine::incident::show(self.home(), CODE).unwrap().incident.id;
        self.home().store.read(|tx| tx.replacement(incident, id)).unwrap().unwrap()
    }

    fn state(&self) -> &'static str {
        self.case().state.name()
    }

    fn parcel(&self) -> Option<Parcel> {
        let case = self.case();
        self.home().store.read(|tx| tx.open_parcel(case.incident, case.id)).unwrap()
    }

    fn card(&self, of: &Parcel) -> CardState {
        self.home().store.read(|tx| tx.card(of.card)).unwrap().unwrap().state
    }

    fn ended(&self, of: &Parcel) -> Option<End> {
        let parcel = self.home().store.read(|tx| tx.parcel(of.id)).unwrap().unwrap();
        parcel.ended.map(|(_, end)| end)
    }

    /// Applied for, asked for by parcel, sent, taken over, and everybody told.
    fn shipped(&self) -> Parcel {
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

    fn told(&self) {
        notify(self.home(), CODE).unwrap();
    }

    /// A browser that came back from the login just now.
    fn logged_in(&self) -> Browser<'_> {
        self.at(Clock::machine().now());
        let browser = self.stage.browser();
        let begun = browser.post("/ko/prove/login", &[]);
        let back = self.server.log_in(begun.location(), LEAKED.reference).unwrap();
        let back = browser.get(back.strip_prefix(ORIGIN).unwrap());
        assert_eq!(back.location(), "/ko/answer", "{}", back.text());
        browser
    }

    /// The code that is mailed when it is asked for.
    fn code(&self, browser: &Browser<'_>, line: &str) -> String {
        let before = self.stage.codes(LEAKED.mail).len();
        let asked = browser.post("/ko/replace", &[("send_code", line)]);
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        self.stage.code(LEAKED.mail, before + 1)
    }

    /// Logs in and gives both proofs.
    fn activated(&self) {
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
    fn not_yet(&self, hlr: &OsmoHlr) -> &'static str {
        swap::activate(self.home(), hlr, &self.case()).unwrap_err().code
    }
}

fn activate(browser: &Browser<'_>, line: &str, code: &str, digits: &str) -> Answer {
    browser.post("/ko/replace", &[("activate", line), ("code", code), ("digits", digits)])
}

fn key(series: u8) -> MilenageKey {
    MilenageKey::from_bytes([series; 16], [series ^ 0x5A; 16])
}

/// A system that takes every order, on a port of its own: its address, and what it was asked for.
fn taker() -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/orders", listener.local_addr().unwrap());
    let (taken, orders) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Some(order) = stream.ok().and_then(one_order) else { continue };
            if taken.send(order).is_err() {
                return;
            }
        }
    });
    (url, orders)
}

fn one_order(stream: TcpStream) -> Option<Value> {
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
    (&stream).write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").ok()?;
    serde_json::from_slice(&body).ok()
}

/// A real HLR that serves the old card.
fn network() -> (HlrServer, OsmoHlr, Phone, Phone) {
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

fn number() -> Msisdn {
    Msisdn::parse(LEAKED.number).unwrap()
}

fn attach(server: &HlrServer, phone: &mut Phone, name: &str) -> Attach {
    let mut switch = Switch::connect(server.address(), name, Duration::from_secs(20)).unwrap();
    phone.attach(&mut switch, Domain::Cs).unwrap()
}

fn works(attach: &Attach) -> bool {
    matches!(attach, Attach::Attached { number: Some(told), .. } if told == number().expose())
}

/// Nobody stays: whoever looks next goes on.
const PACE: Pace = Pace {
    command: Duration::from_secs(2),
    lease: Pace::LEASE,
    look_every: Duration::from_secs(2),
    attach_within: TimeDelta::minutes(10),
    stay: false,
};

#[test]
fn from_the_page_to_a_card_that_attaches_at_home() {
    let carrier = Carrier::open();
    let parcel = carrier.shipped();
    let order = carrier.orders.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(
        (order["kind"].as_str(), order["id"].as_str()),
        (Some("card.ship"), Some(&*parcel.id.to_string()))
    );
    let data = &order["data"];
    assert_eq!((&data["iccid"], &data["postcode"]), (&json!(iccid().expose()), &json!("04524")));
    assert!(!order.to_string().contains(&parcel.case.to_string()), "the case is nobody's outside");

    // Too early, by whatever proof; and a code by mail opens nothing that a login opens.
    let early = carrier.stage.browser();
    early.walk_in(LEAKED);
    assert!(early.get("/ko/replace").text().contains("하루가 지나야"));
    let line = serde_json::to_value(carrier.case().line).unwrap().as_str().unwrap().to_owned();
    assert_eq!(early.post("/ko/replace", &[("send_code", &line)]).status, StatusCode::FORBIDDEN);

    let (server, hlr, mut old, mut new) = network();
    assert!(works(&attach(&server, &mut old, "MSC-1")));
    carrier.activated();
    let cases = swap::activations(carrier.home(), CODE, LEAD);
    assert_eq!(cases.unwrap_err().code, "not_allowed", "whoever serves runs it");
    let case = carrier.case();
    assert_eq!(carrier.not_yet(&hlr), "activation_not_told");
    carrier.told();
    let ends = swap::run_activations(carrier.home(), &hlr, std::slice::from_ref(&case), 2, &PACE);
    assert!(matches!(ends.as_slice(), [Ok(Ended::Waiting)]), "{ends:?}");
    assert_eq!(carrier.state(), "awaiting_attach");
    assert!(works(&attach(&server, &mut new, "MSC-2")));
    let ends = swap::repair(carrier.home(), &hlr, &PACE, &mut Unwatched).unwrap();
    assert!(matches!(ends.as_slice(), [(_, Ok(Ended::Completed))]), "{ends:?}");
    assert!(!works(&attach(&server, &mut old, "MSC-3")));

    assert_eq!(
        (carrier.ended(&parcel), carrier.card(&parcel)),
        (Some(End::Activated), CardState::Active)
    );
    let (incident, id) = (case.incident, case.id);
    let proofs = carrier.home().store.read(|tx| tx.case_proofs(incident, id)).unwrap();
    assert!(proofs.len() == 2 && proofs.iter().all(|one| one.passed && one.used_at.is_some()));
    let events = carrier.home().store.read(|tx| tx.case_events(incident, id)).unwrap();
    let moves: Vec<&str> =
        events.iter().filter_map(|one| one.event).map(|one| one.name()).collect();
    assert_eq!(
        moves,
        ["queue", "ship", "deliver", "verify", "reserve", "start", "provisioned", "attach"]
    );
    assert!(events.iter().skip(3).all(|one| one.by.is_none()), "nobody of ours did it");
}

/// A minute is not enough at home: an hour is; then the old card works as before, and they are in line at once.
#[test]
fn who_does_not_attach_within_the_hour_keeps_the_old_card() {
    let carrier = Carrier::open();
    let parcel = carrier.shipped();
    let (server, hlr, mut old, _) = network();
    carrier.activated();
    carrier.told();
    let case = carrier.case();
    let ends = swap::run_activations(carrier.home(), &hlr, &[case], 1, &PACE);
    assert!(matches!(ends.as_slice(), [Ok(Ended::Waiting)]), "{ends:?}");
    for (minutes, state) in [(59, "awaiting_attach"), (2, "waiting")] {
        carrier.stage.clock.advance(TimeDelta::minutes(minutes));
        swap::repair(carrier.home(), &hlr, &PACE, &mut Unwatched).unwrap();
        assert_eq!(carrier.state(), state, "after {minutes} more minutes");
    }
    assert!(works(&attach(&server, &mut old, "MSC-9")));
    // Its key was written: nobody gets that card again.
    assert_eq!(
        (carrier.ended(&parcel), carrier.card(&parcel)),
        (Some(End::RolledBack), CardState::Defective)
    );
    let case = carrier.case();
    let notices = carrier.home().store.read(|tx| tx.case_notices(case.incident, case.id)).unwrap();
    assert!(notices.iter().any(|one| one.key.kind.name() == "rolled_back"));
    assert_eq!(carrier.not_yet(&hlr), "case_state");
}

#[test]
fn each_proof_counts_once_and_for_an_hour() {
    let carrier = Carrier::open();
    carrier.shipped();
    let (_server, hlr, ..) = network();
    let browser = carrier.logged_in();
    let line = browser.get("/ko/replace").value_of("send_code");
    let code = carrier.code(&browser, &line);
    let wrong = if code == "314159" { "271828" } else { "314159" };
    for (typed, last, says) in [
        (wrong, digits(), "인증번호가 맞지 않습니다"),
        (&*code, "000000".to_owned(), "유심의 번호와 맞지 않습니다"),
        (&*code, "12345".to_owned(), "유심의 번호와 맞지 않습니다"),
    ] {
        let answer = activate(&browser, &line, typed, &last);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(says), "{}", answer.text());
        assert!(
            !answer.text().contains(&code) && !answer.text().contains("value=\"12345"),
            "never shown again"
        );
    }
    // Another's session has no code of its own, whatever it types.
    let other = carrier.logged_in();
    assert_eq!(activate(&other, &line, &code, &digits()).status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(carrier.state(), "shipped");
    // The login has aged.
    carrier.stage.clock.advance(TimeDelta::minutes(11));
    assert_eq!(activate(&browser, &line, &code, &digits()).status, StatusCode::FORBIDDEN);
    assert!(
        browser.get("/ko/replace").text().contains("다시 본인 확인을"),
        "the page says what is left"
    );

    carrier.activated();
    carrier.told();
    // Nobody ran the swap within the hour: both are given anew.
    carrier.stage.clock.advance(TimeDelta::minutes(61));
    assert_eq!(carrier.not_yet(&hlr), "no_identity");
    assert_eq!(carrier.state(), "verified");
}

#[test]
fn three_cards_that_are_not_theirs_hold_the_line() {
    let carrier = Carrier::open();
    let parcel = carrier.shipped();
    let browser = carrier.logged_in();
    let line = browser.get("/ko/replace").value_of("send_code");
    let code = carrier.code(&browser, &line);
    let answers: Vec<Answer> = ["000000", "111111", "222222"]
        .into_iter()
        .map(|typed| activate(&browser, &line, &code, typed))
        .collect();
    assert!(answers[2].text().contains("안전을 위해 멈춘"), "{}", answers[2].text());
    assert_eq!(carrier.state(), "fraud_hold");
    // The page moves no card; the clock does.
    assert_eq!(carrier.card(&parcel), CardState::Reserved);
    assert_eq!(tick(carrier.home()).unwrap().parcels, 1);
    assert_eq!(
        (carrier.ended(&parcel), carrier.card(&parcel)),
        (Some(End::Held), CardState::Quarantined)
    );
    let late = activate(&browser, &line, &code, &digits());
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text());
}

/// The code is mailed: whoever logs in by mail has one way, not two.
#[test]
fn a_login_by_mail_is_no_second_way() {
    let carrier = Carrier::that(&["pwd", "mail"]);
    carrier.shipped();
    let browser = carrier.logged_in();
    let line = browser.get("/ko/replace").value_of("send_code");
    let asked = browser.post("/ko/replace", &[("send_code", &line)]);
    assert_eq!(asked.status, StatusCode::FORBIDDEN, "{}", asked.text());
}

#[rstest]
#[case::would_rather_go_to_a_shop("shop", "returned", End::Declined)]
#[case::was_not_them("not_me", "fraud_hold", End::Held)]
fn on_the_page_a_parcel_is_given_up(#[case] field: &str, #[case] state: &str, #[case] end: End) {
    let carrier = Carrier::open();
    let parcel = carrier.shipped();
    let browser = carrier.stage.browser();
    browser.walk_in(LEAKED);
    let line = browser.get("/ko/replace").value_of(field);
    assert_eq!(browser.post("/ko/replace", &[(field, &line)]).status, StatusCode::SEE_OTHER);
    assert_eq!(carrier.state(), state);
    assert_eq!(tick(carrier.home()).unwrap().parcels, 1);
    assert_eq!(
        (carrier.ended(&parcel), carrier.card(&parcel)),
        (Some(end), CardState::Quarantined)
    );
    if field == "shop" {
        let page = browser.get("/ko/replace");
        assert!(page.text().contains("종로점") && !page.text().contains("name=\"send_code\""));
        let chosen = browser.post("/ko/replace", &[("visit", &line), ("at", "jongno")]);
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.text());
        assert_eq!(carrier.state(), "waiting");
        // Who waits there may wait elsewhere: the page offers it, and it does so.
        assert_eq!(
            browser.post("/ko/replace", &[("visit", &line), ("at", "jongno")]).status,
            StatusCode::SEE_OTHER
        );
    }
}
