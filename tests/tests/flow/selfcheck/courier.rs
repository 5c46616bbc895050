//! The network is dead while somebody asks for a code: they see the same page, nothing is lost while the code lives, and nothing is
//! told twice.

use std::net::TcpListener;
use std::time::Instant;

use simrecall_core::notice::Language;
use simrecall_engine::selfcheck::{Ask, SessionKey};
use simrecall_gateway::sandbox::mail::{MailPlan, MailReceiver};
use simrecall_tests::Backend;
use simrecall_tests::town::{LATER, LEAKED, NOT_FOUND, POSSIBLY};

use super::message::{CODE, Service};
use super::stage::{Place, Plan, browser, refused};
use crate::support::wait_until;

/// An address where nobody listens yet. No other test uses this host of the loopback network.
fn dead(host: u8) -> String {
    let listener = TcpListener::bind(format!("127.0.77.{host}:0")).unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The relay comes back; its mails are those of the place.
fn revive(place: &Place, address: &str) -> MailReceiver {
    let plan = MailPlan { keep: Some(place.plain().to_owned()), ..MailPlan::default() };
    let log = place.plain().with_file_name("revived.jsonl");
    place.runtime().block_on(MailReceiver::start(address, plan, &log, None)).unwrap()
}

fn otp(address: &str) -> String {
    format!("otp = {{ url = \"http://{address}/otp\", token_file = \"smsc.password\" }}")
}

fn ask_sms(place: &Place, number: &str) -> SessionKey {
    let ask = Ask::Sms { number, language: Language::Korean, before: None };
    place.door.ask(&ask, &browser()).unwrap().session
}

/// How often a number is named in what the service was asked.
fn named(service: &Service, number: &str) -> usize {
    service.asked().iter().filter(|body| body.contains(number)).count()
}

#[test]
fn a_dead_relay_loses_no_code_and_sends_none_twice() {
    let relay = dead(1);
    let place = Place::with(Backend::Sqlite, Plan { mail: Some(&relay), ..Plan::default() });
    let began = Instant::now();
    let kim = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let lee = place.ask(POSSIBLY.number, POSSIBLY.mail).unwrap();
    // Nothing came, so she asks again: only that code counts now.
    let again = place.ask_again(LEAKED.number, LEAKED.mail, Some(&kim)).unwrap();
    assert_eq!(again, kim);
    assert!(began.elapsed().as_secs() < 3, "whoever asks does not wait for the network");
    assert_eq!(refused(place.redeem(&kim, "12345")), "code_wrong");

    let _relay = revive(&place, &relay);
    let code = place.code(LEAKED.mail, 1);
    place.redeem(&kim, &code).unwrap();
    place.redeem(&lee, &place.code(POSSIBLY.mail, 1)).unwrap();
    // Whatever still waited went before this one.
    place.prove(NOT_FOUND.number, NOT_FOUND.mail);
    assert_eq!((place.codes(LEAKED.mail).len(), place.codes(POSSIBLY.mail).len()), (1, 1));
    assert_eq!(place.door.waiting(), 0);
}

#[test]
fn a_code_that_nobody_could_send_in_time_is_not_sent_late() {
    let relay = dead(2);
    let place = Place::with(Backend::Sqlite, Plan { mail: Some(&relay), ..Plan::default() });
    let kim = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    place.pass(10);
    let _relay = revive(&place, &relay);
    place.prove(NOT_FOUND.number, NOT_FOUND.mail);
    assert!(place.codes(LEAKED.mail).is_empty(), "its ten minutes were over");
    assert_eq!(refused(place.redeem(&kim, "000000")), "code_expired");
}

#[test]
fn a_queue_that_is_full_says_so_and_keeps_what_it_has() {
    let relay = dead(3);
    let portal = "limits = { queue = 1 }";
    let place =
        Place::with(Backend::Sqlite, Plan { mail: Some(&relay), portal, ..Plan::default() });
    // The first waits for another try, the second in the queue.
    let mut asked = Vec::new();
    let busy = loop {
        match place.ask(LEAKED.number, &format!("a{}@town.example", asked.len())) {
            Ok(key) => asked.push(key),
            Err(problem) => break problem,
        }
    };
    assert_eq!(busy.code, "busy");
    assert!((1..=2).contains(&asked.len()), "{}", asked.len());
    let _relay = revive(&place, &relay);
    for (no, key) in asked.iter().enumerate() {
        place.redeem(key, &place.code(&format!("a{no}@town.example"), 1)).unwrap();
    }
}

#[test]
fn a_dead_relay_holds_up_no_message_and_a_dead_service_no_mail() {
    let (relay, service) = (dead(4), Service::start());
    let portal = otp(&service.address());
    let place = Place::with(
        Backend::Sqlite,
        Plan { mail: Some(&relay), portal: &portal, compromised: "[\"app\"]", ..Plan::default() },
    );
    for _ in 0..3 {
        place.ask(LEAKED.number, LEAKED.mail).unwrap();
    }
    let asked = ask_sms(&place, LATER.number);
    wait_until("a message", || named(&service, "20000004") == 1);
    wait_until("its name", || place.redeem(&asked, CODE).is_ok());

    let portal = otp(&dead(5));
    let place = Place::with(
        Backend::Sqlite,
        Plan { portal: &portal, compromised: "[\"app\"]", ..Plan::default() },
    );
    for who in [LEAKED, POSSIBLY, LATER, NOT_FOUND] {
        ask_sms(&place, who.number);
    }
    ask_sms(&place, "010-9999-9999");
    place.prove(LEAKED.number, LEAKED.mail);
}

#[test]
fn a_service_that_comes_back_sends_what_waited_once() {
    let address = dead(6);
    let portal = otp(&address);
    let place = Place::with(
        Backend::Sqlite,
        Plan { portal: &portal, compromised: "[\"app\"]", ..Plan::default() },
    );
    let asked = ask_sms(&place, LEAKED.number);
    assert_eq!(refused(place.redeem(&asked, "000000")), "code_wrong", "as if it had been sent");
    let service = Service::at(&address);
    wait_until("a message", || named(&service, "20000001") == 1);
    wait_until("its name", || place.redeem(&asked, CODE).is_ok());
    ask_sms(&place, LATER.number);
    wait_until("another message", || named(&service, "20000004") == 1);
    assert_eq!(named(&service, "20000001"), 1);
}

/// Whether it sent the message, nobody knows, and its code cannot be checked: one more is sent, not one every three seconds.
#[test]
fn a_service_that_hangs_up_is_asked_twice_and_no_more() {
    let service = Service::start();
    service.hang_up(true);
    let portal = otp(&service.address());
    let place = Place::with(
        Backend::Sqlite,
        Plan { portal: &portal, compromised: "[\"app\"]", ..Plan::default() },
    );
    ask_sms(&place, LEAKED.number);
    wait_until("two tries", || named(&service, "20000001") == 2);
    // The second try of another comes after a third of hers would have.
    ask_sms(&place, LATER.number);
    wait_until("two tries", || named(&service, "20000004") == 2);
    assert_eq!(named(&service, "20000001"), 2);
}

#[test]
fn whoever_types_a_code_while_the_service_is_dead_has_failed_at_nothing() {
    let service = Service::start();
    let portal = otp(&service.address());
    let place = Place::with(
        Backend::Sqlite,
        Plan { portal: &portal, compromised: "[\"app\"]", ..Plan::default() },
    );
    let asked = ask_sms(&place, LEAKED.number);
    wait_until("a message", || named(&service, "20000001") == 1);
    // What the service calls it is written down a moment later.
    service.hang_up(true);
    wait_until("its name", || refused(place.redeem(&asked, CODE)) == "otp_no_answer");
    for _ in 0..10 {
        assert_eq!(refused(place.redeem(&asked, CODE)), "otp_no_answer");
    }
    service.hang_up(false);
    place.redeem(&asked, CODE).unwrap();
}
