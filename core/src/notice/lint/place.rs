//! Where a finding is to be mended.

use super::Subject;
use crate::delivery::Rung;
use crate::law::Element;
use crate::notice::render::builtin::part_path;
use crate::notice::render::marked::Form;
use crate::notice::words::TextField;
use crate::notice::{Language, NoticeTemplate};

/// A file, and a line of it if it can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: Option<usize>,
}

/// A field of the incident's words.
pub(super) fn words_file(language: Language, minor: bool, field: &str) -> String {
    let plain = if minor { ".minor" } else { "" };
    format!("incident words, [{}{plain}] {field}", language.tag())
}

impl Place {
    /// The file that a text starts from.
    pub(super) fn main(subject: &Subject<'_>) -> Self {
        let name = match subject.order.rung {
            Rung::Lms => "lms.hbs",
            Rung::Sms => "sms.hbs",
            Rung::Email => "email.txt.hbs",
            Rung::Letter => "letter.html.hbs",
            Rung::Posting => "posting.html.hbs",
        };
        Self { file: path(subject.template, name), line: None }
    }

    /// Where a text got some words from: a field of somebody's words, a line of one of its files, or
    /// else the file that it starts from.
    pub(super) fn of(subject: &Subject<'_>, files: &[String], needle: &str) -> Self {
        in_words(subject, needle)
            .or_else(|| in_files(subject, files, needle))
            .or_else(|| in_files(subject, &["meta.toml".to_owned()], needle))
            .unwrap_or_else(|| match files.first() {
                Some(file) => Self { file: path(subject.template, file), line: None },
                None => Self::main(subject),
            })
    }

    /// Where a form marks an element, or where the mark should be.
    pub(super) fn of_element(subject: &Subject<'_>, form: &Form, element: Element) -> Self {
        let template = subject.template;
        let marked = form.files.iter().find_map(|file| Some((file, template.mark(file, element)?)));
        if let Some((file, line)) = marked {
            return Self { file: path(template, file), line: Some(line) };
        }
        let elsewhere = form.files.iter().find(|file| is_marked_elsewhere(subject, file, element));
        let file = elsewhere.or_else(|| form.files.first()).map_or("", String::as_str);
        Self { file: path(template, file), line: None }
    }
}

/// Whether the file's other form, or the same file of another template, marks the element.
fn is_marked_elsewhere(subject: &Subject<'_>, file: &str, element: Element) -> bool {
    let other_form = match (file.strip_suffix(".txt.hbs"), file.strip_suffix(".html.hbs")) {
        (Some(name), _) => Some(format!("{name}.html.hbs")),
        (_, Some(name)) => Some(format!("{name}.txt.hbs")),
        (None, None) => None,
    };
    other_form.is_some_and(|other| subject.template.mark(&other, element).is_some())
        || subject.asked.templates.iter().any(|other| other.mark(file, element).is_some())
}

/// A file's path below `templates/notices`.
pub(super) fn path(template: &NoticeTemplate, file: &str) -> String {
    let source = template.source();
    match file.strip_prefix("parts/") {
        Some(part) => part_path(source.kind, source.language, part),
        None => format!("{}/{}/{file}", source.kind.name(), source.language.tag()),
    }
}

fn in_words(subject: &Subject<'_>, needle: &str) -> Option<Place> {
    let order = subject.order;
    let language = order.variables.language;
    let says = |field: &TextField<'_>| field.texts.iter().any(|text| text.contains(needle));
    let incident = order.incident.text(language)?;
    let field = incident.fields().into_iter().find(says);
    let carrier = order.carrier.text(language)?;
    let carrier = [("name", &carrier.name), ("app_path", &carrier.app_path)];
    let file = if let Some(field) = field {
        words_file(language, field.minor, field.name)
    } else {
        let (field, _) = carrier.into_iter().find(|(_, text)| text.contains(needle))?;
        format!("words of {}, [{}] {field}", subject.brand, language.tag())
    };
    Some(Place { file, line: None })
}

fn in_files(subject: &Subject<'_>, files: &[String], needle: &str) -> Option<Place> {
    let sources = &subject.template.source().files;
    let lines = files.iter().flat_map(|file| {
        let text = sources.get(file).map(String::as_str).unwrap_or_default();
        text.lines().enumerate().map(move |(at, line)| (file, at + 1, line))
    });
    let (file, line, _) = { lines }.find(|(_, _, line)| line.contains(needle))?;
    Some(Place { file: path(subject.template, file), line: Some(line) })
}
