pub(super) mod fixture;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::*;
use fixture::{answer, public, states};

/// As a page is set up that names no limits.
pub(super) const TERMS: Terms = Terms { minutes: 10, codes: 3 };
/// Markup in every place that a person or a carrier fills.
const MARKUP: &str = "<script>alert(1)</script>\"'&{{t}}";

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
    let pages = Pages::new(None, TERMS).unwrap();
    for language in Language::ALL {
        for (page, name, view) in states() {
            let html = html(&pages, page, language, view);
            assert!(html.contains("<h1"), "{name}");
            assert!(!html.contains("{{") && !html.contains("노출"), "{name}");
            assert!(!html.contains("{brand}") && !html.contains("{hotline}"), "{name}");
        }
    }
}

/// Chromium and the rules of WCAG look at every state. `scripts/setup.sh test` installs what it takes.
#[test]
fn every_state_can_be_used_in_chromium() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    write_all(&Pages::new(None, TERMS).unwrap(), folder.path());
    assert!(
        Path::new("/usr/bin/chromium").exists()
            && root.join("tests/node_modules/axe-core").exists(),
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
    let pages = Pages::new(None, TERMS).unwrap();
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
    let pages = Pages::new(None, TERMS).unwrap();
    let html = pages.start(Language::Korean, &public());
    let html = std::str::from_utf8(&html).unwrap();
    assert!(html.contains("한빛모바일") && !html.contains("name=\"token\""), "{html}");
}

#[test]
fn a_page_with_errors_says_so_first() {
    let pages = Pages::new(None, TERMS).unwrap();
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
        "way",
        "way_closed",
        "login_declined",
        "login_no_answer",
        "otp_failing",
        "not_unlocked",
        "please_call",
        "proof_too_old",
        "session_missing",
        "session_ended",
        "session_other_browser",
        "claim_day",
        "claim_amount",
        "claim_merchant",
        "claim_note",
        "claim_state",
        "benefit",
        "benefit_closed",
        "benefit_exported",
        "imei",
        "line",
        "text",
        "sender",
        "message_code",
        "payments_wait",
        "already",
        "please_visit",
        "objections",
        "no_parcel",
        "card_digits",
        "line_held",
        "case_state",
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

/// What a page promises is what the server keeps to.
#[test]
fn pages_say_how_long_and_how_often() {
    let pages = Pages::new(None, Terms { minutes: 7, codes: 41 }).unwrap();
    for language in Language::ALL {
        let code = html(&pages, Page::ProveCode, language, Value::Null);
        let main = code.split("<main").nth(1).unwrap();
        assert!(main.contains('7') && main.contains("41"), "{main}");
    }
    let words = words::all().unwrap();
    for (language, words) in &words {
        for key in ["prove_code.lead", "prove_code.nothing"] {
            let says = words.get(key).unwrap();
            let fixed = says.contains(|c: char| c.is_ascii_digit());
            assert!(!fixed, "{} {key}: {says}", language.tag());
        }
    }
}

#[test]
fn markup_comes_out_as_text() {
    let pages = Pages::new(None, TERMS).unwrap();
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
    let pages = Pages::new(None, TERMS).unwrap();
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
    let pages = Pages::new(None, TERMS).unwrap();
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
