//! Role × route × owner × field, generated from the surface's own list of routes and from the table of views: what is not granted is
//! refused and leaves no entry with a subject, and what is granted leaves exactly one.

use std::collections::BTreeMap;

use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use simrecall_core::access::StaffRole;
use simrecall_core::access::view::{Owner, View, any, fields};
use simrecall_engine::terminal::Needs;
use simrecall_portal::agency::{Brings, RouteKind, kinds};
use simrecall_store::staff::StaffMember;
use simrecall_tests::Backend;
use simrecall_tests::office::{
    AGENT, CLERK, CLERK_ELSEWHERE, CLERK_TOO, Desk, JONGNO, MAPO, PRIVACY, SECURITY, SUPERVISOR,
    SUPERVISOR_ELSEWHERE,
};
use simrecall_tests::town::LEAKED;

use crate::stage::Stage;
use crate::visitor::{asked, at_counter, jpeg, shown_for_a_call};

/// Every route, and what it shows. A route without a row fails.
const ROWS: &[(&str, &str, Option<View>)] = &[
    ("GET", "/api/terminal", None),
    ("POST", "/api/terminal", None),
    ("POST", "/api/passkey/begin", None),
    ("POST", "/api/passkey", None),
    ("POST", "/api/sign-in/begin", None),
    ("POST", "/api/sign-in", None),
    ("GET", "/api/session", None),
    ("POST", "/api/sign-out", None),
    ("GET", "/api/terminals", None),
    ("POST", "/api/terminals/{terminal}/off", None),
    ("GET", "/api/approvals", None),
    ("POST", "/api/approvals/{wave}/begin", None),
    ("POST", "/api/approvals/{wave}", None),
    ("POST", "/api/step-up/begin", None),
    ("POST", "/api/step-up", None),
    ("GET", "/api/queue", Some(View::Queue)),
    ("GET", "/api/queue/version", None),
    ("POST", "/api/queue/{label}/no-show", None),
    ("GET", "/api/repairs", Some(View::Queue)),
    ("POST", "/api/check-in", Some(View::Case)),
    ("GET", "/api/cases/{case}", Some(View::Case)),
    ("GET", "/api/cases/{case}/news", None),
    ("POST", "/api/cases/{case}/present", Some(View::Case)),
    ("POST", "/api/cases/{case}/papers", Some(View::Case)),
    ("POST", "/api/cases/{case}/card", Some(View::Case)),
    ("POST", "/api/cases/{case}/other-card", Some(View::Case)),
    ("POST", "/api/cases/{case}/leave", None),
    ("PUT", "/api/orders/{id}", None),
    ("GET", "/api/orders/{id}", None),
    ("POST", "/api/orders/{id}/assertion", None),
    ("POST", "/api/orders/{id}/give-up/begin", None),
    ("POST", "/api/orders/{id}/give-up", None),
    ("GET", "/api/countersigns", None),
    ("POST", "/api/orders/{id}/countersign/begin", None),
    ("POST", "/api/orders/{id}/countersign", None),
    ("GET", "/api/stock", None),
    ("POST", "/api/stock/receive", None),
    ("POST", "/api/stock/transfer", None),
    ("POST", "/api/stock/defective", None),
    ("POST", "/api/stock/lost", None),
    ("GET", "/api/day", None),
    ("POST", "/api/walk-in", None),
    ("POST", "/api/cases/{case}/look", None),
    ("PUT", "/api/looks/{look}/images/{no}", None),
    ("GET", "/api/looks/{look}", None),
    ("GET", "/api/looks", None),
    ("POST", "/api/looks/take", Some(View::Look)),
    ("GET", "/api/looks/{look}/images/{no}", Some(View::Look)),
    ("POST", "/api/looks/{look}/answer", None),
    ("POST", "/api/calls", Some(View::Call)),
    ("POST", "/api/holds", None),
];

/// Somebody of each role that signs in at a terminal, at one.
const PEOPLE: &[(&str, Option<&str>)] = &[
    (CLERK, Some(JONGNO)),
    (CLERK_ELSEWHERE, Some(MAPO)),
    (SUPERVISOR, Some(JONGNO)),
    (SUPERVISOR_ELSEWHERE, Some(MAPO)),
    (AGENT, None),
    (SECURITY, None),
    (PRIVACY, None),
    ("legal.counsel", None),
    ("messaging.lead", None),
];

fn row(kind: &RouteKind) -> Option<&'static (&'static str, &'static str, Option<View>)> {
    ROWS.iter().find(|(method, path, _)| *method == kind.method.name() && *path == kind.path)
}

#[test]
fn every_route_has_a_row_and_shows_what_it_says() {
    let kinds = kinds();
    let api = kinds.iter().filter(|kind| kind.path.starts_with("/api/"));
    for kind in api {
        let (.., view) = row(kind).unwrap_or_else(|| panic!("no row for {kind:?}"));
        assert_eq!(kind.view, *view, "{kind:?}");
        assert!(view.is_none() || kind.needs == Needs::Seat, "a view needs a seat: {kind:?}");
    }
    // A view that some role is granted has a route, and each route a role that may.
    for view in View::ALL.into_iter().filter(|view| *view != View::Person) {
        assert!(kinds.iter().any(|kind| kind.view == Some(view)), "{view:?}");
    }
    for act in kinds.iter().filter_map(|kind| kind.may) {
        assert!(StaffRole::ALL.into_iter().any(|role| role.may(act)), "{act:?}");
    }
    for (view, act) in kinds.iter().filter_map(|kind| Some((kind.view?, kind.may?))) {
        for role in StaffRole::ALL {
            let sees = Owner::ALL.into_iter().any(|owner| !fields(role, view, owner).is_empty());
            assert!(role.may(act) || !sees || view == View::Case, "{role:?} {view:?} {act:?}");
        }
    }
}

/// Something of the form that a route takes, and of nobody.
fn nobodys(kind: &RouteKind) -> (String, Vec<u8>) {
    let path = kind
        .path
        .replace("{case}", "00000000-0000-4000-8000-000000000001")
        .replace("{look}", "00000000-0000-4000-8000-000000000002")
        .replace("{id}", "00000000-0000-4000-8000-000000000003")
        .replace("{label}", "ZZZZ")
        .replace("{terminal}", "00000000-0000-4000-8000-000000000004")
        .replace("{wave}", "77")
        .replace("{no}", "1");
    let body = match kind.brings {
        Brings::Nothing => Vec::new(),
        Brings::Jpeg => jpeg(200),
        Brings::Json => example(kind.path).to_string().into_bytes(),
    };
    (path, body)
}

fn example(path: &str) -> Value {
    match path {
        "/api/walk-in" => json!({ "number": "010-2777-0001" }),
        "/api/holds" => json!({ "number": "010-2777-0001", "reference": "CALL-0001" }),
        "/api/check-in" => json!({ "code": "BCDFGHJKLM" }),
        "/api/calls" | "/api/cases/{case}/present" => json!({ "code": "000000" }),
        "/api/cases/{case}/papers" => json!({ "shown": ["resident_card"] }),
        "/api/cases/{case}/card" => json!({ "iccid": "8982300000000000017" }),
        "/api/cases/{case}/other-card" => json!({ "pack": "sealed" }),
        "/api/orders/{id}" => json!({
            "case": "00000000-0000-4000-8000-000000000001", "card": "8982300000000000017", "digits": "0001",
        }),
        "/api/looks/{look}/answer" => json!({ "approve": true }),
        _ => json!({}),
    }
}

struct Seen {
    views: usize,
    permits: usize,
}

fn seen(stage: &Stage) -> Seen {
    Seen { views: stage.entries("view.granted"), permits: stage.entries("permit.granted") }
}

/// Everybody asks everything of nobody, and of somebody else's: whoever may not is refused by role, whoever may is told that there is
/// nothing, and no entry names a subject.
#[rstest]
fn what_is_not_granted_is_refused_and_leaves_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = at_counter(&stage, (LEAKED, 1), (JONGNO, CLERK));
    let mut there = office.seat(Some(JONGNO), CLERK_TOO).unwrap();
    let look = asked(&stage, &mut there, (&case, &[1]));
    office.post(&mut there, "/api/sign-out", &json!({})).unwrap();
    let mut cells = BTreeMap::new();
    for (name, place) in PEOPLE {
        let Some(member) = stage.home().store.read(|tx| tx.staff_by_name(name)).unwrap() else {
            continue;
        };
        let mut desk = office.seat(*place, name).unwrap();
        for kind in kinds().iter().filter(|kind| kind.needs == Needs::Seat) {
            // Signing out ends what is being tried; taking is tried below.
            if ["/api/sign-out", "/api/looks/take"].contains(&kind.path) {
                continue;
            }
            let (path, body) = nobodys(kind);
            let foreign = kind
                .path
                .replace("{case}", &case.id.to_string())
                .replace("{look}", &look)
                .replace("{no}", "1");
            let is_foreign =
                *place != Some(JONGNO) && foreign != kind.path && !foreign.contains('{');
            for path in std::iter::once(path).chain(is_foreign.then_some(foreign)) {
                let count =
                    cells.entry(outcome(&stage, &mut desk, (kind, &member), (&path, &body)));
                *count.or_insert(0) += 1;
            }
        }
    }
    assert!(cells["by role"] > 100 && cells["nothing there"] > 30, "{cells:?}");
}

/// Tries one cell, and says how it ended.
fn outcome(
    stage: &Stage,
    desk: &mut Desk,
    (kind, member): (&RouteKind, &StaffMember),
    (path, body): (&str, &[u8]),
) -> &'static str {
    let before = seen(stage);
    let answer = stage.office.ask(desk, (kind.method.name(), path), body).unwrap();
    let after = seen(stage);
    let what = format!(
        "{} {} {path}: {} {}",
        member.name,
        kind.method.name(),
        answer.status,
        answer.code()
    );
    let may = kind.may.is_none_or(|act| member.roles.iter().any(|role| role.may(act)));
    if !may {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::FORBIDDEN, "not_allowed"),
            "{what}"
        );
        assert_eq!((after.views, after.permits), (before.views, before.permits), "{what}");
        return "by role";
    }
    assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{what}");
    let Some(view) = kind.view else { return "shows nobody" };
    if view == View::Queue && any(&member.roles, view, Owner::Here) {
        assert_eq!(answer.status, StatusCode::OK, "{what}");
        assert_eq!((after.views, after.permits), (before.views + 1, before.permits), "{what}");
        return "own queue";
    }
    assert!(answer.status.is_client_error(), "{what}");
    assert_eq!((after.views, after.permits), (before.views, before.permits), "{what}");
    "nothing there"
}

/// Each granted view leaves one entry, with staff, terminal, purpose, subject and view; and holds the fields of its cell and no other.
#[rstest]
fn what_is_granted_leaves_one_entry_and_shows_its_fields(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = Stage::open(backend);
    let office = &stage.office;
    let case = at_counter(&stage, (LEAKED, 1), (JONGNO, CLERK));
    let mut clerk = office.seat(Some(JONGNO), CLERK).unwrap();
    let mut other = office.seat(Some(MAPO), SUPERVISOR_ELSEWHERE).unwrap();
    let mut agent = office.seat(None, AGENT).unwrap();
    let look = asked(&stage, &mut clerk, (&case, &[1]));
    let code = shown_for_a_call(&stage, &case);
    let image = format!("/api/looks/{look}/images/1");
    let shown = format!("/api/cases/{}", case.id);
    let cells: [(&mut Desk, (&str, &str), Value, View); 3] = [
        (&mut clerk, ("GET", &shown), Value::Null, View::Case),
        (&mut other, ("POST", "/api/looks/take"), json!({}), View::Look),
        (&mut agent, ("POST", "/api/calls"), json!({ "code": code }), View::Call),
    ];
    for (desk, (method, path), body, view) in cells {
        let before = seen(&stage);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = office.ask(desk, (method, path), &body).unwrap();
        let answer = answer.well().unwrap();
        let after = seen(&stage);
        let entries = (after.views - before.views) + (after.permits - before.permits);
        assert_eq!(entries, 1, "{path}: {answer}");
        let text = answer.to_string();
        let has = |value: &str| text.contains(value);
        assert!(!has("2000") && !has("20000001") && !has("kim@"), "no contact: {text}");
        assert_eq!(has("김하늘"), view == View::Look, "{text}");
        assert_eq!(has("1980"), view == View::Look, "{text}");
    }
    let before = seen(&stage);
    let drawn = office.get(&mut other, &image).unwrap();
    assert_eq!(drawn.body, jpeg(1));
    assert_eq!(seen(&stage).permits, before.permits + 1);
    let entry = stage.by_hand(
        "SELECT body FROM journal_entry WHERE kind = 'view.granted' ORDER BY at DESC LIMIT 1",
    );
    for word in ["\"view\"", "\"purpose\"", "\"terminal\"", "\"case\""] {
        assert!(entry.contains(word), "{word}: {entry}");
    }
    let scope = stage.by_hand(
        "SELECT body FROM journal_entry WHERE kind = 'permit.granted' AND CAST(body AS text) LIKE '%view look%' LIMIT 1",
    );
    assert!(scope.contains("view look of case") && scope.contains("at terminal"), "{scope}");
}
