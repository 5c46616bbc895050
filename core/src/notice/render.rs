//! From a template, the incident's words and one recipient's variables to the exact text.

pub(super) mod builtin;
mod context;
mod element;
mod greeting;
pub(super) mod marked;
mod order;
mod own;
mod plain;
mod shell;
mod source;
mod template;
mod worst;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use own::Own;
use shell::{Key, Shell, Shells};

pub use order::Order;
pub use source::{TemplateHash, TemplateSource};
pub use template::{NoticeTemplate, TemplateError};
pub use worst::worst_case;

use super::encoding::EncodeError;
use super::{CarrierWords, IncidentWords, Language, NoticeKind, Variables, Wording};
use crate::delivery::Rung;

/// One notice on one rung, word for word. `Debug` shows its hash alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Subject of a message or mail, title of a letter or posting.
    pub subject: Option<String>,
    /// Plain text; empty for a letter and a posting, which are sheets of HTML.
    pub text: String,
    /// HTML of a mail, a letter (A4, ready to print) or a posting.
    pub html: Option<String>,
}

impl Rendered {
    /// The hash that an attempt records: over subject, text and HTML, each with its length.
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"simrecall rendered v1\n");
        for part in [self.subject.as_deref(), Some(&self.text), self.html.as_deref()] {
            hash.update([u8::from(part.is_some())]);
            let part = part.unwrap_or_default();
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rendered({})", TemplateHash(self.sha256()))
    }
}

/// A notice that cannot be rendered, and so must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// No template for the kind in the language.
    #[error("there is no template for a {} notice in {}", kind.name(), language.tag())]
    NoTemplate {
        /// The kind.
        kind: NoticeKind,
        /// The language.
        language: Language,
    },
    /// The kind has no text for the rung.
    #[error("a {} notice cannot go by {}; use lms, email, letter or posting", kind.name(), rung.name())]
    NoRung {
        /// The kind.
        kind: NoticeKind,
        /// The rung.
        rung: Rung,
    },
    /// The incident or the carrier has no words in the language.
    #[error("there are no words in {} for this incident or brand", .0.tag())]
    NoWords(Language),
    /// A field that the notice must have is missing or empty.
    #[error("{field} is missing, and a {} notice by {} must have it", kind.name(), rung.name())]
    Missing {
        /// The field, as templates name it.
        field: String,
        /// The kind.
        kind: NoticeKind,
        /// The rung.
        rung: Rung,
    },
    /// The message does not fit a long message, or holds a character that handsets lack.
    #[error("the text does not fit a long message")]
    Unfit(#[source] EncodeError),
    /// The message would hold a web or mail address.
    #[error("the text contains an address, which messages to handsets never do")]
    Address,
    /// A defect of a template.
    #[error("template {file} fails at line {line}")]
    Template {
        /// The file.
        file: String,
        /// The line, from 1; 0 if unknown.
        line: usize,
    },
}

/// All templates in use, each compiled once, when it is needed. Texts that many people share are rendered once.
#[derive(Debug)]
pub struct TemplateSet {
    templates: BTreeMap<(NoticeKind, Language), NoticeTemplate>,
    shells: Shells,
}

impl TemplateSet {
    /// The templates that ship with this version.
    pub fn builtin() -> Self {
        let templates = builtin::sources()
            .into_iter()
            .map(|source| ((source.kind, source.language), NoticeTemplate::of(source)));
        Self { templates: templates.collect(), shells: Shells::default() }
    }

    /// A set of other templates, such as the ones a database kept; of two for one kind and language
    /// the later one counts.
    pub fn new(sources: impl IntoIterator<Item = TemplateSource>) -> Result<Self, TemplateError> {
        let mut templates = BTreeMap::new();
        for source in sources {
            let key = (source.kind, source.language);
            templates.insert(key, NoticeTemplate::compile(source)?);
        }
        Ok(Self { templates, shells: Shells::default() })
    }

    /// The template of a kind in a language.
    pub fn get(&self, kind: NoticeKind, language: Language) -> Option<&NoticeTemplate> {
        self.templates.get(&(kind, language))
    }

    /// All templates, by kind and language.
    pub fn iter(&self) -> impl Iterator<Item = &NoticeTemplate> {
        self.templates.values()
    }

    /// The language a person who chose `language` is told in: their own if there is a template,
    /// else English.
    pub fn language_for(&self, kind: NoticeKind, language: Language) -> Language {
        if self.templates.contains_key(&(kind, language)) { language } else { Language::English }
    }

    /// The language a person who chose `language` is told in: their own if there are a template and
    /// words in it, else English.
    pub fn told_in(
        &self,
        kind: NoticeKind,
        language: Language,
        incident: &IncidentWords,
        carrier: &CarrierWords,
    ) -> Language {
        let has_words = incident.text(language).is_some() && carrier.text(language).is_some();
        if has_words { self.language_for(kind, language) } else { Language::English }
    }

    /// Renders what `variables` say for one rung, for a domestic route.
    pub fn render(
        &self,
        rung: Rung,
        variables: &Variables,
        incident: &IncidentWords,
        carrier: &CarrierWords,
    ) -> Result<Rendered, RenderError> {
        self.render_order(Order::new(rung, variables, incident, carrier))
    }

    /// Renders an order.
    pub fn render_order(&self, order: Order<'_>) -> Result<Rendered, RenderError> {
        let template = self.template(order)?;
        let own = Own::of(order);
        let Some(key) = Key::of(order, own.shape()) else { return template.render(order) };
        let shell = self.shells.get(key, || Shell::new(template, order, own.shape()));
        match shell.map(|shell| shell.fill(&own)) {
            Ok(Some(rendered)) => Ok(rendered),
            // Too long with this name, or defective: rendered in full, it says what is wrong.
            Ok(None) | Err(_) => template.render(order),
        }
    }

    /// The text that `variables` make with gaps in place of what is one person's own, as it is
    /// registered; for a domestic route.
    pub fn wording(
        &self,
        rung: Rung,
        variables: &Variables,
        incident: &IncidentWords,
        carrier: &CarrierWords,
    ) -> Result<Wording, RenderError> {
        self.wording_order(Order::new(rung, variables, incident, carrier))
    }

    /// The text of an order with gaps in place of what is one person's own.
    pub fn wording_order(&self, order: Order<'_>) -> Result<Wording, RenderError> {
        let template = self.template(order)?;
        let shape = Own::of(order).shape();
        let new = || Shell::new(template, order, shape);
        match Key::of(order, shape) {
            Some(key) => self.shells.get(key, new).map(|shell| shell.wording(order)),
            None => new().map(|shell| shell.wording(order)),
        }
    }

    /// Renders every template that the words suffice for on every rung with the longest variables
    /// there can be, so that a wave's words are known to work for everyone before anyone approves
    /// them. Messages in a language that domestic routes lack are left to lint, which knows the route.
    pub fn prove(
        &self,
        incident: &IncidentWords,
        carrier: &CarrierWords,
    ) -> Result<(), RenderError> {
        for template in self.iter() {
            let TemplateSource { kind, language, .. } = *template.source();
            for variables in worst_case(kind, language) {
                for rung in template.rungs() {
                    let order = Order::new(rung, &variables, incident, carrier);
                    let room = order.room();
                    if room.is_some_and(|room| !room.charset.carries(language)) {
                        continue;
                    }
                    match template.render(order) {
                        Ok(_) | Err(RenderError::NoWords(_)) => {}
                        Err(RenderError::Missing { field, .. }) if is_written_later(&field) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(())
    }

    fn template(&self, order: Order<'_>) -> Result<&NoticeTemplate, RenderError> {
        let Variables { kind, language, .. } = *order.variables;
        self.get(kind, language).ok_or(RenderError::NoTemplate { kind, language })
    }
}

/// Whether a field of the incident's words is written when the first notice that needs it is.
fn is_written_later(field: &str) -> bool {
    [
        "occurred",
        "circumstances",
        "suspected_occurred",
        "suspected_circumstances",
        "rights",
        "all_clear_reason",
        "correction_reason",
    ]
    .contains(&field)
}

#[cfg(test)]
pub(in crate::notice) mod tests;
