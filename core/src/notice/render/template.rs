//! One template, compiled when it is first needed: two strict registries, one that escapes for HTML and one that does not.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use handlebars::{Handlebars, Template, html_escape, no_escape};
use serde::Deserialize;
use serde_json::Value;

use super::context::Context;
use super::element::{self, Lines};
use super::order::Order;
use super::own::Own;
use super::{RenderError, Rendered, TemplateHash, TemplateSource};
use crate::delivery::Rung;
use crate::law::Element;
use crate::notice::encoding::{fit_long, fit_sms};
use crate::notice::harmless::has_address;

/// The list of `meta.toml` that holds for all rungs.
const EVERY: &str = "every";

/// A template that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `meta.toml` is missing or cannot be read.
    #[error("meta.toml of a template is missing")]
    NoMeta,
    /// `meta.toml` is not what it should be.
    #[error("meta.toml of a template cannot be read")]
    Meta(#[source] toml::de::Error),
    /// `meta.toml` asks for fields on something that is no rung.
    #[error("meta.toml of a template requires fields of {name}, which is no rung")]
    NoSuchRung {
        /// The name it gives.
        name: String,
    },
    /// A file is not Handlebars.
    #[error("template {file} is malformed at line {line}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1; 0 if unknown.
        line: usize,
    },
    /// A block names something that no law asks.
    #[error("template {file} marks {name:?} as an element at line {line}, and no law knows it")]
    Element {
        /// The file.
        file: String,
        /// The line, from 1; 0 if unknown.
        line: usize,
        /// The name it gives.
        name: String,
    },
}

/// One kind of notice in one language, ready to render.
pub struct NoticeTemplate {
    source: TemplateSource,
    hash: TemplateHash,
    /// A wave uses few of the templates there are, and each takes close to a megabyte.
    compiled: OnceLock<Compiled>,
}

/// What a source was compiled to.
struct Compiled {
    meta: Meta,
    plain: Handlebars<'static>,
    html: Handlebars<'static>,
    /// Where each file marks elements.
    marks: BTreeMap<String, Lines>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta {
    lms_subject: String,
    title: String,
    /// Names that must have a value, on `every` rung and on some. Strict mode alone does not notice
    /// a name missing inside `{{#if}}`.
    required: BTreeMap<String, Vec<String>>,
}

impl fmt::Debug for NoticeTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TemplateSource { kind, language, .. } = &self.source;
        write!(f, "NoticeTemplate({} {} {})", kind.name(), language.tag(), self.hash)
    }
}

impl NoticeTemplate {
    /// Compiles a source.
    pub fn compile(source: TemplateSource) -> Result<Self, TemplateError> {
        let template = Self::of(source);
        template.compiled()?;
        Ok(template)
    }

    /// A source that is compiled when it is first rendered.
    pub(super) fn of(source: TemplateSource) -> Self {
        Self { hash: source.sha256(), source, compiled: OnceLock::new() }
    }

    fn compiled(&self) -> Result<&Compiled, TemplateError> {
        if let Some(compiled) = self.compiled.get() {
            return Ok(compiled);
        }
        let compiled = Compiled::of(&self.source)?;
        Ok(self.compiled.get_or_init(|| compiled))
    }

    /// What it was compiled from.
    pub const fn source(&self) -> &TemplateSource {
        &self.source
    }

    /// The hash of its source.
    pub const fn sha256(&self) -> TemplateHash {
        self.hash
    }

    /// The rungs it has a text for.
    pub fn rungs(&self) -> impl Iterator<Item = Rung> {
        Rung::ALL.into_iter().filter(|rung| {
            let names = files(*rung).map(|name| format!("{name}.hbs"));
            names.iter().any(|file| self.source.files.contains_key(file))
        })
    }

    /// Renders an order. The variables' kind and language are taken to be the template's own.
    pub fn render(&self, order: Order<'_>) -> Result<Rendered, RenderError> {
        let rendered = self.lay_out(order, &Own::of(order))?;
        let subject = rendered.subject.as_deref().unwrap_or_default();
        match order.rung {
            Rung::Lms => fit_long(subject, &rendered.text, order.capacity).map(drop),
            Rung::Sms => fit_sms(&rendered.text).map(drop),
            Rung::Email | Rung::Letter | Rung::Posting => Ok(()),
        }
        .map_err(RenderError::Unfit)?;
        Ok(rendered)
    }

    /// Renders with given values for what is one person's own, whatever the number of bytes.
    pub(super) fn lay_out(&self, order: Order<'_>, own: &Own<'_>) -> Result<Rendered, RenderError> {
        let context = self.context(order, own)?;
        self.run(order, &context)
    }

    /// The values an order's templates name; refused if one that must be there is not.
    pub(super) fn context(
        &self,
        order: Order<'_>,
        own: &Own<'_>,
    ) -> Result<handlebars::Context, RenderError> {
        let rung = order.rung;
        let compiled = self.compiled().map_err(broken)?;
        if !self.rungs().any(|has| has == rung) {
            return Err(RenderError::NoRung { kind: self.source.kind, rung });
        }
        let values =
            serde_json::to_value(Context::new(order, own)?).map_err(|_| defect("context"))?;
        self.check_required(&compiled.meta, rung, &values)?;
        let mut context = handlebars::Context::wraps(values).map_err(|_| defect("context"))?;
        let title = run(&compiled.plain, "title", &context)?;
        if let Some(fields) = context.data_mut().as_object_mut() {
            fields.insert("title".to_owned(), Value::String(title));
        }
        Ok(context)
    }

    /// The subject of a message or a mail, the title of a sheet.
    pub(super) fn subject(
        &self,
        order: Order<'_>,
        context: &handlebars::Context,
    ) -> Result<Option<String>, RenderError> {
        Ok(match order.rung {
            Rung::Lms => {
                let Meta { lms_subject, .. } = &self.compiled().map_err(broken)?.meta;
                Some(order.capacity.prepare(lms_subject))
            }
            Rung::Sms => None,
            Rung::Email | Rung::Letter | Rung::Posting => {
                context.data().get("title").and_then(Value::as_str).map(str::to_owned)
            }
        })
    }

    /// The texts of a rung as they come out of its templates, by template.
    pub(super) fn forms(
        &self,
        rung: Rung,
        context: &handlebars::Context,
    ) -> Result<Vec<(&'static str, String)>, RenderError> {
        let compiled = self.compiled().map_err(broken)?;
        let [plain, html] = files(rung);
        [(&compiled.plain, plain), (&compiled.html, html)]
            .into_iter()
            .filter(|(registry, name)| registry.has_template(name))
            .map(|(registry, name)| Ok((name, run(registry, name, context)?)))
            .collect()
    }

    /// The first line that marks an element in a file of the source.
    pub(in crate::notice) fn mark(&self, file: &str, element: Element) -> Option<usize> {
        self.compiled().ok()?.marks.get(file)?.get(&element).copied()
    }

    fn run(
        &self,
        order: Order<'_>,
        context: &handlebars::Context,
    ) -> Result<Rendered, RenderError> {
        let subject = self.subject(order, context)?;
        let mut forms = self.forms(order.rung, context)?;
        let is_html = |(name, _): &mut (&str, String)| name.strip_suffix(".html").is_some();
        let html = forms.pop_if(is_html).map(|(_, html)| html);
        let text = forms.pop().map(|(_, text)| text).unwrap_or_default();
        let Some(room) = order.room() else { return Ok(Rendered { subject, text, html }) };
        let text = room.prepare(text.trim_end());
        if has_address(&text) || subject.as_deref().is_some_and(has_address) {
            return Err(RenderError::Address);
        }
        Ok(Rendered { subject, text, html: None })
    }

    fn check_required(&self, meta: &Meta, rung: Rung, values: &Value) -> Result<(), RenderError> {
        let lists = [EVERY, rung.name()].map(|name| meta.required.get(name));
        let mut fields = lists.into_iter().flatten().flatten();
        match fields.find(|field| !has_value(values, field)) {
            None => Ok(()),
            Some(field) => {
                Err(RenderError::Missing { field: field.clone(), kind: self.source.kind, rung })
            }
        }
    }
}

impl Compiled {
    fn of(source: &TemplateSource) -> Result<Self, TemplateError> {
        let meta = source.files.get("meta.toml").ok_or(TemplateError::NoMeta)?;
        let meta: Meta = toml::from_str(meta).map_err(TemplateError::Meta)?;
        let known = |name: &str| name == EVERY || Rung::ALL.iter().any(|rung| rung.name() == name);
        if let Some(name) = meta.required.keys().find(|name| !known(name)) {
            return Err(TemplateError::NoSuchRung { name: name.clone() });
        }
        let (mut plain, mut html) = (strict(), strict());
        plain.register_escape_fn(no_escape);
        html.register_escape_fn(html_escape);
        let mut marks = BTreeMap::new();
        register(&mut plain, "title", "title", &meta.title)?;
        for (file, text) in &source.files {
            let Some(name) = file.strip_suffix(".hbs") else { continue };
            let lines = if let Some(part) = name.strip_prefix("parts/") {
                register_part(&mut plain, &mut html, file, part, text)?
            } else {
                let is_html = name.strip_suffix(".html").is_some();
                register(if is_html { &mut html } else { &mut plain }, file, name, text)?
            };
            marks.insert(file.clone(), lines);
        }
        Ok(Self { meta, plain, html, marks })
    }
}

fn strict() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    element::teach(&mut registry);
    registry
}

/// The plain and the HTML template of a rung.
const fn files(rung: Rung) -> [&'static str; 2] {
    match rung {
        Rung::Lms => ["lms", "lms.html"],
        Rung::Sms => ["sms", "sms.html"],
        Rung::Email => ["email.txt", "email.html"],
        Rung::Letter => ["letter.txt", "letter.html"],
        Rung::Posting => ["posting.txt", "posting.html"],
    }
}

/// `elements.txt` and `elements.html` are the same part in two forms; `whose` is in both.
fn register_part(
    plain: &mut Handlebars<'static>,
    html: &mut Handlebars<'static>,
    file: &str,
    part: &str,
    text: &str,
) -> Result<Lines, TemplateError> {
    if let Some(name) = part.strip_suffix(".txt") {
        return register(plain, file, name, text);
    }
    if let Some(name) = part.strip_suffix(".html") {
        return register(html, file, name, text);
    }
    // A part's last line break belongs to the file, not to the sentence it stands in.
    let inline = text.strip_suffix('\n').unwrap_or(text);
    register(plain, file, part, inline)?;
    register(html, file, part, inline)
}

fn register(
    registry: &mut Handlebars<'static>,
    file: &str,
    name: &str,
    text: &str,
) -> Result<Lines, TemplateError> {
    let template = Template::compile_with_name(text, name.to_owned()).map_err(|error| {
        let line = error.pos().map_or(0, |(line, _)| line);
        TemplateError::Syntax { file: name.to_owned(), line }
    })?;
    let lines = element::lines(file, &template)?;
    registry.register_template(name, template);
    Ok(lines)
}

/// A template that ships and is broken all the same.
fn broken(error: TemplateError) -> RenderError {
    let (file, line) = match error {
        TemplateError::NoMeta | TemplateError::Meta(_) | TemplateError::NoSuchRung { .. } => {
            ("meta.toml".to_owned(), 0)
        }
        TemplateError::Syntax { file, line } | TemplateError::Element { file, line, .. } => {
            (file, line)
        }
    };
    RenderError::Template { file, line }
}

fn defect(file: &str) -> RenderError {
    RenderError::Template { file: file.to_owned(), line: 0 }
}

fn run(
    registry: &Handlebars<'static>,
    name: &str,
    context: &handlebars::Context,
) -> Result<String, RenderError> {
    registry.render_with_context(name, context).map_err(|error| RenderError::Template {
        file: error.template_name.unwrap_or_else(|| name.to_owned()),
        line: error.line_no.unwrap_or(0),
    })
}

/// Whether the name, dots parting its levels, has a value that says something.
fn has_value(values: &Value, name: &str) -> bool {
    let found = name.split('.').try_fold(values, |value, level| value.get(level));
    match found {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Number(number)) => number.as_u64() != Some(0),
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
    }
}
