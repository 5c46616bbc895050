//! What no text may hold, wherever it goes.

use std::collections::BTreeSet;

use super::number::{self, Figure};
use super::place::Place;
use super::report::{Notes, Rule};
use super::{Subject, mixed, promotion};
use crate::delivery::Rung;
use crate::notice::Language;
use crate::notice::harmless::{BELITTLING, has_address};
use crate::notice::render::marked::Form;

/// Signs of markup that no reader should meet.
const MARKUP: [&str; 5] = ["<", "{{", "}}", "&#", "&lt;"];
/// What would make a sheet fetch or open something.
const LINKS: [&str; 8] =
    ["href", "src=", "<form", "<script", "<iframe", "url(", "@import", "http-equiv=\"refresh"];

/// Looks at one form of a text, its subject included.
pub(super) fn look(subject: &Subject<'_>, heading: &str, form: &Form, notes: &mut Notes) {
    let text = format!("{heading}\n{}", form.text);
    let files = &form.files;
    let mut found = |rule, needle: &str, what: String| {
        notes.add(subject.finding(rule, Place::of(subject, files, needle), what));
    };
    let (small, word) = belittling(subject.order.variables.language);
    for small in small.iter().filter(|small| text.contains(**small)) {
        found(Rule::Belittling, small, format!("says {small}; the word is {word}"));
    }
    if let Some(word) = promotion::find(subject.order.variables.language, &text) {
        found(Rule::Promotion, word, format!("{word:?} is a word of selling"));
    }
    for sign in MARKUP.iter().filter(|sign| text.contains(**sign)) {
        found(Rule::Markup, sign, format!("{sign:?} stands where people read"));
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        let what = format!("holds an invisible character (U+{:04X})", u32::from(c));
        found(Rule::Charset, &c.to_string(), what);
    }
    if let Some((rule, word)) = address(subject, &text, form.html.as_deref()) {
        found(rule, &word, format!("{word:?} is or acts as an address"));
    }
    for figure in number::find(&without_own(subject, &text), &allowed(subject)) {
        match figure {
            Figure::Telephone(number) => {
                found(Rule::Number, &number, format!("{number:?} is on no list of numbers"));
            }
            Figure::Value(value) => found(Rule::Value, &value, format!("{value:?} is a value")),
        }
    }
    mixed::look(subject, files, &text, notes);
}

/// Words that make a leak sound smaller than it is, and the word to use.
const fn belittling(language: Language) -> (&'static [&'static str], &'static str) {
    match language {
        Language::Korean => (&[BELITTLING], "유출"),
        Language::English => (&["data exposure", "inadvertent"], "leak"),
        Language::Chinese => (&["曝光", "暴露", "外露"], "泄露"),
        Language::Vietnamese => (&["lộ diện", "hở thông tin"], "rò rỉ"),
        Language::Japanese => (&["露出", "露呈"], "漏えい"),
    }
}

/// The first thing that is an address where none may be, or another than the official host.
fn address(subject: &Subject<'_>, text: &str, html: Option<&str>) -> Option<(Rule, String)> {
    let (rule, text) = match subject.order.rung {
        Rung::Lms | Rung::Sms => (Rule::Address, text.to_owned()),
        Rung::Email | Rung::Letter | Rung::Posting => {
            (Rule::Host, text.replace(subject.order.carrier.official_host(), ""))
        }
    };
    if has_address(&text) {
        let word = text.split_whitespace().find(|word| has_address(word)).unwrap_or(&text);
        return Some((rule, word.to_owned()));
    }
    let link = LINKS.iter().find(|link| html.is_some_and(|html| html.contains(**link)));
    link.map(|link| (Rule::Host, (*link).to_owned()))
}

/// The numbers that may stand in a text of this brand.
fn allowed(subject: &Subject<'_>) -> BTreeSet<String> {
    let order = subject.order;
    let desk = order.incident.text(order.variables.language).map(|text| text.desk.phone.as_str());
    let listed = subject.asked.numbers.iter().map(String::as_str);
    let numbers = listed.chain(desk).chain([order.carrier.hotline()]);
    let lines = order.variables.lines.to_string();
    numbers.map(number::digits).chain([lines]).collect()
}

/// The text without what the order says of one person's remedy, which may hold any number.
fn without_own(subject: &Subject<'_>, text: &str) -> String {
    let Some(remedy) = &subject.order.variables.remedy else { return text.to_owned() };
    let own = [&remedy.agency, &remedy.address, &remedy.until, &remedy.hours];
    let own = own.into_iter().filter(|value| !value.is_empty());
    own.fold(text.to_owned(), |text, value| text.replace(value.as_str(), ""))
}

/// Marks that change what is read and cannot be seen.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}
