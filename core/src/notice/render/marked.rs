//! A notice as lint sees it: what is read of each form, which passage answers which element, and
//! which files it was made from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::element::{self, MARKED};
use super::order::Order;
use super::own::Own;
use super::plain::plain;
use super::{NoticeTemplate, RenderError};
use crate::law::Element;
use crate::notice::words::is_private_use;

/// An order rendered with marks. Where one person's own words would stand, nothing stands.
#[derive(Debug)]
pub(in crate::notice) struct Marked {
    /// Subject of a message or a mail, title of a letter or a posting.
    pub(in crate::notice) subject: String,
    /// A message has one form, a mail two.
    pub(in crate::notice) forms: Vec<Form>,
}

/// The plain text or the sheet of HTML of a notice.
#[derive(Debug)]
pub(in crate::notice) struct Form {
    /// What is read.
    pub(in crate::notice) text: String,
    /// The sheet itself.
    pub(in crate::notice) html: Option<String>,
    /// What is read inside each element's blocks.
    pub(in crate::notice) passages: BTreeMap<Element, String>,
    /// The file it starts from, then the parts that it uses, by their names in the source.
    pub(in crate::notice) files: Vec<String>,
}

impl NoticeTemplate {
    /// Renders an order with marks, whatever its length and whatever it says.
    pub(in crate::notice) fn marked(&self, order: Order<'_>) -> Result<Marked, RenderError> {
        let mut context = self.context(order, &Own::of(order).shape().gaps())?;
        if let Some(fields) = context.data_mut().as_object_mut() {
            fields.insert(MARKED.to_owned(), Value::Bool(true));
        }
        let forms = self.forms(order.rung, &context)?.into_iter().map(|(file, text)| {
            let is_html = file.strip_suffix(".html").is_some();
            let read = if is_html { plain(&text) } else { text.trim_end().to_owned() };
            let read = order.room().map_or(read.clone(), |room| room.prepare(&read));
            let passages = element::passages(&read);
            let passages =
                passages.into_iter().map(|(element, passage)| (element, shown(&passage)));
            Form {
                passages: passages.collect(),
                text: shown(&read),
                html: is_html.then(|| shown(&text)),
                files: self.files_of(file),
            }
        });
        let forms = forms.collect();
        Ok(Marked { subject: self.subject(order, &context)?.unwrap_or_default(), forms })
    }

    /// A template's file and the parts it uses, and those that they use.
    fn files_of(&self, name: &str) -> Vec<String> {
        let form = if name.strip_suffix(".html").is_some() { "html" } else { "txt" };
        let mut files = vec![format!("{name}.hbs")];
        let mut seen: BTreeSet<String> = files.iter().cloned().collect();
        let mut at = 0;
        while let Some(file) = files.get(at) {
            let text = self.source().files.get(file).map(String::as_str).unwrap_or_default();
            let parts: Vec<String> = parts(text)
                .flat_map(|part| [format!("parts/{part}.{form}.hbs"), format!("parts/{part}.hbs")])
                .filter(|part| self.source().files.contains_key(part))
                .filter(|part| seen.insert(part.clone()))
                .collect();
            files.extend(parts);
            at += 1;
        }
        files
    }
}

/// The names of the parts a text includes: `{{> name …}}` and `{{#> name}}`.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|tag| {
        let tag = tag.trim_start_matches(['~', '#']).strip_prefix('>')?.trim_start();
        let name = tag.split(|c: char| c.is_whitespace() || "}~".contains(c)).next()?;
        (!name.is_empty() && !name.starts_with('@')).then_some(name)
    })
}

/// The text without marks and without the signs of gaps.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !is_private_use(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_in_every_form_of_tag() {
        let text =
            "{{> a}} {{#> b}}{{> @partial-block}}{{/b}} {{~> c of=\"x\"~}} {{#if d}}{{>e}}{{/if}}";
        assert_eq!(parts(text).collect::<Vec<_>>(), ["a", "b", "c", "e"]);
    }
}
