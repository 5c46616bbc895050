//! What proved people ask for, and what staff see of it.

use rstest::rstest;
use simrecall_core::access::Unlock;
use simrecall_core::id::LineId;
use simrecall_engine::claim::review;
use simrecall_engine::drill::CODE;
use simrecall_engine::protection::Look;
use simrecall_engine::selfcheck::NewClaim;
use simrecall_engine::{fake, protection, replacement};
use simrecall_tests::Backend;
use simrecall_tests::town::{COMPANY, LEAKED, NEW_HOLDER, NOT_FOUND};

use super::stage::{Place, refused};

const IMEI: &str = "490154203237518";

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn new_cards_are_applied_for_line_by_line(#[case] backend: Backend) {
    let place = Place::open(backend);
    let visit = place.visit(&place.walk_in(COMPANY)).unwrap();
    let lines: Vec<LineId> =
        place.door.lines(&visit).unwrap().iter().map(|line| line.line).collect();
    assert_eq!(lines.len(), 2);
    let stranger = place.visit(&place.walk_in(NOT_FOUND)).unwrap();
    let other = place.door.lines(&stranger).unwrap()[0].line;
    assert_eq!(refused(place.door.apply(&visit, &[lines[0], other])), "line");
    assert_eq!(refused(place.door.apply(&visit, &[])), "line");
    assert!(place.door.replacements(&visit).unwrap().is_empty(), "refused whole");
    let cases = place.door.apply(&visit, &[lines[0], lines[0]]).unwrap();
    assert_eq!((cases.len(), cases[0].state), (1, "applied"));
    let again = place.door.apply(&visit, &lines).unwrap_err();
    assert_eq!((again.code, again.details.len()), ("already", 1));
    assert_eq!(place.door.replacements(&visit).unwrap().len(), 1);
    assert_eq!(replacement::shown::list(place.home(), CODE, None).unwrap().len(), 1);
    assert_eq!(refused(place.door.cancel(&stranger, lines[0])), "line");
    place.door.cancel(&visit, lines[0]).unwrap();
    assert_eq!(refused(place.door.cancel(&visit, lines[0])), "already");
    assert_eq!(place.door.apply(&visit, &lines).unwrap().len(), 3, "the cancelled one stays");
    assert_eq!(place.journal()["replacement.applied"], 2);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_line_is_tied_by_its_owner_and_untied_with_a_fresh_proof(#[case] backend: Backend) {
    let place = Place::open(backend);
    let key = place.walk_in(LEAKED);
    let visit = place.visit(&key).unwrap();
    let state = |visit| place.door.protections(visit).unwrap()[0].state;
    let line = place.door.lines(&visit).unwrap()[0].line;
    assert_eq!(state(&visit), "off");
    assert_eq!(refused(place.door.unprotect(&visit, line)), "already");
    assert_eq!(refused(place.door.protect(&visit, line, Some("123"))), "imei");
    let elsewhere = LineId::from_bytes([1; 16]);
    assert_eq!(refused(place.door.protect(&visit, elsewhere, None)), "line");
    place.door.protect(&visit, line, Some(IMEI)).unwrap();
    assert_eq!(state(&visit), "requested");
    assert_eq!(refused(place.door.protect(&visit, line, None)), "already");

    let look = |by| Look { number: LEAKED.number, by };
    let shown = protection::show(place.home(), CODE, &look("security.lead")).unwrap();
    assert_eq!(shown.state, "requested");
    assert!(!format!("{shown:?}").contains(IMEI));
    let confirm = |imei, by| protection::confirm(place.home(), CODE, &look(by), imei);
    assert_eq!(refused(confirm(IMEI, "messaging.lead")), "not_allowed");
    assert_eq!(refused(confirm("356938035643809", "security.lead")), "already", "another handset");
    assert_eq!(confirm(IMEI, "security.lead").unwrap().state, "on");
    assert_eq!(state(&visit), "on");

    place.pass(11);
    let visit = place.visit(&key).unwrap();
    assert!(!visit.may(Unlock::Unprotect) && visit.may(Unlock::Protect));
    assert_eq!(refused(place.door.unprotect(&visit, line)), "proof_too_old");
    let fresh = place.visit(&place.walk_in(LEAKED)).unwrap();
    place.door.unprotect(&fresh, line).unwrap();
    assert_eq!(state(&fresh), "off");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_claim_is_its_owner_s_until_it_is_handed_in(#[case] backend: Backend) {
    let place = Place::open(backend);
    let visit = place.visit(&place.walk_in(LEAKED)).unwrap();
    let line = place.door.lines(&visit).unwrap()[0].line;
    let new = NewClaim {
        line,
        day: "2025-09-03",
        amount: "49,500원",
        merchant: "게임나라",
        note: "두 번",
        id: None,
    };
    let wrong = place.door.draft_claim(&visit, &NewClaim { day: "2025-09-30", amount: "x", ..new });
    let wrong = wrong.unwrap_err();
    assert_eq!(
        (wrong.code, wrong.details.as_slice()),
        ("claim_day", ["claim_amount".to_owned()].as_slice())
    );
    let draft = place.door.draft_claim(&visit, &new).unwrap();
    let id = draft.id.as_str();
    let list = || review::list(place.home(), CODE, "privacy.officer").unwrap();
    assert_eq!((draft.state, draft.amount_won, list().len()), ("draft", 49_500, 0));
    assert_eq!(refused(review::show(place.home(), CODE, id, "privacy.officer")), "claim");
    let mended = NewClaim { amount: "59500", id: Some(id), ..new };
    assert_eq!(place.door.draft_claim(&visit, &mended).unwrap().amount_won, 59_500);
    assert_eq!(place.door.claims(&visit).unwrap().len(), 1, "written over");

    let stranger = place.visit(&place.walk_in(NOT_FOUND)).unwrap();
    assert_eq!(refused(place.door.submit_claim(&stranger, id)), "claim");
    assert_eq!(refused(place.door.draft_claim(&stranger, &mended)), "line");
    let submitted = place.door.submit_claim(&visit, id).unwrap();
    assert_eq!((submitted.state, submitted.outside_cohort), ("submitted", false));
    assert_eq!(refused(place.door.submit_claim(&visit, id)), "claim_state");
    assert_eq!(refused(place.door.draft_claim(&visit, &mended)), "claim_state");
    assert_eq!(list().len(), 1);
    assert_eq!(refused(review::take(place.home(), CODE, id, "messaging.lead")), "not_allowed");
    let taken = review::take(place.home(), CODE, id, "privacy.officer").unwrap();
    assert_eq!((taken.row.state, taken.amount_won), ("under_review", 59_500));
    assert!(!format!("{taken:?}").contains("게임나라"));
    place.door.withdraw_claim(&visit, id).unwrap();
    assert_eq!(place.door.claims(&visit).unwrap()[0].state, "withdrawn");
    assert!(list().is_empty());
    let journal = place.journal();
    assert_eq!((journal["claim.submitted"], journal["claim.taken"]), (1, 1));
}

#[test]
fn a_claim_for_a_line_on_no_list_asks_staff_to_look_again() {
    let place = Place::open(Backend::Sqlite);
    let visit = place.visit(&place.walk_in(NEW_HOLDER)).unwrap();
    let line = place.door.lines(&visit).unwrap()[0].line;
    let (day, amount, merchant) = ("2025-09-10", "1000", "x");
    let new = NewClaim { line, day, amount, merchant, note: "", id: None };
    let draft = place.door.draft_claim(&visit, &new).unwrap();
    assert!(place.door.submit_claim(&visit, &draft.id).unwrap().outside_cohort);
    assert!(review::list(place.home(), CODE, "legal.counsel").unwrap()[0].outside_cohort);
    let revisions = simrecall_engine::incident::show(place.home(), CODE).unwrap().revisions;
    assert_eq!(revisions.len(), 1, "no evidence was added");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_reported_fake_waits_for_staff(#[case] backend: Backend) {
    let place = Place::open(backend);
    assert_eq!(refused(place.door.report_fake("", "")), "text");
    assert_eq!(refused(place.door.report_fake("x", "<b>")), "sender");
    let text = "[한빛모바일] 보상금 지급 http://hanbit.top/x";
    place.door.report_fake(text, "010-5555-0001").unwrap();
    place.pass(1);
    place.door.report_fake("택배 주소가 잘못되었습니다", "").unwrap();
    let reports = fake::reports(place.home(), "messaging.lead").unwrap();
    assert_eq!((reports.len(), reports[0].text.as_str()), (2, text));
    assert!(!format!("{reports:?}").contains("hanbit.top"));
    let added = fake::accept(place.home(), &reports[0].id, "messaging.lead").unwrap();
    assert_eq!((added.no, added.hosts.len()), (1, 1));
    assert_eq!(refused(fake::accept(place.home(), &reports[0].id, "messaging.lead")), "report");
    fake::dismiss(place.home(), &reports[1].id, "messaging.lead").unwrap();
    assert!(fake::reports(place.home(), "messaging.lead").unwrap().is_empty());
}
