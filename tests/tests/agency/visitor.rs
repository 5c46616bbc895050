//! Customers at counters, put there through the store: what brought them there is another test's.

use simrecall_core::id::{AgencyId, CaseId, StaffId};
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::{Event, State, step};
use simrecall_core::terminal::look;
use simrecall_engine::drill::CODE;
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::Field;
use simrecall_tests::office::Desk;
use simrecall_tests::town::{Townsperson, line_of};

use crate::stage::Stage;

/// Whose case it is, as it was applied for now.
pub(crate) fn apply(stage: &Stage, who: Townsperson, n: u8) -> ReplacementCase {
    let home = stage.home();
    let incidents = home.store.read(|tx| tx.incidents()).unwrap();
    let incident = incidents.iter().find(|one| one.code.as_str() == CODE).unwrap().id;
    let keys = home.keys.incident(incident).unwrap();
    let (line, person) = (keys.line_id(&line_of(who)), keys.subscriber_id(who.reference));
    let id = CaseId::from_bytes([n; 16]);
    let case = ReplacementCase {
        person_type: Some(Person::Adult),
        ..ReplacementCase::applied(incident, line, id, person, home.now())
    };
    assert!(home.store.write(|tx| tx.apply_for_replacement(&case)).unwrap());
    home.store.write(|tx| tx.rank_case(incident, id, case.tier, case.person_type)).unwrap();
    now(stage, &case)
}

pub(crate) fn now(stage: &Stage, case: &ReplacementCase) -> ReplacementCase {
    stage.home().store.read(|tx| tx.replacement(case.incident, case.id)).unwrap().unwrap()
}

pub(crate) fn staff(stage: &Stage, name: &str) -> StaffId {
    stage.home().store.read(|tx| tx.staff_by_name(name)).unwrap().unwrap().id
}

pub(crate) fn agency(stage: &Stage, code: &str) -> AgencyId {
    stage.home().store.read(|tx| tx.agency_by_code(code)).unwrap().unwrap().id
}

/// The customer comes to a counter, and somebody checks them in.
pub(crate) fn check_in(
    stage: &Stage,
    case: &ReplacementCase,
    (place, by): (&str, &str),
) -> ReplacementCase {
    let (case, agency) = (now(stage, case), agency(stage, place));
    let (event, at) = (Event::CheckIn, stage.home().now());
    let to = step(case.state, event).unwrap();
    let product = stage.home().config.replacement.product.clone();
    let place = PlaceChange::Wait(agency, product);
    let (by, agency) = (Some(staff(stage, by)), Some(agency));
    let come = CaseMove { case: &case, event, to, place, by, agency, at };
    assert_eq!(stage.home().store.write(|tx| tx.move_case(&come)).unwrap(), Moved::Done);
    now(stage, &case)
}

/// Somebody at a counter, checked in.
pub(crate) fn at_counter(
    stage: &Stage,
    (who, n): (Townsperson, u8),
    counter: (&str, &str),
) -> ReplacementCase {
    check_in(stage, &apply(stage, who, n), counter)
}

/// Papers were shown at a counter.
pub(crate) fn papers(stage: &Stage, case: &ReplacementCase, (place, by): (&str, &str)) {
    let proof = CaseProof {
        no: 0,
        kind: ProofKind::Documents,
        passed: true,
        by: Some(staff(stage, by)),
        terminal: None,
        agency: Some(agency(stage, place)),
        made_at: stage.home().now(),
        used_at: None,
    };
    let (incident, id) = (case.incident, case.id);
    stage.home().store.write(|tx| tx.add_case_proof(incident, id, &proof)).unwrap();
}

/// The proofs of a case, by kind and whether they passed.
pub(crate) fn proofs(stage: &Stage, case: &ReplacementCase) -> Vec<(ProofKind, bool)> {
    let proofs = stage.home().store.read(|tx| tx.case_proofs(case.incident, case.id)).unwrap();
    proofs.iter().map(|one| (one.kind, one.passed)).collect()
}

/// Whether somebody's line is held.
pub(crate) fn is_held(stage: &Stage, who: Townsperson) -> bool {
    let number = index(stage, who.number);
    stage.home().store.read(|tx| tx.line_is_held(&number)).unwrap()
}

/// A number as holds and honey know it.
pub(crate) fn index(stage: &Stage, number: &str) -> [u8; 16] {
    let number = Msisdn::parse(number).unwrap();
    stage.home().keys.service().unwrap().blind(Field::Msisdn, number.expose())
}

/// Digits as a customer's page shows them for a call, put there through the store.
pub(crate) fn shown_for_a_call(stage: &Stage, case: &ReplacementCase) -> &'static str {
    use simrecall_store::call_code::CallCode;
    use simrecall_store::seal::Tag;
    let (code, now) = ("042917", stage.home().now());
    let service = stage.home().keys.service().unwrap();
    let shown = CallCode {
        code: service.tag(Tag::ProofCode, &[b"call", code.as_bytes()]),
        case: (case.incident, case.id),
        salt: [3; 16],
        until: now + chrono::TimeDelta::minutes(10),
    };
    assert!(stage.home().store.write(|tx| tx.show_call_code(&shown, now)).unwrap());
    code
}

/// A picture as a page draws it; another for each number.
pub(crate) fn jpeg(n: u8) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    let mut segment = |marker: u8, content: &[u8]| {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
        bytes.extend(content);
    };
    segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    segment(0xdb, &[1; 65]);
    segment(0xc0, &[8, 0, 240, 1, 64, 1, 1, 0x11, 0]);
    segment(0xc4, &[0; 20]);
    segment(0xda, &[1, 1, 0, 0, 63, 0]);
    bytes.extend([n, 0x12, 0x34, 0xff, 0xd9]);
    bytes
}

/// A look that a clerk asked for, with so many images that nobody has seen; its name.
pub(crate) fn asked(
    stage: &Stage,
    clerk: &mut Desk,
    (case, images): (&ReplacementCase, &[u8]),
) -> String {
    let office = &stage.office;
    let path = format!("/api/cases/{}/look", case.id);
    let asked = office.post(clerk, &path, &serde_json::json!({})).unwrap().well().unwrap();
    let look = asked["look"].as_str().unwrap().to_owned();
    assert_eq!(asked["digits"].as_str().unwrap().len(), 4);
    bring(stage, clerk, (&look, images));
    look
}

/// Brings images to a look.
pub(crate) fn bring(stage: &Stage, clerk: &mut Desk, (look, images): (&str, &[u8])) {
    for (no, image) in (1..).zip(images) {
        let path = format!("/api/looks/{look}/images/{no}");
        stage.office.ask(clerk, ("PUT", &path), &jpeg(*image)).unwrap().well().unwrap();
    }
}

/// That no swap was begun, and nothing was sent to any register.
pub(crate) fn nothing_was_sent(stage: &Stage) {
    for table in ["swap", "swap_step"] {
        assert_eq!(stage.by_hand(&format!("SELECT count(*) FROM {table}")), "0", "{table}");
    }
}

/// Where a case is that is still as it was checked in.
pub(crate) const CHECKED_IN: State = State::CheckedIn;
/// For how long a look is open, in seconds.
pub(crate) const LASTS: i64 = look::LASTS.num_seconds();
