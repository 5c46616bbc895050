//! Codes by message: the carrier's service sends them, and they unlock what the message said.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use simrecall_core::notice::Language;
use simrecall_core::selfcheck::Standing;
use simrecall_engine::selfcheck::{Ask, SessionKey};
use simrecall_tests::Backend;
use simrecall_tests::town::{LATER, LEAKED, NEW_HOLDER};

use super::stage::{Place, Plan, browser, refused};
use crate::support::wait_until;

/// A service that answers as CAMARA One Time Password SMS 1.1.1 does, and knows one code.
pub(super) struct Service {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    hangs_up: Arc<AtomicBool>,
}

pub(super) const CODE: &str = "271828";

impl Service {
    pub(super) fn start() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub(super) fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let service = Self { address, asked: Arc::default(), hangs_up: Arc::default() };
        let (log, hangs_up) = (Arc::clone(&service.asked), Arc::clone(&service.hangs_up));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &log, &hangs_up);
            }
        });
        service
    }

    pub(super) fn address(&self) -> String {
        self.address.clone()
    }

    /// The bodies of what was asked so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Whether it hears what it is asked and says nothing.
    pub(super) fn hang_up(&self, yes: bool) {
        self.hangs_up.store(yes, Ordering::Release);
    }
}

fn answer(stream: TcpStream, log: &Mutex<Vec<String>>, hangs_up: &AtomicBool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.unwrap().trim().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let (status, says) = if head.starts_with("POST /otp/send-code ") {
        ("200 OK", r#"{"authenticationId":"ea0840f3-3663-4149-bd10-c7c6b8912105"}"#)
    } else if body.contains(CODE) {
        ("204 No Content", "")
    } else {
        let wrong = r#"{"status":400,"code":"ONE_TIME_PASSWORD_SMS.INVALID_OTP","message":"no"}"#;
        ("400 Bad Request", wrong)
    };
    log.lock().unwrap().push(body);
    if hangs_up.load(Ordering::Acquire) {
        return;
    }
    let length = says.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{says}"
    )
    .unwrap();
}

fn place(service: &Service, compromised: &str) -> Place {
    let portal = format!(
        "otp = {{ url = \"http://{}/otp\", token_file = \"smsc.password\" }}",
        service.address
    );
    Place::with(Backend::Sqlite, Plan { compromised, portal: &portal, ..Plan::default() })
}

fn ask(place: &Place, number: &str) -> simrecall_engine::Result<SessionKey> {
    let ask = Ask::Sms { number, language: Language::Korean, before: None };
    place.door.ask(&ask, &browser()).map(|asked| asked.session)
}

/// Asks, waits until the code is out, and types it.
fn prove(place: &Place, service: &Service, number: &str) -> SessionKey {
    let before = service.asked().len();
    let asked = ask(place, number).unwrap();
    wait_until("a message", || service.asked().len() > before);
    assert!(service.asked().last().unwrap().contains("{{code}}"));
    // What the service calls it is written down a moment later.
    let mut proved = place.redeem(&asked, "000000");
    for _ in 0..3 {
        proved = place.redeem(&asked, CODE);
        if proved.is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    proved.unwrap()
}

#[test]
fn a_line_s_user_learns_what_the_message_said_and_may_claim() {
    let service = Service::start();
    let place = place(&service, "[\"app\"]");
    let answer = place.answer(&prove(&place, &service, LEAKED.number));
    assert_eq!((answer.standing, answer.lines.len()), (Standing::Leaked, 1));
    assert_eq!(answer.may, ["items", "claim"]);
    assert_eq!((answer.lines[0].moment, answer.told_since), (None, None));
    let visit = place.visit(&prove(&place, &service, LATER.number)).unwrap();
    assert_eq!(refused(place.door.apply(&visit, &[])), "not_unlocked");
    assert_eq!(refused(place.door.protections(&visit)), "not_unlocked");
    assert_eq!(refused(place.door.notices(&visit)), "not_unlocked");
    assert_eq!(refused(place.door.benefits(&visit)), "not_unlocked");
    let line = place.door.lines(&visit).unwrap()[0].line;
    let chosen = place.door.choose_benefit(&visit, line, "insurance");
    assert_eq!(refused(chosen), "not_unlocked");
    assert!(place.door.claims(&visit).unwrap().is_empty());
    // Who has a number since September learns nothing of whoever had it in August.
    let answer = place.answer(&prove(&place, &service, NEW_HOLDER.number));
    assert_eq!(answer.standing, Standing::NotFound);
    let nobody = place.answer(&prove(&place, &service, "010-9999-9999"));
    assert_eq!(nobody.standing, Standing::NotOurs);
}

#[test]
fn sms_or_ars_closes_every_message() {
    for compromised in ["[\"sms\"]", "[\"ars\"]"] {
        let service = Service::start();
        let place = place(&service, compromised);
        assert_eq!(refused(ask(&place, "typed badly")), "channel_compromised");
        let ways = place.door.public().unwrap().ways;
        assert_eq!((ways[1].open, ways[1].because), (false, Some("sms")), "{compromised}");
        assert!(service.asked().is_empty());
    }
}

#[test]
fn an_old_registry_does_not_say_who_has_a_line() {
    let service = Service::start();
    let place = place(&service, "[]");
    place.pass(25 * 60);
    assert_eq!(refused(ask(&place, LEAKED.number)), "way_closed");
}
