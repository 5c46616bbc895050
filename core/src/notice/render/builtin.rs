//! The templates that ship with this version, one folder per kind and language.

use std::collections::BTreeMap;

use crate::notice::{Language, NoticeKind};

use super::TemplateSource;

/// Every file below `templates/notices`: its path from there, and its text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/notices.rs"));

/// A source for every folder that has a `meta.toml`, with the parts of its language and those of all
/// languages.
pub(super) fn sources() -> Vec<TemplateSource> {
    let folders = NoticeKind::ALL
        .into_iter()
        .flat_map(|kind| Language::ALL.into_iter().map(move |language| (kind, language)));
    folders.filter_map(|(kind, language)| source(kind, language)).collect()
}

/// A part's path from `templates/notices`: a kind's own goes before a language's, and that before
/// the one of all.
pub(in crate::notice) fn part_path(kind: NoticeKind, language: Language, part: &str) -> String {
    let (kind, language) = (kind.name(), language.tag());
    let own = [format!("{kind}/{language}/parts/{part}"), format!("parts/{language}/{part}")];
    let known = own.into_iter().find(|own| FILES.iter().any(|(path, _)| path == own));
    known.unwrap_or_else(|| format!("parts/{part}"))
}

fn source(kind: NoticeKind, language: Language) -> Option<TemplateSource> {
    let shared = files("parts/").filter(|(name, _)| !name.contains('/'));
    let own_parts = format!("parts/{}/", language.tag());
    let parts = shared.chain(files(&own_parts)).map(|(name, text)| (format!("parts/{name}"), text));
    let own = format!("{}/{}/", kind.name(), language.tag());
    let own = files(&own).map(|(name, text)| (name.to_owned(), text));
    let files: BTreeMap<String, String> =
        parts.chain(own).map(|(name, text)| (name, text.to_owned())).collect();
    files.contains_key("meta.toml").then_some(TemplateSource { kind, language, files })
}

/// The files below a folder: name and text.
fn files(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter_map(move |(path, text)| Some((path.strip_prefix(folder)?, *text)))
}
