//! The templates of all pages, and their compilation.

use std::sync::Arc;

use handlebars::Handlebars;
use simrecall_core::notice::Language;
use simrecall_engine::{Problem, Result};

use super::words::Words;
use super::{Page, says};

/// What templates share.
const PARTS: [(&str, &str); 6] = [
    ("layout", include_str!("../../pages/parts/layout.html")),
    ("errors", include_str!("../../pages/parts/errors.html")),
    ("field", include_str!("../../pages/parts/field.html")),
    ("area", include_str!("../../pages/parts/area.html")),
    ("choice", include_str!("../../pages/parts/choice.html")),
    ("token", include_str!("../../pages/parts/token.html")),
];

pub(super) const fn source(page: Page) -> &'static str {
    match page {
        Page::Start => include_str!("../../pages/start.html"),
        Page::Prove => include_str!("../../pages/prove.html"),
        Page::ProveEmail => include_str!("../../pages/prove_email.html"),
        Page::ProveSms => include_str!("../../pages/prove_sms.html"),
        Page::ProveCode => include_str!("../../pages/prove_code.html"),
        Page::Answer => include_str!("../../pages/answer.html"),
        Page::Replace => include_str!("../../pages/replace.html"),
        Page::Protect => include_str!("../../pages/protect.html"),
        Page::Claim => include_str!("../../pages/claim.html"),
        Page::ClaimCheck => include_str!("../../pages/claim_check.html"),
        Page::Notices => include_str!("../../pages/notices.html"),
        Page::Real => include_str!("../../pages/real.html"),
        Page::RealAnswer => include_str!("../../pages/real_answer.html"),
        Page::Help => include_str!("../../pages/help.html"),
        Page::Finished => include_str!("../../pages/finished.html"),
        Page::Problem => include_str!("../../pages/problem.html"),
    }
}

/// All pages of one language. Every key that a template names must have words.
pub(super) fn compile(language: Language, words: &Arc<Words>) -> Result<Handlebars<'static>> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    says::teach(&mut registry, language, words);
    let pages = Page::ALL.map(|page| (page.name(), source(page)));
    for (name, source) in pages.into_iter().chain(PARTS) {
        for key in fixed_keys(source) {
            if words.get(key).is_none() {
                let tag = language.tag();
                return Err(Problem::ours("words", format!("the words in {tag} lack {key}")));
            }
        }
        let defect = |error| {
            Problem::ours("page", format!("template {name} does not compile")).caused_by(error)
        };
        registry.register_template_string(name, source).map_err(defect)?;
    }
    Ok(registry)
}

/// The keys that a template names outright: `{{t "start.question"}}`.
fn fixed_keys(source: &str) -> impl Iterator<Item = &str> {
    source
        .split("{{t \"")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .filter(|key| key.contains('.'))
}
