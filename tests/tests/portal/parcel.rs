//! A card that came by parcel, activated at home: on the page, over a real login, at a real HLR; and each thing without which it is not.

use std::time::Duration;

use chrono::TimeDelta;
use http::StatusCode;
use rstest::rstest;
use serde_json::json;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::parcel::End;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::tick::tick;
use simrecall_engine::swap::{self, Ended, Unwatched};
use simrecall_tests::town::LEAKED;

use crate::carrier::{Carrier, LEAD, PACE, activate, attach, digits, iccid, network, works};
use crate::stage::Answer;

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
