//! What people see: HTML in five languages, and the files a page needs.
//!
//! Pages are Handlebars templates in strict mode with everything escaped; what they say is in one file of words per language.
//! All of it is compiled once, when the server starts: a missing word, a template that does not compile or a theme nobody can
//! read stops it there.

pub(crate) mod agency;
pub mod asset;
mod dates;
mod says;
mod shape;
mod templates;
#[cfg(test)]
mod tests;
mod theme;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handlebars::Handlebars;
use serde::Serialize;
use simrecall_core::notice::Language;
use simrecall_engine::config::PortalConfig;
use simrecall_engine::selfcheck::Public;
use simrecall_engine::{Problem, Result};

use asset::Asset;
use theme::Theme;
use words::Words;

/// An answer is as long as a multiple of this, in bytes: its length must not tell how it turned out. One of up to eight
/// lines is exactly this long.
pub const ANSWER_BYTES: usize = 32 * 1024;

/// A page, and what its view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Page {
    /// The first page; no view.
    Start,
    /// Which way to prove who one is; no view.
    Prove,
    /// Number and mail address; no view.
    ProveEmail,
    /// Number alone; no view.
    ProveSms,
    /// The code; no view.
    ProveCode,
    /// View: the engine's `Answer`.
    Answer,
    /// View: `{ lines, cases }`.
    Replace,
    /// View: `{ lines, protections, undo_allowed }`.
    Protect,
    /// View: `{ lines, claims, benefits }`.
    Claim,
    /// View: the engine's `OwnClaim`.
    ClaimCheck,
    /// View: a list of the engine's `OwnNotice`.
    Notices,
    /// Whether a text is real; view: none, or `{ reported: true }` after a report.
    Real,
    /// View: the engine's `MatchAnswer` or `CodeAnswer`.
    RealAnswer,
    /// Help; no view.
    Help,
    /// After the session ended; no view.
    Finished,
    /// View: `{ code, status }`.
    Problem,
}

impl Page {
    /// Every page.
    pub const ALL: [Self; 16] = [
        Self::Start,
        Self::Prove,
        Self::ProveEmail,
        Self::ProveSms,
        Self::ProveCode,
        Self::Answer,
        Self::Replace,
        Self::Protect,
        Self::Claim,
        Self::ClaimCheck,
        Self::Notices,
        Self::Real,
        Self::RealAnswer,
        Self::Help,
        Self::Finished,
        Self::Problem,
    ];

    /// Its word, which names its template and its title.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Prove => "prove",
            Self::ProveEmail => "prove_email",
            Self::ProveSms => "prove_sms",
            Self::ProveCode => "prove_code",
            Self::Answer => "answer",
            Self::Replace => "replace",
            Self::Protect => "protect",
            Self::Claim => "claim",
            Self::ClaimCheck => "claim_check",
            Self::Notices => "notices",
            Self::Real => "real",
            Self::RealAnswer => "real_answer",
            Self::Help => "help",
            Self::Finished => "finished",
            Self::Problem => "problem",
        }
    }

    /// Where the same page is in another language, after `/{lang}/`. What only a form leads to goes back to that form.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Start | Self::Problem => "",
            Self::Prove => "prove",
            Self::ProveEmail => "prove/email",
            Self::ProveSms => "prove/sms",
            Self::ProveCode => "prove/code",
            Self::Answer => "answer",
            Self::Replace => "replace",
            Self::Protect => "protect",
            Self::Claim | Self::ClaimCheck => "claim",
            Self::Notices => "notices",
            Self::Real | Self::RealAnswer => "real",
            Self::Help => "help",
            Self::Finished => "finish",
        }
    }

    /// Whether only somebody who proved who they are sees it.
    pub const fn is_own(self) -> bool {
        match self {
            Self::Answer
            | Self::Replace
            | Self::Protect
            | Self::Claim
            | Self::ClaimCheck
            | Self::Notices => true,
            Self::Start
            | Self::Prove
            | Self::ProveEmail
            | Self::ProveSms
            | Self::ProveCode
            | Self::Real
            | Self::RealAnswer
            | Self::Help
            | Self::Finished
            | Self::Problem => false,
        }
    }
}

/// Something wrong with what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name in the form; empty if it is about the whole.
    pub field: &'static str,
    /// The stable code of the problem.
    pub code: &'static str,
}

/// What a page is made from.
#[derive(Debug, Serialize)]
pub struct Context<'a, V> {
    /// What anybody may know.
    pub public: &'a Public,
    /// The form's token against forged requests.
    pub token: &'a str,
    /// What was typed before, by field; never a code.
    pub typed: &'a BTreeMap<String, String>,
    /// What is wrong with it.
    pub errors: &'a [FieldError],
    /// What the page shows.
    pub view: V,
    /// The time.
    pub now: DateTime<Utc>,
}

/// What pages say of how long and how often: as it is set up, so that no word of theirs promises another thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// Minutes that a code lives.
    pub minutes: i64,
    /// Codes that one address or number gets in an hour.
    pub codes: i32,
}

impl Terms {
    /// As a page is set up.
    pub fn of(config: &PortalConfig) -> Self {
        Self {
            minutes: config.limits.code_life.0.num_minutes().max(1),
            codes: config.limits.codes_an_hour,
        }
    }
}

/// All pages, ready to be filled.
pub struct Pages {
    languages: BTreeMap<Language, (Arc<Words>, Handlebars<'static>)>,
    theme: Theme,
    terms: Terms,
}

/// Says how many, not what is in them.
impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pages({} languages)", self.languages.len())
    }
}

impl Pages {
    /// Compiles every page in every language, in the colours of the theme or our own. A missing word, a defect of a template
    /// and colours that cannot be read are refused.
    pub fn new(theme: Option<&Path>, terms: Terms) -> Result<Self> {
        let theme = match theme {
            Some(path) => Theme::read(path)?,
            None => Theme::built_in()?,
        };
        let mut languages = BTreeMap::new();
        for (language, words) in words::all()? {
            let words = Arc::new(words);
            let registry = templates::compile(language, &words)?;
            languages.insert(language, (words, registry));
        }
        Ok(Self { languages, theme, terms })
    }

    /// The first page, which is the same for everybody.
    pub fn start(&self, language: Language, public: &Public) -> Bytes {
        let at = public.published.map_or(DateTime::UNIX_EPOCH, |published| published.at);
        let typed = BTreeMap::new();
        let context = Context { public, token: "", typed: &typed, errors: &[], view: (), now: at };
        self.render(Page::Start, language, &context)
    }

    /// A page in a language. An answer comes out at a multiple of [`ANSWER_BYTES`]. If the view is not what the page needs, that
    /// is logged and the page is a plain apology.
    pub fn render(
        &self,
        page: Page,
        language: Language,
        context: &Context<'_, impl Serialize>,
    ) -> Bytes {
        let html = self.try_render(page, language, context).unwrap_or_else(|problem| {
            let cause = std::error::Error::source(&problem).map(ToString::to_string);
            let cause = cause.unwrap_or_default();
            tracing::error!(page = page.name(), language = language.tag(), cause, "{problem}");
            self.apology(language, &context.public.hotline)
        });
        Bytes::from(if page == Page::Answer { padded(html) } else { html })
    }

    /// The file at a path, such as `/a/portal.0123456789ab.css`.
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        self.theme.asset(path).or_else(|| asset::find(path))
    }

    fn try_render(
        &self,
        page: Page,
        language: Language,
        context: &Context<'_, impl Serialize>,
    ) -> Result<String> {
        let failed = |error| Problem::ours("page", "a page cannot be written").caused_by(error);
        let (words, registry) = self
            .languages
            .get(&language)
            .ok_or_else(|| Problem::ours("page", "a language has no pages"))?;
        let look = shape::Look { words, theme: &self.theme, terms: self.terms };
        let model = shape::model(page, language, &look, context)?;
        registry.render(page.name(), &model).map_err(failed)
    }

    /// What is left to say when a page fails.
    fn apology(&self, language: Language, hotline: &str) -> String {
        let other = self.languages.get(&language).and_then(|(words, _)| words.get("problem.other"));
        let (tag, other) = (language.tag(), other.unwrap_or_default());
        let hotline = handlebars::html_escape(hotline);
        format!(
            "<!DOCTYPE html><html lang=\"{tag}\"><meta charset=\"utf-8\"><title>{other}</title>\
             <main><h1>{other}</h1><p><a href=\"tel:{hotline}\">{hotline}</a></p></main></html>"
        )
    }
}

/// Fills an answer up to the next multiple with a comment that nobody sees.
fn padded(mut html: String) -> String {
    const AROUND: usize = "<!---->".len();
    let bare = html.len() + AROUND;
    let blanks = bare.next_multiple_of(ANSWER_BYTES) - bare;
    let end = html.rfind("</body>").unwrap_or(html.len());
    html.insert_str(end, &format!("<!--{}-->", " ".repeat(blanks)));
    html
}
