//! Every page in every state it has, with invented people.

use serde_json::{Value, json};
use simrecall_core::access::Way;
use simrecall_core::cohort::Item;
use simrecall_engine::selfcheck::{Public, Published, WayAnswer};

use crate::pages::Page;

pub(in crate::pages) fn public() -> Public {
    let way = |way, open, because| WayAnswer { way, open, because };
    Public {
        incident: "HB-2025-09".to_owned(),
        title: "rogue base stations".to_owned(),
        brand: [("ko", "한빛모바일"), ("en", "Hanbit Mobile")]
            .map(|(tag, name)| (tag, name.to_owned()))
            .into(),
        hotline: "080-000-0114".to_owned(),
        official_host: "www.carrier.example".to_owned(),
        published: Some(Published { revision: 3, at: "2025-10-17T00:00:00Z".parse().unwrap() }),
        ways: vec![
            way(Way::Email, true, None),
            way(Way::Sms, false, Some("sms")),
            way(Way::Login, true, None),
            way(Way::Agency, false, None),
        ],
    }
}

fn line(no: u8) -> Value {
    json!({ "line": format!("{no:064x}"), "number": format!("010-****-{no:04}") })
}

pub(super) fn answer(standing: &str, lines: u8) -> Value {
    let items = |from: usize, count: usize| -> Vec<_> {
        Item::ALL.iter().skip(from).take(count).map(|item| item.code()).collect()
    };
    let told = standing == "leaked" || standing == "possibly";
    let lines: Vec<Value> = (0..if told { lines } else { 0 })
        .map(|no| {
            let mut line = line(no);
            line["confirmed"] = json!(if standing == "leaked" { items(0, 3) } else { vec![] });
            line["possible"] = json!(items(3, 1));
            line["moment"] = if no == 1 { json!("2025-08-21T05:11:00Z") } else { Value::Null };
            line
        })
        .collect();
    json!({
        "standing": standing,
        "as_of": "2025-10-17T00:00:00Z",
        "revision": 3,
        "lines": lines,
        "not_leaked": if told { items(4, 2) } else { vec![] },
        "told_since": told.then_some("2025-09-11T05:51:00Z"),
        "changed": told.then(|| json!({
            "at": "2025-09-11T05:51:00Z", "revision": 1, "standing": "not_found",
        })),
        "may": ["items", "apply", "protect", "unprotect", "claim", "notices", "lift_block"],
        "incident_reference": "HB-2025-09",
    })
}

const CLAIM_STATES: [&str; 13] = [
    "draft",
    "submitted",
    "under_review",
    "needs_evidence",
    "approved",
    "partial",
    "rejected",
    "appealed",
    "scheduled",
    "paid",
    "pay_failed",
    "withdrawn",
    "waived",
];

fn claim(state: &str) -> Value {
    let granted = ["approved", "partial", "scheduled", "paid", "pay_failed", "waived"];
    let granted = granted.contains(&state).then_some(9_500);
    let may_appeal = ["partial", "rejected"].contains(&state);
    let pay_on = (state == "scheduled").then_some("2025-10-10");
    json!({
        "id": format!("c-{state}"), "line": "0", "number": "010-****-0000",
        "kind": if state == "waived" { "refund" } else { "loss" },
        "source": if state == "approved" { "carrier" } else { "customer" }, "state": state,
        "granted_won": granted,
        "pay_on": pay_on,
        "may_appeal": may_appeal,
        "amount_won": 1_249_500, "day": "2025-09-05", "merchant": "게임 상점", "note": "",
        "created_at": "2025-09-11T05:51:00Z",
    })
}

/// A group to choose from, one alone with a last day, and one that was handed over.
fn benefits() -> Value {
    let choice = |code: &str, chosen: bool, until: Option<&str>| {
        let names = json!({
            "ko": "혜택", "en": "Benefit", "zh-Hans": "优惠", "vi": "Ưu đãi", "ja": "特典",
        });
        json!({ "code": code, "names": names, "until": until, "open": true, "chosen": chosen })
    };
    let group = |name: &str, changeable: bool, choices: Value| {
        json!({
            "line": "0", "number": "010-****-0000", "group": name, "choices": choices,
            "changeable": changeable,
        })
    };
    let relief = [("bill_discount", true), ("device_discount", false), ("penalty_waiver", false)];
    let relief = relief.map(|(code, chosen)| choice(code, chosen, None));
    json!([
        group("relief", true, json!(relief)),
        group("insurance", true, json!([choice("insurance", false, Some("2025-10-10"))])),
        group("extra_data", false, json!([choice("extra_data", true, None)])),
    ])
}

fn notice(exact: bool, plain: Option<&str>) -> Value {
    json!({
        "at": "2025-09-11T05:51:00Z", "kind": "confirmed", "language": "ko", "rung": "lms",
        "confirmed": ["imsi", "msisdn"], "possible": [], "subject": "[한빛모바일] 개인정보 유출 안내",
        "plain": plain, "html_available": false, "exact": exact, "to": "010-****-0000",
    })
}

fn matched(is: &str) -> Value {
    let ours = json!({
        "wave": 1, "no": 1, "kind": "confirmed", "language": "ko", "rung": "lms",
        "sender": "114", "sha256": "00",
    });
    json!({
        "is": is,
        "ours": if is == "link" || is == "not_ours" { Value::Null } else { ours },
        "addressed_to": if is == "official" { json!("김한빛") } else { Value::Null },
        "places": if is == "altered" { json!([
            { "kind": "changed", "ours": "114", "theirs": "010-9", "en": "", "ko": "" },
            { "kind": "added", "ours": "", "theirs": "http", "en": "", "ko": "" },
        ]) } else { json!([]) },
    })
}

/// Somebody's visit, in a state of its case.
fn visit(state: &str) -> Value {
    let mut visit = line(0);
    visit["agency"] = json!("종로점");
    visit["address"] = json!("서울 종로구 종로 1");
    visit["date"] = if state == "booked" { json!("2025-11-06") } else { Value::Null };
    visit["hour"] = if state == "booked" { json!("10:00") } else { Value::Null };
    visit["code"] = if state == "checked_in" { json!("042917") } else { Value::Null };
    let qr = json!({ "side": 29, "d": "M4 4h7v1h-7zM4 5h1v1h-1z" });
    if state == "checked_in" {
        visit["qr"] = qr;
    } else if state == "booked" {
        visit["check_in"] = json!({ "letters": "BCDFG HJKLM", "qr": qr });
    }
    visit["callable"] = json!(state != "completed");
    visit["call"] = if state == "waiting" {
        json!({ "digits": "042 917", "minutes": 10 })
    } else {
        Value::Null
    };
    visit["bring"] = json!(["주민등록증 / 여권"]);
    visit["changeable"] = json!(["waiting", "booked"].contains(&state));
    visit["stoppable"] = json!(state != "fraud_hold");
    visit["parcel"] = json!(["waiting", "booked"].contains(&state));
    visit
}

/// Somebody's parcel, and what is left to do before its card takes over.
fn parcel(state: &str, activation: &str) -> Value {
    let mut visit = line(0);
    visit["home"] = json!(true);
    visit["changeable"] = json!(state == "waiting");
    visit["stoppable"] = json!(true);
    visit["shop"] = json!(["shipped", "delivered"].contains(&state));
    visit["activation"] = (!activation.is_empty()).then(|| activation.to_owned()).into();
    visit
}

/// What one store still has.
fn offer() -> Value {
    let hour = json!({ "value": "jongno 2025-11-06 10", "date": "2025-11-06", "hour": "10:00" });
    json!({ "name": "종로점", "code": "jongno", "hours": [hour] })
}

fn lines() -> Value {
    json!([line(0), line(1)])
}

/// One thing of the first line, in a state.
fn row(state: &str) -> Value {
    let mut row = line(0);
    row["state"] = json!(state);
    row["applied_at"] = json!("2025-09-11T05:51:00Z");
    row["since"] = json!("2025-09-11T05:51:00Z");
    json!([row])
}

/// The page of new cards, in each state of a case.
fn replacements() -> Vec<(String, Value)> {
    let (lines, mut all) = (lines(), Vec::new());
    for state in ["applied", "cancelled"] {
        let view = json!({ "lines": lines, "cases": row(state), "visits": [], "offers": [] });
        all.push((state.to_owned(), view));
    }
    for state in ["waiting", "booked", "checked_in", "fraud_hold", "completed"] {
        let visits = json!([visit(state)]);
        let view = json!({
            "lines": lines, "cases": row(state), "visits": visits, "offers": [offer()],
        });
        all.push((state.to_owned(), view));
    }
    for (state, activation) in [
        ("waiting", ""),
        ("shipped", "wait"),
        ("shipped", "login"),
        ("delivered", "ask"),
        ("delivered", "type"),
        ("verified", "done"),
    ] {
        let visits = json!([parcel(state, activation)]);
        let view = json!({
            "lines": lines, "cases": row(state), "visits": visits, "offers": [offer()],
        });
        all.push((format!("parcel-{state}-{activation}"), view));
    }
    all
}

/// The page of locks and blocks, in each state of either.
fn protections() -> Vec<(String, Value)> {
    let (lines, mut all) = (lines(), Vec::new());
    for (state, undo) in [("off", true), ("requested", true), ("on", false), ("suspended", true)] {
        let view = json!({
            "lines": lines, "protections": row(state), "undo_allowed": undo,
            "payments": [], "lift_allowed": undo, "holds": [], "release_allowed": undo,
        });
        all.push((state.to_owned(), view));
    }
    for (name, state, until, lift) in [
        ("block_due", "block_due", None, true),
        ("blocked", "blocked", None, false),
        ("waiting", "blocked", Some("2025-09-14T05:51:00Z"), true),
        ("lift_due", "lift_due", None, true),
        ("lifted", "lifted", None, true),
    ] {
        let mut payments = row(state);
        payments[0]["until"] = json!(until);
        payments[0]["liftable"] = json!(state.starts_with("block") && until.is_none());
        let view = json!({
            "lines": lines, "protections": [], "undo_allowed": lift,
            "payments": payments, "lift_allowed": lift, "holds": [], "release_allowed": lift,
        });
        all.push((name.to_owned(), view));
    }
    for (name, agreed, release) in
        [("held", false, true), ("held_proof_old", false, false), ("held_agreed", true, true)]
    {
        let mut holds = row("held");
        holds[0]["agreed"] = json!(agreed);
        let view = json!({
            "lines": lines, "protections": [], "undo_allowed": release,
            "payments": [], "lift_allowed": release, "holds": holds, "release_allowed": release,
        });
        all.push((name.to_owned(), view));
    }
    let view = json!({
        "lines": [], "protections": row("tripped"), "undo_allowed": true,
        "payments": [], "lift_allowed": true, "holds": [], "release_allowed": true,
    });
    all.push(("tripped".to_owned(), view));
    all
}

/// Every page in every state that it has, with a name for the file.
pub(super) fn states() -> Vec<(Page, String, Value)> {
    let mut all: Vec<(Page, String, Value)> =
        [Page::Start, Page::Prove, Page::ProveEmail, Page::ProveSms, Page::ProveCode, Page::Help]
            .into_iter()
            .chain([Page::Finished, Page::Real])
            .map(|page| (page, page.name().to_owned(), Value::Null))
            .collect();
    let mut add = |page: Page, state: &str, view| {
        all.push((page, format!("{}-{state}", page.name()), view));
    };
    for standing in ["leaked", "possibly", "not_found", "not_ours", "ask"] {
        add(Page::Answer, standing, answer(standing, 2));
    }
    let lines = lines();
    for (state, view) in replacements() {
        add(Page::Replace, &state, view);
    }
    for (state, view) in protections() {
        add(Page::Protect, &state, view);
    }
    let claims = CLAIM_STATES.map(claim);
    add(Page::Claim, "none", json!({ "lines": lines, "claims": [], "benefits": [] }));
    add(Page::Claim, "all", json!({ "lines": [], "claims": claims, "benefits": benefits() }));
    add(Page::ClaimCheck, "draft", claim("draft"));
    add(Page::Notices, "none", json!([]));
    add(
        Page::Notices,
        "all",
        json!([
            notice(true, Some("고객님의 개인정보가\n유출되었습니다.")),
            notice(true, None),
            notice(false, None)
        ]),
    );
    add(Page::Real, "reported", json!({ "reported": true }));
    for is in ["official", "other_sender", "altered", "link", "not_ours"] {
        add(Page::RealAnswer, is, matched(is));
    }
    add(
        Page::RealAnswer,
        "code",
        json!({ "genuine": true, "sent": {
        "at": "2025-09-11T05:51:00Z", "wave": 1, "kind": "confirmed", "language": "ko", "rung": "lms",
    } }),
    );
    add(Page::RealAnswer, "no-code", json!({ "genuine": false, "sent": null }));
    for (code, status) in [("not_found", 404), ("busy", 503), ("session_ended", 403), ("ours", 500)]
    {
        add(Page::Problem, code, json!({ "code": code, "status": status }));
    }
    all
}
