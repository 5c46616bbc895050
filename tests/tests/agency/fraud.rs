//! Ways to steal a line, one test each: what is tried is refused, delayed or alarms, and nothing is sent to the network's register.
//!
//! Looking customers up, drop by drop or by a number that is laid out, is in `limits`; images shown twice in `looks`.

use std::fmt::Write as _;
use std::process::Command;

use chrono::TimeDelta;
use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use simrecall_core::id::SwapOrderId;
use simrecall_core::replacement::State;
use simrecall_engine::drill::CODE;
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::terminal::alarm;
use simrecall_engine::{Clock, Home, swap};
use simrecall_store::card::CardMove;
use simrecall_store::line_hold::{LineHold, NOT_ME};
use simrecall_store::seal::Field;
use simrecall_tests::counter::{imsi, number};
use simrecall_tests::office::{
    Answer, CLERK_ELSEWHERE, Desk, MAPO, PRIVACY, SECURITY, SUPERVISOR_ELSEWHERE,
};
use simrecall_tests::shop::{CLERK, Customer, SHOP, SUPERVISOR, Shop};
use simrecall_tests::{Backend, Guard, town};
use tempfile::TempDir;
use uuid::Uuid;

use crate::visitor::jpeg;

/// A shop at half past nine on a Thursday, with cards for a few customers.
struct Front {
    shop: Shop,
    clock: Clock,
    url: String,
    _folder: TempDir,
    _database: Guard,
}

impl Front {
    fn open(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (url, database) = backend.fresh().unwrap();
        let clock = town::clock().unwrap();
        let shop = Shop::open(&folder.path().join("home"), &url, clock.clone(), 4).unwrap();
        Self { shop, clock, url, _folder: folder, _database: database }
    }

    fn home(&self) -> &Home {
        self.shop.home()
    }

    fn by_hand(&self, sql: &str) -> String {
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

    /// No swap was begun, and nothing sent to any register.
    fn nothing_was_sent(&self) {
        for table in ["swap", "swap_step"] {
            assert_eq!(self.by_hand(&format!("SELECT count(*) FROM {table}")), "0", "{table}");
        }
    }

    fn state(&self, customer: &Customer) -> State {
        self.shop.counter.case(customer.case).unwrap().state
    }

    /// The number's key, as holds and changes of cards have it.
    fn number(&self, customer: &Customer) -> [u8; 16] {
        let service = self.home().keys.service().unwrap();
        service.blind(Field::Msisdn, number(customer.no).unwrap().expose())
    }

    /// A look is asked for, with an image; somebody takes it and answers. How that ended.
    fn look(
        &self,
        clerk: &mut Desk,
        customer: &Customer,
        (eyes, image, yes): (&mut Desk, u8, bool),
    ) -> Option<(u16, String)> {
        let office = &self.shop.office;
        let asked = self.shop.ask(clerk, customer, ("look", &json!({}))).unwrap().well().unwrap();
        let look = asked["look"].as_str().unwrap().to_owned();
        let picture = |no: u8| format!("/api/looks/{look}/images/{no}");
        for (no, image) in [(1, image), (2, image + 100)] {
            office.ask(clerk, ("PUT", &picture(no)), &jpeg(image)).unwrap().well().unwrap();
        }
        let taken = office.post(eyes, "/api/looks/take", &json!({})).unwrap();
        if taken.status == StatusCode::NO_CONTENT {
            return None;
        }
        taken.well().unwrap();
        for no in [1, 2].into_iter().filter(|_| yes) {
            office.get(eyes, &picture(no)).unwrap().well().unwrap();
        }
        let body = json!({ "approve": yes, "reason": if yes { "" } else { "other_person" } });
        let done = office.post(eyes, &format!("/api/looks/{look}/answer"), &body).unwrap();
        Some(said(&done))
    }
}

fn said(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

fn papers() -> Value {
    json!({ "shown": ["resident_card"] })
}

fn order() -> SwapOrderId {
    SwapOrderId(Uuid::from_bytes([5; 16]))
}

/// Papers alone, however long they wait; images that a stranger does not believe; the own agency's eyes; a label of the queue.
#[rstest]
fn bribed_clerk_with_no_customer_present(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    let mut own = shop.seat(SUPERVISOR).unwrap();
    let mut other = shop.office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    shop.check_in(&mut clerk, &customer).unwrap().well().unwrap();
    shop.ask(&mut clerk, &customer, ("papers", &papers())).unwrap().well().unwrap();
    assert_eq!(front.state(&customer), State::CheckedIn);
    // A label names nothing.
    let queue = shop.office.get(&mut clerk, "/api/queue").unwrap().well().unwrap();
    let label = queue["rows"][0]["label"].clone();
    let guessed = shop.office.post(&mut clerk, "/api/check-in", &json!({ "code": label })).unwrap();
    assert!(guessed.status.is_client_error(), "{}", guessed.status);
    assert_eq!(front.look(&mut clerk, &customer, (&mut own, 1, true)), None);
    front.clock.advance(TimeDelta::minutes(2));
    let denied = front.look(&mut clerk, &customer, (&mut other, 2, false)).unwrap();
    assert_eq!(denied.0, 200);
    // The next day, with the same papers: nothing has come of waiting.
    shop.tell(&customer).unwrap();
    front.clock.advance(TimeDelta::hours(25));
    shop.office.sign_in(&mut clerk).unwrap().well().unwrap();
    let again = shop.ask(&mut clerk, &customer, ("papers", &papers())).unwrap();
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(front.state(&customer), State::CheckedIn, "papers alone verify nobody");
    let card = json!({ "iccid": customer.iccid });
    let scan = shop.ask(&mut clerk, &customer, ("card", &card)).unwrap();
    assert_eq!(scan.status, StatusCode::CONFLICT);
    assert!(shop.put(&mut clerk, order(), &customer).unwrap().status.is_client_error());
    front.nothing_was_sent();
}

/// The cookie in another browser; in another terminal of the same shop; and with everything but the key.
#[rstest]
fn stolen_session(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let office = &front.shop.office;
    let mut clerk = front.shop.seat(CLERK).unwrap();
    office.get(&mut clerk, "/api/queue").unwrap().well().unwrap();
    let views = front.by_hand("SELECT count(*) FROM journal_entry WHERE kind = 'view.granted'");
    let mut stranger = office.stranger().unwrap();
    let mut colleague = office.desk(Some(SHOP)).unwrap();
    for thief in [&mut stranger, &mut colleague] {
        thief.browser.cookie.clone_from(&clerk.browser.cookie);
        for path in ["/api/queue", "/api/session", "/api/day"] {
            let answer = office.get(thief, path).unwrap();
            assert_eq!(said(&answer), (401, "signed_out".to_owned()), "{path}");
        }
    }
    let after = front.by_hand("SELECT count(*) FROM journal_entry WHERE kind = 'view.granted'");
    assert_eq!(after, views, "nothing was shown");
    office.get(&mut clerk, "/api/queue").unwrap().well().unwrap();
    front.nothing_was_sent();
}

/// Whoever drives the terminal has its key and its session, and no finger on the passkey: an order is made and never confirmed.
#[rstest]
fn remote_control_of_a_terminal(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    let made = shop.put(&mut clerk, order(), &customer).unwrap().well().unwrap();
    assert_eq!(made["state"], "made");
    // Another authenticator, one that was enrolled for somebody else at another shop.
    let other = shop.office.seat(Some(MAPO), CLERK_ELSEWHERE).unwrap();
    let own = std::mem::replace(&mut clerk.passkey, other.passkey);
    if let Ok(signed) = shop.sign(&mut clerk, &made) {
        let path = format!("/api/orders/{}/assertion", order());
        let answer = shop.office.post(&mut clerk, &path, &signed).unwrap();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    clerk.passkey = own;
    front.clock.advance(TimeDelta::minutes(2));
    let late = shop.sign(&mut clerk, &made).unwrap();
    let path = format!("/api/orders/{}/assertion", order());
    let answer = shop.office.post(&mut clerk, &path, &late).unwrap();
    assert_ne!(answer.json()["state"], "confirmed", "{}", answer.status);
    let confirmed = front.by_hand("SELECT count(*) FROM swap_order WHERE confirmed_at IS NOT NULL");
    assert_eq!(confirmed, "0");
    front.nothing_was_sent();
}

/// A signed request twice; the customer's own code twice; an image twice.
#[rstest]
fn forged_proof_replayed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let (first, second) = (shop.customer(1).unwrap(), shop.customer(2).unwrap());
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.office.get(&mut clerk, "/api/session").unwrap().well().unwrap();
    let claims = clerk.browser.claims("GET", "/api/queue", b"").unwrap();
    let once = shop.office.ask_with(&mut clerk, ("GET", "/api/queue"), b"", &claims).unwrap();
    assert_eq!(once.status, StatusCode::OK);
    let twice = shop.office.ask_with(&mut clerk, ("GET", "/api/queue"), b"", &claims).unwrap();
    assert_eq!(said(&twice), (401, "signed_out".to_owned()));
    for customer in [&first, &second] {
        shop.check_in(&mut clerk, customer).unwrap().well().unwrap();
    }
    let code = json!({ "code": shop.presence(&first).unwrap() });
    shop.ask(&mut clerk, &first, ("present", &code)).unwrap().well().unwrap();
    let again = shop.ask(&mut clerk, &first, ("present", &code)).unwrap();
    assert!(again.status.is_client_error(), "a code proves once");
    let other = shop.ask(&mut clerk, &second, ("present", &code)).unwrap();
    assert!(other.status.is_client_error(), "and one case");
    assert_eq!(front.state(&second), State::CheckedIn);
    front.nothing_was_sent();
}

/// Ten codes to check in with that fit nothing, in an hour; three of a customer's own, in a day.
#[rstest]
fn code_guessed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.check_in(&mut clerk, &customer).unwrap().well().unwrap();
    let right = shop.presence(&customer).unwrap();
    let wrong = |n: u32| json!({ "code": format!("{:06}", (right.parse::<u32>().unwrap() + n) % 1_000_000) });
    for n in 1..=3 {
        let guess = shop.ask(&mut clerk, &customer, ("present", &wrong(n))).unwrap();
        assert!(guess.status.is_client_error(), "{n}");
    }
    assert_eq!(front.state(&customer), State::FraudHold);
    let right = shop.ask(&mut clerk, &customer, ("present", &wrong(0))).unwrap();
    assert!(right.status.is_client_error(), "now the right one does nothing either");
    let letters = ["B", "C", "D", "F", "G", "H", "J", "K", "L", "M", "N"];
    let guess = |n: usize| json!({ "code": format!("BCDFGHJKL{}", letters[n]) });
    let mut codes = Vec::new();
    for n in 0..11 {
        codes.push(shop.office.post(&mut clerk, "/api/check-in", &guess(n)).unwrap());
    }
    let (fits_nothing, over) = codes.split_at(10);
    assert!(fits_nothing.iter().all(|answer| answer.status != 429 && !answer.status.is_success()));
    assert_eq!(said(&over[0]), (429, "limit".to_owned()));
    front.nothing_was_sent();
}

/// Good forged papers, and a face that is not on them: the papers are let pass, the face is not, and a third failure holds the line.
#[rstest]
fn impostor_with_one_right_answer(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    let mut other = shop.office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    shop.check_in(&mut clerk, &customer).unwrap().well().unwrap();
    shop.ask(&mut clerk, &customer, ("papers", &papers())).unwrap().well().unwrap();
    let denied = front.look(&mut clerk, &customer, (&mut other, 1, false)).unwrap();
    assert_eq!(denied.0, 200);
    for _ in 0..2 {
        let code = json!({ "code": "000000" });
        shop.ask(&mut clerk, &customer, ("present", &code)).unwrap();
    }
    assert_eq!(front.state(&customer), State::FraudHold, "three ways, one line");
    let number = front.number(&customer);
    assert!(front.home().store.read(|tx| tx.line_is_held(&number)).unwrap());
    front.nothing_was_sent();
}

/// At night nobody signs in, nothing is looked up and no order is made, whoever has the terminal.
#[rstest]
fn night_time_swap(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    // Ten to eight: twenty minutes later the shop is closed, and the session alive.
    front.clock.advance(TimeDelta::minutes(620));
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    front.clock.advance(TimeDelta::minutes(11));
    let made = shop.put(&mut clerk, order(), &customer).unwrap();
    assert!(made.status.is_client_error(), "{}", made.status);
    let walk_in = json!({ "number": "010-3000-0002" });
    let refused = shop.office.post(&mut clerk, "/api/walk-in", &walk_in).unwrap();
    assert_eq!(said(&refused).0, said(&made).0);
    front.clock.advance(TimeDelta::hours(7));
    let asked = shop.office.post(&mut clerk, "/api/sign-in/begin", &json!({})).unwrap();
    assert!(asked.status.is_client_error(), "three in the morning");
    assert_eq!(front.by_hand("SELECT count(*) FROM swap_order"), "0");
    front.nothing_was_sent();
}

/// A number that got another card two days ago: present, warned again and countersigned, or not at all.
#[rstest]
fn second_swap_within_72_hours(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    let number = front.number(&customer);
    let before = front.home().now() - TimeDelta::hours(48);
    front.home().store.write(|tx| tx.raise_sim_change(&number, before)).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    let made = shop.ordered(&mut clerk, order(), &customer).unwrap();
    assert_eq!(made["needs"], json!(["countersign"]), "{made}");
    // It waits for a supervisor: whoever follows orders begins nothing.
    let pace = swap::Pace {
        command: std::time::Duration::from_secs(1),
        lease: swap::Pace::LEASE,
        look_every: std::time::Duration::from_secs(1),
        attach_within: TimeDelta::minutes(1),
        stay: false,
    };
    let followed = simrecall_engine::terminal::follow::take(front.home(), &NoRegister, &pace);
    assert_eq!(followed.unwrap(), None);
    // Not by the one who ordered it.
    let path = format!("/api/orders/{}/countersign/begin", order());
    let own = shop.office.post(&mut clerk, &path, &json!({})).unwrap();
    assert_eq!(said(&own), (403, "not_allowed".to_owned()));
    front.clock.advance(TimeDelta::minutes(5));
    drop(simrecall_engine::terminal::follow::take(front.home(), &NoRegister, &pace));
    front.nothing_was_sent();
}

/// The address on record was changed two days before the application: who was reached at the one before has a day to object.
#[rstest]
fn swap_right_after_a_contact_change(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let front = Front::open(backend);
    let shop = &front.shop;
    front.clock.advance(TimeDelta::days(8));
    change_address(&front, 1, "thief@town.example");
    front.clock.advance(TimeDelta::days(2));
    let customer = shop.customer(1).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    let lately = front.by_hand(
        "SELECT lately, count(*) FROM case_notice WHERE kind = 1 AND channel = 2 GROUP BY lately ORDER BY 1",
    );
    assert_eq!(lately, "2|1\n3|1", "the new address and the old one");
    let made = shop.put(&mut clerk, order(), &customer).unwrap();
    assert_eq!(said(&made), (409, "objections".to_owned()));
    front.nothing_was_sent();
}

/// Known and unknown numbers are answered alike, forty an hour; whoever watches hears of it at the twentieth.
#[rstest]
fn enumeration_of_numbers(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let mut clerk = shop.seat(CLERK).unwrap();
    let mut shapes = std::collections::BTreeSet::new();
    let mut answered = 0;
    for n in 0..60 {
        let number = json!({ "number": format!("010-3000-{n:04}") });
        let sent = shop.office.post(&mut clerk, "/api/walk-in", &number).unwrap();
        if sent.status.is_success() {
            answered += 1;
            let sent = sent.json();
            let keys: Vec<String> = sent.as_object().unwrap().keys().cloned().collect();
            let length = sent.to_string().len();
            shapes.insert((keys, length));
        } else {
            assert_eq!(said(&sent), (429, "limit".to_owned()));
        }
    }
    assert_eq!((answered, shapes.len()), (40, 1));
    let kinds: Vec<_> =
        alarm::list(front.home(), false).unwrap().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, ["ratio"]);
    front.nothing_was_sent();
}

/// One terminal, two people: whoever is posted elsewhere does not sign in here, and who is posted here does not look.
#[rstest]
fn clerk_and_approver_on_one_device(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.check_in(&mut clerk, &customer).unwrap().well().unwrap();
    let elsewhere = shop.office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    let centre = shop.office.seat(None, SECURITY).unwrap();
    let cookie = clerk.browser.cookie.clone();
    let own = std::mem::replace(&mut clerk.passkey, elsewhere.passkey);
    assert!(!shop.office.sign_in(&mut clerk).unwrap().status.is_success());
    clerk.passkey = centre.passkey;
    assert!(!shop.office.sign_in(&mut clerk).unwrap().status.is_success());
    (clerk.passkey, clerk.browser.cookie) = (own, cookie);
    let mut own = shop.seat(SUPERVISOR).unwrap();
    assert_eq!(front.look(&mut clerk, &customer, (&mut own, 1, true)), None);
    assert_eq!(front.state(&customer), State::CheckedIn);
    front.nothing_was_sent();
}

/// A card that was said to be lost is scanned: refused, and somebody is told.
#[rstest]
fn stolen_card(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    use simrecall_core::id::CardId;
    use simrecall_core::replacement::card::State as CardState;
    let front = Front::open(backend);
    let shop = &front.shop;
    let (customer, thief) = (shop.customer(1).unwrap(), shop.customer(2).unwrap());
    let service = front.home().keys.service().unwrap();
    let card = CardId::from_bytes(service.blind(Field::Iccid, &customer.iccid));
    let at = front.home().now();
    let (from, to) = (CardState::Available, CardState::Lost);
    let lost = CardMove { card, from, to, sealed: None, at };
    assert!(front.home().store.write(|tx| tx.move_card(&lost)).unwrap());
    let mut clerk = shop.seat(CLERK).unwrap();
    let stolen = Customer { iccid: customer.iccid, ..thief };
    let scan = shop.scanned(&mut clerk, &stolen);
    assert!(scan.is_err(), "{scan:?}");
    let kinds: Vec<_> =
        alarm::list(front.home(), false).unwrap().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, ["lost_card"]);
    assert_eq!(front.by_hand("SELECT count(*) FROM outbox WHERE kind = 'staff.alarm'"), "1");
    front.nothing_was_sent();
}

/// A customer stopped it: nobody of ours ends that, whoever agrees with whom.
#[rstest]
fn self_approved_override(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let front = Front::open(backend);
    let shop = &front.shop;
    let customer = shop.customer(1).unwrap();
    let mut clerk = shop.seat(CLERK).unwrap();
    shop.scanned(&mut clerk, &customer).unwrap();
    let case = shop.counter.case(customer.case).unwrap();
    let hold = LineHold {
        number: front.number(&customer),
        raised_at: front.home().now(),
        by: None,
        reason: NOT_ME.to_owned(),
        case: Some((case.incident, case.id)),
        cleared: None,
        owner_agreed_at: None,
    };
    assert!(front.home().store.write(|tx| tx.raise_line_hold(&hold)).unwrap());
    let made = shop.put(&mut clerk, order(), &customer).unwrap();
    assert_eq!(said(&made), (409, "line_held".to_owned()));
    let id = customer.case.to_string();
    for by in [PRIVACY, SECURITY] {
        let refused = swap::clear(front.home(), CODE, &id, by).unwrap_err();
        assert_eq!(refused.code, "owner_disagrees", "{by}");
    }
    for by in [CLERK, SUPERVISOR] {
        let refused = swap::clear(front.home(), CODE, &id, by).unwrap_err();
        assert_eq!(refused.code, "at_counter", "{by}: never from an agency");
    }
    assert!(front.home().store.read(|tx| tx.line_is_held(&hold.number)).unwrap());
    front.nothing_was_sent();
}

/// A new registry in which one customer has another address.
fn change_address(front: &Front, customer: u32, mail: &str) {
    let (mut subscribers, mut lines) = (
        String::from(
            "subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact,country\n",
        ),
        String::from("line,subscriber,msisdn,imsi,iccid,service,held_from,held_to\n"),
    );
    for no in 1..=4 {
        let own = format!("p{no}@town.example");
        let mail = if no == customer { mail } else { own.as_str() };
        writeln!(subscribers, "P-{no:05},person,김하늘,1980-02-03,ko,hanbit,{mail},,,,,").unwrap();
        let (number, imsi) = (number(no).unwrap(), imsi(1, no).unwrap());
        let (number, imsi) = (number.expose(), imsi.expose());
        let held = "voice,2024-01-01T00:00:00+09:00,";
        writeln!(lines, "L-{no:05},P-{no:05},+{number},{imsi},,{held}").unwrap();
    }
    let folder = front.home().dir.join("changed");
    std::fs::create_dir_all(&folder).unwrap();
    let paths = (folder.join("subscribers.csv"), folder.join("lines.csv"));
    std::fs::write(&paths.0, subscribers).unwrap();
    std::fs::write(&paths.1, lines).unwrap();
    let (subscribers, lines) = (paths.0.as_path(), paths.1.as_path());
    let as_of = front.home().now();
    let files = RegistryFiles { subscribers, lines, as_of, accept_rejects: 0 };
    registry::import(front.home(), CODE, &files, SECURITY).unwrap();
}

/// A register that nobody may speak to.
struct NoRegister;

mod silent {
    use simrecall_core::identity::{Imsi, Msisdn};
    use simrecall_core::replacement::swap::Access;
    use simrecall_gateway::hlr::{
        Enforcement, HlrError, LastSeen, LockOrder, MilenageKey, Provisioning, Subscriber,
    };

    impl Provisioning for super::NoRegister {
        fn read(&self, _: &Imsi) -> Result<Option<Subscriber>, HlrError> {
            panic!("the register was read")
        }
        fn is_there(&self) -> Result<(), HlrError> {
            Ok(())
        }
        fn holder(&self, _: &Msisdn) -> Result<Option<Imsi>, HlrError> {
            panic!("the register was read")
        }
        fn last_seen(&self, _: &Imsi) -> Result<Option<LastSeen>, HlrError> {
            panic!("the register was read")
        }
        fn create(&self, _: &Imsi) -> Result<(), HlrError> {
            panic!("a command was sent")
        }
        fn set_key(&self, _: &Imsi, _: &MilenageKey) -> Result<(), HlrError> {
            panic!("a command was sent")
        }
        fn set_number(&self, _: &Imsi, _: Option<&Msisdn>) -> Result<(), HlrError> {
            panic!("a command was sent")
        }
        fn set_access(&self, _: &Imsi, _: Access) -> Result<(), HlrError> {
            panic!("a command was sent")
        }
        fn delete(&self, _: &Imsi) -> Result<(), HlrError> {
            panic!("a command was sent")
        }
        fn lock(&self, _: &LockOrder) -> Result<Enforcement, HlrError> {
            panic!("a command was sent")
        }
    }
}
