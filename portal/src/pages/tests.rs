use std::fmt::Write as _;

use serde_json::{Value, json};
use simrecall_core::access::Way;
use simrecall_core::cohort::Item;
use simrecall_engine::selfcheck::{Published, WayAnswer};

use super::*;

/// Markup in every place that a person or a carrier fills.
const MARKUP: &str = "<script>alert(1)</script>\"'&{{t}}";

fn public() -> Public {
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

fn answer(standing: &str, lines: u8) -> Value {
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
        "may": ["items", "apply", "protect", "unprotect", "claim", "notices"],
        "incident_reference": "HB-2025-09",
    })
}

const CLAIM_STATES: [&str; 12] = [
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
];

fn claim(state: &str) -> Value {
    json!({
        "id": format!("c-{state}"), "line": "0", "number": "010-****-0000", "state": state,
        "amount_won": 1_249_500, "day": "2025-09-05", "merchant": "게임 상점", "note": "",
        "created_at": "2025-09-11T05:51:00Z",
    })
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

/// Every page in every state that it has, with a name for the file.
fn states() -> Vec<(Page, String, Value)> {
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
    let lines = json!([line(0), line(1)]);
    let row = |state: &str| {
        let mut row = line(0);
        row["state"] = json!(state);
        row["applied_at"] = json!("2025-09-11T05:51:00Z");
        row["since"] = json!("2025-09-11T05:51:00Z");
        json!([row])
    };
    for state in ["applied", "cancelled"] {
        add(Page::Replace, state, json!({ "lines": lines, "cases": row(state) }));
    }
    for (state, undo) in [("off", true), ("requested", true), ("on", false), ("suspended", true)] {
        let view = json!({ "lines": lines, "protections": row(state), "undo_allowed": undo });
        add(Page::Protect, state, view);
    }
    let view = json!({ "lines": [], "protections": row("tripped"), "undo_allowed": true });
    add(Page::Protect, "tripped", view);
    let claims = CLAIM_STATES.map(claim);
    add(Page::Claim, "none", json!({ "lines": lines, "claims": [] }));
    add(Page::Claim, "all", json!({ "lines": [], "claims": claims }));
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

fn context<'a>(
    public: &'a Public,
    typed: &'a BTreeMap<String, String>,
    errors: &'a [FieldError],
    view: Value,
) -> Context<'a, Value> {
    let now = "2025-10-18T00:00:00Z".parse().unwrap();
    Context { public, token: "t0k3n", typed, errors, view, now }
}

fn html(pages: &Pages, page: Page, language: Language, view: Value) -> String {
    let (public, typed) = (public(), BTreeMap::new());
    pages.try_render(page, language, &context(&public, &typed, &[], view)).unwrap()
}

/// Writes every state of every page in every language, and the files they load.
fn write_all(pages: &Pages, out: &Path) {
    let public = public();
    let typed = BTreeMap::from([("number".to_owned(), "010-12".to_owned())]);
    let wrong = [
        FieldError { field: "number", code: "number" },
        FieldError { field: "address", code: "email" },
    ];
    for language in Language::ALL {
        let folder = out.join(language.tag());
        std::fs::create_dir_all(&folder).unwrap();
        for (page, name, view) in states() {
            let html = html(pages, page, language, view);
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
        let context = context(&public, &typed, &wrong, Value::Null);
        let html = pages.try_render(Page::ProveEmail, language, &context).unwrap();
        std::fs::write(folder.join("prove_email-wrong.html"), html).unwrap();
    }
    std::fs::create_dir_all(out.join("a")).unwrap();
    let theme = [Some(pages.theme.colours()), pages.theme.logo()].into_iter().flatten();
    let theme = theme.filter_map(|path| pages.asset(path));
    for asset in asset::all().iter().chain(theme) {
        std::fs::write(out.join(asset.path.trim_start_matches('/')), asset.bytes).unwrap();
    }
}

#[test]
fn every_page_in_every_state_is_written_in_every_language() {
    let pages = Pages::new(None).unwrap();
    for language in Language::ALL {
        for (page, name, view) in states() {
            let html = html(&pages, page, language, view);
            assert!(html.contains("<h1"), "{name}");
            assert!(!html.contains("{{") && !html.contains("노출"), "{name}");
        }
    }
}

/// Chromium and the rules of WCAG look at every state. `scripts/setup.sh test` installs what it takes.
#[test]
fn every_state_can_be_used_in_chromium() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    write_all(&Pages::new(None).unwrap(), folder.path());
    assert!(
        Path::new("/usr/bin/chromium").exists() && root.join("tests/node_modules/axe-core").exists(),
        "Chromium or a package is missing; run: scripts/setup.sh test"
    );
    let ran = std::process::Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(root.join("tests/browser/states.test.mjs"))
        .env("PAGES", folder.path())
        .env("SCREENS", root.join("target/screens"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}

#[test]
fn every_page_has_what_it_must() {
    let pages = Pages::new(None).unwrap();
    for (page, name, view) in states() {
        let html = html(&pages, page, Language::Vietnamese, view);
        let has = |what: &str| assert!(html.contains(what), "{name} lacks {what}");
        has("<html lang=\"vi\">");
        has("tel:0800000114");
        has("Hanbit Mobile không bao giờ hỏi");
        has("class=\"skip\" href=\"#main\"");
        for language in Language::ALL {
            has(&format!("href=\"/{}/{}\"", language.tag(), page.path()));
        }
        assert!(!html.contains("style="), "{name} has a style that the policy forbids");
        let handler = |rest: &str| {
            rest.split_once('=').is_some_and(|(name, _)| name.chars().all(char::is_alphabetic))
        };
        assert!(!html.split(" on").skip(1).any(handler), "{name} has a handler");
    }
}

#[test]
fn the_first_page_holds_nothing_of_anybody() {
    let pages = Pages::new(None).unwrap();
    let html = pages.start(Language::Korean, &public());
    let html = std::str::from_utf8(&html).unwrap();
    assert!(html.contains("한빛모바일") && !html.contains("name=\"token\""), "{html}");
}

#[test]
fn a_page_with_errors_says_so_first() {
    let pages = Pages::new(None).unwrap();
    let public = public();
    let typed = BTreeMap::from([("number".to_owned(), "010-12".to_owned())]);
    let errors = [
        FieldError { field: "number", code: "number" },
        FieldError { field: "", code: "nobody-knows-this-code" },
    ];
    for (language, title) in
        [(Language::English, "<title>Error: "), (Language::Korean, "<title>오류: ")]
    {
        let context = context(&public, &typed, &errors, Value::Null);
        let html = pages.try_render(Page::ProveEmail, language, &context).unwrap();
        assert!(html.contains(title), "{html}");
        assert!(
            html.contains("<a href=\"#number\">") && html.contains("value=\"010-12\""),
            "{html}"
        );
        assert_eq!(html.matches("aria-invalid").count(), 1);
    }
}

#[test]
fn every_problem_has_words_and_a_next_step() {
    let words = words::all().unwrap();
    for code in [
        "number",
        "email",
        "code_wrong",
        "code_expired",
        "code_used_up",
        "too_often",
        "busy",
        "channel_compromised",
        "not_unlocked",
        "proof_too_old",
        "session_missing",
        "session_ended",
        "session_other_browser",
        "claim_day",
        "claim_amount",
        "claim_merchant",
        "claim_note",
        "claim_state",
        "imei",
        "line",
        "text",
        "sender",
        "message_code",
        "already",
        "not_published",
        "not_found",
        "method",
        "misdirected",
        "too_large",
        "too_slow",
        "media_type",
        "malformed",
        "strange",
        "too_fast",
    ] {
        for words in words.values() {
            assert_ne!(words.problem(code), "other", "{code}");
        }
    }
}

#[test]
fn markup_comes_out_as_text() {
    let pages = Pages::new(None).unwrap();
    let mut public = public();
    public.brand = BTreeMap::from([("ko", MARKUP.to_owned()), ("en", MARKUP.to_owned())]);
    public.hotline = MARKUP.to_owned();
    public.official_host = MARKUP.to_owned();
    let typed =
        ["number", "address", "imei", "day", "amount", "merchant", "note", "text", "sender"]
            .map(|name| (name.to_owned(), MARKUP.to_owned()))
            .into();
    for (page, name, mut view) in states() {
        mark(&mut view);
        let context = context(&public, &typed, &[], view);
        let html = pages.try_render(page, Language::Korean, &context).unwrap();
        assert!(!html.contains("<script>alert"), "{name}");
        assert_eq!(html.matches("</script>").count(), 2, "{name}");
        assert_eq!(html.matches("<script").count(), 2, "{name}");
    }
}

/// Puts markup where a person's own text goes.
fn mark(view: &mut Value) {
    const FREE: [&str; 11] = [
        "number",
        "merchant",
        "note",
        "subject",
        "plain",
        "to",
        "ours",
        "theirs",
        "addressed_to",
        "id",
        "sender",
    ];
    match view {
        Value::Object(fields) => {
            for (name, value) in fields {
                if value.is_string() && FREE.contains(&name.as_str()) {
                    *value = MARKUP.into();
                }
                mark(value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(mark),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_answer_has_one_length() {
    let pages = Pages::new(None).unwrap();
    let (public, typed) = (public(), BTreeMap::new());
    for language in Language::ALL {
        for standing in ["leaked", "possibly", "not_found", "not_ours", "ask"] {
            for lines in [1, 2, 8] {
                let context = context(&public, &typed, &[], answer(standing, lines));
                let html = pages.render(Page::Answer, language, &context);
                assert_eq!(html.len(), ANSWER_BYTES, "{standing} {lines} {}", language.tag());
                assert!(html.ends_with(b" --></body>\n</html>\n"));
            }
        }
    }
}

#[test]
fn a_view_that_does_not_fit_is_an_apology_and_never_half_a_page() {
    let pages = Pages::new(None).unwrap();
    let (public, typed) = (public(), BTreeMap::new());
    let view = json!({ "standing": "leaked", "revision": 3 });
    let html = pages.render(Page::Answer, Language::Korean, &context(&public, &typed, &[], view));
    let html = std::str::from_utf8(&html).unwrap();
    assert!(
        html.contains("저희 쪽에 문제가 생겼습니다") && html.contains("080-000-0114"),
        "{html}"
    );
    assert_eq!(html.len(), ANSWER_BYTES);
}

#[test]
fn our_style_stays_small() {
    let css = asset::named("portal.css").unwrap();
    let script = asset::named("portal.js").unwrap();
    let mut told = String::new();
    writeln!(told, "css {:?} gz, js {:?} gz", css.gz.map(<[u8]>::len), script.gz.map(<[u8]>::len))
        .unwrap();
    assert!(css.gz.unwrap().len() <= 4096, "{told}");
    assert!(script.gz.unwrap().len() <= 4096, "{told}");
}
