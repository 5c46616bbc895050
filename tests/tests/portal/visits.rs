//! What people do on the page, from the first question to the last form; and what others cannot do with their session.

use http::StatusCode;
use simrecall_core::claim::Reason;
use simrecall_engine::claim::review::{self, Decide, Decision};
use simrecall_engine::drill::CODE;
use simrecall_engine::suppression;
use simrecall_tests::town::{LEAKED, NOT_FOUND, POSSIBLY, SILENCED};

use crate::stage::{Stage, roomy};

/// What breaks out of a field if nobody escapes it.
const MARKUP: &str = "\"'><script>alert(1)</script>{{7*7}}";

#[test]
fn from_the_first_question_to_the_last_form() {
    let stage = Stage::open();
    let browser = stage.browser();
    assert_eq!(browser.get("/").location(), "/ko/");
    assert_eq!(browser.get("/ko/").status, StatusCode::OK);
    assert_eq!(
        browser.get("/ko/answer").location(),
        "/ko/prove",
        "nobody is answered before proof"
    );
    browser.walk_in(LEAKED);
    let answer = browser.get("/ko/answer");
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.text().contains("유출") && answer.text().contains("010-****"),
        "{}",
        answer.text()
    );

    let protect = browser.get("/ko/protect");
    let line = protect.value_of("line");
    let bad = browser.post("/ko/protect", &[("line", &line), ("imei", "12")]);
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text().contains("value=\"12\""), "what was typed stays");
    let done = browser.post("/ko/protect", &[("line", &line), ("imei", "")]);
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/ko/protect"));
    assert!(browser.get("/ko/protect").text().contains("name=\"undo\""));
    assert_eq!(browser.post("/ko/protect", &[("undo", &line)]).status, StatusCode::SEE_OTHER);

    let done = browser.post("/ko/replace", &[("line", &line)]);
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/ko/replace"));
    let twice = browser.post("/ko/replace", &[("line", &line)]);
    assert_eq!(twice.status, StatusCode::CONFLICT, "one open case a line");
    assert_eq!(browser.post("/ko/replace", &[("cancel", &line)]).status, StatusCode::SEE_OTHER);
    assert_eq!(browser.post("/ko/replace", &[]).status, StatusCode::UNPROCESSABLE_ENTITY);

    assert_eq!(browser.get("/ko/notices").status, StatusCode::OK);
    let finished = browser.post("/ko/finish", &[]);
    assert_eq!((finished.status, finished.location()), (StatusCode::SEE_OTHER, "/ko/finish"));
    assert!(finished.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(finished.header("clear-site-data"), "\"cache\"");
    assert_eq!(browser.get("/ko/answer").location(), "/ko/prove");
}

#[test]
fn a_claim_is_written_looked_over_and_handed_in() {
    let stage = Stage::open();
    let browser = stage.browser();
    browser.walk_in(LEAKED);
    let line = browser.get("/ko/claim").value_of("line");
    let fields = |amount: &'static str| {
        [
            ("line", line.as_str()),
            ("day", "2025-09-03"),
            ("amount", amount),
            ("merchant", "게임샵"),
            ("note", ""),
        ]
    };
    let wrong = browser.post("/ko/claim", &fields("many"));
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("게임샵"), "what was typed stays");
    let written = browser.post("/ko/claim", &fields("49,500"));
    assert_eq!(written.status, StatusCode::SEE_OTHER, "{}", written.text());
    let check = browser.get(written.location());
    assert!(check.text().contains("게임샵"), "{}", check.text());
    let id = check.value_of("id");
    assert_eq!(browser.get(&format!("/ko/claim?id={id}")).value_of("amount"), "49500");
    // Nobody else reads it or hands it in, whoever they are.
    let other = stage.browser();
    other.walk_in(POSSIBLY);
    assert_eq!(other.get(&format!("/ko/claim/check?id={id}")).location(), "/ko/claim");
    assert!(!other.post("/ko/claim/check", &[("id", &id)]).status.is_redirection());
    let handed = browser.post("/ko/claim/check", &[("id", &id)]);
    assert_eq!((handed.status, handed.location()), (StatusCode::SEE_OTHER, "/ko/claim"));
    assert_eq!(browser.get("/ko/claim/check").location(), "/ko/claim", "nothing waits any more");
    // Somebody else's line is no line.
    assert_eq!(
        other.post("/ko/protect", &[("line", &line)]).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[test]
fn a_decision_is_objected_to_by_its_owner_alone() {
    let stage = Stage::open();
    let (home, browser) = (stage.town.home(), stage.browser());
    browser.walk_in(LEAKED);
    let line = browser.get("/ko/claim").value_of("line");
    let fields = [
        ("line", line.as_str()),
        ("day", "2025-09-03"),
        ("amount", "49,500"),
        ("merchant", MARKUP),
        ("note", ""),
    ];
    let written = browser.post("/ko/claim", &fields);
    let id = browser.get(written.location()).value_of("id");
    let object = [("appeal", id.as_str())];
    assert_eq!(browser.post("/ko/claim", &object).status, StatusCode::CONFLICT, "not decided");
    browser.post("/ko/claim/check", &[("id", &id)]);
    review::take(home, CODE, &id, "privacy.officer").unwrap();
    let reason = |word| Reason::parse(word).unwrap();
    let ask = Decision::Ask { reason: reason("bill_missing") };
    let reject = Decision::Reject { reason: reason("not_our_charge") };
    let decide = |decision: &Decision| {
        let new = Decide { incident: CODE, claim: &id, decision, by: "privacy.officer" };
        review::decide(home, &new).unwrap()
    };
    decide(&ask);
    let asked = browser.get("/ko/claim");
    assert!(asked.text().contains("name=\"supply\"") && !asked.text().contains("name=\"appeal\""));
    let supplied = browser.post("/ko/claim", &[("supply", &id)]);
    assert_eq!((supplied.status, supplied.location()), (StatusCode::SEE_OTHER, "/ko/claim"));
    decide(&reject);
    for language in ["ko", "en", "zh-Hans", "vi", "ja"] {
        let page = browser.get(&format!("/{language}/claim"));
        assert!(page.text().contains("name=\"appeal\""), "{language}: {}", page.text());
        assert!(!page.text().contains(MARKUP), "{language}");
    }
    let other = stage.browser();
    other.walk_in(POSSIBLY);
    assert_eq!(other.post("/ko/claim", &object).status, StatusCode::UNPROCESSABLE_ENTITY);
    let objected = browser.post("/ko/claim", &object);
    assert_eq!((objected.status, objected.location()), (StatusCode::SEE_OTHER, "/ko/claim"));
    let after = browser.get("/ko/claim");
    assert!(after.text().contains("이의 신청됨") && !after.text().contains("name=\"appeal\""));
    let twice = browser.json("/api/v1/claims/appeal", &serde_json::json!({ "id": id }));
    assert_eq!(
        (twice.status, twice.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("claim_state"))
    );
}

#[test]
fn a_benefit_is_chosen_and_changed_by_a_plain_form() {
    let stage =
        Stage::with(&roomy(), "[\"sms\", \"ars\"]", "[claims]\nbenefits = \"benefits.toml\"");
    let offered = "[benefit.bill_discount]\nopens = \"2025-09-01\"\n\
        [benefit.penalty_waiver]\nopens = \"2025-09-01\"\ncloses = \"2030-09-30\"\n";
    std::fs::write(stage.town.home().dir.join("benefits.toml"), offered).unwrap();
    let browser = stage.browser();
    browser.walk_in(LEAKED);
    let line = browser.get("/ko/claim").value_of("benefit_line");
    let choose =
        |code| browser.post("/ko/claim", &[("benefit_line", line.as_str()), ("benefit", code)]);
    for code in ["bill_discount", "penalty_waiver"] {
        let chosen = choose(code);
        assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, "/ko/claim"));
        for (language, until) in [("ko", "2030년 9월 30일"), ("en", "30 September 2030")] {
            let page = browser.get(&format!("/{language}/claim"));
            assert!(page.text().contains(&format!("value=\"{code}\" checked")), "{}", page.text());
            assert_eq!(
                page.text().matches(" checked").count(),
                2,
                "the only line, and one benefit"
            );
            assert!(page.text().contains(until), "{}", page.text());
        }
    }
    let nothing = browser.post("/ko/claim", &[("benefit_line", &line)]);
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text().contains("혜택을 하나 골라 주십시오."), "{}", nothing.text());
    assert_eq!(choose("insurance").status, StatusCode::CONFLICT, "it is not offered");
    // Nobody else chooses for the line, and whom no list names is offered nothing.
    let other = stage.browser();
    other.walk_in(NOT_FOUND);
    assert!(!other.get("/ko/claim").text().contains("benefit_line"));
    let theirs = other.post("/ko/claim", &[("benefit_line", &line), ("benefit", "bill_discount")]);
    assert_eq!(theirs.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[test]
fn a_session_is_one_browsers_and_ends() {
    let stage = Stage::open();
    let browser = stage.browser();
    let asked = [("number", LEAKED.number), ("address", LEAKED.mail)];
    browser.post("/ko/prove/email", &asked);
    let before = browser.cookie.borrow().clone();
    let code = stage.code(LEAKED.mail, 1);
    assert_eq!(browser.post("/ko/prove/code", &[("code", &code)]).location(), "/ko/answer");
    assert_ne!(*browser.cookie.borrow(), before, "proof gives a key that was never seen before");
    // The key from before proof, and the code again.
    let replay = stage.browser();
    *replay.cookie.borrow_mut() = before;
    assert_ne!(replay.get("/ko/answer").status, StatusCode::OK);
    assert_ne!(replay.post("/ko/prove/code", &[("code", &code)]).location(), "/ko/answer");
    // A stolen key, in another browser.
    let mut thief = stage.browser();
    thief.agent = "curl/8".to_owned();
    thief.cookie.borrow_mut().clone_from(&browser.cookie.borrow());
    let stolen = thief.get("/ko/answer");
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    assert!(!stolen.text().contains("010-****"));
    // Nobody used it for a quarter of an hour.
    let browser = stage.browser();
    browser.walk_in(NOT_FOUND);
    assert_eq!(browser.get("/ko/answer").status, StatusCode::OK);
    stage.clock.advance(chrono::TimeDelta::minutes(16));
    assert_eq!(browser.get("/ko/answer").status, StatusCode::FORBIDDEN);
}

#[test]
fn a_wrong_code_is_said_and_never_shown_again() {
    let stage = Stage::open();
    let browser = stage.browser();
    browser.post("/ko/prove/email", &[("number", LEAKED.number), ("address", LEAKED.mail)]);
    let code = stage.code(LEAKED.mail, 1);
    let wrong = if code == "314159" { "271828" } else { "314159" };
    for _ in 0..5 {
        let answer = browser.post("/ko/prove/code", &[("code", wrong)]);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!answer.text().contains(wrong), "a code is never shown");
    }
    let late = browser.post("/ko/prove/code", &[("code", &code)]);
    assert_ne!(late.location(), "/ko/answer", "five tries are all");
}

#[test]
fn budgets_are_the_same_page_for_an_address_and_429_for_a_network() {
    let stage = Stage::with(&roomy(), "[\"sms\", \"ars\"]", "");
    let asked = [("number", LEAKED.number), ("address", LEAKED.mail)];
    let answers: Vec<_> = (0..6).map(|_| stage.browser().post("/ko/prove/email", &asked)).collect();
    for answer in &answers {
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/ko/prove/code"));
        assert_eq!(answer.body, answers[0].body);
    }
    stage.code(LEAKED.mail, 3);
    let narrow = Stage::tight();
    let browser = narrow.browser();
    let last = (0..4)
        .map(|no| {
            let mail = format!("a{no}@town.example");
            browser.post("/ko/prove/email", &[("number", "010-3333-0001"), ("address", &mail)])
        })
        .last()
        .unwrap();
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!last.header("retry-after").is_empty());
    assert!(last.text().contains("a3@town.example"), "what was typed stays");
}

/// One place, held by somebody whose work the database keeps waiting: the next is told at once when to come again.
#[test]
fn who_finds_no_place_is_told_when_to_come_again() {
    let stage = Stage::crowded();
    let asked = [("number", LEAKED.number), ("address", LEAKED.mail)];
    let (locked, release) = stage.lock_database();
    locked.recv().unwrap();
    let answers = std::thread::scope(|scope| {
        let first = scope.spawn(|| stage.browser().post("/ko/prove/email", &asked));
        while !stage.portal.figures().contains("simrecall_free{work=\"writes\"} 0") {
            std::thread::yield_now();
        }
        let second = stage.browser().post("/ko/prove/email", &asked);
        // The first pages ask no database.
        assert_eq!(stage.browser().get("/ko/").status, StatusCode::OK);
        release.send(()).unwrap();
        (first.join().unwrap(), second)
    });
    assert_eq!(answers.1.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answers.1.header("retry-after"), "2");
    assert!(answers.1.text().contains(LEAKED.mail), "what was typed stays");
    assert_eq!(answers.0.status, StatusCode::SEE_OTHER);
}

#[test]
fn no_way_over_a_named_channel_is_open() {
    for named in ["[\"sms\"]", "[\"ars\"]", "[\"sms\", \"ars\"]"] {
        let otp = "[portal.otp]\nurl = \"http://127.0.0.1:9/\"\ntoken_file = \"otp.token\"";
        let stage = Stage::with(&roomy(), named, otp);
        let browser = stage.browser();
        for answer in [
            browser.get("/ko/prove/sms"),
            browser.post("/ko/prove/sms", &[("number", LEAKED.number)]),
            browser.json(
                "/api/v1/proof/send-code",
                &serde_json::json!({ "way": "sms", "phoneNumber": LEAKED.number }),
            ),
        ] {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{named}");
            assert!(answer.headers.get("set-cookie").is_none());
        }
    }
    let stage = Stage::with(&roomy(), "[\"email\"]", "");
    let browser = stage.browser();
    assert_eq!(browser.get("/ko/prove/email").status, StatusCode::FORBIDDEN);
    let asked = [("number", LEAKED.number), ("address", LEAKED.mail)];
    assert_eq!(browser.post("/ko/prove/email", &asked).status, StatusCode::FORBIDDEN);
}

#[test]
fn markup_in_a_field_comes_back_as_words() {
    let stage = Stage::open();
    let browser = stage.browser();
    browser.walk_in(LEAKED);
    let line = browser.get("/ko/claim").value_of("line");
    for (path, fields) in [
        ("prove/email", &["number", "address"][..]),
        ("prove/code", &["code"]),
        ("protect", &["line", "imei", "undo"]),
        ("replace", &["line", "cancel"]),
        ("claim", &["line", "day", "amount", "merchant", "note", "id"]),
        ("claim/check", &["id"]),
        ("real", &["text", "sender"]),
        ("real/code", &["number", "code"]),
        ("real/report", &["text", "sender"]),
    ] {
        for field in fields {
            let mut filled: Vec<(&str, &str)> = vec![(field, MARKUP)];
            if *field != "line" {
                filled.push(("line", &line));
            }
            let answer = browser.post(&format!("/ko/{path}"), &filled);
            assert!(!answer.status.is_server_error(), "{path} {field}: {}", answer.status);
            assert!(!answer.text().contains("<script>alert"), "{path} {field}");
            assert!(!answer.text().contains("49</"), "{path} {field}: a template ran");
        }
    }
    let kept = [
        ("line", line.as_str()),
        ("day", "2025-09-03"),
        ("amount", "1000"),
        ("merchant", MARKUP),
        ("note", MARKUP),
    ];
    let written = browser.post("/ko/claim", &kept);
    if written.status.is_redirection() {
        let check = browser.get(written.location());
        assert!(check.text().contains("&lt;script&gt;") && !check.text().contains("<script>alert"));
    }
}

#[test]
fn a_program_gets_the_same_as_a_person() {
    let stage = Stage::open();
    let browser = stage.browser();
    let ask = serde_json::json!({ "way": "email", "phoneNumber": "+821020000001", "email": LEAKED.mail, "language": "en" });
    let asked = browser.json("/api/v1/proof/send-code", &ask);
    assert_eq!((asked.status, &asked.json()["minutes"]), (StatusCode::OK, &10.into()));
    let code = stage.code(LEAKED.mail, 1);
    let proved = browser.json("/api/v1/proof/validate-code", &serde_json::json!({ "code": code }));
    assert_eq!(proved.status, StatusCode::NO_CONTENT);
    let answer = browser.get("/api/v1/answer").json();
    assert_eq!((&answer["standing"], &answer["revision"]), (&"leaked".into(), &1.into()));
    let line = browser.get("/api/v1/lines").json()[0]["line"].as_str().unwrap().to_owned();
    let locked = browser.json("/api/v1/protections", &serde_json::json!({ "line": line }));
    assert_eq!(locked.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get("/api/v1/protections").json()[0]["state"], "requested");
    let other = browser.json("/api/v1/protections", &serde_json::json!({ "line": "x" }));
    assert_eq!(
        (other.status, &other.json()["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"line".into())
    );
    let over = browser.json("/api/v1/proof/finish", &serde_json::json!({}));
    assert_eq!(over.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get("/api/v1/answer").status, StatusCode::FORBIDDEN);
}

/// Whom a court forbids to tell: nothing is begun here past the answer that says so, on a page or by a program, in any language.
/// What they began before they take back, and a protection they undo.
#[test]
fn who_is_told_to_call_begins_nothing_here() {
    let stage = Stage::open();
    let browser = stage.browser();
    browser.walk_in(SILENCED);
    let line = browser.get("/ko/protect").value_of("line");
    let claim = [
        ("line", line.as_str()),
        ("day", "2025-09-03"),
        ("amount", "49500"),
        ("merchant", "게임샵"),
        ("note", ""),
    ];
    for (page, fields) in [
        ("replace", &[("line", line.as_str())][..]),
        ("protect", &[("line", &line), ("imei", "")]),
        ("claim", &claim),
    ] {
        let before = browser.post(&format!("/ko/{page}"), fields);
        assert_eq!(before.status, StatusCode::SEE_OTHER, "{page}");
    }
    let draft = browser.get("/api/v1/claims").json()[0]["id"].as_str().unwrap().to_owned();

    stage.town.silence(SILENCED, suppression::Reason::CourtOrder).unwrap();
    let says = [
        ("ko", "상담원이 직접"),
        ("en", "Our staff"),
        ("zh-Hans", "客服人员"),
        ("vi", "Nhân viên"),
        ("ja", "担当者"),
    ];
    for (language, words) in says {
        for (page, fields) in [
            ("replace", &[("line", line.as_str())][..]),
            ("protect", &[("line", &line), ("imei", "")]),
            ("claim", &claim),
            ("claim/check", &[("id", &draft)]),
        ] {
            let refused = browser.post(&format!("/{language}/{page}"), fields);
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{language} {page}");
            let text = refused.text();
            assert!(text.contains(words) && text.contains("tel:114"), "{language} {page}: {text}");
        }
    }
    for (path, document) in [
        ("replacements", serde_json::json!({ "lines": [line] })),
        ("protections", serde_json::json!({ "line": line })),
        ("claims/submit", serde_json::json!({ "id": draft })),
    ] {
        let refused = browser.json(&format!("/api/v1/{path}"), &document);
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(refused.json()["code"], "please_call", "{path}");
    }
    for (path, document) in [
        ("replacements/cancel", serde_json::json!({ "line": line })),
        ("protections/undo", serde_json::json!({ "line": line })),
        ("claims/withdraw", serde_json::json!({ "id": draft })),
    ] {
        let taken = browser.json(&format!("/api/v1/{path}"), &document);
        assert_eq!(taken.status, StatusCode::NO_CONTENT, "{path}: {}", taken.text());
    }
}
