//! From what a page is made of to what its template reads.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use simrecall_core::notice::Language;
use simrecall_engine::selfcheck::Public;
use simrecall_engine::{Problem, Result};

use super::asset;
use super::theme::Theme;
use super::words::Words;
use super::{Context, FieldError, Page, Terms};

/// What a language calls itself.
const fn own_name(language: Language) -> &'static str {
    match language {
        Language::Korean => "한국어",
        Language::English => "English",
        Language::Chinese => "简体中文",
        Language::Vietnamese => "Tiếng Việt",
        Language::Japanese => "日本語",
    }
}

/// The fields of a page's forms, whose names are also their ids.
const fn fields(page: Page) -> &'static [&'static str] {
    match page {
        Page::ProveEmail => &["number", "address"],
        Page::ProveSms => &["number"],
        Page::ProveCode => &["code"],
        Page::Replace => &["line", "code", "digits"],
        Page::Protect => &["line", "imei"],
        Page::Claim => &["line", "day", "amount", "merchant", "note"],
        Page::Real => &["text", "sender", "number", "code"],
        Page::Start
        | Page::Prove
        | Page::Answer
        | Page::ClaimCheck
        | Page::Notices
        | Page::RealAnswer
        | Page::Help
        | Page::Finished
        | Page::Problem => &[],
    }
}

/// What all pages of a language have.
pub(super) struct Look<'a> {
    /// What they say.
    pub(super) words: &'a Words,
    /// Their colours and their mark.
    pub(super) theme: &'a Theme,
    /// How long and how often.
    pub(super) terms: Terms,
}

/// What the template of a page reads.
pub(super) fn model(
    page: Page,
    language: Language,
    look: &Look<'_>,
    context: &Context<'_, impl Serialize>,
) -> Result<Value> {
    let Look { words, theme, terms } = look;
    let view = serde_json::to_value(&context.view).map_err(unreadable)?;
    let public = serde_json::to_value(context.public).map_err(unreadable)?;
    let wrong: Map<String, Value> = context
        .errors
        .iter()
        .rev()
        .map(|error| (error.field.to_owned(), words.problem(error.code).into()))
        .collect();
    let hotline = &context.public.hotline;
    let brand = brand(theme, language, context.public);
    let known = [("{brand}", brand), ("{hotline}", hotline.as_str())];
    let mut model = json!({
        "lang": language.tag(),
        "page": page.name(),
        "path": page.path(),
        "session": page.is_own(),
        "languages": languages(language),
        "brand": brand,
        "hotline": hotline,
        "tel": hotline.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>(),
        "colours": theme.colours(),
        "logo": theme.logo(),
        "minutes": terms.minutes,
        "codes": terms.codes,
        "public": public,
        "token": context.token,
        "typed": context.typed,
        "errors": errors(page, words, context.errors),
        "wrong": wrong,
        "script": script(page, words, known),
    });
    if let Some(model) = model.as_object_mut() {
        model.extend(extra(page, words, &view));
        model.insert("view".to_owned(), view);
    }
    Ok(model)
}

/// What only some pages have.
fn extra(page: Page, words: &Words, view: &Value) -> Map<String, Value> {
    let mut extra = Map::new();
    let mut add = |name: &str, value: Value| extra.insert(name.to_owned(), value);
    match page {
        Page::Replace => {
            add("choices", left(view, "cases", "cancelled"));
            add("choice", "checkbox".into());
        }
        Page::Protect => {
            add("choices", left(view, "protections", "off"));
            add("choice", "radio".into());
        }
        Page::Claim => {
            add("choices", view.get("lines").cloned().unwrap_or_default());
            add("choice", "radio".into());
        }
        Page::Real => {
            let reported = view.get("reported").and_then(Value::as_bool);
            add("reported", reported.unwrap_or_default().into());
        }
        Page::Problem => {
            let code = view.get("code").and_then(Value::as_str).unwrap_or_default();
            let status = view.get("status").and_then(Value::as_u64).unwrap_or_default();
            let (path, name) = way_on(code);
            add("problem", words.problem(code).into());
            add("problem_title", problem_title(code, status).into());
            add("way_on", path.into());
            add("way_on_words", name.into());
        }
        Page::Start
        | Page::Prove
        | Page::ProveEmail
        | Page::ProveSms
        | Page::ProveCode
        | Page::Answer
        | Page::ClaimCheck
        | Page::Notices
        | Page::RealAnswer
        | Page::Help
        | Page::Finished => {}
    }
    extra
}

/// The lines that can still be chosen: those of which no row stands elsewhere than at its end.
fn left(view: &Value, rows: &str, end: &str) -> Value {
    let list = |name: &str| view.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let taken = |line: &Value| {
        list(rows).iter().any(|row| {
            row.get("line") == line.get("line") && row.get("state") != Some(&Value::from(end))
        })
    };
    list("lines").iter().filter(|line| !taken(line)).cloned().collect()
}

fn problem_title(code: &str, status: u64) -> &'static str {
    match status {
        _ if code.starts_with("session_") || code == "proof_too_old" => "session",
        // Somebody else's server is silent: that is not for the number of people here.
        503 if is_of_another_service(code) => "other",
        _ if is_of_another_service(code) => "session",
        404 => "missing",
        429 | 503 => "busy",
        _ => "other",
    }
}

/// Whether a problem comes from a service that proves who somebody is.
fn is_of_another_service(code: &str) -> bool {
    code.starts_with("login_") || code.starts_with("otp_")
}

/// Where to go on after a problem: a path, and the word for it.
fn way_on(code: &str) -> (&'static str, &'static str) {
    match code {
        "session_missing"
        | "session_ended"
        | "session_other_browser"
        | "proof_too_old"
        | "not_unlocked"
        | "way"
        | "way_closed"
        | "channel_compromised" => ("prove", "again"),
        code if is_of_another_service(code) => ("prove", "again"),
        _ => ("", "start"),
    }
}

fn languages(current: Language) -> Vec<Value> {
    let link = |language: Language| {
        json!({
            "tag": language.tag(),
            "name": own_name(language),
            "current": language == current,
        })
    };
    Language::ALL.into_iter().map(link).collect()
}

fn brand<'a>(theme: &'a Theme, language: Language, public: &'a Public) -> &'a str {
    let own = || public.brand.get(language.tag()).or_else(|| public.brand.get("en"));
    theme
        .name(language)
        .or_else(|| own().or_else(|| public.brand.get("ko")).map(String::as_str))
        .unwrap_or_default()
}

fn errors(page: Page, words: &Words, errors: &[FieldError]) -> Vec<Value> {
    let one = |error: &FieldError| {
        let anchor = fields(page).contains(&error.field).then_some(error.field);
        json!({ "anchor": anchor, "code": words.problem(error.code) })
    };
    errors.iter().map(one).collect()
}

/// What the script needs to know: where the modules are, and what it says, with what every page knows filled in.
fn script(page: Page, words: &Words, known: [(&str, &str); 2]) -> Value {
    let path = |name: &str| asset::named(name).map(|asset| asset.path);
    let fill = |text: &str| {
        known.iter().fold(text.to_owned(), |text, (gap, value)| text.replace(gap, value))
    };
    let said = |key: &str| fill(words.get(key).unwrap_or_default());
    let mut script = json!({
        "size": [said("site.text_normal"), said("site.text_large"), said("site.text_largest")],
        "size_name": said("site.text_size"),
        "print": page.is_own().then(|| said("site.print")),
    });
    let check = path("check.js").zip(path("check_bg.wasm"));
    if let (Some(script), Some((glue, module))) = (script.as_object_mut(), check)
        && fields(page).iter().any(|field| ["number", "imei", "code"].contains(field))
    {
        let says = json!({
            "number": said("problem.number"),
            "imei": said("problem.imei"),
            "message_code": said("problem.message_code"),
        });
        script.insert("check".to_owned(), json!({ "glue": glue, "module": module, "says": says }));
    }
    let matcher = path("matcher.js").zip(path("matcher_bg.wasm"));
    if let (Some(script), Some((glue, module)), Page::Real) =
        (script.as_object_mut(), matcher, page)
    {
        let table = |prefix: &'static str| {
            let filled = words.under(prefix).map(|(key, text)| (key, fill(text)));
            filled.collect::<BTreeMap<_, _>>()
        };
        script.insert(
            "matcher".to_owned(),
            json!({
                "glue": glue,
                "module": module,
                "register": "/api/v1/register.json",
                "verdict": table("verdict."),
                "next": table("verdict_next."),
                "place": table("place."),
                "kind": table("kind."),
                "rung": table("rung."),
                "says": table("real."),
                "report": table("report."),
            }),
        );
    }
    script
}

fn unreadable(error: serde_json::Error) -> Problem {
    Problem::ours("page", "a page's view cannot be read").caused_by(error)
}
