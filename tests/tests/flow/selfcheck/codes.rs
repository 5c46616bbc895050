//! Codes: wrong, late, twice, too many; and whose browser they are for.

use rstest::rstest;
use simrecall_core::notice::Language;
use simrecall_engine::selfcheck::{Ask, Browser, SessionKey};
use simrecall_tests::Backend;
use simrecall_tests::town::{LEAKED, NOT_FOUND};

use super::stage::{AGENT, Place, Plan, browser, refused};

/// A code that is not this one.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_code_counts_once_for_a_while_and_in_its_browser(#[case] backend: Backend) {
    let place = Place::open(backend);
    let asked = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    assert_eq!(refused(place.visit(&asked)), "session_missing", "a request proves nothing");
    let code = place.code(LEAKED.mail, 1);
    assert_eq!(refused(place.redeem(&asked, "12345")), "code_wrong");
    assert_eq!(refused(place.redeem(&asked, &other(&code))), "code_wrong");
    let elsewhere = Browser { agent: "curl/8", network: "192.0.2.1" };
    assert_eq!(refused(place.door.redeem(&asked, &elsewhere, &code)), "session_other_browser");
    let (first, rest) = code.split_at(3);
    let proved = place.redeem(&asked, &format!(" {first} {rest} ")).unwrap();
    assert_ne!(proved, asked, "proof gives a new key");
    assert_eq!(refused(place.redeem(&asked, &code)), "session_missing", "replayed");
    assert!(place.visit(&proved).is_ok());
    assert_eq!(refused(place.door.visit(&proved, &elsewhere)), "session_other_browser");

    let late = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let code = place.code(LEAKED.mail, 2);
    place.pass(10);
    assert_eq!(refused(place.redeem(&late, &code)), "code_expired");
    let nobody = SessionKey::from_cookie(&"A".repeat(43)).unwrap();
    assert_eq!(refused(place.redeem(&nobody, &code)), "session_missing");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn who_guesses_has_five_tries_and_ten_a_day(#[case] backend: Backend) {
    let place = Place::open(backend);
    let asked = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let code = place.code(LEAKED.mail, 1);
    for _ in 0..5 {
        assert_eq!(refused(place.redeem(&asked, &other(&code))), "code_wrong");
    }
    assert_eq!(refused(place.redeem(&asked, &code)), "code_used_up", "even the right one");
    let second = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let code = place.code(LEAKED.mail, 2);
    for _ in 0..5 {
        assert_eq!(refused(place.redeem(&second, &other(&code))), "code_wrong");
    }
    let third = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let code = place.code(LEAKED.mail, 3);
    assert_eq!(refused(place.redeem(&third, &code)), "code_used_up", "ten failures that day");
    place.pass(24 * 60);
    place.prove(LEAKED.number, LEAKED.mail);
}

#[test]
fn a_right_code_is_no_failure() {
    let place = Place::with(
        Backend::Sqlite,
        Plan { portal: "limits = { failures_a_day = 1 }", ..Plan::default() },
    );
    for _ in 0..3 {
        place.prove(LEAKED.number, LEAKED.mail);
    }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_new_request_replaces_the_browser_s_own_only(#[case] backend: Backend) {
    let place = Place::open(backend);
    let first = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let old = place.code(LEAKED.mail, 1);
    let somebody = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let theirs = place.code(LEAKED.mail, 2);
    let again = place.ask_again(LEAKED.number, LEAKED.mail, Some(&first)).unwrap();
    assert_eq!(again, first, "one browser, one request");
    let new = place.code(LEAKED.mail, 3);
    if old != new {
        assert_eq!(refused(place.redeem(&first, &old)), "code_wrong");
    }
    place.redeem(&somebody, &theirs).unwrap();
    place.redeem(&first, &new).unwrap();
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn budgets_are_the_same_for_strangers_and_customers(#[case] backend: Backend) {
    let place = Place::open(backend);
    for address in [LEAKED.mail, "stranger@elsewhere.example"] {
        for n in 1..=3 {
            place.ask(LEAKED.number, address).unwrap();
            place.code(address, n);
        }
        // Over the budget: the same page, and no message.
        let silent = place.ask(LEAKED.number, address).unwrap();
        assert_eq!(refused(place.redeem(&silent, "000000")), "code_wrong");
        assert_eq!(place.door.waiting(), 0);
    }
    // A code that goes through afterwards shows that nothing was held up before it.
    place.prove(NOT_FOUND.number, NOT_FOUND.mail);
    for address in [LEAKED.mail, "stranger@elsewhere.example"] {
        assert_eq!(place.codes(address).len(), 3);
    }
    place.pass(60);
    let asked = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    place.redeem(&asked, &place.code(LEAKED.mail, 4)).unwrap();
}

#[test]
fn a_network_and_all_together_ask_only_so_often() {
    let plan = Plan {
        portal: "limits = { network_an_hour = 2, all_an_hour = 4, codes_an_hour = 100 }",
        ..Plan::default()
    };
    let place = Place::with(Backend::Sqlite, plan);
    let ask = |network: &str| {
        let (number, address) = ("010-1234-5678", "a@b.example");
        let ask = Ask::Email { number, address, language: Language::English, before: None };
        place.door.ask(&ask, &Browser { agent: AGENT, network })
    };
    assert!(ask("192.0.2.1").is_ok() && ask("192.0.2.1").is_ok());
    assert_eq!(refused(ask("192.0.2.1")), "too_often");
    assert!(ask("192.0.2.2").is_ok() && ask("192.0.2.3").is_ok());
    assert_eq!(refused(ask("192.0.2.4")), "busy");
    place.pass(60);
    assert!(ask("192.0.2.1").is_ok());
}

#[test]
fn what_was_mistyped_is_said_and_nothing_is_sent() {
    let place = Place::open(Backend::Sqlite);
    let problem = place.ask("02-123-4567", "nobody").unwrap_err();
    assert_eq!(
        (problem.code, problem.details.as_slice()),
        ("number", ["email".to_owned()].as_slice())
    );
    assert_eq!(refused(place.ask("02-123-4567", LEAKED.mail)), "number");
    assert_eq!(refused(place.ask(LEAKED.number, "kim@town")), "email");
    let ask = Ask::Sms { number: LEAKED.number, language: Language::Korean, before: None };
    assert_eq!(refused(place.door.ask(&ask, &browser())), "way_closed");
}

#[test]
fn sessions_end() {
    let place = Place::open(Backend::Sqlite);
    let idle = place.walk_in(LEAKED);
    place.pass(15);
    assert_eq!(refused(place.visit(&idle)), "session_ended");
    assert_eq!(refused(place.visit(&idle)), "session_missing");
    let used = place.walk_in(LEAKED);
    for _ in 0..5 {
        place.pass(11);
        assert!(place.visit(&used).is_ok());
    }
    place.pass(5);
    assert_eq!(refused(place.visit(&used)), "session_ended", "an hour at most");
    let left = place.walk_in(NOT_FOUND);
    place.door.finish(&left).unwrap();
    assert_eq!(refused(place.visit(&left)), "session_missing");
    place.door.finish(&left).unwrap();
    let forgotten = place.walk_in(NOT_FOUND);
    place.pass(16);
    place.door.purge().unwrap();
    assert_eq!(refused(place.visit(&forgotten)), "session_missing");
}

/// Twenty at once with the right code: one session, whoever they are.
#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn of_twenty_who_bring_the_right_code_at_once_one_is_let_in(#[case] backend: Backend) {
    let place = Place::open(backend);
    let asked = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let code = place.code(LEAKED.mail, 1);
    let (proved, denied) = at_once(&place, &asked, &code);
    assert_eq!(proved.len(), 1, "{backend:?} {denied:?}");
    let known = ["code_expired", "code_used_up", "session_missing"];
    assert!(denied.iter().all(|why| known.contains(why)), "{denied:?}");
    assert!(place.visit(&proved[0]).is_ok());
    assert_eq!(refused(place.redeem(&asked, &code)), "session_missing");
    // Nineteen who were too late are no failures of hers: the next code goes through.
    place.pass(60);
    place.prove(LEAKED.number, LEAKED.mail);
}

/// Twenty at once with wrong codes: five are compared, and then the right one is dead.
#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn of_twenty_who_guess_at_once_five_are_heard(#[case] backend: Backend) {
    let place = Place::open(backend);
    let asked = place.ask(LEAKED.number, LEAKED.mail).unwrap();
    let code = place.code(LEAKED.mail, 1);
    let (proved, denied) = at_once(&place, &asked, &other(&code));
    assert!(proved.is_empty(), "{backend:?}");
    let wrong = denied.iter().filter(|why| **why == "code_wrong").count();
    let dead = denied.iter().filter(|why| **why == "code_used_up").count();
    assert_eq!((wrong, dead), (5, 15), "{backend:?}: {denied:?}");
    assert_eq!(refused(place.redeem(&asked, &code)), "code_used_up", "even the right one");
}

/// Twenty tries that start together: the keys they got, and why the others got none.
fn at_once(place: &Place, key: &SessionKey, code: &str) -> (Vec<SessionKey>, Vec<&'static str>) {
    const MANY: usize = 20;
    let ready = std::sync::Barrier::new(MANY);
    let tried: Vec<_> = std::thread::scope(|scope| {
        let try_it = || {
            ready.wait();
            place.redeem(key, code)
        };
        let all: Vec<_> = (0..MANY).map(|_| scope.spawn(try_it)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (proved, denied): (Vec<_>, Vec<_>) = tried.into_iter().partition(Result::is_ok);
    (proved.into_iter().map(Result::unwrap).collect(), denied.into_iter().map(refused).collect())
}
